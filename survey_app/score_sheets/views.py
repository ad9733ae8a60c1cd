"""The sheets of a client: list, page, files, and the amounts for payroll."""

from flask import Response, render_template

from survey_app.accounts.access import Permission, requires
from survey_app.accounts.session import current_viewer
from survey_app.clients.queries import get_client
from survey_app.i18n import current_language
from survey_app.score_sheets import settling_views
from survey_app.score_sheets.blueprint import asked_edition, blueprint, file_response, find_sheet, sealed_edition
from survey_app.score_sheets.pages import sheet_page
from survey_app.score_sheets.payroll import payroll_csv
from survey_app.score_sheets.queries import client_sheets, get_edition
from survey_app.score_sheets.statement import yearly_statement
from survey_app.web import db_session

__all__ = ["blueprint", "settling_views"]


@blueprint.get("/clients/<client_key>/sheets")
@requires(Permission.SEE_SHEETS)
def index(client_key: str) -> str:
    client = get_client(db_session(), current_viewer(), client_key)
    sheets = client_sheets(db_session(), client)
    years = sorted({sheet.wave.last_day.year for sheet in sheets}, reverse=True)
    return render_template("score_sheets/index.html", client=client, sheets=sheets, years=years)


@blueprint.get("/clients/<client_key>/sheets/<int:year>")
@requires(Permission.SEE_SHEETS)
def statement(client_key: str, year: int) -> str:
    """Add the sheets of one year up, from what was sealed."""
    client = get_client(db_session(), current_viewer(), client_key)
    made = yearly_statement(client_sheets(db_session(), client), year, current_language())
    return render_template("score_sheets/statement.html", client=client, year=year, statement=made)


@blueprint.get("/clients/<client_key>/sheets/payroll.csv")
@requires(Permission.SEE_SHEETS)
def payroll(client_key: str) -> Response:
    """Give the approved amounts, one a line, for the payroll program."""
    client = get_client(db_session(), current_viewer(), client_key)
    name = f"payroll-{client.key}.csv"
    return Response(
        payroll_csv(client_sheets(db_session(), client), current_language()),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@blueprint.get("/sheets/<int:sheet_id>")
@requires(Permission.SEE_SHEETS)
def show(sheet_id: int) -> str:
    return sheet_page(sheet_id, {}, {})[0]


@blueprint.get("/sheets/<int:sheet_id>.<kind>")
@requires(Permission.SEE_SHEETS)
def download(sheet_id: int, kind: str) -> Response:
    edition = get_edition(find_sheet(sheet_id), asked_edition())
    return file_response(sealed_edition(edition), kind)
