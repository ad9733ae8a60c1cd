"""The fixed cast of the answering tests: one agency, one client, a wave under way and its people's links."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from survey_app.agreements.models import Agreement, AgreementVersion, VersionState
from survey_app.campaigns.invitations import derive_token
from survey_app.campaigns.models import Campaign, CampaignKind, Invitation, PrivacyMode, Wave, WaveState
from survey_app.clients.models import Agency, Client, Contact, ContactRole
from survey_app.db import transaction
from survey_app.questionnaires import Questionnaire, load_library
from survey_app.settings import PROJECT_DIR
from survey_app.tokens import hash_token

LAUNCH = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)
TOKEN_KEY = b"test-token-key-of-more-than-32-characters"
ROLES = list(ContactRole)


@dataclass
class OpenWave:
    wave_id: int
    questionnaire: Questionnaire
    tokens: list[str] = field(default_factory=list)

    def link(self, place: int = 0) -> str:
        return f"/r/{self.tokens[place]}"


def shipped(key: str = "annual_review") -> Questionnaire:
    return load_library(PROJECT_DIR / "questionnaires").get(key)


def open_wave(
    session: Session,
    questionnaire: Questionnaire | None = None,
    *,
    n: int = 3,
    mode: PrivacyMode = PrivacyMode.NAMED,
    role: ContactRole | None = None,
    has_bonus: bool = True,
    language: str = "en",
    **look: Any,
) -> OpenWave:
    """Launch a wave to n people, by its rows alone; dates and titles are always the same."""
    questionnaire = questionnaire or shipped()
    with transaction(session):
        wave = _wave(session, questionnaire, mode, has_bonus, look)
        opened = OpenWave(wave.id, questionnaire)
        for place in range(n):
            opened.tokens.append(_invite(session, wave, place, role or ROLES[place % len(ROLES)], language))
    return opened


def _wave(
    session: Session, questionnaire: Questionnaire, mode: PrivacyMode, has_bonus: bool, look: dict[str, Any]
) -> Wave:
    agency = Agency(
        key="atelier",
        name="Atelier Nord",
        privacy_contact="dpo@atelier.test",
        postal_address="12 rue des Lilas, 75010 Paris",
        created_at=LAUNCH,
        **look,
    )
    client = Client(agency=agency, key="maison-durand", name="Maison Durand", created_at=LAUNCH)
    agreement = Agreement(client=client, title="SLA 2026", created_at=LAUNCH)
    version = AgreementVersion(
        agreement=agreement,
        number=1,
        state=VersionState.VALIDATED,
        starts_on=date(2026, 1, 1),
        ends_on=date(2026, 12, 31),
        validated_at=LAUNCH,
        content_hash="0" * 64,
        frozen_content="{}",
        bonus_scheme={"kind": "tiers"} if has_bonus else None,
        created_at=LAUNCH,
    )
    campaign = Campaign(
        client=client,
        agreement=agreement,
        title="Annual review",
        kind=CampaignKind.BAROMETER,
        questionnaire_key=questionnaire.key,
        mode=mode,
        created_at=LAUNCH,
    )
    wave = Wave(
        campaign=campaign,
        number=1,
        title="Bilan 2026",
        state=WaveState.OPEN,
        starts_on=date(2026, 3, 2),
        ends_on=date(2026, 3, 13),
        ends_at=datetime(2026, 3, 13, 17, 0, tzinfo=UTC),
        launched_at=LAUNCH,
        agreement_version=version,
        questionnaire_version=questionnaire.version,
        definition=questionnaire.to_canonical(),
        definition_hash=questionnaire.content_hash,
        created_at=LAUNCH,
    )
    session.add(wave)
    session.flush()
    return wave


def _invite(session: Session, wave: Wave, place: int, role: ContactRole, language: str) -> str:
    name = ("Claire Martin", "Hugo Petit", "Inès Bernard")[place] if place < 3 else f"Person {place}"
    contact = Contact(
        client=wave.campaign.client,
        name=name,
        email=f"person{place}@durand.test",
        role=role,
        language=language,
        created_at=LAUNCH,
    )
    invitation = Invitation(
        wave=wave,
        contact=contact,
        name=name,
        civility=contact.civility or "neutral",
        email=contact.email,
        role=role,
        language=language,
        token_hash=str(place) * 64 if place < 10 else f"{place:064d}",
        created_at=LAUNCH + timedelta(minutes=place),
    )
    session.add(invitation)
    session.flush()
    token = derive_token(TOKEN_KEY, invitation.id, 1)
    invitation.token_hash = hash_token(token)
    session.flush()
    return token


def marks(questionnaire: Questionnaire, mark: int = 8) -> dict[str, str]:
    """Give the same mark to every question that takes one."""
    return {f"q.{q.key}": str(mark) for q in questionnaire.questions if q.scale is not None}
