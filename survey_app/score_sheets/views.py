"""The sheets of a client for the agency: list, page, files, amounts, and what the agency does with a sheet."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session

from survey_app.accounts.access import Permission, requires
from survey_app.accounts.session import current_viewer
from survey_app.clients.queries import get_client
from survey_app.forms import attempt
from survey_app.i18n import current_language
from survey_app.score_sheets.files import file_response, sealed_edition
from survey_app.score_sheets.models import Party, ScoreSheet
from survey_app.score_sheets.queries import client_sheets, get_edition, get_sheet
from survey_app.score_sheets.rules import contest_deadline
from survey_app.score_sheets.sending import send_sheet
from survey_app.score_sheets.service import (
    answer_contest,
    approve_sheet,
    correct_sheet,
    get_contest,
    raise_contest,
    read_outcome,
    untold_contests,
    why_not_approve,
    withdraw_contest,
)
from survey_app.score_sheets.sheet import OUTCOMES, show_sheet
from survey_app.score_sheets.signing import signing_key_bytes
from survey_app.score_sheets.statements import payroll_csv, yearly_statement
from survey_app.web import db_session, download_response, explain, now, settings, token_key

blueprint = Blueprint("score_sheets", __name__)


def _find_sheet(sheet_id: int) -> ScoreSheet:
    return get_sheet(db_session(), current_viewer(), sheet_id)


def _asked_edition() -> int | None:
    return request.args.get("edition", type=int)


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
    content = payroll_csv(client_sheets(db_session(), client), current_language())
    return download_response(content, "text/csv", f"payroll-{client.key}.csv")


@blueprint.get("/sheets/<int:sheet_id>")
@requires(Permission.SEE_SHEETS)
def show(sheet_id: int) -> str:
    return _sheet_page(sheet_id, {}, {})[0]


@blueprint.get("/sheets/<int:sheet_id>.<kind>")
@requires(Permission.SEE_SHEETS)
def download(sheet_id: int, kind: str) -> Response:
    edition = get_edition(_find_sheet(sheet_id), _asked_edition())
    return file_response(sealed_edition(edition), kind)


def _sheet_page(sheet_id: int, errors: dict[str, str], typed: dict[str, Any], status: int = 200) -> tuple[str, int]:
    """Show a sheet with its forms, what was typed and what was wrong with it."""
    sheet = _find_sheet(sheet_id)
    edition = get_edition(sheet, _asked_edition())
    shown = show_sheet(sealed_edition(edition), current_language())
    viewer = current_viewer()
    deadline = contest_deadline(sheet.wave.closed_at or now())
    is_asked = viewer.may(Permission.APPROVE_SHEETS) and edition.number == sheet.editions[0].number
    refusal = why_not_approve(db_session(), sheet, viewer.actor, now()) if is_asked else None
    html = render_template(
        "score_sheets/show.html",
        sheet=sheet,
        edition=edition,
        shown=shown,
        errors=errors,
        typed=typed,
        client=sheet.wave.campaign.client,
        may_contest=now() < deadline and viewer.may(Permission.MANAGE_CAMPAIGNS),
        may_manage=viewer.may(Permission.MANAGE_CAMPAIGNS),
        may_approve=is_asked and refusal is None,
        why_not=explain(refusal) if refusal is not None else "",
        is_open=now() < deadline,
        is_newest=edition.number == sheet.editions[0].number,
        labels={line.key: line.label for line in shown.lines},
        outcomes=OUTCOMES,
        has_untold=bool(untold_contests(sheet)),
    )
    return html, status


def _act(sheet_id: int, act: Callable[[Session], object], done: str) -> Any:
    """Do one thing to a sheet, or show its page again with the refusal beside what was typed."""
    refusal = attempt(act)
    if refusal is not None:
        return _sheet_page(sheet_id, {refusal.field or "": explain(refusal)}, dict(request.form), refusal.status)
    flash(done, "success")
    return redirect(url_for("score_sheets.show", sheet_id=sheet_id))


@blueprint.post("/sheets/<int:sheet_id>/contests")
@requires(Permission.MANAGE_CAMPAIGNS)
def contest(sheet_id: int) -> Any:
    viewer, sheet = current_viewer(), _find_sheet(sheet_id)
    line, reason = request.form.get("line", ""), request.form.get("reason", "")
    return _act(
        sheet_id,
        lambda session: raise_contest(session, sheet, line, Party.AGENCY, viewer.name, reason, viewer.actor, now()),
        gettext("The objection is noted. It is printed on the next edition until it is answered."),
    )


@blueprint.post("/sheets/<int:sheet_id>/contests/<int:contest_id>")
@requires(Permission.MANAGE_CAMPAIGNS)
def answer(sheet_id: int, contest_id: int) -> Any:
    sheet = _find_sheet(sheet_id)
    found = get_contest(sheet, contest_id)
    outcome, text = request.form.get("outcome", ""), request.form.get("answer", "")
    return _act(
        sheet_id,
        lambda session: answer_contest(
            session,
            found,
            Party.AGENCY,
            read_outcome(outcome),
            text,
            current_viewer().actor,
            now(),
        ),
        gettext("The objection is answered. Issue a new edition to print the answer."),
    )


@blueprint.post("/sheets/<int:sheet_id>/contests/<int:contest_id>/withdraw")
@requires(Permission.MANAGE_CAMPAIGNS)
def withdraw(sheet_id: int, contest_id: int) -> Any:
    found = get_contest(_find_sheet(sheet_id), contest_id)
    return _act(
        sheet_id,
        lambda session: withdraw_contest(session, found, Party.AGENCY, current_viewer().actor, now()),
        gettext("The objection is withdrawn."),
    )


@blueprint.post("/sheets/<int:sheet_id>/editions")
@requires(Permission.MANAGE_CAMPAIGNS)
def correct(sheet_id: int) -> Any:
    sheet, catalogue = _find_sheet(sheet_id), current_app.extensions["survey_catalogue"]
    return _act(
        sheet_id,
        lambda session: correct_sheet(
            session,
            sheet,
            catalogue,
            signing_key_bytes(settings()),
            request.form.get("edition_reason", ""),
            current_viewer().actor,
            now(),
        ),
        gettext("The new edition is sealed. The one before says that it is superseded."),
    )


@blueprint.post("/sheets/<int:sheet_id>/approve")
@requires(Permission.APPROVE_SHEETS)
def approve(sheet_id: int) -> Any:
    sheet, sha256 = _find_sheet(sheet_id), request.form.get("sha256", "")
    return _act(
        sheet_id,
        lambda session: approve_sheet(session, sheet, sha256, current_viewer().actor, now()),
        gettext("The sheet is approved: its amount may be paid."),
    )


@blueprint.post("/sheets/<int:sheet_id>/recipients")
@requires(Permission.MANAGE_CAMPAIGNS)
def send(sheet_id: int) -> Any:
    sheet, form = _find_sheet(sheet_id), request.form
    return _act(
        sheet_id,
        lambda session: send_sheet(
            session,
            sheet,
            form.get("name", ""),
            form.get("email", ""),
            form.get("language", "fr"),
            token_key(),
            current_viewer().actor,
            now(),
        ),
        gettext("The mail is on its way."),
    )
