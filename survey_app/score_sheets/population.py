"""The population of a wave, counted with reasons: who was asked, who answered, who could not, who would not."""

from collections import Counter
from typing import Any

from sqlalchemy import func, literal, null, select, union_all
from sqlalchemy.orm import Session

from survey_app.campaigns.models import Wave
from survey_app.campaigns.population import asked_people, read_turnout
from survey_app.campaigns.population import read_population as count_standings
from survey_app.clients.models import AddressState, Contact
from survey_app.outbox.models import OutgoingEmail
from survey_app.outbox.rules import MailState

# The rows of the sheet, and where the people of each stand.
ROWS = {
    "answered": ("done",),
    "silent": ("queued", "sent", "in_doubt", "started"),
    "bounced": ("bounced",),
    "opted_out": ("opted_out",),
    "declined": ("declined",),
}


def read_population(session: Session, wave: Wave) -> dict[str, Any]:
    """Return the counts that add up to the people invited, and those left out with their reasons."""
    population, turnout = count_standings(session, wave), read_turnout(session, wave)
    return {
        "invited": population.n_invited,
        "answered": population.n_answered,
        "rows": [
            {"reason": reason, "n": sum(population.counts[name] for name in standings)}
            for reason, standings in ROWS.items()
        ],
        "sent": _count_sent(session, wave),
        "address_changed": turnout.n_readdressed,
        "left_out": _left_out(session, wave),
        "by_role": [{"role": role, "invited": n} for role, n in sorted(turnout.by_role.items())],
    }


def _count_sent(session: Session, wave: Wave) -> int:
    counted = (
        select(func.count())
        .select_from(OutgoingEmail)
        .where(
            OutgoingEmail.wave_id == wave.id,
            OutgoingEmail.kind == "invitation",
            OutgoingEmail.state == MailState.SENT,
        )
    )
    return session.scalar(counted) or 0


def _left_out(session: Session, wave: Wave) -> dict[str, int]:
    """Count the client's people who existed at the launch and were not asked, by reason."""
    contacts = select(
        Contact.id.label("contact_id"),
        literal(1).label("is_contact"),
        Contact.opted_out_at.is_not(None).label("has_opted_out"),
        (Contact.address_state == AddressState.DEAD).label("is_dead_address"),
        Contact.is_active,
    ).where(Contact.client_id == wave.campaign.client_id, Contact.created_at <= wave.launched_at)
    asked = asked_people([wave.id], "contact_id")
    # Laid end to end with those asked, not joined to them: see the room that counts the people.
    rows = union_all(contacts, select(asked.c.contact_id, literal(0), null(), null(), null())).cte("known")
    seen = select(rows, func.count().over(partition_by=rows.c.contact_id).label("n_rows")).cte("seen")
    facts = (seen.c.has_opted_out, seen.c.is_dead_address, seen.c.is_active)
    reasons: Counter[str] = Counter()
    for row in session.execute(
        select(*facts, func.count()).where(seen.c.is_contact == 1, seen.c.n_rows == 1).group_by(*facts)
    ):
        reasons[_reason_left_out(*row[:3])] += row[3]
    return dict(sorted(reasons.items()))


def _reason_left_out(has_opted_out: bool, is_dead_address: bool, is_active: bool) -> str:
    if has_opted_out:
        return "opted_out"
    if is_dead_address:
        return "dead_address"
    return "not_chosen" if is_active else "inactive"
