"""Read the sheet that a person sees of a workbook (XLSX, ODS), with what its cells do not show."""

import io
import posixpath
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from survey_app.errors import N_, Invalid
from survey_app.tables.rules import spell_cell
from survey_app.workbook_bounds import Bounds, Inside, look_inside, read_part

BOUNDS = Bounds(n_bytes=40 * 1024 * 1024, n_rows=200_000, n_columns=2_000)
ZIP_MARK = b"PK\x03\x04"
OLD_MARK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# Numbers of the built-in formats that show a percentage: 0% and 0.00%.
PERCENT_FORMATS = frozenset({"9", "10"})
MAX_MERGED_ROWS = 10_000
LONGEST_REFERENCE = 10

IS_OLD = N_(
    "This is a workbook in the old Excel format (XLS), or one locked by a password. Save it as XLSX, without a "
    "password, and choose it again."
)
IS_BINARY = N_("This is a binary workbook (XLSB). Save it as XLSX and choose it again.")
UNREADABLE = N_("The workbook cannot be read. Save it again as XLSX, or as CSV.")
TOO_LARGE = N_("The workbook is larger inside than a table can be. Save the table alone in a new one.")
NO_SHEET = N_("No sheet of this workbook can be seen. Show the sheet of the table and save the workbook again.")


@dataclass
class Sheet:
    """The visible sheet, by the numbers that the person's program shows: rows and columns count from 0 here."""

    name: str = ""
    other_names: list[str] = field(default_factory=list)
    hidden_names: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    hidden_rows: set[int] = field(default_factory=set)
    # Cells whose formula has no result, or an error for one.
    unsolved: set[tuple[int, int]] = field(default_factory=set)
    percents: set[tuple[int, int]] = field(default_factory=set)
    # Top row, bottom row and column of what stands once for several rows.
    merged: list[tuple[int, int, int]] = field(default_factory=list)


def is_workbook(content: bytes) -> bool:
    return content.startswith((ZIP_MARK, OLD_MARK))


def read_workbook(content: bytes) -> Sheet:
    """Return the active visible sheet, after making sure that the workbook is as small as it says."""
    import python_calamine

    if content.startswith(OLD_MARK):
        raise Invalid(IS_OLD)
    _refuse_bombs(content)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = {part.filename: part for part in archive.infolist()}
            if "xl/workbook.bin" in parts:
                raise Invalid(IS_BINARY)
            sheet = _look_at_ods(archive, parts) if "content.xml" in parts else _look_at_xlsx(archive, parts)
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        shown = book.get_sheet_by_name(sheet.name)
        cells = shown.to_python(skip_empty_area=False)
    except (expat.ExpatError, zipfile.BadZipFile, zlib.error, OSError, KeyError, ValueError, IndexError):
        raise Invalid(UNREADABLE) from None
    except python_calamine.CalamineError:
        raise Invalid(UNREADABLE) from None
    for first, last in shown.merged_cell_ranges or ():
        sheet.merged.append((first[0], last[0], first[1]))
    sheet.rows = [
        [spell_cell(cell, is_percent=(row, column) in sheet.percents) for column, cell in enumerate(line)]
        for row, line in enumerate(cells)
    ]
    return sheet


def _refuse_bombs(content: bytes) -> None:
    found = look_inside(content, BOUNDS)
    if found is not Inside.BOUNDED:
        raise Invalid(UNREADABLE if found is Inside.UNREADABLE else TOO_LARGE)


def _parse(content: bytes, start: Callable[[str, Mapping[str, str]], None], **handlers: Any) -> None:
    """Read XML without entities of its own; names come without their prefix."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = lambda name, attributes: start(_bare(name), _bare_names(attributes))
    parser.EntityDeclHandler = _refuse_entities
    if "end" in handlers:
        parser.EndElementHandler = lambda name: handlers["end"](_bare(name))
    if "text" in handlers:
        parser.CharacterDataHandler = handlers["text"]
    parser.Parse(content, True)


def _bare(name: str) -> str:
    return name.rpartition(" ")[2]


def _bare_names(attributes: Mapping[str, str]) -> dict[str, str]:
    return {_bare(name): value for name, value in attributes.items()}


def _refuse_entities(*_declared: object) -> None:
    raise ValueError


def _look_at_xlsx(archive: zipfile.ZipFile, parts: Mapping[str, zipfile.ZipInfo]) -> Sheet:
    sheets: list[dict[str, str]] = []
    view: dict[str, str] = {}
    flags: dict[str, str] = {}

    def start(name: str, attributes: Mapping[str, str]) -> None:
        if name == "sheet":
            sheets.append(dict(attributes))
        elif name == "workbookView":
            view.setdefault("activeTab", attributes.get("activeTab", "0"))
        elif name == "calcPr":
            flags.update(attributes)

    _parse(read_part(archive, parts["xl/workbook.xml"]), start)
    places = _places(archive, parts)
    is_seen = [each.get("state", "visible") == "visible" for each in sheets]
    visible = [
        each for each, seen in zip(sheets, is_seen, strict=True) if seen and "/worksheets/" in places[each["id"]]
    ]
    if not visible:
        raise Invalid(NO_SHEET)
    active = int(view.get("activeTab", "0"))
    chosen = sheets[active] if active < len(sheets) and sheets[active] in visible else visible[0]
    sheet = Sheet(
        name=chosen["name"],
        other_names=[each["name"] for each in visible if each is not chosen],
        hidden_names=[each["name"] for each, seen in zip(sheets, is_seen, strict=True) if not seen],
    )
    reader = _XlsxCells(sheet, _percent_styles(archive, parts), flags.get("fullCalcOnLoad", "0") in {"1", "true"})
    _parse(read_part(archive, parts[places[chosen["id"]]]), reader.start, end=reader.end, text=reader.text)
    return sheet


def _places(archive: zipfile.ZipFile, parts: Mapping[str, zipfile.ZipInfo]) -> dict[str, str]:
    """Return where each sheet is kept, by the name of its relation."""
    places: dict[str, str] = {}

    def start(name: str, attributes: Mapping[str, str]) -> None:
        if name == "Relationship":
            places[attributes["Id"]] = posixpath.normpath(posixpath.join("/xl", attributes["Target"])).lstrip("/")

    _parse(read_part(archive, parts["xl/_rels/workbook.xml.rels"]), start)
    return places


def _percent_styles(archive: zipfile.ZipFile, parts: Mapping[str, zipfile.ZipInfo]) -> set[str]:
    """Return the numbers of the cell styles that show a percentage."""
    formats, within = set(PERCENT_FORMATS), [""]
    styles: list[str] = []

    def start(name: str, attributes: Mapping[str, str]) -> None:
        if name == "numFmt" and "%" in attributes.get("formatCode", ""):
            formats.add(attributes["numFmtId"])
        elif name in {"cellXfs", "cellStyleXfs"}:
            within[0] = name
        elif name == "xf" and within[0] == "cellXfs":
            styles.append(attributes.get("numFmtId", ""))

    if "xl/styles.xml" in parts:
        _parse(read_part(archive, parts["xl/styles.xml"]), start)
    return {str(place) for place, number in enumerate(styles) if number in formats}


class _XlsxCells:
    """Follows a sheet's rows and cells, and notes what is hidden, percent or without a result."""

    def __init__(self, sheet: Sheet, percent_styles: set[str], waits_for_results: bool) -> None:
        self.sheet = sheet
        self.percent_styles = percent_styles
        # A program that computes nothing writes 0 for the result, and asks the first reader to compute.
        self.waits_for_results = waits_for_results
        self.row = self.column = -1
        self.cell: dict[str, str] = {}
        self.has_formula = self.is_value = False
        self.value = ""

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "row":
            self.row = int(attributes["r"]) - 1 if "r" in attributes else self.row + 1
            self.column = -1
            if attributes.get("hidden") in {"1", "true"}:
                self.sheet.hidden_rows.add(self.row)
        elif name == "c":
            self.column = _column_of(attributes["r"]) if "r" in attributes else self.column + 1
            self.cell, self.has_formula, self.value = dict(attributes), False, ""
        elif name == "f":
            self.has_formula = True
        elif name == "v":
            self.is_value = True

    def text(self, text: str) -> None:
        if self.is_value:
            self.value += text

    def end(self, name: str) -> None:
        if name == "v":
            self.is_value = False
        elif name == "c":
            self._close_cell()

    def _close_cell(self) -> None:
        kind, place = self.cell.get("t", "n"), (self.row, self.column)
        is_empty = not self.value and kind != "str"
        is_waiting = self.waits_for_results and self.value == "0" and kind == "n"
        if kind == "e" or (self.has_formula and (is_empty or is_waiting)):
            self.sheet.unsolved.add(place)
        if kind == "n" and self.value and self.cell.get("s") in self.percent_styles:
            self.sheet.percents.add(place)


def _column_of(reference: str) -> int:
    if len(reference) > LONGEST_REFERENCE:
        raise ValueError
    number = 0
    for letter in reference.rstrip("0123456789").upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def _look_at_ods(archive: zipfile.ZipFile, parts: Mapping[str, zipfile.ZipInfo]) -> Sheet:
    active: list[str] = []
    within: list[bool] = [False]

    def start(name: str, attributes: Mapping[str, str]) -> None:
        within[0] = name == "config-item" and attributes.get("name") == "ActiveTable"

    def text(found: str) -> None:
        if within[0]:
            active.append(found)

    if "settings.xml" in parts:
        _parse(
            read_part(archive, parts["settings.xml"]), start, end=lambda _name: within.__setitem__(0, False), text=text
        )
    content = read_part(archive, parts["content.xml"])
    reader = _OdsTables()
    _parse(content, reader.start)
    visible = [name for name, is_visible in reader.tables.items() if is_visible]
    if not visible:
        raise Invalid(NO_SHEET)
    name = "".join(active) if "".join(active) in visible else visible[0]
    sheet = reader.sheets[name]
    sheet.other_names = [each for each in visible if each != name]
    sheet.hidden_names = [each for each in reader.tables if each not in visible]
    return sheet


class _OdsTables:
    """Follows the tables of an ODS, and refuses one whose repeated cells would fill more room than a sheet may."""

    def __init__(self) -> None:
        self.tables: dict[str, bool] = {}
        self.sheets: dict[str, Sheet] = {}
        self.hidden_styles: set[str] = set()
        self.percent_styles: set[str] = set()
        self.style = ""
        self.row = self.column = self.n_columns = 0
        self.row_repeats = 0
        self.is_filled_row = False

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "style":
            self.style = attributes.get("name", "")
        elif name == "table-properties" and attributes.get("display") == "false":
            self.hidden_styles.add(self.style)
        elif name == "table":
            self._begin_table(attributes)
        elif name == "table-row":
            self._begin_row(attributes)
        elif name in {"table-cell", "covered-table-cell"}:
            self._take_cell(attributes)

    def _begin_table(self, attributes: Mapping[str, str]) -> None:
        name = attributes.get("name", "")
        self.tables[name] = attributes.get("style-name") not in self.hidden_styles
        self.sheet = self.sheets[name] = Sheet(name=name)
        self.row = self.row_repeats = self.n_columns = 0

    def _begin_row(self, attributes: Mapping[str, str]) -> None:
        self.row += self.row_repeats
        self.column, self.is_filled_row = 0, False
        self.row_repeats = int(attributes.get("number-rows-repeated", "1"))
        if attributes.get("visibility") in {"filter", "collapse"}:
            self.sheet.hidden_rows.update(range(self.row, min(self.row + self.row_repeats, BOUNDS.n_rows)))

    def _take_cell(self, attributes: Mapping[str, str]) -> None:
        repeats, kind = int(attributes.get("number-columns-repeated", "1")), attributes.get("value-type", "")
        if "formula" in attributes and not kind:
            self.sheet.unsolved.add((self.row, self.column))
        if kind == "percentage":
            self.sheet.percents.update((self.row, self.column + each) for each in range(min(repeats, 100)))
        spanned = int(attributes.get("number-rows-spanned", "1"))
        if spanned > 1:
            self.sheet.merged.append((self.row, self.row + spanned - 1, self.column))
        self.column += repeats
        if kind:
            self.n_columns = max(self.n_columns, self.column)
            if (self.row + self.row_repeats) * self.n_columns > BOUNDS.n_cells:
                raise Invalid(TOO_LARGE)
