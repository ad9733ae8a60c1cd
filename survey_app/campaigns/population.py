"""The people a wave asked: who was asked, who answered, who is missing. One query; every page, mail and sheet asks it.

No statement here joins two long lists: they are laid end to end and sorted by person. A database that knows nothing
yet of 50,000 new rows would take a join of the two for one of a few rows, and compare each with each.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import CTE, ColumnElement, and_, false, func, literal, null, or_, select, type_coerce, union_all
from sqlalchemy.orm import Session

from survey_app.campaigns.models import Invitation, Wave
from survey_app.campaigns.queries import is_recipient
from survey_app.campaigns.rules import MISSING, STANDINGS, Progress, standing
from survey_app.clients.models import AddressState, Contact
from survey_app.outbox.models import OutgoingEmail

WAVE_MAILS = ("invitation", "reminder")
# What the rule for a person's standing is told, and in which order.
DEEDS = ("has_answered", "has_declined", "has_opted_out", "has_started", "is_dead_address")
FACTS = (*DEEDS, "mail_state", "has_bounced")
MAIL = ("state", "bounced_at", "sent_at")
# What a person is writing or has written is no part of a count.
LONG = frozenset({"draft", "refusal_comment"})
Group = tuple[Any, ...]


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


def asked_people(wave_ids: Collection[int]) -> CTE:
    """Return one invitation a person and wave: the one answered first, else the one whose link is alive.

    A link revoked after its answer came still counts its person; one revoked before was given a new one.
    """
    place = func.row_number().over(
        partition_by=(Invitation.wave_id, Invitation.contact_id),
        order_by=(Invitation.answered_at.is_(None), Invitation.answered_at, Invitation.id),
    )
    counted = (
        select(*(column for column in Invitation.__table__.c if column.name not in LONG), place.label("place"))
        .where(
            Invitation.wave_id.in_(wave_ids),
            Invitation.revoked_at.is_(None) | Invitation.answered_at.is_not(None),
        )
        .cte("counted")
    )
    return (
        select(
            counted,
            counted.c.answered_at.is_not(None).label("has_answered"),
            counted.c.refused_at.is_not(None).label("has_declined"),
            Contact.opted_out_at.is_not(None).label("has_opted_out"),
            counted.c.started_at.is_not(None).label("has_started"),
            (Contact.address_state == AddressState.DEAD).label("is_dead_address"),
            is_recipient().label("is_recipient"),
        )
        .join(Contact, Contact.id == counted.c.contact_id)
        .where(counted.c.place == 1)
        .cte("asked")
    )


def followed_people(wave: Wave, *columns: str) -> CTE:
    """Return the people asked with what became of the last mail to each, and the columns named besides.

    `reached_at` is when a first mail reached them, as far as anyone knows.
    """
    asked = asked_people([wave.id])
    names = (*columns, *DEEDS)
    people = select(
        asked.c.id,
        literal(1).label("is_person"),
        null().label("mail_id"),
        *(type_coerce(null(), OutgoingEmail.__table__.c[name].type).label(name) for name in MAIL),
        *(asked.c[name] for name in names),
    )
    mails = select(
        OutgoingEmail.subject_id,
        literal(0),
        OutgoingEmail.id,
        *(OutgoingEmail.__table__.c[name] for name in MAIL),
        *(null() for _ in names),
    ).where(OutgoingEmail.wave_id == wave.id, OutgoingEmail.kind.in_(WAVE_MAILS))
    rows = union_all(people, mails).cte("people_and_mails")
    # Within a person the mails come first, by age: the row before the person's own is the last mail.
    order: dict[str, Any] = {"partition_by": rows.c.id, "order_by": (rows.c.is_person, rows.c.mail_id)}
    reached = func.min(rows.c.sent_at).filter(rows.c.bounced_at.is_(None)).over(partition_by=rows.c.id)
    seen = select(
        rows,
        func.lag(rows.c.state, type_=rows.c.state.type).over(**order).label("mail_state"),
        func.lag(rows.c.bounced_at, type_=rows.c.bounced_at.type).over(**order).label("last_bounced_at"),
        func.lag(rows.c.sent_at, type_=rows.c.sent_at.type).over(**order).label("written_at"),
        reached.label("reached_at"),
    ).cte("seen")
    return (
        select(
            *(seen.c[name] for name in ("id", *names, "mail_state", "written_at", "reached_at")),
            seen.c.last_bounced_at.is_not(None).label("has_bounced"),
        )
        .where(seen.c.is_person == 1)
        .cte("followed")
    )


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
    asked = asked_people(wave_ids)
    columns = [asked.c[name] for name in ("wave_id", "role", "is_marked", "has_answered")]
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
    asked = asked_people([wave.id])
    return session.scalars(select(asked.c.answered_at).where(asked.c.has_answered)).all()


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
