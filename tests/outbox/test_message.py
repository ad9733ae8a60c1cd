"""The message itself: every header, both parts, nothing that a stranger could inject."""

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.policy import default

import pytest

from survey_app.mails import Attachment, ComposedEmail, UnsendableError, build_message, recipient_address

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
LETTER = ComposedEmail(
    subject="Votre avis sur l’agence Étoile : dix questions, quatre-vingt-dix secondes, et pas une de plus",
    text="Bonjour Madame,\r\n.un point\nFrom ici\n" + "très long " * 300 + "\n\u2028fin",
    html="<p>Bonjour Madame Dupont, répondez en un clic.</p>" + "<p>" + "x" * 3000 + "</p>",
    sender_name='Agence "Étoile", Paris',
    recipient_name="Dupont, Marie",
    reply_to="qualite@agence.test",
    unsubscribe_url="https://survey.test/u/" + "a" * 32,
)


def built(letter: ComposedEmail = LETTER) -> bytes:
    message_id = "<0123456789abcdef@agence.test>"
    return build_message(letter, "enquete@agence.test", "marie@client.test", message_id, NOW).as_bytes()


def test_it_has_every_header() -> None:
    message = message_from_bytes(built(), policy=default)
    assert {name: str(value) for name, value in message.items() if name != "Content-Type"} == {
        "From": '"Agence \\"Étoile\\", Paris" <enquete@agence.test>',
        "To": '"Dupont, Marie" <marie@client.test>',
        "Reply-To": "qualite@agence.test",
        "Subject": LETTER.subject,
        "Date": "Mon, 02 Mar 2026 09:00:00 +0000",
        "Message-ID": "<0123456789abcdef@agence.test>",
        "MIME-Version": "1.0",
        "Auto-Submitted": "auto-generated",
        "List-Unsubscribe": f"<{LETTER.unsubscribe_url}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


@pytest.mark.parametrize(
    "words",
    [
        "Un plan de progrès à cosigner : Capacité à être force de proposition",
        "How is Agence Horizon doing? Your opinion by Thursday 19 November 2026",
        "propositions Été & de fils Été très la été où propositions",
        "Groupe été Été la Hélène propositions Hélène être propositions" + " à été" * 20,
    ],
)
def test_no_space_is_lost_where_a_line_breaks(words: str) -> None:
    letter = replace(LETTER, subject=words, sender_name=words, recipient_name=words)
    content = built(letter)
    message = message_from_bytes(content, policy=default)
    assert message["Subject"] == words
    # Python's address parser keeps the folding space between encoded words, which RFC 2047 drops: read them as text.
    plain = message_from_bytes(content)
    readings = [str(make_header(decode_header(plain[name]))) for name in ("From", "To")]
    assert [reading.rpartition(" <")[0].strip('"') for reading in readings] == [words, words]
    assert b"\r\nSubject:\r\n" not in content


def test_it_has_text_and_html_and_nothing_else() -> None:
    message = message_from_bytes(built(), policy=default)
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    text, html = [part.get_content() for part in message.iter_parts()]
    assert text.split() == LETTER.text.split()
    assert html.strip() == LETTER.html


def test_it_travels_over_the_oldest_relay() -> None:
    content = built()
    assert content.isascii()
    assert max(len(line) for line in content.split(b"\r\n")) <= 998
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert b"\r" not in content.replace(b"\r\n", b"")


def test_a_mail_that_nobody_can_refuse_has_no_way_out() -> None:
    message = message_from_bytes(built(ComposedEmail("Code", "a", "b")), policy=default)
    assert message["List-Unsubscribe"] is None
    assert message["List-Unsubscribe-Post"] is None


@pytest.mark.parametrize(
    "changes",
    [
        {"subject": "Bonjour\r\nBcc: spy@evil.test"},
        {"sender_name": "Agence\r\nBcc: spy@evil.test"},
        {"recipient_name": "Marie\nBcc: spy@evil.test"},
        {"reply_to": "a@b.test\r\nBcc: spy@evil.test"},
        {"unsubscribe_url": "https://survey.test/u/a>\r\nBcc: spy@evil.test"},
    ],
)
def test_a_line_break_in_a_header_is_refused(changes: dict[str, str]) -> None:
    letter = replace(ComposedEmail("Bonjour", "a", "b"), **changes)  # type: ignore[arg-type]
    with pytest.raises(UnsendableError):
        built(letter)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "marie",
        "@client.test",
        "marie@",
        "rené@client.test",
        "a b@client.test",
        "a@b.test, c@d.test",
        "a@b.test\n",
        "<a@b.test>",
        "a@b@c.test",
        "x" * 250 + "@b.test",
        "a@..",
        "a@" + "é" * 70 + ".test",
        "a\x00@b.test",
    ],
)
def test_what_is_not_one_address_is_refused(address: str) -> None:
    with pytest.raises(UnsendableError):
        recipient_address(address)


def test_a_domain_is_written_in_ascii() -> None:
    assert recipient_address("marie@Société.test") == "marie@xn--socit-esab.test"
    assert recipient_address("o'neil+avis@client.test") == "o'neil+avis@client.test"


def test_a_document_travels_beside_the_letter() -> None:
    sheet = Attachment("été.pdf", "application/pdf", b"%PDF")
    letter = ComposedEmail("Fiche", "texte", "<p>html</p>", attachments=(sheet,))
    message = message_from_bytes(built(letter), policy=default)
    (document,) = message.iter_attachments()
    assert (document.get_filename(), document.get_content()) == ("été.pdf", b"%PDF")
    body = message.get_body(("plain",))
    assert body is not None
    assert body.get_content().strip() == "texte"
