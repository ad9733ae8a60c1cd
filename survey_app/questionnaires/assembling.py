"""Read a whole folder of definitions, resolve what extends what, and gather every mistake."""

from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

from survey_app.questionnaires.composing import extend
from survey_app.questionnaires.definition import Questionnaire
from survey_app.questionnaires.errors import DefinitionError
from survey_app.questionnaires.freezing import check_parts, freeze
from survey_app.questionnaires.lock import check_lock, read_lock
from survey_app.questionnaires.reading import Document, read_document
from survey_app.questionnaires.shaping import shape
from survey_app.questionnaires.source import ExtensionSource, Source, WholeSource

VersionKey = tuple[str, int]


@dataclass
class Assembly:
    """What a folder holds: the versions that are valid, the seals, and every mistake."""

    folder: Path
    versions: dict[VersionKey, Questionnaire] = field(default_factory=dict)
    seals: dict[str, str] = field(default_factory=dict)
    errors: list[DefinitionError] = field(default_factory=list)


def assemble(folder: Path, known_indicators: Collection[str] | None = None) -> Assembly:
    """Read every definition of a folder; no mistake in one file hides those of another."""
    assembly = Assembly(folder)
    if not folder.is_dir():
        assembly.errors.append(DefinitionError("folder_missing", folder, 1, ""))
        return assembly
    resolver = _Resolver(folder)
    for place in resolver.sources:
        questionnaire = resolver.questionnaire(place, known_indicators)
        if questionnaire is not None:
            assembly.versions[place] = questionnaire
    files = {place: document.file for place, document in resolver.documents.items()}
    assembly.seals, lines, errors = read_lock(folder)
    errors += check_lock(folder, assembly.seals, lines, assembly.versions, files)
    errors += [error for document in resolver.all_documents for error in document.errors]
    assembly.errors = sorted(errors, key=lambda error: (str(error.file), error.line, error.path))
    return assembly


class _Resolver:
    """Hold the sources of a folder and write each of them in full, its base first."""

    def __init__(self, folder: Path) -> None:
        self.all_documents: list[Document] = []
        self.documents: dict[VersionKey, Document] = {}
        self.sources: dict[VersionKey, Source] = {}
        self._wholes: dict[VersionKey, WholeSource | None] = {}
        for file in sorted([*folder.rglob("*.yaml"), *folder.rglob("*.yml")]):
            self._read(folder, file)

    def _read(self, folder: Path, file: Path) -> None:
        document = read_document(file)
        self.all_documents.append(document)
        written = _place_written(document.value)
        named = _place_named(folder, file)
        if written is not None and named != written:
            expected = f"{written[0]}/v{written[1]}.yaml"
            document.add_error("wrong_place", ("key",), {"expected": expected})
        elif named is not None:
            self.documents[named] = document
        source = shape(document)
        if source is not None:
            check_parts(source, document)
            if written == named and written is not None:
                self.sources[written] = source

    def questionnaire(
        self, place: VersionKey, known_indicators: Collection[str] | None
    ) -> Questionnaire | None:
        source, document = self.sources[place], self.documents[place]
        whole = self._whole(place, ())
        frozen = None if whole is None else freeze(whole, source, document, known_indicators)
        return None if document.errors else frozen

    def _whole(self, place: VersionKey, chain: tuple[VersionKey, ...]) -> WholeSource | None:
        if place not in self._wholes:
            source = self.sources[place]
            if isinstance(source, ExtensionSource):
                self._wholes[place] = self._extended(source, place, (*chain, place))
            else:
                self._wholes[place] = source
        return self._wholes[place]

    def _extended(
        self, source: ExtensionSource, place: VersionKey, chain: tuple[VersionKey, ...]
    ) -> WholeSource | None:
        document = self.documents[place]
        base_place = _parsed(source.extends)
        if base_place in chain:
            names = " → ".join(f"{key}@{version}" for key, version in (*chain, base_place))
            document.add_error("circular_base", ("extends",), {"chain": names})
        elif base_place not in self.documents:
            others = ", ".join(
                f"{key}@{version}" for key, version in sorted(self.documents) if key != place[0]
            )
            told = {"name": source.extends, "choices": others or "—"}
            document.add_error("unknown_base", ("extends",), told)
        else:
            base = self._whole(base_place, chain) if base_place in self.sources else None
            if base is not None:
                return extend(base, source, document)
            document.add_error("broken_base", ("extends",), {"name": source.extends})
        return None


def _parsed(reference: str) -> VersionKey:
    key, _, version = reference.partition("@")
    return key, int(version)


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
