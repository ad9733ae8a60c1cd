"""What the address of the cockpit asks for: where people stand, words of a name or an address, a page."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from survey_app.campaigns.cockpit.rules import MISSING, STANDINGS

PER_PAGE = 50
MAX_WORDS = 100
# Two choices that are no standing: everybody, and those who may still answer.
ALL, NOT_ANSWERED = "all", "missing"


@dataclass(frozen=True)
class Choice:
    """Whom the list shows; without a choice, those who have not answered yet."""

    state: str
    words: str = ""
    page: int = 1

    @property
    def standings(self) -> frozenset[str]:
        if self.state == ALL:
            return frozenset(STANDINGS)
        return MISSING if self.state == NOT_ANSWERED else frozenset({self.state})

    def arguments(self, **changes: object) -> dict[str, Any]:
        """Return the address of this choice, or of one like it, without what is said by saying nothing."""
        values: dict[str, Any] = {"state": self.state, "q": self.words, "page": self.page, **changes}
        return {name: value for name, value in values.items() if value not in ("", 1)}


@dataclass(frozen=True)
class Pages:
    """Which of the pages is shown; one beyond the last is the last."""

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

    @classmethod
    def of(cls, choice: Choice, n_found: int) -> "Pages":
        whole = cls(1, n_found)
        return replace(whole, number=min(choice.page, whole.last))


def read_choice(arguments: Mapping[str, str], *, is_open: bool) -> Choice:
    """Read the choice; what means nothing is the default, since an address is easily cut."""
    state, page = arguments.get("state", ""), arguments.get("page", "")
    known = (ALL, NOT_ANSWERED, *STANDINGS)
    number = int(page) if page.isascii() and page.isdigit() and len(page) < 7 else 1
    words = " ".join(arguments.get("q", "").replace("\x00", "").split())[:MAX_WORDS]
    default = NOT_ANSWERED if is_open else ALL
    return Choice(state if state in known else default, words, max(number, 1))
