"""What can be read and kept of an agreement: its PDF, and what an amendment changes."""

import json
from typing import Any

from flask import Response, render_template

from survey_app.accounts.access import Permission, requires
from survey_app.agreements.blueprint import blueprint, find_agreement
from survey_app.agreements.content import canonical_content
from survey_app.agreements.differences import compare_contents
from survey_app.agreements.document import Seal, agreement_pdf, document_name, seal_of
from survey_app.agreements.models import AgreementVersion
from survey_app.agreements.queries import get_version
from survey_app.agreements.wording import FIELDS, OBLIGORS
from survey_app.errors import N_, NotFound
from survey_app.i18n import current_language


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


def content_of(version: AgreementVersion) -> dict[str, Any]:
    """Return what a version says: as it was frozen, or as the draft stands."""
    if version.frozen_content is None:
        return canonical_content(version)
    frozen: dict[str, Any] = json.loads(version.frozen_content)
    return frozen
