"""What people do between the claim of a mail and its sending: the real rooms, and a relay that waits for it."""

import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.bounces.service import tell
from survey_app.campaigns.invitations import correct_address, derive_token
from survey_app.campaigns.mails import WaveMailComposer
from survey_app.campaigns.models import Invitation, Wave
from survey_app.campaigns.service import cancel_wave
from survey_app.clients.mails import seal_unsubscribe_id
from survey_app.clock import SettableClock
from survey_app.db import Database, transaction
from survey_app.outbox.delivery import Round, drain
from survey_app.outbox.models import OutgoingEmail
from survey_app.outbox.rules import MailState
from survey_app.responses.queries import find_visit
from survey_app.responses.rules import GivenAnswer
from survey_app.responses.service import submit_response
from survey_app.settings import Settings
from survey_app.worker import composers
from tests.campaigns.conftest import ACTOR, NOW, TOKEN_KEY, Cast
from tests.outbox.relay import Fault, Relay

CLAIRE, MARC, SAM = "claire@client.test", "marc@client.test", "sam@client.test"
Act = Callable[[Flask, Session, Invitation], object]


@pytest.fixture
def relay() -> Iterator[Relay]:
    with Relay() as running:
        yield running


@pytest.fixture
def settings(database_url: str, tmp_path: Path, relay: Relay) -> Settings:
    """One connection: the second mail is claimed while the first is sent."""
    return Settings(
        environment="development",
        data_dir=tmp_path / "var",
        database_url=database_url,
        secret_key="test-secret-key-of-more-than-32-characters",
        token_key=TOKEN_KEY.decode(),
        signing_key="dGVzdC1zaWduaW5nLWtleS1vZi0zMi1ieXRlcy0hISE=",
        public_base_url="http://localhost",
        mail_server="127.0.0.1",
        mail_port=relay.port,
        mail_security="none",
        mail_sender="enquete@agence.test",
        mail_timeout=5.0,
        mail_connections=1,
        mail_domain_per_minute=1000,
    )


def answer(_app: Flask, session: Session, person: Invitation) -> None:
    with transaction(session):
        visit = find_visit(session, derive_token(TOKEN_KEY, person.id, person.version), is_writing=True)
        assert visit is not None
        submit_response(session, visit, {"quality_creative": GivenAnswer(9)}, now=NOW)


def opt_out(app: Flask, session: Session, person: Invitation) -> None:
    mail = session.scalars(select(OutgoingEmail).where(OutgoingEmail.subject_id == person.id)).one()
    path = f"/u/{seal_unsubscribe_id(TOKEN_KEY, mail)}"
    session.rollback()
    assert app.test_client().post(path, data={"List-Unsubscribe": "One-Click"}).status_code == 200


def by_link(page: str, **fields: str) -> Act:
    def act(app: Flask, session: Session, person: Invitation) -> None:
        path = f"/r/{derive_token(TOKEN_KEY, person.id, person.version)}/{page}"
        session.rollback()
        assert app.test_client().post(path, data=fields).status_code == 200

    return act


def cancel(_app: Flask, session: Session, person: Invitation) -> None:
    with transaction(session):
        cancel_wave(session, session.get_one(Wave, person.wave_id), ACTOR, NOW)


def correct(_app: Flask, session: Session, person: Invitation) -> None:
    with transaction(session):
        correct_address(session, person, "m.petit@client.test", TOKEN_KEY, ACTOR, NOW)


ACTS = pytest.mark.parametrize(
    ("act", "state", "others"),
    [
        (answer, MailState.SUPPRESSED, {CLAIRE: 1, SAM: 1}),
        (opt_out, MailState.SUPPRESSED, {CLAIRE: 1, SAM: 1}),
        (by_link("decline", reason="no_time"), MailState.SUPPRESSED, {CLAIRE: 1, SAM: 1}),
        (by_link("object", sure="yes"), MailState.SUPPRESSED, {CLAIRE: 1, SAM: 1}),
        (cancel, MailState.CANCELLED, {CLAIRE: 1}),
        (correct, MailState.CANCELLED, {CLAIRE: 1, SAM: 1, "m.petit@client.test": 1}),
    ],
    ids=["answered", "opted out", "declined", "objected", "cancelled", "address corrected"],
)


@ACTS
@pytest.mark.parametrize("moment", ["rcpt", "taken"])
def test_what_happened_after_the_claim_stops_the_mail(
    app: Flask,
    cast: Cast,
    database: Database,
    clock: SettableClock,
    relay: Relay,
    settings: Settings,
    act: Act,
    state: MailState,
    others: dict[str, int],
    moment: str,
) -> None:
    """Marc's letter is written before or while the relay reads Claire's: what was read for it must still hold."""
    assert_marc_is_not_written_to(app, cast, database, clock, relay, settings, act, state, moment)
    assert relay.recipients() == others


@ACTS
def test_it_stops_the_mail_after_one_that_was_refused_too(
    app: Flask,
    cast: Cast,
    database: Database,
    clock: SettableClock,
    relay: Relay,
    settings: Settings,
    act: Act,
    state: MailState,
    others: dict[str, int],
) -> None:
    relay.faults[CLAIRE] = Fault("text", "552 5.2.2 mailbox full")
    assert_marc_is_not_written_to(app, cast, database, clock, relay, settings, act, state, "rcpt")
    assert relay.recipients() == {address: n for address, n in others.items() if address != CLAIRE}


@ACTS
def test_what_happened_after_a_mail_was_written_stops_it_when_it_is_begun(
    app: Flask,
    cast: Cast,
    database: Database,
    clock: SettableClock,
    relay: Relay,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    act: Act,
    state: MailState,
    others: dict[str, int],
) -> None:
    """Marc's letter is ready before he acts: the statement that begins it looks at him once more."""
    write, written = WaveMailComposer.__call__, []

    def noted_write(self: WaveMailComposer, session: Session, mail: OutgoingEmail, now: datetime) -> object:
        written.append(mail.recipient)
        return write(self, session, mail, now)

    monkeypatch.setattr(WaveMailComposer, "__call__", noted_write)
    assert_marc_is_not_written_to(app, cast, database, clock, relay, settings, act, state, "taken")
    assert written[:2] == [CLAIRE, MARC], "it was written before Claire's was taken"
    assert relay.recipients() == others


def assert_marc_is_not_written_to(
    app: Flask,
    cast: Cast,
    database: Database,
    clock: SettableClock,
    relay: Relay,
    settings: Settings,
    act: Act,
    state: MailState,
    moment: str,
) -> None:
    clock.set(NOW)
    cast.launch(cast.plan())
    cast.session.commit()
    troubles: list[Exception] = []

    def step(name: str, recipient: str) -> None:
        if (name, recipient) != (moment, CLAIRE):
            return
        try:
            with database.writing() as session:
                claimed = session.scalars(select(OutgoingEmail.state).where(OutgoingEmail.recipient == MARC)).one()
                assert claimed is MailState.LEASED
                act(app, session, session.scalars(select(Invitation).where(Invitation.email == MARC)).one())
        except Exception as trouble:
            troubles.append(trouble)

    relay.on_step = step
    for _ in range(2):
        drain(Round(app, composers(settings), partial(tell, app.extensions["survey_mail_handlers"]), threading.Event()))
    assert not troubles
    with database.reading() as session:
        assert session.scalars(select(OutgoingEmail.state).where(OutgoingEmail.recipient == MARC)).one() is state
