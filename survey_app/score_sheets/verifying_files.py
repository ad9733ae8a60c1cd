"""Verify a file of any kind: find its seal and its figures, and judge both."""

import logging
import re
from dataclasses import replace
from io import BytesIO

from survey_app.score_sheets.sealed import (
    SEAL,
    SEAL_LENGTH,
    SealedEdition,
    held_room,
    holds_seal,
    sealer_of,
    spell_held,
)
from survey_app.score_sheets.signing import Keys, spell_key
from survey_app.score_sheets.verifying import (
    NOT_OURS,
    Finding,
    Verdict,
    altered,
    bears_our_marks,
    is_foreign_seal,
    verify_json,
)
from survey_app.score_sheets.xlsx.comparing import differing_cells
from survey_app.score_sheets.xlsx.sealing import is_saved_again, read_sealed_json, split_archive

MAX_BYTES = 10 * 1024 * 1024
TAIL = 4096
HELD_SEAL = re.compile(spell_held(SEAL) + b"[0-9A-F]{%d}" % (2 * (SEAL_LENGTH - len(SEAL))))


def verify_file(content: bytes, *keys: bytes) -> Finding:
    """Judge a file by its content alone, whatever its name; the keys are ours, the one in use first."""
    if b"%PDF-" in content[:1024] or b"%%EOF" in content[-TAIL:]:
        return verify_pdf(content, keys)
    if content[:2] == b"PK" or b"xl/workbook.xml" in content:
        return verify_xlsx(content, keys)
    return verify_json(content, keys)


def verify_pdf(content: bytes, keys: Keys) -> Finding:
    """Check a PDF: the seal signs every other byte, and the figures are attached."""
    body, seal = split_document(content)
    is_whole = holds_seal(seal, body, keys)
    if not is_whole and (is_foreign_seal(seal, body, keys) or not bears_our_marks(content, keys)):
        return NOT_OURS
    attached = _read_attachment(content)
    inner = verify_json(attached, keys) if attached is not None else altered("content")
    found = _combine(inner, is_whole, "pages")
    return _judge_sealer(found, seal, keys) if is_whole else found


def split_document(content: bytes) -> tuple[bytes, bytes]:
    """Return a PDF as it was sealed, and the seal: the last line, or held in a certificate's signature.

    A held seal gives way to its empty room: taken out whole, it could be put back anywhere, into a page for one.
    """
    line = content[-SEAL_LENGTH - 2 :]
    if line[:1] + line[-1:] == b"%\n":
        return content[: -SEAL_LENGTH - 2], line[1:-1]
    held = list(HELD_SEAL.finditer(content))
    if not held:
        return content, b""
    start, end = held[-1].span()
    return content[:start] + held_room() + content[end:], bytes.fromhex(held[-1].group().decode())


def _read_attachment(content: bytes) -> bytes | None:
    from pypdf import PdfReader

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    # A damaged PDF fails in as many ways as it has bytes.
    try:
        for files in PdfReader(BytesIO(content)).attachments.values():
            for file in files:
                return bytes(file)
    except Exception:
        return None
    return None


def verify_xlsx(content: bytes, keys: Keys) -> Finding:
    """Check a workbook: as issued by its seal, or saved again by comparing every cell with the sealed figures."""
    body, seal = split_archive(content)
    is_whole = holds_seal(seal, body, keys)
    if not is_whole and is_foreign_seal(seal, body, keys):
        return NOT_OURS
    inside = read_sealed_json(content)
    if inside is None:
        return altered("content") if bears_our_marks(content, keys) else NOT_OURS
    inner = verify_json(inside, keys)
    if is_whole:
        return _judge_sealer(inner, seal, keys)
    if inner.verdict is Verdict.AUTHENTIC and inner.sealed is not None:
        return _judge_cells(content, inner.sealed)
    return inner if inner.verdict is Verdict.NOT_OURS else _combine(inner, is_whole, "cells")


def _judge_cells(content: bytes, sealed: SealedEdition) -> Finding:
    cells = differing_cells(content, sealed)
    if cells is None:
        return altered("content", sealed=sealed)
    if cells:
        return Finding(Verdict.ALTERED, ("cells",), sealed, cells)
    if is_saved_again(content):
        return Finding(Verdict.AUTHENTIC, (), sealed, is_saved_again=True)
    return altered("seal", sealed=sealed)


def _judge_sealer(finding: Finding, seal: bytes, keys: Keys) -> Finding:
    """Refuse a retired key's seal around figures of the key in use: they are younger than its retirement."""
    in_use, sealer = spell_key(keys[0]), sealer_of(seal)
    if finding.verdict is Verdict.AUTHENTIC and finding.public_key == in_use != sealer:
        return altered("sealer", sealed=finding.sealed)
    return replace(finding, sealer=sealer)


def _combine(inner: Finding, is_whole: bool, outside: str) -> Finding:
    if inner.verdict is Verdict.AUTHENTIC:
        return inner if is_whole else altered(outside, sealed=inner.sealed)
    return Finding(Verdict.ALTERED, inner.parts or ("content",), inner.sealed)
