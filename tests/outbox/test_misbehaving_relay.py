"""What becomes of mails when the relay hangs up, refuses, falls silent or drips."""

import re
from datetime import timedelta

import pytest

from survey_app.outbox.rules import MailState
from tests.outbox.post import Post, people
from tests.outbox.relay import DRIP, HANG_UP, SILENCE, Fault, Relay

ANNE, BRUNO, CLAIRE = "anne@client.test", "bruno@client.test", "claire@client.test"


def test_it_sends_each_mail_once_and_keeps_its_message_id(post: Post, relay: Relay) -> None:
    post.write(ANNE, BRUNO)
    post.send()
    post.send()
    assert relay.recipients() == {ANNE: 1, BRUNO: 1}
    assert {mail.message_id for mail in post.mails()} == {each.message_id for each in relay.deliveries}
    assert all(re.fullmatch(r"<[0-9a-f]{32}@agence\.test>", each.message_id) for each in relay.deliveries)


def test_a_relay_that_hangs_up_before_quit_has_its_message(post: Post, relay: Relay) -> None:
    relay.faults = {ANNE: Fault("after", HANG_UP)}
    post.write(ANNE, BRUNO)
    post.send_until_settled()
    assert relay.recipients() == {ANNE: 1, BRUNO: 1}
    assert post.states() == {MailState.SENT: 2}
    assert {mail.n_attempts for mail in post.mails()} == {1}


def test_a_cut_after_the_text_is_resent_once_with_the_same_message_id(post: Post, relay: Relay) -> None:
    relay.faults = {ANNE: Fault("taken", HANG_UP, times=1)}
    post.write(ANNE)
    post.send()
    assert post.mail(ANNE).state is MailState.IN_DOUBT
    post.send()
    assert relay.recipients() == {ANNE: 1}, "a doubt rests before it is sent again"
    post.clock.advance(timedelta(hours=1))
    post.send()
    assert post.mail(ANNE).state is MailState.SENT
    assert [each.message_id for each in relay.deliveries] == [post.mail(ANNE).message_id] * 2


def test_a_second_cut_after_the_text_waits_for_a_person(post: Post, relay: Relay) -> None:
    relay.faults = {ANNE: Fault("taken", HANG_UP)}
    post.write(ANNE)
    post.send_until_settled()
    post.clock.advance(timedelta(days=2))
    post.send()
    assert relay.recipients() == {ANNE: 2}
    mail = post.mail(ANNE)
    assert (mail.state, mail.n_doubts, mail.due_at) == (MailState.IN_DOUBT, 2, None)


@pytest.mark.parametrize("step", ["rcpt", "data", "text"])
def test_a_temporary_refusal_defers_with_growing_delays(post: Post, relay: Relay, step: str) -> None:
    relay.faults = {ANNE: Fault(step, "451 4.3.0 try later", times=6)}
    post.write(ANNE, BRUNO)
    delays = []
    for _ in range(6):
        post.send()
        mail = post.mail(ANNE)
        assert mail.state is MailState.DEFERRED
        assert mail.due_at is not None
        delays.append(mail.due_at - post.clock.now())
        post.clock.set(mail.due_at)
    assert delays == sorted(delays)
    assert delays[-1] > delays[0] * 8
    post.send()
    assert post.states() == {MailState.SENT: 2}
    assert relay.recipients() == {ANNE: 1, BRUNO: 1}


def test_a_mail_that_is_refused_for_days_is_dead(post: Post, relay: Relay) -> None:
    relay.faults = {ANNE: Fault("rcpt", "451 4.3.0 try later")}
    post.write(ANNE)
    post.send_until_settled()
    assert post.mail(ANNE).state is MailState.DEAD


@pytest.mark.parametrize("step", ["rcpt", "data", "text"])
def test_a_permanent_refusal_fails_at_once(post: Post, relay: Relay, step: str) -> None:
    relay.faults = {ANNE: Fault(step, "550 5.1.1 no such user")}
    post.write(ANNE, BRUNO)
    post.send()
    mail = post.mail(ANNE)
    assert (mail.state, mail.n_attempts, mail.last_code) == (MailState.FAILED, 1, 550)
    assert post.rooms.heard == [("dead", ANNE, "5.1.1")]
    assert post.mail(BRUNO).state is MailState.SENT


@pytest.mark.parametrize(("step", "answer"), [("rcpt", SILENCE), ("rcpt", DRIP), ("data", SILENCE), ("rcpt", HANG_UP)])
def test_silence_before_the_text_times_out_and_others_go_on(post: Post, relay: Relay, step: str, answer: str) -> None:
    relay.faults = {ANNE: Fault(step, answer, times=1)}
    post.write(ANNE, BRUNO, CLAIRE)
    post.send()
    assert post.mail(ANNE).state is MailState.DEFERRED
    assert relay.recipients() == {BRUNO: 1, CLAIRE: 1}
    post.clock.advance(timedelta(minutes=5))
    post.send()
    assert relay.recipients() == {ANNE: 1, BRUNO: 1, CLAIRE: 1}


@pytest.mark.parametrize("answer", [SILENCE, DRIP])
def test_silence_after_the_text_is_a_doubt_and_others_go_on(post: Post, relay: Relay, answer: str) -> None:
    relay.faults = {ANNE: Fault("taken", answer, times=1)}
    post.write(ANNE, BRUNO, CLAIRE)
    post.send()
    assert post.mail(ANNE).state is MailState.IN_DOUBT
    assert (post.mail(BRUNO).state, post.mail(CLAIRE).state) == (MailState.SENT, MailState.SENT)


def test_a_relay_s_words_that_no_database_keeps_cost_nobody_a_mail(post: Post, relay: Relay) -> None:
    relay.faults = {ANNE: Fault("taken", "250 taken\x00 as \x1b7"), BRUNO: Fault("rcpt", "550 5.1.1 no\x00body")}
    post.write(ANNE, BRUNO, CLAIRE)
    post.send()
    assert relay.recipients() == {ANNE: 1, CLAIRE: 1}
    assert [mail.state for mail in post.mails()] == [MailState.SENT, MailState.FAILED, MailState.SENT]
    assert [mail.last_reply for mail in post.mails()][:2] == ["taken  as  7", "5.1.1 no body"]


@pytest.mark.parametrize("answer", ["what was that?", "354 go ahead"])
def test_a_reply_to_the_text_that_says_nothing_is_a_doubt(post: Post, relay: Relay, answer: str) -> None:
    relay.faults = {ANNE: Fault("taken", answer)}
    post.write(ANNE, BRUNO)
    post.send_until_settled()
    assert relay.recipients() == {ANNE: 2, BRUNO: 1}
    assert (post.mail(ANNE).state, post.mail(ANNE).due_at) == (MailState.IN_DOUBT, None)


def test_bad_addresses_among_a_hundred_stop_nobody(post: Post, relay: Relay) -> None:
    good = people(95)
    bad = [
        "rené@client.test",
        "a@b.test\r\nBcc: spy@evil.test",
        "a@b.test>\r\nRCPT TO:<spy@evil.test",
        "no-address",
        "one@client.test,two@client.test",
    ]
    post.write(*good[:50], *bad, *good[50:])
    post.send()
    assert relay.recipients() == dict.fromkeys(good, 1)
    assert post.states() == {MailState.SENT: 95, MailState.FAILED: 5}
    assert "spy@evil.test" not in str([each.content for each in relay.deliveries])


def test_a_domain_with_accents_is_reached_in_ascii(post: Post, relay: Relay) -> None:
    post.write("marie@société.test")
    post.send()
    assert relay.recipients() == {"marie@xn--socit-esab.test": 1}


def test_a_mail_that_cannot_be_composed_waits_and_stops_nobody(post: Post, relay: Relay) -> None:
    post.write(ANNE, kind="broken")
    post.write(BRUNO)
    post.send()
    mail = post.mail(ANNE)
    assert (mail.state, mail.reason, mail.message_id) == (MailState.DEFERRED, "not_composed", None)
    assert "secret" not in mail.last_reply
    assert relay.recipients() == {BRUNO: 1}
