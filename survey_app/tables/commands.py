"""What the commands that read a table print of it, the same for each."""

from collections.abc import Sequence

import click

from survey_app.tables.reading import Problem, Remark, summarise


def echo_remarks(remarks: Sequence[Remark]) -> None:
    for remark in summarise(remarks):
        click.echo(str(remark), err=True)


def refuse_problems(problems: Sequence[Problem]) -> None:
    """Name every wrong line and take nothing."""
    if not problems:
        return
    for problem in problems:
        click.echo(str(problem), err=True)
    raise click.ClickException(f"{len(problems)} problems, nothing imported. Correct the file and import it again.")
