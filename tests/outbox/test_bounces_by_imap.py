"""Bounces read from an IMAP mailbox: over verified TLS, each once, and what is not ours stays."""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from survey_app.bounces import service
from survey_app.bounces.rules import read_report
from tests.outbox.imap_server import PASSWORD, USER, ImapServer
from tests.outbox.post import Post
from tests.outbox.relay import Relay
from tests.outbox.test_bounces import ANNE, BRUNO, report

SEEN, DELETED = "\\Seen", "\\Deleted"
Read = Callable[..., tuple[int, str]]


@pytest.fixture
def return_paths(post: Post, relay: Relay, app: Flask) -> dict[str, str]:
    """The envelope senders under which the mails left."""
    app.extensions["survey_mail_handlers"] = post.rooms
    post.write(ANNE, BRUNO)
    post.send()
    return {each.recipient: each.sender for each in relay.deliveries}


@pytest.fixture
def mailbox(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ImapServer]:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with ImapServer(certificate) as running:
        yield running


@pytest.fixture
def read(app: Flask, mailbox: ImapServer, monkeypatch: pytest.MonkeyPatch) -> Read:
    """Read the mailbox with the command, as somebody at a shell does."""

    def run(*arguments: str, password: str = PASSWORD, port: int = 0) -> tuple[int, str]:
        monkeypatch.setenv("SURVEY_BOUNCE_PASSWORD", password)
        where = ["--imap", "127.0.0.1", "--port", str(port or mailbox.port), "--user", USER]
        result = app.test_cli_runner().invoke(args=["bounces", "ingest", *where, *arguments])
        return result.exit_code, result.output

    return run


def test_a_mailbox_is_read_once_and_marked_as_seen(
    mailbox: ImapServer, read: Read, post: Post, return_paths: dict[str, str]
) -> None:
    first = mailbox.receive(report(return_paths[ANNE]))
    stranger = mailbox.receive(b"Subject: Hello\r\n\r\nWhat a fine mailbox you have")
    again = mailbox.receive(report(return_paths[ANNE]))
    code, told = read()
    assert code == 0, told
    assert "1 noted, 1 known already, 1 ignored" in told
    assert post.rooms.heard == [("dead", ANNE, "5.1.1")]
    assert [letter.flags for letter in (first, stranger, again)] == [{SEEN}] * 3
    assert len(mailbox.letters) == 3
    assert "0 noted, 0 known already, 0 ignored" in read()[1]


def test_what_others_have_read_or_thrown_away_is_left_alone(
    mailbox: ImapServer, read: Read, post: Post, return_paths: dict[str, str]
) -> None:
    mailbox.receive(report(return_paths[ANNE]), SEEN)
    mailbox.receive(report(return_paths[BRUNO]), DELETED)
    assert "0 noted, 0 known already, 0 ignored" in read()[1]
    assert post.rooms.heard == []


@pytest.mark.parametrize("has_uidplus", [True, False])
def test_asked_to_delete_it_deletes_what_was_noted_and_keeps_what_is_not_ours(
    mailbox: ImapServer, read: Read, post: Post, return_paths: dict[str, str], has_uidplus: bool
) -> None:
    mailbox.has_uidplus = has_uidplus
    thrown_away_by_others = mailbox.receive(b"", DELETED)
    ours = mailbox.receive(report(return_paths[ANNE]))
    stranger = mailbox.receive(b"Subject: Hello\r\n\r\n")
    assert "1 noted, 0 known already, 1 ignored" in read("--delete")[1]
    assert stranger.flags == {SEEN}
    left = [thrown_away_by_others, stranger] if has_uidplus else [thrown_away_by_others, ours, stranger]
    assert list(mailbox.letters.values()) == left
    assert has_uidplus or ours.flags == {SEEN, DELETED}


def test_a_wrong_password_is_told_in_a_sentence_and_changes_nothing(
    mailbox: ImapServer, read: Read, return_paths: dict[str, str]
) -> None:
    letter = mailbox.receive(report(return_paths[ANNE]))
    code, told = read(password="nearly")
    assert code == 1
    assert "could not be read: [AUTHENTICATIONFAILED] Authentication failed." in told
    assert "nearly" not in told
    assert not letter.flags


def test_a_server_that_cannot_be_reached_is_told_in_a_sentence(read: Read) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        code, told = read(port=nobody.getsockname()[1])
    assert code == 1
    assert "could not be read" in told
    assert "Traceback" not in told


def test_a_server_that_nobody_vouches_for_never_hears_the_password(
    mailbox: ImapServer, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    code, told = read()
    assert code == 1
    assert "certificate" in told.lower()
    assert mailbox.said == []


def test_a_folder_is_named_in_any_language_and_an_unknown_one_is_told(
    mailbox: ImapServer, read: Read, return_paths: dict[str, str]
) -> None:
    mailbox.receive(report(return_paths[ANNE]))
    code, told = read("--folder", "Ailleurs")
    assert (code, "the folder Ailleurs cannot be opened ([NONEXISTENT] unknown folder)" in told) == (1, True), told
    mailbox.folder = '"Retours &AOk-chou&AOk-s &- co"'
    assert "1 noted" in read("--folder", "Retours échoués & co")[1]


@pytest.mark.parametrize("fault", ["hangs_up_at", "refuses"])
@pytest.mark.parametrize("step", ["UID FETCH 102", "UID STORE 102"])
def test_a_server_that_fails_half_way_loses_no_report(
    mailbox: ImapServer, read: Read, post: Post, return_paths: dict[str, str], fault: str, step: str
) -> None:
    first, second = mailbox.receive(report(return_paths[ANNE])), mailbox.receive(report(return_paths[BRUNO]))
    setattr(mailbox, fault, step)
    code, told = read()
    assert code == 1
    assert "What was not read stays unseen" in told
    assert (first.flags, second.flags) == ({SEEN}, set())
    setattr(mailbox, fault, "")
    assert read()[0] == 0
    assert post.rooms.heard == [("dead", ANNE, "5.1.1"), ("dead", BRUNO, "5.1.1")]
    assert second.flags == {SEEN}


def test_a_report_that_somebody_else_takes_meanwhile_stops_nothing(
    mailbox: ImapServer, read: Read, post: Post, return_paths: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    mailbox.receive(report(return_paths[ANNE]))
    mailbox.receive(report(return_paths[BRUNO]))

    def take_the_next(content: bytes) -> object:
        mailbox.letters.pop(102, None)
        return read_report(content)

    monkeypatch.setattr(service, "read_report", take_the_next)
    code, told = read()
    assert code == 0, told
    assert "1 noted, 0 known already, 0 ignored" in told
    assert post.rooms.heard == [("dead", ANNE, "5.1.1")]


def test_a_message_larger_than_any_report_is_not_fetched_whole(
    mailbox: ImapServer, read: Read, post: Post, return_paths: dict[str, str]
) -> None:
    mailbox.receive(report(return_paths[ANNE]) + b"x" * 3_000_000)
    assert "1 ignored" in read()[1]
    assert post.rooms.heard == []
