"""One wave, three of four answered by name: what its readers may see of the marks, wherever the client looks."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from python_calamine import CalamineWorkbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.accounts.access import Role
from survey_app.campaigns.models import Disclosure, Wave
from survey_app.db import transaction
from survey_app.responses.models import Answer
from survey_app.responses.service import tighten_promise
from survey_app.score_sheets.checking import recomputed_differences, stored_differences
from survey_app.score_sheets.models import Edition
from survey_app.score_sheets.sending import derive_recipient_token, send_sheet
from survey_app.score_sheets.signing import public_key
from survey_app.score_sheets.snapshot import seal_edition, snapshot_of
from survey_app.score_sheets.verifying import Verdict, verify_file
from survey_app.score_sheets.xlsx.workbook import build_workbook
from survey_app.scores.sharing import derive_results_token, share_results
from tests.score_sheets.conftest import ACTOR, KEY, NOW, Stage, enter, make_stage
from tests.score_sheets.test_workbook import cells, final_amount, recomputed, without_values

LINE = "service_responsiveness"
# Three questions each: their means are thirds that no other figure of this wave is.
GIVEN = ((7, 7, 6), (9, 9, 8), (4, 4, 5))
MARKS = (Fraction(13, 3), Fraction(20, 3), Fraction(26, 3))
SUM, MEAN = Fraction(59, 3), Fraction(59, 9)
SCHEME = {"amount": "12000", "curve": {"shape": "linear", "start": "6", "full": "9"}}
PRINTED = re.compile(r"\b(4[.,]33|6[.,]6(?:7|667)|8[.,]6(?:7|667)|13/3|20/3|26/3)")


@dataclass
class Played:
    """A closed wave with its sheet, and the browsers of those who read it."""

    app: Flask
    session: Session
    stage: Stage
    wave: Wave
    edition: Edition

    @property
    def token_key(self) -> bytes:
        key: bytes = self.app.extensions["survey_settings"].token_key.get_secret_value().encode()
        return key

    @property
    def now(self) -> Any:
        return self.app.extensions["survey_clock"].now()

    def page_of(self, role: Role) -> str:
        """Return the results page as somebody of the agency reads it."""
        url = f"/waves/{self.wave.id}/results"
        self.session.rollback()
        return enter(self.app, f"{role.value}@agence.test", f"Alex {role.value}", role).get(url).text

    def client_files(self) -> dict[str, bytes]:
        """Return everything that the client's two personal links give: pages, tables, drawings, sheet."""
        with transaction(self.session):
            contact = self.stage.contacts[0]
            (link,) = share_results(self.session, self.wave, [contact], self.token_key, ACTOR, self.now)
            who = (contact.name, contact.email, "en")
            recipient = send_sheet(self.session, self.edition.sheet, *who, self.token_key, ACTOR, self.now)
        results = f"/s/results/{derive_results_token(self.token_key, link)}"
        sheets = f"/s/r/{derive_recipient_token(self.token_key, recipient)}"
        browser = self.app.test_client()
        return {
            "page": fetch(browser, f"{results}?lang=en"),
            "page, French": fetch(browser, f"{results}?lang=fr"),
            "table": fetch(browser, f"{results}.csv"),
            "sheet page": fetch(browser, f"{sheets}?lang=en"),
            **{kind: fetch(browser, f"{sheets}/sheet.{kind}?language=en") for kind in ("pdf", "xlsx", "json")},
        }


def fetch(browser: FlaskClient, url: str) -> bytes:
    answer = browser.get(url)
    assert answer.status_code == 200, url
    return bytes(answer.data)


@pytest.fixture
def play(app: Flask, session: Session) -> Callable[[Disclosure], Played]:
    """Return how to play the wave under one promise."""

    def played(disclosure: Disclosure) -> Played:
        with transaction(session):
            stage = make_stage(session, lines=(LINE,), questionnaire="annual_review", scheme=SCHEME)
            stage.campaign.disclosure = disclosure
            stage.close_wave({LINE: [7, 7, 7, 7]})
            wave = stage.close_wave({LINE: [1, 2, 3, None]}, keeps_score=False)
            answers = session.scalars(
                select(Answer).where(Answer.wave_id == wave.id).order_by(Answer.response_id)
            ).all()
            for answer, mark in zip(answers, [mark for row in GIVEN for mark in row], strict=True):
                answer.rating = mark
            session.flush()
            stage.conclude(wave)
            edition = stage.issue(wave)
        return Played(app, session, stage, wave, edition)

    return played


def texts_of(files: Mapping[str, bytes]) -> dict[str, str]:
    """Read every file as its reader does: pages as text, the workbook cell by cell."""
    found = {name: content.decode() for name, content in files.items() if name not in ("pdf", "xlsx")}
    found["pdf"] = "\n".join(page.extract_text() for page in PdfReader(BytesIO(files["pdf"])).pages)
    book = CalamineWorkbook.from_filelike(BytesIO(files["xlsx"]))
    rows = [row for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python()]
    found["xlsx"] = "\n".join(f"{cell:.2f}" if isinstance(cell, float) else str(cell) for row in rows for cell in row)
    # A style sheet and the drawn places of shapes are no figures.
    return {
        name: re.sub(r"<(?:svg|style).*?</(?:svg|style)>", "", text, flags=re.DOTALL) for name, text in found.items()
    }


def n_dots(pdf: bytes) -> int:
    """Count the small circles of the lines' chart: the only shapes of a sheet that are both filled and outlined."""
    pages = [page.get_contents() for page in PdfReader(BytesIO(pdf)).pages]
    return sum(len(re.findall(rb"(?<=\s)B(?=\s)", content.get_data())) for content in pages if content is not None)


def test_of_overall_results_no_single_mark_is_found_in_anything_that_the_client_gets(
    play: Callable[[Disclosure], Played],
) -> None:
    played = play(Disclosure.OVERALL)
    files = played.client_files()
    texts = texts_of(files)
    assert {name: PRINTED.findall(text) for name, text in texts.items()} == {name: [] for name in texts}
    assert b"<svg" in files["page"]
    assert b'class="dot"' not in files["page"]
    assert n_dots(files["pdf"]) == 0
    # The mean, 59/9, and who answered are everywhere.
    assert {name for name, text in texts.items() if not re.search(r"6[.,]56", text)} == set()
    line = json.loads(files["json"])["snapshot"]["lines"][0]
    assert (line["marks"], line["usual_low"], line["usual_high"]) == (None, None, None)
    assert (line["n"], line["population"], line["marks_total"]) == (3, 4, str(SUM))
    assert None not in (line["low"], line["high"], line["worst"], line["best"], line["break_even"])
    assert "Each small circle" not in texts["pdf"]
    for role in (Role.QUALITY_LEAD, Role.ACCOUNT_MANAGER):
        assert PRINTED.search(played.page_of(role)), "the team of a named campaign reads each answer"


def test_marks_without_names_are_found_on_page_drawing_sheet_and_workbook(
    play: Callable[[Disclosure], Played],
) -> None:
    played = play(Disclosure.MARKS)
    files = played.client_files()
    texts = texts_of(files)
    # The table has one row a line.
    assert {name for name, text in texts.items() if len(set(PRINTED.findall(text))) < len(MARKS)} == {"table"}
    assert files["page"].count(b'class="dot"') == n_dots(files["pdf"]) == len(MARKS)
    assert [Fraction(mark) for mark in json.loads(files["json"])["snapshot"]["lines"][0]["marks"]] == list(MARKS)
    assert not any(contact.name in text for contact in played.stage.contacts[1:] for text in texts.values())
    assert "Each small circle" in texts["pdf"]


@pytest.mark.parametrize("disclosure", list(Disclosure))
def test_either_sheet_verifies_recomputes_and_fits_the_stored_rows(
    play: Callable[[Disclosure], Played], disclosure: Disclosure
) -> None:
    played = play(disclosure)
    snapshot = snapshot_of(played.edition)
    assert snapshot["wave"]["disclosure"] == disclosure.value
    assert Fraction(snapshot["lines"][0]["exact"]) == MEAN
    assert recomputed_differences(snapshot) == []
    assert stored_differences(played.session, played.edition, [public_key(KEY)]) == []
    for kind, content in played.client_files().items():
        if kind in ("pdf", "xlsx", "json"):
            assert verify_file(content, public_key(KEY)).verdict is Verdict.AUTHENTIC, kind
    answer = played.session.scalars(select(Answer).where(Answer.wave_id == played.wave.id)).first()
    assert answer is not None
    answer.rating = 10
    played.session.flush()
    found = stored_differences(played.session, played.edition, [public_key(KEY)])
    assert found == [f"answers: {LINE} was changed after the sheet was sealed"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_libreoffice_computes_the_amount_to_the_cent_from_sums_alone(
    play: Callable[[Disclosure], Played], tmp_path: Path
) -> None:
    played = play(Disclosure.OVERALL)
    book = without_values(build_workbook(seal_edition(played.edition, KEY), "en"))
    saved = recomputed({"sums": book}, tmp_path)["sums"]
    (row,) = (row for row in cells(saved, "Marks")[4:] if row and row[0])
    assert (row[4], row[5], row[6]) == (3, pytest.approx(float(SUM)), pytest.approx(float(MEAN)))
    assert len(cells(saved, "Marks")[3]) == 17, "no column of marks stands at the right"
    assert Decimal(str(final_amount(saved))) == played.stage.bonus(played.wave).amount > 0


def test_a_promise_narrowed_after_launch_takes_the_marks_off_page_and_next_edition(
    play: Callable[[Disclosure], Played],
) -> None:
    played = play(Disclosure.MARKS)
    campaign = played.stage.campaign
    with transaction(played.session):
        tighten_promise(played.session, campaign, campaign.mode, Disclosure.OVERALL, ACTOR, NOW + timedelta(days=200))
        played.edition = played.stage.issue(played.wave, "The client is to receive the overall results alone.")
    files = played.client_files()
    texts = texts_of(files)
    assert {name: PRINTED.findall(text) for name, text in texts.items()} == {name: [] for name in texts}
    assert n_dots(files["pdf"]) == 0
