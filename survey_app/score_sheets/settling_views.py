"""What the agency does with a sheet: contest and answer, correct, approve, send."""

from collections.abc import Callable
from typing import Any

from flask import current_app, flash, redirect, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session

from survey_app.accounts.access import Permission, requires
from survey_app.accounts.session import current_viewer
from survey_app.forms import attempt
from survey_app.score_sheets.blueprint import blueprint, find_sheet
from survey_app.score_sheets.contesting import (
    answer_contest,
    approve_sheet,
    correct_sheet,
    get_contest,
    raise_contest,
    read_outcome,
    withdraw_contest,
)
from survey_app.score_sheets.models import Party
from survey_app.score_sheets.pages import sheet_page
from survey_app.score_sheets.sending import send_sheet
from survey_app.score_sheets.signing import signing_key_bytes
from survey_app.web import explain, now, settings


def _act(sheet_id: int, act: Callable[[Session], object], done: str) -> Any:
    """Do one thing to a sheet, or show its page again with the refusal beside what was typed."""
    refusal = attempt(act)
    if refusal is not None:
        return sheet_page(sheet_id, {refusal.field or "": explain(refusal)}, dict(request.form), refusal.status)
    flash(done, "success")
    return redirect(url_for("score_sheets.show", sheet_id=sheet_id))


@blueprint.post("/sheets/<int:sheet_id>/contests")
@requires(Permission.MANAGE_CAMPAIGNS)
def contest(sheet_id: int) -> Any:
    viewer, sheet = current_viewer(), find_sheet(sheet_id)
    line, reason = request.form.get("line", ""), request.form.get("reason", "")
    return _act(
        sheet_id,
        lambda session: raise_contest(session, sheet, line, Party.AGENCY, viewer.name, reason, viewer.actor, now()),
        gettext("The objection is noted. It is printed on the next edition until it is answered."),
    )


@blueprint.post("/sheets/<int:sheet_id>/contests/<int:contest_id>")
@requires(Permission.MANAGE_CAMPAIGNS)
def answer(sheet_id: int, contest_id: int) -> Any:
    sheet = find_sheet(sheet_id)
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
    found = get_contest(find_sheet(sheet_id), contest_id)
    return _act(
        sheet_id,
        lambda session: withdraw_contest(session, found, Party.AGENCY, current_viewer().actor, now()),
        gettext("The objection is withdrawn."),
    )


@blueprint.post("/sheets/<int:sheet_id>/editions")
@requires(Permission.MANAGE_CAMPAIGNS)
def correct(sheet_id: int) -> Any:
    sheet, catalogue = find_sheet(sheet_id), current_app.extensions["survey_catalogue"]
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
    sheet, sha256 = find_sheet(sheet_id), request.form.get("sha256", "")
    return _act(
        sheet_id,
        lambda session: approve_sheet(session, sheet, sha256, current_viewer().actor, now()),
        gettext("The sheet is approved: its amount may be paid."),
    )


@blueprint.post("/sheets/<int:sheet_id>/recipients")
@requires(Permission.MANAGE_CAMPAIGNS)
def send(sheet_id: int) -> Any:
    sheet, form = find_sheet(sheet_id), request.form
    token_key = settings().token_key.get_secret_value().encode()
    return _act(
        sheet_id,
        lambda session: send_sheet(
            session,
            sheet,
            form.get("name", ""),
            form.get("email", ""),
            form.get("language", "fr"),
            token_key,
            current_viewer().actor,
            now(),
        ),
        gettext("The mail is on its way."),
    )
