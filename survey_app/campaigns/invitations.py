"""Launch a wave: invite its people in batches; then remind those who are missing, and follow corrected addresses."""

import secrets
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.orm import Session

from survey_app import tokens
from survey_app.audit.service import note
from survey_app.campaigns.dates import end_of_day, first_mail_moment, next_sending_moment, reminder_moments
from survey_app.campaigns.models import Invitation, Reminder, Wave, WaveState
from survey_app.campaigns.population import FACTS, followed_people, is_of_groups, read_population
from survey_app.campaigns.queries import find_validated_version, gather_facts, is_recipient
from survey_app.campaigns.rules import MIN_BETWEEN_REMINDERS, MISSING, WAVE_MAILS, launch_obstacles
from survey_app.campaigns.service import lock_wave
from survey_app.clients.models import AddressState, Contact
from survey_app.clock import local_day
from survey_app.errors import N_, Invalid, NotFound, Refusal
from survey_app.outbox.service import MailToSend, cancel, enqueue_all, resume_wave
from survey_app.questionnaires import Questionnaire
from survey_app.tokens import hash_token
from survey_app.validation import clean_email


def derive_token(token_key: bytes, invitation_id: int, version: int) -> str:
    """Derive the token from an identity that was drawn at random, and so is never given twice."""
    return tokens.derive_token(token_key, "invitation", invitation_id, version)


def personal_link(public_base_url: str, token: str) -> str:
    """Write the address of the answer form; it starts with the configured base alone."""
    return f"{public_base_url.rstrip('/')}/r/{token}"


BATCH = 2000
ID_BITS = 62
# What an invitation keeps of its contact, as it was at the launch.
FROZEN = ("name", "civility", "email", "role", "language")


def invite_recipients(
    session: Session, wave: Wave, token_key: bytes, now: datetime, tell: Callable[[int], object] | None = None
) -> int:
    """Write one invitation and one mail per recipient, and return how many; `tell` hears of each batch."""
    not_before = first_mail_moment(wave.starts_on, now, wave.campaign.client.time_zone)
    n_invited, last_id = 0, 0
    while contacts := _next_contacts(session, wave.campaign.client_id, last_id):
        rows = [
            _invitation_row(wave, contact, invitation_id, token_key, now)
            for contact, invitation_id in zip(contacts, draw_ids(len(contacts)), strict=True)
        ]
        session.execute(insert(Invitation), rows)
        people = [(row["id"], row["email"], row["language"]) for row in rows]
        _queue_mails(session, wave, "invitation", people, now, not_before=not_before)
        n_invited, last_id = n_invited + len(rows), contacts[-1].id
        if tell is not None:
            tell(len(rows))
    return n_invited


def _next_contacts(session: Session, client_id: int, after_id: int) -> Sequence[Any]:
    return session.execute(
        select(Contact.id, *(getattr(Contact, name) for name in FROZEN))
        .where(Contact.client_id == client_id, Contact.id > after_id, is_recipient())
        .order_by(Contact.id)
        .limit(BATCH)
    ).all()


def _invitation_row(
    wave: Wave, contact: Any, invitation_id: int, token_key: bytes, now: datetime, version: int = 1
) -> dict[str, Any]:
    return {
        "id": invitation_id,
        "wave_id": wave.id,
        "contact_id": contact.id,
        **{name: getattr(contact, name) for name in FROZEN},
        "version": version,
        "token_hash": hash_token(derive_token(token_key, invitation_id, version)),
        "is_marked": version > 1,
        "created_at": now,
    }


def invite_again(session: Session, old: Invitation, token_key: bytes, actor: str, now: datetime) -> Invitation:
    """Replace an invitation after its person's address changed: the old link dies, the new one is marked."""
    wave, contact = old.wave, old.contact
    old.revoked_at = now
    cancel(session, subject_id=old.id, kinds=WAVE_MAILS)
    session.flush()
    (new_id,) = draw_ids(1)
    row = _invitation_row(wave, contact, new_id, token_key, now, old.version + 1)
    session.execute(insert(Invitation), [row])
    not_before = first_mail_moment(wave.starts_on, now, wave.campaign.client.time_zone)
    people = [(new_id, contact.email, contact.language)]
    _queue_mails(session, wave, "invitation", people, now, not_before=not_before)
    note(session, wave, "address_corrected", actor, now, invitation=old.id, replaced_by=new_id)
    return session.get_one(Invitation, new_id)


def draw_ids(n: int) -> list[int]:
    """Draw the identities of new invitations at random, as the link of each is derived from its identity.

    Counted identities would come again after a backup is restored, and the links of mails that left in between
    would open other people's forms.
    """
    drawn: set[int] = set()
    while len(drawn) < n:
        drawn.add(secrets.randbits(ID_BITS) + 1)
    return list(drawn)


def _queue_mails(
    session: Session, wave: Wave, kind: str, people: Iterable[tuple[int, str, str]], now: datetime, **timing: Any
) -> None:
    """Queue a mail for each invitation, by its number, address and language; a reminder once a day."""
    day = f":{local_day(now, wave.campaign.client.time_zone)}" if kind == "reminder" else ""
    mails = [
        MailToSend(
            kind=kind,
            recipient=email,
            language=language,
            deduplication_key=f"{kind}:{invitation_id}{day}",
            subject_id=invitation_id,
            wave_id=wave.id,
            client_id=wave.campaign.client_id,
            **timing,
        )
        for invitation_id, email, language in people
    ]
    enqueue_all(session, mails, now)


def remind_missing(session: Session, wave: Wave, now: datetime, only: Collection[int] | None = None) -> int:
    """Write a reminder to everybody missing, or to those chosen among them, and return how many."""
    missing = _list_missing(session, wave, now, only)
    for first in range(0, len(missing), BATCH):
        _write(session, wave, missing[first : first + BATCH], now)
    return len(missing)


def _list_missing(session: Session, wave: Wave, now: datetime, only: Collection[int] | None) -> Sequence[Row[Any]]:
    # A reminder right after an invitation that left late would only annoy; a person may still choose to nudge.
    latest = now - MIN_BETWEEN_REMINDERS if only is None else now
    people = followed_people(wave, "email", "language", "reminded_at", "is_recipient", "reached_at")
    statement = (
        select(people.c.id, people.c.email, people.c.language)
        .where(
            is_of_groups(people, FACTS, read_population(session, wave).groups_of(MISSING)),
            people.c.is_recipient,
            people.c.reached_at <= latest,
            people.c.reminded_at.is_(None) | (people.c.reminded_at <= now - MIN_BETWEEN_REMINDERS),
        )
        .order_by(people.c.id)
    )
    if only is not None:
        statement = statement.where(people.c.id.in_(only))
    rows: Sequence[Any] = session.execute(statement).all()
    return rows


def _write(session: Session, wave: Wave, missing: Sequence[Row[Any]], now: datetime) -> None:
    not_before = next_sending_moment(now, wave.campaign.client.time_zone)
    people = [(row.id, row.email, row.language) for row in missing]
    _queue_mails(session, wave, "reminder", people, now, not_before=not_before, expires_at=wave.ends_at)
    session.execute(
        update(Invitation).where(Invitation.id.in_([row.id for row in missing])).values(reminded_at=now),
        execution_options={"synchronize_session": "fetch"},
    )


def launch_wave(
    session: Session,
    wave: Wave,
    questionnaire: Questionnaire,
    token_key: bytes,
    public_base_url: str,
    actor: str,
    now: datetime,
    *,
    tell: Callable[[int], object] | None = None,
) -> Wave:
    """Freeze what is asked, of whom and under which agreement, and write one mail per person.

    All or nothing; a second launch of the same wave finds it open and changes nothing.
    """
    lock_wave(session, wave)
    if wave.state is WaveState.OPEN:
        return wave
    if not token_key:
        raise Refusal(N_("The key of the personal links is not set. Set SURVEY_TOKEN_KEY, then launch."))
    wave.ends_at = end_of_day(wave.ends_on, wave.campaign.client.time_zone)
    obstacles = launch_obstacles(gather_facts(session, wave, questionnaire, public_base_url, now))
    if obstacles:
        raise obstacles[0]
    _freeze(session, wave, questionnaire, now)
    session.add_all(Reminder(wave_id=wave.id, due_at=moment) for moment in reminders_of(wave, now))
    session.flush()
    n_invited = invite_recipients(session, wave, token_key, now, tell)
    asked = {"questionnaire": questionnaire.reference, "definition_hash": wave.definition_hash}
    note(session, wave, "wave_launched", actor, now, invited=n_invited, **asked)
    return wave


def _freeze(session: Session, wave: Wave, questionnaire: Questionnaire, now: datetime) -> None:
    version = find_validated_version(session, wave.campaign.agreement_id)
    wave.agreement_version = version
    wave.questionnaire_version = questionnaire.version
    wave.definition = questionnaire.to_canonical()
    wave.definition_hash = questionnaire.content_hash
    wave.state, wave.launched_at, wave.obstacle = WaveState.OPEN, now, None
    session.flush()


def reminders_of(wave: Wave, now: datetime) -> list[datetime]:
    """Return when those missing would be reminded, were the wave launched now."""
    campaign, zone = wave.campaign, wave.campaign.client.time_zone
    return reminder_moments(
        first_mail_moment(wave.starts_on, now, zone),
        wave.ends_on,
        zone,
        half_way=campaign.reminds_half_way,
        last_day=campaign.reminds_last_day,
    )


def nudge(session: Session, wave: Wave, invitation_ids: Collection[int] | None, actor: str, now: datetime) -> int:
    """Remind the chosen people who are missing, or everybody missing; the others chosen get nothing."""
    lock_wave(session, wave)
    _check_open(wave, now)
    if invitation_ids is not None and not invitation_ids:
        raise Invalid(N_("Choose at least one person to remind."))
    if next_sending_moment(now, wave.campaign.client.time_zone) >= wave.ends_at:
        raise Refusal(N_("No reminder can leave before the deadline. Extend the wave first."))
    n_reminded = remind_missing(session, wave, now, only=invitation_ids)
    note(session, wave, "people_nudged", actor, now, reminded=n_reminded)
    return n_reminded


def resume_mails(session: Session, wave: Wave, actor: str, now: datetime) -> int:
    """Let the paused mails of a wave leave again, once a person has mended what the relay refused."""
    lock_wave(session, wave)
    n_resumed = resume_wave(session, wave.id, now)
    if n_resumed:
        note(session, wave, "wave_mail_resumed", actor, now, mails=n_resumed)
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
    return invite_again(session, invitation, token_key, actor, now)


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
