"""The questionnaires at hand: read a folder and its lock, gather every mistake, load, check and publish."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from survey_app.questionnaires.composing import check_parts, extend, freeze
from survey_app.questionnaires.definition import Questionnaire
from survey_app.questionnaires.errors import DefinitionError, DefinitionErrors
from survey_app.questionnaires.reading import Document, read_document, shape
from survey_app.questionnaires.source import ExtensionSource, Source, WholeSource

LOCK_NAME: Final = "published.lock"
_LINE = re.compile(r"(?P<seal>[0-9a-f]{64})  (?P<reference>[a-z][a-z0-9_]*@[1-9][0-9]{0,3})")
VersionKey = tuple[str, int]


@dataclass
class Lock:
    """The seals by reference, the line of each, and what is wrong with the file."""

    seals: dict[str, str] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    errors: list[DefinitionError] = field(default_factory=list)


def read_lock(folder: Path) -> Lock:
    """Read the lock of a folder; no lock means that nothing is published."""
    file, lock = folder / LOCK_NAME, Lock()
    if not file.exists():
        return lock
    try:
        written = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        lock.errors.append(DefinitionError("unreadable", file, 1, "", {"reason": type(error).__name__}))
        return lock
    for number, line in enumerate(written, start=1):
        found = _LINE.fullmatch(line)
        if found is None:
            lock.errors.append(DefinitionError("lock_malformed", file, number, ""))
        elif found["reference"] in lock.seals:
            told: dict[str, object] = {"name": found["reference"]}
            lock.errors.append(DefinitionError("lock_duplicate", file, number, "", told))
        else:
            lock.seals[found["reference"]], lock.lines[found["reference"]] = found["seal"], number
    return lock


def check_lock(
    folder: Path,
    lock: Lock,
    versions: Mapping[VersionKey, Questionnaire],
    files: Mapping[VersionKey, Document],
) -> list[DefinitionError]:
    """Refuse a published version that changed or went missing."""
    missing = []
    for reference, seal in lock.seals.items():
        key, number = split_reference(reference)
        document = files.get((key, number))
        if document is None:
            told: dict[str, object] = {"name": reference, "expected": f"{key}/v{number}.yaml"}
            line = lock.lines[reference]
            missing.append(DefinitionError("published_missing", folder / LOCK_NAME, line, "", told))
        elif (key, number) in versions and versions[key, number].content_hash != seal:
            highest = max(version for other, version in files if other == key)
            document.add_error("published_changed", ("version",), {"name": reference, "next": highest + 1})
    return missing


def split_reference(reference: str) -> VersionKey:
    """Give the key and the number that annual_review@1 names."""
    key, _, number = reference.partition("@")
    return key, int(number)


def write_lock(folder: Path, seals: Mapping[str, str]) -> None:
    """Write the seals, one a line, in order; the former lock is replaced in one move."""
    content = "".join(f"{seals[each]}  {each}\n" for each in sorted(seals, key=split_reference))
    draft = folder / f"{LOCK_NAME}.new"
    draft.write_text(content, encoding="utf-8")
    draft.replace(folder / LOCK_NAME)


MAXIMUM_BASES: Final = 10


@dataclass
class Assembly:
    """What a folder holds: the versions that are valid, the seals, and every mistake."""

    versions: dict[VersionKey, Questionnaire] = field(default_factory=dict)
    seals: dict[str, str] = field(default_factory=dict)
    errors: list[DefinitionError] = field(default_factory=list)


def assemble(folder: Path, known_indicators: Collection[str] | None = None) -> Assembly:
    """Read every definition of a folder; no mistake in one file hides those of another."""
    if not folder.is_dir():
        return Assembly(errors=[DefinitionError("folder_missing", folder, 1, "")])
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
    return Assembly(versions, lock.seals, errors)


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
            self._wholes[place] = self._extended(source, place) if isinstance(source, ExtensionSource) else source
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
