"""The three files of an edition: handed out on a page, or written in a folder."""

from pathlib import Path

from flask import Response, request

from survey_app.errors import N_, NotFound
from survey_app.score_sheets.certificates import Certify, certifier
from survey_app.score_sheets.models import Edition
from survey_app.score_sheets.pdf.document import write_pdf
from survey_app.score_sheets.signing import Keys, retired_keys, signing_key_bytes
from survey_app.score_sheets.snapshot import SealedEdition, seal_edition, write_json
from survey_app.score_sheets.xlsx.workbook import write_xlsx
from survey_app.translation import LANGUAGES
from survey_app.web import download_response, now, settings

TYPES = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}


def export_edition(
    edition: Edition,
    folder: Path,
    signing_key: bytes,
    public_base_url: str = "",
    retired: Keys = (),
    certify: Certify | None = None,
) -> list[Path]:
    """Write the three files of an edition in the client's language and return their paths."""
    sealed = seal_edition(edition, signing_key, retired)
    language = str(sealed.snapshot["client"]["language"])
    files = {
        "pdf": write_pdf(sealed, language, signing_key, public_base_url, certify),
        "xlsx": write_xlsx(sealed, language, signing_key),
        "json": write_json(sealed),
    }
    folder.mkdir(parents=True, exist_ok=True)
    return [_write(folder / f"{sealed.file_name}.{ending}", content) for ending, content in files.items()]


def _write(path: Path, content: bytes) -> Path:
    """Write beside and rename, so that nobody ever reads half a file."""
    beside = path.with_name(path.name + ".part")
    beside.write_bytes(content)
    return beside.replace(path)


def sealed_edition(edition: Edition) -> SealedEdition:
    """Put an edition beside the key that signed it, as this installation knows its keys."""
    return seal_edition(edition, signing_key_bytes(settings()), retired_keys(settings()))


def file_response(sealed: SealedEdition, kind: str) -> Response:
    """Render one of the three files, in the language asked for or else the client's."""
    if kind not in TYPES:
        raise NotFound(N_("A sheet has three files: PDF, XLSX and JSON. Choose one of them."))
    asked = request.args.get("language", "")
    language = asked if asked in LANGUAGES else str(sealed.snapshot["client"]["language"])
    key = signing_key_bytes(settings())
    if kind == "pdf":
        content = write_pdf(sealed, language, key, settings().public_base_url, certifier(settings(), now()))
    else:
        content = write_xlsx(sealed, language, key) if kind == "xlsx" else write_json(sealed)
    name = f"{sealed.file_name}.{kind}"
    return download_response(content, TYPES[kind], name)
