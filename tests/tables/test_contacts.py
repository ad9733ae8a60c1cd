"""Lists of contacts as programs export them: recognised, corrected or told, and opposition honoured."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from survey_app.clients.models import Civility, Contact, ContactRole
from survey_app.clients.reading import ContactRow, guess_columns, understand
from survey_app.clients.vocabulary import HEADINGS
from survey_app.db import Database
from survey_app.tables.reading import Understood, read_table
from tests.cast import Cast, browser_of, look, post
from tests.tables.doors import confirm_table, look_at

PAGE = "/clients/valrose/contacts/import"
OUTLOOK_REST = [f"{field} ({place})" for field in ("Rue", "Ville", "Téléphone") for place in range(27)]
OUTLOOK_FIRST = ["Titre", "Prénom", "Nom", "Société", "Service", "Profession"]
OUTLOOK = [*OUTLOOK_FIRST, *OUTLOOK_REST, "Adresse de messagerie", "Langue"]
GOOGLE = "First Name,Last Name,Name Prefix,Organization Title,Organization Department,E-mail 1 - Label,E-mail 1 - Value"


def written(*rows: Sequence[str], encoding: str = "utf-8") -> bytes:
    target = io.StringIO()
    csv.writer(target, quoting=csv.QUOTE_ALL).writerows(rows)
    return target.getvalue().encode(encoding)


def read(content: bytes) -> Understood[ContactRow]:
    table = read_table(content, HEADINGS)
    found = understand(table, guess_columns(table))
    assert not found.problems, found.problems
    return found


def remarks(found: Understood[ContactRow]) -> str:
    return "\n".join(str(remark) for remark in found.remarks)


@pytest.mark.parametrize(
    ("headers", "values"),
    [
        (OUTLOOK, ["Mme", "Zoé", "Œuvrard", "Valrose", "Achats", "Acheteuse", *[""] * 81, "z@v.test", "Français"]),
        (
            [*GOOGLE.split(","), "Language"],
            ["Zoé", "Œuvrard", "Mme", "Acheteuse", "Achats", "* Work", "z@v.test", "fr"],
        ),
        (
            ["Salutation", "First Name", "Last Name", "Title", "Department", "Email", "Language"],
            ["Ms.", "Zoé", "Œuvrard", "Acheteuse", "Purchasing", "z@v.test", "French"],
        ),
        (
            ["Record ID", "First Name", "Last Name", "Email", "Job Title", "Preferred language", "Civility", "Role"],
            ["151", "Zoé", "Œuvrard", "z@v.test", "Acheteuse", "fr-fr", "Mrs", "purchasing"],
        ),
        (
            ["Civilité", "Nom", "Prénom", "Email", "Fonction", "Service", "Langue préférée"],
            ["Madame", "Œuvrard", "Zoé", "z@v.test", "Acheteuse", "Direction des achats", "français"],
        ),
        (
            ["Title", "First Name", "Last Name", "Job Title", "Department", "E-mail Address", "Language"],
            ["Ms", "Zoé", "Œuvrard", "Acheteuse", "Procurement", "z@v.test", "fr"],
        ),
    ],
)
def test_an_export_is_recognised(headers: list[str], values: list[str]) -> None:
    [contact] = read(written(headers, values)).rows
    assert (contact.name, contact.email, contact.job_title) == ("Zoé Œuvrard", "z@v.test", "Acheteuse")
    assert (contact.civility, contact.role, contact.language) == (Civility.MADAM, ContactRole.PURCHASING, "fr")


def test_a_column_is_known_by_its_values_where_its_name_says_nothing() -> None:
    [contact] = read("Nom complet;Où;Comment\nZoé Œuvrard;z@v.test;Madame".encode()).rows
    assert (contact.email, contact.civility) == ("z@v.test", Civility.MADAM)


@pytest.mark.parametrize(
    ("heading", "yes", "no"),
    [
        ("EMAIL_BLOCKLISTED", "1", "0"),
        ("emailstatus", "OptOut", "OK"),
        ("Unsubscribed from all email", "true", "false"),
        ("Email Opt Out", "1", "0"),
        ("Désinscrit", "oui", "non"),
        ("Ne pas contacter", "x", ""),
        ("HasOptedOutOfEmail", "TRUE", "FALSE"),
        ("E-mail bloqué", "oui", "non"),
        ("Statut", "Désabonné", "Client"),
        ("Abonné", "non", "oui"),
    ],
)
def test_a_mark_of_opposition_is_honoured(heading: str, yes: str, no: str) -> None:
    found = read(f"Nom;Courriel;{heading}\nParti;p@v.test;{yes}\nZoé;z@v.test;{no}".encode())
    marked = {contact.email for contact in found.rows if contact.is_opposed}
    assert "p@v.test" in marked
    assert "opposed or unsubscribed" in remarks(found)
    assert heading == "Statut" or "z@v.test" not in marked


@pytest.mark.parametrize(
    ("headers", "values", "name"),
    [
        ("First name;Name", "Zoé;Œuvrard", "Zoé Œuvrard"),
        ("First name;Name", "Zoé;Zoé Œuvrard", "Zoé Œuvrard"),
        ("Name;Given Name;Family Name", "Zoé Œuvrard;Zoé;Œuvrard", "Zoé Œuvrard"),
        ("Prénom;Nom", "Zoé;Œuvrard", "Zoé Œuvrard"),
        ("Nom", "Zoé Œuvrard", "Zoé Œuvrard"),
    ],
)
def test_a_name_is_said_once_and_whole(headers: str, values: str, name: str) -> None:
    found = read(f"{headers};Email;Email 2\n{values};;z@v.test".encode())
    assert [(contact.name, contact.email) for contact in found.rows] == [(name, "z@v.test")]


def test_one_of_several_marks_of_opposition_is_enough() -> None:
    found = read(b"Nom;Courriel;Opted out of email: News;Opted out of email: One to one\nA;a@v.test;;true")
    assert found.rows[0].is_opposed


def test_whoever_is_marked_as_opposed_is_stored_as_opted_out(app: Flask, cast: Cast, database: Database) -> None:
    lead = browser_of(app, cast.users["lead"])
    people = (b"helene@valrose.test;H;D;1", b"p@valrose.test;P;T;yes", b"z@valrose.test;Z;O;0")
    content = b"\n".join((b"EMAIL;PRENOM;NOM;EMAIL_BLOCKLISTED", *people))
    preview = look_at(lead, PAGE, content)
    assert "ne recevra aucun e-mail" in preview.text
    assert "Signalés dans le fichier comme opposés ou désinscrits\u00a0: 2" in preview.text
    assert confirm_table(lead, PAGE, preview).status_code == 302
    rows = look(database, select(Contact).where(Contact.email.endswith("@valrose.test")))
    assert {row.email for row in rows if row.opted_out_at} == {"helene@valrose.test", "p@valrose.test"}
    again = look_at(lead, PAGE, content.replace(b";1", b";0"))
    assert confirm_table(lead, PAGE, again).status_code == 302
    [kept] = look(database, select(Contact).where(Contact.email == "helene@valrose.test"))
    assert kept.opted_out_at, "a file takes no objection back"


def test_an_empty_cell_erases_nothing(app: Flask, cast: Cast, database: Database) -> None:
    lead = browser_of(app, cast.users["lead"])
    for job in ("Cheffe de groupe", ""):
        preview = look_at(lead, PAGE, f"Nom;Courriel;Fonction\nNadia;n@valrose.test;{job}".encode())
        assert confirm_table(lead, PAGE, preview).status_code == 302
    assert look(database, select(Contact.job_title).where(Contact.email == "n@valrose.test")) == ["Cheffe de groupe"]


@pytest.mark.parametrize(
    ("copied", "address"),
    [
        ("Zoé O <z@v.test>", "z@v.test"),
        ('"Zoé O" <mailto:z@v.test>', "z@v.test"),
        ("mailto:z@v.test?subject=Bonjour", "z@v.test"),
        ("z@v.test ::: z@perso.test", "z@v.test"),
        ("z@v.test; z@perso.test", "z@v.test"),
        ("\u200bz@v.test\u00a0", "z@v.test"),
        ("z.o'neil@v.test", "z.o'neil@v.test"),
    ],
)
def test_an_address_is_understood_as_it_was_copied(copied: str, address: str) -> None:
    found = read(written(["Nom", "Courriel"], ["Zoé", copied]))
    assert [contact.email for contact in found.rows] == [address]
    assert ("several addresses" in remarks(found)) == ("perso" in copied)


def test_a_name_is_never_cut() -> None:
    table = read_table(f"Prénom;Nom;Courriel\n{'x' * 150};{'y' * 150};z@v.test".encode(), HEADINGS)
    [problem] = understand(table, guess_columns(table)).problems
    assert "has 301 characters" in str(problem)


def test_a_word_that_is_not_known_is_a_remark_and_refuses_nothing() -> None:
    found = read("Nom;Courriel;Rôle;Langue;Civilité\nZoé;z@v.test;Roi;de;Dr".encode())
    assert (found.rows[0].role, found.rows[0].language) == (None, None)
    assert all(f"“{word}”" in remarks(found) for word in ("Roi", "de", "Dr"))


def test_a_list_can_be_pasted(app: Flask, cast: Cast, database: Database) -> None:
    lead = browser_of(app, cast.users["lead"])
    preview = post(lead, PAGE, {"table": "Nom\tCourriel\nZoé\tz@valrose.test"})
    assert confirm_table(lead, PAGE, preview).status_code == 302
    assert "z@valrose.test" in look(database, select(Contact.email))


def test_empty_columns_of_a_wide_export_are_counted_and_not_shown(app: Flask, cast: Cast) -> None:
    row = ["Mme", "Zoé", "O", "", "", "", *[""] * 81, "z@valrose.test", ""]
    lead = browser_of(app, cast.users["lead"])
    preview = look_at(lead, PAGE, written(OUTLOOK, row, encoding="cp1252"))
    assert "82 colonnes vides ne sont pas affichées" in preview.text
    assert "Windows-1252" in preview.text
    assert confirm_table(lead, PAGE, preview).status_code == 302


def test_the_command_prints_what_the_page_says(app: Flask, cast: Cast, tmp_path: Path) -> None:
    path = tmp_path / "brevo.csv"
    path.write_bytes("EMAIL;NOM;EMAIL_BLOCKLISTED\nz@valrose.test;Zo\u200bé;1".encode())
    result = app.test_cli_runner().invoke(args=["contacts", "import", str(path), "--client", "valrose"])
    assert result.exit_code == 0, result.output
    for sentence in ("Read as a text in UTF-8", "Invisible characters", "opposed or unsubscribed: 1"):
        assert sentence in result.stderr
    path.write_bytes(b"Qui;Quoi\nZoe;rien")
    refused = app.test_cli_runner().invoke(args=["contacts", "import", str(path), "--client", "valrose"])
    assert "--map" in refused.output
    assert "Qui, Quoi" in refused.output
