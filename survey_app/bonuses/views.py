"""The bonus of an agreement: its scheme, its simulator, and the simulator on the signatory's personal link."""

from typing import Any

from flask import Blueprint, current_app, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session

from survey_app.accounts.access import Permission, public, requires
from survey_app.accounts.session import current_viewer
from survey_app.agreements.models import AgreementVersion
from survey_app.agreements.queries import current_version, find_round, get_agreement, shared_lines
from survey_app.agreements.vocabulary import VersionState
from survey_app.bonuses.forms import FIELDS, SchemeForm, fill_form, stored_subjects, typed_scheme
from survey_app.bonuses.queries import Simulation, line_labels, run_simulation
from survey_app.bonuses.scheme import BonusScheme, read_scheme
from survey_app.bonuses.service import clear_scheme, write_scheme
from survey_app.db import transaction
from survey_app.errors import N_, NotFound, Refusal
from survey_app.forms import save, status_of
from survey_app.i18n import current_language
from survey_app.web import db_session, now

blueprint = Blueprint("bonuses", __name__)


@blueprint.get("/agreements/<int:agreement_id>/bonus")
@requires(Permission.SEE_RESULTS)
def show(agreement_id: int) -> Any:
    """Show the simulator where there is a scheme, and the way to write one where there is none."""
    version = _find_version(agreement_id)
    simulation = _simulate(version) if version.bonus_scheme is not None else None
    return render_template("bonuses/show.html", **_context(version), simulation=simulation)


def _simulate(version: AgreementVersion) -> Simulation:
    catalogue = current_app.extensions["survey_catalogue"]
    return run_simulation(db_session(), version, catalogue, request.args, current_language())


@blueprint.route("/agreements/<int:agreement_id>/bonus/edit", methods=["GET", "POST"])
@requires(Permission.MANAGE_AGREEMENTS)
def edit(agreement_id: int) -> Any:
    version = _find_version(agreement_id)
    form, stored = SchemeForm(), _stored(version)
    if not form.is_submitted() and stored is not None:
        fill_form(form, stored)
    if save(form, lambda session: _write(session, form, version)):
        flash(gettext("The scheme is saved. Move the marks to see what it pays."), "success")
        return redirect(url_for("bonuses.show", agreement_id=agreement_id))
    typed = request.form if form.is_submitted() else stored_subjects(stored)
    labels = line_labels(version, current_app.extensions["survey_catalogue"], current_language())
    page = render_template(
        "bonuses/edit.html", **_context(version), form=form, typed=typed, labels=labels, lines=shared_lines(version)
    )
    return page, status_of(form)


@blueprint.post("/agreements/<int:agreement_id>/bonus/remove")
@requires(Permission.MANAGE_AGREEMENTS)
def remove(agreement_id: int) -> Any:
    version = _find_version(agreement_id)
    with transaction(db_session()) as session:
        clear_scheme(session, version, current_viewer().actor, now())
    flash(gettext("The agreement pays no bonus any more."), "success")
    return redirect(url_for("bonuses.show", agreement_id=agreement_id))


def _write(session: Session, form: SchemeForm, version: AgreementVersion) -> None:
    """Keep the scheme that was typed; a refusal names the field of the page that holds the part it is about."""
    try:
        scheme = typed_scheme(form, request.form, shared_lines(version))
        write_scheme(session, version, scheme, current_viewer().actor, now())
    except Refusal as refusal:
        root = (refusal.field or "").split(".")[0]
        refusal.field = root if root in form else FIELDS.get(root)
        raise


def _find_version(agreement_id: int) -> AgreementVersion:
    agreement = get_agreement(db_session(), current_viewer(), agreement_id)
    return current_version(db_session(), agreement)


def _stored(version: AgreementVersion) -> BonusScheme | None:
    return read_scheme(version.bonus_scheme) if version.bonus_scheme is not None else None


def _context(version: AgreementVersion) -> dict[str, Any]:
    may_manage = current_viewer().may(Permission.MANAGE_AGREEMENTS)
    return {
        "version": version,
        "agreement": version.agreement,
        "client": version.agreement.client,
        "may_edit": may_manage and version.state is VersionState.DRAFT,
    }


public_blueprint = Blueprint("bonus_simulator", __name__)


@public_blueprint.get("/a/<token>/bonus")
@public
def simulator(token: str) -> str:
    found = find_round(db_session(), token)
    if found is None or found.version.bonus_scheme is None:
        raise NotFound(N_("This link opens nothing. Use the most recent one that you received, whole."))
    g.language = found.language
    return render_template(
        "bonuses/simulator.html",
        version=found.version,
        agreement=found.version.agreement,
        client=found.version.agreement.client,
        simulation=_simulate(found.version),
        token=token,
    )
