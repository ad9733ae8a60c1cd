"""Import a table of counts: pasted, or uploaded as CSV or XLSX."""

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import ngettext
from sqlalchemy.orm import Session

from survey_app.accounts.access import Permission, requires
from survey_app.accounts.session import current_viewer
from survey_app.agreements.blueprint import find_agreement
from survey_app.agreements.models import Agreement
from survey_app.errors import N_, Invalid
from survey_app.forms import save, status_of
from survey_app.measurements.forms import MAX_PASTED, TableForm
from survey_app.measurements.importing import BadTable, import_rows
from survey_app.measurements.periods import Period, parse_period
from survey_app.measurements.tables import Row, read_pasted, read_table
from survey_app.measurements.views import blueprint, measured_version
from survey_app.web import explain, now

__all__ = ["blueprint"]


@blueprint.route("/agreements/<int:agreement_id>/facts/<period_key>/import", methods=["GET", "POST"])
@requires(Permission.ENTER_FACTS)
def paste(agreement_id: int, period_key: str) -> Any:
    """Take the whole table or none of it; each wrong row is told with its line."""
    agreement, period = find_agreement(agreement_id), parse_period(period_key)
    form = TableForm()
    problems: list[tuple[int, str]] = []
    n_lines: list[int] = []
    if save(form, lambda session: n_lines.append(_import(session, agreement, period, form, problems))):
        flash(
            ngettext(
                "One line entered. A second person validates it.",
                "%(num)s lines entered. A second person validates them.",
                n_lines[0],
            ),
            "success",
        )
        return redirect(url_for("measurements.facts", agreement_id=agreement_id, period=period.key))
    return render_template(
        "measurements/paste.html",
        agreement=agreement,
        client=agreement.client,
        period=period,
        form=form,
        problems=problems,
    ), status_of(form)


def _import(
    session: Session, agreement: Agreement, period: Period, form: TableForm, problems: list[tuple[int, str]]
) -> int:
    rows, source = _rows(form)
    version, actor = measured_version(agreement), current_viewer().actor
    try:
        return len(import_rows(session, agreement, version, period, rows, actor, now(), source))
    except BadTable as refusal:
        problems += [(each.number, explain(each.refusal)) for each in refusal.problems]
        raise


def _rows(form: TableForm) -> tuple[list[Row], str]:
    if form.file.data:
        return read_table(form.file.data.filename or "", form.file.data.read()), "file"
    pasted = form.table.data or ""
    if not pasted.strip():
        raise Invalid(N_("Paste a table or choose a file."), field="table")
    if len(pasted) > MAX_PASTED:
        raise Invalid(N_("This table is too long to paste. Send it as a file."), field="table")
    return read_pasted(pasted), "paste"
