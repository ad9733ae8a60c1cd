"""With a receipt code alone: which edition of which sheet counts the answers, and never what they said."""

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.campaigns.models import Wave, WaveState
from survey_app.db import transaction
from survey_app.responses.models import Response
from tests.responses.cast import OpenWave, open_wave
from tests.score_sheets.conftest import NOW, Stage, marks

CODE, OTHER = "7KQM-2XRD-0H1C", "AAAA-BBBB-CCCC"


def ask(client: FlaskClient, code: str, lang: str = "en") -> str:
    return client.get("/s/receipt", query_string={"code": code, "lang": lang}).text


def words(page: str) -> str:
    """Return what is read of a page, tags and spaces apart."""
    return " ".join(re.sub(r"<[^>]+>", " ", re.sub(r"</?span[^>]*>", "", page.split("<main")[1])).split())


def name_receipt(session: Session, wave: Wave, code: str = CODE) -> Response:
    """Give a wave's first response a code as people get them."""
    response = session.scalars(select(Response).where(Response.wave_id == wave.id).order_by(Response.id)).first()
    assert response
    response.receipt_code = code
    session.flush()
    return response


def answered(stage: Stage) -> Wave:
    wave = stage.close_wave(marks((9, 8, 8, None), (9, 7, 7, 7), (9, 6, 7, 9)))
    name_receipt(stage.session, wave)
    return wave


def test_it_names_the_edition_in_force_that_counts_the_answers(stage: Stage, browserless: FlaskClient) -> None:
    with transaction(stage.session):
        edition = stage.issue(answered(stage))
    page = words(ask(browserless, CODE))
    reference = edition.sheet.reference
    assert f"Yes. They are counted in edition 1 of score sheet {reference}, the one in force." in page
    assert "Vague 1 – Maison Clair" in page
    assert "Edition 1 issued on 20 March 2026, in force – counts your answers" in page
    assert f'href="/s/{reference}"' in ask(browserless, CODE)
    french = words(ask(browserless, CODE, "fr"))
    assert f"Oui. Elles sont comptées dans l’édition 1 de la fiche de score {reference}" in french


def test_a_correction_becomes_the_edition_in_force_and_the_first_one_is_superseded(
    stage: Stage, browserless: FlaskClient
) -> None:
    with transaction(stage.session):
        wave = answered(stage)
        stage.issue(wave)
        stage.issue(wave, "A fact was corrected.")
    page = words(ask(browserless, CODE))
    assert "counted in edition 2 of score sheet" in page
    assert "Edition 2 issued on 20 March 2026, in force – counts your answers" in page
    assert "Edition 1 issued on 20 March 2026, superseded – counts your answers" in page


def test_it_says_what_to_do_where_the_edition_in_force_does_not_count_the_answers(
    stage: Stage, browserless: FlaskClient
) -> None:
    stage.campaign.client.agency.privacy_contact = "dpo@agence.test"
    with transaction(stage.session):
        wave = stage.close_wave(marks((9, 8, 8, None), (9, 7, 7, 7), (9, 6, 7, 9)))
        stage.issue(wave)
        name_receipt(stage.session, wave)
        edition = stage.issue(wave, "The answers that were forgotten are in.")
        name_receipt(stage.session, wave, OTHER)
    counted, missing = words(ask(browserless, CODE)), words(ask(browserless, OTHER))
    assert "No answers bear this code" in counted
    assert f"No. Edition 2 of score sheet {edition.sheet.reference}, the one in force, does not count them." in missing
    assert "Edition 1 issued on 20 March 2026, superseded – does not count your answers" in missing
    assert "Send this code to dpo@agence.test and ask for a corrected edition" in missing


def test_it_waits_for_the_sheet_of_a_wave_that_is_closed(stage: Stage, browserless: FlaskClient) -> None:
    with transaction(stage.session):
        answered(stage)
    page = words(ask(browserless, CODE))
    assert "Not yet. They were received. The survey closed on 20 March 2026, and its score sheet is not issued" in page
    assert "send it to Agence Verte" in page


@pytest.fixture
def wave(session: Session) -> OpenWave:
    return open_wave(session)


@pytest.fixture
def code(browserless: FlaskClient, wave: OpenWave, session: Session) -> str:
    browserless.post(wave.link(), data={"go": "submit", "q.team_cover": "4", "c.team_cover": "Nobody in August"})
    return session.scalars(select(Response.receipt_code)).one()


def test_a_code_is_read_as_people_type_it_and_waits_for_the_closing(browserless: FlaskClient, code: str) -> None:
    typed = code.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    page = words(ask(browserless, typed))
    assert f"Receipt code {code}" in page
    assert "will be counted when “Bilan 2026” closes, after 13 March 2026" in page


def test_it_says_that_a_cancelled_wave_counts_nobody(
    browserless: FlaskClient, wave: OpenWave, code: str, session: Session
) -> None:
    with transaction(session):
        row = session.get_one(Wave, wave.wave_id)
        row.state, row.cancelled_at = WaveState.CANCELLED, NOW + timedelta(days=1)
    assert "“Bilan 2026” was cancelled: no answer is counted" in words(ask(browserless, code))


@pytest.mark.parametrize("code", [OTHER, "A\x00", "x" * 3000, "７７７７", "'; --"])
def test_a_code_that_nobody_was_given_is_told_what_to_do(browserless: FlaskClient, wave: OpenWave, code: str) -> None:
    page = browserless.get("/s/receipt", query_string={"code": code, "lang": "en"})
    assert page.status_code == 404
    assert "No answers bear this code" in page.text
    assert "your answers were not taken in: open your personal link again" in page.text
    assert "reply to the mail that invited you" in page.text


def test_it_tells_neither_a_mark_nor_a_name_nor_an_amount(stage: Stage, browserless: FlaskClient) -> None:
    with transaction(stage.session):
        edition = stage.issue(answered(stage))
        reference = edition.sheet.reference
    page = words(ask(browserless, CODE))
    for known in (CODE, reference, "7KQM-2XRD-9HTC"):
        page = page.replace(known, "")
    # The edition, the wave and the days have numbers; nothing else may.
    assert set(re.findall(r"\d+", page)) == {"1", "20", "2026"}
    assert "Contact" not in page
