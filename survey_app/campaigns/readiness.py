"""Gather what decides whether a wave may be launched."""

from datetime import datetime

from sqlalchemy.orm import Session

from survey_app.agreements.models import AgreementVersion, Measure
from survey_app.campaigns.mails.queries import unknown_placeholders
from survey_app.campaigns.models import Wave
from survey_app.campaigns.queries import count_recipients, find_validated_version
from survey_app.campaigns.rules import LaunchFacts
from survey_app.questionnaires import Questionnaire

SURVEYED = (Measure.SURVEY, Measure.MIXED)


def survey_lines(version: AgreementVersion | None) -> list[str]:
    """List the lines of an agreement that a survey measures, alone or with facts."""
    if version is None:
        return []
    return [line.indicator_key for line in version.commitments if line.measure in SURVEYED]


def gather_facts(
    session: Session, wave: Wave, questionnaire: Questionnaire, public_base_url: str, now: datetime
) -> LaunchFacts:
    client = wave.campaign.client
    version = find_validated_version(session, wave.campaign.agreement_id)
    return LaunchFacts(
        now=now,
        ends_at=wave.ends_at,
        starts_on=wave.starts_on,
        zone=client.time_zone,
        state=wave.state,
        public_base_url=public_base_url,
        has_validated_version=version is not None,
        n_lines=len(version.commitments) if version else 0,
        survey_lines=frozenset(survey_lines(version)),
        asked_indicators=frozenset(questionnaire.indicator_keys),
        n_recipients=count_recipients(session, client.id),
        mode=wave.campaign.mode,
        has_privacy_contact=bool(client.agency.privacy_contact),
        unknown_placeholders=unknown_placeholders(session, client.agency_id),
    )
