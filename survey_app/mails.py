"""What a mail says: one function renders them all, from templates/emails/<kind> and the values of a room."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from flask import render_template
from flask_babel import force_locale
from sqlalchemy import ColumnElement, true


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
