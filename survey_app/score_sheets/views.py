"""Pages and downloads of the score sheets."""

from flask import Blueprint, Response, render_template, request

from survey_app.accounts.access import Permission, requires
from survey_app.accounts.session import current_viewer
from survey_app.clients.queries import get_client
from survey_app.i18n import LANGUAGES, current_language
from survey_app.score_sheets.json_file import write_json
from survey_app.score_sheets.models import Edition
from survey_app.score_sheets.pdf.document import write_pdf
from survey_app.score_sheets.queries import client_sheets, get_edition, get_sheet
from survey_app.score_sheets.sealed import SealedEdition, seal_edition
from survey_app.score_sheets.shown.sheet import show_sheet
from survey_app.score_sheets.signing import signing_key_bytes
from survey_app.score_sheets.xlsx.workbook import write_xlsx
from survey_app.web import db_session, settings

blueprint = Blueprint("score_sheets", __name__)

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@blueprint.get("/clients/<client_key>/sheets")
@requires(Permission.SEE_SHEETS)
def index(client_key: str) -> str:
    client = get_client(db_session(), current_viewer(), client_key)
    return render_template("score_sheets/index.html", client=client, sheets=client_sheets(db_session(), client))


@blueprint.get("/sheets/<int:sheet_id>")
@requires(Permission.SEE_SHEETS)
def show(sheet_id: int) -> str:
    edition = _edition(sheet_id)
    sealed = seal_edition(edition, signing_key_bytes(settings()))
    return render_template(
        "score_sheets/show.html", edition=edition, sheet=show_sheet(sealed, current_language()),
    )


@blueprint.get("/sheets/<int:sheet_id>.pdf")
@requires(Permission.SEE_SHEETS)
def download_pdf(sheet_id: int) -> Response:
    key, sealed = signing_key_bytes(settings()), _sealed(sheet_id)
    return _download(write_pdf(sealed, _file_language(sealed), key, settings().public_base_url), "application/pdf", f"{sealed.file_name}.pdf")


@blueprint.get("/sheets/<int:sheet_id>.xlsx")
@requires(Permission.SEE_SHEETS)
def download_xlsx(sheet_id: int) -> Response:
    key, sealed = signing_key_bytes(settings()), _sealed(sheet_id)
    return _download(write_xlsx(sealed, _file_language(sealed), key), XLSX_TYPE, f"{sealed.file_name}.xlsx")


@blueprint.get("/sheets/<int:sheet_id>.json")
@requires(Permission.SEE_SHEETS)
def download_json(sheet_id: int) -> Response:
    sealed = _sealed(sheet_id)
    return _download(write_json(sealed), "application/json", f"{sealed.file_name}.json")


def _edition(sheet_id: int) -> Edition:
    sheet = get_sheet(db_session(), current_viewer(), sheet_id)
    return get_edition(sheet, request.args.get("edition", type=int))


def _sealed(sheet_id: int) -> SealedEdition:
    return seal_edition(_edition(sheet_id), signing_key_bytes(settings()))


def _file_language(sealed: SealedEdition) -> str:
    """Return the language asked for, or else the client's."""
    asked = request.args.get("language", "")
    return asked if asked in LANGUAGES else str(sealed.snapshot["client"]["language"])


def _download(content: bytes, kind: str, name: str) -> Response:
    return Response(content, mimetype=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})
