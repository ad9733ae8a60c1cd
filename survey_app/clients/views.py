"""The agency and its clients."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from survey_app.accounts.access import Permission, requires
from survey_app.accounts.models import User
from survey_app.accounts.service import grant_client
from survey_app.accounts.session import current_user, current_viewer
from survey_app.clients.forms import ROLE_LABELS, AgencyForm, ClientForm, NewClientForm
from survey_app.clients.models import Agency, Client
from survey_app.clients.queries import count_contacts, find_agency, get_client, list_clients, list_contacts
from survey_app.clients.service import change_client, create_client, describe_agency
from survey_app.errors import N_, NotFound
from survey_app.forms import save, status_of
from survey_app.validation import suggest_key
from survey_app.web import db_session, now

blueprint = Blueprint("clients", __name__)

Page = str | tuple[str, int] | BaseResponse


@blueprint.get("/clients")
@requires(Permission.SEE_CLIENTS)
def index() -> Page:
    clients = list_clients(db_session(), current_viewer())
    return render_template("clients/index.html", clients=clients, counts=count_contacts(db_session(), clients))


def _agency() -> Agency:
    agency = find_agency(db_session())
    if agency is None:
        raise NotFound(N_("The agency is not created yet. Run: flask --app wsgi clients create-agency KEY --name NAME"))
    return agency


@blueprint.get("/clients/new")
@requires(Permission.MANAGE_CLIENTS)
def new_client() -> Page:
    _agency()
    return render_template("clients/new_client.html", form=NewClientForm())


@blueprint.post("/clients/new")
@requires(Permission.MANAGE_CLIENTS)
def submit_new_client() -> Page:
    form, agency = NewClientForm(), _agency()
    made: list[Client] = []
    if save(form, lambda session: made.append(_create_client(session, agency, form))):
        return redirect(url_for("clients.show", client_key=made[0].key))
    return render_template("clients/new_client.html", form=form), status_of(form)


def _create_client(session: Session, agency: Agency, form: NewClientForm) -> Client:
    client = create_client(
        session,
        agency,
        form.key.data or suggest_key(form.name.data),
        form.name.data,
        language=form.language.data,
        time_zone=form.time_zone.data,
        actor=current_viewer().actor,
        now=now(),
    )
    _work_for(current_user(), client.id)
    return client


def _work_for(user: User, client_id: int) -> None:
    """Let the person who creates a client see it."""
    if not user.sees_all_clients:
        grant_client(db_session(), user, client_id)


@blueprint.get("/clients/<client_key>")
@requires(Permission.SEE_CLIENTS)
def show(client_key: str) -> Page:
    client = get_client(db_session(), current_viewer(), client_key)
    contacts = list_contacts(db_session(), client)
    return render_template("clients/show.html", client=client, contacts=contacts, roles=ROLE_LABELS)


@blueprint.get("/clients/<client_key>/edit")
@requires(Permission.MANAGE_CLIENTS)
def edit_client(client_key: str) -> Page:
    client = get_client(db_session(), current_viewer(), client_key)
    return render_template("clients/edit_client.html", client=client, form=ClientForm(obj=client))


@blueprint.post("/clients/<client_key>/edit")
@requires(Permission.MANAGE_CLIENTS)
def submit_client(client_key: str) -> Page:
    form, client = ClientForm(), get_client(db_session(), current_viewer(), client_key)
    if not save(
        form,
        lambda session: change_client(
            session,
            client,
            name=form.name.data,
            language=form.language.data,
            time_zone=form.time_zone.data,
            actor=current_viewer().actor,
            now=now(),
        ),
    ):
        return render_template("clients/edit_client.html", client=client, form=form), status_of(form)
    flash(_("Saved."), "success")
    return redirect(url_for("clients.show", client_key=client_key))


@blueprint.get("/agency")
@requires(Permission.MANAGE_ACCOUNTS)
def agency() -> Page:
    return render_template("clients/agency.html", form=AgencyForm(obj=_agency()))


@blueprint.post("/agency")
@requires(Permission.MANAGE_ACCOUNTS)
def submit_agency() -> Page:
    form = AgencyForm()
    if not save(
        form,
        lambda session: describe_agency(
            session,
            _agency(),
            name=form.name.data,
            postal_address=form.postal_address.data,
            privacy_contact=form.privacy_contact.data,
            accent_colour=form.accent_colour.data,
            actor=current_viewer().actor,
            now=now(),
        ),
    ):
        return render_template("clients/agency.html", form=form), status_of(form)
    flash(_("Saved."), "success")
    return redirect(url_for("clients.agency"))
