"""The cast of the campaign tests: one agency, its client, their people and a validated agreement."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from survey_app.accounts.access import Role
from survey_app.accounts.models import ClientAccess, User
from survey_app.accounts.session import COOKIE_TOKEN
from survey_app.accounts.signing_in import open_session
from survey_app.agreements.models import (
    Agreement,
    AgreementVersion,
    Commitment,
    Measure,
    Obligor,
    VersionState,
)
from survey_app.campaigns.invitations import launch_wave
from survey_app.campaigns.models import Campaign, CampaignKind, PrivacyMode, Wave
from survey_app.campaigns.service import create_campaign, plan_wave
from survey_app.clients.models import Agency, Civility, Client, Contact, ContactRole
from survey_app.clock import SettableClock
from survey_app.questionnaires import Questionnaire, load_library
from survey_app.settings import PROJECT_DIR

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TOKEN_KEY = b"test-token-key-of-more-than-32-characters"
BASE_URL = "http://localhost"
ACTOR = "Léa Bernard <lea@agence.test>"
LINES = ("service_account_team_availability", "service_responsiveness")
PEOPLE = (
    ("Claire Dupont", Civility.MADAM, "claire@client.test", ContactRole.MARKETING, "fr"),
    ("Marc Petit", Civility.SIR, "marc@client.test", ContactRole.PURCHASING, "fr"),
    ("Sam Jones", Civility.NEUTRAL, "sam@client.test", ContactRole.MANAGEMENT, "en"),
)


@dataclass
class Cast:
    """Those who act in a campaign, in one open session."""

    session: Session
    agency: Agency
    client: Client
    contacts: Sequence[Contact]
    agreement: Agreement
    version: AgreementVersion
    campaign: Campaign
    questionnaire: Questionnaire

    def plan(self, starts_on: date = date(2026, 3, 2), ends_on: date = date(2026, 3, 20)) -> Wave:
        return plan_wave(self.session, self.campaign, f"Wave of {starts_on}", starts_on, ends_on, NOW)

    def launch(self, wave: Wave, now: datetime = NOW, base_url: str = BASE_URL) -> Wave:
        return launch_wave(self.session, wave, self.questionnaire, TOKEN_KEY, base_url, ACTOR, now)


@pytest.fixture(scope="session")
def barometer() -> Questionnaire:
    return load_library(PROJECT_DIR / "questionnaires").get("quarterly_barometer")


@pytest.fixture
def cast(session: Session, barometer: Questionnaire) -> Cast:
    agency = Agency(key="agence", name="Agence Verte", privacy_contact="dpo@agence.test", created_at=NOW)
    client = Client(agency=agency, key="client", name="Maison Clair", created_at=NOW)
    contacts = [
        Contact(
            client=client,
            name=name,
            civility=civility,
            email=email,
            role=role,
            language=language,
            created_at=NOW,
        )
        for name, civility, email, role, language in PEOPLE
    ]
    agreement = Agreement(client=client, title="SLA 2026", created_at=NOW)
    version = validated_version(agreement)
    session.add_all([agency, client, *contacts, agreement, version])
    session.flush()
    campaign = create_campaign(
        session,
        client,
        agreement,
        "Baromètre 2026",
        CampaignKind.BAROMETER,
        barometer,
        PrivacyMode.NAMED,
        ACTOR,
        NOW,
    )
    return Cast(session, agency, client, contacts, agreement, version, campaign, barometer)


def validated_version(agreement: Agreement, number: int = 1, lines: Sequence[str] = LINES) -> AgreementVersion:
    version = AgreementVersion(
        agreement=agreement,
        number=number,
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
            indicator_key=key,
            obligor=Obligor.AGENCY,
            measure=Measure.SURVEY,
            threshold=Decimal(7),
            weight=Decimal(1),
        )
        for place, key in enumerate(lines, 1)
    ]
    return version


@dataclass
class Staff:
    """A browser with somebody of the agency signed in; each request sees what the test has written."""

    browser: FlaskClient
    cast: Cast
    language: str = "en"

    def get(self, path: str, status: int = 200) -> str:
        self.cast.session.commit()
        response = self.browser.get(path, headers={"Accept-Language": self.language})
        assert response.status_code == status, response.text
        return response.text

    def post(self, path: str, status: int = 200, **fields: object) -> str:
        self.cast.session.commit()
        headers = {"Accept-Language": self.language}
        response = self.browser.post(path, data=fields, follow_redirects=True, headers=headers)
        assert response.status_code == status, response.text
        return response.text


SignIn = Callable[..., Staff]


@pytest.fixture
def sign_in(app: Flask, cast: Cast, clock: SettableClock) -> SignIn:
    app.config["WTF_CSRF_ENABLED"] = False
    clock.set(NOW)

    def enter(role: Role = Role.QUALITY_LEAD, works_for_client: bool = True, language: str = "en") -> Staff:
        user = User(
            email=f"{role}@agence.test",
            name="Léa Bernard",
            password="-",
            role=role,
            language=language,
            created_at=NOW,
        )
        cast.session.add(user)
        cast.session.flush()
        if works_for_client:
            cast.session.add(ClientAccess(user_id=user.id, client_id=cast.client.id))
        token = open_session(cast.session, user, timedelta(hours=8), NOW)
        browser = app.test_client()
        with browser.session_transaction() as cookie:
            cookie[COOKIE_TOKEN] = token
        return Staff(browser, cast, language)

    return enter
