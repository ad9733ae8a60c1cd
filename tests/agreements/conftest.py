"""An agency and a client with three contacts, for every test about agreements."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from survey_app.agreements.models import AgreementVersion
from survey_app.agreements.service import add_commitment, create_agreement
from survey_app.catalogue.loading import load_catalogue
from survey_app.clients.models import Agency, Client, Contact, ContactRole
from survey_app.clock import SettableClock

LEAD = "Camille Laurent <camille@agence.test>"


@pytest.fixture
def client(session: Session, clock: SettableClock) -> Client:
    agency = Agency(key="agence", name="Agence Horizon", created_at=clock.now())
    client = Client(agency=agency, key="valrose", name="Maison Valrose", created_at=clock.now())
    for name, role in (
        ("Hélène Dupont", "marketing"),
        ("Marc Lefèvre", "purchasing"),
        ("Olivier Caron", "management"),
    ):
        client.contacts.append(
            Contact(
                name=name,
                email=f"{name.split()[0].lower().replace('é', 'e').replace('è', 'e')}@valrose.test",
                role=ContactRole(role),
                is_signatory=name == "Hélène Dupont",
                created_at=clock.now(),
            )
        )
    session.add(agency)
    session.flush()
    return client


@pytest.fixture
def draft(session: Session, client: Client, clock: SettableClock) -> AgreementVersion:
    """An empty draft for the year."""
    return create_agreement(
        session, client, "Contrat de service 2026", date(2026, 1, 1), date(2026, 12, 31), LEAD, clock.now()
    )


@pytest.fixture
def drafted(session: Session, draft: AgreementVersion) -> AgreementVersion:
    """A draft with a survey line, a factual line and an internal one."""
    catalogue = load_catalogue()
    add_commitment(session, draft, catalogue["service_reporting_quality"], target=Decimal("8.5"))
    add_commitment(session, draft, catalogue["time_delivery"], weight=Decimal(2))
    add_commitment(session, draft, catalogue["quality_technical"], is_internal=True)
    return draft
