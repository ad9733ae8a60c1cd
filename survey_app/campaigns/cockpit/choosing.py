"""What the address of the cockpit asks for: where people stand, words of a name or an address, a page."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from survey_app.campaigns.paging import asked_page
from survey_app.campaigns.rules import MISSING, STANDINGS

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


def read_choice(arguments: Mapping[str, str], *, is_open: bool) -> Choice:
    """Read the choice; what means nothing is the default, since an address is easily cut."""
    state = arguments.get("state", "")
    known = (ALL, NOT_ANSWERED, *STANDINGS)
    words = " ".join(arguments.get("q", "").replace("\x00", "").split())[:MAX_WORDS]
    default = NOT_ANSWERED if is_open else ALL
    return Choice(state if state in known else default, words, asked_page(arguments))
