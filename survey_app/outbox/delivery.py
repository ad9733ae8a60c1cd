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
from survey_app.db import Database, transaction
from survey_app.outbox.claiming import Claim, claim, give_back
from survey_app.outbox.composition import Composers
from survey_app.outbox.connection import RelayConnection
from survey_app.outbox.handling import MailHandlers, tell
from survey_app.outbox.message import Envelope, UnsendableError, build_message, recipient_address, serialise
from survey_app.outbox.models import OutgoingEmail
from survey_app.outbox.recording import Parcel, begin, close_breaker, open_breaker, record, record_uncomposable
from survey_app.outbox.rules import Fate, Outcome, mask_links
from survey_app.outbox.sealing import seal_envelope
from survey_app.settings import Settings

log = structlog.get_logger()

CUTS_IN_A_ROW = 3
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

    def __init__(self, shared: Round) -> None:
        self._shared = shared
        self._relay = RelayConnection(shared.app, shared.settings.mail_timeout)
        self._cuts_in_a_row = 0
        self._is_in_window = False
        self._pause = threading.Event()
        self._draw = random.SystemRandom().random

    def carry_all(self) -> None:
        """Carry what is due until nothing is, the relay fails, or the worker is asked to stop."""
        with self._shared.app.app_context(), self._relay:
            while not self._shared.stop.is_set():
                with self._transaction() as session:
                    in_hand = claim(session, self._shared.now(), self._shared.settings.mail_domain_per_minute)
                if not in_hand.email_ids or not self._carry(in_hand):
                    return

    @contextmanager
    def _transaction(self) -> Iterator[Session]:
        # In turns: SQLite has one writer, and those that wait for it by asking again waste what they wait for.
        with self._shared.desk, self._shared.database.writing() as session, transaction(session):
            yield session

    def _carry(self, in_hand: Claim) -> bool:
        """Carry the mails of one claim; what was not begun is given back. Return False to stop."""
        sent: Sent | None = None
        try:
            for email_id in in_hand.email_ids:
                if self._shared.stop.is_set():
                    return False
                parcel = self._record_and_begin(sent, email_id, in_hand)
                sent = Sent(parcel, self._send(parcel)) if parcel else None
                if sent and not self._relay_is_well(sent.outcome):
                    return False
            return True
        finally:
            self._finish(sent, in_hand)

    def _finish(self, sent: Sent | None, in_hand: Claim) -> None:
        try:
            self._insist_on_recording(sent, in_hand)
        finally:
            self._leave_window()
        with self._transaction() as session:
            give_back(session, in_hand.lease_id, self._shared.now())

    def _record_and_begin(self, sent: Sent | None, email_id: int, in_hand: Claim) -> Parcel | None:
        """Record the mail before and begin the next in one transaction: one commit for each mail."""
        shared = self._shared
        try:
            with self._transaction() as session:
                self._record(session, sent, in_hand)
                parcel = begin(
                    session, email_id, in_hand.lease_id, shared.composers, shared.settings.mail_sender, shared.now()
                )
        except Exception as error:
            self._insist_on_recording(sent, in_hand)
            self._put_off(email_id, in_hand.lease_id, error)
            parcel = None
        finally:
            self._leave_window()
        return parcel

    def _put_off(self, email_id: int, lease_id: str, error: Exception) -> None:
        """Put off one mail whatever its composer stumbled on: the others go on."""
        if isinstance(error, OperationalError):
            log.warning("database_busy", email_id=email_id, exc_info=error)
            return
        log.error("mail_not_composed", email_id=email_id, exc_info=error)
        why = mask_links(f"{type(error).__name__}: {error}")
        with self._transaction() as session:
            record_uncomposable(session, email_id, lease_id, why, self._shared.now(), self._draw())

    def _send(self, parcel: Parcel) -> Outcome:
        settings = self._shared.settings
        key = settings.token_key.get_secret_value().encode()
        return_path = seal_envelope(key, settings.bounce_address or settings.mail_sender, parcel.email_id)
        envelope = Envelope(settings.mail_sender, parcel.recipient, parcel.message_id, self._shared.now())
        try:
            message = build_message(parcel.composed, envelope)
            return self._relay.deliver(
                message, serialise(message), return_path, recipient_address(parcel.recipient), self._enter_window
            )
        except UnsendableError as error:
            return Outcome(Fate.UNSENDABLE, reply=str(error))
        except Exception as error:
            log.exception("mail_not_sendable", email_id=parcel.email_id)
            return Outcome(Fate.UNSENDABLE, reply=mask_links(f"{type(error).__name__}: {error}"))

    def _enter_window(self) -> None:
        self._shared.window.acquire()
        self._is_in_window = True

    def _leave_window(self) -> None:
        if self._is_in_window:
            self._is_in_window = False
            self._shared.window.release()

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
                self._record(session, sent, in_hand)

    def _record(self, session: Session, sent: Sent | None, in_hand: Claim) -> None:
        if sent is None:
            return
        parcel, outcome, shared, now = sent.parcel, sent.outcome, self._shared, self._shared.now()
        verdict = record(session, parcel, outcome, now, self._draw())
        if verdict and outcome.fate is Fate.REFUSED:
            self._tell(session, parcel.email_id, outcome.status, now)
        if in_hand.is_probe and outcome.fate is Fate.ACCEPTED:
            close_breaker(session)
        shared.fates[outcome.fate.value] += 1
        log.info(
            "mail_handled", email_id=parcel.email_id, kind=parcel.kind, fate=outcome.fate.value,
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
    if failures:
        raise failures[0]
    return shared.fates


def _carry_safely(carrier: Carrier, failures: list[BaseException]) -> None:
    try:
        carrier.carry_all()
    except Exception as error:
        failures.append(error)
