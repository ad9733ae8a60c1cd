"""A client with an agreement in force, for every test about facts and evidence."""

from datetime import date

import pytest
from sqlalchemy.orm import Session

from survey_app.agreements.models import Agreement, AgreementVersion
from survey_app.agreements.service import add_commitment, create_agreement, validate_version
from survey_app.catalogue.content import load_catalogue
from survey_app.clients.models import Agency, Client
from survey_app.clock import SettableClock

ENTERED, VALIDATED = "Léa Bernard <lea@agence.test>", "Camille Laurent <camille@agence.test>"
COUNTED = (
    "time_delivery",
    "finance_payment_timeliness",
    "finance_additional_quotes",
    "security_backup",
    "service_tool_availability",
    "service_responsiveness",
    "quality_revision_rounds",
)


@pytest.fixture
def client(session: Session, clock: SettableClock) -> Client:
    agency = Agency(key="agence", name="Agence Horizon", created_at=clock.now())
    client = Client(agency=agency, key="valrose", name="Maison Valrose", created_at=clock.now())
    session.add(client)
    session.flush()
    return client


@pytest.fixture
def draft(session: Session, client: Client, clock: SettableClock) -> AgreementVersion:
    return create_agreement(session, client, "Contrat 2026", date(2026, 1, 1), date(2026, 12, 31), ENTERED, clock.now())


@pytest.fixture
def agreement(session: Session, draft: AgreementVersion, clock: SettableClock) -> Agreement:
    """An agreement in force whose lines count something."""
    for key in COUNTED:
        add_commitment(session, draft, load_catalogue()[key])
    validate_version(session, draft, "Camille Laurent", "Hélène Dupont", VALIDATED, clock.now())
    return draft.agreement
