"""The agency's own indicators, beside the catalogue's."""

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext

from survey_app.accounts.access import Permission, requires
from survey_app.accounts.session import current_viewer
from survey_app.agreements.blueprint import blueprint
from survey_app.agreements.own_indicator_forms import OwnIndicatorForm
from survey_app.agreements.wording import PRINTED_MEASURES, THEMES
from survey_app.catalogue.queries import get_own_indicator, own_indicators
from survey_app.catalogue.service import change_indicator, define_indicator
from survey_app.clients.queries import get_client
from survey_app.forms import save, status_of
from survey_app.web import db_session, now


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
