"""What becomes of mails when the database hangs up or stays busy while they are carried."""

import threading
from datetime import datetime
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from survey_app.bounces.service import tell
from survey_app.mails import ComposedEmail
from survey_app.outbox.delivery import Round, drain
from survey_app.outbox.models import OutgoingEmail
from survey_app.outbox.rules import MailState
from survey_app.settings import Settings
from tests.outbox.post import KIND, Post, write_letter
from tests.outbox.relay import Fault, Relay

ANNE, BRUNO, CLAIRE = "anne@client.test", "bruno@client.test", "claire@client.test"
HANG_UP = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("is_refused", [False, True])
def test_a_database_that_hangs_up_while_the_relay_reads_doubles_no_mail(
    post: Post, relay: Relay, is_refused: bool
) -> None:
    relay.faults = {CLAIRE: Fault("rcpt", "550 5.1.1 no such user")} if is_refused else {}
    post.write(ANNE, BRUNO, CLAIRE)

    def hang_up(step: str, recipient: str) -> None:
        if (step, recipient) in {("taken", ANNE), ("rcpt", CLAIRE)}:
            with post.database.reading() as session:
                session.execute(HANG_UP)

    relay.on_step = hang_up
    post.send()
    post.send()
    assert relay.recipients() == dict.fromkeys([ANNE, BRUNO, *([] if is_refused else [CLAIRE])], 1)
    assert [mail.state for mail in post.mails()] == [
        MailState.SENT,
        MailState.SENT,
        MailState.FAILED if is_refused else MailState.SENT,
    ]


def test_a_mail_that_cannot_be_read_waits_for_the_next_round_and_holds_up_nobody(
    post: Post, relay: Relay, app: Flask, settings: Settings
) -> None:
    app.extensions["survey_settings"] = settings.model_copy(update={"mail_connections": 1})
    post.write(ANNE, BRUNO, CLAIRE)
    seen: list[tuple[str, MailState]] = []
    stop = threading.Event()

    def compose(session: Session, email: OutgoingEmail, now: datetime) -> ComposedEmail:
        if email.recipient == BRUNO:
            seen.append((BRUNO, post.mail(ANNE).state))
            if len(seen) > 10:
                stop.set()
            raise OperationalError("SELECT", {}, Exception("the database is busy"))
        seen.append((email.recipient, post.mail(ANNE).state))
        return write_letter(session, email, now)

    drain(Round(app, {KIND: compose}, partial(tell, post.rooms), stop))
    assert not stop.is_set(), "it is asked for again and again"
    assert relay.recipients() == {ANNE: 1, CLAIRE: 1}
    assert [mail.state for mail in post.mails()] == [MailState.SENT, MailState.QUEUED, MailState.SENT]
    assert seen[-1] == (CLAIRE, MailState.SENT), "what was sent is recorded before the next mail is tried"
