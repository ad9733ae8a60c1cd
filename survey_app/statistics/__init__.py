"""Numbers in, frozen results out: every calculation behind a score, without the web or the database.

Importing this package loads neither numpy nor scipy; they are loaded by the calculations that need them.
"""

from survey_app.statistics.careless import straight_lining
from survey_app.statistics.change import paired_change, unpaired_change
from survey_app.statistics.control import control_limits
from survey_app.statistics.decision import decide
from survey_app.statistics.drivers import relative_weights
from survey_app.statistics.finite import break_even, finite_mean_interval, worst_case_bounds
from survey_app.statistics.multiplicity import adjust_p_values
from survey_app.statistics.promoters import net_promoter_score
from survey_app.statistics.proportions import (
    finite_proportion_interval,
    proportion_difference,
    proportion_interval,
)
from survey_app.statistics.reliability import cronbach_alpha
from survey_app.statistics.results import (
    Bounds,
    Change,
    ControlLimits,
    Decision,
    Interval,
    RelativeWeights,
    Shrinkage,
    Trend,
)
from survey_app.statistics.shrinkage import shrink
from survey_app.statistics.strata import stratified_mean
from survey_app.statistics.trends import trend
from survey_app.statistics.usual import usual_mean_interval, weighted_mean

__all__ = [
    "Bounds",
    "Change",
    "ControlLimits",
    "Decision",
    "Interval",
    "RelativeWeights",
    "Shrinkage",
    "Trend",
    "adjust_p_values",
    "break_even",
    "control_limits",
    "cronbach_alpha",
    "decide",
    "finite_mean_interval",
    "finite_proportion_interval",
    "net_promoter_score",
    "paired_change",
    "proportion_difference",
    "proportion_interval",
    "relative_weights",
    "shrink",
    "straight_lining",
    "stratified_mean",
    "trend",
    "unpaired_change",
    "usual_mean_interval",
    "weighted_mean",
    "worst_case_bounds",
]
