"""Pages of the contract evidence: documents, their tests, their files."""

from fractions import Fraction
from io import BytesIO
from typing import Any

from flask import Response, flash, redirect, render_template, send_file, url_for
from flask_babel import gettext

from survey_app.accounts.access import Permission, requires
from survey_app.accounts.session import current_viewer
from survey_app.agreements.blueprint import find_agreement
from survey_app.agreements.models import Agreement
from survey_app.db import transaction
from survey_app.errors import N_, NotFound
from survey_app.forms import save, status_of
from survey_app.i18n import current_language
from survey_app.measurements.content import EvidenceShown, evidence_of
from survey_app.measurements.files import attach_file, read_file
from survey_app.measurements.forms import DocumentForm, ProofForm
from survey_app.measurements.models import EvidenceDocument, EvidenceFile
from survey_app.measurements.queries import get_document, get_file, owner_of
from survey_app.measurements.service import record_document, record_test, validate_document
from survey_app.measurements.views import blueprint, measured_version
from survey_app.web import db_session, now, settings, today

__all__ = ["blueprint"]


@blueprint.get("/agreements/<int:agreement_id>/evidence")
@requires(Permission.SEE_RESULTS)
def evidence(agreement_id: int) -> Any:
    agreement = find_agreement(agreement_id)
    viewer = current_viewer()
    shown = evidence_of(
        db_session(), measured_version(agreement), today(agreement.client.time_zone), current_language()
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
        db_session(), measured_version(agreement), today(agreement.client.time_zone), current_language()
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


def _attach(row: EvidenceDocument, form: Any) -> None:
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
    return send_file(BytesIO(content), mimetype=row.content_type, as_attachment=True, download_name=row.name)
