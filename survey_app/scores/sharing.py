"""Give named contacts of the client their own view of a closed wave, and take it back."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from survey_app.audit.service import record
from survey_app.campaigns.models import Campaign, Wave, WaveState
from survey_app.clients.models import AddressState, Contact
from survey_app.errors import N_, Refusal
from survey_app.outbox.service import enqueue
from survey_app.scores.models import ResultLink
from survey_app.tokens import MAX_TOKEN, derive_token, hash_token

MAIL_KIND = "results"
PURPOSE = "wave-results"


def derive_results_token(token_key: bytes, link: ResultLink) -> str:
    """Return the secret of a link: derived when its mail is sent, stored nowhere."""
    return derive_token(token_key, PURPOSE, link.wave_id, link.contact_id, link.token_version, link.shared_at)


def share_results(
    session: Session, wave: Wave, contacts: Iterable[Contact], token_key: bytes, actor: str, now: datetime
) -> list[ResultLink]:
    """Give each contact a link and write them a mail; one who has a link already is written to once only.

    Nobody gets one whom its mail would never reach: who objected, and whose address is dead.
    """
    if wave.state is not WaveState.CLOSED:
        raise Refusal(N_("Results are shared after the close. Close the wave first."))
    known = {link.contact_id: link for link in list_links(session, wave)}
    chosen = [contact for contact in contacts if not _has_link(known.get(contact.id)) and may_write(contact)]
    if any(contact.client_id != wave.campaign.client_id for contact in chosen):
        raise Refusal(N_("Results go to contacts of this client alone. Choose among them."))
    return [_give(session, wave, contact, known.get(contact.id), token_key, actor, now) for contact in chosen]


def may_write(contact: Contact) -> bool:
    """Tell whether a mail to this person would leave and arrive."""
    return contact.opted_out_at is None and contact.address_state is not AddressState.DEAD


def _has_link(link: ResultLink | None) -> bool:
    return link is not None and link.revoked_at is None


def _give(
    session: Session,
    wave: Wave,
    contact: Contact,
    link: ResultLink | None,
    token_key: bytes,
    actor: str,
    now: datetime,
) -> ResultLink:
    version = link.token_version + 1 if link else 1
    link = link or ResultLink(wave_id=wave.id, contact_id=contact.id)
    link.token_version, link.shared_at, link.revoked_at = version, now, None
    link.token_hash = hash_token(derive_results_token(token_key, link))
    session.add(link)
    session.flush()
    enqueue(
        session,
        kind=MAIL_KIND,
        recipient=contact.email,
        language=contact.language,
        deduplication_key=f"{MAIL_KIND}:{link.id}:{version}",
        subject_id=link.id,
        client_id=contact.client_id,
        now=now,
    )
    _note(session, link, "results_shared", actor, now)
    return link


def revoke_link(session: Session, link: ResultLink, actor: str, now: datetime) -> None:
    """Take a link back: it opens nothing any more."""
    if link.revoked_at is None:
        link.revoked_at = now
        session.flush()
        _note(session, link, "results_withdrawn", actor, now)


def _note(session: Session, link: ResultLink, action: str, actor: str, now: datetime) -> None:
    record(
        session,
        actor=actor,
        action=action,
        subject_type="wave",
        subject_id=link.wave_id,
        now=now,
        details={"contact_id": link.contact_id},
    )


def list_links(session: Session, wave: Wave) -> Sequence[ResultLink]:
    return session.scalars(
        select(ResultLink).where(ResultLink.wave_id == wave.id).options(joinedload(ResultLink.contact))
    ).all()


def find_link(session: Session, token: str) -> ResultLink | None:
    """Return what a link opens; an unknown one and one that was taken back are the same: nothing."""
    if not token or len(token) > MAX_TOKEN:
        return None
    return session.scalar(
        select(ResultLink)
        .where(ResultLink.token_hash == hash_token(token), ResultLink.revoked_at.is_(None))
        .options(joinedload(ResultLink.wave).joinedload(Wave.campaign).joinedload(Campaign.client))
    )
