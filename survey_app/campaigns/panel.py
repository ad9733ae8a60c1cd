"""The people a wave asks, with what changed since the last wave: counted over all, listed page by page."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import CTE, case, func, literal, null, select, union_all
from sqlalchemy.orm import Session

from survey_app.campaigns.models import Wave
from survey_app.campaigns.population import PER_PAGE, Group, Pages, asked_people, is_of_group, is_of_groups, pages_of
from survey_app.campaigns.queries import previous_wave
from survey_app.campaigns.rules import panel_status
from survey_app.clients.models import AddressState, Contact, ContactRole

Groups = dict[str, list[tuple[int, Group]]]
FACTS = ("was_asked", "is_active", "has_opted_out", "is_reachable")
# What changed is read first; most people are as last time.
ORDER = ("joined", "left", "bounced", "opted_out", "kept")
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
    facts = _facts(wave, previous)
    groups = _count_groups(session, facts, has_previous=previous is not None)
    counts = {name: sum(n for n, _ in groups[name]) for name in ORDER if name in groups}
    chosen = {name: [group for _, group in groups[name]] for name in counts if status in ("", name)}
    pages = pages_of(sum(counts[name] for name in chosen), page)
    rows = _read_rows(session, facts, chosen, pages.offset) if chosen else []
    lines = [_line(row, has_previous=previous is not None) for row in rows]
    return Panel(counts, previous, lines, pages, status)


def _count_groups(session: Session, facts: CTE, *, has_previous: bool) -> Groups:
    """Count those of whom the same is known, and sort them by the status that the rule gives them."""
    columns = [facts.c[name] for name in FACTS]
    groups: Groups = defaultdict(list)
    for row in session.execute(select(*columns, func.count().label("n")).group_by(*columns)):
        status = _status(row, has_previous=has_previous)
        if status is not None:
            groups[status].append((row.n, tuple(row[:-1])))
    return groups


def _read_rows(session: Session, facts: CTE, chosen: dict[str, list[Group]], offset: int) -> Sequence[Any]:
    ranks = [(is_of_group(facts, FACTS, group), ORDER.index(name)) for name, each in chosen.items() for group in each]
    return session.execute(
        select(facts)
        .where(is_of_groups(facts, FACTS, [group for each in chosen.values() for group in each]))
        .order_by(case(*ranks, else_=len(ORDER)), facts.c.name, facts.c.id)
        .limit(PER_PAGE)
        .offset(offset)
    ).all()


def _facts(wave: Wave, previous: Wave | None) -> CTE:
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
