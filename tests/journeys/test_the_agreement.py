"""The agreement's story: from an empty account to both signatures, then its facts, its evidence and its amendment."""

import re
from datetime import date
from fractions import Fraction

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.accounts.access import Role
from survey_app.accounts.models import User
from survey_app.agreements.content import is_intact
from survey_app.agreements.models import AgreementVersion, Commitment, VersionState
from survey_app.audit.models import AuditEntry
from survey_app.campaigns.models import WaveState
from survey_app.clients.models import Contact
from survey_app.clients.service import create_agency
from survey_app.clock import SettableClock
from survey_app.db import Database, transaction
from survey_app.mails import ComposedEmail
from survey_app.measurements.models import Measurement
from survey_app.measurements.queries import marks_for_wave
from survey_app.outbox.delivery import compose_mail
from survey_app.outbox.models import OutgoingEmail
from survey_app.settings import Settings
from survey_app.worker import composers
from tests.cast import browser_of, known_hash, post
from tests.measurements.test_facts import add_wave
from tests.tables.doors import confirm_table

LINES = {
    "service_proactivity": "survey",
    "service_responsiveness": "mixed",
    "time_delivery": "factual",
    "finance_payment_timeliness": "factual",
    "security_backup": "contractual",
}
TABLE = """indicateur;décompte;valeur;date
S3;answers_within_delay;90;30/06/2026
S3;requests;100;30/06/2026
D1;deliveries_on_time;46;30/06/2026
D1;deliveries_due;50;30/06/2026
F5;revenue_paid_late;12000;30/06/2026
F5;revenue_due;80000;30/06/2026
"""


@pytest.fixture
def staff(app: Flask, database: Database, clock: SettableClock) -> dict[str, FlaskClient]:
    """An agency with two people and nothing else."""
    ids: dict[str, int] = {}
    with database.writing() as session, transaction(session):
        create_agency(session, "agence", "Agence Horizon", now=clock.now())
        for name, role in (("Camille", Role.QUALITY_LEAD), ("Lea", Role.ACCOUNT_MANAGER)):
            user = User(
                email=f"{name.lower()}@agence.test",
                name=name,
                password=known_hash(),
                role=role,
                sees_all_clients=True,
                created_at=clock.now(),
            )
            session.add(user)
            session.flush()
            ids[name] = user.id
    return {name: browser_of(app, user_id) for name, user_id in ids.items()}


def mails(app: Flask, settings: Settings, clock: SettableClock, kind: str) -> list[ComposedEmail]:
    """Write the mails of a kind as the worker does."""
    database: Database = app.extensions["survey_database"]
    with app.app_context(), database.reading() as session:
        rows = session.scalars(select(OutgoingEmail).where(OutgoingEmail.kind == kind).order_by(OutgoingEmail.id)).all()
        written = [compose_mail(composers(settings), session, row, clock.now()) for row in rows]
    return [each for each in written if isinstance(each, ComposedEmail)]


def link_in(mail: ComposedEmail) -> str:
    found = re.search(r"http://localhost(/a/\S+)", mail.text)
    assert found
    return found[1]


def ids_by_key(session: Session) -> dict[str, int]:
    newest = session.scalars(select(AgreementVersion).order_by(AgreementVersion.number.desc())).first()
    assert newest is not None
    return {line.indicator_key: line.id for line in newest.commitments}


def begin(lead: FlaskClient, database: Database) -> str:
    """Create the client, its signatory and the agreement, and choose its five lines."""
    client = {"name": "Maison Valrose", "language": "fr", "time_zone": "Europe/Paris"}
    assert post(lead, "/clients/new", client).status_code == 302
    contact = {
        "civility": "madam",
        "name": "Hélène Dupont",
        "email": "helene@valrose.test",
        "role": "marketing",
        "language": "fr",
        "is_signatory": "y",
    }
    assert post(lead, "/clients/maison-valrose/contacts/new", contact).status_code == 302
    new = {"title": "Contrat 2026", "starts_on": "2026-01-01", "ends_on": "2026-12-31", "starting_point": ""}
    place = str(post(lead, "/clients/maison-valrose/agreements/new", new).location)
    assert post(lead, f"{place}/lines/add", {"key": list(LINES)}).status_code == 302
    return place


def propose(lead: FlaskClient, place: str, database: Database) -> None:
    with database.reading() as session:
        contact = session.scalars(select(Contact.id)).one()
    fields = {"contact": contact, "agency_signatory": "Camille Laurent"}
    assert post(lead, f"{place}/propose", fields).status_code == 302


def negotiate(
    app: Flask, lead: FlaskClient, client: FlaskClient, place: str, settings: Settings, clock: SettableClock
) -> str:
    """Propose, hear one counter-proposal, apply it, propose again, be accepted; return the client's link."""
    database: Database = app.extensions["survey_database"]
    propose(lead, place, database)
    with database.reading() as session:
        ids = ids_by_key(session)
    said = {f"decision-{line_id}": "accept" for line_id in ids.values()}
    asked = {f"decision-{ids['time_delivery']}": "counter", f"threshold-{ids['time_delivery']}": "6,5"}
    first = link_in(mails(app, settings, clock, "agreement_proposal")[0])
    assert client.post(first, data={**said, **asked, "signed_name": "Hélène Dupont"}).status_code == 302
    (settlement,) = re.findall(r'action="(/agreements/\d+/answers/\d+/apply)"', lead.get(place).text)
    assert post(lead, settlement).status_code == 302
    propose(lead, place, database)
    second = link_in(mails(app, settings, clock, "agreement_proposal")[-1])
    assert client.post(second, data={"all": "accept", "signed_name": "Hélène Dupont"}).status_code == 302
    return second


def test_from_an_empty_account_to_an_agreement_that_both_keep(
    app: Flask,
    staff: dict[str, FlaskClient],
    browserless: FlaskClient,
    settings: Settings,
    clock: SettableClock,
    database: Database,
) -> None:
    lead, manager = staff["Camille"], staff["Lea"]
    place = begin(lead, database)
    link = negotiate(app, lead, browserless, place, settings, clock)
    _check_the_seal(app, database, settings, clock)

    url = f"{place}/facts/2026-H1/import"
    assert confirm_table(manager, url, post(manager, url, {"table": TABLE})).status_code == 302
    _prove_the_backup(manager, lead, place)
    with database.reading() as session:
        facts = session.scalars(select(Measurement.id)).all()
    for fact in facts:
        assert post(manager, f"/measurements/{fact}/validate").status_code == 409
        assert post(lead, f"/measurements/{fact}/validate").status_code == 302
    _check_the_marks(database)
    page = browserless.get(f"{link}/facts?period=2026-H1").text
    assert "Procédure de sauvegarde" in page
    assert page.count("note ") >= 3

    assert post(lead, f"{place}/amend").status_code == 302
    with database.reading() as session:
        ids = ids_by_key(session)

    assert "prochain objectif proposé" in lead.get(f"{place}/lines/{ids['time_delivery']}").text
    assert post(lead, f"{place}/lines/{ids['security_backup']}/remove").status_code == 302
    changes = lead.get(f"{place}/versions/2/changes").text
    assert "<del>" in changes


def _check_the_seal(app: Flask, database: Database, settings: Settings, clock: SettableClock) -> None:
    with database.reading() as session:
        version = session.scalars(select(AgreementVersion)).one()
        assert version.state is VersionState.VALIDATED
        assert is_intact(version)
        assert {line.indicator_key: line.measure.value for line in version.commitments} == LINES
        line = session.scalars(select(Commitment).where(Commitment.indicator_key == "time_delivery")).one()
        assert line.threshold == Fraction(13, 2)
        actions = set(session.scalars(select(AuditEntry.action)))
    assert {"agreement_created", "agreement_proposed", "agreement_answered", "agreement_validated"} <= actions
    sealed = mails(app, settings, clock, "agreement_validated")
    assert [mail.attachments[0].content[:4] for mail in sealed] == [b"%PDF", b"%PDF"]


def _prove_the_backup(manager: FlaskClient, lead: FlaskClient, place: str) -> None:
    document = {"title": "Procédure de sauvegarde", "owner": "Léa Bernard", "reviewed_on": "2026-02-01"}
    assert post(manager, f"{place}/evidence/security_backup", document).status_code == 302
    test = {"tested_on": "2026-02-20", "is_passed": "y", "measured": "20"}
    assert post(manager, "/documents/1/tests/new", test).status_code == 302
    assert post(lead, "/documents/1/validate").status_code == 302


def _check_the_marks(database: Database) -> None:
    with database.writing() as session:
        agreement = session.scalars(select(AgreementVersion)).one().agreement
        marks = marks_for_wave(session, add_wave(session, agreement, 1, date(2026, 6, 30), WaveState.OPEN))
    assert marks == {
        "service_responsiveness": Fraction(7),
        "time_delivery": Fraction(7),
        "finance_payment_timeliness": 7 - Fraction(7, 6),
        "security_backup": Fraction(10),
    }
