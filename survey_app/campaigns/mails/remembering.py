"""What a worker need not read again for each of a wave's mails."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from survey_app.campaigns.mails.drafting import drives_pay, first_question
from survey_app.campaigns.mails.recalling import recall_for
from survey_app.campaigns.mails.rules import Wording
from survey_app.campaigns.mails.wording import wording_for
from survey_app.campaigns.models import Wave
from survey_app.questionnaires import Question, Questionnaire

WORDING_LASTS = timedelta(seconds=30)


@dataclass(frozen=True)
class FrozenFacts:
    """What the launch froze and a mail says of it."""

    first_question: Question | None
    drives_pay: bool


@dataclass
class Memory:
    """What launches froze, for good, and the agency's wordings, which may change at any time, for a moment."""

    waves: dict[int, FrozenFacts] = field(default_factory=dict)
    wordings: dict[tuple[int, str, str], tuple[datetime, Wording]] = field(default_factory=dict)
    recalls: dict[tuple[int, str, str], str] = field(default_factory=dict)

    def facts_of(self, wave: Wave) -> FrozenFacts:
        if wave.id not in self.waves:
            questionnaire = Questionnaire.from_canonical(wave.definition or {})
            self.waves[wave.id] = FrozenFacts(
                first_question(questionnaire), drives_pay(wave.agreement_version)
            )
        return self.waves[wave.id]

    def wording_of(
        self, session: Session, agency_id: int, kind: str, language: str, now: datetime
    ) -> Wording:
        """Return the wording in force; called under the mail's language."""
        read_at, wording = self.wordings.get((agency_id, kind, language), (None, None))
        if wording is None or read_at is None or abs(now - read_at) >= WORDING_LASTS:
            wording = wording_for(session, agency_id, kind, language)
            self.wordings[agency_id, kind, language] = (now, wording)
        return wording

    def recall_of(self, session: Session, wave: Wave, kind: str, language: str) -> str:
        """Return what the mail recalls: what was told before the launch, so that it never changes afterwards."""
        if (wave.id, kind, language) not in self.recalls:
            self.recalls[wave.id, kind, language] = recall_for(session, wave, kind)
        return self.recalls[wave.id, kind, language]
