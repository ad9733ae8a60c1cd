"""Read the captured messages from their .eml files."""

import email
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import default
from email.utils import parsedate_to_datetime
from pathlib import Path

from survey_app.errors import N_, NotFound


@dataclass(frozen=True)
class CapturedMail:
    """One message as the relay received it."""

    name: str
    recipient: str
    subject: str
    sent_at: datetime
    text: str
    html: str


def list_mails(folder: Path) -> list[CapturedMail]:
    """Return the captured messages, newest first."""
    return [_read(path) for path in sorted(folder.glob("*.eml"), reverse=True)]


def find_mail(folder: Path, name: str) -> CapturedMail:
    known = {path.name: path for path in folder.glob("*.eml")}
    if name not in known:
        raise NotFound(N_("There is no such message in the mailbox."))
    return _read(known[name])


def _read(path: Path) -> CapturedMail:
    message = email.message_from_bytes(path.read_bytes(), policy=default)
    return CapturedMail(
        name=path.name,
        recipient=str(message["To"]),
        subject=str(message["Subject"]),
        sent_at=parsedate_to_datetime(str(message["Date"])),
        text=_part(message, "plain"),
        html=_part(message, "html"),
    )


def _part(message: EmailMessage, kind: str) -> str:
    body = message.get_body(preferencelist=(kind,))
    return str(body.get_content()) if body else ""
