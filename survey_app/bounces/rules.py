"""Read delivery reports (RFC 3464): which mail bounced, and with which status."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import getaddresses
from itertools import islice

MAX_REPORT_BYTES = 2 * 1024 * 1024
MAX_PARTS = 50
MAX_TAGS = 10
LARGEST_ID = 2**63 - 1
ENHANCED_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
TAGGED = re.compile(r"[^@]+\+([0-9]{1,19})-([0-9a-f]{20})@[^@]+")
ADDRESSED = ("Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "To")


@dataclass(frozen=True)
class EnvelopeTag:
    """What a bounce address says: which mail it speaks of, and the proof of it."""

    email_id: int
    proof: str


def read_envelope(address: str) -> EnvelopeTag | None:
    """Return the tag of a bounce address, or None where there is none."""
    found = TAGGED.fullmatch(address.lower())
    if found is None or int(found.group(1)) > LARGEST_ID:
        return None
    return EnvelopeTag(int(found.group(1)), found.group(2))


@dataclass(frozen=True)
class DeliveryReport:
    """A report that a mail did not arrive, and the tags it was sent to; whether one is ours is still to be proved."""

    tags: tuple[EnvelopeTag, ...]
    status: str


class NotOursError(Exception):
    """A message that is not a report of a failure, or does not bear a tag."""


def enhanced_status(text: str) -> str:
    """Find the status in what a relay said (5.1.1), or return an empty text."""
    found = ENHANCED_STATUS.search(text)
    return found.group(0) if found else ""


def read_report(content: bytes) -> DeliveryReport:
    """Return what the report says, or raise NotOursError saying why it is not believed."""
    if len(content) > MAX_REPORT_BYTES:
        raise NotOursError("larger than any delivery report")
    message = message_from_bytes(content, policy=default)
    tags = tuple(islice(_tags(message), MAX_TAGS))
    if not tags:
        raise NotOursError("no address in it bears a tag")
    status = next(_failures(message), None)
    if status is None:
        raise NotOursError("it reports no failure")
    return DeliveryReport(tags, status)


def _tags(message: EmailMessage) -> Iterator[EnvelopeTag]:
    values = [str(value) for name in ADDRESSED for value in message.get_all(name, [])]
    for _name, address in getaddresses(values):
        tag = read_envelope(address)
        if tag is not None:
            yield tag


def _failures(message: EmailMessage) -> Iterator[str]:
    for number, part in enumerate(message.walk()):
        if number > MAX_PARTS:
            return
        if part.get_content_type() != "message/delivery-status":
            continue
        for block in islice(part.iter_parts(), MAX_PARTS):
            status = _failure(block)
            if status:
                yield status


def _failure(block: object) -> str:
    """Return the status of one recipient's block, or an empty text where it was not a failure."""
    if not isinstance(block, EmailMessage) or str(block.get("Action", "")).strip().lower() != "failed":
        return ""
    # The first number is the reporting relay's summary; the diagnostic is what the last relay said.
    summary, diagnostic = (enhanced_status(str(block.get(name, ""))) for name in ("Status", "Diagnostic-Code"))
    # A summary of x.0.0 says nothing.
    return diagnostic if diagnostic and (not summary or summary.endswith(".0.0")) else summary or "5.0.0"
