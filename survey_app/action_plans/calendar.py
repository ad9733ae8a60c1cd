"""Write due dates and phases as an iCalendar feed (RFC 5545), whole days only."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

MAX_OCTETS = 75


@dataclass(frozen=True)
class Event:
    uid: str
    summary: str
    starts_on: date
    ends_on: date
    description: str = ""
    url: str = ""


def write_calendar(name: str, events: Iterable[Event], now: datetime) -> str:
    """Return the calendar as a file: lines folded at 75 octets and ended by CR LF."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Client satisfaction//Improvement plans//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{_escape(name)}",
    ]
    for event in events:
        lines += _event_lines(event, now)
    lines.append("END:VCALENDAR")
    return "".join(f"{part}\r\n" for line in lines for part in _fold(line))


def _event_lines(event: Event, now: datetime) -> list[str]:
    # The end of a whole-day event is the first day that it does not cover.
    lines = [
        "BEGIN:VEVENT",
        f"UID:{event.uid}",
        f"DTSTAMP:{now:%Y%m%dT%H%M%SZ}",
        f"DTSTART;VALUE=DATE:{event.starts_on:%Y%m%d}",
        f"DTEND;VALUE=DATE:{event.ends_on + timedelta(days=1):%Y%m%d}",
        f"SUMMARY:{_escape(event.summary)}",
    ]
    lines += [f"DESCRIPTION:{_escape(event.description)}"] if event.description else []
    lines += [f"URL:{event.url}"] if event.url else []
    return [*lines, "TRANSP:TRANSPARENT", "END:VEVENT"]


def _escape(text: str) -> str:
    """Protect what has a meaning in the format, so that a title never becomes a line of its own."""
    plain = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return plain.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\\n")


def _fold(line: str) -> Iterator[str]:
    """Cut a line at 75 octets, between characters; what follows starts with a space."""
    part = ""
    for character in line:
        if len((part + character).encode()) > MAX_OCTETS:
            yield part
            part = " "
        part += character
    yield part
