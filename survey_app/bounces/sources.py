"""Where delivery reports come from: a maildir, standard input, an IMAP mailbox."""

import imaplib
import re
import ssl
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from survey_app.bounces.rules import MAX_REPORT_BYTES
from survey_app.bounces.service import Incoming, VanishedError

IMAP_TIMEOUT = 30.0
IMAPS_PORT = 993
LIMIT = MAX_REPORT_BYTES + 1


class NotAMaildirError(Exception):
    """A folder without the subfolders that make a maildir."""


def from_stream(stream: BinaryIO) -> list[Incoming]:
    """Read one report, as a mail server pipes it."""
    return [Incoming(partial(stream.read, LIMIT), lambda _is_ours: None)]


def from_maildir(folder: Path, *, deletes: bool = False) -> list[Incoming]:
    """Return the unseen messages of a maildir; one that is dealt with is marked as seen, or deleted if it is ours."""
    if not ((folder / "new").is_dir() and (folder / "cur").is_dir()):
        raise NotAMaildirError
    unseen = [path for part in ("new", "cur") for path in sorted((folder / part).iterdir()) if not _is_seen(path)]
    return [Incoming(partial(_read, path), partial(_settle, path, deletes)) for path in unseen]


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(LIMIT)
    except FileNotFoundError:
        raise VanishedError from None


def _is_seen(path: Path) -> bool:
    # A maildir keeps the flags in the file's name: unique-part:2,FLAGS
    return "S" in path.name.partition(":2,")[2]


def _settle(path: Path, deletes: bool, is_ours: bool) -> None:
    name, _, flags = path.name.partition(":2,")
    with suppress(FileNotFoundError):
        if deletes and is_ours:
            path.unlink()
        else:
            path.rename(path.parent.parent / "cur" / f"{name}:2,{''.join(sorted({*flags, 'S'}))}")


@dataclass(frozen=True)
class Mailbox:
    """An IMAP mailbox, and whether the reports that were noted are deleted from it."""

    host: str
    user: str
    password: str
    folder: str = "INBOX"
    port: int = IMAPS_PORT
    deletes: bool = False


@contextmanager
def from_imap(mailbox: Mailbox) -> Iterator[list[Incoming]]:
    """Return the unseen messages of a mailbox, over verified TLS.

    One that is dealt with is marked as seen, and deleted where that is asked for and it is ours; a message that is
    not ours always stays.
    """
    context = ssl.create_default_context()
    server = imaplib.IMAP4_SSL(mailbox.host, mailbox.port, ssl_context=context, timeout=IMAP_TIMEOUT)
    try:
        server.login(mailbox.user, mailbox.password)
        status, told = server.select(_folder_name(mailbox.folder))
        if status != "OK":
            raise server.error(f"the folder {mailbox.folder} cannot be opened ({_words(told)})")
        found = _said(server.uid("SEARCH", "UNSEEN", "UNDELETED"))
        numbers = (found[0] or b"").decode().split()
        yield [
            Incoming(partial(_fetch, server, number), partial(_settle_there, server, number, mailbox.deletes))
            for number in numbers
        ]
    finally:
        _leave(server)


def _leave(server: imaplib.IMAP4) -> None:
    # After a server has hung up it cannot be taken leave of, and what it was told before is settled anyway.
    with suppress(OSError, imaplib.IMAP4.error):
        server.logout()
    with suppress(OSError):
        server.shutdown()


def _folder_name(folder: str) -> str:
    """Write a folder's name as IMAP does: quoted, letters outside ASCII in its own UTF-7."""

    def shifted(found: re.Match[str]) -> str:
        return "&" + b64encode(found[0].encode("utf-16-be")).decode().rstrip("=").replace("/", ",") + "-"

    encoded = re.sub(r"[^\x20-\x7e]+", shifted, folder.replace("&", "&-"))
    return '"' + encoded.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _said(answer: tuple[str, list[Any]]) -> list[Any]:
    status, parts = answer
    if status != "OK":
        raise imaplib.IMAP4.error(_words(parts))
    return parts


def _words(parts: list[Any]) -> str:
    return b" ".join(part for part in parts if isinstance(part, bytes)).decode("utf-8", "replace")


def _fetch(server: imaplib.IMAP4, number: str) -> bytes:
    # PEEK leaves the message unseen until its consequences are committed.
    parts = _said(server.uid("FETCH", number, f"(BODY.PEEK[]<0.{LIMIT}>)"))
    content = next((bytes(part[1]) for part in parts if isinstance(part, tuple)), None)
    if content is None:
        raise VanishedError
    return content


def _settle_there(server: imaplib.IMAP4, number: str, deletes: bool, is_ours: bool) -> None:
    is_to_go = deletes and is_ours
    _said(server.uid("STORE", number, "+FLAGS", "(\\Seen \\Deleted)" if is_to_go else "(\\Seen)"))
    # Without UIDPLUS an expunge would take along whatever others have marked: the mark alone must do.
    if is_to_go and "UIDPLUS" in server.capabilities:
        _said(server.uid("EXPUNGE", number))
