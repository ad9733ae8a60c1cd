"""The raw fact stands beside its mark: counts, ratio and formula, for the lead and for the client, as at the close."""

import re
from datetime import timedelta
from fractions import Fraction

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update
from sqlalchemy.orm import Session

from survey_app.accounts.models import User
from survey_app.clients.models import Agency
from survey_app.clock import SettableClock
from survey_app.db import transaction
from survey_app.measurements.models import Measurement
from survey_app.measurements.queries import marks_for_wave
from survey_app.measurements.rules import parse_period
from survey_app.scores.sharing import derive_results_token, share_results
from survey_app.settings import Settings
from tests.cast import Cast, assemble_cast, browser_of
from tests.scores.cast import ACTOR, RESPONSIVENESS, START, Survey

DELIVERY = "time_delivery"
ENTERED, VALIDATED = "Léa Bernard <lea@agence.test>", "Marc Petit <marc@agence.test>"
TABLE = [["90", "0"], ["94", "7"], ["99", "10"]]


def count(survey: Survey, period: str, on_time: int, due: int, **options: object) -> Measurement:
    found = parse_period(period)
    row = Measurement(
        agreement_id=survey.version.agreement_id,
        indicator_key=DELIVERY,
        period_key=found.key,
        starts_on=found.starts_on,
        ends_on=found.ends_on,
        observed_on=found.ends_on,
        counts={"deliveries_on_time": str(on_time), "deliveries_due": str(due)},
        value=Fraction(100 * on_time, due),
        source="form",
        entered_by=ENTERED,
        entered_at=START,
        **{"validated_by": VALIDATED, "validated_at": START, **options},
    )
    survey.session.add(row)
    survey.session.flush()
    return row


@pytest.fixture
def cast(session: Session, clock: SettableClock) -> Cast:
    return assemble_cast(session, clock)


@pytest.fixture
def survey(session: Session, cast: Cast) -> Survey:
    """A survey that three people answered, its deliveries counted over two months; closed with what they give."""
    with transaction(session):
        session.execute(update(User).values(language="en"))
        survey = Survey.set_up(session, "lumen", agency=session.get_one(Agency, 1))
        survey.promise(DELIVERY, "factual", conversion=TABLE)
        survey.promise(RESPONSIVENESS)
        wave = survey.open_wave(3)
        survey.give(wave, RESPONSIVENESS, [7, 8, 9])
        count(survey, "2026-01", 20, 20)
        count(survey, "2026-02", 27, 30)
        survey.close(wave, marks_for_wave(session, wave))
    return survey


@pytest.fixture
def lead(app: Flask, cast: Cast) -> FlaskClient:
    return browser_of(app, cast.users["administrator"])


@pytest.fixture
def url(lead: FlaskClient, survey: Survey) -> str:
    with transaction(survey.session):
        return f"/waves/{survey.campaign.waves[0].id}/results"


def line_of(browser: FlaskClient, url: str) -> str:
    text = re.sub(r"[ \n]+", " ", re.sub("<[^>]+>", " ", browser.get(url).text.split(f'id="{DELIVERY}"')[1]))
    return text.split("Agency responsiveness")[0].split("Réactivité de l’agence")[0]


def test_the_lead_reads_each_period_s_counts_the_ratio_and_the_table(lead: FlaskClient, url: str) -> None:
    line = line_of(lead, url)
    assert "94.00%" in line
    assert "100 × Deliveries on time (20) ÷ Deliveries due (20) = 100.00%" in line
    assert "100 × Deliveries on time (27) ÷ Deliveries due (30) = 90.00%" in line
    assert "94% → 7" in line
    assert "Mark of the facts 7.00" in line


def test_the_table_of_the_lines_names_the_periods_as_people_do(lead: FlaskClient, url: str) -> None:
    table = lead.get(f"{url}.csv").text
    assert "Counted over" in table.splitlines()[0]
    assert '"January 2026, February 2026"' in table
    assert "2026-01" not in table


def test_the_client_reads_the_same_facts(
    survey: Survey, settings: Settings, clock: SettableClock, browserless: FlaskClient
) -> None:
    key = settings.token_key.get_secret_value().encode()
    with transaction(survey.session):
        wave = survey.campaign.waves[0]
        link = share_results(survey.session, wave, [survey.contacts[0]], key, ACTOR, clock.now())[0]
        token = derive_results_token(key, link)
    line = line_of(browserless, f"/s/results/{token}")
    assert "94,00\u00a0%" in line
    assert "(27) ÷" in line
    assert ENTERED.partition(" <")[0] not in line


def test_a_correction_after_the_close_leaves_the_closed_wave_alone(
    app: Flask, lead: FlaskClient, url: str, survey: Survey
) -> None:
    with transaction(survey.session):
        wave = survey.campaign.waves[0]
        assert wave.closed_at is not None
        later = wave.closed_at + timedelta(days=1)
        survey.session.execute(update(Measurement).values(replaced_at=later))
        count(survey, "2026-02", 30, 30, validated_at=later)
        count(survey, "2026-03", 1, 30, validated_by=None, validated_at=None)
        assert marks_for_wave(survey.session, wave)[DELIVERY] == 7
        command = ["scores", "recompute", str(wave.id)]
    assert "(27) ÷" in line_of(lead, url)
    assert app.test_cli_runner().invoke(args=command).exit_code == 0


def test_the_figures_to_copy_hold_the_fact(lead: FlaskClient, url: str) -> None:
    assert "94.00%" in lead.get(f"{url}.csv").text
