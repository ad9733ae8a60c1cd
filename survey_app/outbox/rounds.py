"""What the connections of one worker share while they empty the outbox."""

import threading
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from flask import Flask

from survey_app.clock import Clock
from survey_app.db import Database
from survey_app.outbox.composition import Composers
from survey_app.outbox.handling import MailHandlers
from survey_app.settings import Settings


@dataclass
class Round:
    """One emptying of the outbox.

    The window is the time from the text of a message until its outcome is recorded. One connection at a time
    is in it, so that a killed worker leaves at most one message that the relay took and nobody recorded. The desk is
    where they write to the database, in turns: SQLite has one writer, and those that wait for it by asking again waste
    what they wait for.
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
