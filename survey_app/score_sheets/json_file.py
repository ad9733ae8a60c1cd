"""The JSON twin: the snapshot as it was signed, laid out for people, in its only spelling."""

import json
from typing import Any

from survey_app.score_sheets.sealed import SealedEdition

FILE_FORMAT = "score-sheet-file/1"


def write_json(sealed: SealedEdition) -> bytes:
    return spell(
        {
            "format": FILE_FORMAT,
            "snapshot": sealed.snapshot,
            "sha256": sealed.sha256,
            "signature": sealed.signature,
            "public_key": sealed.public_key,
        }
    )


def spell(content: dict[str, Any]) -> bytes:
    """Write a file's content in the one way that verification accepts."""
    return (json.dumps(content, ensure_ascii=False, sort_keys=True, indent=1) + "\n").encode()
