"""Scores as they are recorded at the close, on both engines."""

from decimal import Decimal
from fractions import Fraction

import pytest
from sqlalchemy import select

from survey_app.agreements.queries import baselines
from survey_app.scores.models import MarkCount, ScoreState
from tests.scores.cast import NOT_APPLICABLE, REPORTING, RESPONSIVENESS, Survey


def test_not_applicable_is_neither_zero_nor_silence(survey: Survey) -> None:
    survey.promise(RESPONSIVENESS)
    wave = survey.open_wave(4)
    survey.give(wave, RESPONSIVENESS, [8, 9, NOT_APPLICABLE])
    score = survey.close(wave)[RESPONSIVENESS]
    assert score.exact == Fraction(17, 2)
    assert (score.n_respondents, score.population) == (2, 3)


def test_identical_marks_count_as_often_as_they_were_given(survey: Survey) -> None:
    survey.promise(RESPONSIVENESS)
    wave = survey.open_wave(4)
    survey.give(wave, RESPONSIVENESS, [9, 9, 9, 5])
    score = survey.close(wave)[RESPONSIVENESS]
    assert score.exact == 8
    assert score.n_respondents == 4


def test_a_wave_that_nobody_answered_is_not_measurable(survey: Survey) -> None:
    survey.promise(RESPONSIVENESS)
    scores = survey.close(survey.open_wave(3))
    assert scores[RESPONSIVENESS].state is ScoreState.NOT_MEASURABLE
    assert scores[RESPONSIVENESS].exact is None
    assert not scores[RESPONSIVENESS].is_breach
    assert scores["overall/agency"].exact is None


def test_one_respondent_of_one_decides(survey: Survey) -> None:
    survey.promise(RESPONSIVENESS)
    wave = survey.open_wave(1)
    survey.give(wave, RESPONSIVENESS, [7])
    score = survey.close(wave)[RESPONSIVENESS]
    assert (score.exact, score.low, score.high) == (Fraction(7), Decimal(7), Decimal(7))
    assert score.state is ScoreState.MET


def test_all_equal_marks_of_a_part_leave_room_for_doubt(survey: Survey) -> None:
    survey.promise(RESPONSIVENESS)
    wave = survey.open_wave(6)
    survey.give(wave, RESPONSIVENESS, [10, 10, 10])
    score = survey.close(wave)[RESPONSIVENESS]
    assert score.low is not None
    assert score.high is not None
    assert score.low < 10
    assert score.high == 10


def test_all_not_applicable_is_not_measurable_and_concerns_nobody(survey: Survey) -> None:
    survey.promise(RESPONSIVENESS)
    wave = survey.open_wave(2)
    survey.give(wave, RESPONSIVENESS, [NOT_APPLICABLE, NOT_APPLICABLE])
    score = survey.close(wave)[RESPONSIVENESS]
    assert score.state is ScoreState.NOT_MEASURABLE
    assert score.population == 0


@pytest.mark.parametrize("n", [300, 301])
def test_it_scores_three_hundred_people_and_one_more(survey: Survey, n: int) -> None:
    survey.promise(RESPONSIVENESS)
    wave = survey.open_wave(n)
    survey.give(wave, RESPONSIVENESS, [7 + place % 3 for place in range(150)])
    score = survey.close(wave)[RESPONSIVENESS]
    assert score.exact == 8
    assert (score.n_respondents, score.population) == (150, n)
    assert score.state is ScoreState.MET


def test_exactly_the_threshold_passes_and_a_thousandth_below_fails(survey: Survey) -> None:
    survey.promise(RESPONSIVENESS)
    survey.promise("time_delivery", "factual")
    wave = survey.open_wave(3)
    survey.give(wave, RESPONSIVENESS, [6, 7, 8])
    scores = survey.close(wave, {"time_delivery": Fraction("6.999")})
    assert not scores[RESPONSIVENESS].is_breach
    assert scores["time_delivery"].is_breach
    assert scores["time_delivery"].state is ScoreState.NOT_MET


def test_an_answer_to_less_than_half_of_what_applies_is_silence(survey_of_three: Survey) -> None:
    survey_of_three.promise(RESPONSIVENESS)
    wave = survey_of_three.open_wave(3)
    first, second, third = [q.key for q in survey_of_three.questionnaire.questions_by_indicator()[RESPONSIVENESS]]
    survey_of_three.answer(wave, 0, {first: 2})
    survey_of_three.answer(wave, 1, {first: 9, second: NOT_APPLICABLE})
    survey_of_three.answer(wave, 2, {first: 8, third: 5})
    score = survey_of_three.close(wave)[RESPONSIVENESS]
    assert score.exact == Fraction(9 + Fraction(13, 2)) / 2
    assert (score.n_respondents, score.population) == (2, 3)


def test_a_mean_is_over_people_and_never_over_answers(survey_of_three: Survey) -> None:
    survey_of_three.promise(RESPONSIVENESS)
    wave = survey_of_three.open_wave(2)
    first, second, third = [q.key for q in survey_of_three.questionnaire.questions_by_indicator()[RESPONSIVENESS]]
    survey_of_three.answer(wave, 0, {first: 10, second: NOT_APPLICABLE})
    survey_of_three.answer(wave, 1, {first: 4, second: 4, third: 4})
    assert survey_of_three.close(wave)[RESPONSIVENESS].exact == 7


def test_a_mixed_line_blends_survey_and_facts_in_the_agreed_shares(survey: Survey) -> None:
    survey.promise(RESPONSIVENESS, "mixed", survey_share=Decimal("0.6"))
    wave = survey.open_wave(2)
    survey.give(wave, RESPONSIVENESS, [6, 8])
    score = survey.close(wave, {RESPONSIVENESS: Fraction(9)})[RESPONSIVENESS]
    assert score.exact == Fraction(3, 5) * 7 + Fraction(2, 5) * 9
    assert (score.survey_mark, score.fact_mark, score.survey_share) == (Fraction(7), Fraction(9), Decimal("0.6"))
    assert score.state is ScoreState.MET


@pytest.mark.parametrize("mode", ["confidential", "anonymous"])
@pytest.mark.parametrize("measure", ["survey", "mixed"])
@pytest.mark.parametrize(("n", "is_scored"), [(4, False), (5, True)])
def test_too_few_people_make_no_score_where_silence_was_promised(
    survey: Survey, mode: str, measure: str, n: int, is_scored: bool
) -> None:
    survey.promise(RESPONSIVENESS, measure, survey_share=Decimal("0.5") if measure == "mixed" else None)
    wave = survey.open_wave(8, mode=mode)
    survey.give(wave, RESPONSIVENESS, [4] * n)
    scores = survey.close(wave, {RESPONSIVENESS: Fraction(4)})
    line = scores[RESPONSIVENESS]
    assert (line.exact, line.survey_mark) == ((4, 4) if is_scored else (None, None))
    assert line.state is (ScoreState.NOT_MET if is_scored else ScoreState.NOT_MEASURABLE)
    assert line.is_breach == is_scored
    assert (line.n_respondents, line.population) == (n, 8)
    assert scores["overall/agency"].exact == line.exact


def test_a_mixed_line_without_its_facts_is_not_measurable(survey: Survey) -> None:
    survey.promise(RESPONSIVENESS, "mixed", survey_share=Decimal("0.5"))
    wave = survey.open_wave(1)
    survey.give(wave, RESPONSIVENESS, [8])
    assert survey.close(wave)[RESPONSIVENESS].state is ScoreState.NOT_MEASURABLE


def test_the_client_s_commitments_and_internal_lines_never_move_the_agency_s_mean(survey: Survey) -> None:
    survey.promise(RESPONSIVENESS)
    survey.promise(REPORTING, is_internal=True)
    survey.promise("finance_payment_timeliness", "factual", obligor="client")
    wave = survey.open_wave(1)
    survey.answer(wave, 0, {RESPONSIVENESS: 9, REPORTING: 2})
    scores = survey.close(wave, {"finance_payment_timeliness": Fraction(1)})
    assert scores["overall/agency"].exact == 9
    assert scores["overall/client"].exact == 1


def test_weights_count_over_the_measurable_lines_alone(survey: Survey) -> None:
    survey.promise(RESPONSIVENESS, weight=3)
    survey.promise("time_delivery", "factual", weight=1)
    survey.promise("time_reporting", "factual", weight=5)
    wave = survey.open_wave(1)
    survey.give(wave, RESPONSIVENESS, [8])
    scores = survey.close(wave, {"time_delivery": Fraction(4), "time_reporting": None})
    assert scores["overall/agency"].exact == 7
    assert scores["deadlines/agency"].exact == 4


def test_roles_weigh_what_the_agreement_says_whoever_answers(survey: Survey) -> None:
    survey.promise(RESPONSIVENESS)
    survey.version.role_shares = {"marketing": "0.3", "purchasing": "0.7"}
    wave = survey.open_wave(4, roles=("marketing", "marketing", "marketing", "purchasing"))
    survey.give(wave, RESPONSIVENESS, [10, 10, 10, 5])
    score = survey.close(wave)[RESPONSIVENESS]
    assert score.exact == Fraction(3, 10) * 10 + Fraction(7, 10) * 5
    assert score.low == score.high == Decimal("6.5")
    assert score.state is ScoreState.NOT_MET
    assert score.absent_roles == []


def test_a_role_with_nobody_is_said_and_leaves_its_part_unknown(survey: Survey) -> None:
    survey.promise(RESPONSIVENESS)
    survey.version.role_shares = {"marketing": "0.5", "purchasing": "0.5"}
    wave = survey.open_wave(4, roles=("marketing", "marketing", "marketing", "purchasing"))
    survey.give(wave, RESPONSIVENESS, [8, 8, 8])
    score = survey.close(wave)[RESPONSIVENESS]
    assert score.exact == 8
    assert score.absent_roles == ["purchasing"]
    assert (score.low, score.high) == (Decimal(4), Decimal(9))
    assert score.state is ScoreState.INCONCLUSIVE


def test_a_revoked_link_that_was_answered_still_counts_its_person_once(survey: Survey) -> None:
    survey.promise(RESPONSIVENESS)
    wave = survey.open_wave(2)
    survey.give(wave, RESPONSIVENESS, [8, 9])
    wave.invitations[0].revoked_at = wave.ends_at
    survey.session.flush()
    score = survey.close(wave)[RESPONSIVENESS]
    assert (score.n_respondents, score.population) == (2, 2)


def test_the_first_measure_becomes_the_reference_and_stays_it(survey: Survey) -> None:
    survey.promise(RESPONSIVENESS)
    for number, mark in ((1, 6), (2, 9)):
        wave = survey.open_wave(1, number=number)
        survey.give(wave, RESPONSIVENESS, [mark])
        survey.close(wave)
    assert baselines(survey.session, survey.version.agreement_id) == {RESPONSIVENESS: 6}


def test_the_close_counts_each_mark_for_the_dashboards(survey: Survey) -> None:
    survey.promise(RESPONSIVENESS)
    wave = survey.open_wave(4)
    survey.give(wave, RESPONSIVENESS, [9, 9, 4, NOT_APPLICABLE])
    survey.close(wave)
    counts = survey.session.execute(select(MarkCount.mark, MarkCount.n_people).order_by(MarkCount.mark)).all()
    assert [tuple(row) for row in counts] == [(4, 1), (9, 2)]
