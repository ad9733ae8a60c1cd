"""A database as large as scoring is measured in: a million responses, 300 clients, written in bulk."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, insert, select, text
from sqlalchemy.orm import Session

from survey_app.accounts.access import Role
from survey_app.accounts.models import User
from survey_app.accounts.session import COOKIE_TOKEN
from survey_app.accounts.signing_in import open_session
from survey_app.agreements.models import Agreement, AgreementVersion, Commitment, Measure, Obligor, VersionState
from survey_app.campaigns.models import Campaign, CampaignKind, PrivacyMode, Wave, WaveState
from survey_app.clients.models import Agency, Client
from survey_app.db import Database, transaction
from survey_app.questionnaires import Questionnaire, load_library
from survey_app.responses.models import Response
from survey_app.scores.models import Score, ScoreLevel, ScoreState, WaveSummary
from survey_app.settings import PROJECT_DIR

PER_WAVE, N_QUESTIONS = 2_000, 20
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LINES = 20


def twenty_questions() -> Questionnaire:
    """Return the annual review cut to its first twenty rated questions."""
    canonical = load_library(PROJECT_DIR / "questionnaires").get("annual_review").to_canonical()
    left = N_QUESTIONS
    for section in canonical["sections"]:
        section["questions"] = [each for each in section["questions"] if each["kind"] == "rating"][:left]
        left -= len(section["questions"])
    canonical["sections"] = [section for section in canonical["sections"] if section["questions"]]
    return Questionnaire.from_canonical(canonical)


def prepare_survey(session: Session, n_responses: int) -> None:
    """Write one client with as many waves of 2,000 people as there will be responses for."""
    questionnaire = twenty_questions()
    agency = Agency(key="agency", name="Agency", created_at=NOW)
    campaign = _campaign(agency, "survey", list(questionnaire.indicator_keys))
    session.add(campaign)
    session.flush()
    version = campaign.agreement.versions[0]
    session.execute(
        insert(Wave),
        [_wave(campaign.id, version.id, number, questionnaire) for number in range(1, -(-n_responses // PER_WAVE) + 1)],
    )


def _campaign(agency: Agency, key: str, indicator_keys: list[str]) -> Campaign:
    client = Client(agency=agency, key=key, name=key.title(), created_at=NOW)
    agreement = Agreement(client=client, title="Agreement", created_at=NOW)
    version = AgreementVersion(
        agreement=agreement,
        number=1,
        state=VersionState.VALIDATED,
        starts_on=date(2026, 1, 1),
        ends_on=date(2026, 12, 31),
        validated_at=NOW,
        content_hash="0" * 64,
        frozen_content="{}",
        created_at=NOW,
    )
    version.commitments = [
        Commitment(
            position=place,
            indicator_key=indicator_key,
            obligor=Obligor.AGENCY,
            measure=Measure.SURVEY,
            threshold=Decimal(7),
            weight=Decimal(1),
        )
        for place, indicator_key in enumerate(indicator_keys)
    ]
    return Campaign(
        client=client,
        agreement=agreement,
        title="Barometer",
        kind=CampaignKind.BAROMETER,
        questionnaire_key="annual_review",
        mode=PrivacyMode.NAMED,
        created_at=NOW,
    )


def _wave(campaign_id: int, version_id: int, number: int, questionnaire: Questionnaire) -> dict[str, Any]:
    return {
        "campaign_id": campaign_id,
        "number": number,
        "title": f"Wave {number}",
        "state": WaveState.CLOSED,
        "starts_on": NOW.date(),
        "ends_on": NOW.date(),
        "ends_at": NOW,
        "launched_at": NOW,
        "closed_at": NOW,
        "agreement_version_id": version_id,
        "questionnaire_version": 1,
        "definition": questionnaire.to_canonical(),
        "definition_hash": questionnaire.content_hash,
        "created_at": NOW,
    }


def add_responses(database: Database, n_responses: int) -> None:
    """Store responses up to this number, 2,000 a wave, and their contacts as invitations."""
    keys = [question.key for question in twenty_questions().rated_questions]
    with database.writing() as session, transaction(session):
        first = count_responses(session)
        _number(session, first, n_responses)
        _write_people(session)
        questions = ", ".join(f"({place}, '{key}')" for place, key in enumerate(keys))
        session.execute(
            text(
                "INSERT INTO answer (wave_id, response_id, question_key, rating, is_not_applicable) "
                f"WITH asked (place, question_key) AS (VALUES {questions}) "
                "SELECT i / :per_wave + 1, i + 1, question_key, (i * 7 + place * 13 + i / 11) % 11, (1 = 0) "
                "FROM added CROSS JOIN asked"
            ),
            {"per_wave": PER_WAVE},
        )
        session.execute(text("DROP TABLE added"))
    with database.engine.connect() as connection:
        connection.execute(text("ANALYZE"))


def _number(session: Session, first: int, end: int) -> None:
    session.execute(
        text(
            "CREATE TEMPORARY TABLE added AS WITH RECURSIVE numbers (i) AS "
            f"(SELECT {first} UNION ALL SELECT i + 1 FROM numbers WHERE i + 1 < {end}) SELECT i FROM numbers"
        )
    )


def _write_people(session: Session) -> None:
    values = {"now": NOW.replace(tzinfo=None), "per_wave": PER_WAVE}
    session.execute(
        text(
            "INSERT INTO response (id, wave_id, language, receipt_code, submitted_at) "
            "SELECT i + 1, i / :per_wave + 1, 'fr', 'code-' || i, :now FROM added"
        ),
        values,
    )
    # The people of the measured wave alone: what others were asked weighs nothing in its score.
    session.execute(
        text(
            "INSERT INTO contact (client_id, name, civility, email, role, job_title, language, is_signatory, is_active,"
            " address_state, created_at) SELECT 1, 'Person', 'neutral', 'person' || i || '@client.test', 'other', '',"
            " 'fr', (1 = 0), (1 = 1), 'ok', :now FROM added WHERE i < :per_wave"
        ),
        values,
    )
    session.execute(
        text(
            "INSERT INTO invitation (wave_id, contact_id, name, civility, email, role, language, version, token_hash,"
            " is_marked, created_at, draft_version) SELECT 1, i + 1, 'Person', 'neutral', 'person@client.test',"
            " 'other', 'fr', 1, 'hash-' || i, (1 = 0), :now, 0 FROM added WHERE i < :per_wave"
        ),
        values,
    )


def count_responses(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Response)) or 0


def sum_by_respondent(session: Session, wave_id: int) -> int:
    """Read the least that scoring needs, in bare SQL: marks added up by respondent and indicator."""
    questionnaire = twenty_questions_once()
    branches = " ".join(f"WHEN '{each.key}' THEN '{each.indicator_key}'" for each in questionnaire.rated_questions)
    rows = session.execute(
        text(
            f"SELECT response_id, CASE question_key {branches} END AS indicator_key, SUM(rating), COUNT(rating) "
            "FROM answer WHERE wave_id = :wave_id GROUP BY response_id, indicator_key"
        ),
        {"wave_id": wave_id},
    ).all()
    return len(rows)


_KNOWN: list[Questionnaire] = []


def twenty_questions_once() -> Questionnaire:
    if not _KNOWN:
        _KNOWN.append(twenty_questions())
    return _KNOWN[0]


def prepare_portfolio(app: Flask, n_clients: int) -> FlaskClient:
    """Write so many clients with twenty lines scored in a last wave, and sign in somebody who sees them all."""
    database: Database = app.extensions["survey_database"]
    with database.writing() as session, transaction(session):
        agency = session.scalar(select(Agency)) or Agency(key="agency", name="Agency", created_at=NOW)
        for number in range(n_clients):
            _add_client(app, session, agency, number)
        user = User(
            email="management@agency.test",
            name="Management",
            password="-",
            role=Role.ADMINISTRATOR,
            sees_all_clients=True,
            created_at=NOW,
        )
        session.add(user)
        session.flush()
        token = open_session(session, user, timedelta(hours=12), app.extensions["survey_clock"].now())
    browser = app.test_client()
    with browser.session_transaction() as cookie:
        cookie[COOKIE_TOKEN] = token
    return browser


def _add_client(app: Flask, session: Session, agency: Agency, number: int) -> None:
    keys = list(app.extensions["survey_catalogue"])[:LINES]
    campaign = _campaign(agency, f"client {number:03}", [])
    session.add(campaign)
    session.flush()
    wave = Wave(**_wave(campaign.id, campaign.agreement.versions[0].id, 1, twenty_questions_once()))
    session.add(wave)
    session.flush()
    session.execute(insert(Score), [_score(wave.id, key, number, place) for place, key in enumerate(keys)])
    session.add(
        WaveSummary(
            wave_id=wave.id,
            n_invited=20,
            n_answered=14,
            n_rating=14,
            n_flagged=number % 3,
            n_fewest=12,
            respondent_mean=Fraction(60 + number % 30, 10),
        )
    )


def _score(wave_id: int, key: str, number: int, place: int) -> dict[str, Any]:
    exact = Fraction(600 + (number * 7 + place * 13) % 350, 100)
    is_breach = exact < 7
    return {
        "wave_id": wave_id,
        "level": ScoreLevel.INDICATOR,
        "subject_key": key,
        "obligor": Obligor.AGENCY,
        "measure": Measure.SURVEY,
        "is_internal": False,
        "exact": exact,
        "threshold": Decimal(7),
        "weight": Decimal(1),
        "n_respondents": 14,
        "population": 20,
        "low": Decimal("6.5"),
        "high": Decimal("8.5"),
        "state": ScoreState.INCONCLUSIVE,
        "is_breach": is_breach,
        "absent_roles": [],
        "method": "benchmark",
    }
