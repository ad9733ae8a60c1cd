"""The cast, and an agreement in force, for the tests of the tables."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.agreements.models import Agreement
from survey_app.agreements.service import add_commitment, create_agreement, validate_version
from survey_app.catalogue.content import load_catalogue
from survey_app.clients.models import Client
from survey_app.clock import SettableClock
from survey_app.db import transaction
from tests.cast import Cast, assemble_cast

COUNTED = ("time_delivery", "finance_payment_timeliness", "finance_quote_compliance", "finance_productivity_plan")


@pytest.fixture
def cast(session: Session, clock: SettableClock) -> Cast:
    return assemble_cast(session, clock)


@pytest.fixture
def facts_url(session: Session, cast: Cast, clock: SettableClock) -> str:
    """An agreement of Maison Valrose whose lines count something; return the address of its facts."""
    with transaction(session):
        client = session.scalars(select(Client).where(Client.key == "valrose")).one()
        starts, ends = clock.now().date().replace(month=1, day=1), clock.now().date().replace(month=12, day=31)
        draft = create_agreement(session, client, "Contrat", starts, ends, "Camille", clock.now())
        for key in COUNTED:
            add_commitment(session, draft, load_catalogue()[key])
        validate_version(session, draft, "Camille Laurent", "Hélène Dupont", "Camille", clock.now())
        agreement: Agreement = draft.agreement
        return f"/agreements/{agreement.id}/facts"
