"""The contacts of a client, added one by one or from a list."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from survey_app.accounts.access import Permission, requires
from survey_app.accounts.session import current_viewer
from survey_app.clients.forms import COLUMN_LABELS, ROLE_LABELS, ContactForm
from survey_app.clients.importing import (
    Understood,
    check_columns,
    compare,
    guess_columns,
    import_contacts,
    is_heading,
    understand,
)
from survey_app.clients.models import Civility, Client, ContactRole
from survey_app.clients.queries import get_client, get_contact
from survey_app.clients.service import add_contact, change_contact, set_contact_active
from survey_app.clients.views import Page, blueprint
from survey_app.clients.vocabulary import Column
from survey_app.db import transaction
from survey_app.errors import Refusal
from survey_app.forms import save, show_on_form, status_of
from survey_app.tables.forms import (
    SHOWN_ROWS,
    TableForm,
    carried_content,
    chosen_columns,
    is_confirmed,
    preview_of,
)
from survey_app.tables.reading import Table, read_table
from survey_app.web import db_session, explain, now


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


@blueprint.get("/clients/<client_key>/contacts/import")
@requires(Permission.MANAGE_CLIENTS)
def import_file(client_key: str) -> Page:
    client = get_client(db_session(), current_viewer(), client_key)
    return render_template("clients/import_file.html", client=client, form=TableForm())


@blueprint.post("/clients/<client_key>/contacts/import")
@requires(Permission.MANAGE_CLIENTS)
def preview_import(client_key: str) -> Page:
    """Read the list that was chosen or pasted, and show what an import would do."""
    client, form = get_client(db_session(), current_viewer(), client_key), TableForm()
    try:
        content = form.content()
        table = read_table(content, is_heading)
        return _show_import(client, content, table, guess_columns(table))
    except Refusal as refusal:
        refusal.field = refusal.field or "file"
        status = show_on_form(form, refusal)
        return render_template("clients/import_file.html", client=client, form=form), status


@blueprint.post("/clients/<client_key>/contacts/import/confirm")
@requires(Permission.MANAGE_CLIENTS)
def confirm_import(client_key: str) -> Page:
    """Look again with other columns, or take the contacts: the button says which."""
    client = get_client(db_session(), current_viewer(), client_key)
    content = carried_content()
    table = read_table(content, is_heading)
    names = chosen_columns(list(Column), len(table.headers))
    columns = [Column(name) if name else None for name in names]
    found, obstacle = _understand(table, columns)
    if not is_confirmed() or found.problems or obstacle:
        return _show_import(client, content, table, columns, 400 if is_confirmed() else 200)
    with transaction(db_session()) as session:
        n_rows = import_contacts(session, client, found.contacts, current_viewer().actor, now())
    flash(ngettext("%(num)s contact is imported.", "%(num)s contacts are imported.", n_rows), "success")
    return redirect(url_for("clients.show", client_key=client_key))


def _understand(table: Table, columns: list[Column | None]) -> tuple[Understood, str]:
    """Return what the list says, or why nothing can be read with these columns."""
    try:
        check_columns(columns)
        return understand(table, columns), ""
    except Refusal as refusal:
        return Understood([], [], []), explain(refusal)


def _show_import(client: Client, content: bytes, table: Table, columns: list[Column | None], status: int = 200) -> Page:
    found, obstacle = _understand(table, columns)
    names, remarks = [each or "" for each in columns], found.remarks
    page = render_template(
        "clients/preview_import.html",
        client=client,
        preview=preview_of(content, table, names, COLUMN_LABELS, remarks, found.problems, obstacle),
        comparison=compare(db_session(), client, found.contacts),
        shown_contacts=found.contacts[:SHOWN_ROWS],
        roles=ROLE_LABELS,
    )
    return page, status
