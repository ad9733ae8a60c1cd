"""Find the personal links in the captured mails, as their recipients do."""

import email
import re
from email.policy import default
from pathlib import Path

LINK = re.compile(r"https?://\S+/r/[\w-]+")


def newest_link(folder: Path, address: str) -> str:
    """Return the link of the newest message to this address that holds one."""
    for path in sorted(folder.glob("*.eml"), reverse=True):
        message = email.message_from_bytes(path.read_bytes(), policy=default)
        if address not in str(message["To"]):
            continue
        body = message.get_body(preferencelist=("plain",))
        found = LINK.search(str(body.get_content())) if body else None
        if found:
            return found.group()
    raise RuntimeError(f"no mail to {address} holds a personal link")
