"""Read the portfolio from what the closes wrote: lines and summaries; never from the answers."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from sqlalchemy import String, func, select, type_coerce
from sqlalchemy.orm import Session

from survey_app.accounts.access import Viewer
from survey_app.agreements.models import Obligor
from survey_app.campaigns.models import Campaign, Wave, WaveState
from survey_app.clients.models import Client
from survey_app.clients.queries import visible_to
from survey_app.portfolio.rules import ClientWave, LineCell
from survey_app.scores.models import Score, ScoreLevel, WaveSummary


def last_waves(session: Session, viewer: Viewer, since: date | None = None) -> Sequence[ClientWave]:
    """Return the last closed wave of each client that this person works for."""
    place = func.row_number().over(partition_by=Campaign.client_id, order_by=(Wave.launched_at.desc(), Wave.id.desc()))
    ranked = (
        select(
            Campaign.client_id,
            Client.name.label("client_name"),
            Wave.id.label("wave_id"),
            Wave.last_day.label("ends_on"),
            Campaign.mode,
            place.label("place"),
        )
        .join(Campaign, Campaign.id == Wave.campaign_id)
        .join(Client, Client.id == Campaign.client_id)
        .where(Wave.state == WaveState.CLOSED, visible_to(viewer))
    )
    if since is not None:
        ranked = ranked.where(Wave.last_day >= since)
    last = ranked.subquery()
    summary = WaveSummary.__table__.c
    rows = session.execute(
        select(
            *(column for column in last.c if column.key != "place"),
            summary.n_invited,
            summary.n_answered,
            summary.n_rating,
            summary.n_flagged,
            summary.n_fewest,
            summary.respondent_mean,
        )
        .join(WaveSummary.__table__, summary.wave_id == last.c.wave_id)
        .where(last.c.place == 1)
        .order_by(last.c.client_name, last.c.client_id)
    )
    return [ClientWave(*row) for row in rows]


def last_lines(session: Session, waves: Sequence[ClientWave]) -> dict[int, dict[str, LineCell]]:
    """Return the lines of these waves by client and indicator: the agency's, less those it keeps to itself."""
    client_of = {wave.wave_id: wave.client_id for wave in waves}
    rows = session.execute(
        select(
            Score.wave_id,
            Score.subject_key,
            Score.exact,
            Score.threshold,
            type_coerce(Score.state, String),
            Score.is_breach,
            Score.n_respondents,
        ).where(
            Score.wave_id.in_(list(client_of)),
            Score.level == ScoreLevel.INDICATOR,
            Score.obligor != Obligor.CLIENT,
            Score.is_internal.is_(False),
        )
    )
    found: dict[int, dict[str, LineCell]] = defaultdict(dict)
    for wave_id, indicator_key, exact, threshold, state, is_breach, n_respondents in rows:
        found[client_of[wave_id]][indicator_key] = LineCell(exact, threshold, state, is_breach, n_respondents)
    return found
