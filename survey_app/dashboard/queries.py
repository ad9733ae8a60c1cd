"""What needs attention, client by client, in a fixed number of questions to the database."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import false, func, or_, select
from sqlalchemy.orm import Session, joinedload

from survey_app.accounts.access import Viewer
from survey_app.action_plans.models import ActionPlan, PlanAction
from survey_app.agreements.models import Agreement, AgreementVersion, VersionState
from survey_app.campaigns.models import Campaign, Invitation, Wave, WaveState
from survey_app.clients.models import Client
from survey_app.clients.queries import count_contacts, list_clients
from survey_app.clock import local_day
from survey_app.dashboard.results import (
    LastResult,
    count_drafted_plans,
    count_unapproved_sheets,
    list_last_results,
)
from survey_app.dashboard.rules import Need, Standing, find_needs


@dataclass(frozen=True)
class OpenWave:
    wave: Wave
    n_invited: int
    n_answered: int


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
    counts = session.execute(
        select(Invitation.wave_id, func.count(), func.count(Invitation.answered_at))
        .where(Invitation.wave_id.in_([wave.id for wave in waves]), Invitation.revoked_at.is_(None))
        .group_by(Invitation.wave_id)
    )
    by_wave = {wave_id: (n_invited, n_answered) for wave_id, n_invited, n_answered in counts}
    for wave in waves:
        yield OpenWave(wave, *by_wave.get(wave.id, (0, 0)))
