"""Compare a workbook that was saved again with what the sealed figures make: every cell, by value."""

from io import BytesIO
from typing import Any

from survey_app.score_sheets.sealed import SealedEdition
from survey_app.score_sheets.xlsx.workbook import build_workbook

NEAR = 1e-9
MOST_TOLD = 20
LANGUAGES = ("fr", "en")


def differing_cells(content: bytes, sealed: SealedEdition) -> tuple[str, ...] | None:
    """Return the cells, as Sheet!A1, where a workbook says something else; None where it cannot be read."""
    from python_calamine import CalamineError

    try:
        given = read_sheets(content)
    except (CalamineError, OSError, ValueError):
        return None
    versions = (read_sheets(build_workbook(sealed, language)) for language in LANGUAGES)
    return tuple(min((_compare(expected, given) for expected in versions), key=len)[:MOST_TOLD])


def _compare(expected: dict[str, list[list[Any]]], given: dict[str, list[list[Any]]]) -> list[str]:
    missing = [f"{name}!" for name in sorted(expected.keys() ^ given.keys())]
    found = [cell for name in expected if name in given for cell in _differences(name, expected[name], given[name])]
    return missing + found


def read_sheets(content: bytes) -> dict[str, list[list[Any]]]:
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_filelike(BytesIO(content))
    return {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}


def _differences(name: str, expected: list[list[Any]], given: list[list[Any]]) -> list[str]:
    n_rows = max(len(expected), len(given))
    n_columns = max((len(row) for row in expected + given), default=0)
    return [
        f"{name}!{_column(column)}{row + 1}"
        for row in range(n_rows)
        for column in range(n_columns)
        if not _is_same(_cell(expected, row, column), _cell(given, row, column))
    ]


def _cell(rows: list[list[Any]], row: int, column: int) -> Any:
    return rows[row][column] if row < len(rows) and column < len(rows[row]) else ""


def _is_same(expected: Any, given: Any) -> bool:
    if isinstance(expected, float | int) and isinstance(given, float | int):
        return abs(expected - given) <= NEAR * max(1, abs(expected))
    return str(expected).replace("\r\n", "\n") == str(given).replace("\r\n", "\n")


def _column(index: int) -> str:
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(ord("A") + rest) + name
    return name
