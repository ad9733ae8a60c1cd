"""`flask sheets`: export the files of sealed editions, verify a file that came back, and change the signing key."""

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import click
from flask.cli import AppGroup

from survey_app.audit.queries import find_tampering
from survey_app.errors import Refusal
from survey_app.score_sheets.certificates import certifier
from survey_app.score_sheets.checking import recomputed_differences, stored_differences
from survey_app.score_sheets.files import export_edition
from survey_app.score_sheets.models import Edition
from survey_app.score_sheets.queries import (
    count_sheets,
    find_edition,
    find_sheet_by_reference,
    find_sheet_of_wave,
    newest_editions,
)
from survey_app.score_sheets.signing import (
    Keys,
    decode_key,
    public_key_id,
    retired_keys,
    signing_key_bytes,
    spell_key,
    trusted_keys,
)
from survey_app.score_sheets.verifying import ALTERED_PARTS, MAX_BYTES, Finding, Verdict, verify_file
from survey_app.web import database, now, settings

sheets = AppGroup("sheets", help="Export and verify score sheets. Example: flask --app wsgi sheets export --all")
STEPS = """\
The key in use is {name}. To replace it:

1. Make a new one:               openssl rand -base64 32
2. Put it in the place of the old one:
                                 SURVEY_SIGNING_KEY=...
3. Keep the public half of the old one, so that its sheets stay authentic:
                                 SURVEY_RETIRED_PUBLIC_KEYS={retired}
4. Restart the web and worker processes, and check every stored sheet:
                                 flask --app wsgi sheets check
5. Give the new public key to those who verify elsewhere; they keep the old one beside it:
                                 flask --app wsgi sheets public-key
                                 flask --app wsgi sheets verify FILE --public-key NEW --public-key OLD

Sheets that were sealed stay signed with the key that they name; new editions take the new one. Destroy the
old private key. Had it been stolen, whoever holds it could still sign in its name: a sheet of a retired key
that this database does not hold is told as such, and is not to be paid; so is a file that a retired key sealed
around younger figures.
"""


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
        export_to = _exporter(target)
        if is_all:
            _export_all(target, export_to)
        elif wave_id is not None:
            _export_one(wave_id, export_to)
    except Refusal as refusal:
        raise click.ClickException(str(refusal)) from None


def _exporter(folder: Path) -> Callable[[Edition], list[Path]]:
    """Return what writes an edition's files with the keys and the certificate of this installation."""
    return partial(
        export_edition,
        folder=folder,
        signing_key=signing_key_bytes(settings()),
        public_base_url=settings().public_base_url,
        retired=retired_keys(settings()),
        certify=certifier(settings(), now()),
    )


def _export_one(wave_id: int, export_to: Callable[[Edition], list[Path]]) -> None:
    with database().reading() as session:
        sheet = find_sheet_of_wave(session, wave_id)
        if sheet is None:
            raise click.ClickException(f"Wave {wave_id} has no sheet. Close it: flask --app wsgi waves close {wave_id}")
        for path in export_to(sheet.editions[0]):
            click.echo(path)


def _export_all(folder: Path, export_to: Callable[[Edition], list[Path]]) -> None:
    with database().reading() as session:
        n_sheets = count_sheets(session)
        with click.progressbar(newest_editions(session), length=n_sheets, label="Sheets", file=sys.stderr) as editions:
            for edition in editions:
                export_to(edition)
    click.echo(f"{n_sheets} sheets written in {folder}")


class Unjudged(click.ClickException):
    """Nothing could be said of the file: no verdict has this exit code."""

    exit_code = 3


@sheets.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--public-key",
    "key_texts",
    multiple=True,
    help="A public key of the agency in base64; once for each, the newest first. Default: those of this installation.",
)
@click.pass_context
def verify(context: click.Context, file: Path, key_texts: tuple[str, ...]) -> None:
    """Tell whether FILE is authentic (exit 0), altered (1) or not ours (2); 3 where it could not be judged.

    Example: flask --app wsgi sheets verify FS-2026-ABCDEFGH-1.pdf
    """
    try:
        keys = tuple(map(decode_key, key_texts)) or trusted_keys(settings())
    except Refusal as refusal:
        raise Unjudged(str(refusal)) from None
    finding = verify_file(_read(file), *keys)
    _print_finding(finding, keys)
    is_sound = finding.verdict is not Verdict.AUTHENTIC or _check_figures(finding, keys, has_database=not key_texts)
    context.exit(finding.verdict.exit_code if is_sound else Verdict.ALTERED.exit_code)


def _read(file: Path) -> bytes:
    try:
        if file.stat().st_size > MAX_BYTES:
            raise Unjudged("The file is larger than any sheet. Give the PDF, XLSX or JSON as it was received.")
        return file.read_bytes()
    except OSError as error:
        raise Unjudged(f"{file} cannot be read ({error.strerror}). Check its name, and that you may read it.") from None


def _print_finding(finding: Finding, keys: Keys) -> None:
    signer = next((key for key in keys if spell_key(key) == finding.public_key), keys[0])
    click.echo(
        finding.verdict.value.replace("_", " ")
        + f" (public key {public_key_id(signer)}{'' if signer == keys[0] else ', retired'})"
    )
    for part in finding.parts:
        click.echo(f"  {ALTERED_PARTS[part]}")
    for cell in finding.cells:
        click.echo(f"  {cell}")
    if finding.sealer not in ("", spell_key(keys[0])):
        click.echo("  sealed with a retired key: before anything is paid, read the figures on a file downloaded today")
    if finding.sealed is not None:
        sheet = finding.snapshot
        click.echo(f"  {sheet['reference']}, edition {sheet['edition']}, sha256 {finding.sealed.sha256}")


def _check_figures(finding: Finding, keys: Keys, *, has_database: bool) -> bool:
    """Compute the sheet again from its own figures, and compare with the database where it is at hand."""
    differences = recomputed_differences(finding.snapshot)
    click.echo(
        "  recomputed from its own marks: " + (", ".join(differences) if differences else "the same to the cent")
    )
    return (not has_database or _check_stored(finding, keys)) and not differences


def _check_stored(finding: Finding, keys: Keys) -> bool:
    """Compare with the database; a sheet that it does not hold is sound only by the key in use."""
    with database().reading() as session:
        edition = find_edition(session, finding.snapshot, finding.sha256)
        if edition is None:
            click.echo("  database: it does not hold this edition; ask the agency before anything is paid")
            is_known = find_sheet_by_reference(session, str(finding.snapshot["reference"])) is not None
            return not is_known and finding.public_key == spell_key(keys[0])
        newest = edition.sheet.editions[0]
        if newest.number > edition.number:
            click.echo(f"  superseded by edition {newest.number}: {newest.reason}")
        differences = stored_differences(session, newest, keys)
        for difference in differences:
            click.echo(f"  database: {difference}")
        return not differences


@sheets.command()
@click.pass_context
def check(context: click.Context) -> None:
    """Check every stored edition and the audit chain (exit 1 if a row was changed by hand).

    Example: flask --app wsgi sheets check
    """
    keys = _trusted_keys()
    with database().reading() as session:
        broken = find_tampering(session)
        found = [] if broken is None else [f"audit log: entry {broken} does not fit the chain"]
        n_sheets = count_sheets(session)
        with click.progressbar(newest_editions(session), n_sheets, label="Checking", file=sys.stderr) as editions:
            found += [
                f"{edition.sheet.reference}: {difference}"
                for edition in editions
                for difference in stored_differences(session, edition, keys)
            ]
    for line in found:
        click.echo(line)
    click.echo(f"{len(found)} differences" if found else "everything is as it was sealed")
    context.exit(1 if found else 0)


def _trusted_keys() -> tuple[bytes, ...]:
    try:
        return trusted_keys(settings())
    except Refusal as refusal:
        raise click.ClickException(str(refusal)) from None


@sheets.command("public-key")
@click.option("--all", "is_all", is_flag=True, help="Also the retired keys, each with its short name.")
def show_public_key(is_all: bool) -> None:
    """Print the public key that verifies this agency's sheets anywhere.

    Example: flask --app wsgi sheets public-key --all
    """
    current, *retired = _trusted_keys()
    if not is_all:
        click.echo(spell_key(current))
        return
    for key in (current, *retired):
        click.echo(f"{spell_key(key)}  {public_key_id(key)}  {'in use' if key == current else 'retired'}")


@sheets.command("rotate-key")
def explain_rotation() -> None:
    """Tell how to replace the signing key so that the sheets of the old one stay authentic; changes nothing.

    Example: flask --app wsgi sheets rotate-key
    """
    keys = _trusted_keys()
    click.echo(STEPS.format(name=public_key_id(keys[0]), retired=",".join(map(spell_key, keys))), nl=False)
