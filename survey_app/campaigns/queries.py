"""Read campaigns and waves, whom a wave asks, and what decides whether it may be launched."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, func, select
from sqlalchemy.orm import Session, joinedload

from survey_app.accounts.access import Viewer
from survey_app.agreements.models import Agreement, AgreementVersion, Measure, VersionState
from survey_app.campaigns.models import Campaign, Wave, WaveState
from survey_app.campaigns.rules import LaunchFacts
from survey_app.clients.models import AddressState, Client, Contact, MailWording
from survey_app.clients.rules import Wording
from survey_app.errors import N_, NotFound
from survey_app.questionnaires import Questionnaire

WAS_LAUNCHED = (WaveState.OPEN, WaveState.CLOSED)


def list_campaigns(session: Session, client: Client) -> Sequence[Campaign]:
    return session.scalars(
        select(Campaign).where(Campaign.client_id == client.id).order_by(Campaign.created_at, Campaign.id)
    ).all()


def list_agreements(session: Session, client: Client) -> Sequence[Agreement]:
    return session.scalars(
        select(Agreement).where(Agreement.client_id == client.id).order_by(Agreement.created_at, Agreement.id)
    ).all()


def get_campaign(session: Session, viewer: Viewer, campaign_id: int) -> Campaign:
    campaign = session.get(Campaign, campaign_id)
    if campaign is None or not viewer.sees_client(campaign.client_id):
        raise NotFound(N_("This campaign does not exist. Choose one from the client’s page."))
    return campaign


def get_wave(session: Session, viewer: Viewer, wave_id: int) -> Wave:
    wave = session.get(Wave, wave_id, options=[joinedload(Wave.campaign).joinedload(Campaign.client)])
    if wave is None or not viewer.sees_client(wave.campaign.client_id):
        raise NotFound(N_("This wave does not exist. Choose one from the campaign’s page."))
    return wave


def is_baseline(session: Session, wave: Wave) -> bool:
    """Tell whether the wave is the reference measure: the first one launched under its agreement."""
    earlier = (
        select(Wave.id)
        .join(Campaign)
        .where(
            Campaign.agreement_id == wave.campaign.agreement_id,
            Wave.state.in_(WAS_LAUNCHED),
            Wave.id != wave.id,
            _was_launched_before(wave),
        )
    )
    return not session.scalar(select(exists(earlier)))


def previous_wave(session: Session, wave: Wave) -> Wave | None:
    """Return the wave of the same campaign launched last before this one, cancelled ones left out."""
    return session.scalar(
        select(Wave)
        .where(
            Wave.campaign_id == wave.campaign_id,
            Wave.state.in_(WAS_LAUNCHED),
            Wave.id != wave.id,
            _was_launched_before(wave),
        )
        .order_by(Wave.launched_at.desc(), Wave.id.desc())
        .limit(1)
    )


def _was_launched_before(wave: Wave) -> ColumnElement[bool]:
    if wave.launched_at is None:
        return Wave.launched_at.is_not(None)
    return (Wave.launched_at < wave.launched_at) | and_(Wave.launched_at == wave.launched_at, Wave.id < wave.id)


def was_launched(session: Session, campaign: Campaign) -> bool:
    return bool(session.scalar(select(exists().where(Wave.campaign_id == campaign.id, Wave.launched_at.is_not(None)))))


def find_validated_version(session: Session, agreement_id: int) -> AgreementVersion | None:
    return session.scalar(
        select(AgreementVersion)
        .where(
            AgreementVersion.agreement_id == agreement_id,
            AgreementVersion.state == VersionState.VALIDATED,
        )
        .order_by(AgreementVersion.number.desc())
        .limit(1)
    )


def is_recipient() -> ColumnElement[bool]:
    """Say which contacts a wave asks: active, not opted out, with an address that mail still reaches."""
    return and_(
        Contact.is_active,
        Contact.opted_out_at.is_(None),
        Contact.address_state != AddressState.DEAD,
        Contact.email != "",
    )


def count_recipients(session: Session, client_id: int) -> int:
    return (
        session.scalar(select(func.count()).select_from(Contact).where(Contact.client_id == client_id, is_recipient()))
        or 0
    )


def list_recipients(session: Session, client_id: int, limit: int | None = None) -> Sequence[Contact]:
    return session.scalars(
        select(Contact)
        .where(Contact.client_id == client_id, is_recipient())
        .order_by(Contact.name, Contact.id)
        .limit(limit)
    ).all()


def find_recipient(session: Session, client_id: int, contact_id: int | None) -> Contact | None:
    """Return this recipient, or the first by name where nobody is named."""
    chosen = select(Contact).where(Contact.client_id == client_id, is_recipient())
    if contact_id is not None:
        chosen = chosen.where(Contact.id == contact_id)
    return session.scalar(chosen.order_by(Contact.name, Contact.id).limit(1))


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


def find_wording(session: Session, agency_id: int, kind: str, language: str) -> MailWording | None:
    return session.scalar(select(MailWording).filter_by(agency_id=agency_id, kind=kind, language=language))


def list_wordings(session: Session, agency_id: int) -> Sequence[MailWording]:
    return session.scalars(select(MailWording).where(MailWording.agency_id == agency_id)).all()


def unknown_placeholders(session: Session, agency_id: int) -> list[str]:
    """List the placeholders of an agency's wordings that do not exist, each once."""
    wordings = list_wordings(session, agency_id)
    found = [name for each in wordings for name in Wording(each.subject, each.message).unknown_placeholders(each.kind)]
    return list(dict.fromkeys(found))
