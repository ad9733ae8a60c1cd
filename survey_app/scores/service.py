"""Write the scores of a wave and its summary, once, when it closes; derive them again to compare."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from itertools import groupby

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from survey_app.agreements.models import AgreementVersion, Measure, Obligor
from survey_app.agreements.service import record_baselines
from survey_app.audit.service import record
from survey_app.campaigns.models import PrivacyMode, Wave, WaveState
from survey_app.campaigns.population import read_turnout
from survey_app.campaigns.rules import MIN_SHOWN
from survey_app.catalogue.content import Catalogue
from survey_app.clock import local_day
from survey_app.errors import N_, Refusal
from survey_app.questionnaires import Questionnaire
from survey_app.responses.models import Answer, Response
from survey_app.scores.models import MarkCount, Score, ScoreLevel, ScoreState, WaveSummary
from survey_app.scores.queries import (
    count_answered,
    count_invited,
    points_grid,
    points_of,
    questions_of,
    respondent_marks,
    wave_scores,
)
from survey_app.scores.rules import (
    MEAN_METHOD,
    Asked,
    Line,
    LineScore,
    MeanScore,
    average_lines,
    is_flagged,
    score_lines,
    six_decimals,
)

# What a score is beside its place: recomputing compares every one.
FIGURES = sorted(set(Score.__table__.columns.keys()) - {"id", "wave_id", "level", "subject_key", "obligor"})


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


def write_summary(session: Session, wave: Wave, lines: Sequence[LineScore]) -> None:
    """Write what the portfolio needs of a wave, once, when it closes."""
    _count_marks(session, wave)
    means = _respondent_means(session, wave, [line.line.indicator_key for line in lines if not line.line.is_internal])
    n = len(means)
    shown = [len(line.respondent_scores) for line in lines if line.respondent_scores and not line.line.is_internal]
    session.add(
        WaveSummary(
            wave_id=wave.id,
            n_invited=count_invited(session, wave),
            n_answered=count_answered(session, wave),
            n_rating=n,
            n_flagged=_count_flagged(session, wave),
            n_fewest=min(shown, default=0),
            respondent_mean=Fraction(six_decimals(sum(means, Fraction(0)) / n)) if n else None,
        )
    )
    session.flush()


def _count_marks(session: Session, wave: Wave) -> None:
    counted = (
        select(Answer.wave_id, Answer.question_key, Answer.rating, func.count())
        .where(Answer.wave_id == wave.id, Answer.rating.is_not(None))
        .group_by(Answer.wave_id, Answer.question_key, Answer.rating)
    )
    session.execute(insert(MarkCount).from_select(["wave_id", "question_key", "mark", "n_people"], counted))


def _respondent_means(session: Session, wave: Wave, indicator_keys: Sequence[str]) -> list[Fraction]:
    """Return each person's mean mark out of ten over the agreement's shared survey lines."""
    questions = [each for each in questions_of(wave) if each.indicator_key in indicator_keys]
    if not questions:
        return []
    grid = points_grid(questions)
    rows = session.execute(
        select(func.sum(points_of(questions, grid)).label("points"), func.count(Answer.rating).label("n"))
        .where(Answer.wave_id == wave.id, Answer.question_key.in_([each.key for each in questions]))
        .where(Answer.rating.is_not(None))
        .group_by(Answer.response_id)
    )
    return [Fraction(int(row.points), grid * row.n) for row in rows]


def _count_flagged(session: Session, wave: Wave) -> int:
    questionnaire = Questionnaire.from_canonical(wave.definition or {})
    place = {question.key: number for number, question in enumerate(questionnaire.questions)}
    rows = session.execute(
        select(Answer.response_id, Answer.question_key, Answer.rating, Response.n_seconds)
        .join(Response, Response.id == Answer.response_id)
        .where(Answer.wave_id == wave.id, Answer.rating.is_not(None))
        .order_by(Answer.response_id)
    )
    flagged = 0
    for _, answers in groupby(rows, key=lambda row: row.response_id):
        given = sorted(answers, key=lambda row: place.get(row.question_key, 0))
        flagged += is_flagged([row.rating for row in given], given[0].n_seconds)
    return flagged


class AnswersErased(Refusal):
    """The answers are past the time that people were promised: nothing is left to derive the scores from."""


@dataclass(frozen=True)
class Discrepancy:
    """One figure that is not what its own evidence gives."""

    subject: str
    figure: str
    recorded: object
    derived: object


def recompute(
    session: Session,
    wave: Wave,
    catalogue: Catalogue,
    fact_marks: Mapping[str, Fraction | None],
    follow: Callable[[Sequence[Line]], Iterable[Line]] = iter,
) -> list[Discrepancy]:
    """Return every difference between the recorded scores and those the answers and facts give today."""
    if wave.state is not WaveState.CLOSED:
        raise Refusal(N_("This wave is not closed: it has no recorded score to compare with."))
    if wave.erased_at is not None:
        raise AnswersErased(
            N_(
                "The answers of this wave were erased on %(day)s, as people were promised."
                " Its sealed sheet is the proof."
            ),
            day=local_day(wave.erased_at, wave.campaign.client.time_zone).isoformat(),
        )
    recorded = {(row.level, row.subject_key, row.obligor): row for row in wave_scores(session, wave)}
    lines, means = compute_scores(session, wave, catalogue, fact_marks, follow)
    derived = {(row.level, row.subject_key, row.obligor): row for row in score_rows(wave, lines, means)}
    return [
        each
        for key in sorted(recorded.keys() | derived.keys())
        for each in _compare(f"{key[0]} {key[1]} ({key[2]})", recorded.get(key), derived.get(key))
    ]


def _compare(subject: str, recorded: object | None, derived: object | None) -> Iterator[Discrepancy]:
    if recorded is None or derived is None:
        yield Discrepancy(subject, "score", "recorded" if recorded else "none", "derived" if derived else "none")
        return
    for figure in FIGURES:
        was, is_now = getattr(recorded, figure), getattr(derived, figure)
        if was != is_now:
            yield Discrepancy(subject, figure, was, is_now)
