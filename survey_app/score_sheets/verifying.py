"""Tell whether a file is authentic, altered or not ours, and which part was altered."""

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from survey_app.errors import N_, Refusal
from survey_app.score_sheets.canonical import FORMATS, canonical_json, digest
from survey_app.score_sheets.json_file import FILE_FORMAT, spell
from survey_app.score_sheets.sealed import SEAL, SEAL_PATTERN, SealedEdition, holds_seal, spell_held
from survey_app.score_sheets.signing import Keys, decode_key, find_signer, is_signed_by, spell_key

JSON_MARKS = (
    b'"score-sheet-file/1"',
    b'"score-sheet/',
    b'"signature"',
    b'"public_key"',
    b'"receipts"',
    b'"audit_head"',
)
ENOUGH_MARKS = 3


class Verdict(StrEnum):
    AUTHENTIC = "authentic"
    ALTERED = "altered"
    NOT_OURS = "not_ours"

    @property
    def exit_code(self) -> int:
        return {Verdict.AUTHENTIC: 0, Verdict.ALTERED: 1, Verdict.NOT_OURS: 2}[self]


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


def altered(*parts: str, sealed: SealedEdition | None = None) -> Finding:
    return Finding(Verdict.ALTERED, parts, sealed)


def is_foreign_seal(seal: bytes, body: bytes, keys: Keys) -> bool:
    """Tell whether another key sealed these bytes rightly: then the file is somebody else's."""
    found = SEAL_PATTERN.fullmatch(seal)
    if found is None or found.group(1).decode() in map(spell_key, keys):
        return False
    return holds_seal(seal, body, [_read_key(found.group(1).decode())])


def _read_key(text: str) -> bytes:
    try:
        return decode_key(text)
    except Refusal:
        return b""


def bears_our_marks(content: bytes, keys: Keys) -> bool:
    """Tell whether a damaged file was once a sheet: no single change can remove every mark."""
    return (
        SEAL in content
        or spell_held(SEAL) in content
        or any(spell_key(key).encode() in content for key in keys)
        or sum(mark in content for mark in JSON_MARKS) >= ENOUGH_MARKS
    )


def verify_json(content: bytes, keys: Keys) -> Finding:
    """Check a JSON twin: its figures, their hash and signature, and every byte of its spelling."""
    try:
        file = json.loads(content.decode())
    except (ValueError, RecursionError):
        return altered("content") if bears_our_marks(content, keys) else NOT_OURS
    if not isinstance(file, dict) or not isinstance(file.get("snapshot"), dict):
        return altered("content") if bears_our_marks(content, keys) else NOT_OURS
    return _judge_twin(content, file, keys)


def _judge_twin(content: bytes, file: dict[str, Any], keys: Keys) -> Finding:
    try:
        text = canonical_json(file["snapshot"])
        text.encode()
    except (TypeError, UnicodeEncodeError, RecursionError):
        return altered("figures") if bears_our_marks(content, keys) else NOT_OURS
    named, signature = str(file.get("public_key")), str(file.get("signature"))
    key = next((one for one in keys if spell_key(one) == named), None)
    if key is None and is_signed_by(_read_key(named), text.encode(), signature):
        return NOT_OURS
    signer = key or find_signer(keys, text.encode(), signature) or keys[0]
    parts = _wrong_parts(file, text, signer)
    if not parts:
        sealed = SealedEdition(text, digest(text), signature, named)
        return Finding(Verdict.AUTHENTIC, (), sealed) if spell(file) == content else altered("layout", sealed=sealed)
    return altered(*parts) if bears_our_marks(content, keys) else NOT_OURS


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
        and file["snapshot"].get("format") in FORMATS,
    }
    return tuple(part for part, holds in checks.items() if not holds)
