"""Write the scores of a wave, once, when it closes."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from sqlalchemy.orm import Session

from survey_app.agreements.models import AgreementVersion, Measure, Obligor
from survey_app.agreements.service import record_baselines
from survey_app.audit.service import record
from survey_app.campaigns.models import PrivacyMode, Wave
from survey_app.campaigns.population import read_turnout
from survey_app.campaigns.rules import MIN_SHOWN
from survey_app.catalogue.content import Catalogue
from survey_app.errors import N_, Refusal
from survey_app.questionnaires import Questionnaire
from survey_app.scores.models import Score, ScoreLevel, ScoreState
from survey_app.scores.queries import count_invited, respondent_marks
from survey_app.scores.rules import MEAN_METHOD, Asked, Line, LineScore, MeanScore, average_lines, score_lines
from survey_app.scores.summarising import write_summary


def scoring_lines(version: AgreementVersion, catalogue: Catalogue) -> list[Line]:
    """Return the agreement's lines as scoring needs them, each as it read when it entered the agreement."""
    return [
        Line(
            indicator_key=commitment.indicator_key,
            theme=str(commitment.definition.get("theme") or catalogue[commitment.indicator_key].theme),
            obligor=commitment.obligor.value,
            measure=commitment.measure.value,
            threshold=commitment.threshold,
            weight=commitment.weight,
            is_internal=commitment.is_internal,
            survey_share=Fraction(1 if commitment.survey_share is None else commitment.survey_share),
        )
        for commitment in version.commitments
    ]


def compute_scores(
    session: Session,
    wave: Wave,
    catalogue: Catalogue,
    fact_marks: Mapping[str, Fraction | None],
    follow: Callable[[Sequence[Line]], Iterable[Line]] = iter,
) -> tuple[list[LineScore], list[MeanScore]]:
    """Score the wave from its answers and facts and write nothing: live figures and recomputation use this too.

    `follow` gives the lines back one by one, and so sees how far the scoring is.
    """
    if wave.agreement_version is None or wave.definition is None:
        raise Refusal(N_("This wave was never launched: there is nothing to score."))
    questionnaire = Questionnaire.from_canonical(wave.definition)
    asked = asked_people(session, wave, wave.agreement_version)
    scored = score_lines(
        follow(scoring_lines(wave.agreement_version, catalogue)),
        respondent_marks(session, wave, questionnaire, by_role=bool(asked.role_shares)),
        {key: len(questions) for key, questions in questionnaire.questions_by_indicator().items()},
        asked,
        fact_marks,
    )
    return scored, average_lines(scored)


def asked_people(session: Session, wave: Wave, version: AgreementVersion) -> Asked:
    """Return who was asked, the shares of the roles, and the fewest people that the mode lets make a score."""
    shares = {role: Fraction(share) for role, share in (version.role_shares or {}).items()}
    fewest = 0 if wave.campaign.mode is PrivacyMode.NAMED else MIN_SHOWN
    by_role = read_turnout(session, wave).by_role if shares else {}
    return Asked(count_invited(session, wave), by_role, shares, fewest)


def record_scores(
    session: Session,
    wave: Wave,
    catalogue: Catalogue,
    fact_marks: Mapping[str, Fraction | None],
    actor: str,
    now: datetime,
    tell: Callable[[int], object] = int,
) -> list[Score]:
    """Write one row a line and one a mean, each with the method that made it, and count the marks given.

    `tell` hears when the scores are there, and when they are summed up.
    """
    lines, means = compute_scores(session, wave, catalogue, fact_marks)
    scores = score_rows(wave, lines, means)
    session.add_all(scores)
    session.flush()
    tell(1)
    write_summary(session, wave, lines)
    tell(1)
    marks = {score.line.indicator_key: score.exact for score in lines}
    record_baselines(session, wave.campaign.agreement, marks, wave.last_day, now)
    record(
        session,
        actor=actor,
        action="scores_recorded",
        subject_type="wave",
        subject_id=wave.id,
        now=now,
        details={"n_scores": len(scores)},
    )
    return scores


def score_rows(wave: Wave, lines: Sequence[LineScore], means: Sequence[MeanScore]) -> list[Score]:
    """Return the rows that record these scores, lines first; nothing is written."""
    return [_line_row(wave, score) for score in lines] + [_mean_row(wave, mean) for mean in means]


def _line_row(wave: Wave, score: LineScore) -> Score:
    line = score.line
    return Score(
        wave_id=wave.id,
        level=ScoreLevel.INDICATOR,
        subject_key=line.indicator_key,
        obligor=Obligor(line.obligor),
        measure=Measure(line.measure),
        is_internal=line.is_internal,
        exact=score.exact,
        threshold=line.threshold,
        weight=line.weight,
        n_respondents=len(score.respondent_scores),
        population=score.population,
        low=score.low,
        high=score.high,
        state=ScoreState(score.state),
        is_breach=score.is_breach,
        survey_mark=score.survey_mark,
        fact_mark=score.fact_mark,
        survey_share=Decimal(line.survey_share.numerator) / line.survey_share.denominator
        if line.measure == "mixed"
        else None,
        absent_roles=list(score.absent_roles),
        method=score.method,
    )


def _mean_row(wave: Wave, mean: MeanScore) -> Score:
    return Score(
        wave_id=wave.id,
        level=ScoreLevel.OVERALL if mean.subject_key == "overall" else ScoreLevel.THEME,
        subject_key=mean.subject_key,
        obligor=Obligor(mean.party),
        exact=mean.exact,
        weight=Decimal(mean.weight),
        is_internal=False,
        n_respondents=0,
        population=0,
        is_breach=False,
        absent_roles=[],
        method=MEAN_METHOD,
    )
