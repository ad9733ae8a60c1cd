"""Set the scene: the agency, its staff, its clients, an agreement and a campaign each, their facts and evidence."""

from datetime import date, datetime, timedelta
from fractions import Fraction

from flask import Flask
from sqlalchemy.orm import Session

from survey_app.accounts.access import Role
from survey_app.accounts.service import create_user
from survey_app.agreements.drafting import Terms
from survey_app.agreements.models import Agreement
from survey_app.agreements.service import add_commitment, create_agreement, set_bonus_scheme, validate_version
from survey_app.agreements.vocabulary import Frequency
from survey_app.campaigns.models import Campaign, CampaignKind, Disclosure, PrivacyMode
from survey_app.campaigns.service import create_campaign
from survey_app.catalogue.content import load_catalogue
from survey_app.clients.models import Agency, Client
from survey_app.clients.service import add_contact, create_agency, create_client
from survey_app.clock import local_day
from survey_app.demo.cast import CAST, PlayedClient
from survey_app.measurements.rules import period_at
from survey_app.measurements.service import (
    record_document,
    record_measurement,
    record_test,
    validate_document,
    validate_measurement,
)

# The lead decides and validates, the second person enters.
ACTOR, ENTERED_BY = (f"{person.name} <{person.email}>" for person in (CAST.lead, CAST.second))


def set_scene(app: Flask, session: Session, password: str, now: datetime) -> dict[str, int]:
    """Make everything that exists before the first wave, and return each client's campaign by the client's key."""
    agency = create_agency(
        session,
        CAST.agency.key,
        CAST.agency.name,
        postal_address=CAST.agency.address,
        privacy_contact=CAST.lead.email,
        now=now,
    )
    for person, role in ((CAST.lead, Role.ADMINISTRATOR), (CAST.second, Role.QUALITY_LEAD)):
        create_user(session, person.email, person.name, password, role, sees_all_clients=True, now=now)
    return {played.key: _add_client(app, session, agency, played, now).id for played in CAST.clients}


def _add_client(app: Flask, session: Session, agency: Agency, played: PlayedClient, now: datetime) -> Campaign:
    client = create_client(session, agency, played.key, played.name, actor=ACTOR, now=now)
    for person in played.people:
        add_contact(
            session,
            client,
            person.name,
            person.email,
            person.role,
            civility=person.civility,
            job_title=person.job_title,
            language=person.language,
            is_signatory=person.is_signatory,
            actor=ACTOR,
            now=now,
        )
    agreement = _add_agreement(session, client, played, now)
    questionnaire = app.extensions["survey_questionnaires"].get(played.questionnaire)
    return create_campaign(
        session,
        client,
        agreement,
        played.campaign_title,
        CampaignKind.BAROMETER,
        questionnaire,
        PrivacyMode.NAMED if len(played.people) < 8 else PrivacyMode.CONFIDENTIAL,
        ACTOR,
        now,
        disclosure=Disclosure.MARKS if played.receives_marks else Disclosure.OVERALL,
    )


def _add_agreement(session: Session, client: Client, played: PlayedClient, now: datetime) -> Agreement:
    catalogue = load_catalogue()
    starts_on = local_day(now - timedelta(days=120), client.time_zone)
    version = create_agreement(
        session, client, f"SLA {played.name}", starts_on, starts_on + timedelta(days=730), ACTOR, now
    )
    for key, (threshold, target) in played.survey_lines.items():
        terms = Terms(threshold=threshold, target=target)
        if key in CAST.paying_lines:
            # Lines that move money need a dated target and, before any baseline exists, a written acceptance.
            terms |= Terms(is_paying=True, objective_on=version.ends_on, sanction_acceptance=CAST.acceptance)
        add_commitment(session, version, catalogue[key], **terms)
    for key in CAST.lines_beside(played):
        add_commitment(session, version, catalogue[key])
    set_bonus_scheme(session, version, {"amount": str(played.bonus)}, ACTOR, now)
    validate_version(session, version, CAST.lead.name, played.signatory.name, ACTOR, now)
    if CAST.lines_beside(played):
        file_evidence(session, version.agreement, now)
    return version.agreement


def enter_facts(
    session: Session, agreement: Agreement, played: PlayedClient, index: int, first: date, now: datetime
) -> None:
    """Enter the month before the wave and have it validated."""
    period = period_at(first.replace(day=1) - timedelta(days=1), Frequency.MONTHLY)
    for key, counts in played.facts.items():
        exact = {name: Fraction(count) for name, count in counts[index].items()}
        row = record_measurement(session, agreement, key, period, exact, period.ends_on, ENTERED_BY, now)
        validate_measurement(session, row, ACTOR, now)


def file_evidence(session: Session, agreement: Agreement, now: datetime) -> None:
    """File the backup procedure with its last restore test."""
    today = local_day(now, agreement.client.time_zone)
    document = record_document(
        session,
        agreement,
        CAST.evidence_line,
        title="Procédure de sauvegarde et de restauration",
        owner=CAST.second.name,
        owner_email=CAST.second.email,
        reviewed_on=today - timedelta(days=20),
        expires_on=today + timedelta(days=345),
        note="",
        actor=ENTERED_BY,
        now=now,
    )
    record_test(
        session,
        document,
        tested_on=today - timedelta(days=12),
        is_passed=True,
        measured=Fraction(9),
        note="Restauration complète sur une machine neuve, sauvegarde de la veille.",
        actor=ENTERED_BY,
        now=now,
    )
    validate_document(session, document, ACTOR, now)
