"""The seal of a workbook: a signature in the archive's comment, and the signed figures on a sheet of their own."""

import json
from io import BytesIO
from typing import Any

from survey_app.score_sheets.json_file import spell, write_json
from survey_app.score_sheets.sealed import SEAL_LENGTH, SealedEdition, file_seal
from survey_app.workbook_bounds import Inside, look_inside

ARCHIVE_END = b"PK\x05\x06"
SEAL_SHEET = "JSON"
CHUNK = 30_000


def seal_archive(archive: bytes, signing_key: bytes) -> bytes:
    """Write the seal where an archive keeps its comment: spreadsheets ignore it and drop it when they save."""
    body = archive[:-2] + SEAL_LENGTH.to_bytes(2, "little")
    return body + file_seal(signing_key, body)


def split_archive(content: bytes) -> tuple[bytes, bytes]:
    return content[:-SEAL_LENGTH], content[-SEAL_LENGTH:]


def is_saved_again(content: bytes) -> bool:
    """Tell whether a spreadsheet program wrote the archive anew: it ends without any comment."""
    return content[-22:-18] == ARCHIVE_END and content[-2:] == b"\0\0"


def add_seal_sheet(book: Any, sealed: SealedEdition) -> None:
    """Keep the signed figures in cells, in plain ASCII, so that they survive being saved by any program."""
    page = book.add_worksheet(SEAL_SHEET)
    page.hide()
    text = json.dumps(json.loads(write_json(sealed)), sort_keys=True, separators=(",", ":"))
    for row, start in enumerate(range(0, len(text), CHUNK)):
        page.write_string(row, 0, text[start : start + CHUNK])


def read_sealed_json(content: bytes) -> bytes | None:
    """Return the signed figures as the JSON twin spells them, or None where they cannot be read."""
    from python_calamine import CalamineError, CalamineWorkbook

    if look_inside(content) is not Inside.BOUNDED:
        return None
    try:
        rows = CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_name(SEAL_SHEET).to_python()
        return spell(json.loads("".join(str(row[0]) for row in rows)))
    except (CalamineError, ValueError, OSError, IndexError, RecursionError):
        return None
