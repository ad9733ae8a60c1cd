"""The editor and the simulator: what is typed is what is stored, and each euro is traced."""

from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from survey_app.accounts.access import Role
from survey_app.agreements.models import AgreementVersion, Commitment, VersionState
from survey_app.clients.models import Client
from survey_app.db import Database, transaction
from tests.cast import look
from tests.score_sheets.conftest import LINES, Stage, agreement_version, enter, marks

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
PLAIN = {"kind": "fixed", "amount": "12 000,50", "currency": "EUR", "scope": "lines", "shape": "linear"}
USUAL = {"not_measurable": "neutral", "inconclusive": "point_estimate"}


@pytest.fixture
def draft_id(app: Flask, stage: Stage, session: Session) -> int:
    """Give an agreement whose only version is a draft with three paying lines and no scheme."""
    app.config["WTF_CSRF_ENABLED"] = False
    client = session.get_one(Client, stage.campaign.client_id)
    version = agreement_version(client, None)
    version.state, version.validated_at, version.content_hash = VersionState.DRAFT, None, None
    version.starts_on, version.frozen_content = date(2026, 1, 1), None
    session.add(version)
    session.flush()
    number = version.agreement_id
    session.commit()
    return number


@pytest.fixture
def lead(app: Flask, draft_id: int) -> FlaskClient:
    return enter(app, "camille@agence.test", "Camille Laurent", Role.QUALITY_LEAD)


def stored(database: Database, agreement_id: int) -> object:
    question = select(AgreementVersion).where(AgreementVersion.agreement_id == agreement_id)
    return look(database, question)[0].bonus_scheme


def test_what_is_typed_is_stored_exactly(lead: FlaskClient, draft_id: int, database: Database) -> None:
    fields = (
        PLAIN
        | USUAL
        | {
            "start_percent": "50",
            "cap": "9000",
            "prorata_part": "6",
            "prorata_whole": "12",
            f"share-{LINES[0]}": "60",
            f"share-{LINES[1]}": "40",
            f"gate-{LINES[2]}": "on",
            f"minimum-{LINES[2]}": "6,5",
        }
    )
    assert lead.post(f"/agreements/{draft_id}/bonus/edit", data=fields).status_code == 302
    assert stored(database, draft_id) == {
        "amount": "12000.5",
        "cap": "9000",
        "curve": {"shape": "linear", "start_percent": "50"},
        "gates": [{"subject": LINES[2], "minimum": "6.5"}],
        "parts": [{"subject": LINES[0], "share": "60"}, {"subject": LINES[1], "share": "40"}],
        "prorata": {"part": 6, "whole": 12},
    }
    page = lead.get(f"/agreements/{draft_id}/bonus/edit").get_data(as_text=True)
    for typed in ('value="12000.5"', 'value="60"', 'value="6.5"', 'value="9000"'):
        assert typed in page, "the editor shows again what was stored"
    assert lead.post(f"/agreements/{draft_id}/bonus/edit", data=fields).status_code == 302


@pytest.mark.parametrize(
    ("shape", "levels"),
    [("steps", "7 = 50\n8,5 = 100"), ("points", "6 = 0\n9 = 120"), ("levels", "6 = 0\n7 = 50\n8 = 80\n9,5 = 100")],
)
def test_levels_are_typed_one_a_line(
    lead: FlaskClient, draft_id: int, database: Database, shape: str, levels: str
) -> None:
    fields = PLAIN | USUAL | {"shape": shape, "levels": levels}
    assert lead.post(f"/agreements/{draft_id}/bonus/edit", data=fields).status_code == 302
    assert shape in str(stored(database, draft_id))
    page = lead.get(f"/agreements/{draft_id}/bonus/edit").get_data(as_text=True)
    assert levels.replace(",", ".").splitlines()[0] in page


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"amount": "beaucoup"}, "cannot be read"),
        ({"amount": ""}, "State either"),
        ({"shape": "steps", "levels": "seven"}, "Write each level"),
        ({"shape": "levels", "levels": "7 = 50"}, "Write four levels"),
        ({"prorata_part": "x"}, "numbers of months"),
        ({"below_percent": "-10"}, "A deduction must be written"),
        ({"cap": "1", "floor": "2"}, "cannot exceed the cap"),
    ],
)
def test_a_mistake_is_told_and_nothing_typed_is_lost(
    lead: FlaskClient, draft_id: int, database: Database, wrong: dict[str, str], told: str
) -> None:
    fields = PLAIN | USUAL | {f"share-{LINES[0]}": "77"} | wrong
    answer = lead.post(f"/agreements/{draft_id}/bonus/edit", data=fields)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 400
    assert told in page
    assert 'value="77"' in page
    assert stored(database, draft_id) is None


def test_a_share_on_a_line_that_does_not_pay_is_refused(
    lead: FlaskClient, draft_id: int, session: Session, database: Database
) -> None:
    version = session.scalars(select(AgreementVersion).where(AgreementVersion.agreement_id == draft_id)).one()
    version.commitments[0].is_paying = False
    session.commit()
    answer = lead.post(f"/agreements/{draft_id}/bonus/edit", data=PLAIN | USUAL | {f"share-{LINES[0]}": "1"})
    assert answer.status_code == 400
    assert "not marked as paying" in answer.get_data(as_text=True)


def test_a_scheme_is_removed(lead: FlaskClient, draft_id: int, database: Database) -> None:
    lead.post(f"/agreements/{draft_id}/bonus/edit", data=PLAIN | USUAL)
    assert lead.post(f"/agreements/{draft_id}/bonus/remove").status_code == 302
    assert stored(database, draft_id) is None
    assert "pays no bonus" in lead.get(f"/agreements/{draft_id}/bonus").get_data(as_text=True)


def test_the_simulator_traces_each_euro(lead: FlaskClient, draft_id: int) -> None:
    lead.post(f"/agreements/{draft_id}/bonus/edit", data=PLAIN | USUAL | {"amount": "9000"})
    moved = {f"mark-{LINES[0]}": "8", f"mark-{LINES[1]}": "7", f"mark-{LINES[2]}": ""}
    page = lead.get(f"/agreements/{draft_id}/bonus", query_string=moved).get_data(as_text=True)
    assert "€2,250.00" in page, "half of 4,500 on the first line, nothing on the second, the third is neutral"
    broken = lead.get(f"/agreements/{draft_id}/bonus", query_string={f"mark-{LINES[0]}": "eleven"})
    assert broken.status_code == 200
    assert 'value="eleven"' in broken.get_data(as_text=True)


@pytest.mark.parametrize(("mark", "paid"), [("7", "€9,000.00"), ("7.00", "€9,000.00"), ("6.995", "€6,000.00")])
def test_the_simulator_passes_seven_and_not_a_hair_under_it(
    lead: FlaskClient, draft_id: int, mark: str, paid: str
) -> None:
    lead.post(f"/agreements/{draft_id}/bonus/edit", data=PLAIN | USUAL | {"amount": "9000", "shape": "all_or_nothing"})
    moved = {f"mark-{LINES[0]}": mark, f"mark-{LINES[1]}": "8", f"mark-{LINES[2]}": "9"}
    page = lead.get(f"/agreements/{draft_id}/bonus", query_string=moved).get_data(as_text=True)
    assert f'<p class="figure">{paid}</p>' in page


def test_the_simulator_counts_what_was_carried_over(stage: Stage, session: Session, app: Flask) -> None:
    """Three lines share 12,000; the third, unmeasured, leaves its 4,000 to the next measure: 16,000 are at stake."""
    version = stage.version
    version.bonus_scheme = {"amount": "12000", "not_measurable": "carried_over"}
    stage.close_wave(marks((7, 7, 7, 7), (7, 7, 7, 7), (7, 7, 7, 7)))
    wave = stage.close_wave(marks((9, 9, 9, 9), (9, 9, 9, 9), (None, None, None, None)))
    assert stage.bonus(wave).trace["carried_over"] == {LINES[2]: "4000"}
    session.commit()
    lead = enter(app, "camille@agence.test", "Camille Laurent", Role.QUALITY_LEAD)
    moved = {f"mark-{key}": "9" for key in LINES}
    page = lead.get(f"/agreements/{version.agreement_id}/bonus", query_string=moved).get_data(as_text=True)
    assert '<p class="figure">€16,000.00</p>' in page
    assert "100.0% of the €16,000.00 at stake." in page
    assert "€4,000.00 of what is at stake was carried over from earlier measures." in page
    less = lead.get(f"/agreements/{version.agreement_id}/bonus", query_string=moved | {f"mark-{LINES[2]}": "8"})
    assert "€16,000.00, which is €4,000.00 more" in less.get_data(as_text=True)


def test_a_validated_agreement_keeps_its_scheme(lead: FlaskClient, stage: Stage, database: Database) -> None:
    validated = look(database, select(AgreementVersion).where(AgreementVersion.state == VersionState.VALIDATED))[0]
    answer = lead.post(f"/agreements/{validated.agreement_id}/bonus/edit", data=PLAIN | USUAL)
    assert answer.status_code == 409
    assert stored(database, validated.agreement_id) == validated.bonus_scheme


def test_the_editor_says_first_that_no_line_moves_money(lead: FlaskClient, draft_id: int, database: Database) -> None:
    page = f"/agreements/{draft_id}/bonus/edit"
    warning = "No line of the agreement moves money yet"
    assert warning not in lead.get(page).text
    with database.writing() as session, transaction(session):
        session.execute(update(Commitment).values(is_paying=False))
    shown = lead.get(page).text
    assert shown.index(warning) < shown.index('name="amount"')
    assert f'href="/agreements/{draft_id}">See the lines' in shown
