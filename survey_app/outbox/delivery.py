"""Carry mails to the relay: claim, compose, begin, send, record, one mail at a time on each connection."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage

import structlog
from flask import Flask
from flask_babel import force_locale
from sqlalchemy import ColumnElement
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from survey_app.clock import Clock
from survey_app.db import Database, transaction
from survey_app.mails import ComposedEmail
from survey_app.outbox.connection import RelayConnection
from survey_app.outbox.leases import Claim, begin, claim, close_breaker, give_back, open_breaker, record, withhold
from survey_app.outbox.message import UnsendableError, build_message, recipient_address
from survey_app.outbox.models import OutgoingEmail
from survey_app.outbox.rules import Fate, Outcome, Withheld, WithheldReason, domain_of, enhanced_status, quotable
from survey_app.outbox.sealing import seal_envelope, seal_message_id
from survey_app.outbox.service import MailHandlers, tell
from survey_app.settings import Settings

log = structlog.get_logger()

CUTS_IN_A_ROW = 3
RECORD_PATIENCE = (0.5, 2.0, 10.0)

Composer = Callable[[Session, OutgoingEmail, datetime], ComposedEmail | Withheld]
Composers = Mapping[str, Composer]


def compose_mail(
    composers: Composers, session: Session, mail: OutgoingEmail, now: datetime
) -> ComposedEmail | Withheld:
    """Ask the room that caused a mail whether it may still leave and what it says, in the reader's language."""
    if mail.expires_at is not None and mail.expires_at <= now:
        return Withheld(WithheldReason.LATE)
    with force_locale(mail.language):
        return composers[mail.kind](session, mail, now)


@dataclass
class Round:
    """One emptying of the outbox, and what its connections share.

    The window is the time from the text of a message until its outcome is recorded. One connection at a time is in
    it, so that a killed worker leaves at most one message that the relay took and nobody recorded.
    """

    app: Flask
    composers: Composers
    handlers: MailHandlers
    stop: threading.Event
    window: threading.Lock = field(default_factory=threading.Lock)
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
class Letter:
    """A message ready for the relay, and what must still hold when it is begun."""

    address: str
    message_id: str
    message: EmailMessage
    content: bytes
    still_wanted: ColumnElement[bool]


class Carrier:
    """One connection to the relay and the mails that go there."""

    def __init__(self, shared: Round) -> None:
        self._shared, self._settings, self._database = shared, shared.settings, shared.database
        self._relay = RelayConnection(shared.app, self._settings.mail_timeout)
        self._key = self._settings.token_key.get_secret_value().encode()
        self._draw = random.SystemRandom().random
        self._cuts_in_a_row = 0
        self._ahead: Letter | Outcome | Withheld | None = None

    def carry_all(self) -> None:
        """Carry what is due until nothing is, the relay fails, or the worker is asked to stop."""
        with self._shared.app.app_context():
            try:
                while not self._shared.stop.is_set() and self._carry(self._claim()):
                    pass
            finally:
                self._relay.close()

    def _claim(self) -> Claim:
        with self._database.writing() as session, transaction(session):
            return claim(session, self._shared.now(), self._settings.mail_domain_per_minute)

    def _carry(self, in_hand: Claim) -> bool:
        """Carry the mails of one claim and return whether to claim more; what was not begun is given back.

        Trouble with the database ends the turn, and so does a claim that settled nothing: what is given back is due
        at once, and would be claimed for ever.
        """
        n_settled, is_troubled, self._ahead = 0, False, None
        try:
            for mail, following in zip(in_hand.mails, [*in_hand.mails[1:], None], strict=False):
                if self._shared.stop.is_set():
                    return False
                try:
                    settled = self._carry_one(mail, following, in_hand.is_probe)
                except Exception:
                    # Whatever happens to one mail stops no other.
                    self._ahead = None
                    log.warning("mail_not_carried", email_id=mail.id, exc_info=True)
                    self._relay.take_back()
                    is_troubled = True
                    continue
                n_settled += settled is not None
                if isinstance(settled, Outcome) and self._is_at_fault(settled):
                    return False
            return n_settled > 0 and not is_troubled
        finally:
            if in_hand.mails:
                with self._database.writing() as session, transaction(session):
                    give_back(session, in_hand.lease_id, self._shared.now())

    def _carry_one(
        self, mail: OutgoingEmail, following: OutgoingEmail | None, is_probe: bool
    ) -> Outcome | Withheld | None:
        """Carry one mail; return what became of it, or None where it was not begun: it waits as before.

        The relay's time is used twice: it replies to the sender's name while the mail before is recorded and this one
        is begun, and to the recipient's while the following one is written.
        """
        written, self._ahead = self._ahead or self._write(mail, self._shared.now()), None
        letter = self._begin(mail, written)
        if not isinstance(letter, Letter):
            self._relay.take_back()
            if isinstance(letter, Outcome):
                self._record(mail, letter, is_probe=False)
            return letter
        outcome = self._relay.address(self._return_path(mail), letter.address, lambda: self._write_ahead(following))
        with self._shared.window if outcome is None else nullcontext():
            outcome = outcome or self._relay.transmit(letter.message, letter.content)
            if following is not None:
                self._relay.announce(self._return_path(following))
            self._record(mail, outcome, is_probe)
        return outcome

    def _write_ahead(self, following: OutgoingEmail | None) -> None:
        try:
            self._ahead = self._write(following, self._shared.now()) if following is not None else None
        except OperationalError:
            # It is written again when its turn comes.
            log.info("mail_not_written_ahead", exc_info=True)

    def _return_path(self, mail: OutgoingEmail) -> str:
        return seal_envelope(self._key, self._settings.bounce_address or self._settings.mail_sender, mail)

    def _begin(self, mail: OutgoingEmail, letter: Letter | Outcome | Withheld) -> Letter | Outcome | Withheld | None:
        """Look at the person a last time and begin the mail; return None where it must not leave now."""
        if isinstance(letter, Outcome):
            return letter
        with self._database.writing() as session, transaction(session):
            if isinstance(letter, Withheld):
                withhold(session, mail, letter)
                return letter
            is_begun = begin(session, mail, letter.message_id, self._shared.now(), letter.still_wanted)
        return letter if is_begun else None

    def _write(self, mail: OutgoingEmail, now: datetime) -> Letter | Outcome | Withheld:
        """Write the message; a mistake stays with this one mail, a busy database is nobody's and is raised."""
        sender, fate = self._settings.mail_sender, Fate.NOT_COMPOSED
        message_id = mail.message_id or seal_message_id(self._key, mail.deduplication_key, domain_of(sender))
        try:
            with self._database.reading() as session:
                composed = compose_mail(self._shared.composers, session, mail, now)
            if isinstance(composed, Withheld):
                return composed
            fate = Fate.UNSENDABLE
            address = recipient_address(mail.recipient)
            message = build_message(composed, sender, address, message_id, now)
            return Letter(address, message_id, message, message.as_bytes(), composed.still_wanted)
        except OperationalError:
            raise
        except Exception as error:
            if not isinstance(error, UnsendableError):
                log.exception("mail_not_written", email_id=mail.id)
            return Outcome(fate, reply=quotable(f"{type(error).__name__}: {error}"))

    def _record(self, mail: OutgoingEmail, outcome: Outcome, is_probe: bool) -> None:
        """Record what became of a mail, again if the database is busy: an outcome that is lost is a mail sent twice."""
        for patience in RECORD_PATIENCE:
            try:
                return self._write_down(mail, outcome, is_probe)
            except OperationalError:
                log.warning("mail_outcome_not_recorded_yet", exc_info=True)
                time.sleep(patience)
        return self._write_down(mail, outcome, is_probe)

    def _write_down(self, mail: OutgoingEmail, outcome: Outcome, is_probe: bool) -> None:
        now, fate = self._shared.now(), outcome.fate
        # A power cut may take back the last record of each connection: those mails come again, as the same message.
        with self._database.writing(flushes_later=fate is Fate.ACCEPTED) as session, transaction(session):
            verdict = record(session, mail, outcome, now, self._draw())
            if verdict and fate is Fate.REFUSED:
                self._tell(session, mail.id, enhanced_status(outcome.reply), now)
            if is_probe and fate is Fate.ACCEPTED:
                close_breaker(session)
        self._shared.fates[fate.value] += 1
        state = verdict.state.value if verdict else "lease_lost"
        log.info("mail_handled", email_id=mail.id, kind=mail.kind, fate=fate.value, code=outcome.code, state=state)

    def _tell(self, session: Session, email_id: int, status: str, now: datetime) -> None:
        """Tell the rooms above of a refusal; their trouble must not undo the record."""
        try:
            with session.begin_nested():
                tell(session, self._shared.handlers, session.get_one(OutgoingEmail, email_id), status, now)
        except Exception:
            log.exception("refusal_not_told", email_id=email_id)

    def _is_at_fault(self, outcome: Outcome) -> bool:
        """Open the breaker when the relay is at fault: at once where it says so, or after cuts in a row."""
        is_cut = outcome.fate in (Fate.CUT_EARLY, Fate.CUT_LATE)
        self._cuts_in_a_row = self._cuts_in_a_row + 1 if is_cut else 0
        if outcome.fate is not Fate.UNREACHABLE and self._cuts_in_a_row < CUTS_IN_A_ROW:
            return False
        with self._database.writing() as session, transaction(session):
            until = open_breaker(session, outcome.reply, self._shared.now(), self._draw())
        log.warning("relay_at_fault", reply=outcome.reply, resting_until=until.isoformat())
        return True


def drain(shared: Round) -> Counter[str]:
    """Empty the outbox of what is due over the worker's connections; return how many mails met which fate."""
    n_connections = shared.settings.mail_connections
    with ThreadPoolExecutor(n_connections, thread_name_prefix="carrier") as pool:
        carriers = [pool.submit(Carrier(shared).carry_all) for _ in range(n_connections)]
    for carrier in carriers:
        carrier.result()
    return shared.fates
