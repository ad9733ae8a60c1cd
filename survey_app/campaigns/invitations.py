"""Invite a wave's people in batches, again after an address changed, and remind those who are missing."""

import secrets
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.orm import Session

from survey_app import tokens
from survey_app.campaigns.dates import first_mail_moment, next_sending_moment
from survey_app.campaigns.models import Invitation, Wave
from survey_app.campaigns.population import FACTS, followed_people, is_of_groups, read_population
from survey_app.campaigns.queries import is_recipient
from survey_app.campaigns.rules import MIN_BETWEEN_REMINDERS, MISSING, WAVE_MAILS
from survey_app.clients.models import Contact
from survey_app.clock import local_day
from survey_app.outbox.service import MailToSend, cancel, enqueue_all
from survey_app.tokens import hash_token


def derive_token(token_key: bytes, invitation_id: int, version: int) -> str:
    """Derive the token from an identity that was drawn at random, and so is never given twice."""
    return tokens.derive_token(token_key, "invitation", invitation_id, version)


def personal_link(public_base_url: str, token: str) -> str:
    """Write the address of the answer form; it starts with the configured base alone."""
    return f"{public_base_url.rstrip('/')}/r/{token}"


BATCH = 2000
ID_BITS = 62
FROZEN = (Contact.id, Contact.name, Contact.civility, Contact.email, Contact.role, Contact.language)


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
        _queue_mails(session, wave, rows, not_before, now)
        n_invited, last_id = n_invited + len(rows), contacts[-1].id
        if tell is not None:
            tell(len(rows))
    return n_invited


def _next_contacts(session: Session, client_id: int, after_id: int) -> Sequence[Any]:
    return session.execute(
        select(*FROZEN)
        .where(Contact.client_id == client_id, Contact.id > after_id, is_recipient())
        .order_by(Contact.id)
        .limit(BATCH)
    ).all()


def _invitation_row(wave: Wave, contact: Any, invitation_id: int, token_key: bytes, now: datetime) -> dict[str, object]:
    return {
        "id": invitation_id,
        "wave_id": wave.id,
        "contact_id": contact.id,
        "name": contact.name,
        "civility": contact.civility,
        "email": contact.email,
        "role": contact.role,
        "language": contact.language,
        "version": 1,
        "token_hash": hash_token(derive_token(token_key, invitation_id, 1)),
        "is_marked": False,
        "created_at": now,
    }


def invite_again(session: Session, old: Invitation, token_key: bytes, now: datetime) -> Invitation:
    """Replace an invitation after its person's address changed: the old link dies, the new one is marked."""
    wave, contact = old.wave, old.contact
    old.revoked_at = now
    cancel(session, subject_id=old.id, kinds=WAVE_MAILS)
    session.flush()
    (new_id,) = draw_ids(1)
    version = old.version + 1
    row = _invitation_row(wave, contact, new_id, token_key, now) | {
        "version": version,
        "is_marked": True,
        "token_hash": hash_token(derive_token(token_key, new_id, version)),
    }
    session.execute(insert(Invitation), [row])
    not_before = first_mail_moment(wave.starts_on, now, wave.campaign.client.time_zone)
    _queue_mails(session, wave, [row], not_before, now)
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
    session: Session, wave: Wave, rows: Sequence[dict[str, Any]], not_before: datetime, now: datetime
) -> None:
    mails = [
        MailToSend(
            kind="invitation",
            recipient=row["email"],
            language=row["language"],
            deduplication_key=f"invitation:{row['id']}",
            subject_id=row["id"],
            wave_id=wave.id,
            client_id=wave.campaign.client_id,
            not_before=not_before,
        )
        for row in rows
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
    zone = wave.campaign.client.time_zone
    day = local_day(now, zone)
    mails = [
        MailToSend(
            kind="reminder",
            recipient=row.email,
            language=row.language,
            deduplication_key=f"reminder:{row.id}:{day}",
            subject_id=row.id,
            wave_id=wave.id,
            client_id=wave.campaign.client_id,
            not_before=next_sending_moment(now, zone),
            expires_at=wave.ends_at,
        )
        for row in missing
    ]
    enqueue_all(session, mails, now)
    session.execute(
        update(Invitation).where(Invitation.id.in_([row.id for row in missing])).values(reminded_at=now),
        execution_options={"synchronize_session": "fetch"},
    )
