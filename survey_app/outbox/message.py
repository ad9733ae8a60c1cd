"""Put a composed mail into a message with every header that receivers ask for."""

import binascii
import re
from datetime import datetime
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime
from typing import Any, Self

from survey_app.mails import ComposedEmail

MAX_ADDRESS = 254
LONGEST_LINE = 998
CONTROL_CHARACTER = re.compile(r"[\x00-\x1f\x7f]")


class UnsendableError(Exception):
    """A mail that no relay may be asked to carry: its address or a header is not one."""


class Written(str):
    """A header's value in its final form, in ASCII and on one line: parsing or folding could only harm it."""

    __slots__ = ()

    def __new__(cls, value: object) -> Self:
        text = str(value)
        if not text.isascii() or not text.isprintable() or len(text) > LONGEST_LINE - 40:
            raise ValueError("a header would break its line")
        return super().__new__(cls, text)


class Folded(Written):
    """A text in encoded words, on as many lines as it needs, that reads back as it was to the last space."""

    __slots__ = ()

    def __new__(cls, name: str, text: str, after: str = "") -> Self:
        if CONTROL_CHARACTER.search(text):
            raise ValueError(f"{name} holds a line break")
        charset = "us-ascii" if text.isascii() else "utf-8"
        written = Header(text, charset, header_name=name).encode(linesep="\r\n") + after
        return str.__new__(cls, "\r\n ".join(Written(line) for line in written.split("\r\n ")))


class WrittenPolicy(EmailPolicy):
    """Python's SMTP policy, which leaves a written header as it is.

    By itself it wraps a long List-Unsubscribe into encoded words, which no mail program reads as a link, and loses
    the space between two accented words where it breaks a line.
    """

    def header_store_parse(self, name: str, value: Any) -> tuple[str, Any]:
        return (name, value) if isinstance(value, Written) else super().header_store_parse(name, value)

    def header_fetch_parse(self, name: str, value: str) -> Any:
        return value if isinstance(value, Written) else super().header_fetch_parse(name, value)

    def fold_binary(self, name: str, value: str) -> bytes:
        is_written = isinstance(value, Written)
        return f"{name}: {value}{self.linesep}".encode("ascii") if is_written else super().fold_binary(name, value)


POLICY = WrittenPolicy(linesep="\r\n")


def recipient_address(recipient: str) -> str:
    """Return the address as a relay takes it, its domain in ASCII, or say why it cannot be one."""
    local, at, domain = recipient.rpartition("@")
    if not (at and local and domain) or CONTROL_CHARACTER.search(recipient) or len(recipient) > MAX_ADDRESS:
        raise UnsendableError("the address is not one person's mail address")
    if not local.isascii():
        raise UnsendableError("the part of the address before the @ has a letter that most relays refuse")
    if "@" in local or any(sign in recipient for sign in ' ,;<>"()[]:\\'):
        raise UnsendableError("the address holds a sign that would name a second recipient")
    try:
        return f"{local}@{domain.encode('idna').decode('ascii')}"
    except UnicodeError as error:
        raise UnsendableError("the domain of the address is not a domain name") from error


def build_message(composed: ComposedEmail, sender: str, to: str, message_id: str, date: datetime) -> EmailMessage:
    """Return the message: text and HTML, its own Message-ID and date, and a one-click way out."""
    message = EmailMessage(policy=POLICY)
    try:
        message["From"] = _mailbox("From", composed.sender_name, sender)
        message["To"] = _mailbox("To", composed.recipient_name, to)
        if composed.reply_to:
            message["Reply-To"] = _mailbox("Reply-To", "", composed.reply_to)
        message["Subject"] = Folded("Subject", composed.subject)
        message["Date"] = Written(format_datetime(date))
        message["Message-ID"] = Written(message_id)
        message["MIME-Version"] = Written("1.0")
        message["Auto-Submitted"] = Written("auto-generated")
        if composed.unsubscribe_url:
            message["List-Unsubscribe"] = Written(f"<{composed.unsubscribe_url}>")
            message["List-Unsubscribe-Post"] = Written("List-Unsubscribe=One-Click")
    except (ValueError, UnicodeError) as error:
        raise UnsendableError(f"a header of the mail cannot be written: {error}") from error
    message["Content-Type"] = "multipart/alternative"
    message.attach(_part("plain", composed.text))
    message.attach(_part("html", composed.html))
    for document in composed.attachments:
        maintype, _, subtype = document.content_type.partition("/")
        message.add_attachment(document.content, maintype=maintype, subtype=subtype, filename=document.name)
    return message


def _mailbox(header: str, name: str, address: str) -> Written:
    if CONTROL_CHARACTER.search(name):
        raise ValueError(f"the name in {header} holds a line break")
    local, _, domain = address.rpartition("@")
    mailbox = Address(name, local, domain)
    return Written(mailbox) if name.isascii() else Folded(header, name, after=f" <{mailbox.addr_spec}>")


def _part(subtype: str, text: str) -> EmailMessage:
    part = EmailMessage(policy=POLICY)
    part["Content-Type"] = f'text/{subtype}; charset="utf-8"'
    part["Content-Transfer-Encoding"] = Written("quoted-printable")
    # Quoted-printable whatever the relay says: no line is too long, and no relay on the way rewrites the text.
    lines = (binascii.b2a_qp(line.encode("utf-8"), istext=True).decode("ascii") for line in text.splitlines())
    part.set_payload("".join(f"{line}\n" for line in lines).replace("\n", "\r\n"))
    return part
