"""Evidence files: checked by size and content, stored in the folder of evidence under their own hash."""

import hashlib
import os
import tempfile
import unicodedata
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from survey_app.errors import N_, Invalid, NotFound
from survey_app.measurements.models import MAX_FILE_NAME, EvidenceDocument, EvidenceFile, Measurement

MAX_BYTES = 10 * 1024 * 1024
ZIP_MAGIC = b"PK\x03\x04"
# Extension -> what the file is served as, and how such a file begins; a page or a script is none of them.
KINDS: dict[str, tuple[str, tuple[bytes, ...]]] = {
    ".pdf": ("application/pdf", (b"%PDF-",)),
    ".png": ("image/png", (b"\x89PNG\r\n\x1a\n",)),
    ".jpg": ("image/jpeg", (b"\xff\xd8\xff",)),
    ".jpeg": ("image/jpeg", (b"\xff\xd8\xff",)),
    ".xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", (ZIP_MAGIC,)),
    ".docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", (ZIP_MAGIC,)),
    ".csv": ("text/csv", ()),
    ".txt": ("text/plain", ()),
}


def check_file(name: str, content: bytes) -> tuple[str, str]:
    """Return the clean name and the type of a file, or refuse it at its field."""
    clean = clean_name(name)
    kind = KINDS.get(Path(clean).suffix.lower())
    if kind is None:
        raise Invalid(
            N_("This kind of file is not taken. Send a PDF, an image, a spreadsheet, a Word document or a text."),
            field="file",
        )
    if not content:
        raise Invalid(N_("This file is empty."), field="file")
    if len(content) > MAX_BYTES:
        raise Invalid(N_("This file is larger than 10 MB. Send a smaller one."), field="file")
    content_type, beginnings = kind
    if (beginnings and not content.startswith(beginnings)) or (not beginnings and b"\x00" in content):
        raise Invalid(N_("The content of this file is not what its name says."), field="file")
    return clean, content_type


def clean_name(name: str) -> str:
    """Return the last part of a name without what a file system or a header could misread."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(each for each in last if each.isprintable() and each not in '<>:"|?*/').strip(". ")
    return kept[-MAX_FILE_NAME:]


def attach_file(
    session: Session,
    proved: Measurement | EvidenceDocument,
    folder: Path,
    name: str,
    content: bytes,
    actor: str,
    now: datetime,
) -> EvidenceFile:
    """Store a file and tie it to what it proves. The same file twice is kept once."""
    clean, content_type = check_file(name, content)
    digest = hashlib.sha256(content).hexdigest()
    for known in proved.files:
        if known.sha256 == digest:
            return known
    _store(folder, digest, content)
    row = EvidenceFile(
        name=clean,
        content_type=content_type,
        n_bytes=len(content),
        sha256=digest,
        uploaded_by=actor,
        uploaded_at=now,
    )
    proved.files.append(row)
    session.flush()
    return row


def _store(folder: Path, digest: str, content: bytes) -> None:
    """Write the file before its row is committed: a row never points at nothing."""
    target = path_of(folder, digest)
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, temporary = tempfile.mkstemp(dir=target.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    Path(temporary).replace(target)


def path_of(folder: Path, digest: str) -> Path:
    return folder / digest[:2] / digest


def read_file(folder: Path, row: EvidenceFile) -> bytes:
    """Return a file's content, refusing one that changed on the disk."""
    path = path_of(folder, row.sha256)
    if not path.exists():
        raise NotFound(N_("This file is not in the folder of evidence any more. Restore it from a backup."))
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != row.sha256:
        raise NotFound(N_("This file was changed on the disk, so it proves nothing. Restore it from a backup."))
    return content
