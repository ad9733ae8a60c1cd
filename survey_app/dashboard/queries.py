"""What needs attention, client by client, in a fixed number of questions to the database."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction

from sqlalchemy import false, func, or_, select
from sqlalchemy.orm import Session, aliased, joinedload

from survey_app.accounts.access import Viewer
from survey_app.action_plans.models import ActionPlan, PlanAction
from survey_app.action_plans.vocabulary import PlanState
from survey_app.agreements.models import Agreement, AgreementVersion, Obligor, VersionState
from survey_app.bonuses.models import Bonus
from survey_app.campaigns.models import Campaign, Wave, WaveState
from survey_app.campaigns.population import Turnout, read_turnouts
from survey_app.clients.models import Client
from survey_app.clients.queries import count_contacts, list_clients
from survey_app.clock import local_day
from survey_app.dashboard.rules import Need, Standing, find_needs
from survey_app.score_sheets.models import Approval, Edition, ScoreSheet
from survey_app.score_sheets.rules import CONTEST_DAYS
from survey_app.scores.models import Score, ScoreLevel


@dataclass(frozen=True)
class LastResult:
    """The agency's overall mark in the last closed wave, the one before, and the lines under their threshold."""

    wave_id: int
    title: str
    overall: Fraction | None
    before: Fraction | None
    n_breaches: int


def list_last_results(session: Session, client_ids: Sequence[int]) -> dict[int, LastResult]:
    """Return one result a client, whatever the number of clients in as many questions."""
    ranked = (
        select(
            Wave.id,
            Wave.title,
            Campaign.client_id,
            Score.exact,
            func.row_number()
            .over(partition_by=Campaign.client_id, order_by=(Wave.closed_at.desc(), Wave.id.desc()))
            .label("place"),
        )
        .join(Campaign, Wave.campaign_id == Campaign.id)
        .join(
            Score, (Score.wave_id == Wave.id) & (Score.level == ScoreLevel.OVERALL) & (Score.obligor == Obligor.AGENCY)
        )
        .where(Campaign.client_id.in_(client_ids), Wave.state == WaveState.CLOSED)
        .subquery()
    )
    rows = session.execute(select(ranked).where(ranked.c.place <= 2).order_by(ranked.c.place)).all()
    newest = {row.client_id: row for row in rows if row.place == 1}
    before = {row.client_id: row.exact for row in rows if row.place == 2}
    breaches = _count_breaches(session, [row.id for row in newest.values()])
    return {
        client_id: LastResult(row.id, row.title, row.exact, before.get(client_id), breaches.get(row.id, 0))
        for client_id, row in newest.items()
    }


def _count_breaches(session: Session, wave_ids: Sequence[int]) -> dict[int, int]:
    rows = session.execute(
        select(Score.wave_id, func.count()).where(Score.wave_id.in_(wave_ids), Score.is_breach).group_by(Score.wave_id)
    )
    return dict(iter(rows))


def count_drafted_plans(session: Session, client_ids: Sequence[int]) -> dict[int, int]:
    """Count the plans that a breach opened and nobody has proposed to the client yet."""
    rows = session.execute(
        select(ActionPlan.client_id, func.count())
        .where(ActionPlan.client_id.in_(client_ids), ActionPlan.state == PlanState.DRAFTED)
        .group_by(ActionPlan.client_id)
    )
    return dict(iter(rows))


def count_unapproved_sheets(session: Session, client_ids: Sequence[int], now: datetime) -> dict[int, int]:
    """Count the sheets that move money, may no longer be contested and wait for a second person."""
    newer = aliased(Edition)
    is_newest = ~select(newer.id).where(newer.sheet_id == Edition.sheet_id, newer.number > Edition.number).exists()
    rows = session.execute(
        select(Campaign.client_id, func.count())
        .select_from(Edition)
        .join(ScoreSheet, Edition.sheet_id == ScoreSheet.id)
        .join(Wave, ScoreSheet.wave_id == Wave.id)
        .join(Campaign, Wave.campaign_id == Campaign.id)
        .join(Bonus, (Bonus.wave_id == Wave.id) & (Bonus.number == Edition.number))
        .outerjoin(Approval, Approval.edition_id == Edition.id)
        .where(
            Campaign.client_id.in_(client_ids),
            Bonus.amount != 0,
            Approval.id.is_(None),
            is_newest,
            Wave.closed_at <= now - timedelta(days=CONTEST_DAYS),
        )
        .group_by(Campaign.client_id)
    )
    return dict(iter(rows))


@dataclass(frozen=True)
class OpenWave:
    wave: Wave
    turnout: Turnout


@dataclass
class ClientOverview:
    """One line of the home page: the client, its open waves, and what asks for a person."""

    client: Client
    n_contacts: int = 0
    open_waves: list[OpenWave] = field(default_factory=list)
    needs: list[Need] = field(default_factory=list)
    last_result: LastResult | None = None


def list_overviews(session: Session, viewer: Viewer, now: datetime) -> list[ClientOverview]:
    """Return the viewer's clients, those that need somebody first."""
    clients = list_clients(session, viewer)
    ids = [client.id for client in clients]
    contacts, agreed, overdue = count_contacts(session, clients), _agreed(session, ids), _overdue(session, clients, now)
    waves = list(_open_waves(session, ids))
    drafted, unapproved = count_drafted_plans(session, ids), count_unapproved_sheets(session, ids, now)
    results = list_last_results(session, ids)
    overviews = []
    for client in clients:
        own = [found for found in waves if found.wave.campaign.client_id == client.id]
        standing = Standing(
            n_contacts=contacts.get(client.id, 0),
            has_agreement=client.id in agreed,
            n_overdue_actions=overdue.get(client.id, 0),
            n_late_waves=sum(1 for found in own if found.wave.ends_at <= now),
            n_unapproved_sheets=unapproved.get(client.id, 0),
            n_drafted_plans=drafted.get(client.id, 0),
        )
        needs = find_needs(standing)
        overviews.append(ClientOverview(client, standing.n_contacts, own, needs, results.get(client.id)))
    return sorted(overviews, key=lambda overview: (not overview.needs, overview.client.name))


def _agreed(session: Session, client_ids: Sequence[int]) -> set[int]:
    return set(
        session.scalars(
            select(Agreement.client_id)
            .join(AgreementVersion, AgreementVersion.agreement_id == Agreement.id)
            .where(Agreement.client_id.in_(client_ids), AgreementVersion.state == VersionState.VALIDATED)
        )
    )


def _overdue(session: Session, clients: Sequence[Client], now: datetime) -> dict[int, int]:
    zones = {client.time_zone for client in clients}
    is_late = [(Client.time_zone == zone) & (PlanAction.due_on < local_day(now, zone)) for zone in zones]
    rows = session.execute(
        select(ActionPlan.client_id, func.count())
        .join(PlanAction, PlanAction.plan_id == ActionPlan.id)
        .join(Client, Client.id == ActionPlan.client_id)
        .where(Client.id.in_([client.id for client in clients]), PlanAction.ended_on.is_(None), or_(false(), *is_late))
        .group_by(ActionPlan.client_id)
    )
    return dict(iter(rows))


def _open_waves(session: Session, client_ids: Sequence[int]) -> Iterator[OpenWave]:
    waves = session.scalars(
        select(Wave)
        .join(Campaign)
        .where(Campaign.client_id.in_(client_ids), Wave.state == WaveState.OPEN)
        .options(joinedload(Wave.campaign))
        .order_by(Wave.ends_at, Wave.id)
    ).all()
    turnouts = read_turnouts(session, [wave.id for wave in waves])
    for wave in waves:
        yield OpenWave(wave, turnouts[wave.id])
