"""The accounts of the staff and the clients that each works for, for administrators."""

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from wtforms.fields.choices import SelectChoice

from survey_app.accounts.access import Permission, Role, requires
from survey_app.accounts.forms import ROLE_LABELS, NewUserForm, UserForm
from survey_app.accounts.models import User
from survey_app.accounts.queries import get_user, list_users
from survey_app.accounts.second_factor import remove_second_factor
from survey_app.accounts.service import change_user, create_user, set_client_accesses
from survey_app.accounts.session import current_viewer
from survey_app.clients.queries import list_clients
from survey_app.clients.views import Page, blueprint
from survey_app.db import transaction
from survey_app.errors import N_, Refusal
from survey_app.forms import save, status_of
from survey_app.web import db_session, now


@blueprint.get("/staff")
@requires(Permission.MANAGE_ACCOUNTS)
def staff() -> Page:
    names = {client.id: client.name for client in list_clients(db_session(), current_viewer())}
    return render_template("clients/staff.html", users=list_users(db_session()), roles=ROLE_LABELS, names=names)


def _with_clients(form: UserForm) -> UserForm:
    clients = list_clients(db_session(), current_viewer())
    form.client_ids.choices = [SelectChoice(client.id, client.name) for client in clients]
    return form


@blueprint.get("/staff/new")
@requires(Permission.MANAGE_ACCOUNTS)
def new_account() -> Page:
    form = _with_clients(NewUserForm(role=Role.QUALITY_LEAD.value))
    return render_template("clients/new_account.html", form=form)


@blueprint.post("/staff/new")
@requires(Permission.MANAGE_ACCOUNTS)
def submit_new_account() -> Page:
    form = _with_clients(NewUserForm())
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


@blueprint.get("/staff/<int:user_id>")
@requires(Permission.MANAGE_ACCOUNTS)
def account(user_id: int) -> Page:
    user = get_user(db_session(), user_id)
    own = [access.client_id for access in user.client_accesses]
    form = _with_clients(UserForm(obj=user, role=user.role.value, client_ids=own))
    return render_template("clients/account.html", form=form, user=user)


@blueprint.post("/staff/<int:user_id>")
@requires(Permission.MANAGE_ACCOUNTS)
def submit_account(user_id: int) -> Page:
    form, user = _with_clients(UserForm()), get_user(db_session(), user_id)
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
