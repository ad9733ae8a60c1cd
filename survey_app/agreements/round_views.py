"""Propose a version, follow its rounds, and hand out its document."""

from typing import Any

from flask import Response, flash, redirect, render_template, url_for
from flask_babel import gettext

from survey_app.accounts.access import Permission, requires
from survey_app.accounts.session import current_viewer
from survey_app.agreements.blueprint import blueprint, find_agreement, overview
from survey_app.agreements.content import compare_contents, content_of
from survey_app.agreements.document import Seal, agreement_pdf, document_name, seal_of
from survey_app.agreements.forms import ProposeForm, ValidateForm
from survey_app.agreements.models import AgreementVersion
from survey_app.agreements.negotiation import propose_version, settle_answer, take_back, validate_on_paper
from survey_app.agreements.queries import current_version, get_answer, get_version, signatories
from survey_app.agreements.vocabulary import FIELDS
from survey_app.catalogue.vocabulary import OBLIGORS
from survey_app.clients.models import Contact
from survey_app.db import transaction
from survey_app.errors import N_, NotFound, Refusal
from survey_app.forms import save, status_of
from survey_app.i18n import current_language
from survey_app.web import db_session, now, settings, token_key


def pdf_response(version: AgreementVersion, content: dict[str, Any], seal: Seal | None, language: str) -> Response:
    return Response(
        agreement_pdf(content, seal, language),
        mimetype="application/pdf",
        headers={"Content-Disposition": f'inline; filename="{document_name(version)}"'},
    )


@blueprint.get("/agreements/<int:agreement_id>/versions/<int:number>.pdf")
@requires(Permission.SEE_CLIENTS)
def pdf(agreement_id: int, number: int) -> Response:
    version = get_version(find_agreement(agreement_id), number)
    return pdf_response(version, content_of(version), seal_of(version), current_language())


@blueprint.get("/agreements/<int:agreement_id>/versions/<int:number>/changes")
@requires(Permission.SEE_CLIENTS)
def changes(agreement_id: int, number: int) -> Any:
    """Show what a version changes of the one before it."""
    agreement = find_agreement(agreement_id)
    version = get_version(agreement, number)
    if number == 1:
        raise NotFound(N_("This is the first version: there is nothing to compare it with."))
    before = get_version(agreement, number - 1)
    return render_template(
        "agreements/changes.html",
        agreement=agreement,
        client=agreement.client,
        version=version,
        before=before,
        difference=compare_contents(content_of(before), content_of(version)),
        fields=FIELDS,
        obligors=OBLIGORS,
    )


@blueprint.route("/agreements/<int:agreement_id>/propose", methods=["GET", "POST"])
@requires(Permission.MANAGE_AGREEMENTS)
def propose(agreement_id: int) -> Any:
    """Send the signatory a personal link; nothing leaves without a public address to start it with."""
    version = current_version(db_session(), find_agreement(agreement_id))
    contacts = signatories(db_session(), version.agreement.client_id)
    form = ProposeForm()
    form.offer(contacts)
    if not form.is_submitted():
        form.agency_signatory.data = current_viewer().name
    if save(form, lambda _session: _propose(version, form)):
        flash(gettext("The proposal leaves now. You will be written to when the client answers."), "success")
        return redirect(url_for("agreements.show", agreement_id=agreement_id))
    return render_template("agreements/propose.html", form=form, contacts=contacts, **overview(version)), status_of(
        form
    )


def _propose(version: AgreementVersion, form: ProposeForm) -> None:
    _refuse_without_address()
    session, viewer = db_session(), current_viewer()
    contact, message = session.get_one(Contact, form.contact.data), form.message.data or ""
    agency = form.agency_signatory.data, viewer.email
    propose_version(session, version, contact, *agency, message, token_key(), viewer.actor, now())


@blueprint.post("/agreements/<int:agreement_id>/take-back")
@requires(Permission.MANAGE_AGREEMENTS)
def withdraw(agreement_id: int) -> Any:
    version = current_version(db_session(), find_agreement(agreement_id))
    with transaction(db_session()) as session:
        take_back(session, version, current_viewer().actor, now())
    flash(gettext("The proposal is a draft again. The link that was sent says so."), "success")
    return redirect(url_for("agreements.show", agreement_id=agreement_id))


@blueprint.post("/agreements/<int:agreement_id>/answers/<int:answer_id>/<any(apply, decline):settlement>")
@requires(Permission.MANAGE_AGREEMENTS)
def settle(agreement_id: int, answer_id: int, settlement: str) -> Any:
    """Apply a counter-proposal to the draft, or decline it."""
    version = current_version(db_session(), find_agreement(agreement_id))
    with transaction(db_session()) as session:
        answer = get_answer(version, answer_id)
        settle_answer(session, answer, is_applied=settlement == "apply", actor=current_viewer().actor, now=now())
    flash(gettext("Settled. Propose the draft again when every line is."), "success")
    return redirect(url_for("agreements.show", agreement_id=agreement_id))


@blueprint.route("/agreements/<int:agreement_id>/validate", methods=["GET", "POST"])
@requires(Permission.MANAGE_AGREEMENTS)
def validate(agreement_id: int) -> Any:
    """Record what both parties signed on paper."""
    version = current_version(db_session(), find_agreement(agreement_id))
    contacts = signatories(db_session(), version.agreement.client_id)
    form = ValidateForm()
    form.offer(contacts)
    if not form.is_submitted():
        form.agency_signatory.data = current_viewer().name
        form.client_signatory.data = contacts[0].name if contacts else ""
    if save(form, lambda _session: _validate(version, form)):
        flash(gettext("The agreement is in force and frozen."), "success")
        return redirect(url_for("agreements.show", agreement_id=agreement_id))
    page = render_template("agreements/validate.html", form=form, contacts=contacts, **overview(version))
    return page, status_of(form)


def _validate(version: AgreementVersion, form: ValidateForm) -> None:
    _refuse_without_address()
    session, viewer = db_session(), current_viewer()
    contact = session.get_one(Contact, form.contact.data)
    names = form.agency_signatory.data, form.client_signatory.data
    validate_on_paper(session, version, contact, *names, viewer.email, token_key(), viewer.actor, now())


def _refuse_without_address() -> None:
    if not settings().public_base_url:
        raise Refusal(
            N_("Links cannot be written yet: set SURVEY_PUBLIC_BASE_URL to the address of this site, then try again.")
        )
