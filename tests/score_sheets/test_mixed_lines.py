"""Lines of survey and facts, over people and over roles: what the sheet says of them and what the workbook computes."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader
from sqlalchemy.orm import Session

from survey_app.agreements.models import Measure
from survey_app.bonuses.service import compute_bonus
from survey_app.clients.models import ContactRole
from survey_app.score_sheets.checking import recomputed_differences
from survey_app.score_sheets.pdf.document import write_pdf
from survey_app.score_sheets.sheet import show_sheet
from survey_app.score_sheets.snapshot import SealedEdition, seal_edition, snapshot_of
from survey_app.score_sheets.xlsx.workbook import build_workbook
from survey_app.scores.service import record_scores
from tests.score_sheets.conftest import ACTOR, KEY, LINES, NOW, Stage, make_stage, marks
from tests.score_sheets.test_workbook import cells, final_amount, recomputed, without_values

FACT = Fraction(9)
ROLES = {"marketing": "0.5", "purchasing": "0.5"}


def mixed_stage(session: Session, shares: Mapping[str, str] | None = None, n_purchasing: int = 1) -> Stage:
    """Give four people, the last of them in purchasing, and a first line half of survey and half of facts."""
    stage = make_stage(session)
    first = stage.version.commitments[0]
    first.measure, first.survey_share = Measure.MIXED, Decimal("0.5")
    stage.version.role_shares = dict(shares) if shares else None
    for contact in stage.contacts[len(stage.contacts) - n_purchasing :]:
        contact.role = ContactRole.PURCHASING
    stage.close_wave(marks((7, 7, 7, 7), (7, 7, 7, 7), (7, 7, 7, 7)))
    return stage


def seal(stage: Stage, *rows: Sequence[int | None]) -> SealedEdition:
    wave = stage.close_wave(marks(*rows), keeps_score=False)
    at = wave.closed_at or NOW
    scores = record_scores(stage.session, wave, stage.catalogue, {LINES[0]: FACT}, ACTOR, at)
    compute_bonus(stage.session, wave, scores, ACTOR, at)
    edition = stage.issue(wave)
    assert recomputed_differences(snapshot_of(edition)) == []
    return seal_edition(edition, KEY)


def told(sealed: SealedEdition) -> str:
    return " ".join(show_sheet(sealed, "en").lines[0].how)


def test_what_the_silent_could_change_is_told_of_the_mark_and_not_of_the_survey_s_part(session: Session) -> None:
    """(8 + 9 + 7) / 3 = 8, half of it with half of 9 is 8.5; the fourth at 0 makes 7.5, at 10 makes 8.75."""
    sealed = seal(mixed_stage(session), (8, 9, 7, None), (8, 8, 8, 8), (8, 8, 8, 8))
    line = sealed.snapshot["lines"][0]
    assert (line["exact"], line["worst"], line["best"]) == ("17/2", "7.5", "8.75")
    sentences = told(sealed)
    assert "(7 + 8 + 9) / 3 = 24 / 3 = 8.00." in sentences
    blend = sentences.index("The survey counts for 50% and the facts for 50%: 8.50.")
    assert sentences.index("Had they all given 0 or 10, the mark would be 7.50 or 8.75.") > blend
    assert "survey's part" not in sentences


def test_a_survey_mark_of_nought_is_no_missing_one(session: Session) -> None:
    sealed = seal(mixed_stage(session), (0, 0, 0, 0), (8, 8, 8, 8), (8, 8, 8, 8))
    assert "(0 + 0 + 0 + 0) / 4 = 0 / 4 = 0.00." in told(sealed)
    assert "the facts for 50%: 4.50." in told(sealed)


ROWS = {
    "the two means differ": (9, 9, 9, 3),
    "the two means happen to agree": (7, 7, 7, 7),
    "somebody is silent": (9, None, 9, 3),
}


@pytest.mark.parametrize("row", ROWS.values(), ids=list(ROWS))
def test_a_mixed_line_over_roles_says_so_and_shows_no_sum_that_gives_another_mark(
    session: Session, row: tuple[int | None, ...]
) -> None:
    """Marketing's 9 and purchasing's 3 count half each and give 6, whatever (9 + 9 + 9 + 3) / 4 may be."""
    sealed = seal(mixed_stage(session, ROLES), row, (8, 8, 8, 8), (8, 8, 8, 8))
    line = sealed.snapshot["lines"][0]
    mean = "7.00" if row == (7, 7, 7, 7) else "6.00"
    sentence = f"{line['n']} people answered; each role counts for the share that the agreement fixes: {mean}."
    assert told(sealed).startswith(sentence)
    assert f"/ {line['n']} =" not in told(sealed)
    pages = "".join(page.extract_text() for page in PdfReader(BytesIO(write_pdf(sealed, "en", KEY))).pages)
    assert sentence in pages.replace("\n", " ")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_libreoffice_computes_mixed_lines_to_the_cent_over_people_and_over_roles(
    session: Session, tmp_path: Path
) -> None:
    books, expected = {}, {}
    for name, shares in (("people", None), ("roles", ROLES)):
        with session.begin_nested() as savepoint:
            sealed = seal(mixed_stage(session, shares), (9, 9, 8, 3), (8, 8, 8, 8), (8, 8, 7, 8))
            books[name] = without_values(build_workbook(sealed, "en"))
            line, bonus = sealed.snapshot["lines"][0], sealed.snapshot["bonus"]
            expected[name] = (float(Fraction(line["exact"])), float(bonus["amount"]))
            savepoint.rollback()
    saved = recomputed(books, tmp_path)
    assert {name: (cells(book, "Marks")[4][9], final_amount(book)) for name, book in saved.items()} == {
        name: (pytest.approx(mark), amount) for name, (mark, amount) in expected.items()
    }
    notes = {name: str(cells(book, "Marks")[2][0]) for name, book in saved.items()}
    assert not notes["people"]
    assert notes["roles"].startswith("Where roles count for fixed shares")
