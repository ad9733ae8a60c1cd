"""The one way a table comes in: chosen as a file or pasted, looked at, then confirmed."""

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic

from flask import flash, redirect, request
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from sqlalchemy.orm import Session
from wtforms import TextAreaField
from wtforms.validators import Optional

from survey_app.errors import N_, Invalid, Refusal
from survey_app.forms import attempt, show_on_form, status_of
from survey_app.tables.reading import ColumnT, Problem, Remark, RowT, Table, TableKind, Understood, summarise
from survey_app.web import explain

# The file travels inside the page from one step to the next, so that the server keeps nothing of it.
MAX_PAGE_BYTES = 1024 * 1024
SHOWN_PROBLEMS = 200
SHOWN_ROWS = 20
WIDE = 12


class TableForm(FlaskForm):
    file = FileField(
        lazy_gettext("File"),
        validators=[Optional()],
        description=lazy_gettext("CSV, XLSX or ODS, as your spreadsheet or address book saves it; 1 MB at most."),
        render_kw={"accept": ".csv,.tsv,.txt,.xlsx,.ods"},
    )
    table = TextAreaField(
        lazy_gettext("Or paste the table"),
        validators=[Optional()],
        description=lazy_gettext("From a spreadsheet, with the line that names its columns."),
    )

    @property
    def is_carried(self) -> bool:
        """Tell whether the file comes with the page, from a step before."""
        return "content" in request.form

    def content(self) -> bytes:
        """Return what was chosen or pasted, or what the page carried."""
        if self.is_carried:
            content = _carried_content()
        elif self.file.data:
            content = self.file.data.read(MAX_PAGE_BYTES + 1)
        else:
            content = (self.table.data or "").encode("utf-8", "replace")
        if not content.strip():
            lost, missing = N_("The file was lost on the way. Choose it again."), N_("Choose a file or paste a table.")
            raise Invalid(lost if self.is_carried else missing)
        if len(content) > MAX_PAGE_BYTES:
            raise Invalid(
                N_("The file has more than 1 MB. Split it, or import it on the server from the command line.")
            )
        return content


def _carried_content() -> bytes:
    try:
        return base64.b64decode(request.form["content"], validate=True)
    except (binascii.Error, ValueError):
        return b""


@dataclass(frozen=True)
class ColumnShown:
    """A column of the file beside what it is said to hold; an empty one of a wide export is left out."""

    header: str
    holds: str
    sample: str
    is_left_out: bool


@dataclass(frozen=True)
class Preview(Generic[RowT]):
    """What the page shows of a table before anything is taken."""

    content: str
    columns: Sequence[ColumnShown]
    labels: Mapping[Any, Any]
    rows: Sequence[RowT]
    remarks: Sequence[str]
    problems: Sequence[tuple[Problem, str]]
    n_problems: int
    obstacle: str

    @property
    def is_ready(self) -> bool:
        return not self.n_problems and not self.obstacle

    @property
    def n_left_out(self) -> int:
        return sum(1 for column in self.columns if column.is_left_out)

    @property
    def first_rows(self) -> Sequence[RowT]:
        return self.rows[:SHOWN_ROWS]


def import_table(
    kind: TableKind[ColumnT, RowT],
    *,
    ask: Callable[[TableForm], str],
    show: Callable[[Preview[RowT]], str],
    take: Callable[[Session, Sequence[RowT]], str],
    leads_to: str,
) -> Any:
    """Answer every step of an import: a table is chosen, looked at as often as wanted, then all of it is taken.

    The room renders the two pages; `take` writes the rows and returns the sentence that says so.
    """
    form = TableForm()
    preview = _look_at(form, kind)
    if preview is None:
        return ask(form), status_of(form)
    is_confirmed = request.form.get("step") == "import"
    if not (is_confirmed and preview.is_ready):
        return show(preview), Invalid.status if is_confirmed else 200
    done: list[str] = []
    refusal = attempt(lambda session: done.append(take(session, preview.rows)))
    if refusal is not None:
        return show(replace(preview, obstacle=explain(refusal))), refusal.status
    flash(done[0], "success")
    return redirect(leads_to)


def _look_at(form: TableForm, kind: TableKind[ColumnT, RowT]) -> Preview[RowT] | None:
    """Return what was read, its columns as the page says them or guessed; nothing where the form says why."""
    if not form.validate_on_submit():
        return None
    try:
        content = form.content()
        table = kind.read(content)
    except Refusal as refusal:
        refusal.field = "file"
        show_on_form(form, refusal)
        return None
    columns = _chosen_columns(kind, len(table.headers)) if form.is_carried else kind.guess(table)
    found, obstacle = Understood[RowT](), ""
    try:
        found = kind.understand(table, columns)
    except Refusal as refusal:
        obstacle = explain(refusal)
    return Preview(
        content=base64.b64encode(content).decode(),
        columns=_columns_shown(table, columns),
        labels=kind.labels,
        rows=found.rows,
        remarks=[_sentence(remark) for remark in summarise([*table.remarks, *found.remarks])],
        problems=[(problem, _sentence(problem)) for problem in found.problems[:SHOWN_PROBLEMS]],
        n_problems=len(found.problems),
        obstacle=obstacle,
    )


def _chosen_columns(kind: TableKind[ColumnT, RowT], n_columns: int) -> list[ColumnT | None]:
    """Return what the page says of each column; an unknown name is a column that is not taken."""
    known = {str(column): column for column in kind.labels}
    said = [*request.form.getlist("column"), *[""] * n_columns][:n_columns]
    return [known.get(name) for name in said]


def _columns_shown(table: Table, columns: Sequence[ColumnT | None]) -> list[ColumnShown]:
    samples = [next(iter(table.values(column)), "")[:80] for column in range(len(table.headers))]
    is_wide = len(table.headers) > WIDE
    return [
        ColumnShown(header, holds or "", sample, is_wide and not sample and not holds)
        for header, holds, sample in zip(table.headers, columns, samples, strict=True)
    ]


def _sentence(said: Remark | Problem) -> str:
    """Put a remark or a problem into the reader's language."""
    refusal = Refusal(said.message)
    refusal.values = dict(said.values)
    return explain(refusal)
