"""Read the portfolio from what the closes wrote: lines, summaries, overall scores; never from the answers."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from sqlalchemy import ColumnElement, String, func, select, type_coerce
from sqlalchemy.orm import Session

from survey_app.accounts.access import Viewer
from survey_app.agreements.models import Obligor
from survey_app.campaigns.models import Campaign, Wave, WaveState
from survey_app.clients.models import Client
from survey_app.clients.queries import visible_to
from survey_app.scores.models import Score, ScoreLevel, WaveSummary


class LineCell(NamedTuple):
    """The last score of one line of one client."""

    exact: Fraction | None
    threshold: Decimal | None
    state: str
    is_breach: bool
    n_respondents: int


@dataclass(frozen=True)
class ClientWave:
    """A client's last closed wave in one row."""

    client_id: int
    client_key: str
    client_name: str
    wave_id: int
    ends_on: date
    mode: str
    n_invited: int
    n_answered: int
    n_rating: int
    n_flagged: int
    n_fewest: int
    mean: Fraction | None
    variance: Decimal | None


def last_waves(session: Session, viewer: Viewer, since: date | None = None) -> Sequence[ClientWave]:
    """Return the last closed wave of each client that this person works for."""
    place = func.row_number().over(partition_by=Campaign.client_id, order_by=(Wave.launched_at.desc(), Wave.id.desc()))
    ranked = (
        select(
            Campaign.client_id,
            Client.key.label("client_key"),
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
            last.c.client_id,
            last.c.client_key,
            last.c.client_name,
            last.c.wave_id,
            last.c.ends_on,
            last.c.mode,
            summary.n_invited,
            summary.n_answered,
            summary.n_rating,
            summary.n_flagged,
            summary.n_fewest,
            summary.respondent_mean,
            summary.respondent_variance,
        )
        .join(WaveSummary.__table__, summary.wave_id == last.c.wave_id)
        .where(last.c.place == 1)
        .order_by(last.c.client_name, last.c.client_id)
    )
    return [
        ClientWave(
            row.client_id,
            row.client_key,
            row.client_name,
            row.wave_id,
            row.ends_on,
            row.mode.value,
            row.n_invited,
            row.n_answered,
            row.n_rating,
            row.n_flagged,
            row.n_fewest,
            row.respondent_mean,
            row.respondent_variance,
        )
        for row in rows
    ]


def is_shared_line() -> tuple[ColumnElement[bool], ...]:
    """Tell the lines that the portfolio shows: the agency's, and not those it keeps to itself."""
    return Score.level == ScoreLevel.INDICATOR, Score.obligor != Obligor.CLIENT, Score.is_internal.is_(False)


def last_lines(session: Session, waves: Sequence[ClientWave]) -> dict[int, dict[str, LineCell]]:
    """Return the agency's lines of these waves, by client and indicator."""
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
        ).where(Score.wave_id.in_(list(client_of)), *is_shared_line())
    )
    found: dict[int, dict[str, LineCell]] = defaultdict(dict)
    for wave_id, indicator_key, exact, threshold, state, is_breach, n_respondents in rows:
        found[client_of[wave_id]][indicator_key] = LineCell(exact, threshold, state, is_breach, n_respondents)
    return found


@dataclass(frozen=True)
class Series:
    """The overall scores of one campaign, wave after wave."""

    client_name: str
    client_key: str
    campaign_title: str
    campaign_id: int
    mode: str
    days: tuple[date, ...]
    values: tuple[Fraction, ...]
    n_fewest: int

    @property
    def n_waves(self) -> int:
        return len(self.values)


def overall_series(session: Session, viewer: Viewer) -> list[Series]:
    """Return the overall scores of every campaign, in the order of its waves."""
    rows = session.execute(
        select(
            Campaign.id,
            Campaign.title,
            Campaign.mode,
            Client.name,
            Client.key,
            Wave.last_day.label("ends_on"),
            Score.exact,
            WaveSummary.n_fewest,
        )
        .join(Wave, Wave.campaign_id == Campaign.id)
        .join(Client, Client.id == Campaign.client_id)
        .join(Score, Score.wave_id == Wave.id)
        .join(WaveSummary, WaveSummary.wave_id == Wave.id)
        .where(
            Wave.state == WaveState.CLOSED,
            Score.level == ScoreLevel.OVERALL,
            Score.obligor == Obligor.AGENCY,
            Score.exact.is_not(None),
            visible_to(viewer),
        )
        .order_by(Client.name, Campaign.id, Wave.launched_at, Wave.id)
    ).all()
    by_campaign: dict[int, list[tuple[date, Fraction, int]]] = defaultdict(list)
    for row in rows:
        by_campaign[row.id].append((row.ends_on, row.exact, row.n_fewest))
    first = {row.id: row for row in reversed(rows)}
    return [
        Series(
            first[campaign_id].name,
            first[campaign_id].key,
            first[campaign_id].title,
            campaign_id,
            first[campaign_id].mode.value,
            tuple(day for day, _, _ in stops),
            tuple(value for _, value, _ in stops),
            min(n for _, _, n in stops),
        )
        for campaign_id, stops in by_campaign.items()
    ]
