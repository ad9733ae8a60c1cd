"""What bounces and refusals do to the contacts and the wave that they concern."""

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.audit.models import AuditEntry
from survey_app.clients.models import AddressState, Agency, Client, Contact
from survey_app.clients.service import ContactMailHandlers
from survey_app.db import transaction
from survey_app.outbox.rules import MailState
from tests.outbox.post import Post
from tests.outbox.relay import Fault, Relay

ANNE, BRUNO, CLAIRE = "anne@client.test", "bruno@client.test", "claire@client.test"


@pytest.fixture
def contacts(session: Session, post: Post) -> None:
    """Three people of one client; the post tells the real rooms what it learns."""
    now = post.clock.now()
    agency = Agency(key="agence", name="Agence", created_at=now)
    client = Client(id=1, agency=agency, key="client", name="Client", created_at=now)
    people = [Contact(client=client, name=email[:4], email=email, created_at=now) for email in (ANNE, BRUNO, CLAIRE)]
    with transaction(session):
        session.add_all(people)
    post.rooms = ContactMailHandlers()  # type: ignore[assignment]


def address_states(session: Session) -> dict[str, AddressState]:
    session.rollback()
    return {row.email: row.address_state for row in session.execute(select(Contact.email, Contact.address_state))}


def test_a_dead_address_and_a_full_mailbox_are_told_apart(
    post: Post, relay: Relay, contacts: None, session: Session
) -> None:
    relay.faults = {ANNE: Fault("rcpt", "550 5.1.1 unknown"), BRUNO: Fault("text", "552 5.2.2 mailbox full")}
    post.write(ANNE, BRUNO, CLAIRE)
    post.send()
    assert address_states(session) == {
        ANNE: AddressState.DEAD,
        BRUNO: AddressState.SOFT,
        CLAIRE: AddressState.OK,
    }
    actions = sorted(session.scalars(select(AuditEntry.action)))
    assert actions == ["address_dead", "address_soft"]


def test_a_refused_sender_pauses_the_wave_and_condemns_nobody(
    post: Post, relay: Relay, app: Flask, contacts: None, session: Session
) -> None:
    app.extensions["survey_settings"] = post.app.extensions["survey_settings"].model_copy(
        update={"mail_connections": 1}
    )
    relay.faults = {ANNE: Fault("rcpt", "550 5.7.1 message looks like spam")}
    post.write(ANNE, BRUNO)
    post.write(CLAIRE, wave_id=8)
    post.send()
    assert set(address_states(session).values()) == {AddressState.OK}
    assert post.mail(ANNE).state is MailState.FAILED
    assert (post.mail(BRUNO).state, post.mail(BRUNO).reason) == (MailState.HELD, "sender_refused")
    assert post.mail(CLAIRE).state is MailState.SENT
    assert list(session.scalars(select(AuditEntry.action))) == ["wave_mail_paused"]


def test_a_room_that_stumbles_does_not_undo_the_record(post: Post, relay: Relay) -> None:
    def stumble(*_: object) -> None:
        raise RuntimeError("no such contact")

    post.rooms.address_is_dead = stumble  # type: ignore[assignment, method-assign]
    relay.faults = {ANNE: Fault("rcpt", "550 5.1.1 unknown")}
    post.write(ANNE, BRUNO)
    post.send()
    assert post.states() == {MailState.FAILED: 1, MailState.SENT: 1}
