"""Carry mails to the relay: claim, write, send, record, one mail at a time on each connection."""

import threading
from collections import Counter

import structlog

from survey_app.db import HeldConnection
from survey_app.outbox.claiming import Claim, claim, give_back
from survey_app.outbox.connection import RelayConnection
from survey_app.outbox.ledger import Ledger, Sent
from survey_app.outbox.message import forget_letters
from survey_app.outbox.rounds import Round
from survey_app.outbox.rules import Fate, Outcome
from survey_app.outbox.writing import Parcel, Writer

log = structlog.get_logger()

CUTS_IN_A_ROW = 3


class Carrier:
    """One connection to the relay, one to the database, and the mails that go from this to that."""

    _database: HeldConnection
    _ledger: Ledger

    def __init__(self, shared: Round) -> None:
        self._shared = shared
        self._relay = RelayConnection(shared.app, shared.settings.mail_timeout)
        self._writer = Writer(shared.composers, shared.settings)
        self._ahead: Parcel | None = None
        self._cuts_in_a_row = 0
        self._is_in_trouble = False
        self._is_in_window = False

    def carry_all(self) -> None:
        """Carry what is due until nothing is, the relay fails, or the worker is asked to stop."""
        with self._shared.app.app_context(), self._relay, self._shared.database.holding() as self._database:
            self._ledger = Ledger(self._shared, self._database)
            while not self._shared.stop.is_set():
                with self._ledger.transaction() as session:
                    in_hand = claim(session, self._shared.now(), self._shared.settings.mail_domain_per_minute)
                if not in_hand.mails or not self._carry(in_hand):
                    return

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
            is_begun = self._ledger.turn(sent, parcel, in_hand)
        except Exception:
            log.warning("mail_not_begun", email_id=parcel.email_id, exc_info=True)
            is_begun, self._is_in_trouble = False, True
            self._ledger.settle(sent, in_hand)
        finally:
            self._leave_window()
        if not is_begun:
            self._relay.take_back()
            self._writer.asker.forget()
        return is_begun

    def _send(self, parcel: Parcel, in_hand: Claim, following: int) -> Outcome:
        """Hand the mail to the relay, and write the following one while the relay reads."""
        if parcel.message is None:
            return Outcome(Fate.UNSENDABLE, reply=parcel.unsendable)

        def write_ahead() -> None:
            self._ahead = self._write(in_hand, following) if following < len(in_hand.mails) else None

        return self._relay.deliver(
            parcel.message,
            parcel.content,
            parcel.return_path,
            parcel.address,
            before_text=self._enter_window,
            while_waiting=write_ahead,
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
            self._ledger.settle(sent, in_hand)
        finally:
            self._leave_window()

    def _finish(self, sent: Sent | None, in_hand: Claim, n_unbegun: int) -> None:
        self._record_and_leave(sent, in_hand)
        if n_unbegun:
            with self._ledger.transaction() as session:
                give_back(session, in_hand.lease_id, self._shared.now())

    def _relay_is_well(self, outcome: Outcome) -> bool:
        """Open the breaker when the relay is at fault: at once where it says so, or after cuts in a row."""
        is_cut = outcome.fate in (Fate.CUT_EARLY, Fate.CUT_LATE)
        self._cuts_in_a_row = self._cuts_in_a_row + 1 if is_cut else 0
        if outcome.fate is not Fate.UNREACHABLE and self._cuts_in_a_row < CUTS_IN_A_ROW:
            return True
        until = self._ledger.rest_relay(outcome.reply)
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
