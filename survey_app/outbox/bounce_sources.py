"""Where delivery reports come from: a maildir, standard input, an IMAP mailbox."""

import imaplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import BinaryIO

from survey_app.outbox.bounces import Incoming
from survey_app.outbox.reports import MAX_REPORT_BYTES

IMAP_TIMEOUT = 30.0


class NotAMaildirError(Exception):
    """A folder without the subfolders that make a maildir."""


def from_stream(stream: BinaryIO) -> list[Incoming]:
    """Read one report, as a mail server pipes it."""
    return [Incoming(partial(stream.read, MAX_REPORT_BYTES + 1), lambda: None)]


def from_maildir(folder: Path) -> list[Incoming]:
    """Return the unseen messages of a maildir; one that is dealt with is marked as seen."""
    if not ((folder / "new").is_dir() and (folder / "cur").is_dir()):
        raise NotAMaildirError
    unseen = [path for part in ("new", "cur") for path in sorted((folder / part).iterdir()) if not _is_seen(path)]
    return [Incoming(partial(_read, path), partial(_mark_seen, path)) for path in unseen]


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MAX_REPORT_BYTES + 1)


def _is_seen(path: Path) -> bool:
    # A maildir keeps the flags in the file's name: unique-part:2,FLAGS
    return "S" in path.name.partition(":2,")[2]


def _mark_seen(path: Path) -> None:
    name, _, flags = path.name.partition(":2,")
    path.rename(path.parent.parent / "cur" / f"{name}:2,{''.join(sorted({*flags, 'S'}))}")


@contextmanager
def from_imap(host: str, user: str, password: str, folder: str) -> Iterator[list[Incoming]]:
    """Return the unseen messages of a mailbox, over verified TLS; one that is dealt with is marked as seen."""
    context = ssl.create_default_context()
    with imaplib.IMAP4_SSL(host, ssl_context=context, timeout=IMAP_TIMEOUT) as server:
        server.login(user, password)
        server.select(folder)
        _status, found = server.uid("SEARCH", "UNSEEN")
        numbers = (found[0] or b"").decode().split()
        yield [
            Incoming(partial(_fetch, server, number), partial(_mark_seen_there, server, number))
            for number in numbers
        ]


def _fetch(server: imaplib.IMAP4, number: str) -> bytes:
    # PEEK leaves the message unseen until its consequences are committed.
    _status, parts = server.uid("FETCH", number, f"(BODY.PEEK[]<0.{MAX_REPORT_BYTES + 1}>)")
    return next((bytes(part[1]) for part in parts if isinstance(part, tuple)), b"")


def _mark_seen_there(server: imaplib.IMAP4, number: str) -> None:
    server.uid("STORE", number, "+FLAGS", "(\\Seen)")
