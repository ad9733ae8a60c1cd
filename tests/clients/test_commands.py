"""What an installation needs after its migrations, from the command line."""

from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select

from survey_app.accounts.access import Role
from survey_app.accounts.models import User
from survey_app.clients.models import Agency, Client, Contact
from survey_app.db import Database
from tests.cast import PASSWORD, Cast, browser_of, email_of, look, post


def run(app: Flask, *words: str, typed: str = "") -> Result:
    return app.test_cli_runner().invoke(args=words, input=typed)


def create_admin(app: Flask, password: str = PASSWORD, *options: str) -> Result:
    return run(
        app,
        "accounts",
        "create-admin",
        " Camille@Agence.test",
        "--name",
        "Camille Laurent",
        "--password-stdin",
        *options,
        typed=password + "\n",
    )


def test_a_fresh_installation_gets_its_agency_a_client_and_someone_who_signs_in(app: Flask, database: Database) -> None:
    assert run(app, "clients", "create-agency", "agence", "--name", "Agence Horizon").exit_code == 0
    created = run(app, "clients", "create", "Maison Valrose", "--language", "fr")
    assert created.output == "Client created: maison-valrose.\n"
    assert create_admin(app).exit_code == 0
    assert look(database, select(User.role)) == [Role.ADMINISTRATOR]
    assert look(database, select(Agency.name)) == ["Agence Horizon"]
    browser = app.test_client()
    assert post(browser, "/sign-in", {"email": "camille@agence.test", "password": PASSWORD}).status_code == 302
    assert "Maison Valrose" in browser.get("/").text


def test_the_password_is_asked_twice(app: Flask, database: Database) -> None:
    words = ("accounts", "create-admin", "camille@agence.test", "--name", "Camille")
    done = run(app, *words, typed=f"{PASSWORD}\n{PASSWORD}\n")
    assert done.exit_code == 0
    assert PASSWORD not in done.output
    assert len(look(database, select(User))) == 1


@pytest.mark.parametrize("password", ["court", ""])
def test_a_weak_password_opens_no_account(app: Flask, database: Database, password: str) -> None:
    refused = create_admin(app, password)
    assert refused.exit_code == 1
    assert "needs 14" in refused.output
    assert look(database, select(User)) == []


def test_a_second_agency_is_refused(app: Flask, cast: Cast) -> None:
    refused = run(app, "clients", "create-agency", "other", "--name", "Other")
    assert (refused.exit_code, "already there: Agence Horizon" in refused.output) == (1, True)


def test_a_client_needs_its_agency(app: Flask, database: Database) -> None:
    refused = run(app, "clients", "create", "Maison Valrose")
    assert (refused.exit_code, "create-agency" in refused.output) == (1, True)
    assert look(database, select(Client)) == []


def test_a_lost_password_is_replaced_and_ends_the_sessions(app: Flask, cast: Cast) -> None:
    browser = browser_of(app, cast.users["lead"])
    done = run(app, "accounts", "set-password", email_of("lead"), "--password-stdin", typed="une nouvelle phrase\n")
    assert done.exit_code == 0
    assert browser.get("/profile").status_code == 302
    assert run(app, "accounts", "set-password", "nobody@agence.test", "--password-stdin").exit_code == 1


def import_file(app: Flask, folder: Path, content: str, *options: str) -> Result:
    file = folder / "contacts.csv"
    file.write_bytes(content.encode("cp1252"))
    return run(app, "contacts", "import", str(file), "--client", "valrose", *options)


def addresses(database: Database) -> list[str]:
    return sorted(look(database, select(Contact.email).where(Contact.email.endswith("@valrose.test"))))


def test_a_file_is_imported_and_told_apart(app: Flask, cast: Cast, database: Database, tmp_path: Path) -> None:
    content = "Nom;E-mail\nZoé;zoe@valrose.test\nHélène Dupont;helene@valrose.test"
    dry = import_file(app, tmp_path, content, "--dry-run")
    assert "1 new, 0 corrected, 1 unchanged" in dry.output
    assert addresses(database) == ["helene@valrose.test"]
    assert import_file(app, tmp_path, content).exit_code == 0
    assert "0 new, 0 corrected, 2 unchanged" in import_file(app, tmp_path, content).output
    assert addresses(database) == ["helene@valrose.test", "zoe@valrose.test"]


def test_bad_lines_are_all_named_and_nothing_is_imported(
    app: Flask, cast: Cast, database: Database, tmp_path: Path
) -> None:
    refused = import_file(app, tmp_path, "Nom;E-mail\nZoé;zoe@valrose.test\n;x@valrose.test\nLuc;luc@")
    assert refused.exit_code == 1
    assert "line 3, Nom: The name is missing." in refused.output
    assert "line 4, E-mail:" in refused.output
    assert addresses(database) == ["helene@valrose.test"]


def test_a_column_is_named_by_hand(app: Flask, cast: Cast, database: Database, tmp_path: Path) -> None:
    content = "Qui;Ou\nZoé;zoe@valrose.test"
    assert import_file(app, tmp_path, content).exit_code == 1
    assert import_file(app, tmp_path, content, "--map", "Qui=name", "--map", "Ou=email").exit_code == 0
    assert import_file(app, tmp_path, content, "--map", "Qui=king").exit_code == 2
    assert "zoe@valrose.test" in addresses(database)


def test_an_unknown_client_is_told(app: Flask, cast: Cast, tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text("Nom;E-mail\nZoe;zoe@valrose.test")
    refused = run(app, "contacts", "import", str(tmp_path / "c.csv"), "--client", "unknown")
    assert (refused.exit_code, "no client with the identifier unknown" in refused.output) == (1, True)


@pytest.mark.parametrize(
    "words",
    [
        ("accounts", "create-admin"),
        ("accounts", "set-password"),
        ("clients", "create"),
        ("clients", "create-agency"),
        ("contacts", "import"),
    ],
)
def test_every_command_shows_an_example(app: Flask, words: tuple[str, ...]) -> None:
    assert "Example: flask --app wsgi" in run(app, *words, "--help").output
