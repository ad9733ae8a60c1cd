"""A snapshot: the figures of one edition in their only spelling, as they are sealed, kept and read back."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any

from survey_app.score_sheets.models import Edition
from survey_app.score_sheets.signing import Keys, find_signer, public_key, spell_key

FORMAT = "score-sheet/1"
FILE_FORMAT = "score-sheet-file/1"


def plain(value: Any) -> Any:
    """Turn values into JSON ones: decimals and fractions as text, instants in UTC; a float is refused."""
    if isinstance(value, dict):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return value if value is None or isinstance(value, bool | int) else _spell(value)


def _spell(value: object) -> str:
    match value:
        case str() | Fraction():
            return str(value)
        case Decimal():
            return format(value.normalize(), "f") if value else "0"
        case datetime():
            return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        case date():
            return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no exact spelling in a snapshot")


def canonical_json(content: dict[str, Any]) -> str:
    return _compact(plain(content))


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def exact(text: str | None) -> Fraction | None:
    return None if text is None else Fraction(text)


def is_mean_of_marks(line: dict[str, Any]) -> bool:
    """Tell whether a survey's mark is the plain mean of the marks: not where each role counts for a fixed share."""
    return line["marks_total"] is not None and line["survey_mark"] is not None and not line["is_over_roles"]


def measured_lines(lines: Iterable[dict[str, Any]]) -> frozenset[str]:
    return frozenset(line["key"] for line in lines if line["exact"] is not None)


@dataclass(frozen=True)
class SealedEdition:
    """One edition, ready to be rendered or verified without a database."""

    text: str
    sha256: str
    signature: str
    public_key: str

    @cached_property
    def snapshot(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads(self.text)
        return content

    @property
    def file_name(self) -> str:
        return f"{self.snapshot['reference']}-{self.snapshot['edition']}"


def seal_edition(edition: Edition, signing_key: bytes, retired: Keys = ()) -> SealedEdition:
    """Put an edition beside the key that signed it: the one in use, or one that was retired since."""
    keys = (public_key(signing_key), *retired)
    signer = find_signer(keys, edition.snapshot.encode(), edition.signature) or keys[0]
    return SealedEdition(edition.snapshot, edition.sha256, edition.signature, spell_key(signer))


def snapshot_of(edition: Edition) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(edition.snapshot)
    return content


def write_json(sealed: SealedEdition) -> bytes:
    """Write the file around the signed text itself; `spell` would give the same bytes, more slowly."""
    around = {
        "format": FILE_FORMAT,
        "public_key": sealed.public_key,
        "sha256": sealed.sha256,
        "signature": sealed.signature,
    }
    return f'{_compact(around)[:-1]},"snapshot":{sealed.text}}}\n'.encode()


def spell(content: dict[str, Any]) -> bytes:
    """Write a file's content in the one way that verification accepts."""
    return (_compact(content) + "\n").encode()


def _compact(content: dict[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
