"""Play a survey quickly: people, what they answered, the close; dates and names are always the same."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from io import BytesIO
from zipfile import ZipFile

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from survey_app.agreements.models import Agreement, AgreementVersion, Commitment, Measure, Obligor, VersionState
from survey_app.campaigns.models import Campaign, CampaignKind, Invitation, PrivacyMode, Wave, WaveState
from survey_app.catalogue.content import load_catalogue
from survey_app.clients.models import Agency, Client, Contact, ContactRole
from survey_app.questionnaires import Questionnaire, load_library
from survey_app.responses.models import Answer, Response
from survey_app.scores.models import Score
from survey_app.scores.service import record_scores
from survey_app.settings import PROJECT_DIR

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ACTOR = "Camille Laurent <camille@agence.test>"
RESPONSIVENESS, REPORTING = "service_responsiveness", "service_reporting_quality"
NOT_APPLICABLE = "n/a"
FIRST_NAMES = ("Hélène", "Marc", "Nadia", "Olivier", "Sophie", "Julien", "Claire", "Hugo", "Inès", "Paul", "Rose")

Mark = int | str | None


@dataclass
class Survey:
    """One client, its agreement and its campaign; waves are added to it."""

    session: Session
    client: Client
    version: AgreementVersion
    campaign: Campaign
    questionnaire: Questionnaire
    contacts: list[Contact] = field(default_factory=list)

    @classmethod
    def set_up(
        cls,
        session: Session,
        key: str = "valrose",
        questionnaire: str = "quarterly_barometer",
        agency: Agency | None = None,
    ) -> "Survey":
        asked = load_library(PROJECT_DIR / "questionnaires").get(questionnaire)
        agency = agency or Agency(key="agence", name="Agence Horizon", created_at=START)
        client = Client(agency=agency, key=key, name=f"Maison {key.title()}", created_at=START)
        agreement = Agreement(client=client, title="SLA 2026", created_at=START)
        version = AgreementVersion(
            agreement=agreement,
            number=1,
            state=VersionState.VALIDATED,
            starts_on=date(2026, 1, 1),
            ends_on=date(2027, 12, 31),
            validated_at=START,
            content_hash="0" * 64,
            frozen_content="{}",
            created_at=START,
        )
        campaign = Campaign(
            client=client,
            agreement=agreement,
            title="Baromètre",
            kind=CampaignKind.BAROMETER,
            questionnaire_key=asked.key,
            mode=PrivacyMode.NAMED,
            created_at=START,
        )
        session.add_all([version, campaign])
        session.flush()
        return cls(session, client, version, campaign, asked)

    def promise(self, indicator_key: str, measure: str = "survey", threshold: str = "7", **terms: object) -> Commitment:
        """Add a line to the agreement."""
        indicator = load_catalogue()[indicator_key]
        line = Commitment(
            position=len(self.version.commitments) + 1,
            indicator_key=indicator_key,
            obligor=Obligor(str(terms.pop("obligor", "agency"))),
            measure=Measure(measure),
            threshold=Decimal(threshold),
            weight=Decimal(str(terms.pop("weight", 1))),
            definition=indicator.snapshot(),
            **terms,
        )
        self.version.commitments.append(line)
        self.session.flush()
        return line

    def open_wave(
        self, n: int = 0, mode: str = "named", roles: Sequence[str] = ("marketing",), number: int = 1
    ) -> Wave:
        """Launch a wave to n people."""
        launched_at = START + timedelta(days=90 * (number - 1))
        self.campaign.mode = PrivacyMode(mode)
        wave = Wave(
            campaign=self.campaign,
            number=number,
            title=f"Vague {number}",
            state=WaveState.OPEN,
            starts_on=launched_at.date(),
            ends_on=launched_at.date() + timedelta(days=14),
            ends_at=launched_at + timedelta(days=14),
            launched_at=launched_at,
            agreement_version=self.version,
            questionnaire_version=self.questionnaire.version,
            definition=self.questionnaire.to_canonical(),
            definition_hash=self.questionnaire.content_hash,
            created_at=launched_at,
        )
        self.session.add(wave)
        for place in range(n):
            self._invite(wave, place, roles[place % len(roles)])
        self.session.flush()
        return wave

    def _invite(self, wave: Wave, place: int, role: str) -> None:
        while len(self.contacts) <= place:
            number = len(self.contacts)
            name = f"{FIRST_NAMES[number]} Martin" if number < len(FIRST_NAMES) else f"Personne {number:03}"
            self.contacts.append(
                Contact(
                    client=self.client,
                    name=name,
                    email=f"{self.client.key}{number}@client.test",
                    role=ContactRole(role),
                    created_at=START,
                )
            )
        contact = self.contacts[place]
        wave.invitations.append(
            Invitation(
                contact=contact,
                name=contact.name,
                civility="neutral",
                email=contact.email,
                role=ContactRole(role),
                language="fr",
                token_hash=f"{self.client.key}{wave.number:04}{place:050}",
                created_at=START,
            )
        )

    def answer(
        self, wave: Wave, place: int, marks: Mapping[str, Mark], comment: str = "", n_seconds: int = 90
    ) -> Response:
        """Let a person answer: a mark by indicator, on every question of it, "n/a", or None for silence."""
        invitation = next(i for i in wave.invitations if i.contact is self.contacts[place])
        is_anonymous = wave.campaign.mode is PrivacyMode.ANONYMOUS
        invitation.answered_at = START
        response = Response(
            id=wave.number * 100_000 + self.campaign.id * 1_000_000 + place + 1,
            wave_id=wave.id,
            invitation_id=None if is_anonymous else invitation.id,
            role=invitation.role,
            language="fr",
            receipt_code=f"{self.campaign.id}-{wave.number}-{place}",
            submitted_at=START,
            n_seconds=n_seconds,
        )
        self.session.add(response)
        self.session.flush()
        for question in self.questionnaire.questions:
            mark = marks.get(question.key, marks.get(question.indicator_key or "", None))
            if mark is not None:
                self.session.add(_answer(response, question.key, mark, comment))
        self.session.flush()
        return response

    def give(self, wave: Wave, indicator_key: str, marks: Sequence[Mark]) -> None:
        """Let the first people answer one indicator, one mark each."""
        for place, mark in enumerate(marks):
            if mark is not None:
                self.answer(wave, place, {indicator_key: mark})

    def close(self, wave: Wave, facts: Mapping[str, Fraction | None] | None = None) -> dict[str, Score]:
        """Close the wave and return its lines by indicator and its means by subject and party."""
        closed_at = wave.ends_at + timedelta(minutes=5)
        wave.state, wave.closed_at = WaveState.CLOSED, closed_at
        scores = record_scores(self.session, wave, load_catalogue(), facts or {}, ACTOR, closed_at)
        return {name_of(score): score for score in scores}


def name_of(score: Score) -> str:
    """Name a score shortly: the indicator, or the mean and its party."""
    return score.subject_key if score.state is not None else f"{score.subject_key}/{score.obligor.value}"


def _answer(response: Response, question_key: str, mark: int | str, comment: str) -> Answer:
    is_not_applicable = mark == NOT_APPLICABLE
    return Answer(
        wave_id=response.wave_id,
        response_id=response.id,
        question_key=question_key,
        rating=None if is_not_applicable else int(mark),
        is_not_applicable=is_not_applicable,
        comment=comment or None,
    )


def drawings_of(browser: FlaskClient, url: str) -> dict[str, str]:
    """Return the drawings of a page's archive by the name of their file."""
    answer = browser.get(url)
    assert answer.status_code == 200
    assert answer.mimetype == "application/zip"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    with ZipFile(BytesIO(answer.data)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}
