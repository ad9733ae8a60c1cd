"""Put a composed mail into a message with every header that receivers ask for."""

import binascii
import secrets
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage, MIMEPart
from email.utils import format_datetime, formataddr
from functools import lru_cache

from survey_app.outbox.composition import ComposedEmail
from survey_app.outbox.header_policy import POLICY, Folded, Written, folded, forget_headers, shared_header
from survey_app.outbox.rules import MAX_ADDRESS, has_control_characters

LONGEST_WORD = 75
LETTER = ("plain", "html")
# Drawn once and long: searching each text for a boundary that it does not hold would cost a third of the building.
BOUNDARY = f"=_{secrets.token_hex(16)}"


class UnsendableError(Exception):
    """A mail that no relay may be asked to carry: its address or a header is not one."""


@dataclass(frozen=True)
class Envelope:
    """What a message needs beside its text: who sends it, to whom, and its lasting identity."""

    sender: str
    recipient: str
    message_id: str
    date: datetime


def recipient_address(recipient: str) -> str:
    """Return the address as a relay takes it, its domain in ASCII, or say why it cannot be one."""
    local, at, domain = recipient.rpartition("@")
    if not (at and local and domain) or has_control_characters(recipient) or len(recipient) > MAX_ADDRESS:
        raise UnsendableError("the address is not one person's mail address")
    if not local.isascii():
        raise UnsendableError("the part of the address before the @ has a letter that most relays refuse")
    if "@" in local or any(sign in recipient for sign in ' ,;<>"()[]:\\'):
        raise UnsendableError("the address holds a sign that would name a second recipient")
    try:
        return f"{local}@{domain.encode('idna').decode('ascii')}"
    except UnicodeError as error:
        raise UnsendableError("the domain of the address is not a domain name") from error


def build_message(composed: ComposedEmail, envelope: Envelope) -> EmailMessage:
    """Return the message: text and HTML, its own Message-ID and date, and a one-click way out."""
    message = EmailMessage(policy=POLICY)
    try:
        _add_headers(message, composed, envelope)
    except (ValueError, UnicodeError) as error:
        raise UnsendableError(f"a header of the mail cannot be written: {error}") from error
    message["Content-Type"] = shared_header("Content-Type", f'multipart/alternative; boundary="{BOUNDARY}"')
    for subtype, text in zip(LETTER, (composed.text, composed.html), strict=True):
        message.attach(_part(text, subtype))
    for document in composed.attachments:
        maintype, _, subtype = document.content_type.partition("/")
        message.add_attachment(document.content, maintype=maintype, subtype=subtype, filename=document.name)
    return message


def serialise(message: EmailMessage) -> bytes:
    """Return the message as it travels; a letter without documents is joined here, in a tenth of the time."""
    parts = list(message.iter_parts())
    if len(parts) != len(LETTER) or any(part.is_multipart() for part in parts):
        return message.as_bytes()
    limit = f"--{BOUNDARY}".encode()
    written = [b"\r\n".join((_headers(part), str(part.get_payload()).encode("ascii"))) for part in parts]
    return b"\r\n".join((_headers(message), limit, written[0], limit, written[1], limit + b"--", b""))


def _headers(message: MIMEPart) -> bytes:
    return b"".join(POLICY.fold_binary(name, value) for name, value in message.raw_items())


def _add_headers(message: EmailMessage, composed: ComposedEmail, envelope: Envelope) -> None:
    if has_control_characters(composed.subject):
        raise ValueError("the subject holds a line break")
    message["From"] = _mailbox(composed.sender_name, envelope.sender)
    message["To"] = _one_recipient(composed.recipient_name, recipient_address(envelope.recipient))
    if composed.reply_to:
        message["Reply-To"] = _mailbox("", composed.reply_to)
    message["Subject"] = folded("Subject", composed.subject)
    message["Date"] = Written(format_datetime(envelope.date))
    message["Message-ID"] = Written(envelope.message_id)
    message["MIME-Version"] = Written("1.0")
    message["Auto-Submitted"] = Written("auto-generated")
    if composed.unsubscribe_url:
        message["List-Unsubscribe"] = Written(f"<{composed.unsubscribe_url}>")
        message["List-Unsubscribe-Post"] = Written("List-Unsubscribe=One-Click")


@lru_cache(maxsize=256)
def _mailbox(name: str, address: str) -> Written:
    if has_control_characters(name):
        raise ValueError("the name holds a line break")
    local, _, domain = address.rpartition("@")
    mailbox = Address(name, local, domain)
    return Written(mailbox) if name.isascii() else Folded("From", name, after=f" <{mailbox.addr_spec}>")


def _one_recipient(name: str, address: str) -> Written:
    if has_control_characters(name):
        raise ValueError("the name of the recipient holds a line break")
    short = formataddr((name, address))
    # An encoded word ends after 75 characters; a longer name needs several.
    return Written(short) if len(short) <= LONGEST_WORD else _mailbox(name, address)


def _part(text: str, subtype: str) -> EmailMessage:
    part = EmailMessage(policy=POLICY)
    part["Content-Type"] = shared_header("Content-Type", f'text/{subtype}; charset="utf-8"')
    part["Content-Transfer-Encoding"] = Written("quoted-printable")
    part.set_payload("\r\n".join(map(_quoted, text.splitlines())) + "\r\n")
    return part


# The lines of a letter are mostly those of the letter before.
@lru_cache(maxsize=2048)
def _quoted(line: str) -> str:
    # Quoted-printable whatever the relay says: no line is too long, and no relay on the way rewrites the text.
    return binascii.b2a_qp(line.encode("utf-8"), istext=True).decode("ascii").replace("=\n", "=\r\n")


def forget_letters() -> None:
    """Keep no line and no header in memory once the mails are gone: names and personal links are among them."""
    forget_headers()
    _mailbox.cache_clear()
    _quoted.cache_clear()
