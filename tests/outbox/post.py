"""A cast for the tests: mails in the outbox, composers that write them, rooms that hear of refusals."""

import threading
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.bounces.service import tell
from survey_app.clock import SettableClock
from survey_app.db import Database, transaction
from survey_app.mails import ComposedEmail, Withheld, WithheldReason
from survey_app.outbox.delivery import Round, drain
from survey_app.outbox.models import OutgoingEmail
from survey_app.outbox.rules import MailState
from survey_app.outbox.service import MailToSend, enqueue_all, recover_expired_leases

KIND = "letter"


@dataclass
class Rooms:
    """The rooms above: they note what they were told."""

    heard: list[tuple[str, str, str]] = field(default_factory=list)

    def address_is_dead(self, session: Session, email: OutgoingEmail, status: str, now: datetime) -> None:
        self.heard.append(("dead", email.recipient, status))

    def mailbox_refuses(self, session: Session, email: OutgoingEmail, status: str, now: datetime) -> None:
        self.heard.append(("soft", email.recipient, status))

    def sender_is_refused(self, session: Session, email: OutgoingEmail, status: str, now: datetime) -> None:
        self.heard.append(("sender", email.recipient, status))

    def person_opts_out(self, session: Session, email: OutgoingEmail, now: datetime) -> None:
        self.heard.append(("opt out", email.recipient, ""))


def write_letter(session: Session, email: OutgoingEmail, now: datetime) -> ComposedEmail:
    return ComposedEmail(
        subject="Votre avis sur l’agence",
        text="Bonjour Madame,\n.un point au début\nÀ bientôt",
        html="<p>Bonjour Madame, votre lien : <a href='http://localhost/r/secret-token'>répondre</a></p>",
        sender_name="Agence Étoile",
        unsubscribe_url=f"http://localhost/u/opaque-{email.id}",
    )


@dataclass
class Post:
    """The outbox of an application, and hands to fill and empty it."""

    app: Flask
    clock: SettableClock
    rooms: Rooms = field(default_factory=Rooms)
    answered: set[str] = field(default_factory=set)

    @property
    def database(self) -> Database:
        found: Database = self.app.extensions["survey_database"]
        return found

    def write(self, *recipients: str, kind: str = KIND, expires_at: datetime | None = None, wave_id: int = 7) -> None:
        with self.database.writing() as session, transaction(session):
            mails = [
                MailToSend(kind, name, "fr", f"{kind}:{name}", wave_id=wave_id, client_id=1, expires_at=expires_at)
                for name in recipients
            ]
            enqueue_all(session, mails, self.clock.now())

    def compose(self, session: Session, email: OutgoingEmail, now: datetime) -> ComposedEmail | Withheld:
        if email.recipient in self.answered:
            return Withheld(WithheldReason.ANSWERED)
        return write_letter(session, email, now)

    def send(self, stop: threading.Event | None = None) -> Counter[str]:
        """Send what is due, as the worker does."""
        composers = {KIND: self.compose, "broken": _stumble}
        with self.database.writing() as session, transaction(session):
            recover_expired_leases(session, self.clock.now())
        return drain(Round(self.app, composers, partial(tell, self.rooms), stop or threading.Event()))

    def send_until_settled(self, rounds: int = 60) -> None:
        """Let the clock run until nothing waits any more."""
        for _ in range(rounds):
            self.send()
            if not any(mail.due_at for mail in self.mails()):
                return
            self.clock.advance(timedelta(hours=7))
        raise AssertionError("the mails never settled")

    def mails(self) -> list[OutgoingEmail]:
        with self.database.reading() as session:
            return list(session.scalars(select(OutgoingEmail).order_by(OutgoingEmail.id)))

    def mail(self, recipient: str) -> OutgoingEmail:
        return next(mail for mail in self.mails() if mail.recipient == recipient)

    def states(self) -> Counter[MailState]:
        return Counter(mail.state for mail in self.mails())


def _stumble(session: Session, email: OutgoingEmail, now: datetime) -> ComposedEmail:
    raise RuntimeError("no text at https://survey.test/r/a-secret-token")


def people(n: int) -> list[str]:
    return [f"person{number:04}@client{number % 7}.test" for number in range(n)]
