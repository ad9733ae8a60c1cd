"""What is wrong in a definition, where, and what to do about it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from survey_app.questionnaires.messages import ERROR_SENTENCES

Place = tuple[str | int, ...]


def written_path(place: Place) -> str:
    """Write a place the way an author reads it: sections[0].questions[2].text.fr."""
    written = ""
    for step in place:
        written += f"[{step}]" if isinstance(step, int) else f".{step}" if written else step
    return written


@dataclass(frozen=True)
class DefinitionError:
    """One mistake of one file, with its place and a sentence that says what to do."""

    kind: str
    file: Path
    line: int
    path: str
    values: dict[str, object] = field(default_factory=dict, hash=False)

    @property
    def message(self) -> str:
        """Say in English what to do."""
        return self.in_language("en")

    def in_language(self, language: str) -> str:
        """Say in French or in English what to do."""
        return ERROR_SENTENCES[self.kind][language].format_map(self.values)

    def __str__(self) -> str:
        place = f" {self.path}:" if self.path else ""
        return f"{self.file}:{self.line}:{place} {self.message}"


class DefinitionErrors(Exception):
    """All the mistakes of a set of definitions at once."""

    def __init__(self, errors: Sequence[DefinitionError]) -> None:
        self.errors = tuple(errors)
        super().__init__("\n".join(str(error) for error in self.errors))
