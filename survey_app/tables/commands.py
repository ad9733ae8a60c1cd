"""How the commands read a table: what they print of it, and what they refuse, the same for each kind."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from survey_app.errors import Refusal
from survey_app.tables.reading import MAX_FILE_BYTES, ColumnT, Remark, RowT, Table, TableKind, summarise

file_argument = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
map_option = click.option(
    "--map", "mappings", multiple=True, metavar="HEADER=FIELD", help="Say what a column holds; repeatable."
)


def understand_file(file: Path, kind: TableKind[ColumnT, RowT], mappings: Sequence[str]) -> list[RowT]:
    """Return what the rows of a file say, or name every wrong line and take nothing."""
    with file.open("rb") as opened:
        table = kind.read(opened.read(MAX_FILE_BYTES + 1))
    _echo(table.remarks)
    columns = _columns(table, kind, mappings)
    try:
        kind.check(columns)
    except Refusal as refusal:
        headers = ", ".join(header for header in table.headers if header)[:300]
        raise click.ClickException(f"{refusal} Say it with --map HEADER=FIELD; the columns are: {headers}") from None
    found = kind.understand(table, columns)
    _echo(found.remarks)
    for problem in found.problems:
        click.echo(str(problem), err=True)
    if found.problems:
        n_problems = len(found.problems)
        raise click.ClickException(f"{n_problems} problems, nothing imported. Correct the file and import it again.")
    return found.rows


def _echo(remarks: Sequence[Remark]) -> None:
    for remark in summarise(remarks):
        click.echo(str(remark), err=True)


def _columns(table: Table, kind: TableKind[ColumnT, RowT], mappings: Sequence[str]) -> list[ColumnT | None]:
    """Return the guess, corrected by what the command says."""
    columns, known = kind.guess(table), {str(column): column for column in kind.labels}
    for mapping in mappings:
        header, _equals, name = mapping.rpartition("=")
        if header not in table.headers or name not in known:
            raise click.BadParameter(f"{mapping}: write HEADER=FIELD with a header of the file and one of the fields")
        columns = [None if column == name else column for column in columns]
        columns[table.headers.index(header)] = known[name]
    return columns


def with_progress(rows: Sequence[RowT], label: str) -> Iterator[RowT]:
    with click.progressbar(rows, label=label, file=sys.stderr) as shown:
        yield from shown
