"""The people of a wave, counted over all and listed page by page: the panel before the launch, the cockpit after it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import CTE, Row, case, func, literal, null, select, union_all
from sqlalchemy.orm import Session

from survey_app.campaigns.figures import Course, Curve, draw, follow
from survey_app.campaigns.models import Wave
from survey_app.campaigns.population import (
    FACTS,
    Group,
    Population,
    answer_instants,
    asked_people,
    followed_people,
    is_of_group,
    is_of_groups,
    read_turnout,
)
from survey_app.campaigns.queries import previous_wave
from survey_app.campaigns.rules import MISSING, STANDINGS, Progress, may_nudge, panel_status, standing
from survey_app.clients.models import AddressState, Contact, ContactRole
from survey_app.clock import local_day
from survey_app.outbox.models import OutgoingEmail
from survey_app.outbox.rules import MailState

PER_PAGE = 50


@dataclass(frozen=True)
class Pages:
    """Which of the pages is shown."""

    number: int
    n_found: int

    @property
    def last(self) -> int:
        return max(-(-self.n_found // PER_PAGE), 1)

    @property
    def offset(self) -> int:
        return (self.number - 1) * PER_PAGE

    @property
    def first_shown(self) -> int:
        return self.offset + 1 if self.n_found else 0

    @property
    def last_shown(self) -> int:
        return min(self.offset + PER_PAGE, self.n_found)


def pages_of(n_found: int, asked: int) -> Pages:
    """Return the page that was asked for; one beyond the last is the last."""
    last = Pages(1, n_found).last
    return Pages(min(max(asked, 1), last), n_found)


def asked_page(arguments: Mapping[str, str]) -> int:
    """Read the page of an address; what means nothing is the first."""
    page = arguments.get("page", "")
    return max(int(page), 1) if page.isascii() and page.isdigit() and len(page) < 7 else 1


Groups = dict[str, list[tuple[int, Group]]]
PANEL_FACTS = ("was_asked", "is_active", "has_opted_out", "is_reachable")
# What changed is read first; most people are as last time.
PANEL_ORDER = ("joined", "left", "bounced", "opted_out", "kept")
ASKED = ("kept", "joined")


@dataclass(frozen=True)
class PanelLine:
    contact_id: int
    name: str
    email: str
    role: ContactRole
    status: str

    @property
    def is_asked(self) -> bool:
        return self.status in ASKED


@dataclass(frozen=True)
class Panel:
    """Everybody concerned: those who are asked, and those who were asked last time and no longer are."""

    counts: dict[str, int]
    previous: Wave | None
    lines: list[PanelLine]
    pages: Pages
    status: str = ""

    def arguments(self, page: int) -> dict[str, Any]:
        """Return the address of another page of this list."""
        return {name: value for name, value in (("status", self.status), ("page", page)) if value not in ("", 1)}

    @property
    def n_recipients(self) -> int:
        return sum(self.counts.get(status, 0) for status in ASKED)

    @property
    def n_left_out(self) -> int:
        return sum(self.counts.values()) - self.n_recipients


def read_panel(session: Session, wave: Wave, status: str = "", page: int = 1) -> Panel:
    """Carry the panel of the last wave over, with who joined, left, bounced or opted out since."""
    previous = previous_wave(session, wave)
    facts = _panel(wave, previous)
    groups = _count_groups(session, facts, has_previous=previous is not None)
    counts = {name: sum(n for n, _ in groups[name]) for name in PANEL_ORDER if name in groups}
    chosen = {name: [group for _, group in groups[name]] for name in counts if status in ("", name)}
    pages = pages_of(sum(counts[name] for name in chosen), page)
    rows = _read_rows(session, facts, chosen, pages.offset) if chosen else []
    lines = [_line(row, has_previous=previous is not None) for row in rows]
    return Panel(counts, previous, lines, pages, status)


def _count_groups(session: Session, facts: CTE, *, has_previous: bool) -> Groups:
    """Count those of whom the same is known, and sort them by the status that the rule gives them."""
    columns = [facts.c[name] for name in PANEL_FACTS]
    groups: Groups = defaultdict(list)
    for row in session.execute(select(*columns, func.count().label("n")).group_by(*columns)):
        status = _status(row, has_previous=has_previous)
        if status is not None:
            groups[status].append((row.n, tuple(row[:-1])))
    return groups


def _read_rows(session: Session, facts: CTE, chosen: dict[str, list[Group]], offset: int) -> Sequence[Any]:
    ranks = [
        (is_of_group(facts, PANEL_FACTS, group), PANEL_ORDER.index(name))
        for name, each in chosen.items()
        for group in each
    ]
    return session.execute(
        select(facts)
        .where(is_of_groups(facts, PANEL_FACTS, [group for each in chosen.values() for group in each]))
        .order_by(case(*ranks, else_=len(PANEL_ORDER)), facts.c.name, facts.c.id)
        .limit(PER_PAGE)
        .offset(offset)
    ).all()


def _panel(wave: Wave, previous: Wave | None) -> CTE:
    """Return the client's contacts, each with whether the last wave asked them: laid end to end, as all people are."""
    contacts = select(
        Contact.id,
        literal(1).label("is_contact"),
        Contact.name,
        Contact.email,
        Contact.role,
        Contact.is_active,
        Contact.opted_out_at.is_not(None).label("has_opted_out"),
        ((Contact.address_state != AddressState.DEAD) & (Contact.email != "")).label("is_reachable"),
    ).where(Contact.client_id == wave.campaign.client_id)
    asked = asked_people([previous.id] if previous else [], "contact_id")
    earlier = select(asked.c.contact_id, literal(0), *(null() for _ in range(6)))
    rows = union_all(contacts, earlier).cte("contacts_and_asked")
    n_rows = func.count().over(partition_by=rows.c.id)
    seen = select(rows, (n_rows > 1).label("was_asked")).cte("seen")
    return select(seen).where(seen.c.is_contact == 1).cte("panel")


def _status(row: Any, *, has_previous: bool) -> str | None:
    if not (row.was_asked or row.is_active):
        return None
    return panel_status(
        was_asked=row.was_asked or not has_previous,
        is_active=row.is_active,
        has_opted_out=row.has_opted_out,
        is_reachable=row.is_reachable,
    )


def _line(row: Any, *, has_previous: bool) -> PanelLine:
    return PanelLine(row.id, row.name, row.email, row.role, _status(row, has_previous=has_previous) or "")


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
