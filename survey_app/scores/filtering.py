"""What the address of a results page asks for: a theme, the breaches alone, the wave to compare with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from survey_app.campaigns.models import Wave
from survey_app.catalogue.content import THEMES


@dataclass(frozen=True)
class Filter:
    """The choice, and the waves that may be compared with; the one before by default."""

    theme: str
    only_breaches: bool
    since: Wave | None
    comparable: Sequence[Wave]

    @property
    def is_set(self) -> bool:
        return bool(self.theme or self.only_breaches)


def read_filter(arguments: Mapping[str, str], comparable: Sequence[Wave]) -> Filter:
    """Read the choice; what means nothing is the default, since an address is easily cut."""
    asked, theme = arguments.get("since", ""), arguments.get("theme", "")
    chosen = [wave for wave in comparable if str(wave.id) == asked]
    since = next(iter(chosen or comparable), None)
    return Filter(theme if theme in THEMES else "", arguments.get("only") == "breaches", since, comparable)
