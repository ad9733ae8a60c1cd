"""Read what the cockpit shows: a page of the people asked, the paused mails, the course of the answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from survey_app.campaigns.cockpit.curve import Course, Curve, draw, follow
from survey_app.campaigns.models import Wave
from survey_app.campaigns.population import (
    FACTS,
    PER_PAGE,
    Pages,
    Population,
    answer_instants,
    asked_page,
    followed_people,
    is_of_groups,
    pages_of,
    read_turnout,
)
from survey_app.campaigns.queries import previous_wave
from survey_app.campaigns.rules import MISSING, STANDINGS, Progress, may_nudge, standing
from survey_app.clients.models import ContactRole
from survey_app.clock import local_day
from survey_app.outbox.models import OutgoingEmail
from survey_app.outbox.rules import MailState

MAX_WORDS = 100
# Two choices that are no standing: everybody, and those who may still answer.
ALL, NOT_ANSWERED = "all", "missing"


@dataclass(frozen=True)
class Choice:
    """Whom the list shows; without a choice, those who have not answered yet."""

    state: str
    words: str = ""
    page: int = 1

    @property
    def standings(self) -> frozenset[str]:
        if self.state == ALL:
            return frozenset(STANDINGS)
        return MISSING if self.state == NOT_ANSWERED else frozenset({self.state})

    def arguments(self, **changes: object) -> dict[str, Any]:
        """Return the address of this choice, or of one like it, without what is said by saying nothing."""
        values: dict[str, Any] = {"state": self.state, "q": self.words, "page": self.page, **changes}
        return {name: value for name, value in values.items() if value not in ("", 1)}


def read_choice(arguments: Mapping[str, str], *, is_open: bool) -> Choice:
    """Read the choice; what means nothing is the default, since an address is easily cut."""
    state = arguments.get("state", "")
    known = (ALL, NOT_ANSWERED, *STANDINGS)
    words = " ".join(arguments.get("q", "").replace("\x00", "").split())[:MAX_WORDS]
    default = NOT_ANSWERED if is_open else ALL
    return Choice(state if state in known else default, words, asked_page(arguments))


SHOWN = ("name", "email", "role", "reminded_at", "is_marked", "written_at")


@dataclass(frozen=True)
class Invitee:
    """One line of the cockpit."""

    invitation_id: int
    name: str
    email: str
    role: ContactRole
    is_marked: bool
    standing: str
    written_on: date | None
    may_be_nudged: bool


def list_invitees(
    session: Session, wave: Wave, population: Population, choice: Choice, now: datetime
) -> tuple[list[Invitee], Pages]:
    """Return one page of those chosen, by name; two queries at most, however many people there are."""
    people = followed_people(wave, *SHOWN, words=choice.words)
    chosen = is_of_groups(people, FACTS, population.groups_of(choice.standings))
    n_found = sum(population.counts[name] for name in choice.standings)
    if choice.words:
        n_found = session.scalar(select(func.count()).select_from(people).where(chosen)) or 0
    pages = pages_of(n_found, choice.page)
    rows = session.execute(
        select(people).where(chosen).order_by(people.c.name, people.c.id).limit(PER_PAGE).offset(pages.offset)
    )
    zone = wave.campaign.client.time_zone
    return [_invitee(row, zone, now) for row in rows], pages


def _invitee(row: Row[Any], zone: str, now: datetime) -> Invitee:
    where = standing(Progress(*(getattr(row, name) for name in FACTS)))
    written_on = local_day(row.written_at, zone) if row.written_at else None
    may_be_nudged = may_nudge(where, row.reminded_at, now)
    return Invitee(row.id, row.name, row.email, row.role, row.is_marked, where, written_on, may_be_nudged)


def count_held_mails(session: Session, wave: Wave) -> int:
    """Count the mails that are paused because the relay refuses our sender."""
    held = select(func.count()).where(OutgoingEmail.wave_id == wave.id, OutgoingEmail.state == MailState.HELD)
    return session.scalar(held) or 0


def read_curve(session: Session, wave: Wave, now: datetime) -> Curve:
    """Set this wave's answers against the last wave's, day by day since each launch."""
    last = previous_wave(session, wave)
    return draw(_course(session, wave, now), _course(session, last, now) if last else None)


def _course(session: Session, wave: Wave, now: datetime) -> Course:
    # The deadline is the first instant after the last day: that day is the last of the curve.
    last_instant = wave.ends_at - timedelta(microseconds=1)
    until = min(now, wave.closed_at or wave.cancelled_at or last_instant, last_instant)
    return follow(
        read_turnout(session, wave).n_invited,
        wave.launched_at or now,
        answer_instants(session, wave),
        until,
        wave.campaign.client.time_zone,
    )
