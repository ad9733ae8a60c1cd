"""The people a wave asked: who was asked, who answered, who is missing. One query; every page, mail and sheet asks it.

No statement here joins two long lists: they are laid end to end and sorted by person. A database that knows nothing
yet of 50,000 new rows would take a join of the two for one of a few rows, and compare each with each.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    String,
    and_,
    case,
    cast,
    false,
    func,
    literal,
    null,
    or_,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.orm import Session

from survey_app.campaigns.models import Invitation, Wave
from survey_app.campaigns.queries import is_recipient
from survey_app.campaigns.rules import BOUNCED, MISSING, STANDINGS, WAVE_MAILS, Progress, standing
from survey_app.clients.models import AddressState, Contact
from survey_app.outbox.models import OutgoingEmail

# What the rule for a person's standing is told, and in which order.
DEEDS = ("has_answered", "has_declined", "has_opted_out", "has_started", "is_dead_address")
FACTS = (*DEEDS, "mail_state")
# What people are counted by, whatever became of the mails.
KINDS = ("wave_id", "role", "is_marked", "has_answered")
Group = tuple[Any, ...]
# What can be asked of an invitation, and of its contact as they are today.
_OF_INVITATION: dict[str, Any] = {
    "has_answered": Invitation.answered_at.is_not(None),
    "has_declined": Invitation.refused_at.is_not(None),
    "has_started": Invitation.started_at.is_not(None),
}
_OF_CONTACT: dict[str, Any] = {
    "has_opted_out": Contact.opted_out_at.is_not(None),
    "is_dead_address": Contact.address_state == AddressState.DEAD,
    "is_recipient": is_recipient(),
}
# What can be asked of the mails to a person: of the last one, and when a first one reached them, as far as is known.
_MAILS: dict[str, Any] = {
    "mail_state": case(
        (OutgoingEmail.bounced_at.is_not(None), literal(BOUNCED)), else_=cast(OutgoingEmail.state, String)
    ),
    "written_at": OutgoingEmail.sent_at,
    "reached_at": case((OutgoingEmail.bounced_at.is_(None), OutgoingEmail.sent_at)),
}


@dataclass
class Turnout:
    """How many people of a wave were asked and answered; by the role each had at the launch."""

    n_invited: int = 0
    n_answered: int = 0
    n_readdressed: int = 0
    by_role: dict[str, int] = field(default_factory=lambda: defaultdict(int))


@dataclass(frozen=True)
class Population:
    """How many people stand where; every person is in one place, so the counts add up."""

    counts: dict[str, int]
    groups: dict[str, tuple[Group, ...]]

    @property
    def n_invited(self) -> int:
        return sum(self.counts.values())

    @property
    def n_answered(self) -> int:
        return self.counts["done"]

    @property
    def n_missing(self) -> int:
        return sum(self.counts[name] for name in MISSING)

    def groups_of(self, standings: Collection[str]) -> list[Group]:
        return [group for name in STANDINGS if name in standings for group in self.groups[name]]


def asked_people(wave_ids: Collection[int], *names: str, words: str = "") -> CTE:
    """Return one invitation a person and wave, with what is named of it; of those whose name or address holds words.

    The one answered first counts, else the one whose link is alive: a link revoked after its answer came still counts
    its person, one revoked before was given a new one.
    """
    place = func.row_number().over(
        partition_by=(Invitation.wave_id, Invitation.contact_id),
        order_by=(Invitation.answered_at.is_(None), Invitation.answered_at, Invitation.id),
    )
    counted = select(Invitation.id, *(_of_person(name) for name in names), place.label("place")).where(
        Invitation.wave_id.in_(wave_ids), Invitation.revoked_at.is_(None) | Invitation.answered_at.is_not(None)
    )
    if not _OF_CONTACT.keys().isdisjoint(names):
        counted = counted.join(Contact, Contact.id == Invitation.contact_id)
    if words:
        sought = [column.icontains(words, autoescape=True) for column in (Invitation.name, Invitation.email)]
        counted = counted.where(or_(*sought))
    found = counted.cte("counted")
    return select(*(found.c[name] for name in ("id", *names))).where(found.c.place == 1).cte("asked")


def _of_person(name: str) -> ColumnElement[Any]:
    derived: dict[str, Any] = {**_OF_INVITATION, **_OF_CONTACT}
    column: ColumnElement[Any] = derived[name] if name in derived else Invitation.__table__.c[name]
    return column.label(name)


def followed_people(wave: Wave, *names: str, words: str = "") -> CTE:
    """Return the people asked with all that decides where each stands, and what is named besides."""
    of_mails = ("mail_state", *(name for name in names if name in _MAILS))
    of_people = (*DEEDS, *(name for name in names if name not in _MAILS))
    asked = asked_people([wave.id], *of_people, words=words)
    people = select(
        asked.c.id,
        literal(1).label("is_person"),
        null().label("mail_id"),
        *(type_coerce(null(), _MAILS[name].type).label(name) for name in of_mails),
        *(asked.c[name] for name in of_people),
    )
    mails = select(
        OutgoingEmail.subject_id,
        literal(0),
        OutgoingEmail.id,
        *(_MAILS[name] for name in of_mails),
        *(null() for _ in of_people),
    ).where(OutgoingEmail.wave_id == wave.id, OutgoingEmail.kind.in_(WAVE_MAILS))
    rows = union_all(people, mails).cte("people_and_mails")
    seen = select(
        rows.c.id,
        rows.c.is_person,
        *(rows.c[name] for name in of_people),
        *(_over_mails(rows, name) for name in of_mails),
    ).cte("seen")
    return (
        select(*(column for column in seen.c if column.name != "is_person"))
        .where(seen.c.is_person == 1)
        .cte("followed")
    )


def _over_mails(rows: CTE, name: str) -> ColumnElement[Any]:
    column = rows.c[name]
    if name == "reached_at":
        return func.min(column).over(partition_by=rows.c.id).label(name)
    # Within a person the mails come first, by age: the row before the person's own is the last mail.
    last = func.lag(column, type_=column.type).over(partition_by=rows.c.id, order_by=(rows.c.is_person, rows.c.mail_id))
    return last.label(name)


def read_population(session: Session, wave: Wave) -> Population:
    """Count everybody: the database counts those of whom the same is known, and the rule says where they stand."""
    people = followed_people(wave)
    columns = [people.c[name] for name in FACTS]
    rows = session.execute(select(*columns, func.count()).group_by(*columns).order_by(*columns)).all()
    counts, groups = dict.fromkeys(STANDINGS, 0), dict[str, tuple[Group, ...]](dict.fromkeys(STANDINGS, ()))
    for row in rows:
        group = tuple(row[:-1])
        where = standing(Progress(*group))
        counts[where] += row[-1]
        groups[where] += (group,)
    return Population(counts, groups)


def read_turnouts(session: Session, wave_ids: Collection[int]) -> dict[int, Turnout]:
    """Count who was asked and answered in several waves at once, whatever became of the mails."""
    asked = asked_people(wave_ids, *KINDS)
    columns = [asked.c[name] for name in KINDS]
    turnouts: dict[int, Turnout] = {wave_id: Turnout() for wave_id in wave_ids}
    for row in session.execute(select(*columns, func.count().label("n")).group_by(*columns)):
        found = turnouts[row.wave_id]
        found.n_invited += row.n
        found.n_answered += row.n if row.has_answered else 0
        found.n_readdressed += row.n if row.is_marked else 0
        found.by_role[row.role.value] += row.n
    return turnouts


def read_turnout(session: Session, wave: Wave) -> Turnout:
    return read_turnouts(session, [wave.id])[wave.id]


def answer_instants(session: Session, wave: Wave) -> Sequence[datetime]:
    """Return when people answered, once each; nobody's name is attached."""
    asked = asked_people([wave.id], "answered_at")
    return session.scalars(select(asked.c.answered_at).where(asked.c.answered_at.is_not(None))).all()


def is_of_group(people: CTE, names: Sequence[str], values: Iterable[Any]) -> ColumnElement[bool]:
    """Say that a row has these values in the columns of these names."""
    return and_(
        *(
            people.c[name].is_(None) if value is None else people.c[name] == value
            for name, value in zip(names, values, strict=True)
        )
    )


def is_of_groups(people: CTE, names: Sequence[str], groups: Iterable[Iterable[Any]]) -> ColumnElement[bool]:
    """Say that a row is of one of these groups; without a group nobody is chosen."""
    return or_(false(), *(is_of_group(people, names, values) for values in groups))
