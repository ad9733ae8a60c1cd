"""Pages of the facts: which are missing, entering them, importing them, validating them."""

import csv
import io
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext

from survey_app.accounts.access import Permission, requires
from survey_app.accounts.session import current_viewer
from survey_app.agreements.blueprint import find_agreement, template_words
from survey_app.agreements.models import Agreement, AgreementVersion, Commitment
from survey_app.agreements.queries import client_agreements, current_version, validated_version
from survey_app.clients.queries import get_client
from survey_app.db import transaction
from survey_app.errors import Refusal
from survey_app.forms import save, show_on_form, status_of
from survey_app.i18n import current_language
from survey_app.measurements.content import entry_shown, fact_shown, facts_of, period_today, periods_of
from survey_app.measurements.files import attach_file
from survey_app.measurements.forms import COLUMN_LABELS, FactsForm, facts_form_class
from survey_app.measurements.importing import (
    Choice,
    FactColumn,
    Understood,
    check_lines,
    guess_columns,
    import_lines,
    is_heading,
    understand,
)
from survey_app.measurements.periods import Period, parse_period
from survey_app.measurements.queries import find_measurement, get_measurement, lines_with_facts
from survey_app.measurements.rules import counts_asked
from survey_app.measurements.service import measured_line, record_measurement, validate_measurement
from survey_app.tables.forms import (
    SHOWN_ROWS,
    TableForm,
    carried_content,
    chosen_columns,
    is_confirmed,
    preview_of,
)
from survey_app.tables.reading import Problem, Table, read_table
from survey_app.web import db_session, explain, now, settings, today

blueprint = Blueprint("measurements", __name__)
blueprint.context_processor(template_words)


def measured_version(agreement: Agreement) -> AgreementVersion:
    """Return the version whose lines are counted: the one in force, else the one under way."""
    return validated_version(db_session(), agreement) or current_version(db_session(), agreement)


@blueprint.get("/clients/<client_key>/facts")
@requires(Permission.SEE_RESULTS)
def index(client_key: str) -> Any:
    """Lead to the facts of the client's one agreement, or let choose among several."""
    client = get_client(db_session(), current_viewer(), client_key)
    agreements = client_agreements(db_session(), client.id)
    if len(agreements) == 1:
        return redirect(url_for("measurements.facts", agreement_id=agreements[0].id))
    return render_template("measurements/index.html", client=client, agreements=agreements)


@blueprint.get("/agreements/<int:agreement_id>/facts")
@requires(Permission.SEE_RESULTS)
def facts(agreement_id: int) -> Any:
    """Show what is counted over a period, and what is still missing."""
    agreement = find_agreement(agreement_id)
    version = measured_version(agreement)
    asked = request.args.get("period", "")
    period = parse_period(asked) if asked else period_today(version, today(agreement.client.time_zone))
    shown = facts_of(db_session(), version, period, current_language()) if version.commitments else []
    viewer = current_viewer()
    return render_template(
        "measurements/facts.html",
        agreement=agreement,
        client=agreement.client,
        version=version,
        period=period,
        periods=periods_of(db_session(), version),
        facts=shown,
        n_missing=sum(1 for fact in shown if fact.state == "missing"),
        may_enter=viewer.may(Permission.ENTER_FACTS),
        actor=viewer.actor,
    )


@blueprint.route("/agreements/<int:agreement_id>/facts/<period_key>/<indicator_key>", methods=["GET", "POST"])
@requires(Permission.ENTER_FACTS)
def enter(agreement_id: int, period_key: str, indicator_key: str) -> Any:
    """Enter the counts of one line, with the formula live and the evidence attached."""
    agreement, period = find_agreement(agreement_id), parse_period(period_key)
    line = measured_line(db_session(), agreement, indicator_key)
    known = find_measurement(db_session(), agreement.id, indicator_key, period.key)
    form = facts_form_class(counts_asked(line), current_language())()
    if not form.is_submitted():
        form.show(known.counts if known else {}, _usual_day(period, agreement))
    if save(form, lambda _session: _record(agreement, line, period, form)):
        flash(gettext("The fact is entered. A second person validates it."), "success")
        return redirect(url_for("measurements.facts", agreement_id=agreement_id, period=period.key))
    return render_template(
        "measurements/enter.html",
        agreement=agreement,
        client=agreement.client,
        line=line,
        period=period,
        form=form,
        fact=fact_shown(line, known, current_language()),
    ), status_of(form)


def _usual_day(period: Period, agreement: Agreement) -> Any:
    return min(period.ends_on, max(period.starts_on, today(agreement.client.time_zone)))


def _record(agreement: Agreement, line: Commitment, period: Period, form: FactsForm) -> None:
    session, actor = db_session(), current_viewer().actor
    row = record_measurement(
        session,
        agreement,
        line.indicator_key,
        period,
        form.counts(),
        form.observed_on.data,
        actor,
        now(),
        note=form.note.data or "",
    )
    if form.file.data:
        attach_file(
            session,
            row,
            settings().data_dir / "evidence",
            form.file.data.filename,
            form.file.data.read(),
            actor,
            now(),
        )


@blueprint.post("/measurements/<int:measurement_id>/validate")
@requires(Permission.ENTER_FACTS)
def validate(measurement_id: int) -> Any:
    """Confirm a fact that somebody else entered."""
    row = get_measurement(db_session(), current_viewer(), measurement_id)
    with transaction(db_session()) as session:
        validate_measurement(session, row, current_viewer().actor, now())
    flash(gettext("The fact is validated, and the client can see it."), "success")
    return redirect(url_for("measurements.facts", agreement_id=row.agreement_id, period=row.period_key))


@blueprint.get("/agreements/<int:agreement_id>/facts/<period_key>/table.csv")
@requires(Permission.ENTER_FACTS)
def table(agreement_id: int, period_key: str) -> Response:
    """Give the table to fill in: one row per count of each line."""
    agreement, period = find_agreement(agreement_id), parse_period(period_key)
    target = io.StringIO()
    writer, called = csv.writer(target, delimiter=";"), (period.key, period.name(current_language()))
    writer.writerow(["indicator", "count", "value", "date", "note", "period", "period_name"])
    for line in lines_with_facts(measured_version(agreement)):
        for count in counts_asked(line):
            writer.writerow([line.indicator_key, count.key, "", period.ends_on.isoformat(), "", *called])
    name = f"facts-{agreement.client.key}-{period.key}.csv"
    return Response(
        "\ufeff" + target.getvalue(),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@blueprint.get("/agreements/<int:agreement_id>/facts/<period_key>/import")
@requires(Permission.ENTER_FACTS)
def import_file(agreement_id: int, period_key: str) -> Any:
    return _ask_for_table(find_agreement(agreement_id), parse_period(period_key), TableForm())


@blueprint.post("/agreements/<int:agreement_id>/facts/<period_key>/import")
@requires(Permission.ENTER_FACTS)
def preview_import(agreement_id: int, period_key: str) -> Any:
    """Read the table that was chosen or pasted, and show what would be entered."""
    agreement, period, form = find_agreement(agreement_id), parse_period(period_key), TableForm()
    try:
        content = form.content()
        table = read_table(content, is_heading)
    except Refusal as refusal:
        refusal.field = refusal.field or "file"
        show_on_form(form, refusal)
        return _ask_for_table(agreement, period, form), refusal.status
    columns = guess_columns(measured_version(agreement), table)
    found, problems, obstacle = _understand(agreement, period, table, columns)
    return _show_import(agreement, period, content, table, columns, (found, problems, obstacle))


@blueprint.post("/agreements/<int:agreement_id>/facts/<period_key>/import/confirm")
@requires(Permission.ENTER_FACTS)
def confirm_import(agreement_id: int, period_key: str) -> Any:
    """Look again with other columns, or take the whole table: the button says which."""
    agreement, period = find_agreement(agreement_id), parse_period(period_key)
    content = carried_content()
    table = read_table(content, is_heading)
    names = chosen_columns(list(FactColumn), len(table.headers))
    columns = [FactColumn(name) if name else None for name in names]
    found, problems, obstacle = _understand(agreement, period, table, columns)
    if not is_confirmed() or problems or obstacle:
        page = _show_import(agreement, period, content, table, columns, (found, problems, obstacle))
        return page, 400 if is_confirmed() else 200
    with transaction(db_session()) as session:
        n_lines = len(import_lines(session, agreement, period, found, current_viewer().actor, now(), "table"))
    flash(
        ngettext(
            "One line entered. A second person validates it.",
            "%(num)s lines entered. A second person validates them.",
            n_lines,
        ),
        "success",
    )
    return redirect(url_for("measurements.facts", agreement_id=agreement_id, period=period.key))


def _ask_for_table(agreement: Agreement, period: Period, form: TableForm) -> str:
    return render_template(
        "measurements/import_file.html", agreement=agreement, client=agreement.client, period=period, form=form
    )


def _understand(
    agreement: Agreement, period: Period, table: Table, columns: Choice
) -> tuple[Understood, list[Problem], str]:
    """Return what the table says and its problems, or why nothing can be read with these columns."""
    try:
        found = understand(measured_version(agreement), period, table, columns)
        return found, check_lines(db_session(), agreement, period, found, now()), ""
    except Refusal as refusal:
        return Understood([], [], []), [], explain(refusal)


def _show_import(
    agreement: Agreement,
    period: Period,
    content: bytes,
    table: Table,
    columns: Choice,
    result: tuple[Understood, list[Problem], str],
) -> str:
    (found, problems, obstacle), language = result, current_language()
    names = [column or "" for column in columns]
    return render_template(
        "measurements/preview_import.html",
        agreement=agreement,
        client=agreement.client,
        period=period,
        preview=preview_of(content, table, names, COLUMN_LABELS, found.remarks, problems, obstacle),
        entries=[entry_shown(each, each.day_in(period, now()), language) for each in found.lines[:SHOWN_ROWS]],
    )
