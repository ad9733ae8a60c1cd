"""The lines of a sheet: each score exact and as printed, with the marks, the counts and the method that made it."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from survey_app.agreements.models import Commitment
from survey_app.campaigns.models import Wave
from survey_app.catalogue.content import Catalogue
from survey_app.catalogue.rules import parse_formula
from survey_app.formats import round_half_up, score_digits
from survey_app.measurements.rules import Counts, companion_values, mean_counts
from survey_app.questionnaires import Questionnaire
from survey_app.scores.breakdown import blend_of, look_out, sizes
from survey_app.scores.disclosure import Reader
from survey_app.scores.models import Score
from survey_app.scores.rules import Asked, RespondentMarks, SurveyScore, respondent_scores, survey_score


def line_labels(commitment: Commitment, catalogue: Catalogue) -> dict[str, str]:
    """Name a line in both languages as it read when it entered the agreement."""
    kept, key = commitment.definition, commitment.indicator_key
    return {language: str(kept.get(f"label_{language}") or catalogue.label(key, language)) for language in ("fr", "en")}


def _line_theme(commitment: Commitment, catalogue: Catalogue) -> str:
    key = commitment.indicator_key
    return str(commitment.definition.get("theme") or (catalogue[key].theme if key in catalogue else ""))


def _printed(score: Fraction | None, threshold: Decimal | None, digits: int) -> str | None:
    """Return the figure that is printed: rounded half up, with more decimals where rounding would hide a breach."""
    return None if score is None else str(round_half_up(score, score_digits(score, threshold, digits)))


def describe_line(
    commitment: Commitment,
    score: Score,
    marks: Sequence[RespondentMarks],
    asked: Asked,
    wave: Wave,
    catalogue: Catalogue,
    rounding_digits: int,
    counted: Sequence[Counts] = (),
) -> dict[str, Any]:
    """Return everything that the sheet says of one line."""
    questions = _questions(wave, commitment.indicator_key)
    given = sorted(respondent_scores(marks, len(questions)))
    survey = survey_score(marks, len(questions), asked)
    # Both parties hold the sheet: it shows what people were promised that the client receives.
    reader = Reader.client(wave.campaign.mode.value, wave.campaign.disclosure.value)
    has_bounds = reader.may_see_bounds_over(sizes(survey))
    # The total weighs the roles by their people, the score by their shares: together they tell each role's mean.
    is_shown = has_bounds and reader.may_see_marks(len(given))
    has_total = has_bounds and reader.may_see_score(len(given))
    return {
        "key": commitment.indicator_key,
        "reference": commitment.definition.get("reference") or "",
        "label": line_labels(commitment, catalogue),
        "theme": _line_theme(commitment, catalogue),
        "obligor": score.obligor.value,
        "measure": commitment.measure.value,
        "weight": commitment.weight,
        "threshold": score.threshold,
        "target": commitment.target,
        "is_paying": commitment.is_paying,
        "exact": score.exact,
        "printed": _printed(score.exact, score.threshold, rounding_digits),
        "low": score.low if has_bounds else None,
        "high": score.high if has_bounds else None,
        "state": score.state.value if score.state else None,
        "is_breach": score.is_breach,
        "n": score.n_respondents,
        "population": score.population,
        "n_not_applicable": sum(one.n_people for one in marks if one.n_not_applicable == len(questions) > 0),
        "n_questions": len(questions),
        "questions": questions,
        "marks": given if is_shown else None,
        "marks_total": sum(given, Fraction(0)) if has_total else None,
        "survey_mark": score.survey_mark,
        "fact_mark": score.fact_mark,
        "survey_share": score.survey_share,
        "is_over_roles": bool(survey.roles),
        "absent_roles": score.absent_roles,
        "method": score.method,
        "companions": _describe_companions(commitment, counted),
        **_unknown_marks(survey if has_total else None, score, shows_marks=is_shown),
    }


def _questions(wave: Wave, indicator_key: str) -> list[dict[str, str]]:
    questionnaire = Questionnaire.from_canonical(wave.definition or {})
    asked = questionnaire.questions_by_indicator().get(indicator_key, ())
    return [{"fr": question.text.fr, "en": question.text.en} for question in asked]


def _unknown_marks(survey: SurveyScore | None, score: Score, *, shows_marks: bool) -> dict[str, Any]:
    """Return what the silent could still change, and the usual formula's interval for comparison."""
    blend = blend_of(score)
    if survey is None or not survey.scores or blend is None or score.exact is None or score.threshold is None:
        return {"worst": None, "best": None, "break_even": None, "usual_low": None, "usual_high": None}
    found = look_out(survey, score.threshold, blend, shows_marks=shows_marks)
    return {
        "worst": found.worst_low,
        "best": found.worst_high,
        "break_even": found.break_even,
        "usual_low": found.usual_low,
        "usual_high": found.usual_high,
    }


def describe_mean(score: Score, rounding_digits: int) -> dict[str, Any]:
    """Return a theme's mean or the whole, for one party."""
    return {
        "key": score.subject_key,
        "party": score.obligor.value,
        "exact": score.exact,
        "printed": _printed(score.exact, None, rounding_digits),
        "weight": score.weight,
    }


def _describe_companions(commitment: Commitment, counted: Sequence[Counts]) -> list[dict[str, Any]]:
    """Return each companion that was counted; a ratio over nothing is not measurable, never 0."""
    counts = mean_counts(counted)
    return [
        {
            "label": {language: companion[f"label_{language}"] for language in ("fr", "en")},
            "expression": companion["expression"],
            "exact": value,
        }
        for companion, value in companion_values(commitment, counts)
        if set(parse_formula(companion["expression"]).names) <= counts.keys()
    ]
