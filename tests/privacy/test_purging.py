"""What was promised is done by itself: people and answers go when their time is past, and no score ever does."""

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import Executable, delete, func, inspect, select, text, update
from sqlalchemy.orm import Session

from survey_app.accounts.models import AttemptCount, StaffSession, User
from survey_app.audit.models import AuditEntry
from survey_app.audit.queries import find_tampering
from survey_app.audit.service import seal_entries
from survey_app.campaigns.models import Invitation, Wave, WaveState
from survey_app.clients.mails import seal_unsubscribe_id
from survey_app.clients.models import Contact
from survey_app.clock import SettableClock
from survey_app.db import Database
from survey_app.outbox.models import OutgoingEmail
from survey_app.outbox.queries import OutboxStatus, outbox_status
from survey_app.outbox.rules import MailState
from survey_app.privacy import commands
from survey_app.privacy.commands import purge
from survey_app.privacy.service import erase_wave
from survey_app.responses.models import Answer, Response
from survey_app.scores.models import Score
from survey_app.worker import erase_what_is_past
from tests.privacy.conftest import FIRST_DUE, Story, write_to
from tests.score_sheets.conftest import NOW

LATER = timedelta(days=400)


def run(app: Flask, *arguments: str) -> tuple[int, str]:
    result = app.test_cli_runner().invoke(args=list(arguments))
    return result.exit_code, result.output


def erased_at(story: Story) -> object:
    return story.all(select(Wave.erased_at).where(Wave.id == story.first))[0]


def scores(story: Story) -> list[tuple[int, object]]:
    return [(one.id, one.exact) for one in story.all(select(Score).order_by(Score.id))]


def status_of(story: Story) -> OutboxStatus:
    with story.database.reading() as session:
        return outbox_status(session, FIRST_DUE)


def test_nothing_goes_before_its_time(story: Story, database: Database) -> None:
    before = story.count(Answer, Invitation)
    assert purge(database, FIRST_DUE - timedelta(seconds=1))["waves"] == 0
    assert story.count(Answer, Invitation) == before


def test_the_people_and_their_answers_go_when_their_time_is_past_and_no_other_waves(
    story: Story, database: Database
) -> None:
    n_answers = story.all(select(func.count()).where(Answer.wave_id == story.first))[0]
    found = purge(database, FIRST_DUE)
    assert (found["waves"], found["people"], found["answers"]) == (1, 4, n_answers)
    assert set(story.all(select(Invitation.wave_id))) == {story.second}
    assert set(story.all(select(Answer.wave_id))) == {story.second}
    assert erased_at(story) == FIRST_DUE


def test_no_column_of_any_table_still_names_a_person_of_the_erased_waves(story: Story, database: Database) -> None:
    with story.changing() as session:
        session.execute(update(Contact).values(is_active=False))
        client_id = session.get_one(Contact, story.contacts[0][0]).client_id
        session.add(Contact(client_id=client_id, name="Nouvelle", email="new@client.test", created_at=FIRST_DUE))
    purge(database, FIRST_DUE + LATER)
    with database.reading() as session:
        everything = "\n".join(
            str(tuple(row))
            for table in inspect(database.engine).get_table_names()
            for row in session.execute(text(f'SELECT * FROM "{table}"'))  # noqa: S608 - names of our own tables
        )
    assert "new@client.test" in everything
    assert not [word for _, *words in story.contacts for word in words if word in everything]


def test_a_response_keeps_its_receipt_and_nothing_of_its_person(story: Story, database: Database) -> None:
    purge(database, FIRST_DUE)
    left = story.all(select(Response).where(Response.wave_id == story.first))
    assert sorted(one.receipt_code for one in left) == ["W1-0000", "W1-0001", "W1-0002"]
    assert {(one.invitation_id, one.role, one.n_seconds, one.language) for one in left} == {(None, None, None, "fr")}
    assert len({one.submitted_at for one in left}) == 1


def test_scores_stay_and_the_sealed_sheets_still_verify(
    story: Story, database: Database, app: Flask, tmp_path: object
) -> None:
    before = scores(story)
    assert run(app, "sheets", "check")[0] == 0
    code, exported = run(app, "sheets", "export", str(story.first), "--to", str(tmp_path))
    assert code == 0, exported
    purge(database, FIRST_DUE + LATER)
    assert scores(story) == before
    for file in exported.split():
        code, told = run(app, "sheets", "verify", file)
        assert (code, "authentic" in told, "database:" in told) == (0, True, False), told
    code, told = run(app, "sheets", "check")
    assert (code, told.splitlines()[-1]) == (0, "everything is as it was sealed")
    code, exported_again = run(app, "sheets", "export", str(story.first), "--to", f"{tmp_path}/again")
    assert code == 0, exported_again


@pytest.mark.parametrize("by_hand", [[], [update(Answer).values(rating=1)], [delete(Answer)]])
def test_a_wave_marked_as_erased_by_hand_hides_no_changed_answer(
    story: Story, app: Flask, by_hand: list[Executable]
) -> None:
    with story.changing() as session:
        for each in (update(Wave).where(Wave.id == story.first).values(erased_at=FIRST_DUE), *by_hand):
            session.execute(each)
    code, told = run(app, "sheets", "check")
    assert (code, "knows of no erasure" in told) == (1, True), told


def test_recomputing_says_that_the_answers_are_past_their_time_and_is_no_error(
    story: Story, database: Database, app: Flask
) -> None:
    purge(database, FIRST_DUE)
    code, told = run(app, "scores", "recompute", str(story.first))
    assert code == 0
    assert "were erased on 2029-03-20, as people were promised" in told
    code, told = run(app, "scores", "recompute", str(story.second))
    assert (code, "every score is what its answers and facts give" in told) == (0, True), told


def test_a_changed_score_of_an_erased_wave_is_still_found(story: Story, database: Database, app: Flask) -> None:
    purge(database, FIRST_DUE)
    with story.changing() as session:
        session.execute(update(Score).where(Score.wave_id == story.first).values(exact=9))
    assert run(app, "sheets", "check")[0] == 1


def test_the_log_says_how_many_of_what_and_its_chain_holds(story: Story, database: Database) -> None:
    found = purge(database, FIRST_DUE)
    entry = story.all(select(AuditEntry).where(AuditEntry.action == "wave_erased"))[0]
    assert (entry.actor, entry.subject_type, entry.subject_id) == ("retention", "wave", story.first)
    assert json.loads(entry.details) == {"waves": 1, "people": found["people"], "answers": found["answers"]}
    rest = story.all(select(AuditEntry).where(AuditEntry.action == "leftovers_erased"))[0]
    assert json.loads(rest.details) == {"addresses": 4}
    with story.changing() as session:
        seal_entries(session)
        assert find_tampering(session) is None


def test_done_twice_it_does_nothing_more(story: Story, database: Database) -> None:
    assert purge(database, FIRST_DUE)
    assert purge(database, FIRST_DUE + timedelta(hours=1)) == Counter()
    assert erased_at(story) == FIRST_DUE


def test_two_at_once_erase_each_thing_once(story: Story, database: Database) -> None:
    n_people = story.count(Invitation)[0]
    with ThreadPoolExecutor(2) as pool:
        found = [each.result() for each in [pool.submit(purge, database, FIRST_DUE + LATER) for _ in range(2)]]
    total = found[0] + found[1]
    assert (total["waves"], total["people"], total["addresses"]) == (2, n_people, 8)
    assert story.count(Answer, Invitation) == [0, 0]
    entries = story.all(select(AuditEntry).where(AuditEntry.action == "wave_erased"))
    assert len(entries) == 2


def test_a_wave_that_fails_keeps_neither_the_next_nor_the_addresses_waiting(
    story: Story, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(session: Session, wave_id: int, now: object) -> Counter[str]:
        if wave_id == story.first:
            raise RuntimeError("the disk is full")
        return erase_wave(session, wave_id, FIRST_DUE + LATER)

    monkeypatch.setattr(commands, "erase_wave", stumble)
    found = purge(database, FIRST_DUE + LATER)
    assert (found["waves"], found["addresses"]) == (1, 8)
    assert erased_at(story) is None


@pytest.mark.parametrize("state", ["open", "cancelled"])
def test_a_wave_that_was_never_closed_waits_and_a_cancelled_one_goes(
    story: Story, database: Database, app: Flask, state: str
) -> None:
    with story.changing() as session:
        wave = session.get_one(Wave, story.first)
        wave.state, wave.closed_at = WaveState(state), None
        wave.cancelled_at = NOW if state == "cancelled" else None
    told = run(app, "privacy", "purge", "--dry-run")[1]
    assert purge(database, FIRST_DUE)["waves"] == (1 if state == "cancelled" else 0)
    assert ("1 waves past their time were never closed" in told) is (state == "open")


def test_old_mails_forget_their_address_and_the_counts_still_add_up(story: Story, database: Database) -> None:
    with story.changing() as session:
        waiting = write_to(session, session.get_one(Wave, story.first), 77, "late@client.test")
        waiting.state, waiting.sent_at, waiting.due_at = MailState.DEFERRED, None, FIRST_DUE
        leased = write_to(session, session.get_one(Wave, story.first), 78, "leased@client.test")
        leased.state, leased.sent_at, leased.lease_id, leased.leased_until = MailState.LEASED, None, "x", FIRST_DUE
    before = status_of(story).counts.total()
    purge(database, FIRST_DUE)
    mails = story.all(select(OutgoingEmail).where(OutgoingEmail.wave_id == story.first))
    assert {(mail.recipient, mail.domain) for mail in mails} == {("", ""), ("leased@client.test", "client.test")}
    assert {mail.last_reply for mail in mails if not mail.recipient} == {""}
    assert not [mail for mail in mails if not mail.recipient and "@" in mail.deduplication_key]
    status = status_of(story)
    assert status.counts.total() == before == sum(status.counts.values())
    left = Counter(mail.state for mail in mails)
    assert (left[MailState.EXPIRED], left[MailState.SENT]) == (1, 4)


def test_the_way_out_of_a_forgotten_mail_leads_nowhere(story: Story, database: Database, app: Flask) -> None:
    purge(database, FIRST_DUE)
    mail = story.all(select(OutgoingEmail).where(OutgoingEmail.recipient == ""))[0]
    key = app.extensions["survey_settings"].token_key.get_secret_value().encode()
    assert app.test_client().post(f"/u/{seal_unsubscribe_id(key, mail)}").status_code == 404


@pytest.mark.parametrize("case", ["left", "still there", "opted out", "asked since", "just added"])
def test_who_left_is_forgotten_once_no_survey_asked_them_within_the_time(
    story: Story, database: Database, case: str
) -> None:
    person_id = story.contacts[0][0]
    with story.changing() as session:
        person = session.get_one(Contact, person_id)
        person.is_active = case == "still there"
        person.opted_out_at = NOW if case == "opted out" else None
        person.created_at = FIRST_DUE if case == "just added" else NOW
    purge(database, FIRST_DUE if case == "asked since" else FIRST_DUE + LATER)
    is_left = bool(story.all(select(Contact.id).where(Contact.id == person_id)))
    assert is_left is (case != "left")


def test_ended_sessions_and_old_counters_go_the_day_after(story: Story, database: Database) -> None:
    now = FIRST_DUE
    with story.changing() as session:
        user = User(email="lea@agence.test", name="Léa", password="-", role="quality_lead", created_at=NOW)
        session.add(user)
        session.flush()
        for token, ends_at in (("old", now - timedelta(days=2)), ("new", now + timedelta(hours=1))):
            session.add(StaffSession(token_hash=token, user_id=user.id, opened_at=NOW, expires_at=ends_at))
            session.add(AttemptCount(key_hash=token, n_attempts=1, window_ends_at=ends_at))
    found = purge(database, now)
    assert (found["sessions"], found["counters"]) == (1, 1)
    assert story.all(select(StaffSession.token_hash)) == ["new"]
    assert story.all(select(AttemptCount.key_hash)) == ["new"]


def test_the_worker_does_it_by_itself(story: Story, app: Flask, clock: SettableClock) -> None:
    clock.set(FIRST_DUE - timedelta(hours=1))
    erase_what_is_past(app)
    assert erased_at(story) is None
    clock.set(FIRST_DUE + timedelta(hours=1))
    erase_what_is_past(app)
    assert erased_at(story) == clock.now()


def test_the_command_tries_out_then_does_it_then_finds_nothing(story: Story, app: Flask) -> None:
    before = story.count(Answer, Invitation, AuditEntry)
    code, told = run(app, "privacy", "purge", "--dry-run")
    assert (code, "people asked" in told, "Nothing was erased: this was a dry run." in told) == (0, True, True), told
    assert story.count(Answer, Invitation, AuditEntry) == before
    code, told = run(app, "privacy", "purge")
    assert (code, "waves" in told, "dry run" in told) == (0, True, False), told
    assert story.count(Answer, Invitation) != before[:2]
    assert "Nothing is past its time" in run(app, "privacy", "purge")[1]


def test_the_command_explains_itself(app: Flask) -> None:
    code, told = run(app, "privacy", "purge", "--help")
    told = " ".join(told.split())
    assert (code, "36 months" in told, "Example:" in told, "--dry-run" in told) == (0, True, True, True)
