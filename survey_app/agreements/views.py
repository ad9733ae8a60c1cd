"""Pages of a client's agreements: the list, a new one, one agreement and its versions."""

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext

from survey_app.accounts.access import Permission, requires
from survey_app.accounts.session import current_viewer
from survey_app.agreements import (
    document_views,
    line_views,
    own_indicator_views,
    picker_views,
    role_views,
    round_views,
)
from survey_app.agreements.blueprint import blueprint, find_agreement, save, status_of
from survey_app.agreements.forms import AgreementForm, PeriodForm
from survey_app.agreements.models import AgreementVersion
from survey_app.agreements.overview import overview
from survey_app.agreements.queries import (
    client_agreements,
    current_version,
    get_version,
    validated_version,
)
from survey_app.agreements.rules import proposed_year
from survey_app.agreements.service import amend_agreement, create_agreement, end_agreement, set_period
from survey_app.agreements.starting_points import load_starting_points, start_from
from survey_app.agreements.wording import STATES
from survey_app.catalogue.queries import agency_catalogue
from survey_app.clients.models import Client
from survey_app.clients.queries import get_client
from survey_app.db import transaction
from survey_app.i18n import current_language
from survey_app.web import db_session, now, today

__all__ = [
    "blueprint",
    "document_views",
    "line_views",
    "own_indicator_views",
    "picker_views",
    "role_views",
    "round_views",
]


@blueprint.get("/clients/<client_key>/agreements")
@requires(Permission.SEE_CLIENTS)
def index(client_key: str) -> Any:
    client = get_client(db_session(), current_viewer(), client_key)
    agreements = client_agreements(db_session(), client.id)
    current = [(agreement, current_version(db_session(), agreement)) for agreement in agreements]
    return render_template("agreements/index.html", client=client, current=current, states=STATES)


@blueprint.route("/clients/<client_key>/agreements/new", methods=["GET", "POST"])
@requires(Permission.MANAGE_AGREEMENTS)
def create(client_key: str) -> Any:
    """Start an agreement from a ready list of lines or from nothing."""
    client = get_client(db_session(), current_viewer(), client_key)
    form = AgreementForm()
    form.offer(current_language())
    if not form.is_submitted():
        year = proposed_year(today(client.time_zone))
        form.suggest(gettext("Service agreement %(year)s", year=year), year)
    made: list[AgreementVersion] = []
    if save(form, lambda session: made.append(_create(client, form))):
        return redirect(url_for("agreements.show", agreement_id=made[0].agreement_id))
    points = load_starting_points()
    return render_template("agreements/create.html", client=client, form=form, points=points), status_of(form)


def _create(client: Client, form: AgreementForm) -> AgreementVersion:
    session = db_session()
    version = create_agreement(
        session,
        client,
        form.title.data,
        form.starts_on.data,
        form.ends_on.data,
        current_viewer().actor,
        now(),
    )
    point = load_starting_points().get(form.starting_point.data)
    if point is not None:
        start_from(session, version, point, agency_catalogue(session, client.agency_id))
    return version


@blueprint.get("/agreements/<int:agreement_id>")
@requires(Permission.SEE_CLIENTS)
def show(agreement_id: int) -> Any:
    agreement = find_agreement(agreement_id)
    version = current_version(db_session(), agreement)
    return render_template("agreements/show.html", **overview(version))


@blueprint.get("/agreements/<int:agreement_id>/versions/<int:number>")
@requires(Permission.SEE_CLIENTS)
def version(agreement_id: int, number: int) -> Any:
    """Show one version as it stands or stood."""
    found = get_version(find_agreement(agreement_id), number)
    return render_template("agreements/show.html", **overview(found))


@blueprint.route("/agreements/<int:agreement_id>/period", methods=["GET", "POST"])
@requires(Permission.MANAGE_AGREEMENTS)
def period(agreement_id: int) -> Any:
    draft = current_version(db_session(), find_agreement(agreement_id))
    form = PeriodForm(obj=draft)
    if save(
        form,
        lambda session: set_period(session, draft, form.starts_on.data, form.ends_on.data, form.rounding_digits.data),
    ):
        return redirect(url_for("agreements.show", agreement_id=agreement_id))
    return render_template(
        "agreements/period.html", version=draft, client=draft.agreement.client, form=form
    ), status_of(form)


@blueprint.post("/agreements/<int:agreement_id>/amend")
@requires(Permission.MANAGE_AGREEMENTS)
def amend(agreement_id: int) -> Any:
    with transaction(db_session()) as session:
        amend_agreement(session, find_agreement(agreement_id), current_viewer().actor, now())
    flash(
        gettext("The amendment is a copy of the version in force. It replaces it once both parties validate."),
        "success",
    )
    return redirect(url_for("agreements.show", agreement_id=agreement_id))


@blueprint.post("/agreements/<int:agreement_id>/end")
@requires(Permission.MANAGE_AGREEMENTS)
def end(agreement_id: int) -> Any:
    agreement = find_agreement(agreement_id)
    with transaction(db_session()) as session:
        in_force = validated_version(session, agreement) or current_version(session, agreement)
        end_agreement(session, in_force, current_viewer().actor, now())
    flash(gettext("The agreement is ended. What it measured stays as it is."), "success")
    return redirect(url_for("agreements.show", agreement_id=agreement_id))
