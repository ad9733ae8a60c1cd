"""Carry mails to the relay: claim, write, send, record, one mail at a time on each connection."""

import random
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from flask import Flask
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from survey_app.clock import Clock
from survey_app.db import Database, HeldConnection
from survey_app.outbox.claiming import Claim, claim, give_back
from survey_app.outbox.composition import Composers
from survey_app.outbox.connection import RelayConnection
from survey_app.outbox.handling import MailHandlers, tell
from survey_app.outbox.message import forget_letters
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
from survey_app.outbox.rules import Fate, Outcome, Verdict
from survey_app.outbox.writing import Parcel, Writer
from survey_app.settings import Settings

log = structlog.get_logger()

CUTS_IN_A_ROW = 3
# A power cut may take back the records of a worker since the last flush; those mails come again, as the same message.
RECORDS_PER_FLUSH = 5
RECORD_PATIENCE = (0.5, 2.0, 10.0)


@dataclass
class Round:
    """What the connections of one worker share while they empty the outbox.

    The window is the time from the text of a message until its outcome is recorded. One connection at a time
    is in it, so that a killed worker leaves at most one message that the relay took and nobody recorded.
    """

    app: Flask
    composers: Composers
    handlers: MailHandlers
    stop: threading.Event
    window: threading.Lock = field(default_factory=threading.Lock)
    desk: threading.Lock = field(default_factory=threading.Lock)
    n_unflushed: int = 0
    fates: Counter[str] = field(default_factory=Counter)

    @property
    def settings(self) -> Settings:
        found: Settings = self.app.extensions["survey_settings"]
        return found

    @property
    def database(self) -> Database:
        found: Database = self.app.extensions["survey_database"]
        return found

    def now(self) -> datetime:
        clock: Clock = self.app.extensions["survey_clock"]
        return clock.now()


@dataclass(frozen=True)
class Sent:
    """A mail that was handed to the relay, and what became of it; not recorded yet."""

    parcel: Parcel
    outcome: Outcome


class Carrier:
    """One connection to the relay, one to the database, and the mails that go from this to that."""

    _database: HeldConnection

    def __init__(self, shared: Round) -> None:
        self._shared = shared
        self._relay = RelayConnection(shared.app, shared.settings.mail_timeout)
        self._writer = Writer(shared.composers, shared.settings)
        self._ahead: Parcel | None = None
        self._cuts_in_a_row = 0
        self._is_in_trouble = False
        self._is_in_window = False
        self._pause = threading.Event()
        self._draw = random.SystemRandom().random

    def carry_all(self) -> None:
        """Carry what is due until nothing is, the relay fails, or the worker is asked to stop."""
        with self._shared.app.app_context(), self._relay, self._shared.database.holding() as self._database:
            while not self._shared.stop.is_set():
                with self._transaction() as session:
                    in_hand = claim(session, self._shared.now(), self._shared.settings.mail_domain_per_minute)
                if not in_hand.mails or not self._carry(in_hand):
                    return

    @contextmanager
    def _transaction(self) -> Iterator[Session]:
        # In turns: SQLite has one writer, and those that wait for it by asking again waste what they wait for.
        with self._shared.desk, self._database.writing() as session:
            yield session

    def _carry(self, in_hand: Claim) -> bool:
        """Carry the mails of one claim; what was not begun is given back. Return False to stop.

        Trouble with the database ends the turn too: what is given back is due at once, and would be claimed for ever.
        """
        sent: Sent | None = None
        n_unbegun = len(in_hand.mails)
        try:
            for place in range(len(in_hand.mails)):
                if self._shared.stop.is_set():
                    return False
                parcel = self._take_up(in_hand, place)
                before, sent = sent, None
                if parcel is None:
                    self._record_and_leave(before, in_hand)
                elif self._record_and_begin(before, parcel, in_hand):
                    n_unbegun -= 1
                    sent = Sent(parcel, self._send(parcel, in_hand, place + 1))
                    if not self._relay_is_well(sent.outcome):
                        return False
            return not self._is_in_trouble
        finally:
            self._finish(sent, in_hand, n_unbegun)

    def _take_up(self, in_hand: Claim, place: int) -> Parcel | None:
        """Return the mail as it was written ahead, unless that was too long ago."""
        ahead, self._ahead = self._ahead, None
        if ahead is not None and ahead.email_id == in_hand.mails[place].id and not ahead.is_stale():
            return ahead
        parcel = self._write(in_hand, place)
        self._is_in_trouble |= parcel is None
        return parcel

    def _write(self, in_hand: Claim, place: int) -> Parcel | None:
        try:
            with self._database.reading() as session:
                return self._writer.write(session, in_hand.mails[place:], in_hand.lease_id, self._shared.now())
        except Exception:
            # It is given back with what was not begun.
            log.warning("mail_not_read", email_id=in_hand.mails[place].id, exc_info=True)
            return None

    def _record_and_begin(self, sent: Sent | None, parcel: Parcel, in_hand: Claim) -> bool:
        """Record the mail before and begin the next in one transaction: one commit for each mail.

        The relay hears of the next mail's sender meanwhile. Return False where the mail must not leave.
        """
        if parcel.content:
            self._relay.announce(parcel.return_path)
        is_begun = False
        try:
            verdict, is_begun = self._turn(sent, parcel, in_hand)
            self._note(sent, verdict)
        except Exception:
            log.warning("mail_not_begun", email_id=parcel.email_id, exc_info=True)
            is_begun, self._is_in_trouble = False, True
            self._insist_on_recording(sent, in_hand)
        finally:
            self._leave_window()
        if not is_begun:
            self._relay.take_back()
            self._writer.asker.forget()
        return is_begun

    def _turn(self, sent: Sent | None, parcel: Parcel, in_hand: Claim) -> tuple[Verdict | None, bool]:
        """Turn from one mail to the next, in one statement where nothing is out of the ordinary."""
        now = self._shared.now()
        is_usual = sent is not None and sent.outcome.fate is Fate.ACCEPTED and not in_hand.is_probe
        if sent and is_usual and parcel.may_leave:
            with self._shared.desk:
                return record_and_begin(
                    self._database, sent.parcel, sent.outcome, parcel, now, flushes_later=self._may_flush_later()
                )
        with self._transaction() as session:
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

    def _send(self, parcel: Parcel, in_hand: Claim, following: int) -> Outcome:
        """Hand the mail to the relay, and write the following one while the relay reads."""
        if parcel.message is None:
            return Outcome(Fate.UNSENDABLE, reply=parcel.unsendable)

        def write_ahead() -> None:
            self._ahead = self._write(in_hand, following) if following < len(in_hand.mails) else None

        return self._relay.deliver(
            parcel.message, parcel.content, parcel.return_path, parcel.address,
            before_text=self._enter_window, while_waiting=write_ahead,
        )

    def _enter_window(self) -> None:
        self._shared.window.acquire()
        self._is_in_window = True

    def _leave_window(self) -> None:
        if self._is_in_window:
            self._is_in_window = False
            self._shared.window.release()

    def _record_and_leave(self, sent: Sent | None, in_hand: Claim) -> None:
        try:
            self._insist_on_recording(sent, in_hand)
        finally:
            self._leave_window()

    def _finish(self, sent: Sent | None, in_hand: Claim, n_unbegun: int) -> None:
        self._record_and_leave(sent, in_hand)
        if n_unbegun:
            with self._transaction() as session:
                give_back(session, in_hand.lease_id, self._shared.now())

    def _insist_on_recording(self, sent: Sent | None, in_hand: Claim) -> None:
        """Record, again if the database is busy: an outcome that is lost is a mail sent twice."""
        for patience in RECORD_PATIENCE:
            try:
                return self._record_alone(sent, in_hand)
            except OperationalError:
                log.warning("mail_outcome_not_recorded_yet", exc_info=True)
                self._pause.wait(patience)
        return self._record_alone(sent, in_hand)

    def _record_alone(self, sent: Sent | None, in_hand: Claim) -> None:
        if sent is not None:
            with self._transaction() as session:
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

    def _note(self, sent: Sent | None, verdict: Verdict | None) -> None:
        if sent is None:
            return
        parcel, outcome = sent.parcel, sent.outcome
        self._shared.fates[outcome.fate.value] += 1
        log.info(
            "mail_handled", email_id=parcel.email_id, kind=parcel.mail.kind, fate=outcome.fate.value,
            code=outcome.code, state=verdict.state.value if verdict else "lease_lost",
        )

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

    def _relay_is_well(self, outcome: Outcome) -> bool:
        """Open the breaker when the relay is at fault: at once where it says so, or after cuts in a row."""
        is_cut = outcome.fate in (Fate.CUT_EARLY, Fate.CUT_LATE)
        self._cuts_in_a_row = self._cuts_in_a_row + 1 if is_cut else 0
        if outcome.fate is not Fate.UNREACHABLE and self._cuts_in_a_row < CUTS_IN_A_ROW:
            return True
        with self._transaction() as session:
            until = open_breaker(session, outcome.reply, self._shared.now(), self._draw())
        log.warning("relay_at_fault", reply=outcome.reply, resting_until=until.isoformat())
        return False


def drain(shared: Round) -> Counter[str]:
    """Empty the outbox of what is due over the worker's connections; return how many mails met which fate."""
    carriers = [Carrier(shared) for _ in range(shared.settings.mail_connections)]
    failures: list[BaseException] = []
    threads = [
        threading.Thread(target=_carry_safely, args=(carrier, failures), name=f"carrier-{number}")
        for number, carrier in enumerate(carriers, 1)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    forget_letters()
    if failures:
        raise failures[0]
    return shared.fates


def _carry_safely(carrier: Carrier, failures: list[BaseException]) -> None:
    try:
        carrier.carry_all()
    except Exception as error:
        failures.append(error)
