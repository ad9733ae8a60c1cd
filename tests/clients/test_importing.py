"""Contacts from files: every encoding, every bad row with its line, all or nothing, opt-outs that stay."""

import io
import zipfile
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime

import pytest
import xlsxwriter
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse

from survey_app.accounts.models import User
from survey_app.clients.models import Contact, ContactRole
from survey_app.clients.reading import guess_columns, understand
from survey_app.clients.vocabulary import HEADINGS, Column
from survey_app.clock import SettableClock
from survey_app.db import Database, transaction
from survey_app.errors import Invalid
from survey_app.tables.reading import MAX_FILE_BYTES, MAX_ROWS, Table, read_table
from tests.cast import Cast, browser_of, look, post

LINES = [
    "Nom complet;Adresse e-mail;Rôle;Signataire",
    "Zoé Lefèvre;zoe@valrose.test;Achats;oui",
    "Luc Noël;LUC@valrose.test;;",
]
GOOD = "\n".join(LINES)
PAGE = "/clients/valrose/contacts/import"


def workbook(rows: Iterable[Iterable[object]]) -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for line, row in enumerate(rows):
            sheet.write_row(line, 0, list(row))
    return content.getvalue()


def read(content: bytes) -> tuple[list[str], list[tuple[int, str, str]]]:
    """Return the addresses understood and the problems: line, column, message."""
    table = read_table(content, HEADINGS)
    found = understand(table, guess_columns(table))
    return [contact.email for contact in found.rows], [
        (problem.line, problem.column, str(problem)) for problem in found.problems
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_every_usual_csv_is_read(encoding: str, delimiter: str, end: str) -> None:
    content = end.join(line.replace(";", delimiter) for line in LINES).encode(encoding)
    table = read_table(content, HEADINGS)
    found = understand(table, guess_columns(table))
    assert not found.problems
    assert [(c.line, c.name, c.email, c.role, c.is_signatory) for c in found.rows] == [
        (2, "Zoé Lefèvre", "zoe@valrose.test", ContactRole.PURCHASING, True),
        (3, "Luc Noël", "luc@valrose.test", None, None),
    ]


def test_a_workbook_is_read_with_its_lines() -> None:
    headers = ["Prénom", "Nom", "Courriel"]
    people = [["Zoé", "Lefèvre", "zoe@valrose.test"], [], ["Luc", "Noël", "luc@"]]
    emails, problems = read(workbook([headers, *people]))
    assert emails == ["zoe@valrose.test"]
    assert [(line, column) for line, column, _message in problems] == [(4, "Courriel")]


def test_every_bad_row_is_told_with_its_line() -> None:
    content = "\n".join(
        [
            "Nom;E-mail;Rôle;Langue",
            "Zoé;zoe@valrose.test;Achats;fr",
            ";sans.nom@valrose.test;;",
            "",
            "Sans adresse;;;",
            "Accent;rené@valrose.test;;",
            "Double; ZOE@VALROSE.TEST ;;",
            "Roi;roi@valrose.test;Roi;fr",
            "Nul\x00;nul@valrose.test;;",
            "Trop;trop@valrose.test;;;;de cellules",
            "Allemand;de@valrose.test;;de",
            f"{'x' * 201};long@valrose.test;;",
        ]
    )
    _emails, problems = read(content.encode())
    assert [(line, column) for line, column, _message in problems] == [
        (3, "Nom"),
        (5, "E-mail"),
        (6, "E-mail"),
        (7, "E-mail"),
        (9, "Nom"),
        (10, ""),
        (12, "Nom"),
    ]
    assert "line 2" in problems[3][2]


def test_a_cell_with_line_breaks_is_one_line_as_a_spreadsheet_numbers_it() -> None:
    content = 'Nom;E-mail\n"Zoé\nLefèvre";zoe@valrose.test\nLuc;luc@'
    assert [line for line, _column, _message in read(content.encode())[1]] == [2, 3]


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        (["Nom", "E-mail"], [Column.NAME, Column.EMAIL]),
        (
            ["Prénom", "NOM", "Courriel", "Fonction"],
            [Column.FIRST_NAME, Column.LAST_NAME, Column.EMAIL, Column.JOB_TITLE],
        ),
        (["Email Address", "Full name", "Email"], [Column.EMAIL, Column.NAME, None]),
        (["?", ""], [None, None]),
    ],
)
def test_columns_are_guessed_from_their_names(headers: list[str], expected: list[Column | None]) -> None:
    assert guess_columns(Table(tuple(headers), (), ())) == expected


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n\n",
        b";;\n;;",
        b"Nom;E-mail",
        b"Nom;Telephone\nZoe;06",
        b"E-mail\nzoe@valrose.test",
        b"PK\x03\x04 not a zip",
        b"Nom;E-mail;Email;Nom\n" + b"x" * (MAX_FILE_BYTES + 1),
        ("Nom;E-mail\n" + "a;b\n" * (MAX_ROWS + 1)).encode(),
        b'Nom;E-mail\n"' + b"x" * 200_000,
    ],
)
def test_what_cannot_be_a_list_of_contacts_is_refused(content: bytes) -> None:
    with pytest.raises(Invalid):
        read(content)


def rebuilt(content: bytes, part: str, text: bytes) -> bytes:
    """Return the workbook with one part replaced."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        for name in source.namelist():
            made.writestr(name, text if name == part else source.read(name))
    return target.getvalue()


SHEET = (
    b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    b"<sheetData>%s</sheetData></worksheet>"
)


@pytest.mark.parametrize(
    "rows",
    [
        b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
        b"<row><c><v>1</v></c></row>" + b"<row/>" * 200_000 + b"<row><c><v>1</v></c></row>",
        b'<row r="1">' + b"<c><v>1</v></c>" * 16_000 + b"</row>",
        b"<row r='999999'><c><v>1</v></c></row>",
        b" " * (41 * 1024 * 1024),
    ],
)
def test_a_workbook_that_unfolds_is_refused_before_it_does(rows: bytes) -> None:
    bomb = rebuilt(workbook([["Nom", "E-mail"]]), "xl/worksheets/sheet1.xml", SHEET % rows)
    assert len(bomb) < 1024 * 1024
    with pytest.raises(Invalid, match="larger inside"):
        read_table(bomb, HEADINGS)


def test_a_workbook_that_lies_about_its_size_is_refused() -> None:
    honest = rebuilt(workbook([["Nom", "E-mail"]]), "xl/worksheets/sheet1.xml", SHEET % (b" " * 100_000))
    size = (100_000 + len(SHEET) - 2).to_bytes(4, "little")
    assert honest.count(size) == 2
    with pytest.raises(Invalid, match="cannot be read"):
        read_table(honest.replace(size, (500).to_bytes(4, "little")), HEADINGS)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400), st.booleans())
def test_no_file_breaks_the_reader(content: bytes, is_csv: bool) -> None:
    with suppress(Invalid):
        read(b"Nom;E-mail\n" + content if is_csv else b"PK\x03\x04" + content)


def upload(app: Flask, cast: Cast, content: bytes) -> tuple[FlaskClient, TestResponse]:
    lead = browser_of(app, cast.users["lead"])
    file = FileStorage(io.BytesIO(content), filename="contacts.csv")
    return lead, post(lead, PAGE, {"file": file}, content_type="multipart/form-data")


def emails_of(database: Database) -> list[str]:
    return sorted(look(database, select(Contact.email).where(Contact.email.endswith("@valrose.test"))))


def hidden(page: str) -> str:
    return page.partition('name="content" value="')[2].partition('"')[0]


def test_nothing_is_written_before_the_confirmation(app: Flask, cast: Cast, database: Database) -> None:
    lead, preview = upload(app, cast, GOOD.encode("cp1252"))
    assert preview.status_code == 200
    assert "Zoé Lefèvre" in preview.text
    assert emails_of(database) == ["helene@valrose.test"]
    columns = ["name", "email", "role", "is_signatory"]
    done = post(lead, PAGE, {"content": hidden(preview.text), "column": columns, "step": "import"})
    assert done.location == "/clients/valrose"
    assert emails_of(database) == ["helene@valrose.test", "luc@valrose.test", "zoe@valrose.test"]
    again = post(lead, PAGE, {"content": hidden(preview.text), "column": columns, "step": "import"})
    assert again.status_code == 302
    assert len(emails_of(database)) == 3


def test_the_columns_can_be_chosen_by_hand(app: Flask, cast: Cast, database: Database) -> None:
    lead, preview = upload(app, cast, b"Qui;Ou\nZoe;zoe@valrose.test")
    assert "Aucune colonne ne contient" in preview.text
    fields: dict[str, object] = {"content": hidden(preview.text), "column": ["name", "email"]}
    assert "Zoe" in post(lead, PAGE, {**fields, "step": "preview"}).text
    assert post(lead, PAGE, {**fields, "step": "import"}).status_code == 302
    assert "zoe@valrose.test" in emails_of(database)


def test_one_bad_row_and_none_is_taken(app: Flask, cast: Cast, database: Database) -> None:
    lead, preview = upload(app, cast, (GOOD + "\nMauvais;pas une adresse;;").encode())
    assert "pas une adresse" in preview.text
    refused = post(
        lead,
        PAGE,
        {
            "content": hidden(preview.text),
            "column": ["name", "email", "role", "is_signatory"],
            "step": "import",
        },
    )
    assert refused.status_code == 400
    assert emails_of(database) == ["helene@valrose.test"]


def test_markup_in_a_cell_stays_text(app: Flask, cast: Cast) -> None:
    _lead, preview = upload(app, cast, b"Nom;E-mail\n<script>alert(1)</script>;zoe@valrose.test")
    assert "<script>alert" not in preview.text


def test_an_opt_out_a_stop_and_a_dead_address_survive_the_next_file(
    app: Flask, cast: Cast, session: Session, database: Database, clock: SettableClock
) -> None:
    at = datetime(2026, 1, 5, tzinfo=UTC)
    with transaction(session):
        contact = session.get_one(Contact, cast.contact_ids["valrose"])
        contact.opted_out_at, contact.is_active = at, False
    content = b"Nom;E-mail;Fonction\nHelene Dupont-Martin; HELENE@valrose.test;Directrice"
    lead, preview = upload(app, cast, content)
    fields = {"content": hidden(preview.text), "column": ["name", "email", "job_title"], "step": "import"}
    assert post(lead, PAGE, fields).status_code == 302
    [kept] = look(database, select(Contact).where(Contact.email == "helene@valrose.test"))
    assert (kept.name, kept.job_title) == ("Helene Dupont-Martin", "Directrice")
    assert (kept.opted_out_at, kept.is_active, kept.role) == (at, False, ContactRole.MARKETING)


@pytest.mark.parametrize("content", ["", "%%%", "AAAA" * 400_000])
def test_a_file_that_was_lost_on_the_way_is_told(app: Flask, cast: Cast, content: str) -> None:
    lead = browser_of(app, cast.users["lead"])
    assert post(lead, PAGE, {"content": content, "step": "import"}).status_code in {400, 413}


def test_no_file_is_told_on_the_page(app: Flask, cast: Cast) -> None:
    assert post(browser_of(app, cast.users["lead"]), PAGE).status_code == 400


def test_an_english_reader_is_told_which_english_words_to_write(app: Flask, cast: Cast, database: Database) -> None:
    with database.writing() as session, transaction(session):
        session.execute(update(User).values(language="en"))
    wrong = b"Name;E-mail;Role;Form of address;Signatory\nZoe;zoe@valrose.test;martian;captain;perhaps"
    _lead, preview = upload(app, cast, wrong)
    assert "Write marketing, purchasing, general management, cost control or other." in preview.text
    assert "Write Ms, Mr or nothing." in preview.text
    assert "Write yes or no." in preview.text
    right = b"Name;E-mail;Role;Civility;Signatory\nZoe;zoe@valrose.test;purchasing;Ms;yes"
    _lead, preview = upload(app, cast, right)
    assert '<td data-label="Role">Purchasing</td>' in preview.text
