"""`flask sheets`: export the files of sealed editions, and verify a file that came back."""

import base64
from pathlib import Path

import click
from flask.cli import AppGroup

from survey_app.audit.queries import find_tampering
from survey_app.errors import Refusal
from survey_app.score_sheets.exporting import export_edition
from survey_app.score_sheets.queries import count_sheets, find_sheet_by_reference, find_sheet_of_wave, newest_editions
from survey_app.score_sheets.recomputing import recomputed_differences
from survey_app.score_sheets.signing import decode_key, public_key, public_key_id, signing_key_bytes
from survey_app.score_sheets.stored import stored_differences
from survey_app.score_sheets.verifying import ALTERED_PARTS, Finding, Verdict
from survey_app.score_sheets.verifying_files import MAX_BYTES, verify_file
from survey_app.web import database, settings

sheets = AppGroup("sheets", help="Export and verify score sheets. Example: flask --app wsgi sheets export --all")


@sheets.command()
@click.argument("wave_id", type=int, required=False)
@click.option("--all", "is_all", is_flag=True, help="Export the newest edition of every sheet.")
@click.option("--to", "folder", type=click.Path(path_type=Path), help="Folder; default: sheets/ in the data folder.")
def export(wave_id: int | None, is_all: bool, folder: Path | None) -> None:
    """Write PDF, XLSX and JSON of the newest edition.

    Example: flask --app wsgi sheets export 3 --to /tmp/sheets
    """
    if (wave_id is None) != is_all:
        raise click.UsageError("Name one wave, or use --all.")
    target = folder or settings().data_dir / "sheets"
    try:
        key = signing_key_bytes(settings())
        if is_all:
            _export_all(target, key)
        elif wave_id is not None:
            _export_one(wave_id, target, key)
    except Refusal as refusal:
        raise click.ClickException(str(refusal)) from None


def _export_one(wave_id: int, folder: Path, key: bytes) -> None:
    with database().reading() as session:
        sheet = find_sheet_of_wave(session, wave_id)
        if sheet is None:
            raise click.ClickException(f"Wave {wave_id} has no sheet. Close it: flask --app wsgi waves close {wave_id}")
        for path in export_edition(sheet.editions[0], folder, key, settings().public_base_url):
            click.echo(path)


def _export_all(folder: Path, key: bytes) -> None:
    with database().reading() as session:
        n_sheets = count_sheets(session)
        with click.progressbar(newest_editions(session), length=n_sheets, label="Sheets") as editions:
            for edition in editions:
                export_edition(edition, folder, key, settings().public_base_url)
    click.echo(f"{n_sheets} sheets written in {folder}")


@sheets.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--public-key", "key_text", help="The agency's public key in base64; default: that of this installation.")
@click.pass_context
def verify(context: click.Context, file: Path, key_text: str | None) -> None:
    """Tell whether FILE is authentic (exit 0), altered (1) or not ours (2).

    Example: flask --app wsgi sheets verify FS-2026-ABCDEFGH-1.pdf
    """
    if file.stat().st_size > MAX_BYTES:
        raise click.ClickException("The file is larger than any sheet. Give the PDF, XLSX or JSON as it was received.")
    try:
        key = decode_key(key_text) if key_text else public_key(signing_key_bytes(settings()))
    except Refusal as refusal:
        raise click.ClickException(str(refusal)) from None
    finding = verify_file(file.read_bytes(), key)
    _tell(finding, key)
    is_sound = finding.verdict is not Verdict.AUTHENTIC or _tell_more(finding, key, has_database=key_text is None)
    context.exit(finding.verdict.exit_code if is_sound else Verdict.ALTERED.exit_code)


def _tell(finding: Finding, key: bytes) -> None:
    click.echo(
        {
            Verdict.AUTHENTIC: "authentic",
            Verdict.ALTERED: "altered",
            Verdict.NOT_OURS: "not ours",
        }[finding.verdict]
        + f" (public key {public_key_id(key)})"
    )
    for part in finding.parts:
        click.echo(f"  {ALTERED_PARTS[part]}")
    for cell in finding.cells:
        click.echo(f"  {cell}")
    if finding.sealed is not None:
        sheet = finding.snapshot
        click.echo(f"  {sheet['reference']}, edition {sheet['edition']}, sha256 {finding.sealed.sha256}")


def _tell_more(finding: Finding, key: bytes, *, has_database: bool) -> bool:
    """Compute the sheet again from its own figures, and compare with the database where it is at hand."""
    differences = recomputed_differences(finding.snapshot)
    click.echo(
        "  recomputed from its own marks: " + (", ".join(differences) if differences else "the same to the cent")
    )
    return (not has_database or _tell_stored(finding, key)) and not differences


def _tell_stored(finding: Finding, key: bytes) -> bool:
    with database().reading() as session:
        sheet = find_sheet_by_reference(session, str(finding.snapshot["reference"]))
        if sheet is None:
            return True
        newest = sheet.editions[0]
        if newest.number > finding.snapshot["edition"]:
            click.echo(f"  superseded by edition {newest.number}: {newest.reason}")
        differences = stored_differences(session, newest, key)
        for difference in differences:
            click.echo(f"  database: {difference}")
        return not differences


@sheets.command()
@click.pass_context
def check(context: click.Context) -> None:
    """Check every stored edition and the audit chain (exit 1 if a row was changed by hand).

    Example: flask --app wsgi sheets check
    """
    key, n_wrong = public_key(signing_key_bytes(settings())), 0
    with database().reading() as session:
        broken = find_tampering(session)
        if broken is not None:
            click.echo(f"audit log: entry {broken} does not fit the chain")
        for edition in newest_editions(session):
            for difference in stored_differences(session, edition, key):
                n_wrong += 1
                click.echo(f"{edition.sheet.reference}: {difference}")
    click.echo("everything is as it was sealed" if not n_wrong and broken is None else f"{n_wrong} differences")
    context.exit(1 if n_wrong or broken is not None else 0)


@sheets.command(name="public-key")
def show_public_key() -> None:
    """Print the public key that verifies this agency's sheets anywhere.

    Example: flask --app wsgi sheets public-key
    """
    key = public_key(signing_key_bytes(settings()))
    click.echo(base64.b64encode(key).decode())
