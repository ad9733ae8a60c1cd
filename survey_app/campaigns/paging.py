"""Long lists, page by page: what an address asks for, and what there is to show."""

from collections.abc import Mapping
from dataclasses import dataclass

PER_PAGE = 50


@dataclass(frozen=True)
class Pages:
    """Which of the pages is shown."""

    number: int
    n_found: int

    @property
    def last(self) -> int:
        return max(-(-self.n_found // PER_PAGE), 1)

    @property
    def offset(self) -> int:
        return (self.number - 1) * PER_PAGE

    @property
    def first_shown(self) -> int:
        return self.offset + 1 if self.n_found else 0

    @property
    def last_shown(self) -> int:
        return min(self.offset + PER_PAGE, self.n_found)


def pages_of(n_found: int, asked: int) -> Pages:
    """Return the page that was asked for; one beyond the last is the last."""
    last = Pages(1, n_found).last
    return Pages(min(max(asked, 1), last), n_found)


def asked_page(arguments: Mapping[str, str]) -> int:
    """Read the page of an address; what means nothing is the first."""
    page = arguments.get("page", "")
    return max(int(page), 1) if page.isascii() and page.isdigit() and len(page) < 7 else 1
