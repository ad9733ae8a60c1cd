"""An agency and a client with three contacts, for every test about agreements."""

from datetime import date
from decimal import Decimal

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from survey_app.agreements.models import AgreementVersion
from survey_app.agreements.service import add_commitment, create_agreement
from survey_app.catalogue.content import load_catalogue
from survey_app.clients.models import Agency, Client, Contact, ContactRole
from survey_app.clock import SettableClock
from survey_app.db import Database
from survey_app.settings import Settings
from tests.agreements.letters import compose, link_in
from tests.cast import Cast, assemble_cast, browser_of, post

NEW = {
    "title": "Contrat de service 2026",
    "starts_on": "2026-01-01",
    "ends_on": "2026-12-31",
    "starting_point": "light",
}
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


@pytest.fixture
def cast(database: Database, clock: SettableClock) -> Cast:
    with database.writing() as session:
        return assemble_cast(session, clock)


@pytest.fixture
def lead(app: Flask, cast: Cast) -> FlaskClient:
    return browser_of(app, cast.users["lead"])


@pytest.fixture
def started(lead: FlaskClient) -> str:
    """Start a light agreement and return its address."""
    response = post(lead, "/clients/valrose/agreements/new", NEW)
    assert response.status_code == 302, response.text
    return response.location


@pytest.fixture
def proposed(app: Flask, lead: FlaskClient, started: str, cast: Cast, settings: Settings, clock: SettableClock) -> str:
    """Propose the light agreement and return the path of the signatory's link."""
    fields = {
        "contact": cast.contact_ids["valrose"],
        "agency_signatory": "Camille Laurent",
        "message": "À vous lire.",
    }
    response = post(lead, f"{started}/propose", fields)
    assert response.status_code == 302, response.text
    return link_in(compose(app, settings, clock, "agreement_proposal")[0])
