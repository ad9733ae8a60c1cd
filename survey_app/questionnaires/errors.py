"""What may be wrong in a definition: every sentence in both languages, and the place it speaks of."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

SENTENCES_FILE: Final = Path(__file__).with_name("errors.toml")
Place = tuple[str | int, ...]


@dataclass(frozen=True)
class Sentence:
    """What to do about one kind of mistake, in both languages."""

    en: str
    fr: str


@cache
def error_sentences() -> Mapping[str, Sentence]:
    """Read the sentences when one is first needed: most starts find no mistake."""
    read = tomllib.loads(SENTENCES_FILE.read_text(encoding="utf-8"))
    return {kind: Sentence(**languages) for kind, languages in read.items()}


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
        sentence = error_sentences()[self.kind]
        return (sentence.fr if language == "fr" else sentence.en).format_map(self.values)

    def __str__(self) -> str:
        place = f" {self.path}:" if self.path else ""
        return f"{self.file}:{self.line}:{place} {self.message}"


class DefinitionErrors(Exception):
    """All the mistakes of a set of definitions at once."""

    def __init__(self, errors: Sequence[DefinitionError]) -> None:
        self.errors = tuple(errors)
        super().__init__("\n".join(str(error) for error in self.errors))
