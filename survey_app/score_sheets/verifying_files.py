"""Verify a file of any kind: find its seal and its figures, and judge both."""

import base64
from io import BytesIO

from survey_app.score_sheets.sealed import SealedEdition, holds_seal
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
from survey_app.score_sheets.xlsx.sealing import SEAL_LENGTH, is_saved_again, read_sealed_json, split_archive

MAX_BYTES = 10 * 1024 * 1024
TAIL = 4096


def verify_file(content: bytes, key: bytes) -> Finding:
    """Judge a file by its content alone, whatever its name."""
    key_text = base64.b64encode(key).decode()
    if b"%PDF-" in content[:1024] or b"%%EOF" in content[-TAIL:]:
        return verify_pdf(content, key, key_text)
    if content[:2] == b"PK" or b"xl/workbook.xml" in content:
        return verify_xlsx(content, key, key_text)
    return verify_json(content, key, key_text)


def verify_pdf(content: bytes, key: bytes, key_text: str) -> Finding:
    """Check a PDF: the seal signs every byte before it, and the figures are attached."""
    body, line = content[: -SEAL_LENGTH - 2], content[-SEAL_LENGTH - 2 :]
    seal = line[1:-1]
    is_whole = line[:1] + line[-1:] == b"%\n" and holds_seal(seal, body, key)
    if not is_whole and (is_foreign_seal(seal, body, key_text) or not bears_our_marks(content, key_text)):
        return NOT_OURS
    attached = _read_attachment(content)
    inner = verify_json(attached, key, key_text) if attached is not None else altered("content")
    return _combine(inner, is_whole, "pages")


def _read_attachment(content: bytes) -> bytes | None:
    from pypdf import PdfReader

    # A damaged PDF fails in as many ways as it has bytes.
    try:
        for files in PdfReader(BytesIO(content)).attachments.values():
            for file in files:
                return bytes(file)
    except Exception:
        return None
    return None


def verify_xlsx(content: bytes, key: bytes, key_text: str) -> Finding:
    """Check a workbook: as issued by its seal, or saved again by comparing every cell with the sealed figures."""
    body, seal = split_archive(content)
    is_whole = holds_seal(seal, body, key)
    if not is_whole and is_foreign_seal(seal, body, key_text):
        return NOT_OURS
    inside = read_sealed_json(content)
    if inside is None:
        return altered("content") if bears_our_marks(content, key_text) else NOT_OURS
    inner = verify_json(inside, key, key_text)
    if is_whole or inner.verdict is not Verdict.AUTHENTIC or inner.sealed is None:
        return inner if is_whole or inner.verdict is Verdict.NOT_OURS else _combine(inner, is_whole, "cells")
    return _judge_cells(content, inner.sealed)


def _judge_cells(content: bytes, sealed: SealedEdition) -> Finding:
    cells = differing_cells(content, sealed)
    if cells is None:
        return altered("content", sealed=sealed)
    if cells:
        return Finding(Verdict.ALTERED, ("cells",), sealed, cells)
    if is_saved_again(content):
        return Finding(Verdict.AUTHENTIC, (), sealed, is_saved_again=True)
    return altered("seal", sealed=sealed)


def _combine(inner: Finding, is_whole: bool, outside: str) -> Finding:
    if inner.verdict is Verdict.AUTHENTIC:
        return inner if is_whole else altered(outside, sealed=inner.sealed)
    return Finding(Verdict.ALTERED, inner.parts or ("content",), inner.sealed)
