"""The page of one sheet, shown as it is or again with what was wrong."""

from typing import Any

from flask import render_template

from survey_app.accounts.access import Permission
from survey_app.accounts.session import current_viewer
from survey_app.i18n import current_language
from survey_app.score_sheets.blueprint import asked_edition, find_sheet, sealed_edition
from survey_app.score_sheets.contesting import untold_contests, why_not_approve
from survey_app.score_sheets.queries import get_edition
from survey_app.score_sheets.rules import contest_deadline
from survey_app.score_sheets.shown.around import OUTCOMES
from survey_app.score_sheets.shown.sheet import show_sheet
from survey_app.web import db_session, explain, now


def sheet_page(sheet_id: int, errors: dict[str, str], typed: dict[str, Any], status: int = 200) -> tuple[str, int]:
    """Show a sheet with its forms, what was typed and what was wrong with it."""
    sheet = find_sheet(sheet_id)
    edition = get_edition(sheet, asked_edition())
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
