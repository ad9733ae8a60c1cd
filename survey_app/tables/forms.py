"""The one way a table comes in: chosen as a file or pasted, looked at, then confirmed."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import request
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import TextAreaField
from wtforms.validators import Optional

from survey_app.errors import N_, Invalid, Refusal
from survey_app.tables.reading import Problem, Remark, Table, summarise
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

    def content(self) -> bytes:
        """Return what was chosen or pasted."""
        if self.file.data:
            content: bytes = self.file.data.read(MAX_PAGE_BYTES + 1)
        else:
            content = (self.table.data or "").encode("utf-8", "replace")
        if not content.strip():
            raise Invalid(N_("Choose a file or paste a table."), field="file")
        return _refuse_large(content)


def _refuse_large(content: bytes) -> bytes:
    if len(content) > MAX_PAGE_BYTES:
        raise Invalid(
            N_("The file has more than 1 MB. Split it, or import it on the server from the command line."), field="file"
        )
    return content


def written_content(content: bytes) -> str:
    """Write a file so that a page can carry it to the next step."""
    return base64.b64encode(content).decode()


def carried_content() -> bytes:
    """Return the file that the page carried."""
    try:
        content = base64.b64decode(request.form.get("content", ""), validate=True)
    except (binascii.Error, ValueError):
        content = b""
    if not content:
        raise Invalid(N_("The file was lost on the way. Choose it again."))
    return _refuse_large(content)


def is_confirmed() -> bool:
    """Tell the button that takes the rows from the one that looks again."""
    return request.form.get("step") == "import"


def chosen_columns(known: Sequence[str], n_columns: int) -> list[str]:
    """Return what the page says of each column; an unknown name is a column that is not taken."""
    said = [*request.form.getlist("column"), *[""] * n_columns][:n_columns]
    return [name if name in known else "" for name in said]


@dataclass(frozen=True)
class ColumnShown:
    """A column of the file beside what it is said to hold; an empty one of a wide export is left out."""

    header: str
    holds: str
    sample: str
    is_left_out: bool


@dataclass(frozen=True)
class Preview:
    """What the page shows of a table before anything is taken."""

    content: str
    columns: Sequence[ColumnShown]
    labels: Mapping[Any, Any]
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


def preview_of(
    content: bytes,
    table: Table,
    columns: Sequence[str],
    labels: Mapping[Any, Any],
    remarks: Sequence[Remark],
    problems: Sequence[Problem],
    obstacle: str = "",
) -> Preview:
    samples = [next(iter(table.values(column)), "")[:80] for column in range(len(table.headers))]
    is_wide = len(table.headers) > WIDE
    return Preview(
        content=written_content(content),
        columns=[
            ColumnShown(header, holds, sample, is_wide and not sample and not holds)
            for header, holds, sample in zip(table.headers, columns, samples, strict=True)
        ],
        labels=labels,
        remarks=[told(remark) for remark in summarise([*table.remarks, *remarks])],
        problems=[(problem, told(problem)) for problem in problems[:SHOWN_PROBLEMS]],
        n_problems=len(problems),
        obstacle=obstacle,
    )


def told(said: Remark | Problem) -> str:
    """Put a remark or a problem into the reader's language."""
    refusal = Refusal(said.message)
    refusal.values = dict(said.values)
    return explain(refusal)
