"""Find the personal links in the captured mails, as their recipients do."""

import email
import re
from collections.abc import Iterator
from email.policy import default
from pathlib import Path

ANSWER_LINK = re.compile(r"https?://\S+/r/[\w-]+")
PLAN_LINK = re.compile(r"https?://\S+/p/[\w-]+")


def newest_link(folder: Path, address: str) -> str:
    """Return the answer link of the newest message to this address that holds one."""
    for text in _texts_to(folder, address):
        found = ANSWER_LINK.search(text)
        if found:
            return found.group()
    raise RuntimeError(f"no mail to {address} holds a personal link")


def plan_links(folder: Path, address: str) -> list[str]:
    """Return every plan link that was mailed to this address, each once, newest first."""
    found = (PLAN_LINK.search(text) for text in _texts_to(folder, address))
    return list(dict.fromkeys(match.group() for match in found if match))


def _texts_to(folder: Path, address: str) -> Iterator[str]:
    for path in sorted(folder.glob("*.eml"), reverse=True):
        message = email.message_from_bytes(path.read_bytes(), policy=default)
        body = message.get_body(preferencelist=("plain",)) if address in str(message["To"]) else None
        if body:
            yield str(body.get_content())
