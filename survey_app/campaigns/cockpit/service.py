"""What the lead can do from the cockpit: remind somebody, correct an address."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.audit.service import record
from survey_app.campaigns.dates import next_sending_moment
from survey_app.campaigns.invitations import invite_again, remind_missing
from survey_app.campaigns.models import Invitation, Wave, WaveState
from survey_app.campaigns.service import lock_wave
from survey_app.clients.models import AddressState, Contact
from survey_app.errors import N_, Invalid, NotFound, Refusal
from survey_app.outbox.service import resume_wave
from survey_app.validation import clean_email


def nudge(session: Session, wave: Wave, invitation_ids: Collection[int] | None, actor: str, now: datetime) -> int:
    """Remind the chosen people who are missing, or everybody missing; the others chosen get nothing."""
    lock_wave(session, wave)
    _check_open(wave, now)
    if invitation_ids is not None and not invitation_ids:
        raise Invalid(N_("Choose at least one person to remind."))
    if next_sending_moment(now, wave.campaign.client.time_zone) >= wave.ends_at:
        raise Refusal(N_("No reminder can leave before the deadline. Extend the wave first."))
    n_reminded = remind_missing(session, wave, now, only=invitation_ids)
    record(
        session,
        actor=actor,
        action="people_nudged",
        subject_type="wave",
        subject_id=wave.id,
        now=now,
        details={"reminded": n_reminded},
    )
    return n_reminded


def resume_mails(session: Session, wave: Wave, actor: str, now: datetime) -> int:
    """Let the paused mails of a wave leave again, once a person has mended what the relay refused."""
    lock_wave(session, wave)
    n_resumed = resume_wave(session, wave.id, now)
    if n_resumed:
        record(
            session,
            actor=actor,
            action="wave_mail_resumed",
            subject_type="wave",
            subject_id=wave.id,
            now=now,
            details={"mails": n_resumed},
        )
    return n_resumed


def _check_open(wave: Wave, now: datetime) -> None:
    if wave.state is not WaveState.OPEN or now >= wave.ends_at:
        raise Refusal(N_("This wave takes no more answers. Plan a new wave to ask again."))


def correct_address(
    session: Session, invitation: Invitation, email: str, token_key: bytes, actor: str, now: datetime
) -> Invitation:
    """Correct a person's address after the launch: the old link dies and the new invitation is marked.

    The agency earns by the marks and could write to itself: the sheet says how many addresses changed.
    """
    lock_wave(session, invitation.wave)
    session.refresh(invitation)
    _check_open(invitation.wave, now)
    _check_correctable(invitation)
    address = _new_address(session, invitation, email)
    invitation.contact.email, invitation.contact.address_state = address, AddressState.OK
    renewed = invite_again(session, invitation, token_key, now)
    record(
        session,
        actor=actor,
        action="address_corrected",
        subject_type="wave",
        subject_id=renewed.wave_id,
        now=now,
        details={"invitation": invitation.id, "replaced_by": renewed.id},
    )
    return renewed


def _check_correctable(invitation: Invitation) -> None:
    if invitation.revoked_at is not None:
        raise Refusal(N_("This invitation was already replaced. Look for the newer one in the list."))
    if invitation.answered_at is not None:
        raise Refusal(N_("This person has answered: their address no longer matters for this wave."))
    if invitation.refused_at is not None or invitation.contact.opted_out_at is not None:
        raise Refusal(N_("This person does not want to be asked. Their choice is kept."))


def _new_address(session: Session, invitation: Invitation, email: str) -> str:
    try:
        address = clean_email(email)
    except Invalid as refusal:
        raise Invalid(refusal.message, field="email", **refusal.values) from None
    if address == invitation.email:
        raise Invalid(N_("This is the address already in use. Enter the corrected one."), field="email")
    owner = session.scalar(
        select(Contact).where(
            Contact.client_id == invitation.contact.client_id,
            Contact.email == address,
            Contact.id != invitation.contact_id,
        )
    )
    if owner is not None:
        raise Invalid(N_("Another contact of this client has this address."), field="email")
    return address


def get_invitation(session: Session, wave: Wave, invitation_id: int) -> Invitation:
    invitation = session.get(Invitation, invitation_id)
    if invitation is None or invitation.wave_id != wave.id:
        raise NotFound(N_("This invitation does not exist. Choose a person from the wave’s list."))
    return invitation
