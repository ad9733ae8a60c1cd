"""Delivery reports: believed by their tag alone, applied once, read by their status."""

from pathlib import Path

import pytest
from flask import Flask

from survey_app.bounces.rules import EnvelopeTag, read_envelope
from survey_app.outbox.rules import MailState
from tests.outbox.post import Post
from tests.outbox.relay import HANG_UP, Fault, Relay

ANNE, BRUNO = "anne@client.test", "bruno@client.test"


def report(to: str, status: str = "5.1.1", action: str = "failed", diagnostic: str = "smtp; 550 no") -> bytes:
    """A report as Postfix writes it."""
    return f"""From: MAILER-DAEMON@relay.test
To: {to}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="limit"

--limit
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--limit
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.test
X-Postfix-Queue-ID: 3F2B1C0

Final-Recipient: rfc822; {ANNE}
Original-Recipient: rfc822;{ANNE}
Action: {action}
Status: {status}
Remote-MTA: dns; mx.client.test
Diagnostic-Code: {diagnostic}

--limit
Content-Type: message/rfc822

From: enquete@agence.test
To: {ANNE}
Subject: Votre avis

http://localhost/r/secret-token
--limit--
""".replace("\n", "\r\n").encode()


@pytest.fixture
def return_path(post: Post, relay: Relay, app: Flask) -> str:
    """The envelope sender under which the mail to Anne left."""
    app.extensions["survey_mail_handlers"] = post.rooms
    post.write(ANNE, BRUNO)
    post.send()
    return next(each.sender for each in relay.deliveries if each.recipient == ANNE)


@pytest.fixture
def maildir(tmp_path: Path) -> Path:
    for part in ("new", "cur", "tmp"):
        (tmp_path / "bounces" / part).mkdir(parents=True)
    return tmp_path / "bounces"


def ingest(app: Flask, *arguments: str, stdin: bytes = b"") -> str:
    result = app.test_cli_runner().invoke(args=["bounces", "ingest", *arguments], input=stdin)
    assert result.exit_code == 0, result.output
    return result.output


def test_the_envelope_names_the_mail_and_cannot_be_guessed(return_path: str, post: Post, app: Flask) -> None:
    key = b"test-token-key-of-more-than-32-characters"
    for spelling in (return_path, return_path.upper()):
        assert read_envelope(spelling) == EnvelopeTag(post.mail(ANNE).id, post.mail(ANNE).bounce_tag(key))
    others = [post.mail(ANNE).bounce_tag(b"another key of more than 32 characters"), post.mail(BRUNO).bounce_tag(key)]
    assert post.mail(ANNE).bounce_tag(key) not in others
    assert post.mail(BRUNO).return_path(key, "enquete@agence.test") != return_path
    local = return_path.partition("@")[0]
    assert len(local) <= 64
    tampered = return_path.replace(local[-1] + "@", ("a" if local[-1] != "a" else "b") + "@")
    assert "1 ignored" in ingest(app, stdin=report(tampered))
    assert post.mail(ANNE).bounced_at is None
    assert read_envelope(f"enquete+{'9' * 19}-{'a' * 20}@agence.test") is None, "no row has such a number"


@pytest.mark.parametrize(
    ("status", "diagnostic", "heard"),
    [
        ("5.1.1", "smtp; 550 5.1.1 unknown", ("dead", "5.1.1")),
        ("5.0.0", "smtp; 550 5.1.10 null MX", ("dead", "5.1.10")),
        ("5.2.2", "smtp; 552 mailbox full", ("soft", "5.2.2")),
        ("5.7.26", "smtp; 550 5.7.26 unauthenticated", ("sender", "5.7.26")),
        ("5.1.8", "smtp; 550 5.1.8 bad sender", ("sender", "5.1.8")),
        ("4.4.7", "smtp; delivery time expired", ("soft", "4.4.7")),
        ("nonsense", "nothing", ("soft", "5.0.0")),
    ],
)
def test_the_status_says_whose_fault_it_is(
    app: Flask, post: Post, return_path: str, status: str, diagnostic: str, heard: tuple[str, str]
) -> None:
    assert "1 noted" in ingest(app, stdin=report(return_path, status, diagnostic=diagnostic))
    assert post.rooms.heard == [(heard[0], ANNE, heard[1])]
    assert post.mail(ANNE).bounce_status == heard[1]
    assert post.mail(ANNE).state is MailState.SENT
    assert post.mail(BRUNO).bounced_at is None


def test_a_report_is_applied_once(app: Flask, post: Post, return_path: str) -> None:
    ingest(app, stdin=report(return_path))
    assert "0 noted, 1 known" in ingest(app, stdin=report(return_path, "5.7.1"))
    assert post.rooms.heard == [("dead", ANNE, "5.1.1")]


def test_what_is_not_a_report_to_us_changes_nothing(app: Flask, post: Post, return_path: str) -> None:
    forged = return_path.replace("+", "+1", 1)
    delayed = report(return_path, "4.4.1", action="delayed")
    out_of_office = f"From: {ANNE}\r\nTo: {return_path}\r\nSubject: Absente\r\n\r\nDe retour lundi".encode()
    for content in (report(forged), report("enquete@agence.test"), delayed, out_of_office, b"", b"\xff\x00" * 500):
        assert "1 ignored" in ingest(app, stdin=content)
    assert post.rooms.heard == []
    assert post.mail(ANNE).bounced_at is None


def test_a_maildir_is_read_once_and_marked_as_seen(app: Flask, post: Post, return_path: str, maildir: Path) -> None:
    (maildir / "new" / "1700000000.M1.relay").write_bytes(report(return_path))
    (maildir / "new" / "1700000001.M2.relay").write_bytes(b"spam")
    (maildir / "cur" / "1700000002.M3.relay:2,").write_bytes(report(return_path))
    assert "1 noted, 1 known already, 1 ignored" in ingest(app, "--maildir", str(maildir))
    assert "0 noted, 0 known already, 0 ignored" in ingest(app, "--maildir", str(maildir))
    assert {path.name[-4:] for path in (maildir / "cur").iterdir()} == {":2,S"}
    assert not list((maildir / "new").iterdir())


def test_a_maildir_is_emptied_of_our_reports_alone_where_that_is_asked_for(
    app: Flask, return_path: str, maildir: Path
) -> None:
    (maildir / "new" / "1700000000.M1.relay").write_bytes(report(return_path))
    (maildir / "new" / "1700000001.M2.relay").write_bytes(b"Subject: Hello")
    assert "1 noted, 0 known already, 1 ignored" in ingest(app, "--maildir", str(maildir), "--delete")
    assert [path.name for part in ("new", "cur") for path in (maildir / part).iterdir()] == ["1700000001.M2.relay:2,S"]


def test_a_folder_that_is_no_maildir_is_refused_with_a_sentence(app: Flask, tmp_path: Path) -> None:
    result = app.test_cli_runner().invoke(args=["bounces", "ingest", "--maildir", str(tmp_path)])
    assert result.exit_code == 1
    assert "is not a maildir" in result.output


def test_a_bounce_settles_a_doubt_without_a_second_mail(app: Flask, post: Post, relay: Relay) -> None:
    app.extensions["survey_mail_handlers"] = post.rooms
    relay.faults = {ANNE: Fault("taken", HANG_UP)}
    post.write(ANNE)
    post.send()
    ingest(app, stdin=report(relay.deliveries[0].sender))
    post.send_until_settled()
    assert post.mail(ANNE).state is MailState.SENT
    assert relay.recipients() == {ANNE: 1}
