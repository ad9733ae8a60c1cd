"""The lock: one seal per published version, which may never change."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from survey_app.questionnaires.definition import Questionnaire
from survey_app.questionnaires.errors import DefinitionError
from survey_app.questionnaires.reading import Document

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
