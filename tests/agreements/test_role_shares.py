"""The part of each role: written in a draft, shown to the client, and frozen with the version."""

from datetime import date
from decimal import Decimal

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from survey_app.agreements.content import canonical_content
from survey_app.agreements.models import AgreementVersion
from survey_app.agreements.service import amend_agreement, create_agreement, set_role_shares, validate_version
from survey_app.clients.models import Client
from survey_app.clock import SettableClock
from survey_app.db import Database, transaction
from survey_app.errors import Invalid, Refusal
from tests.cast import assemble_cast, browser_of, post

LEAD = "Camille Laurent <camille@agence.test>"


def test_shares_are_kept_exactly_and_bind_with_the_agreement(session: Session, drafted: AgreementVersion) -> None:
    set_role_shares(session, drafted, {"marketing": Decimal("33.5"), "purchasing": Decimal("66.5"), "other": None})
    assert drafted.role_shares == {"marketing": "0.335", "purchasing": "0.665"}
    assert canonical_content(drafted)["role_shares"] == drafted.role_shares


def test_without_any_share_people_count_alike(session: Session, drafted: AgreementVersion) -> None:
    set_role_shares(session, drafted, {"marketing": Decimal(50), "purchasing": Decimal(50)})
    set_role_shares(session, drafted, {"marketing": None, "purchasing": Decimal(0)})
    assert drafted.role_shares is None


@pytest.mark.parametrize(
    "percents", [{"marketing": 100}, {"marketing": 60, "purchasing": 41}, {"marketing": -1, "other": 101}]
)
def test_shares_that_do_not_add_up_are_refused(
    session: Session, drafted: AgreementVersion, percents: dict[str, int]
) -> None:
    with pytest.raises(Invalid):
        set_role_shares(session, drafted, {role: Decimal(percent) for role, percent in percents.items()})
    assert drafted.role_shares is None


def test_a_validated_version_keeps_its_shares_and_an_amendment_copies_them(
    session: Session, drafted: AgreementVersion, clock: SettableClock
) -> None:
    set_role_shares(session, drafted, {"marketing": Decimal(50), "purchasing": Decimal(50)})
    validate_version(session, drafted, "Camille Laurent", "Hélène Dupont", LEAD, clock.now())
    with pytest.raises(Refusal):
        set_role_shares(session, drafted, {})
    amendment = amend_agreement(session, drafted.agreement, LEAD, clock.now())
    assert amendment.role_shares == {"marketing": "0.5", "purchasing": "0.5"}


def test_a_lead_weighs_the_roles_and_reads_them_on_the_agreement(
    app: Flask, session: Session, database: Database, clock: SettableClock
) -> None:
    cast = assemble_cast(session, clock)
    with transaction(session):
        client = session.get_one(Client, cast.client_ids["valrose"])
        version = create_agreement(session, client, "SLA", date(2026, 1, 1), date(2026, 12, 31), LEAD, clock.now())
        url = f"/agreements/{version.agreement_id}"
    lead = browser_of(app, cast.users["administrator"])
    refused = post(lead, f"{url}/roles", {"marketing": "60", "purchasing": "30"})
    assert refused.status_code == 400
    assert "doivent totaliser 100" in refused.text
    assert 'value="60"' in refused.text
    assert post(lead, f"{url}/roles", {"marketing": "60", "purchasing": "40"}).status_code == 302
    assert "Marketing 60" in lead.get(url).text
