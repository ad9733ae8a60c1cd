"""What one connection writes down of its mails: which is about to leave, and what became of the one before."""

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from survey_app.db import HeldConnection
from survey_app.outbox.claiming import Claim
from survey_app.outbox.handling import tell
from survey_app.outbox.models import OutgoingEmail
from survey_app.outbox.recording import (
    begin,
    close_breaker,
    open_breaker,
    record,
    record_and_begin,
    record_unwritten,
    withhold,
)
from survey_app.outbox.rounds import Round
from survey_app.outbox.rules import Fate, Outcome, Verdict
from survey_app.outbox.writing import Parcel

log = structlog.get_logger()

# A power cut may take back the records of a worker since the last flush; those mails come again, as the same message.
RECORDS_PER_FLUSH = 5
RECORD_PATIENCE = (0.5, 2.0, 10.0)


@dataclass(frozen=True)
class Sent:
    """A mail that was handed to the relay, and what became of it; not recorded yet."""

    parcel: Parcel
    outcome: Outcome


class Ledger:
    """The records of one connection's mails, each written by itself."""

    def __init__(self, shared: Round, database: HeldConnection) -> None:
        self._shared = shared
        self._database = database
        self._pause = threading.Event()
        self._draw = random.SystemRandom().random

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        with self._shared.desk, self._database.writing() as session:
            yield session

    def turn(self, sent: Sent | None, parcel: Parcel, in_hand: Claim) -> bool:
        """Record the mail before and begin the next, in one commit; return False where the next must not leave."""
        verdict, is_begun = self._turn(sent, parcel, in_hand)
        self._note(sent, verdict)
        return is_begun

    def _turn(self, sent: Sent | None, parcel: Parcel, in_hand: Claim) -> tuple[Verdict | None, bool]:
        now = self._shared.now()
        is_usual = sent is not None and sent.outcome.fate is Fate.ACCEPTED and not in_hand.is_probe
        if sent and is_usual and parcel.may_leave:
            # One statement where nothing is out of the ordinary.
            with self._shared.desk:
                return record_and_begin(
                    self._database, sent.parcel, sent.outcome, parcel, now, flushes_later=self._may_flush_later()
                )
        with self.transaction() as session:
            verdict = self._record(session, sent, in_hand)
            if parcel.withheld:
                withhold(session, parcel, parcel.withheld)
            elif parcel.mistake:
                record_unwritten(session, parcel, now, self._draw())
            return verdict, parcel.may_leave and begin(session, parcel, now)

    def _may_flush_later(self) -> bool:
        shared = self._shared
        shared.n_unflushed = (shared.n_unflushed + 1) % RECORDS_PER_FLUSH
        return shared.n_unflushed > 0

    def settle(self, sent: Sent | None, in_hand: Claim) -> None:
        """Record the last mail, again if the database is busy: an outcome that is lost is a mail sent twice."""
        for patience in RECORD_PATIENCE:
            try:
                return self._settle(sent, in_hand)
            except OperationalError:
                log.warning("mail_outcome_not_recorded_yet", exc_info=True)
                self._pause.wait(patience)
        return self._settle(sent, in_hand)

    def _settle(self, sent: Sent | None, in_hand: Claim) -> None:
        if sent is not None:
            with self.transaction() as session:
                verdict = self._record(session, sent, in_hand)
            self._note(sent, verdict)

    def _record(self, session: Session, sent: Sent | None, in_hand: Claim) -> Verdict | None:
        if sent is None:
            return None
        parcel, outcome, now = sent.parcel, sent.outcome, self._shared.now()
        verdict = record(session, parcel, outcome, now, self._draw())
        if verdict and outcome.fate is Fate.REFUSED:
            self._tell(session, parcel.email_id, outcome.status, now)
        if in_hand.is_probe and outcome.fate is Fate.ACCEPTED:
            close_breaker(session)
        return verdict

    def _tell(self, session: Session, email_id: int, status: str, now: datetime) -> None:
        """Tell the rooms above of a refusal; their trouble must not undo the record."""
        email = session.get(OutgoingEmail, email_id)
        if email is None:
            return
        try:
            with session.begin_nested():
                tell(session, self._shared.handlers, email, status, now)
        except Exception:
            log.exception("refusal_not_told", email_id=email_id)

    def _note(self, sent: Sent | None, verdict: Verdict | None) -> None:
        if sent is None:
            return
        parcel, outcome = sent.parcel, sent.outcome
        self._shared.fates[outcome.fate.value] += 1
        log.info(
            "mail_handled",
            email_id=parcel.email_id,
            kind=parcel.mail.kind,
            fate=outcome.fate.value,
            code=outcome.code,
            state=verdict.state.value if verdict else "lease_lost",
        )

    def rest_relay(self, reply: str) -> datetime:
        """Let every worker leave the relay alone for a while; return until when."""
        with self.transaction() as session:
            return open_breaker(session, reply, self._shared.now(), self._draw())
