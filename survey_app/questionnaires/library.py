"""The questionnaires at hand, and the three things one does to their folder: load, check, publish."""

from collections.abc import Collection, Iterator
from pathlib import Path

from survey_app.questionnaires.assembling import assemble, errors_of_file
from survey_app.questionnaires.definition import Questionnaire
from survey_app.questionnaires.errors import DefinitionError, DefinitionErrors
from survey_app.questionnaires.lock import write_lock


class UnknownQuestionnaireError(LookupError):
    """No such questionnaire, or no published version of it."""


class Library:
    """Every version of every questionnaire; published ones are served by default."""

    def __init__(self, versions: Collection[Questionnaire], published: Collection[str]) -> None:
        ordered = sorted(versions, key=lambda each: (each.key, each.version))
        self._versions = {(each.key, each.version): each for each in ordered}
        self._published = frozenset(published)

    def __iter__(self) -> Iterator[Questionnaire]:
        """Give every version, drafts included, by key then version."""
        return iter(self._versions.values())

    def __len__(self) -> int:
        return len(self._versions)

    def keys(self) -> tuple[str, ...]:
        """List the questionnaires, whatever their versions."""
        return tuple(dict.fromkeys(key for key, _ in self._versions))

    def versions(self, key: str) -> tuple[int, ...]:
        """List the versions of a questionnaire, drafts included, oldest first."""
        return tuple(version for other, version in self._versions if other == key)

    def is_published(self, questionnaire: Questionnaire) -> bool:
        """Tell whether a version is sealed in the lock; a draft may still change."""
        return questionnaire.reference in self._published

    def latest(self) -> tuple[Questionnaire, ...]:
        """List the latest published version of each questionnaire: what a new wave may choose."""
        published = {each.key: each for each in self if self.is_published(each)}
        return tuple(published.values())

    def get(self, key: str, version: int | None = None) -> Questionnaire:
        """Give this version, or the latest published one; a draft is given only when named."""
        if version is not None:
            found = self._versions.get((key, version))
        else:
            found = next((each for each in self.latest() if each.key == key), None)
        if found is None:
            wanted = key if version is None else f"{key}@{version}"
            known = ", ".join(each.reference for each in self) or "none"
            raise UnknownQuestionnaireError(
                f"no published questionnaire {wanted!r}; known versions: {known}"
                " (a draft is published with `flask questionnaires publish`)"
            )
        return found


def load_library(folder: Path, known_indicators: Collection[str] | None = None) -> Library:
    """Load every definition of a folder, or raise DefinitionErrors with all that is wrong."""
    assembly = assemble(folder, known_indicators)
    if assembly.errors:
        raise DefinitionErrors(assembly.errors)
    return Library(tuple(assembly.versions.values()), assembly.seals)


def check(path: Path, known_indicators: Collection[str] | None = None) -> list[DefinitionError]:
    """List all that is wrong in a folder of definitions, or in one file of it."""
    if path.is_dir() or path.suffix not in (".yaml", ".yml"):
        return assemble(path, known_indicators).errors
    return errors_of_file(path, known_indicators)


def publish(folder: Path, known_indicators: Collection[str] | None = None) -> tuple[Questionnaire, ...]:
    """Seal the versions that are not yet, and give them; a change to a sealed one is refused."""
    assembly = assemble(folder, known_indicators)
    if assembly.errors:
        raise DefinitionErrors(assembly.errors)
    fresh = tuple(each for each in assembly.versions.values() if each.reference not in assembly.seals)
    if fresh:
        write_lock(folder, {**assembly.seals, **{each.reference: each.content_hash for each in fresh}})
    return fresh
