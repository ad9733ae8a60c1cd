"""The JSON twin: the snapshot as it was signed, in its only spelling."""

import json
from typing import Any

from survey_app.score_sheets.sealed import SealedEdition

FILE_FORMAT = "score-sheet-file/1"


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
