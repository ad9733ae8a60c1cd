"""One tick of the scheduler: every step in its own transaction, so that one that fails holds no other."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy.orm import Session

from survey_app.campaigns.models import Campaign, Wave
from survey_app.campaigns.rules import Step
from survey_app.campaigns.schedule.queries import (
    list_days_to_plan,
    list_due_digests,
    list_due_steps,
    plan_recurring_wave,
    queue_digests,
)
from survey_app.campaigns.schedule.service import (
    is_still_due,
    note_obstacle,
    open_wave,
    remind,
    renew_invitations,
)
from survey_app.db import Database, transaction
from survey_app.errors import Refusal
from survey_app.questionnaires import Library

log = structlog.get_logger()
# Closing belongs to a room above this one: whoever ticks brings it along.
CloseDue = Callable[[datetime], object]


@dataclass
class Ticker:
    """What a tick needs besides the time."""

    database: Database
    library: Library
    token_key: bytes
    public_base_url: str
    zone: str
    close_due: CloseDue

    def tick(self, now: datetime) -> list[tuple[int, Step]]:
        """Do what is due and return it; two ticks at once do each thing once."""
        with self.database.reading() as session:
            due = list_due_steps(session, now)
        taken = [(wave_id, step) for wave_id, step in due if self._take(wave_id, step, now)]
        if any(step is Step.CLOSE for _, step in due):
            self.close_due(now)
        self._plan(now)
        self._digest(now)
        return taken

    def _plan(self, now: datetime) -> None:
        with self.database.reading() as session:
            due = list_days_to_plan(session, now)
        for campaign_id, day in due:
            with self.database.writing() as session, transaction(session):
                plan_recurring_wave(session, session.get_one(Campaign, campaign_id), day, now)

    def _digest(self, now: datetime) -> None:
        with self.database.reading() as session:
            mails = list_due_digests(session, self.zone, now)
        if mails:
            with self.database.writing() as session, transaction(session):
                queue_digests(session, mails, now)

    def _take(self, wave_id: int, step: Step, now: datetime) -> bool:
        if step is Step.CLOSE:
            return True
        try:
            with self.database.writing() as session, transaction(session):
                return self._act(session, session.get_one(Wave, wave_id), step, now)
        except Refusal as refusal:
            self._tell(wave_id, step, refusal)
        except Exception:
            # Whatever is wrong with one wave, the others are not kept waiting.
            log.exception("step_failed", wave=wave_id, step=step.value)
        return False

    def _act(self, session: Session, wave: Wave, step: Step, now: datetime) -> bool:
        if not is_still_due(session, wave, step, now):
            return False
        if step is Step.OPEN:
            questionnaire = self.library.get(wave.campaign.questionnaire_key)
            open_wave(session, wave, questionnaire, self.token_key, self.public_base_url, now)
        elif step is Step.RENEW:
            renew_invitations(session, wave, self.token_key, now)
        else:
            remind(session, wave, now)
        return True

    def _tell(self, wave_id: int, step: Step, refusal: Refusal) -> None:
        log.warning("step_refused", wave=wave_id, step=step.value, reason=str(refusal))
        with self.database.writing() as session, transaction(session):
            note_obstacle(session, session.get_one(Wave, wave_id), refusal)
