"""The contacts of a client."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from survey_app.accounts.access import Permission, requires
from survey_app.accounts.session import current_viewer
from survey_app.clients.forms import ContactForm
from survey_app.clients.models import Civility, ContactRole
from survey_app.clients.queries import get_client, get_contact
from survey_app.clients.service import add_contact, change_contact, set_contact_active
from survey_app.clients.views import Page, blueprint
from survey_app.db import transaction
from survey_app.forms import save, status_of
from survey_app.web import db_session, now


@blueprint.get("/clients/<client_key>/contacts/new")
@requires(Permission.MANAGE_CLIENTS)
def new_contact(client_key: str) -> Page:
    client = get_client(db_session(), current_viewer(), client_key)
    form = ContactForm(language=client.language, role=ContactRole.MARKETING.value)
    return render_template("clients/new_contact.html", client=client, form=form)


@blueprint.post("/clients/<client_key>/contacts/new")
@requires(Permission.MANAGE_CLIENTS)
def submit_new_contact(client_key: str) -> Page:
    form, client = ContactForm(), get_client(db_session(), current_viewer(), client_key)
    if not save(
        form,
        lambda session: add_contact(
            session,
            client,
            form.name.data,
            form.email.data,
            ContactRole(form.role.data),
            civility=Civility(form.civility.data),
            job_title=form.job_title.data,
            language=form.language.data,
            is_signatory=form.is_signatory.data,
            actor=current_viewer().actor,
            now=now(),
        ),
    ):
        return render_template("clients/new_contact.html", client=client, form=form), status_of(form)
    flash(_("%(name)s is added.", name=form.name.data), "success")
    return redirect(url_for("clients.show", client_key=client_key))


@blueprint.get("/clients/<client_key>/contacts/<int:contact_id>")
@requires(Permission.MANAGE_CLIENTS)
def edit_contact(client_key: str, contact_id: int) -> Page:
    client = get_client(db_session(), current_viewer(), client_key)
    contact = get_contact(db_session(), client, contact_id)
    form = ContactForm(obj=contact, role=contact.role.value, civility=contact.civility.value)
    return render_template("clients/edit_contact.html", client=client, contact=contact, form=form)


@blueprint.post("/clients/<client_key>/contacts/<int:contact_id>")
@requires(Permission.MANAGE_CLIENTS)
def submit_contact(client_key: str, contact_id: int) -> Page:
    form, client = ContactForm(), get_client(db_session(), current_viewer(), client_key)
    contact = get_contact(db_session(), client, contact_id)
    if not save(
        form,
        lambda session: change_contact(
            session,
            client,
            contact,
            name=form.name.data,
            email=form.email.data,
            role=ContactRole(form.role.data),
            civility=Civility(form.civility.data),
            job_title=form.job_title.data,
            language=form.language.data,
            is_signatory=form.is_signatory.data,
            actor=current_viewer().actor,
            now=now(),
        ),
    ):
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
