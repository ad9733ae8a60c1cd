"""Read where each person of a wave stands: counted over all of them, listed page by page."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Row, Subquery, func, select
from sqlalchemy.orm import Session, aliased

from survey_app.campaigns.alike import matches_any
from survey_app.campaigns.cockpit.choosing import Choice
from survey_app.campaigns.cockpit.curve import Course, Curve, draw, follow
from survey_app.campaigns.cockpit.rules import STANDINGS, Mailing, Progress, may_nudge, standing
from survey_app.campaigns.dates import local_day
from survey_app.campaigns.models import Invitation, Wave
from survey_app.campaigns.paging import PER_PAGE, Pages, pages_of
from survey_app.campaigns.queries import previous_wave
from survey_app.clients.models import AddressState, Contact
from survey_app.outbox.models import OutgoingEmail
from survey_app.outbox.rules import MailState

FACTS = ("has_answered", "has_started", "has_opted_out", "is_dead_address", "mail_state", "has_bounced")
Facts = tuple[bool, bool, bool, bool, MailState | None, bool | None]


@dataclass(frozen=True)
class Invitee:
    """One line of the cockpit."""

    invitation: Invitation
    standing: str
    written_on: date | None
    may_be_nudged: bool


@dataclass(frozen=True)
class Population:
    """How many people stand where; every person is in one place, so the counts add up."""

    counts: dict[str, int]
    facts: dict[str, tuple[Facts, ...]]

    @property
    def n_invited(self) -> int:
        return sum(self.counts.values())

    def facts_of(self, standings: Collection[str]) -> list[Facts]:
        return [each for name in STANDINGS if name in standings for each in self.facts[name]]


def read_population(session: Session, wave: Wave) -> Population:
    """Count everybody in one query: the database counts those alike, and the rule says where they stand."""
    facts = _facts(wave)
    columns = [facts.c[name] for name in FACTS]
    rows = session.execute(select(*columns, func.count()).group_by(*columns).order_by(*columns)).all()
    counts, alike = dict.fromkeys(STANDINGS, 0), dict[str, tuple[Facts, ...]](dict.fromkeys(STANDINGS, ()))
    for row in rows:
        where = _standing(row)
        counts[where] += row[-1]
        alike[where] += (tuple(row[:-1]),)
    return Population(counts, alike)


def list_invitees(
    session: Session, wave: Wave, population: Population, choice: Choice, now: datetime
) -> tuple[list[Invitee], Pages]:
    """Return one page of those chosen, by name; two queries at most, however many people there are."""
    facts = _facts(wave)
    chosen = [matches_any(facts, FACTS, population.facts_of(choice.standings))]
    if choice.words:
        chosen.append(
            facts.c.name.icontains(choice.words, autoescape=True)
            | facts.c.email.icontains(choice.words, autoescape=True)
        )
        n_found = session.scalar(select(func.count()).select_from(facts).where(*chosen)) or 0
    else:
        n_found = sum(population.counts[name] for name in choice.standings)
    pages = pages_of(n_found, choice.page)
    rows = session.execute(
        select(Invitation, *(facts.c[name] for name in (*FACTS, "sent_at")))
        .join(facts, facts.c.id == Invitation.id)
        .where(*chosen)
        .order_by(facts.c.name, facts.c.id)
        .limit(PER_PAGE)
        .offset(pages.offset)
    )
    zone = wave.campaign.client.time_zone
    return [_invitee(row, zone, now) for row in rows], pages


def _facts(wave: Wave) -> Subquery:
    """Return for each person asked what is known of them and of their last mail."""
    last = (
        select(OutgoingEmail.subject_id, func.max(OutgoingEmail.id).label("id"))
        .where(OutgoingEmail.wave_id == wave.id, OutgoingEmail.kind.in_(("invitation", "reminder")))
        .group_by(OutgoingEmail.subject_id)
        .subquery()
    )
    mail = aliased(OutgoingEmail)
    return (
        select(
            Invitation.id,
            Invitation.name,
            Invitation.email,
            mail.sent_at,
            Invitation.answered_at.is_not(None).label("has_answered"),
            Invitation.started_at.is_not(None).label("has_started"),
            (Invitation.refused_at.is_not(None) | Contact.opted_out_at.is_not(None)).label("has_opted_out"),
            (Contact.address_state == AddressState.DEAD).label("is_dead_address"),
            mail.state.label("mail_state"),
            mail.bounced_at.is_not(None).label("has_bounced"),
        )
        .join(Contact, Contact.id == Invitation.contact_id)
        .outerjoin(last, last.c.subject_id == Invitation.id)
        .outerjoin(mail, mail.id == last.c.id)
        .where(Invitation.wave_id == wave.id, Invitation.revoked_at.is_(None))
        .subquery()
    )


def _standing(row: Any) -> str:
    progress = Progress(
        has_answered=row.has_answered,
        has_started=row.has_started,
        has_opted_out=row.has_opted_out,
        is_dead_address=row.is_dead_address,
    )
    return standing(progress, None if row.mail_state is None else Mailing(row.mail_state, row.has_bounced))


def _invitee(row: Row[Any], zone: str, now: datetime) -> Invitee:
    invitation: Invitation = row[0]
    where = _standing(row)
    written_on = local_day(row.sent_at, zone) if row.sent_at else None
    return Invitee(invitation, where, written_on, may_nudge(where, invitation.reminded_at, now))


def count_held_mails(session: Session, wave: Wave) -> int:
    """Count the mails that are paused because the relay refuses our sender."""
    held = select(func.count()).where(OutgoingEmail.wave_id == wave.id, OutgoingEmail.state == MailState.HELD)
    return session.scalar(held) or 0


def answer_instants(session: Session, wave: Wave) -> Sequence[datetime]:
    """Return when people answered; nobody's name is attached."""
    found = session.scalars(
        select(Invitation.answered_at).where(Invitation.wave_id == wave.id, Invitation.answered_at.is_not(None))
    )
    return [instant for instant in found if instant is not None]


def read_curve(session: Session, wave: Wave, now: datetime) -> Curve:
    """Set this wave's answers against the last wave's, day by day since each launch."""
    last = previous_wave(session, wave)
    return draw(_course(session, wave, now), _course(session, last, now) if last else None)


def _course(session: Session, wave: Wave, now: datetime) -> Course:
    n_invited = session.scalar(
        select(func.count()).where(Invitation.wave_id == wave.id, Invitation.revoked_at.is_(None))
    )
    # The deadline is the first instant after the last day: that day is the last of the curve.
    last_instant = wave.ends_at - timedelta(microseconds=1)
    until = min(now, wave.closed_at or wave.cancelled_at or last_instant, last_instant)
    return follow(
        n_invited or 0,
        wave.launched_at or now,
        answer_instants(session, wave),
        until,
        wave.campaign.client.time_zone,
    )
