"""Carry mails to the relay: claim, compose, begin, send, record, one mail at a time on each connection."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage

import structlog
from flask import Flask
from flask_babel import force_locale
from sqlalchemy import ColumnElement, Connection
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from survey_app.clock import Clock
from survey_app.db import Database, transaction
from survey_app.mails import ComposedEmail, UnsendableError, Withheld, WithheldReason, build_message, recipient_address
from survey_app.outbox.connection import RelayConnection
from survey_app.outbox.models import OutgoingEmail
from survey_app.outbox.rules import Fate, Outcome, domain_of, quotable
from survey_app.outbox.service import Claim, begin, claim, close_breaker, give_back, open_breaker, record
from survey_app.settings import Settings

log = structlog.get_logger()

CUTS_IN_A_ROW = 3
RECORD_PATIENCE = (0.5, 2.0, 10.0)

Composer = Callable[[Session, OutgoingEmail, datetime], ComposedEmail | Withheld]
Composers = Mapping[str, Composer]
HearRefusal = Callable[[Session, OutgoingEmail, str, datetime], None]


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
    hear_refusal: HearRefusal
    stop: threading.Event
    window: threading.Lock = field(default_factory=threading.Lock)
    fates: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.settings: Settings = self.app.extensions["survey_settings"]
        self.database: Database = self.app.extensions["survey_database"]
        self.clock: Clock = self.app.extensions["survey_clock"]


@dataclass(frozen=True)
class Letter:
    """A message ready for the relay, and what must still hold when it is begun."""

    address: str
    message: EmailMessage
    content: bytes
    still_wanted: ColumnElement[bool]


class Carrier:
    """One connection to the relay and the mails that go there."""

    def __init__(self, shared: Round) -> None:
        self._shared, self._settings, self._now = shared, shared.settings, shared.clock.now
        self._relay = RelayConnection(shared.app, self._settings.mail_timeout)
        self._key = self._settings.token_key.get_secret_value().encode()
        self._draw = random.SystemRandom().random
        self._cuts_in_a_row = 0
        self._is_probe = False
        self._ahead: Letter | Outcome | None = None
        self._connection: Connection

    def carry_all(self) -> None:
        """Carry what is due until nothing is, the relay fails, or the worker is asked to stop."""
        with self._shared.app.app_context(), closing(self._relay), self._shared.database.connect() as self._connection:
            goes_on = True
            while goes_on and not self._shared.stop.is_set():
                with self._writing() as session:
                    in_hand = claim(session, self._now(), self._settings.mail_domain_per_minute)
                try:
                    goes_on = self._carry(in_hand)
                finally:
                    with self._writing() as session:
                        give_back(session, in_hand.lease_id, self._now())

    def _carry(self, in_hand: Claim) -> bool:
        """Carry the mails of one claim and return whether to claim more.

        Trouble with the database ends the turn, and so does a claim that settled nothing: what is given back is due
        at once, and would be claimed for ever.
        """
        n_settled, is_troubled, self._ahead, self._is_probe = 0, False, None, in_hand.is_probe
        for mail, following in zip(in_hand.mails, [*in_hand.mails[1:], None], strict=False):
            if self._shared.stop.is_set():
                return False
            try:
                settled = self._carry_one(mail, following)
            except Exception:
                # Whatever happens to one mail stops no other.
                log.warning("mail_not_carried", email_id=mail.id, exc_info=True)
                self._relay.close()
                is_troubled, self._ahead = True, None
                continue
            n_settled += settled is not None
            if settled and self._is_at_fault(settled):
                return False
        return n_settled > 0 and not is_troubled

    def _carry_one(self, mail: OutgoingEmail, following: OutgoingEmail | None) -> Outcome | None:
        """Carry one mail; return what became of it, or None where it was not begun: it waits as before."""
        self._announce(mail)
        letter, self._ahead = self._ahead or self._compose(mail), None
        if isinstance(letter, Outcome):
            self._relay.close()
            self._record(mail, letter)
            return letter
        with self._writing() as session:
            is_begun = begin(session, mail, letter.message["Message-ID"], self._now(), letter.still_wanted)
        if not is_begun:
            self._relay.close()
            return None
        refusal = self._relay.address(letter.address, lambda: self._compose_ahead(following))
        with nullcontext() if refusal else self._shared.window:
            outcome = refusal or self._relay.transmit(letter.message, letter.content)
            if following is not None:
                self._announce(following)
            self._record(mail, outcome)
        return outcome

    def _compose_ahead(self, following: OutgoingEmail | None) -> None:
        """Write the following mail while the relay replies; where the database is busy it is written at its turn."""
        with suppress(OperationalError):
            self._ahead = self._compose(following) if following is not None else None

    def _announce(self, mail: OutgoingEmail) -> None:
        bounces_to = self._settings.bounce_address or self._settings.mail_sender
        self._relay.announce(mail.return_path(self._key, bounces_to))

    @contextmanager
    def _writing(self, *, flushes_later: bool = False) -> Iterator[Session]:
        self._connection.execution_options(is_writing=True, flushes_later=flushes_later)
        with Session(self._connection) as session, transaction(session):
            yield session

    def _compose(self, mail: OutgoingEmail) -> Letter | Outcome:
        """Write the message; a mistake stays with this one mail, a busy database is nobody's and is raised."""
        now, sender, fate = self._now(), self._settings.mail_sender, Fate.NOT_COMPOSED
        try:
            self._connection.execution_options(is_writing=False)
            with Session(self._connection) as session:
                composed = compose_mail(self._shared.composers, session, mail, now)
            if isinstance(composed, Withheld):
                return Outcome(Fate.WITHHELD, reply=composed.reason.value)
            fate = Fate.UNSENDABLE
            address = recipient_address(mail.recipient)
            message_id = mail.lasting_message_id(self._key, domain_of(sender))
            message = build_message(composed, sender, address, message_id, now)
            return Letter(address, message, message.as_bytes(), composed.still_wanted)
        except OperationalError:
            raise
        except Exception as error:
            if not isinstance(error, UnsendableError):
                log.exception("mail_not_written", email_id=mail.id)
            return Outcome(fate, reply=quotable(error))

    def _record(self, mail: OutgoingEmail, outcome: Outcome) -> None:
        """Record what became of a mail, again if the database is busy: an outcome that is lost is a mail sent twice."""
        for patience in RECORD_PATIENCE:
            try:
                return self._record_once(mail, outcome)
            except OperationalError:
                log.warning("mail_outcome_not_recorded_yet", exc_info=True)
                time.sleep(patience)
        return self._record_once(mail, outcome)

    def _record_once(self, mail: OutgoingEmail, outcome: Outcome) -> None:
        now, fate = self._now(), outcome.fate
        # A power cut may take back the last record of each connection: those mails come again, as the same message.
        with self._writing(flushes_later=fate is Fate.ACCEPTED) as session:
            verdict = record(session, mail, outcome, now, self._draw())
            if verdict and fate is Fate.REFUSED:
                self._tell(session, mail.id, outcome.reply, now)
            if self._is_probe and fate is Fate.ACCEPTED:
                close_breaker(session)
        self._shared.fates[fate.value] += 1
        state = verdict.state.value if verdict else "lease_lost"
        log.info("mail_handled", email_id=mail.id, kind=mail.kind, fate=fate.value, code=outcome.code, state=state)

    def _tell(self, session: Session, email_id: int, reply: str, now: datetime) -> None:
        """Tell the rooms above of a refusal; their trouble must not undo the record."""
        try:
            with session.begin_nested():
                self._shared.hear_refusal(session, session.get_one(OutgoingEmail, email_id), reply, now)
        except Exception:
            log.exception("refusal_not_told", email_id=email_id)

    def _is_at_fault(self, outcome: Outcome) -> bool:
        """Open the breaker when the relay is at fault: at once where it says so, or after cuts in a row."""
        is_cut = outcome.fate in (Fate.CUT_EARLY, Fate.CUT_LATE)
        self._cuts_in_a_row = self._cuts_in_a_row + 1 if is_cut else 0
        if outcome.fate is not Fate.UNREACHABLE and self._cuts_in_a_row < CUTS_IN_A_ROW:
            return False
        with self._writing() as session:
            until = open_breaker(session, outcome.reply, self._now(), self._draw())
        log.warning("relay_at_fault", reply=outcome.reply, resting_until=until.isoformat())
        return True


def drain(shared: Round) -> Counter[str]:
    """Empty the outbox of what is due over the worker's connections; return how many mails met which fate."""
    n_connections = shared.settings.mail_connections
    with ThreadPoolExecutor(n_connections, thread_name_prefix="carrier") as pool:
        list(pool.map(Carrier.carry_all, [Carrier(shared) for _ in range(n_connections)]))
    return shared.fates
