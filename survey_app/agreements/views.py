"""Pages of a client's agreements: the list, a new one, one agreement and its versions."""

from collections.abc import Collection
from decimal import Decimal
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from sqlalchemy.orm import Session

from survey_app.accounts.access import Permission, requires
from survey_app.accounts.session import current_viewer
from survey_app.agreements import (
    line_views,
    round_views,
)
from survey_app.agreements.blueprint import blueprint, find_agreement, overview
from survey_app.agreements.content import load_starting_points
from survey_app.agreements.drafting import add_commitment, refuse_frozen, start_from
from survey_app.agreements.forms import AgreementForm, PeriodForm, RoleSharesForm
from survey_app.agreements.models import AgreementVersion
from survey_app.agreements.queries import (
    client_agreements,
    current_version,
    get_version,
    validated_version,
)
from survey_app.agreements.rules import MANY_LINES, is_crowded, proposed_year
from survey_app.agreements.service import amend_agreement, create_agreement, end_agreement, set_period, set_role_shares
from survey_app.agreements.vocabulary import STATES, THEMES
from survey_app.catalogue.queries import agency_catalogue
from survey_app.catalogue.rules import find_indicators, formula_in_words
from survey_app.catalogue.vocabulary import OBLIGORS, PRINTED_MEASURES
from survey_app.clients.models import Client, ContactRole
from survey_app.clients.queries import get_client
from survey_app.db import transaction
from survey_app.errors import N_, Invalid
from survey_app.forms import attempt, save, status_of
from survey_app.i18n import current_language
from survey_app.web import db_session, explain, now, today

__all__ = ["blueprint", "line_views", "round_views"]


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


@blueprint.get("/agreements/<int:agreement_id>/lines/add")
@requires(Permission.MANAGE_AGREEMENTS)
def picker(agreement_id: int) -> Any:
    """Show the catalogue by theme, with a search."""
    draft = current_version(db_session(), find_agreement(agreement_id))
    refuse_frozen(draft)
    return _picker_page(draft)


def _picker_page(draft: AgreementVersion, ticked: Collection[str] = (), problem: str = "") -> str:
    catalogue = agency_catalogue(db_session(), draft.agreement.client.agency_id)
    words = request.args.get("q", "")[:100]
    return render_template(
        "agreements/picker.html",
        version=draft,
        agreement=draft.agreement,
        client=draft.agreement.client,
        found=find_indicators(catalogue, words, current_language()),
        q=words,
        themes=THEMES,
        measures=PRINTED_MEASURES,
        obligors=OBLIGORS,
        chosen={line.indicator_key for line in draft.commitments},
        many_lines=MANY_LINES,
        ticked=ticked,
        problem=problem,
        in_words={key: formula_in_words(each, current_language()) for key, each in catalogue.items()},
    )


@blueprint.post("/agreements/<int:agreement_id>/lines/add")
@requires(Permission.MANAGE_AGREEMENTS)
def pick(agreement_id: int) -> Any:
    """Add the indicators that were ticked; those already in the agreement stay as they are."""
    draft = current_version(db_session(), find_agreement(agreement_id))
    catalogue = agency_catalogue(db_session(), draft.agreement.client.agency_id)
    chosen = {line.indicator_key for line in draft.commitments}
    wanted = [key for key in dict.fromkeys(request.form.getlist("key")) if key in catalogue and key not in chosen]

    def add(session: Session) -> None:
        if not wanted:
            raise Invalid(N_("Tick at least one indicator, then add it."))
        for key in wanted:
            add_commitment(session, draft, catalogue[key])

    refusal = attempt(add)
    if refusal is not None:
        return _picker_page(draft, wanted, explain(refusal)), refusal.status
    flash(ngettext("One line added.", "%(num)s lines added.", len(wanted)), "success")
    if is_crowded(len(draft.commitments)):
        flash(
            gettext(
                "You have %(n)s lines. Few indicators steer better: past %(many)s, attention scatters.",
                n=len(draft.commitments),
                many=MANY_LINES,
            ),
            "warning",
        )
    return redirect(url_for("agreements.show", agreement_id=agreement_id))


@blueprint.route("/agreements/<int:agreement_id>/roles", methods=["GET", "POST"])
@requires(Permission.MANAGE_AGREEMENTS)
def roles(agreement_id: int) -> Any:
    """Fix the part of each role, or let people count alike."""
    draft = current_version(db_session(), find_agreement(agreement_id))
    written = {role: Decimal(share) * 100 for role, share in (draft.role_shares or {}).items()}
    form = RoleSharesForm(data=written)
    asked = [role.value for role in ContactRole]
    if save(form, lambda session: set_role_shares(session, draft, {role: form[role].data for role in asked})):
        return redirect(url_for("agreements.show", agreement_id=agreement_id))
    return render_template("agreements/roles.html", version=draft, form=form), status_of(form)
