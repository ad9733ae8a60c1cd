"""Write one line of a draft, or an indicator of the agency's own."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext

from survey_app.accounts.access import Permission, requires
from survey_app.accounts.session import current_viewer
from survey_app.agreements.blueprint import blueprint, find_agreement
from survey_app.agreements.drafting import (
    EVIDENCE_LIMIT,
    add_commitment,
    change_commitment,
    draft_commitment,
    move_commitment,
    remove_commitment,
)
from survey_app.agreements.forms import LineForm, OwnIndicatorForm, line_form_class, measures_offered
from survey_app.agreements.models import AgreementVersion, Commitment
from survey_app.agreements.queries import baselines, count_respondents, current_version, get_line
from survey_app.agreements.rules import lacking_qualities, propose_target, sanction_flags
from survey_app.agreements.vocabulary import FLAGS, THEMES, Measure
from survey_app.catalogue.content import Indicator
from survey_app.catalogue.queries import get_indicator, get_own_indicator, own_indicators
from survey_app.catalogue.rules import formula_in_words
from survey_app.catalogue.service import change_indicator, define_indicator
from survey_app.catalogue.vocabulary import PRINTED_MEASURES
from survey_app.clients.queries import get_client
from survey_app.db import transaction
from survey_app.forms import choices, save, status_of
from survey_app.i18n import current_language
from survey_app.web import db_session, now


def _draft(agreement_id: int) -> AgreementVersion:
    return current_version(db_session(), find_agreement(agreement_id))


def _indicator(version: AgreementVersion, key: str) -> Indicator:
    return get_indicator(db_session(), version.agreement.client.agency_id, key)


def _form(indicator: Indicator) -> LineForm:
    language = current_language()
    labels = {each.key: each.label(language) for each in indicator.parameters}
    if indicator.evidence.limit is not None:
        unit = indicator.evidence.limit_unit_fr if language == "fr" else indicator.evidence.limit_unit_en
        labels[EVIDENCE_LIMIT] = gettext("At most (%(unit)s)", unit=unit)
    form = line_form_class(labels)()
    form.measure.choices = choices(measures_offered(indicator.measure, indicator.expression))
    return form


@blueprint.route("/agreements/<int:agreement_id>/lines/new/<key>", methods=["GET", "POST"])
@requires(Permission.MANAGE_AGREEMENTS)
def new_line(agreement_id: int, key: str) -> Any:
    """Add a line whose measure the parties write themselves."""
    version = _draft(agreement_id)
    indicator = _indicator(version, key)
    form = _form(indicator)
    draft = usual_line(version, indicator)
    if not form.is_submitted():
        form.fill(draft)
    if save(form, lambda session: add_commitment(session, version, indicator, **form.terms(draft.parameters))):
        flash(gettext("The line is in the agreement."), "success")
        return redirect(url_for("agreements.show", agreement_id=agreement_id))
    return _page(version, draft, indicator, form)


def usual_line(version: AgreementVersion, indicator: Indicator) -> Commitment:
    """Return the line as it would usually read, in no session: the form starts from it."""
    terms = {} if indicator.is_specified else {"measure": Measure.FACTUAL, "written_measure": "–"}
    line = draft_commitment(version, indicator, terms)  # type: ignore[arg-type]
    line.written_measure = ""
    return line


@blueprint.route("/agreements/<int:agreement_id>/lines/<int:line_id>", methods=["GET", "POST"])
@requires(Permission.MANAGE_AGREEMENTS)
def line(agreement_id: int, line_id: int) -> Any:
    version = _draft(agreement_id)
    found = get_line(version, line_id)
    indicator = _indicator(version, found.indicator_key)
    form = _form(indicator)
    if not form.is_submitted():
        form.fill(found)
    if save(form, lambda session: change_commitment(session, found, **form.terms(found.parameters))):
        flash(gettext("The line is saved."), "success")
        return redirect(url_for("agreements.show", agreement_id=agreement_id))
    return _page(version, found, indicator, form)


def _page(version: AgreementVersion, found: Commitment, indicator: Indicator, form: LineForm) -> Any:
    agreement = version.agreement
    baseline = baselines(db_session(), agreement.id).get(found.indicator_key)
    n_respondents = count_respondents(db_session(), agreement.client_id)
    page = render_template(
        "agreements/line.html",
        version=version,
        agreement=agreement,
        client=agreement.client,
        form=form,
        line=found,
        indicator=indicator,
        in_words=formula_in_words(indicator, current_language()),
        measures=PRINTED_MEASURES,
        flags=FLAGS,
        baseline=baseline,
        proposed=None if baseline is None else propose_target(baseline, found.threshold),
        raised=sanction_flags(found, n_respondents=n_respondents, has_baseline=baseline is not None),
        lacking=lacking_qualities(found, n_respondents=n_respondents, is_validated=version.content_hash is not None),
    )
    return page, status_of(form)


@blueprint.post("/agreements/<int:agreement_id>/lines/<int:line_id>/remove")
@requires(Permission.MANAGE_AGREEMENTS)
def remove_line(agreement_id: int, line_id: int) -> Any:
    version = _draft(agreement_id)
    with transaction(db_session()) as session:
        remove_commitment(session, get_line(version, line_id))
    flash(gettext("The line is out of the agreement."), "success")
    return redirect(url_for("agreements.show", agreement_id=agreement_id))


@blueprint.post("/agreements/<int:agreement_id>/lines/<int:line_id>/move")
@requires(Permission.MANAGE_AGREEMENTS)
def move_line(agreement_id: int, line_id: int) -> Any:
    version = _draft(agreement_id)
    with transaction(db_session()) as session:
        move_commitment(session, get_line(version, line_id), is_up=request.form.get("to") == "up")
    return redirect(url_for("agreements.show", agreement_id=agreement_id))


@blueprint.get("/clients/<client_key>/indicators")
@requires(Permission.MANAGE_AGREEMENTS)
def own_list(client_key: str) -> Any:
    client = get_client(db_session(), current_viewer(), client_key)
    return render_template(
        "agreements/own_list.html",
        client=client,
        own=own_indicators(db_session(), client.agency_id),
        themes=THEMES,
        measures=PRINTED_MEASURES,
    )


@blueprint.route("/clients/<client_key>/indicators/new", methods=["GET", "POST"])
@requires(Permission.MANAGE_AGREEMENTS)
def define(client_key: str) -> Any:
    client = get_client(db_session(), current_viewer(), client_key)
    form = OwnIndicatorForm()
    if save(
        form,
        lambda session: define_indicator(session, client.agency_id, form.definition(), current_viewer().actor, now()),
    ):
        flash(gettext("The indicator stands in the catalogue of all your clients."), "success")
        return redirect(url_for("agreements.own_list", client_key=client_key))
    return render_template("agreements/define.html", client=client, form=form), status_of(form)


@blueprint.route("/clients/<client_key>/indicators/<key>", methods=["GET", "POST"])
@requires(Permission.MANAGE_AGREEMENTS)
def redefine(client_key: str, key: str) -> Any:
    """Change an own indicator; agreements keep what they copied."""
    client = get_client(db_session(), current_viewer(), client_key)
    row = get_own_indicator(db_session(), client.agency_id, key)
    form = OwnIndicatorForm(obj=row)
    if not form.is_submitted():
        form.show_counts(row.counts)
    if save(
        form,
        lambda session: change_indicator(session, row, form.definition(), current_viewer().actor, now()),
    ):
        flash(
            gettext("The indicator is changed. Agreements already written keep the earlier wording."),
            "success",
        )
        return redirect(url_for("agreements.own_list", client_key=client_key))
    return render_template("agreements/define.html", client=client, form=form), status_of(form)
