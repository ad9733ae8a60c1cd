"""Numbers in, frozen results out: every calculation behind a score, without the web or the database.

Importing this package loads neither numpy nor scipy; they are loaded by the calculations that need them.
"""

from survey_app.statistics.careless import straight_lining
from survey_app.statistics.change import adjust_p_values, paired_change, trend, unpaired_change
from survey_app.statistics.finite import break_even, decide, finite_mean_interval, worst_case_bounds
from survey_app.statistics.means import stratified_mean, usual_mean_interval, weighted_mean
from survey_app.statistics.proportions import (
    finite_proportion_interval,
    net_promoter_score,
    proportion_difference,
    proportion_interval,
)
from survey_app.statistics.results import Bounds, Change, Decision, Interval, Trend

__all__ = [
    "Bounds",
    "Change",
    "Decision",
    "Interval",
    "Trend",
    "adjust_p_values",
    "break_even",
    "decide",
    "finite_mean_interval",
    "finite_proportion_interval",
    "net_promoter_score",
    "paired_change",
    "proportion_difference",
    "proportion_interval",
    "straight_lining",
    "stratified_mean",
    "trend",
    "unpaired_change",
    "usual_mean_interval",
    "weighted_mean",
    "worst_case_bounds",
]
