"""Invite a wave's recipients in batches: a launch of 50,000 stays flat in queries and memory."""

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from survey_app.campaigns.dates import first_mail_moment
from survey_app.campaigns.models import Invitation, Wave
from survey_app.campaigns.queries import is_recipient
from survey_app.campaigns.rules import WAVE_MAILS
from survey_app.campaigns.tokens import derive_token
from survey_app.clients.models import Contact
from survey_app.outbox.service import MailToSend, cancel, enqueue_all
from survey_app.tokens import hash_token

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
