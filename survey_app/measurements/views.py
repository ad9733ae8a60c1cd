"""Pages of the facts, entered, imported and validated, and of the contract evidence with its tests and files."""

import csv
import io
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, send_file, url_for
from flask_babel import gettext, ngettext
from sqlalchemy.orm import Session

from survey_app.accounts.access import Permission, requires
from survey_app.accounts.session import current_viewer
from survey_app.agreements.blueprint import find_agreement, template_words
from survey_app.agreements.models import Agreement, Commitment
from survey_app.agreements.queries import client_agreements
from survey_app.clients.queries import get_client
from survey_app.db import transaction
from survey_app.errors import N_, NotFound
from survey_app.forms import save, status_of
from survey_app.i18n import current_language
from survey_app.measurements.content import (
    EvidenceShown,
    entry_shown,
    evidence_of,
    fact_shown,
    facts_of,
    period_today,
    periods_of,
)
from survey_app.measurements.files import attach_file, read_file
from survey_app.measurements.forms import DocumentForm, FactsForm, ProofForm, facts_form_class, facts_table
from survey_app.measurements.models import EvidenceDocument, EvidenceFile, Measurement
from survey_app.measurements.queries import (
    find_measurement,
    get_document,
    get_file,
    get_measurement,
    lines_with_facts,
    measured_version,
    owner_of,
)
from survey_app.measurements.reading import Gathered
from survey_app.measurements.rules import Period, counts_asked, parse_period
from survey_app.measurements.service import (
    import_facts,
    measured_line,
    record_document,
    record_measurement,
    record_test,
    validate_document,
    validate_measurement,
)
from survey_app.tables.forms import Preview, import_table
from survey_app.web import db_session, download_response, now, settings, today

blueprint = Blueprint("measurements", __name__)
blueprint.context_processor(template_words)


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
    version = measured_version(db_session(), agreement)
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
        form.show(known.counts if known else {}, period.nearest(today(agreement.client.time_zone)))
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
    _attach(row, form)


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
    for line in lines_with_facts(measured_version(db_session(), agreement)):
        for count in counts_asked(line):
            writer.writerow([line.indicator_key, count.key, "", period.ends_on.isoformat(), "", *called])
    name = f"facts-{agreement.client.key}-{period.key}.csv"
    return download_response("\ufeff" + target.getvalue(), "text/csv", name)


@blueprint.route("/agreements/<int:agreement_id>/facts/<period_key>/import", methods=["GET", "POST"])
@requires(Permission.ENTER_FACTS)
def import_file(agreement_id: int, period_key: str) -> Any:
    """Import a table of counts, after showing what would be entered."""
    agreement, period = find_agreement(agreement_id), parse_period(period_key)
    context = {"agreement": agreement, "client": agreement.client, "period": period}

    def show_preview(preview: Preview[Gathered]) -> str:
        language = current_language()
        entries = [entry_shown(each, each.day_in(period, now()), language) for each in preview.first_rows]
        return render_template("measurements/preview_import.html", **context, preview=preview, entries=entries)

    def take(session: Session, facts: Sequence[Gathered]) -> str:
        n_lines = len(import_facts(session, period, facts, current_viewer().actor, now(), "table"))
        sentence = ngettext(
            "One line entered. A second person validates it.",
            "%(num)s lines entered. A second person validates them.",
            n_lines,
        )
        return str(sentence)

    return import_table(
        facts_table(db_session(), measured_version(db_session(), agreement), period, now()),
        ask=lambda form: render_template("measurements/import_file.html", **context, form=form),
        show=show_preview,
        take=take,
        leads_to=url_for("measurements.facts", agreement_id=agreement_id, period=period.key),
    )


@blueprint.get("/agreements/<int:agreement_id>/evidence")
@requires(Permission.SEE_RESULTS)
def evidence(agreement_id: int) -> Any:
    agreement = find_agreement(agreement_id)
    viewer = current_viewer()
    shown = evidence_of(
        db_session(), measured_version(db_session(), agreement), today(agreement.client.time_zone), current_language()
    )
    return render_template(
        "measurements/evidence.html",
        agreement=agreement,
        client=agreement.client,
        evidence=shown,
        may_enter=viewer.may(Permission.ENTER_FACTS),
        actor=viewer.actor,
        today=today(agreement.client.time_zone),
    )


@blueprint.route("/agreements/<int:agreement_id>/evidence/<indicator_key>", methods=["GET", "POST"])
@requires(Permission.ENTER_FACTS)
def document(agreement_id: int, indicator_key: str) -> Any:
    """File the document of a contractual line, or its next edition."""
    agreement = find_agreement(agreement_id)
    shown = _shown(agreement, indicator_key)
    form = DocumentForm(obj=shown.document)
    if save(form, lambda _session: _file_document(agreement, indicator_key, form)):
        flash(gettext("The document is filed. A second person validates it."), "success")
        return redirect(url_for("measurements.evidence", agreement_id=agreement_id))
    return render_template(
        "measurements/document.html", agreement=agreement, client=agreement.client, shown=shown, form=form
    ), status_of(form)


def _shown(agreement: Agreement, indicator_key: str) -> EvidenceShown:
    for each in evidence_of(
        db_session(), measured_version(db_session(), agreement), today(agreement.client.time_zone), current_language()
    ):
        if each.line.indicator_key == indicator_key:
            return each
    raise NotFound(N_("This agreement asks no document for that line."))


def _file_document(agreement: Agreement, indicator_key: str, form: DocumentForm) -> None:
    row = record_document(
        db_session(),
        agreement,
        indicator_key,
        title=form.title.data,
        owner=form.owner.data,
        owner_email=form.owner_email.data or "",
        reviewed_on=form.reviewed_on.data,
        expires_on=form.expires_on.data,
        note=form.note.data or "",
        actor=current_viewer().actor,
        now=now(),
    )
    _attach(row, form)


def _attach(row: Measurement | EvidenceDocument, form: Any) -> None:
    upload = form.file.data
    if upload:
        folder = settings().data_dir / "evidence"
        attach_file(db_session(), row, folder, upload.filename, upload.read(), current_viewer().actor, now())


@blueprint.route("/documents/<int:document_id>/tests/new", methods=["GET", "POST"])
@requires(Permission.ENTER_FACTS)
def test(document_id: int) -> Any:
    """Record a restore test, a rebuild or an exercise."""
    row = get_document(db_session(), current_viewer(), document_id)
    form = ProofForm()
    if save(form, lambda _session: _record_test(row, form)):
        flash(gettext("The test is recorded. A second person validates the document again."), "success")
        return redirect(url_for("measurements.evidence", agreement_id=row.agreement_id))
    return render_template(
        "measurements/test.html",
        document=row,
        agreement=row.agreement,
        client=row.agreement.client,
        form=form,
        shown=_shown(row.agreement, row.indicator_key),
    ), status_of(form)


def _record_test(row: EvidenceDocument, form: ProofForm) -> None:
    measured = form.measured.data
    record_test(
        db_session(),
        row,
        tested_on=form.tested_on.data,
        is_passed=form.is_passed.data,
        measured=None if measured is None else Fraction(measured),
        note=form.note.data or "",
        actor=current_viewer().actor,
        now=now(),
    )
    _attach(row, form)


@blueprint.post("/documents/<int:document_id>/validate")
@requires(Permission.ENTER_FACTS)
def confirm(document_id: int) -> Any:
    """Confirm a document that somebody else filed."""
    row = get_document(db_session(), current_viewer(), document_id)
    with transaction(db_session()) as session:
        validate_document(session, row, current_viewer().actor, now())
    flash(gettext("The document is validated, and the client can see it."), "success")
    return redirect(url_for("measurements.evidence", agreement_id=row.agreement_id))


@blueprint.get("/evidence-files/<int:file_id>")
@requires(Permission.SEE_RESULTS)
def file(file_id: int) -> Response:
    row = get_file(db_session(), file_id)
    if not current_viewer().sees_client(owner_of(row).agreement.client_id):
        raise NotFound(N_("There is no such file."))
    return file_response(row)


def file_response(row: EvidenceFile) -> Response:
    """Send a file to be kept, never to be run: it opens in no page of ours."""
    content = read_file(settings().data_dir / "evidence", row)
    return send_file(io.BytesIO(content), mimetype=row.content_type, as_attachment=True, download_name=row.name)
