"""What may still stop a mail between its claim and its sending, and what holds the whole outbox."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import exists, false, update
from sqlalchemy.orm import Session, aliased

from survey_app.bounces.service import tell
from survey_app.db import transaction
from survey_app.errors import NotFound, Refusal
from survey_app.mails import ComposedEmail, Withheld
from survey_app.outbox.delivery import Round, drain
from survey_app.outbox.models import OutgoingEmail
from survey_app.outbox.rules import MailState
from survey_app.outbox.service import (
    cancel,
    claim,
    enqueue,
    give_back,
    hold_outbox,
    hold_wave,
    recover_expired_leases,
    release_outbox,
    resume_wave,
    settle,
)
from survey_app.settings import Settings
from tests.outbox.post import KIND, Post, people, write_letter
from tests.outbox.relay import Fault, Relay

ANNE, BRUNO, CLAIRE = "anne@client.test", "bruno@client.test", "claire@client.test"


@pytest.fixture
def post(app: Flask, settings: Settings, post: Post) -> Post:
    """An outbox with one connection: the second mail is claimed while the first is sent."""
    app.extensions["survey_settings"] = settings.model_copy(update={"mail_connections": 1})
    return post


def when_anne_is_written_to(relay: Relay, do: Callable[[], object]) -> None:
    def act(step: str, recipient: str) -> None:
        if (step, recipient) == ("rcpt", ANNE):
            do()

    relay.on_step = act


def test_a_person_who_answers_after_the_claim_is_not_written_to(
    post: Post, relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    post.write(ANNE, BRUNO)
    write = post.compose

    def compose(session: Session, email: OutgoingEmail, now: datetime) -> ComposedEmail | Withheld:
        written = write(session, email, now)
        post.answered.add(BRUNO)
        return written

    monkeypatch.setattr(post, "compose", compose)
    post.send_until_settled()
    assert relay.recipients() == {ANNE: 1}
    assert (post.mail(BRUNO).state, post.mail(BRUNO).reason) == (MailState.SUPPRESSED, "answered")


def test_what_a_room_asks_to_hold_is_looked_at_again_when_the_mail_is_begun(post: Post, relay: Relay) -> None:
    """Writing a mail takes a moment; what has changed since it was asked for stops it."""
    post.write(ANNE, BRUNO, CLAIRE)
    asked: list[str] = []

    def compose(session: Session, email: OutgoingEmail, now: datetime) -> ComposedEmail | Withheld:
        asked.append(email.recipient)
        person = aliased(OutgoingEmail)
        is_wanted = exists().where(person.id == email.id, person.opted_out_at.is_(None))
        written = post.compose(session, email, now)
        if email.recipient == BRUNO and not post.answered:
            post.answered.add(BRUNO)
            with post.database.writing() as other, transaction(other):
                other.get_one(OutgoingEmail, email.id).opted_out_at = post.clock.now()
        return written if isinstance(written, Withheld) else replace(written, still_wanted=is_wanted)

    drain(Round(post.app, {KIND: compose}, partial(tell, post.rooms), threading.Event()))
    assert asked == [ANNE, BRUNO, CLAIRE, BRUNO]
    assert relay.recipients() == {ANNE: 1, CLAIRE: 1}
    assert (post.mail(BRUNO).state, post.mail(BRUNO).reason) == (MailState.SUPPRESSED, "answered")


def test_a_mail_that_a_room_wants_and_refuses_at_once_is_not_claimed_in_a_circle(post: Post, relay: Relay) -> None:
    post.write(ANNE)
    asked: list[str] = []

    def compose(session: Session, email: OutgoingEmail, now: datetime) -> ComposedEmail | Withheld:
        asked.append(email.recipient)
        return replace(write_letter(session, email, now), still_wanted=false())

    drain(Round(post.app, {KIND: compose}, partial(tell, post.rooms), threading.Event()))
    assert asked == [ANNE]
    assert post.mail(ANNE).state is MailState.QUEUED


def test_a_mail_that_expires_while_it_is_written_is_not_sent(
    post: Post, relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    post.write(ANNE, BRUNO, expires_at=post.clock.now() + timedelta(hours=1))
    write = post.compose

    def compose(session: Session, email: OutgoingEmail, now: datetime) -> ComposedEmail | Withheld:
        if email.recipient == BRUNO:
            post.clock.advance(timedelta(hours=1))
        return write(session, email, now)

    monkeypatch.setattr(post, "compose", compose)
    post.send()
    assert relay.recipients() == {ANNE: 1}
    assert post.mail(BRUNO).state is MailState.EXPIRED


def test_a_mail_whose_beginning_a_power_cut_forgot_comes_under_the_same_message_id(post: Post, relay: Relay) -> None:
    post.write(ANNE)
    post.send()
    with post.database.writing() as session, transaction(session):
        session.execute(
            update(OutgoingEmail).values(
                state=MailState.QUEUED, due_at=post.clock.now(), message_id=None, sent_at=None, n_attempts=0
            )
        )
    post.send()
    assert [each.message_id for each in relay.deliveries] == [post.mail(ANNE).message_id] * 2


def test_a_mail_that_is_cancelled_after_the_claim_is_not_sent(post: Post, relay: Relay) -> None:
    post.write(ANNE)
    post.write(BRUNO, wave_id=8)

    def cancel_the_wave() -> None:
        with post.database.writing() as session, transaction(session):
            assert cancel(session, wave_id=8) == 1

    when_anne_is_written_to(relay, cancel_the_wave)
    post.send_until_settled()
    assert relay.recipients() == {ANNE: 1}
    assert post.states() == {MailState.SENT: 1, MailState.CANCELLED: 1}


def test_holding_the_outbox_stops_what_is_claimed_already(post: Post, relay: Relay) -> None:
    post.write(ANNE, BRUNO)

    def hold() -> None:
        with post.database.writing() as session, transaction(session):
            hold_outbox(session, "wrong template", post.clock.now())

    when_anne_is_written_to(relay, hold)
    post.send()
    assert relay.recipients() == {ANNE: 1}
    assert post.states() == {MailState.SENT: 1, MailState.QUEUED: 1}


def test_a_mail_that_comes_too_late_expires(post: Post, relay: Relay) -> None:
    post.write(ANNE, expires_at=post.clock.now() + timedelta(hours=1))
    post.clock.advance(timedelta(hours=1))
    post.send()
    assert post.mail(ANNE).state is MailState.EXPIRED
    assert not relay.deliveries


def test_a_restored_outbox_sends_nothing_until_it_is_released(post: Post, relay: Relay, app: Flask) -> None:
    post.write(ANNE, BRUNO)
    with post.database.writing() as session, transaction(session):
        hold_outbox(session, "restored from a backup", post.clock.now())
    post.write(CLAIRE)
    post.send()
    post.clock.advance(timedelta(days=3))
    post.send()
    assert not relay.deliveries
    runner = app.test_cli_runner()
    assert "restored from a backup" in runner.invoke(args=["outbox", "status"]).output
    refused = runner.invoke(args=["outbox", "release"], input="n\n")
    assert refused.exit_code == 1
    assert "3 waiting mails will be sent" in refused.output
    post.send()
    assert not relay.deliveries
    assert runner.invoke(args=["outbox", "release", "--yes"]).exit_code == 0
    post.send()
    assert relay.recipients() == {ANNE: 1, BRUNO: 1, CLAIRE: 1}


def test_a_release_can_cancel_what_left_before_the_restore(post: Post, relay: Relay) -> None:
    post.write(ANNE, BRUNO)
    with post.database.writing() as session, transaction(session):
        hold_outbox(session, "restored", post.clock.now())
        assert release_outbox(session, cancels_waiting=True) == 2
    post.write(CLAIRE)
    post.send()
    assert relay.recipients() == {CLAIRE: 1}


def test_a_held_wave_waits_and_resumes(post: Post, relay: Relay) -> None:
    post.write(ANNE)
    post.write(BRUNO, wave_id=8)
    with post.database.writing() as session, transaction(session):
        assert hold_wave(session, 8, "sender_refused") == 1
    post.send()
    assert relay.recipients() == {ANNE: 1}
    with post.database.writing() as session, transaction(session):
        assert resume_wave(session, 8, post.clock.now()) == 1
    post.send()
    assert relay.recipients() == {ANNE: 1, BRUNO: 1}


def test_two_claims_never_share_a_mail_and_a_lost_lease_records_nothing(post: Post, relay: Relay) -> None:
    post.write(*people(30))
    now = post.clock.now()
    with post.database.writing() as session, transaction(session):
        first = claim(session, now, 1000, batch=20)
        second = claim(session, now, 1000, batch=20)
    assert len(first.mails) == 20
    assert len(second.mails) == 10
    assert not {mail.id for mail in first.mails} & {mail.id for mail in second.mails}
    with post.database.writing() as session, transaction(session):
        give_back(session, first.lease_id, now)
        assert recover_expired_leases(session, now + timedelta(hours=1)) == 10
    assert post.states() == {MailState.QUEUED: 30}
    assert all(mail.n_attempts == 0 for mail in post.mails())


def test_the_same_key_is_the_same_mail(session: Session, post: Post) -> None:
    now = post.clock.now()
    with transaction(session):
        for _ in range(3):
            enqueue(session, kind="letter", recipient=ANNE, language="fr", deduplication_key="one", now=now)
    assert len(post.mails()) == 1


def test_a_domain_gets_no_more_than_its_share_of_a_minute(
    post: Post, relay: Relay, app: Flask, settings: Settings
) -> None:
    app.extensions["survey_settings"] = settings.model_copy(update={"mail_domain_per_minute": 3})
    crowd = [f"person{n}@big.test" for n in range(8)]
    post.write(*crowd, ANNE)
    post.send()
    assert sum(n for name, n in relay.recipients().items() if name.endswith("@big.test")) == 3
    assert relay.recipients()[ANNE] == 1
    post.send()
    assert len(relay.deliveries) == 4
    for n_sent in (7, 9):
        post.clock.advance(timedelta(minutes=1))
        post.send()
        assert len(relay.deliveries) == n_sent


@pytest.mark.parametrize("how", ["greeting", "sender"])
def test_a_failing_relay_opens_the_breaker_and_burns_no_attempt(post: Post, relay: Relay, app: Flask, how: str) -> None:
    if how == "greeting":
        relay.greeting = "554 not today"
    else:
        relay.sender_reply = "550 5.7.1 sender not allowed"
    post.write(ANNE, BRUNO)
    post.send()
    n_tries = relay.n_connections
    post.send()
    assert relay.n_connections == n_tries, "nobody knocks while the breaker is open"
    assert "The relay failed" in app.test_cli_runner().invoke(args=["outbox", "status"]).output
    assert post.states() == {MailState.QUEUED: 2}
    assert {mail.n_attempts for mail in post.mails()} == {0}
    relay.greeting, relay.sender_reply = "220 ready", "250 ok"
    post.clock.advance(timedelta(minutes=30))
    post.send()
    assert relay.recipients() == {ANNE: 1, BRUNO: 1}
    assert "The relay failed" not in app.test_cli_runner().invoke(args=["outbox", "status"]).output


def test_a_person_settles_what_the_product_cannot(post: Post, relay: Relay, app: Flask) -> None:
    relay.faults = {ANNE: Fault("taken", "hang up", times=2), BRUNO: Fault("rcpt", "550 no", times=1)}
    post.write(ANNE, BRUNO, CLAIRE)
    post.send_until_settled()
    runner = app.test_cli_runner()
    assert f"in doubt: mail {post.mail(ANNE).id}" in runner.invoke(args=["outbox", "status"]).output
    runner.invoke(args=["outbox", "settle", str(post.mail(ANNE).id), "--delivered"])
    runner.invoke(args=["outbox", "settle", str(post.mail(BRUNO).id), "--not-delivered"])
    post.send()
    assert post.states() == {MailState.SENT: 3}
    assert relay.recipients() == {ANNE: 2, BRUNO: 1, CLAIRE: 1}
    refused = runner.invoke(args=["outbox", "settle", str(post.mail(CLAIRE).id), "--delivered"])
    assert refused.exit_code == 1
    assert "only a mail in doubt" in refused.output
    with post.database.writing() as session:
        with pytest.raises(Refusal), transaction(session):
            settle(session, post.mail(CLAIRE).id, is_delivered=False, now=post.clock.now())
        with pytest.raises(NotFound), transaction(session):
            settle(session, 10_000, is_delivered=False, now=post.clock.now())


def test_the_counts_add_up_to_the_population(post: Post, relay: Relay, app: Flask) -> None:
    relay.faults = {ANNE: Fault("rcpt", "550 no"), BRUNO: Fault("rcpt", "450 later"), CLAIRE: Fault("taken", "hang up")}
    post.write(ANNE, BRUNO, CLAIRE, "rené@x.test", *people(6))
    post.answered.add(people(1)[0])
    post.send()
    output = app.test_cli_runner().invoke(args=["outbox", "status"]).output
    assert "  letter: 10 (5 sent, 1 deferred, 2 failed, 1 in_doubt, 1 suppressed)\n" in output
    counts = {line.split()[0]: int(line.split()[1]) for line in output.splitlines() if len(line.split()) == 2}
    assert counts.pop("total") == 10
    assert sum(counts.values()) == 10
    assert {name: n for name, n in counts.items() if n} == {
        "sent": 5,
        "failed": 2,
        "deferred": 1,
        "in_doubt": 1,
        "suppressed": 1,
    }


def test_no_row_holds_a_link_or_a_text(post: Post, relay: Relay) -> None:
    relay.faults = {ANNE: Fault("text", "554 refused: https://survey.test/r/secret-token-of-anne is spam")}
    post.write(ANNE, BRUNO)
    post.send()
    rows = str([vars(mail) for mail in post.mails()])
    for secret in ("secret-token", "http", "Bonjour"):
        assert secret not in rows
