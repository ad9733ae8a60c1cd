"""Read a whole folder of definitions, resolve what extends what, and gather every mistake."""

from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from survey_app.questionnaires.composing import extend
from survey_app.questionnaires.definition import Questionnaire
from survey_app.questionnaires.errors import DefinitionError
from survey_app.questionnaires.freezing import check_parts, freeze
from survey_app.questionnaires.lock import VersionKey, check_lock, read_lock, split_reference
from survey_app.questionnaires.reading import Document, read_document
from survey_app.questionnaires.shaping import shape
from survey_app.questionnaires.source import ExtensionSource, Source, WholeSource

MAXIMUM_BASES: Final = 10


@dataclass
class Assembly:
    """What a folder holds: the versions that are valid, the seals, and every mistake."""

    folder: Path
    versions: dict[VersionKey, Questionnaire] = field(default_factory=dict)
    seals: dict[str, str] = field(default_factory=dict)
    errors: list[DefinitionError] = field(default_factory=list)


def assemble(folder: Path, known_indicators: Collection[str] | None = None) -> Assembly:
    """Read every definition of a folder; no mistake in one file hides those of another."""
    if not folder.is_dir():
        return Assembly(folder, errors=[DefinitionError("folder_missing", folder, 1, "")])
    return _assemble(folder, sorted([*folder.rglob("*.yaml"), *folder.rglob("*.yml")]), known_indicators)


def errors_of_file(file: Path, known_indicators: Collection[str] | None = None) -> list[DefinitionError]:
    """List what is wrong in one file, reading beside it only the lock and the versions it extends."""
    file = file.parent.resolve() / file.name
    assembly = _assemble(file.parent.parent, [file], known_indicators)
    return [error for error in assembly.errors if error.file == file]


def _assemble(folder: Path, files: list[Path], known_indicators: Collection[str] | None) -> Assembly:
    resolver = _Resolver(folder)
    for file in files:
        resolver.read(file)
    versions = resolver.frozen_versions(known_indicators)
    lock = read_lock(folder)
    errors = lock.errors + check_lock(folder, lock, versions, resolver.documents)
    errors += [error for document in resolver.all_documents for error in document.errors]
    errors.sort(key=lambda error: (str(error.file), error.line, error.path))
    return Assembly(folder, versions, lock.seals, errors)


class _Resolver:
    """Hold the sources of a folder and write each of them in full, its base first."""

    def __init__(self, folder: Path) -> None:
        self.all_documents: list[Document] = []
        self.documents: dict[VersionKey, Document] = {}
        self._folder = folder
        self._sources: dict[VersionKey, Source] = {}
        self._wholes: dict[VersionKey, WholeSource | None] = {}

    def read(self, file: Path) -> None:
        """Take in one file, and serve it under the key and version that its place stands for."""
        document = read_document(file)
        self.all_documents.append(document)
        written, named = _place_written(document.value), _place_named(self._folder, file)
        if written is not None and named != written:
            document.add_error("wrong_place", ("key",), {"expected": f"{written[0]}/v{written[1]}.yaml"})
        if named is not None:
            self.documents[named] = document
        source = shape(document)
        if source is not None:
            check_parts(source, document)
            if written == named and written is not None:
                self._sources[written] = source

    def frozen_versions(self, known_indicators: Collection[str] | None) -> dict[VersionKey, Questionnaire]:
        """Give the versions without a mistake, flat and frozen."""
        versions = {}
        for place, source in list(self._sources.items()):
            document, whole = self.documents[place], self._whole(place)
            frozen = None if whole is None else freeze(whole, source, document, known_indicators)
            if frozen is not None and not document.errors:
                versions[place] = frozen
        return versions

    def _whole(self, place: VersionKey) -> WholeSource | None:
        if place not in self._wholes:
            source = self._sources[place]
            if isinstance(source, ExtensionSource):
                self._wholes[place] = self._extended(source, place)
            else:
                self._wholes[place] = source
        return self._wholes[place]

    def _extended(self, source: ExtensionSource, place: VersionKey) -> WholeSource | None:
        document, bases = self.documents[place], self._bases(place)
        base_place = split_reference(source.extends)
        if place in bases:
            chain = " → ".join(f"{key}@{version}" for key, version in (place, *bases))
            document.add_error("circular_base", ("extends",), {"chain": chain})
        elif len(bases) > MAXIMUM_BASES:
            document.add_error("too_many_bases", ("extends",), {"limit": MAXIMUM_BASES})
        elif base_place not in self.documents:
            told = {"name": source.extends, "choices": self._names_beside(place) or "—"}
            document.add_error("unknown_base", ("extends",), told)
        else:
            base = self._whole(base_place) if base_place in self._sources else None
            if base is not None:
                return extend(base, source, document)
            document.add_error("broken_base", ("extends",), {"name": source.extends})
        return None

    def _bases(self, place: VersionKey) -> list[VersionKey]:
        """Follow what extends what from one version, reading on the way; stop at a loop or past the limit."""
        bases: list[VersionKey] = []
        current = place
        while len(bases) <= MAXIMUM_BASES and isinstance(source := self._sources.get(current), ExtensionSource):
            current = split_reference(source.extends)
            file = self._folder / current[0] / f"v{current[1]}.yaml"
            if current not in self.documents and file.is_file():
                self.read(file)
            if current in bases:
                break
            bases.append(current)
        return bases

    def _names_beside(self, place: VersionKey) -> str:
        files = sorted(self._folder.glob("*/v*.yaml"))
        names = {_place_named(self._folder, file) for file in files} - {None, place}
        return ", ".join(f"{key}@{version}" for key, version in sorted(name for name in names if name))


def _place_written(content: object) -> VersionKey | None:
    """Give the key and version a file claims, when both can be read."""
    if not isinstance(content, dict):
        return None
    key, version = content.get("key"), content.get("version")
    return (key, version) if isinstance(key, str) and type(version) is int else None


def _place_named(folder: Path, file: Path) -> VersionKey | None:
    """Give the key and version that a file's place stands for: <key>/v<version>.yaml."""
    number = file.stem.removeprefix("v")
    is_version = file.stem == f"v{number}" and number.isascii() and number.isdigit() and number[:1] != "0"
    is_placed = file.parent.parent == folder and file.suffix == ".yaml"
    return (file.parent.name, int(number)) if is_version and is_placed and len(number) < 10 else None
