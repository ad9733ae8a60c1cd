"""Import contacts: choose a file, say what its columns hold, see what would happen, confirm."""

import base64
import binascii
from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from survey_app.accounts.access import Permission, requires
from survey_app.accounts.session import current_viewer
from survey_app.clients.forms import ROLE_LABELS
from survey_app.clients.importing.columns import Choice, Column, check_columns, guess_columns
from survey_app.clients.importing.forms import FileForm
from survey_app.clients.importing.labels import COLUMN_LABELS
from survey_app.clients.importing.reading import Table, read_table
from survey_app.clients.importing.rows import ContactRow, Problem, understand
from survey_app.clients.importing.service import compare, import_contacts
from survey_app.clients.models import Client
from survey_app.clients.queries import get_client
from survey_app.clients.views import Page, blueprint
from survey_app.db import transaction
from survey_app.errors import N_, Invalid, Refusal
from survey_app.forms import show_on_form
from survey_app.web import db_session, explain, now

# The file travels inside the page from one step to the next, so that the server keeps nothing of it.
MAX_PAGE_BYTES = 1024 * 1024
SHOWN_ROWS = 20
SHOWN_PROBLEMS = 200


@dataclass(frozen=True)
class Upload:
    """The file as it is sent from page to page, and what is known of it so far."""

    content: str
    table: Table
    columns: Choice
    contacts: list[ContactRow]
    problems: list[Problem]
    obstacle: str


@blueprint.get("/clients/<client_key>/contacts/import")
@requires(Permission.MANAGE_CLIENTS)
def import_file(client_key: str) -> Page:
    client = get_client(db_session(), current_viewer(), client_key)
    return render_template("clients/import_file.html", client=client, form=FileForm())


@blueprint.post("/clients/<client_key>/contacts/import")
@requires(Permission.MANAGE_CLIENTS)
def preview_import(client_key: str) -> Page:
    """Read the file that was chosen and show what an import would do."""
    client, form = get_client(db_session(), current_viewer(), client_key), FileForm()
    if not form.validate_on_submit():
        return render_template("clients/import_file.html", client=client, form=form), 400
    try:
        content = form.file.data.read(MAX_PAGE_BYTES + 1)
        upload = _understand(base64.b64encode(content).decode(), None)
    except Invalid as refusal:
        status = show_on_form(form, Invalid(refusal.message, field="file", **refusal.values))
        return render_template("clients/import_file.html", client=client, form=form), status
    return _show(client, upload)


@blueprint.post("/clients/<client_key>/contacts/import/confirm")
@requires(Permission.MANAGE_CLIENTS)
def confirm_import(client_key: str) -> Page:
    """Look again with other columns, or take the contacts: the button says which."""
    client = get_client(db_session(), current_viewer(), client_key)
    upload = _understand(request.form.get("content", ""), request.form.getlist("column"))
    if request.form.get("step") != "import" or upload.problems or upload.obstacle:
        is_refused = request.form.get("step") == "import"
        return _show(client, upload, 400 if is_refused else 200)
    with transaction(db_session()) as session:
        n_rows = import_contacts(session, client, upload.contacts, current_viewer().actor, now())
    flash(ngettext("%(num)s contact is imported.", "%(num)s contacts are imported.", n_rows), "success")
    return redirect(url_for("clients.show", client_key=client_key))


def _understand(content: str, chosen: list[str] | None) -> Upload:
    table = read_table(_bytes_of(content))
    columns = guess_columns(table.headers) if chosen is None else _columns_of(chosen, len(table.headers))
    try:
        check_columns(columns)
    except Refusal as refusal:
        return Upload(content, table, columns, [], [], explain(refusal))
    contacts, problems = understand(table, columns)
    return Upload(content, table, columns, contacts, problems, "")


def _bytes_of(content: str) -> bytes:
    try:
        found = base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError):
        raise Invalid(N_("The file was lost on the way. Choose it again.")) from None
    if len(found) > MAX_PAGE_BYTES:
        raise Invalid(
            N_("The file has more than 1 MB. Split it, or import it on the server: flask --app wsgi contacts import")
        )
    return found


def _columns_of(chosen: list[str], n_columns: int) -> list[Column | None]:
    known = {column.value: column for column in Column}
    return [known.get(name) for name in [*chosen, *[""] * n_columns][:n_columns]]


def _show(client: Client, upload: Upload, status: int = 200) -> Page:
    page = render_template(
        "clients/preview_import.html",
        client=client,
        upload=upload,
        labels=COLUMN_LABELS,
        roles=ROLE_LABELS,
        comparison=compare(db_session(), client, upload.contacts),
        columns=list(zip(upload.table.headers, upload.columns, _samples(upload.table), strict=True)),
        problems=[(problem, _(problem.message, **problem.values)) for problem in upload.problems[:SHOWN_PROBLEMS]],
        shown_contacts=upload.contacts[:SHOWN_ROWS],
    )
    return page, status


def _samples(table: Table) -> list[str]:
    """Return the first value under each header, so that a person recognises the column."""
    first = table.rows[0].cells
    return [first[place] if place < len(first) else "" for place in range(len(table.headers))]
