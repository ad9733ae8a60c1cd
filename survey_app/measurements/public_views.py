"""The facts as the client's signatory sees them, before any sheet: behind their personal link."""

from typing import Any

from flask import Blueprint, Response, render_template, request

from survey_app.accounts.access import public
from survey_app.agreements.blueprint import template_words
from survey_app.agreements.models import AgreementVersion
from survey_app.agreements.public_views import get_round
from survey_app.agreements.queries import validated_version
from survey_app.agreements.vocabulary import RoundOutcome
from survey_app.errors import N_, NotFound
from survey_app.i18n import current_language
from survey_app.measurements.content import evidence_of, facts_of, period_today, periods_of
from survey_app.measurements.queries import get_file, owner_of
from survey_app.measurements.rules import parse_period
from survey_app.measurements.views import file_response
from survey_app.web import db_session, today

blueprint = Blueprint("client_facts", __name__)
blueprint.context_processor(template_words)


def _version(token: str) -> AgreementVersion:
    """Return the version in force of the agreement that the link's holder validated."""
    sent = get_round(token)
    version = validated_version(db_session(), sent.version.agreement)
    if sent.outcome is not RoundOutcome.ACCEPTED or version is None:
        raise NotFound(N_("Facts are shown once both parties have validated the agreement."))
    return version


@blueprint.get("/a/<token>/facts")
@public
def facts(token: str) -> Any:
    """Show what a second person at the agency validated, without the internal lines."""
    version, language = _version(token), current_language()
    asked = request.args.get("period", "")
    period = parse_period(asked) if asked else period_today(version, today(version.agreement.client.time_zone))
    shown = [
        each
        for each in facts_of(db_session(), version, period, language)
        if not each.line.is_internal and each.state == "validated"
    ]
    documents = [
        each
        for each in evidence_of(db_session(), version, today(version.agreement.client.time_zone), language)
        if not each.line.is_internal and each.state == "validated"
    ]
    return render_template(
        "measurements/client_facts.html",
        version=version,
        agreement=version.agreement,
        token=token,
        period=period,
        periods=periods_of(db_session(), version),
        facts=shown,
        evidence=documents,
    )


@blueprint.get("/a/<token>/files/<int:file_id>")
@public
def file(token: str, file_id: int) -> Response:
    version = _version(token)
    row = get_file(db_session(), file_id)
    proved = owner_of(row)
    shared = {line.indicator_key for line in version.commitments if not line.is_internal}
    is_theirs = proved.agreement_id == version.agreement_id and proved.indicator_key in shared
    if not is_theirs or proved.validated_at is None:
        raise NotFound(N_("There is no such file."))
    return file_response(row)
