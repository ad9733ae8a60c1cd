"""What the staff's pages of a sheet share: the blueprint, the sheet behind an address, and its files."""

from flask import Blueprint, Response, request

from survey_app.accounts.session import current_viewer
from survey_app.errors import N_, NotFound
from survey_app.score_sheets.json_file import write_json
from survey_app.score_sheets.models import Edition, ScoreSheet
from survey_app.score_sheets.pdf.certifying import certifier
from survey_app.score_sheets.pdf.document import write_pdf
from survey_app.score_sheets.queries import get_sheet
from survey_app.score_sheets.sealed import SealedEdition, seal_edition
from survey_app.score_sheets.signing import retired_keys, signing_key_bytes
from survey_app.score_sheets.xlsx.workbook import write_xlsx
from survey_app.translation import LANGUAGES
from survey_app.web import db_session, now, settings

blueprint = Blueprint("score_sheets", __name__)

TYPES = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}


def find_sheet(sheet_id: int) -> ScoreSheet:
    return get_sheet(db_session(), current_viewer(), sheet_id)


def sealed_edition(edition: Edition) -> SealedEdition:
    """Put an edition beside the key that signed it, as this installation knows its keys."""
    return seal_edition(edition, signing_key_bytes(settings()), retired_keys(settings()))


def asked_edition() -> int | None:
    return request.args.get("edition", type=int)


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
    return Response(content, mimetype=TYPES[kind], headers={"Content-Disposition": f'attachment; filename="{name}"'})
