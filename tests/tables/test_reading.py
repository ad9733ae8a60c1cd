"""A table is read as it was meant: encodings, separators, sheets, titles, totals, and nothing guessed."""

import io
import re
import time
import tracemalloc
import zipfile
from collections.abc import Iterable
from contextlib import suppress
from fractions import Fraction

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from survey_app.errors import Invalid
from survey_app.tables.csv_text import decode
from survey_app.tables.reading import MAX_FILE_BYTES, Table, read_table
from survey_app.tables.rules import read_day, read_quantity, spell_cell, spell_number

PEOPLE = (
    "Nom;Courriel;Note\nHélène Dupont;h@valrose.test;«\u00a0l’été à Noël\u00a0»\nZoé;z@valrose.test;Événement, ça\n"
)


HEADINGS = {"known": re.compile("nom|courriel|valeur|note|nom complet du client")}


def read(content: bytes | str) -> Table:
    return read_table(content.encode() if isinstance(content, str) else content, HEADINGS)


def cells(table: Table) -> list[tuple[str, ...]]:
    return [row.cells for row in table.rows]


def remarks(table: Table) -> str:
    return "\n".join(str(remark) for remark in table.remarks)


def saved(book: openpyxl.Workbook) -> bytes:
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def workbook(rows: Iterable[Iterable[object]]) -> openpyxl.Workbook:
    book = openpyxl.Workbook()
    for row in rows:
        book["Sheet"].append(list(row))
    return book


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8"),
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16"),
        ("utf-16-be", "UTF-16"),
        ("cp1252", "Windows-1252"),
        ("mac_roman", "Mac Roman"),
    ],
)
def test_an_encoding_is_found_and_told(encoding: str, name: str) -> None:
    table = read(PEOPLE.encode(encoding))
    assert [row.cells[0] for row in table.rows] == ["Hélène Dupont", "Zoé"]
    assert name in remarks(table)


@pytest.mark.parametrize("encoding", ["cp1252", "mac_roman"])
@pytest.mark.parametrize("word", ["Zoé", "Noël", "façade", "déjà", "HÉLÈNE", "Contrôle", "100 €", "12\u00a0345", "Ça"])
def test_one_word_is_enough_to_tell_windows_from_macintosh(encoding: str, word: str) -> None:
    text = f"Nom;Courriel\nRené {word};r@valrose.test"
    assert decode(text.encode(encoding))[0] == text


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("Nom;Courriel\nZoé;z@a.test\n".encode() + b"Ren\xe9;r@a.test\n", 3),
        ("Nom;Courriel\nŻółkiewski;z@a.test\n".encode("cp1250"), 2),
        ("Nom;Courriel\nЖанна;z@a.test\n".encode("cp1251"), 2),
        ("Nom;Courriel\nZoé;z@a.test".encode("utf-16")[:-1], 2),
    ],
)
def test_a_file_that_breaks_its_encoding_is_refused_with_its_line(content: bytes, line: int) -> None:
    with pytest.raises(Invalid, match=f"Line {line} of the file breaks its own encoding"):
        read(content)


def test_accents_that_an_earlier_program_broke_are_told() -> None:
    assert "earlier conversion" in remarks(read("Nom;Courriel\nHÃ©lÃ¨ne;h@a.test"))


@pytest.mark.parametrize(
    ("text", "headers"),
    [
        ('"Nom, prénom, titre";Courriel\nA;a@a.test', ("Nom, prénom, titre", "Courriel")),
        ('Nom,"note; lien; source",Courriel\nA,b,a@a.test', ("Nom", "note; lien; source", "Courriel")),
        ("sep=;\nNom;Courriel\nA;a@a.test", ("Nom", "Courriel")),
        ("sep=,\r\nNom,Courriel\r\nA;B,a@a.test", ("Nom", "Courriel")),
        ("Nom\tCourriel\nDupont, Zoé\ta@a.test", ("Nom", "Courriel")),
        ("Nom;Valeur;Note\nA;1,5;b, c\nB;2,5;d, e", ("Nom", "Valeur", "Note")),
    ],
)
def test_the_separator_is_counted_outside_quotes(text: str, headers: tuple[str, ...]) -> None:
    table = read(text)
    assert table.headers == headers
    assert table.rows[0].line == 2


def test_the_header_is_found_under_the_titles_and_lines_are_numbered_as_on_the_screen() -> None:
    table = read("Liste des contacts;\n\nMise à jour;30/06/2026\nNom;Courriel\nA;a@a.test\n\nB;b@a.test")
    assert table.headers == ("Nom", "Courriel")
    assert [row.line for row in table.rows] == [5, 7]
    assert "named at line 4" in remarks(table)
    sheet = read(saved(workbook([[], ["Liste"], [], ["Nom", "Courriel"], ["A", "a@a.test"]])))
    assert [row.line for row in sheet.rows] == [5]


def test_a_list_without_a_header_gets_letters() -> None:
    table = read("Zoé;z@a.test\nLuc;l@a.test")
    assert (table.headers, len(table.rows)) == (("A", "B"), 2)


def test_totals_are_left_out_and_told_but_a_person_stays() -> None:
    table = read("Nom;Valeur;Courriel\nA;1;\n;94;\nTotal;95;\nTotal;;total@energies.test")
    assert [row.line for row in table.rows] == [2, 3, 5]
    assert "totals were left out: 4" in remarks(table)


def test_invisible_characters_are_taken_out_and_told() -> None:
    table = read("Nom;Courriel\nZo\u00adé\u200b D;\ufeffz@a.test\u2060")
    assert cells(table) == [("Zoé D", "z@a.test")]
    assert "(cells: 2)" in remarks(table)


def test_many_columns_are_no_reason_to_refuse() -> None:
    header = ["Nom", "Courriel", *(f"Champ {n}" for n in range(150))]
    assert len(read(";".join(header) + "\nA;a@a.test").headers) == 152


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n\n",
        b";;\n;;",
        b"Nom;Courriel",
        b'Nom;Courriel\n"A;a@a.test',
        b"PK\x03\x04 no zip",
        b"x" * (MAX_FILE_BYTES + 1),
    ],
)
def test_what_is_no_table_is_refused(content: bytes) -> None:
    with pytest.raises(Invalid):
        read(content)


def test_the_active_visible_sheet_is_read_and_the_others_are_told() -> None:
    book = workbook([["Nom", "Courriel"], ["Ancien", "ancien@a.test"]])
    sheet = book["Sheet"]
    sheet.title, sheet.sheet_state = "Anciens", "hidden"
    for title in ("Prospects", "Contacts"):
        book.create_sheet(title).append(["Nom", "Courriel"])
        book[title].append([title, f"{title}@a.test"])
    book.active = 2
    table = read(saved(book))
    assert cells(table) == [("Contacts", "Contacts@a.test")]
    assert "“Contacts”" in remarks(table)
    assert "Hidden sheets were not read: Anciens" in remarks(table)
    assert "Other sheets were not read: Prospects" in remarks(table)


def test_rows_that_a_filter_hides_are_left_out_and_told() -> None:
    book = workbook([["Nom", "Courriel"], ["A", "a@a.test"], ["Parti", "p@a.test"]])
    book["Sheet"].row_dimensions[3].hidden = True
    table = read(saved(book))
    assert [row.line for row in table.rows] == [2]
    assert "left out (1): 3" in remarks(table)


def test_a_merged_cell_serves_its_rows() -> None:
    book = workbook([["Nom", "Courriel"], ["A", "a@a.test"], ["", "b@a.test"], ["", "c@a.test"]])
    book["Sheet"].merge_cells("A2:A3")
    table = read(saved(book))
    assert [row.cells[0] for row in table.rows] == ["A", "A", ""]
    assert "lines 2 to 3" in remarks(table)


def test_a_formula_without_its_result_is_a_fault_of_its_row() -> None:
    written = io.BytesIO()
    with xlsxwriter.Workbook(written, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["Nom", "Valeur"])
        sheet.write_row(1, 0, ["A", 12])
        sheet.write_row(2, 0, ["B"])
        sheet.write_formula(2, 1, "=SUM(1,2)")
    unsaved = workbook([["Nom", "Valeur"], ["A", 12], ["B", "=SUM(1,2)"]])
    for content in (written.getvalue(), saved(unsaved)):
        table = read(content)
        assert [table.faults(row, [0, 1]) != [] for row in table.rows] == [False, True]
        assert not table.faults(table.rows[1], [0]), "a column that is not taken stops nothing"


def test_numbers_of_a_workbook_read_as_on_its_screen() -> None:
    book = workbook([["Nom", "Valeur"], ["A", 0.1 + 0.2], ["B", 1000 / 3], ["C", 57.125], ["D", 0.985], ["E", 12.0]])
    book["Sheet"]["B5"].number_format = "0.0%"
    values = [row.cells[1] for row in read(saved(book)).rows]
    assert values[:3] == ["0.3", "333.3333333333333", "57.1250"]
    assert [read_quantity(value) for value in values[:3]] == [
        Fraction("0.3"),
        Fraction("333.3333333333333"),
        Fraction("57.125"),
    ]
    assert values[3:] == ["98.5 %", "12"]


def ods(rows: str, style: str = "", before: str = "") -> bytes:
    names = ("office", "table", "text", "style")
    spaces = " ".join(f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in names)
    content = (
        f'<?xml version="1.0"?><office:document-content {spaces}>'
        f"<office:automatic-styles>{style}</office:automatic-styles>"
        f'<office:body><office:spreadsheet>{before}<table:table table:name="Vu">{rows}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr("content.xml", content)
    return target.getvalue()


def ods_row(*values: str, attributes: str = "", cell: str = "") -> str:
    made = "".join(
        f'<table:table-cell office:value-type="string" {cell}><text:p>{value}</text:p></table:table-cell>'
        for value in values
    )
    return f"<table:table-row {attributes}>{made}</table:table-row>"


def test_an_ods_is_read_without_its_filtered_rows() -> None:
    hidden = 'table:visibility="filter"'
    rows = ods_row("Nom", "Courriel") + ods_row("A", "a@a.test") + ods_row("Parti", "p@a.test", attributes=hidden)
    table = read(ods(rows))
    assert cells(table) == [("A", "a@a.test")]
    assert "left out (1): 3" in remarks(table)


def test_a_hidden_sheet_of_an_ods_is_not_read() -> None:
    style = '<style:style style:name="off"><style:table-properties table:display="false"/></style:style>'
    before = f'<table:table table:name="Anciens" table:style-name="off">{ods_row("Nom")}{ods_row("X")}</table:table>'
    table = read(ods(ods_row("Nom", "Courriel") + ods_row("A", "a@a.test"), style, before))
    assert cells(table) == [("A", "a@a.test")]
    assert "Hidden sheets were not read: Anciens" in remarks(table)


def test_an_ods_that_repeats_itself_is_refused_before_it_is_filled() -> None:
    far = 'table:number-rows-repeated="1000000"'
    wide = 'table:number-columns-repeated="16384"'
    with pytest.raises(Invalid, match="larger inside"):
        read(ods(ods_row("Nom", "Courriel") + ods_row("A", attributes=far, cell=wide)))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old Excel format"),
        (b"PK\x03\x04" + bytes(60), "cannot be read"),
    ],
)
def test_other_workbooks_are_refused_by_their_kind(content: bytes, sentence: str) -> None:
    with pytest.raises(Invalid, match=sentence):
        read(content)


def test_an_archive_that_lies_about_its_size_is_refused_at_once() -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/big.xml", "w") as part:
        for _ in range(100):
            part.write(b"A" * 1_000_000)
    forged = bytearray(held.getvalue())
    entry = forged.find(b"PK\x01\x02")
    forged[entry + 24 : entry + 28] = (100).to_bytes(4, "little")
    tracemalloc.start()
    began = time.perf_counter()
    with pytest.raises(Invalid, match="cannot be read"):
        read(bytes(forged))
    elapsed, (_now, peak) = time.perf_counter() - began, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert elapsed < 1
    assert peak < 10_000_000


def test_entities_of_a_workbook_are_not_followed() -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    content = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(saved(workbook([["Nom"], ["A"]])))) as source,
        zipfile.ZipFile(content, "w") as made,
    ):
        for name in source.namelist():
            text = source.read(name)
            is_book = name == "xl/workbook.xml"
            made.writestr(name, text.replace(b"<workbook", bomb.encode() + b"<workbook", 1) if is_book else text)
    with pytest.raises(Invalid, match="cannot be read"):
        read(content.getvalue())


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400), st.booleans())
def test_no_file_breaks_the_reader(content: bytes, is_text: bool) -> None:
    with suppress(Invalid):
        read(b"Nom;Courriel\n" + content if is_text else b"PK\x03\x04" + content)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12", "12"),
        ("98,5", "98.5"),
        ("1 250.50", "1250.5"),
        ("1\u202f234,50", "1234.5"),
        ("12\u00a0345,00", "12345"),
        ("1\u2009234,50 €", "1234.5"),
        ("1,250.50", "1250.5"),
        ("1.250,50", "1250.5"),
        ("1,250,000", "1250000"),
        ("1'250", "1250"),
        ("0,125", "0.125"),
        ("1234,500", "1234.5"),
        ("333.3333333333333", "333.3333333333333"),
        ("\u200b12", "12"),
        ("−3", "-3"),
    ],
)
def test_a_number_is_read_as_people_write_it(text: str, number: str) -> None:
    assert read_quantity(text) == Fraction(number)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("1,250", "read in two ways: 1250 or 1.2500"),
        ("98.400", "read in two ways"),
        ("1,250 €", "read in two ways"),
        ("98,5 %", "is a percentage"),
        ("31:30", "is a duration in hours and minutes. Write it in hours, for example 31.5"),
        ("2026-06-30", "is a date"),
        ("12 34", "is not a number"),
        ("1.2.3", "is not a number"),
        ("dix", "is not a number"),
        *((text, "is not a number") for text in ("1e3", "٣", "--1", "1-2", "½")),
        ("1" * 100, "is not a number"),
    ],
)
def test_a_number_that_could_be_another_is_asked_back(text: str, sentence: str) -> None:
    with pytest.raises(Invalid, match=sentence):
        read_quantity(text)


@given(st.integers(-(10**9), 10**9), st.integers(0, 6))
def test_a_number_that_is_written_reads_back_as_itself(digits: int, places: int) -> None:
    number = Fraction(digits, 10**places)
    assert read_quantity(spell_number(number)) == number


def test_a_mark_of_three_decimals_has_one_reading() -> None:
    assert read_quantity("6,999", is_below_thousand=True) == Fraction("6.999")


def test_a_cell_of_a_number_is_never_asked_back() -> None:
    assert read_quantity(spell_cell(1.125)) == Fraction("1.125")


@pytest.mark.parametrize("text", ["2026-06-30", "30/06/2026", "30/06/2026 00:00", "2026-06-30 00:00:00", "30.06.2026"])
def test_a_day_is_read_with_its_time_or_without(text: str) -> None:
    assert read_day(text).isoformat() == "2026-06-30"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("30/06/26", "two digits"),
        ("06/30/2026", "month first"),
        ("46203", "number of a day"),
        ("31/02/2026", "not a date"),
    ],
)
def test_a_day_that_could_be_another_is_refused_in_words(text: str, sentence: str) -> None:
    with pytest.raises(Invalid, match=sentence):
        read_day(text)
