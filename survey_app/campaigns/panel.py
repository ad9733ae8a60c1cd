"""The people a wave asks, with what changed since the last wave."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.campaigns.models import Invitation, Wave
from survey_app.campaigns.queries import previous_wave
from survey_app.campaigns.rules import panel_status
from survey_app.clients.models import AddressState, Contact, ContactRole


@dataclass(frozen=True)
class PanelLine:
    contact_id: int
    name: str
    email: str
    role: ContactRole
    status: str


@dataclass(frozen=True)
class Panel:
    """Everybody concerned: those who are asked, and those who were asked last time and no longer are."""

    lines: list[PanelLine]
    previous: Wave | None

    @property
    def recipients(self) -> list[PanelLine]:
        return [line for line in self.lines if line.status in ("kept", "joined")]

    @property
    def left_out(self) -> list[PanelLine]:
        return [line for line in self.lines if line.status not in ("kept", "joined")]

    def counts(self) -> dict[str, int]:
        return dict(Counter(line.status for line in self.lines))


def read_panel(session: Session, wave: Wave) -> Panel:
    """Carry the panel of the last wave over, with who joined, left, bounced or opted out since."""
    previous = previous_wave(session, wave)
    asked = _asked(session, previous)
    contacts = session.scalars(
        select(Contact)
        .where(Contact.client_id == wave.campaign.client_id)
        .order_by(Contact.name, Contact.id)
    )
    return Panel(list(_lines(contacts, asked, has_previous=previous is not None)), previous)


def _asked(session: Session, previous: Wave | None) -> set[int]:
    if previous is None:
        return set()
    return set(session.scalars(select(Invitation.contact_id).where(Invitation.wave_id == previous.id)))


def _lines(contacts: Iterable[Contact], asked: set[int], *, has_previous: bool) -> Iterable[PanelLine]:
    for contact in contacts:
        status = panel_status(
            was_asked=contact.id in asked or not has_previous,
            is_active=contact.is_active,
            has_opted_out=contact.opted_out_at is not None,
            is_reachable=contact.address_state is not AddressState.DEAD and bool(contact.email),
        )
        if status is not None and (contact.id in asked or contact.is_active):
            yield PanelLine(contact.id, contact.name, contact.email, contact.role, status)
