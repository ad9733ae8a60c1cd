"""How headers are written: Python's SMTP policy, but for what it does badly.

It wraps a long List-Unsubscribe into encoded words, which no mail program reads as a link, it loses the space
between two accented words where it breaks a line, and it parses and folds the same From and Subject again for each
of a thousand mails. It also makes a class for each header of each
mail, to learn how often a header may stand there.
"""

from email.header import Header
from email.policy import EmailPolicy
from functools import lru_cache
from typing import Any, Self

LONGEST_LINE = 998


class Written(str):
    """A header's value in its final form, in ASCII and on one line: parsing or folding could only harm it."""

    __slots__ = ()

    def __new__(cls, value: object) -> Self:
        text = str(value)
        if not text.isascii() or not text.isprintable() or len(text) > LONGEST_LINE - 40:
            raise ValueError("a header would break its line")
        return super().__new__(cls, text)


class Folded(Written):
    """A text in encoded words, on as many lines as it needs, that reads back as it was to the last space."""

    __slots__ = ()

    def __new__(cls, name: str, text: str, after: str = "") -> Self:
        charset = "us-ascii" if text.isascii() else "utf-8"
        written = Header(text, charset, header_name=name).encode(linesep="\r\n") + after
        return str.__new__(cls, "\r\n ".join(Written(line) for line in written.split("\r\n ")))


class BulkMailPolicy(EmailPolicy):
    """The SMTP policy for thousands of mails that differ in a few headers."""

    def header_store_parse(self, name: str, value: Any) -> tuple[str, Any]:
        return (name, value) if isinstance(value, Written) else super().header_store_parse(name, value)

    def header_fetch_parse(self, name: str, value: str) -> Any:
        return value if isinstance(value, Written) else super().header_fetch_parse(name, value)

    def header_max_count(self, name: str) -> int | None:
        return _max_count(name)

    def fold_binary(self, name: str, value: str) -> bytes:
        if isinstance(value, Written):
            return f"{name}: {value}{self.linesep}".encode("ascii")
        return _fold_once(name, value)


POLICY = BulkMailPolicy(linesep="\r\n")
_PLAIN = EmailPolicy(linesep="\r\n")


@lru_cache(maxsize=64)
def _max_count(name: str) -> int | None:
    return _PLAIN.header_max_count(name)


@lru_cache(maxsize=256)
def shared_header(name: str, value: Any) -> Any:
    """Return a parsed header that many mails share."""
    return _PLAIN.header_store_parse(name, value)[1]


@lru_cache(maxsize=256)
def folded(name: str, text: str) -> Folded:
    """Return a text that many mails share."""
    return Folded(name, text)


@lru_cache(maxsize=256)
def _fold_once(name: str, value: str) -> bytes:
    return _PLAIN.fold_binary(name, value)


def forget_headers() -> None:
    shared_header.cache_clear()
    folded.cache_clear()
    _fold_once.cache_clear()
