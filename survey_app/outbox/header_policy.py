"""How headers are written: Python's SMTP policy, but for two things it does badly for bulk mail.

It wraps a long List-Unsubscribe into encoded words, which no mail program reads as a link, and it parses and
folds the same From and Subject again for each of a thousand mails.
"""

from email.policy import EmailPolicy
from functools import lru_cache
from typing import Any

# Written by ourselves, in ASCII, as one word or two: folding could only harm them.
VERBATIM = frozenset({
    "date", "message-id", "mime-version", "auto-submitted", "list-unsubscribe", "list-unsubscribe-post",
    "content-transfer-encoding",
})
# Of one mail alone: keeping them would push out those that all mails share.
PERSONAL = frozenset({"to"})
LONGEST_LINE = 998


class BulkMailPolicy(EmailPolicy):
    """The SMTP policy for thousands of mails that differ in a few headers."""

    def header_store_parse(self, name: str, value: Any) -> tuple[str, Any]:
        if name.lower() not in VERBATIM:
            return super().header_store_parse(name, value)
        if not value.isascii() or not value.isprintable() or len(name) + len(value) + 2 > LONGEST_LINE:
            raise ValueError(f"the header {name} cannot be written")
        return name, value

    def fold_binary(self, name: str, value: str) -> bytes:
        if name.lower() in VERBATIM:
            return f"{name}: {value}{self.linesep}".encode("ascii")
        return super().fold_binary(name, value) if name.lower() in PERSONAL else _fold_once(name, value)

    def header_fetch_parse(self, name: str, value: str) -> Any:
        return value if name.lower() in VERBATIM else super().header_fetch_parse(name, value)


POLICY = BulkMailPolicy(linesep="\r\n")
_PLAIN = EmailPolicy(linesep="\r\n")


@lru_cache(maxsize=256)
def shared_header(name: str, value: Any) -> Any:
    """Return a parsed header that many mails share."""
    return _PLAIN.header_store_parse(name, value)[1]


@lru_cache(maxsize=256)
def _fold_once(name: str, value: str) -> bytes:
    return _PLAIN.fold_binary(name, value)
