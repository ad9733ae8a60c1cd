"""One wave, its figures wherever they are read: page, CSV, sheet page, PDF, XLSX, JSON, on both engines."""

import csv
import html
import json
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from io import BytesIO, StringIO
from pathlib import Path

import pytest
from flask import Flask
from pypdf import PdfReader
from python_calamine import CalamineWorkbook
from sqlalchemy.orm import Session

from survey_app.accounts.access import Role
from survey_app.formats import format_score
from survey_app.score_sheets.files import export_edition
from survey_app.score_sheets.models import Edition
from tests.score_sheets.conftest import KEY, enter, make_stage, marks

# Score, people, asked, interval, worst and best case, break-even: worked out by hand and by the urn's enumeration.
Figures = tuple[str, ...]
EXPECTED: Mapping[str, Figures] = {
    "Account team availability": ("8.33", "3", "5", "5.00", "9.00", "5.00", "9.00", "5.00"),
    "Agency responsiveness": ("7.00", "5", "5", "7.00", "7.00", "7.00", "7.00", "–"),
    # 20 / 3 is under 6.667: with two or three decimals nobody would see it.
    "Creative and artistic stakes": ("6.6667", "3", "5", "4.00", "8.00", "4.00", "8.00", "6.67"),
}
OVERALL = "7.33"
FRENCH = {
    "Disponibilité de l’équipe commerciale": "Account team availability",
    "Réactivité de l’agence": "Agency responsiveness",
    "Enjeux créatifs et artistiques": "Creative and artistic stakes",
}
THRESHOLDS = dict(zip(EXPECTED, (Decimal(7), Decimal(7), Decimal("6.667")), strict=True))


@pytest.fixture
def edition(session: Session) -> Edition:
    stage = make_stage(session, n_contacts=5)
    stage.version.commitments[2].threshold = Decimal("6.667")
    wave = stage.close_wave(marks((8, 9, 8, None, None), (7, 7, 7, 7, 7), (6, 7, 7, None, None)))
    edition = stage.issue(wave)
    session.commit()
    return edition


def test_the_same_figures_are_read_everywhere(app: Flask, edition: Edition, tmp_path: Path) -> None:
    lead = page_reader(app)
    base = f"/waves/{edition.sheet.wave_id}/results"
    files = {path.suffix: path for path in export_edition(edition, tmp_path, KEY)}
    found = {
        "page": from_page(lead(base)),
        "CSV": from_csv(lead(f"{base}.csv")),
        "JSON": from_json(edition),
        "XLSX": from_workbook(files[".xlsx"]),
        "PDF": from_document(files[".pdf"]),
    }
    shown = {
        place: {label: EXPECTED[label][: len(figures)] for label, figures in each.items()}
        for place, each in found.items()
    }
    assert found == shown
    assert all(set(each) == set(EXPECTED) for each in found.values())
    overall = re.search(r"Overall score</dt><dd>([\d.]+)", lead(base))
    assert overall is not None
    assert overall[1] == OVERALL
    sheet = lead(f"/sheets/{edition.sheet_id}")
    assert all(figures[0] in sheet for figures in EXPECTED.values())
    assert OVERALL in sheet
    assert f"{OVERALL.replace('.', ',')} / 10" in text_of(files[".pdf"])


def test_the_decimals_of_the_agreement_are_those_of_every_page_and_file(
    app: Flask, session: Session, tmp_path: Path
) -> None:
    stage = make_stage(session, n_contacts=5)
    stage.version.rounding_digits = 1
    stage.version.commitments[2].threshold = Decimal("6.667")
    wave = stage.close_wave(marks((8, 9, 8, None, None), (7, 7, 7, 7, 7), (6, 7, 7, None, None)))
    edition = stage.issue(wave)
    session.commit()
    lead = page_reader(app)
    base = f"/waves/{wave.id}/results"
    files = {path.suffix: path for path in export_edition(edition, tmp_path, KEY)}
    expected: Mapping[str, Figures] = {
        "Account team availability": ("8.3", "3", "5", "5.0", "9.0", "5.0", "9.0", "5.0"),
        "Agency responsiveness": ("7.0", "5", "5", "7.0", "7.0", "7.0", "7.0", "–"),
        "Creative and artistic stakes": ("6.6667", "3", "5", "4.0", "8.0", "4.0", "8.0", "6.7"),
    }
    assert from_page(lead(base)) == expected
    assert from_csv(lead(f"{base}.csv")) == expected
    assert {label: each[0] for label, each in from_json(edition).items()} == {
        label: each[0] for label, each in expected.items()
    }
    assert from_document(files[".pdf"]) == expected
    assert "between 5.0 and 9.0" in lead(base)


def page_reader(app: Flask) -> Callable[[str], str]:
    browser = enter(app, "camille@agence.test", "Camille Laurent", Role.ADMINISTRATOR)
    return lambda url: browser.get(url).text


def from_page(text: str) -> dict[str, Figures]:
    table = text[text.index("All figures in one table</caption>") :]
    rows = re.findall(r"<tr><th scope=\"row\">(.*?)</th>(.*?)</tr>", table, re.DOTALL)
    cells = [(html.unescape(label), re.findall(r"<td[^>]*>(.*?)</td>", row)) for label, row in rows]
    return {label: in_order(row) for label, row in cells}


def from_csv(text: str) -> dict[str, Figures]:
    rows = list(csv.reader(StringIO(text.lstrip("\ufeff"))))
    return {row[0]: in_order(row[1:]) for row in rows[1:] if row}


def in_order(cells: list[str]) -> Figures:
    """Pick from: theme, score, threshold, state, people, asked, low, high, worst, best, break-even."""
    _, score, _, _, n, population, *around = cells
    return (score, n, population, *around[:5])


def from_json(edition: Edition) -> dict[str, Figures]:
    lines = json.loads(edition.snapshot)["lines"]
    return {
        line["label"]["en"]: (
            line["printed"],
            str(line["n"]),
            str(line["population"]),
            *(written(line[name]) for name in ("low", "high", "worst", "best", "break_even")),
        )
        for line in lines
    }


def written(value: str | None, threshold: Decimal | None = None) -> str:
    return format_score(None if value is None else Fraction(value), "en", threshold)


def from_workbook(path: Path) -> dict[str, Figures]:
    book = CalamineWorkbook.from_filelike(BytesIO(path.read_bytes()))
    rows = book.get_sheet_by_name("Notes").to_python()
    found: dict[str, Figures] = {}
    for row in rows:
        if str(row[0]) in FRENCH:
            label = FRENCH[str(row[0])]
            score = written(str(row[9]), THRESHOLDS[label])
            counts = (str(int(float(str(row[4])))), str(int(float(str(row[3])))))
            found[label] = (score, *counts, written(str(row[11])), written(str(row[12])))
    return found


def from_document(path: Path) -> dict[str, Figures]:
    text = text_of(path)
    told = text[text.index("Comment chaque chiffre") : text.index("Selon quelle méthode")]
    answered = dict(re.findall(r"(\w[^\n]*?) [\d,]+ (?:Atteint|Non \w+) (\d+/\d+)", text))
    starts = sorted((told.index(label), label) for label in FRENCH)
    ends = [start for start, _ in starts[1:]] + [len(told)]
    found: dict[str, Figures] = {}
    for (start, label), end in zip(starts, ends, strict=True):
        n, population = answered[label].split("/")
        found[FRENCH[label]] = (scored(told[start:end]), n, population, *around(told[start:end]))
    return found


def scored(told: str) -> str:
    found = re.search(r"/ \d+ = ([\d,]+)\.", told)
    assert found is not None
    return found[1].replace(",", ".")


def around(told: str) -> Figures:
    """Read interval, worst and best case, break-even; where everybody answered, all of them are the score."""
    if "Toutes les personnes concernées ont répondu" in told:
        return (*[scored(told)] * 4, "–")
    number = "([\\d,]+)"
    pattern = f"de {number} à {number}. Si .* serait de {number} ou {number}. .* mettre {number} en moyenne"
    found = re.search(pattern, told.replace("\n", " "))
    assert found is not None
    return tuple(figure.replace(",", ".") for figure in found.groups())


def text_of(path: Path) -> str:
    text = "\n".join(each.extract_text() for each in PdfReader(path).pages)
    return re.sub(r"[ \u00a0\u202f]+", " ", text)
