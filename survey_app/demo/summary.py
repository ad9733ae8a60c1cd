"""Say what the play brought forth: responses, scores with intervals, plans, bonus, files."""

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey_app.action_plans.models import ActionPlan
from survey_app.bonuses.queries import current_bonus
from survey_app.campaigns.models import Campaign, Wave
from survey_app.catalogue.content import load_catalogue
from survey_app.formats import format_money, format_number, format_score
from survey_app.score_sheets.files import export_edition
from survey_app.score_sheets.models import Edition, ScoreSheet
from survey_app.score_sheets.signing import signing_key_bytes
from survey_app.scores.models import Score, ScoreLevel
from survey_app.scores.queries import count_answered, count_invited, wave_scores
from survey_app.web import database, settings


def export_sheets(folder: Path) -> None:
    """Write the three files of the newest edition of every sheet."""
    with database().reading() as session:
        for sheet in session.scalars(select(ScoreSheet).order_by(ScoreSheet.id)):
            export_edition(sheet.editions[0], folder, signing_key_bytes(settings()), settings().public_base_url)


def summarise(data_dir: Path) -> str:
    """Return the summary, from what is stored."""
    with database().reading() as session:
        waves = session.scalars(select(Wave).join(Campaign).order_by(Campaign.id, Wave.number)).all()
        parts = ["\n".join(_wave_lines(session, wave)) for wave in waves]
    files = sorted(str(path) for path in (data_dir / "sheets").glob("*.*"))
    return "\n\n".join([*parts, "Score sheets:\n" + "\n".join(f"  {path}" for path in files)])


def _wave_lines(session: Session, wave: Wave) -> Iterator[str]:
    yield f"{wave.campaign.client.name} – {wave.title} ({wave.state})"
    yield f"  responses  {count_answered(session, wave)} of {count_invited(session, wave)}"
    for score in wave_scores(session, wave):
        if score.level is ScoreLevel.INDICATOR:
            yield f"  {_line(score)}"
        elif score.level is ScoreLevel.OVERALL:
            yield f"  overall ({score.obligor})  {format_score(score.exact, 'en')} / 10"
    opened = session.scalar(select(func.count()).where(ActionPlan.wave_id == wave.id))
    verdicts = session.execute(
        select(ActionPlan.verdict, func.count())
        .where(ActionPlan.settled_by_wave_id == wave.id)
        .group_by(ActionPlan.verdict)
    ).all()
    settled = ", ".join(f"{count} {verdict}" for verdict, count in verdicts) or "none"
    yield f"  plans      {opened} opened, settled: {settled}"
    bonus = current_bonus(session, wave)
    if bonus is not None:
        why = " (the reference measure never pays)" if bonus.is_baseline else ""
        yield f"  bonus      {format_money(bonus.amount, bonus.currency, 'en')}{why}"
    edition = session.scalar(
        select(Edition).join(ScoreSheet).where(ScoreSheet.wave_id == wave.id).order_by(Edition.number.desc()).limit(1)
    )
    if edition is not None:
        yield f"  sheet      {edition.sheet.reference}, edition {edition.number}, sha256 {edition.sha256[:16]}…"


def _line(score: Score) -> str:
    label = load_catalogue().label(score.subject_key, "en")[:38]
    if score.exact is None or score.low is None or score.high is None:
        return f"{label:<38}     –  not measurable"
    mark = format_score(score.exact, "en", score.threshold)
    interval = f"[{format_number(score.low, 2, 'en')}, {format_number(score.high, 2, 'en')}]"
    return f"{label:<38} {mark:>5}  {interval:<14} n={score.n_respondents}/{score.population}  {score.state}"
