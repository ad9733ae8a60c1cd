"""The public explanation of the method: its example is what the statistics package computes."""

from flask.testing import FlaskClient

from survey_app.scores.method_views import EXAMPLE
from survey_app.statistics import break_even, decide, worst_case_bounds


def test_anyone_reads_the_method_in_either_language(browserless: FlaskClient) -> None:
    assert "How is a score computed" in browserless.get("/method?lang=en").text
    assert "Comment un score est-il calculé" in browserless.get("/method?lang=fr").text


def test_the_worked_example_is_right() -> None:
    bounds = worst_case_bounds(EXAMPLE, 6)
    assert (round(bounds.low, 2), round(bounds.high, 2)) == (6.17, 7.83)
    assert break_even(EXAMPLE, 6, 7) == 5
    decision = decide(EXAMPLE, 6, 7)
    assert decision.state == "inconclusive"
    assert (decision.interval.low, decision.interval.high) == (bounds.low, bounds.high)
