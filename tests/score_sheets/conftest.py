"""A closed wave and its sheet: one agency, one client, three people, two lines that pay."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from survey_app.accounts.access import Role
from survey_app.accounts.models import User
from survey_app.accounts.session import COOKIE_TOKEN
from survey_app.accounts.signing_in import open_session
from survey_app.action_plans.service import open_plans, settle_plans
from survey_app.agreements.models import Agreement, AgreementVersion, Commitment, Measure, Obligor, VersionState
from survey_app.bonuses.models import Bonus
from survey_app.bonuses.service import compute_bonus
from survey_app.campaigns.models import Campaign, CampaignKind, Disclosure, Invitation, PrivacyMode, Wave, WaveState
from survey_app.catalogue.content import Catalogue, load_catalogue
from survey_app.clients.models import Agency, Client, Contact, ContactRole
from survey_app.db import Database, transaction
from survey_app.questionnaires import Questionnaire, load_library
from survey_app.responses.models import Answer, Response
from survey_app.score_sheets.models import Edition
from survey_app.score_sheets.service import issue_sheet
from survey_app.scores.models import Score
from survey_app.scores.service import record_scores
from survey_app.settings import PROJECT_DIR

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
KEY = b"test-signing-key-of-32-bytes-!!!"
NEW_KEY = b"the-key-after-the-rotation-32-by"
ACTOR = "Léa Bernard <lea@agence.test>"
NOT_APPLICABLE = "na"
LINES = ("service_account_team_availability", "service_responsiveness", "quality_creative")
SCHEME: dict[str, Any] = {"amount": "12000", "curve": {"shape": "linear", "start_percent": "50"}}


@dataclass
class Stage:
    """Everything a test of sheets starts from, in one open session."""

    session: Session
    catalogue: Catalogue
    campaign: Campaign
    version: AgreementVersion
    contacts: Sequence[Contact]
    questionnaire: Questionnaire
    n_waves: int = 0

    def close_wave(self, marks: Mapping[str, Sequence[int | str | None]], *, keeps_score: bool = True) -> Wave:
        """Play a whole wave: `marks` holds one mark per contact for each line, "na" or None for silence."""
        self.n_waves += 1
        launched = NOW + timedelta(days=90 * (self.n_waves - 1))
        wave = self._launch(launched)
        self._answer(wave, marks, launched)
        wave.state, wave.closed_at = WaveState.CLOSED, launched + timedelta(days=18)
        self.session.flush()
        if keeps_score:
            self.conclude(wave)
        return wave

    def _launch(self, launched: datetime) -> Wave:
        wave = Wave(
            campaign=self.campaign,
            number=self.n_waves,
            title=f"Vague {self.n_waves}",
            state=WaveState.OPEN,
            starts_on=launched.date(),
            ends_on=launched.date() + timedelta(days=18),
            ends_at=launched + timedelta(days=18),
            launched_at=launched,
            agreement_version=self.version,
            questionnaire_version=1,
            definition=self.questionnaire.to_canonical(),
            definition_hash=self.questionnaire.content_hash,
            created_at=launched,
        )
        wave.invitations = [
            Invitation(
                contact=contact,
                name=contact.name,
                civility=contact.civility,
                email=contact.email,
                role=contact.role,
                language=contact.language,
                token_hash=f"{self.n_waves}-{place}",
                created_at=launched,
            )
            for place, contact in enumerate(self.contacts)
        ]
        self.session.add(wave)
        self.session.flush()
        return wave

    def _answer(self, wave: Wave, marks: Mapping[str, Sequence[int | str | None]], at: datetime) -> None:
        asked = self.questionnaire.questions_by_indicator()
        for place, invitation in enumerate(sorted(wave.invitations, key=lambda one: one.id)):
            given = {key: row[place] for key, row in marks.items() if row[place] is not None}
            if not given:
                continue
            invitation.answered_at = at
            response = Response(
                id=1000 * self.n_waves + place,
                wave_id=wave.id,
                invitation_id=invitation.id,
                role=invitation.role,
                language="fr",
                receipt_code=f"W{self.n_waves}-{place:04d}",
                submitted_at=at,
            )
            self.session.add(response)
            self.session.flush()
            self.session.add_all(
                Answer(
                    wave_id=wave.id,
                    response_id=response.id,
                    question_key=question.key,
                    rating=None if isinstance(mark, str) else mark,
                    is_not_applicable=mark == NOT_APPLICABLE,
                )
                for key, mark in given.items()
                for question in asked[key]
            )
        self.session.flush()

    def conclude(self, wave: Wave) -> None:
        at = wave.closed_at or NOW
        scores = record_scores(self.session, wave, self.catalogue, {}, ACTOR, at)
        settle_plans(self.session, wave, scores, ACTOR, at)
        open_plans(self.session, wave, scores, ACTOR, at)
        compute_bonus(self.session, wave, scores, ACTOR, at)

    def issue(self, wave: Wave, reason: str = "") -> Edition:
        return issue_sheet(self.session, wave, self.catalogue, KEY, ACTOR, wave.closed_at or NOW, reason)

    def bonus(self, wave: Wave) -> Bonus:
        return next(one for one in self.session.query(Bonus).filter_by(wave_id=wave.id))

    def scores(self, wave: Wave) -> dict[str, Fraction | None]:
        return {one.subject_key: one.exact for one in self.session.query(Score).filter_by(wave_id=wave.id)}


def agreement_version(client: Client, scheme: dict[str, Any] | None, lines: Sequence[str] = LINES) -> AgreementVersion:
    agreement = Agreement(client=client, title="SLA 2026", created_at=NOW)
    version = AgreementVersion(
        agreement=agreement,
        number=1,
        state=VersionState.VALIDATED,
        starts_on=date(2026, 1, 1),
        ends_on=date(2026, 12, 31),
        bonus_scheme=scheme,
        validated_at=NOW,
        agency_signatory="Léa Bernard",
        client_signatory="Claire Dupont",
        content_hash="a" * 64,
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
            target=Decimal(9),
            weight=Decimal(1),
            is_paying=True,
        )
        for place, key in enumerate(lines, 1)
    ]
    return version


def make_stage(
    session: Session,
    *,
    n_contacts: int = 4,
    scheme: dict[str, Any] | None = None,
    lines: Sequence[str] = LINES,
    questionnaire: str = "quarterly_barometer",
    **texts: str,
) -> Stage:
    library = load_library(PROJECT_DIR / "questionnaires")
    agency = Agency(key="agence", name=texts.get("agency", "Agence Verte"), created_at=NOW)
    client = Client(agency=agency, key="client", name=texts.get("client", "Maison Clair"), created_at=NOW)
    contacts = [
        Contact(
            client=client,
            name=f"Contact {place}",
            email=f"contact{place}@client.test",
            role=ContactRole.MARKETING,
            created_at=NOW,
        )
        for place in range(n_contacts)
    ]
    version = agreement_version(client, scheme or SCHEME, lines)
    campaign = Campaign(
        client=client,
        agreement=version.agreement,
        title="Baromètre 2026",
        kind=CampaignKind.BAROMETER,
        questionnaire_key=questionnaire,
        mode=PrivacyMode.NAMED,
        disclosure=Disclosure.MARKS,
        created_at=NOW,
    )
    session.add_all([agency, client, *contacts, version, campaign])
    session.flush()
    return Stage(session, load_catalogue(), campaign, version, contacts, library.get(questionnaire))


def enter(app: Flask, email: str, name: str, role: Role) -> FlaskClient:
    """Return the browser of a person of the agency who works for every client, and reads English."""
    database: Database = app.extensions["survey_database"]
    now = app.extensions["survey_clock"].now()
    with database.writing() as session, transaction(session):
        user = User(
            email=email, name=name, password="-", role=role, sees_all_clients=True, language="en", created_at=now
        )
        session.add(user)
        session.flush()
        token = open_session(session, user, timedelta(hours=800), now)
    browser = app.test_client()
    with browser.session_transaction() as cookie:
        cookie[COOKIE_TOKEN] = token
    return browser


def marks(*rows: Sequence[int | None]) -> dict[str, Sequence[int | None]]:
    return dict(zip(LINES, rows, strict=True))


@pytest.fixture
def stage(session: Session) -> Stage:
    return make_stage(session)


@pytest.fixture
def edition(stage: Stage) -> Edition:
    """Give the second wave's sheet: the first is the reference measure."""
    stage.issue(stage.close_wave(marks((6, 7, 8, None), (7, 7, 7, None), (8, 8, 9, None))))
    return stage.issue(stage.close_wave(marks((8, 9, 8, None), (7, 7, 7, 7), (6, 6, 7, 9))))
