"""Pages of the agency, its clients and their contacts, and of the accounts of the staff."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse
from wtforms.fields.choices import SelectChoice

from survey_app.accounts.access import Permission, Role, requires
from survey_app.accounts.forms import ROLE_LABELS as STAFF_ROLES
from survey_app.accounts.forms import NewUserForm, UserForm
from survey_app.accounts.models import User
from survey_app.accounts.queries import get_user, list_users
from survey_app.accounts.second_factor import remove_second_factor
from survey_app.accounts.service import change_user, create_user, grant_client, set_client_accesses
from survey_app.accounts.session import current_user, current_viewer
from survey_app.clients.forms import CONTACTS, ROLE_LABELS, AgencyForm, ClientForm, ContactForm, NewClientForm
from survey_app.clients.models import Agency, Civility, Client, ContactRole
from survey_app.clients.queries import (
    count_contacts,
    find_agency,
    get_client,
    get_contact,
    list_clients,
    list_contacts,
)
from survey_app.clients.reading import ContactRow
from survey_app.clients.service import (
    add_contact,
    change_client,
    change_contact,
    compare,
    create_client,
    describe_agency,
    import_contacts,
    set_contact_active,
)
from survey_app.db import transaction
from survey_app.errors import N_, NotFound, Refusal
from survey_app.forms import save, status_of
from survey_app.tables.forms import Preview, import_table
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


@blueprint.route("/clients/new", methods=["GET", "POST"])
@requires(Permission.MANAGE_CLIENTS)
def new_client() -> Page:
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


@blueprint.route("/clients/<client_key>/edit", methods=["GET", "POST"])
@requires(Permission.MANAGE_CLIENTS)
def edit_client(client_key: str) -> Page:
    client = get_client(db_session(), current_viewer(), client_key)
    form = ClientForm(obj=client)
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


@blueprint.route("/agency", methods=["GET", "POST"])
@requires(Permission.MANAGE_ACCOUNTS)
def agency() -> Page:
    form = AgencyForm(obj=_agency())
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


@blueprint.route("/clients/<client_key>/contacts/new", methods=["GET", "POST"])
@requires(Permission.MANAGE_CLIENTS)
def new_contact(client_key: str) -> Page:
    client = get_client(db_session(), current_viewer(), client_key)
    form = ContactForm(language=client.language, role=ContactRole.MARKETING.value)
    if not save(form, lambda session: add_contact(session, client, **_contact_said(form))):
        return render_template("clients/new_contact.html", client=client, form=form), status_of(form)
    flash(_("%(name)s is added.", name=form.name.data), "success")
    return redirect(url_for("clients.show", client_key=client_key))


def _contact_said(form: ContactForm) -> dict[str, Any]:
    return {
        "name": form.name.data,
        "email": form.email.data,
        "role": ContactRole(form.role.data),
        "civility": Civility(form.civility.data),
        "job_title": form.job_title.data,
        "language": form.language.data,
        "is_signatory": form.is_signatory.data,
        "actor": current_viewer().actor,
        "now": now(),
    }


@blueprint.route("/clients/<client_key>/contacts/<int:contact_id>", methods=["GET", "POST"])
@requires(Permission.MANAGE_CLIENTS)
def edit_contact(client_key: str, contact_id: int) -> Page:
    client = get_client(db_session(), current_viewer(), client_key)
    contact = get_contact(db_session(), client, contact_id)
    form = ContactForm(obj=contact, role=contact.role.value, civility=contact.civility.value)
    if not save(form, lambda session: change_contact(session, client, contact, **_contact_said(form))):
        return render_template("clients/edit_contact.html", client=client, contact=contact, form=form), status_of(form)
    flash(_("Saved."), "success")
    return redirect(url_for("clients.show", client_key=client_key))


@blueprint.post("/clients/<client_key>/contacts/<int:contact_id>/activity")
@requires(Permission.MANAGE_CLIENTS)
def set_activity(client_key: str, contact_id: int) -> Page:
    """Stop asking a contact, or ask again: the button says which."""
    client = get_client(db_session(), current_viewer(), client_key)
    contact = get_contact(db_session(), client, contact_id)
    is_active = request.form.get("is_active") == "1"
    with transaction(db_session()) as session:
        set_contact_active(session, contact, is_active=is_active, actor=current_viewer().actor, now=now())
    flash(_("Will be asked again.") if is_active else _("Will not be asked any more."), "success")
    return redirect(url_for("clients.show", client_key=client_key))


@blueprint.route("/clients/<client_key>/contacts/import", methods=["GET", "POST"])
@requires(Permission.MANAGE_CLIENTS)
def import_file(client_key: str) -> Any:
    """Import a list of contacts, after showing what that would do."""
    client = get_client(db_session(), current_viewer(), client_key)

    def show_preview(preview: Preview[ContactRow]) -> str:
        comparison = compare(db_session(), client, preview.rows)
        return render_template(
            "clients/preview_import.html", client=client, preview=preview, comparison=comparison, roles=ROLE_LABELS
        )

    def take(session: Session, contacts: Sequence[ContactRow]) -> str:
        n_rows = import_contacts(session, client, contacts, current_viewer().actor, now())
        return str(ngettext("%(num)s contact is imported.", "%(num)s contacts are imported.", n_rows))

    return import_table(
        CONTACTS,
        ask=lambda form: render_template("clients/import_file.html", client=client, form=form),
        show=show_preview,
        take=take,
        leads_to=url_for("clients.show", client_key=client_key),
    )


@blueprint.get("/staff")
@requires(Permission.MANAGE_ACCOUNTS)
def staff() -> Page:
    names = {client.id: client.name for client in list_clients(db_session(), current_viewer())}
    return render_template("clients/staff.html", users=list_users(db_session()), roles=STAFF_ROLES, names=names)


def _with_clients(form: UserForm) -> UserForm:
    clients = list_clients(db_session(), current_viewer())
    form.client_ids.choices = [SelectChoice(client.id, client.name) for client in clients]
    return form


@blueprint.route("/staff/new", methods=["GET", "POST"])
@requires(Permission.MANAGE_ACCOUNTS)
def new_account() -> Page:
    form = _with_clients(NewUserForm(role=Role.QUALITY_LEAD.value))
    if not save(form, lambda session: _open_account(session, form)):
        return render_template("clients/new_account.html", form=form), status_of(form)
    flash(_("The account is open. Give the person their address and first password."), "success")
    return redirect(url_for("clients.staff"))


def _open_account(session: Session, form: NewUserForm) -> None:
    user = create_user(
        session,
        form.email.data,
        form.name.data,
        form.password.data,
        Role(form.role.data),
        form.sees_all_clients.data,
        language=form.language.data,
        actor=current_viewer().actor,
        now=now(),
    )
    user.active = form.active.data
    set_client_accesses(session, user, () if user.sees_all_clients else form.client_ids.data)


@blueprint.route("/staff/<int:user_id>", methods=["GET", "POST"])
@requires(Permission.MANAGE_ACCOUNTS)
def account(user_id: int) -> Page:
    user = get_user(db_session(), user_id)
    own = [access.client_id for access in user.client_accesses]
    form = _with_clients(UserForm(obj=user, role=user.role.value, client_ids=own))
    if not save(form, lambda session: _change_account(session, user, form)):
        return render_template("clients/account.html", form=form, user=user), status_of(form)
    flash(_("Saved."), "success")
    return redirect(url_for("clients.staff"))


def _change_account(session: Session, user: User, form: UserForm) -> None:
    _refuse_locking_oneself_out(user.id, form)
    change_user(
        session,
        user,
        name=form.name.data,
        role=Role(form.role.data),
        active=form.active.data,
        sees_all_clients=form.sees_all_clients.data,
        client_ids=form.client_ids.data,
        actor=current_viewer().actor,
        now=now(),
    )


def _refuse_locking_oneself_out(user_id: int, form: UserForm) -> None:
    is_kept = form.active.data and form.role.data == Role.ADMINISTRATOR.value
    if user_id == current_viewer().user_id and not is_kept:
        raise Refusal(N_("You cannot take your own rights away. Ask another administrator to do it."))


@blueprint.post("/staff/<int:user_id>/second-factor/remove")
@requires(Permission.MANAGE_ACCOUNTS)
def forget_second_factor(user_id: int) -> Page:
    with transaction(db_session()) as session:
        remove_second_factor(session, get_user(session, user_id), current_viewer().actor, now())
    flash(_("The second factor is forgotten. The person sets up a new one at their next sign-in."), "success")
    return redirect(url_for("clients.account", user_id=user_id))
