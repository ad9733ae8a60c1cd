"""Put a composed mail into a message with every header that receivers ask for."""

import binascii
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from survey_app.outbox.composition import ComposedEmail
from survey_app.outbox.rules import MAX_ADDRESS, has_control_characters


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
    if any(sign in recipient for sign in " ,;<>\"()[]:\\"):
        raise UnsendableError("the address holds a sign that would name a second recipient")
    try:
        return f"{local}@{domain.encode('idna').decode('ascii')}"
    except UnicodeError as error:
        raise UnsendableError("the domain of the address is not a domain name") from error


def build_message(composed: ComposedEmail, envelope: Envelope) -> EmailMessage:
    """Return the message: text and HTML, its own Message-ID and date, and a one-click way out."""
    message = EmailMessage(policy=SMTP)
    try:
        _add_headers(message, composed, envelope)
    except (ValueError, UnicodeError) as error:
        raise UnsendableError(f"a header of the mail cannot be written: {error}") from error
    message.make_alternative()
    message.attach(_part(composed.text, "plain"))
    message.attach(_part(composed.html, "html"))
    return message


def _add_headers(message: EmailMessage, composed: ComposedEmail, envelope: Envelope) -> None:
    if has_control_characters(composed.subject):
        raise ValueError("the subject holds a line break")
    message["From"] = Address(composed.sender_name, addr_spec=envelope.sender)
    message["To"] = Address(composed.recipient_name, addr_spec=recipient_address(envelope.recipient))
    if composed.reply_to:
        message["Reply-To"] = Address(addr_spec=composed.reply_to)
    message["Subject"] = composed.subject
    message["Date"] = format_datetime(envelope.date)
    message["Message-ID"] = envelope.message_id
    message["MIME-Version"] = "1.0"
    message["Auto-Submitted"] = "auto-generated"
    if composed.unsubscribe_url:
        message["List-Unsubscribe"] = f"<{composed.unsubscribe_url}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"


def _part(text: str, subtype: str) -> EmailMessage:
    # Quoted-printable whatever the relay says: no line is too long, and no relay on the way rewrites the text.
    part = EmailMessage(policy=SMTP)
    part["Content-Type"] = f'text/{subtype}; charset="utf-8"'
    part["Content-Transfer-Encoding"] = "quoted-printable"
    lines = "\r\n".join(text.splitlines()) + "\r\n"
    part.set_payload(binascii.b2a_qp(lines.encode("utf-8"), istext=True).decode("ascii"))
    return part
