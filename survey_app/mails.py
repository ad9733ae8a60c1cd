"""What a mail is: one function renders what it says, one puts it into a message with the headers receivers ask for."""

import binascii
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, Protocol

from flask import render_template
from flask_babel import force_locale
from sqlalchemy import ColumnElement, true

MAX_ADDRESS = 254
LONGEST_LINE, FOLD = 950, "\r\n "
CONTROL_CHARACTER = re.compile(r"[\x00-\x1f\x7f]")


class Sender(Protocol):
    """The agency as mails show it: its name, its colour, where it is reached."""

    name: Any
    accent_colour: Any
    postal_address: Any
    privacy_contact: Any


@dataclass(frozen=True)
class Attachment:
    """A document that leaves with a mail."""

    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True)
class ComposedEmail:
    """A mail ready to be put into a message; its unsubscribe_url makes it one that people can refuse.

    The outbox sends it only where still_wanted holds in the statement that begins it: a condition in SQL.
    """

    subject: str
    text: str
    html: str
    sender_name: str = ""
    recipient_name: str = ""
    reply_to: str = ""
    unsubscribe_url: str = ""
    attachments: tuple[Attachment, ...] = ()
    still_wanted: ColumnElement[bool] = field(default_factory=true, compare=False, repr=False)


class WithheldReason(StrEnum):
    """Why a mail that was due is not sent after all."""

    ANSWERED = "answered"
    OPTED_OUT = "opted_out"
    DEAD_ADDRESS = "dead_address"
    ERASED = "erased"
    LATE = "late"
    CANCELLED = "cancelled"
    PAUSED = "paused"


@dataclass(frozen=True)
class Withheld:
    """What a room answers where its mail must not leave any more."""

    reason: WithheldReason


def render_mail(
    kind: str,
    language: str,
    values: Mapping[str, Any],
    *,
    agency: Sender | None = None,
    **about: Any,
) -> ComposedEmail:
    """Render the three parts of a mail in its reader's language, in the agency's look.

    The remaining arguments are those of ComposedEmail: who reads it, where answers go, what is attached.
    """
    context: dict[str, Any] = {"language": language, "agency": agency, "unsubscribe_url": "", **about, **values}
    with force_locale(language):
        context["subject"] = subject = " ".join(render_template(f"emails/{kind}/subject.txt", **context).split())
        return ComposedEmail(
            subject=subject,
            text=render_template(f"emails/{kind}/body.txt", **context).strip() + "\n",
            html=render_template(f"emails/{kind}/body.html", **context),
            **{"sender_name": agency.name if agency else "", **about},
        )


class UnsendableError(Exception):
    """A mail that no relay may be asked to carry: its address or a header is not one."""


class WrittenPolicy(EmailPolicy):
    """Python's SMTP policy for headers that are in their final form already.

    By itself it wraps a long List-Unsubscribe into encoded words, which no mail program reads as a link, and loses
    the space between two accented words where it breaks a line.
    """

    def header_store_parse(self, name: str, value: Any) -> tuple[str, Any]:
        return name, value

    def header_fetch_parse(self, name: str, value: str) -> Any:
        return value

    def fold_binary(self, name: str, value: str) -> bytes:
        return f"{name}: {value}\r\n".encode("ascii")


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
        headers = {
            "From": _mailbox("From", composed.sender_name, sender),
            "To": _mailbox("To", composed.recipient_name, to),
            "Reply-To": composed.reply_to and _mailbox("Reply-To", "", composed.reply_to),
            "Subject": _encoded("Subject", composed.subject),
            "Date": format_datetime(date),
            "Message-ID": message_id,
            "MIME-Version": "1.0",
            "Auto-Submitted": "auto-generated",
            "List-Unsubscribe": composed.unsubscribe_url and f"<{composed.unsubscribe_url}>",
            "List-Unsubscribe-Post": composed.unsubscribe_url and "List-Unsubscribe=One-Click",
        }
        for name, value in headers.items():
            if not all(
                line.isascii() and line.isprintable() and len(line) < LONGEST_LINE for line in value.split(FOLD)
            ):
                raise ValueError(f"{name} would break its line")
            if value:
                message[name] = value
    except (ValueError, UnicodeError) as error:
        raise UnsendableError(f"a header of the mail cannot be written: {error}") from error
    message["Content-Type"] = f'multipart/alternative; boundary="{uuid.uuid4().hex}"'
    message.attach(_part("plain", composed.text))
    message.attach(_part("html", composed.html))
    for document in composed.attachments:
        maintype, _, subtype = document.content_type.partition("/")
        message.add_attachment(document.content, maintype=maintype, subtype=subtype, filename=document.name)
    return message


# The sender's name and most subjects are those of the mail before.
@lru_cache(maxsize=256)
def _encoded(header: str, text: str, after: str = "") -> str:
    """Write a text in encoded words, on as many lines as it needs: it reads back as it was to the last space."""
    if CONTROL_CHARACTER.search(text + after):
        raise ValueError(f"{header} holds a line break")
    charset = "us-ascii" if text.isascii() else "utf-8"
    return Header(text, charset, header_name=header).encode(linesep="\r\n") + after


def _mailbox(header: str, name: str, address: str) -> str:
    local, _, domain = address.rpartition("@")
    mailbox = Address(name, local, domain)
    return str(mailbox) if name.isascii() else _encoded(header, name, f" <{mailbox.addr_spec}>")


def _part(subtype: str, text: str) -> EmailMessage:
    part = EmailMessage(policy=POLICY)
    part["Content-Type"] = f'text/{subtype}; charset="utf-8"'
    part["Content-Transfer-Encoding"] = "quoted-printable"
    # Quoted-printable whatever the relay says: no line is too long, and no relay on the way rewrites the text.
    lines = (binascii.b2a_qp(line.encode("utf-8"), istext=True).decode("ascii") for line in text.splitlines())
    part.set_payload("".join(f"{line}\n" for line in lines).replace("\n", "\r\n"))
    return part
