"""The lock: one seal per published version, which may never change."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from survey_app.questionnaires.definition import Questionnaire
from survey_app.questionnaires.errors import DefinitionError

LOCK_NAME: Final = "published.lock"
_LINE = re.compile(r"(?P<seal>[0-9a-f]{64})  (?P<reference>[a-z][a-z0-9_]*@[1-9][0-9]{0,3})")
Versions = Mapping[tuple[str, int], Questionnaire]


def read_lock(folder: Path) -> tuple[dict[str, str], dict[str, int], list[DefinitionError]]:
    """Give the seals by reference, their lines, and what is wrong with the lock; no lock means no seal."""
    file, seals, lines, errors = (
        folder / LOCK_NAME,
        dict[str, str](),
        dict[str, int](),
        list[DefinitionError](),
    )
    if not file.exists():
        return seals, lines, errors
    try:
        written = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        return seals, lines, [DefinitionError("unreadable", file, 1, "", {"reason": type(error).__name__})]
    for number, line in enumerate(written, start=1):
        found = _LINE.fullmatch(line)
        if found is None:
            errors.append(DefinitionError("lock_malformed", file, number, ""))
        elif found["reference"] in seals:
            errors.append(DefinitionError("lock_duplicate", file, number, "", {"name": found["reference"]}))
        else:
            seals[found["reference"]], lines[found["reference"]] = found["seal"], number
    return seals, lines, errors


def check_lock(
    folder: Path,
    seals: Mapping[str, str],
    lines: Mapping[str, int],
    versions: Versions,
    files: Mapping[tuple[str, int], Path],
) -> list[DefinitionError]:
    """Refuse a published version that changed or went missing."""
    errors = []
    for reference, seal in seals.items():
        key, _, number = reference.partition("@")
        place = (key, int(number))
        if place not in files:
            expected = f"{key}/v{number}.yaml"
            values: dict[str, object] = {"name": reference, "expected": expected}
            line = lines[reference]
            errors.append(DefinitionError("published_missing", folder / LOCK_NAME, line, "", values))
        elif place in versions and versions[place].content_hash != seal:
            highest = max(version for other, version in files if other == key)
            values = {"name": reference, "next": highest + 1}
            errors.append(DefinitionError("published_changed", files[place], 1, "", values))
    return errors


def write_lock(folder: Path, seals: Mapping[str, str]) -> None:
    """Write the seals, one a line, in order; the former lock is replaced in one move."""

    def order(reference: str) -> tuple[str, int]:
        key, _, number = reference.partition("@")
        return key, int(number)

    content = "".join(f"{seals[reference]}  {reference}\n" for reference in sorted(seals, key=order))
    draft = folder / f"{LOCK_NAME}.new"
    draft.write_text(content, encoding="utf-8")
    draft.replace(folder / LOCK_NAME)
