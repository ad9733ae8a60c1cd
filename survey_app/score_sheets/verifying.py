"""Tell whether a file of any kind is authentic, altered or not ours, and which part was altered."""

import json
import logging
import re
from dataclasses import dataclass, replace
from enum import StrEnum
from io import BytesIO
from typing import Any

from survey_app.errors import N_, Refusal
from survey_app.score_sheets.signing import (
    SEAL,
    SEAL_LENGTH,
    Keys,
    decode_key,
    find_signer,
    held_room,
    holds_seal,
    is_signed_by,
    sealer_of,
    spell_held,
    spell_key,
)
from survey_app.score_sheets.snapshot import FILE_FORMAT, FORMAT, SealedEdition, canonical_json, digest, spell
from survey_app.score_sheets.xlsx.book import letter_of
from survey_app.score_sheets.xlsx.workbook import build_workbook, is_saved_again, read_sealed_json, split_archive

JSON_MARKS = (
    b'"score-sheet-file/1"',
    b'"score-sheet/',
    b'"signature"',
    b'"public_key"',
    b'"receipts"',
    b'"audit_head"',
)
ENOUGH_MARKS = 3
ALTERED_PARTS = {
    "layout": N_("the file's text was changed, though every figure still says the same"),
    "figures": N_("the figures differ from those that were signed"),
    "hash": N_("the printed hash is not the figures' own"),
    "signature": N_("the signature does not fit the figures"),
    "key": N_("the public key was replaced"),
    "pages": N_("the pages differ from those that were issued; the attached figures are intact"),
    "cells": N_("cells of the workbook differ from those that were issued; the sealed figures are intact"),
    "seal": N_("the seal at the end of the file is damaged or missing"),
    "sealer": N_("the file was sealed with a key that was retired before its figures were signed"),
    "content": N_("the file is damaged: its figures cannot be read any more"),
}
MAX_BYTES = 10 * 1024 * 1024
TAIL = 4096
HELD_SEAL = re.compile(spell_held(SEAL) + b"[0-9A-F]{%d}" % (2 * (SEAL_LENGTH - len(SEAL))))
TOLERANCE = 1e-9
MOST_TOLD = 20
LANGUAGES = ("fr", "en")


class Verdict(StrEnum):
    AUTHENTIC = "authentic"
    ALTERED = "altered"
    NOT_OURS = "not_ours"

    @property
    def exit_code(self) -> int:
        return {Verdict.AUTHENTIC: 0, Verdict.ALTERED: 1, Verdict.NOT_OURS: 2}[self]


@dataclass(frozen=True)
class Finding:
    """What a file is; `parts` names what was altered, `cells` where a workbook differs, `sealer` the seal's key."""

    verdict: Verdict
    parts: tuple[str, ...] = ()
    sealed: SealedEdition | None = None
    cells: tuple[str, ...] = ()
    is_saved_again: bool = False
    sealer: str = ""

    @property
    def snapshot(self) -> dict[str, Any]:
        return self.sealed.snapshot if self.sealed else {}

    @property
    def sha256(self) -> str:
        return self.sealed.sha256 if self.sealed else ""

    @property
    def public_key(self) -> str:
        return self.sealed.public_key if self.sealed else ""


NOT_OURS = Finding(Verdict.NOT_OURS)


def verify_file(content: bytes, *keys: bytes) -> Finding:
    """Judge a file by its content alone, whatever its name; the keys are ours, the one in use first."""
    if b"%PDF-" in content[:1024] or b"%%EOF" in content[-TAIL:]:
        return _verify_pdf(content, keys)
    if content[:2] == b"PK" or b"xl/workbook.xml" in content:
        return _verify_xlsx(content, keys)
    return _verify_json(content, keys)


def _altered(*parts: str, sealed: SealedEdition | None = None) -> Finding:
    return Finding(Verdict.ALTERED, parts, sealed)


def _is_foreign_seal(seal: bytes, body: bytes, keys: Keys) -> bool:
    """Tell whether another key sealed these bytes rightly: then the file is somebody else's."""
    sealer = sealer_of(seal)
    return bool(sealer) and sealer not in map(spell_key, keys) and holds_seal(seal, body, [_read_key(sealer)])


def _read_key(text: str) -> bytes:
    try:
        return decode_key(text)
    except Refusal:
        return b""


def _bears_our_marks(content: bytes, keys: Keys) -> bool:
    """Tell whether a damaged file was once a sheet: no single change can remove every mark."""
    return (
        SEAL in content
        or spell_held(SEAL) in content
        or any(spell_key(key).encode() in content for key in keys)
        or sum(mark in content for mark in JSON_MARKS) >= ENOUGH_MARKS
    )


def _altered_or_foreign(content: bytes, keys: Keys, *parts: str) -> Finding:
    return _altered(*parts) if _bears_our_marks(content, keys) else NOT_OURS


def _verify_json(content: bytes, keys: Keys) -> Finding:
    """Check a JSON twin: its figures, their hash and signature, and every byte of its spelling."""
    try:
        file = json.loads(content.decode())
    except (ValueError, RecursionError):
        file = None
    if not isinstance(file, dict) or not isinstance(file.get("snapshot"), dict):
        return _altered_or_foreign(content, keys, "content")
    return _judge_twin(content, file, keys)


def _judge_twin(content: bytes, file: dict[str, Any], keys: Keys) -> Finding:
    try:
        text = canonical_json(file["snapshot"])
        text.encode()
    except (TypeError, UnicodeEncodeError, RecursionError):
        return _altered_or_foreign(content, keys, "figures")
    named, signature = str(file.get("public_key")), str(file.get("signature"))
    key = next((one for one in keys if spell_key(one) == named), None)
    if key is None and is_signed_by(_read_key(named), text.encode(), signature):
        return NOT_OURS
    signer = key or find_signer(keys, text.encode(), signature) or keys[0]
    parts = _wrong_parts(file, text, signer)
    if not parts:
        sealed = SealedEdition(text, digest(text), signature, named)
        return Finding(Verdict.AUTHENTIC, (), sealed) if spell(file) == content else _altered("layout", sealed=sealed)
    return _altered_or_foreign(content, keys, *parts)


def _wrong_parts(file: dict[str, Any], text: str, key: bytes) -> tuple[str, ...]:
    is_signed = is_signed_by(key, text.encode(), str(file.get("signature")))
    has_hash = file.get("sha256") == digest(text)
    checks = {
        "figures": is_signed or has_hash,
        "hash": has_hash or not is_signed,
        "signature": is_signed or not has_hash,
        "key": file.get("public_key") == spell_key(key),
        "layout": set(file) == {"format", "snapshot", "sha256", "signature", "public_key"}
        and file.get("format") == FILE_FORMAT
        and file["snapshot"].get("format") == FORMAT,
    }
    return tuple(part for part, holds in checks.items() if not holds)


def _verify_pdf(content: bytes, keys: Keys) -> Finding:
    """Check a PDF: the seal signs every other byte, and the figures are attached."""
    body, seal = _split_document(content)
    is_whole = holds_seal(seal, body, keys)
    if not is_whole and (_is_foreign_seal(seal, body, keys) or not _bears_our_marks(content, keys)):
        return NOT_OURS
    attached = _read_attachment(content)
    inner = _verify_json(attached, keys) if attached is not None else _altered("content")
    found = _combine(inner, is_whole, "pages")
    return _judge_sealer(found, seal, keys) if is_whole else found


def _split_document(content: bytes) -> tuple[bytes, bytes]:
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


def _verify_xlsx(content: bytes, keys: Keys) -> Finding:
    """Check a workbook: as issued by its seal, or saved again by comparing every cell with the sealed figures."""
    body, seal = split_archive(content)
    is_whole = holds_seal(seal, body, keys)
    if not is_whole and _is_foreign_seal(seal, body, keys):
        return NOT_OURS
    inside = read_sealed_json(content)
    if inside is None:
        return _altered_or_foreign(content, keys, "content")
    inner = _verify_json(inside, keys)
    if is_whole:
        return _judge_sealer(inner, seal, keys)
    if inner.verdict is Verdict.AUTHENTIC and inner.sealed is not None:
        return _judge_cells(content, inner.sealed)
    return inner if inner.verdict is Verdict.NOT_OURS else _combine(inner, is_whole, "cells")


def _judge_cells(content: bytes, sealed: SealedEdition) -> Finding:
    cells = _differing_cells(content, sealed)
    if cells is None:
        return _altered("content", sealed=sealed)
    if cells:
        return Finding(Verdict.ALTERED, ("cells",), sealed, cells)
    if is_saved_again(content):
        return Finding(Verdict.AUTHENTIC, (), sealed, is_saved_again=True)
    return _altered("seal", sealed=sealed)


def _judge_sealer(finding: Finding, seal: bytes, keys: Keys) -> Finding:
    """Refuse a retired key's seal around figures of the key in use: they are younger than its retirement."""
    in_use, sealer = spell_key(keys[0]), sealer_of(seal)
    if finding.verdict is Verdict.AUTHENTIC and finding.public_key == in_use != sealer:
        return _altered("sealer", sealed=finding.sealed)
    return replace(finding, sealer=sealer)


def _combine(inner: Finding, is_whole: bool, outside: str) -> Finding:
    if inner.verdict is Verdict.AUTHENTIC:
        return inner if is_whole else _altered(outside, sealed=inner.sealed)
    return Finding(Verdict.ALTERED, inner.parts or ("content",), inner.sealed)


def _differing_cells(content: bytes, sealed: SealedEdition) -> tuple[str, ...] | None:
    """Return the cells, as Sheet!A1, where a workbook says something else; None where it cannot be read."""
    from python_calamine import CalamineError

    try:
        given = _read_sheets(content)
    except (CalamineError, OSError, ValueError):
        return None
    versions = (_read_sheets(build_workbook(sealed, language)) for language in LANGUAGES)
    return tuple(min((_compare(expected, given) for expected in versions), key=len)[:MOST_TOLD])


def _compare(expected: dict[str, list[list[Any]]], given: dict[str, list[list[Any]]]) -> list[str]:
    missing = [f"{name}!" for name in sorted(expected.keys() ^ given.keys())]
    found = [cell for name in expected if name in given for cell in _differences(name, expected[name], given[name])]
    return missing + found


def _read_sheets(content: bytes) -> dict[str, list[list[Any]]]:
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_filelike(BytesIO(content))
    return {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}


def _differences(name: str, expected: list[list[Any]], given: list[list[Any]]) -> list[str]:
    n_rows = max(len(expected), len(given))
    n_columns = max((len(row) for row in expected + given), default=0)
    return [
        f"{name}!{letter_of(column)}{row + 1}"
        for row in range(n_rows)
        for column in range(n_columns)
        if not _is_same(_cell(expected, row, column), _cell(given, row, column))
    ]


def _cell(rows: list[list[Any]], row: int, column: int) -> Any:
    return rows[row][column] if row < len(rows) and column < len(rows[row]) else ""


def _is_same(expected: Any, given: Any) -> bool:
    if isinstance(expected, float | int) and isinstance(given, float | int):
        return abs(expected - given) <= TOLERANCE * max(1, abs(expected))
    return str(expected).replace("\r\n", "\n") == str(given).replace("\r\n", "\n")
