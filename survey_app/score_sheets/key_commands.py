"""`flask sheets public-key` and `rotate-key`: the keys that sheets are signed with, and how to change them."""

import click
from flask.cli import with_appcontext

from survey_app.errors import Refusal
from survey_app.score_sheets.signing import public_key_id, spell_key, trusted_keys
from survey_app.web import settings

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


def our_keys() -> tuple[bytes, ...]:
    try:
        return trusted_keys(settings())
    except Refusal as refusal:
        raise click.ClickException(str(refusal)) from None


@click.command("public-key")
@with_appcontext
@click.option("--all", "is_all", is_flag=True, help="Also the retired keys, each with its short name.")
def show_public_key(is_all: bool) -> None:
    """Print the public key that verifies this agency's sheets anywhere.

    Example: flask --app wsgi sheets public-key --all
    """
    current, *retired = our_keys()
    if not is_all:
        click.echo(spell_key(current))
        return
    for key in (current, *retired):
        click.echo(f"{spell_key(key)}  {public_key_id(key)}  {'in use' if key == current else 'retired'}")


@click.command("rotate-key")
@with_appcontext
def explain_rotation() -> None:
    """Tell how to replace the signing key so that the sheets of the old one stay authentic; changes nothing.

    Example: flask --app wsgi sheets rotate-key
    """
    keys = our_keys()
    click.echo(STEPS.format(name=public_key_id(keys[0]), retired=",".join(map(spell_key, keys))), nl=False)
