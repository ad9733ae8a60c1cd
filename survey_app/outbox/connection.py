"""The connection to the relay: Flask-Mail's settings and recording, a stricter conversation.

Flask-Mail's own connection calls a message failed after the relay said 250 when it hangs up before QUIT, has no
timeout, does not verify the certificate under STARTTLS and lets line breaks through its extra headers.
"""

import io
import re
import smtplib
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from email.message import EmailMessage
from typing import Any

import structlog
from flask import Flask
from flask_mail import Mail, email_dispatched

from survey_app.clock import stopwatch
from survey_app.outbox.rules import SERVICE_CLOSING, Fate, Outcome, Stage, outcome_of_cut, outcome_of_reply, quotable
from survey_app.settings import Settings

log = structlog.get_logger()

QUIT_PATIENCE = 2.0
OK, WILL_FORWARD, GO_AHEAD = 250, 251, 354
BROKEN = (OSError, smtplib.SMTPException)


def init_mail(app: Flask, settings: Settings) -> None:
    """Hand our settings to Flask-Mail; under test it suppresses sending unless the application says otherwise."""
    app.config.from_mapping(
        MAIL_SERVER=settings.mail_server,
        MAIL_PORT=settings.mail_port,
        MAIL_USE_TLS=settings.mail_security == "starttls",
        MAIL_USE_SSL=settings.mail_security == "tls",
        MAIL_USERNAME=settings.mail_username or None,
        MAIL_PASSWORD=settings.mail_password.get_secret_value() or None,
        MAIL_DEFAULT_SENDER=settings.mail_sender,
    )
    Mail(app)


class UnreachableError(Exception):
    """The relay cannot be talked to at all: no message is to blame."""


class _ReplyReader(io.RawIOBase):
    """Bytes of the relay, until the deadline of the reply that is being waited for."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self.deadline = 0.0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        left = self.deadline - stopwatch()
        if left <= 0:
            raise TimeoutError("the relay took too long to reply")
        self._socket.settimeout(left)
        return self._socket.recv_into(buffer)


class PunctualSMTP(smtplib.SMTP):
    """A conversation in which no reply outlasts the timeout, not even one that drips byte by byte."""

    def getreply(self) -> tuple[int, bytes]:
        if self.sock is None:
            raise smtplib.SMTPServerDisconnected("not connected")
        # STARTTLS puts another socket in place and forgets the reader of the one before.
        if self.file is None:
            self._reader = _ReplyReader(self.sock)
            self.file = io.BufferedReader(self._reader)
        self._reader.deadline = stopwatch() + float(self.timeout)
        try:
            return super().getreply()
        finally:
            if self.sock is not None:
                self.sock.settimeout(float(self.timeout))


class PunctualSMTPS(PunctualSMTP, smtplib.SMTP_SSL):
    """The same conversation over TLS from the first byte."""


class RelayConnection:
    """One conversation with the relay, opened when first needed and used for many messages."""

    def __init__(self, app: Flask, timeout: float) -> None:
        self._app, self._mail, self._timeout = app, app.extensions["mail"], timeout
        self._host: PunctualSMTP | None = None
        self._announced = ""

    def _open(self) -> PunctualSMTP:
        """Open, protect and authenticate the conversation, or say why that cannot be."""
        mail, tls = self._mail, ssl.create_default_context()
        try:
            if mail.use_ssl:
                self._host = PunctualSMTPS(mail.server, mail.port or 465, timeout=self._timeout, context=tls)
            else:
                self._host = PunctualSMTP(mail.server, mail.port or 25, timeout=self._timeout)
            if mail.use_tls:
                self._host.starttls(context=tls)
            self._host.ehlo_or_helo_if_needed()
            if mail.username and mail.password:
                self._host.login(mail.username, mail.password)
        except (*BROKEN, UnicodeError, ValueError) as error:
            self.drop()
            raise UnreachableError(quotable(error)) from error
        return self._host

    def announce(self, return_path: str) -> None:
        """Name the sender of the next message without waiting: the relay replies while that message is begun.

        Nothing is promised yet. Where the relay is gone, address finds that out and calls again.
        """
        if self._host is not None:
            try:
                self._host.putcmd("MAIL", f"FROM:<{return_path}>")
                self._announced = return_path
            except BROKEN:
                self.drop()

    def take_back(self) -> None:
        """Forget an announced message that must not leave after all: the next one starts on a fresh connection."""
        if self._announced:
            self.close()

    def address(self, return_path: str, recipient: str, meanwhile: Callable[[], None]) -> Outcome | None:
        """Name sender and recipient; return the relay's refusal, or None when it waits for the text.

        What is done meanwhile must raise nothing: the relay's reply to the recipient waits for it.
        """
        if self._mail.suppress:
            return None
        try:
            host, code, reply = self._name_sender(return_path)
            if code != OK:
                return self._judge(code, reply, "sender")
            host.putcmd("RCPT", f"TO:<{recipient}>")
            meanwhile()
            code, reply = host.getreply()
            if code in (OK, WILL_FORWARD):
                code, reply = host.docmd("DATA")
        except UnreachableError as error:
            return Outcome(Fate.UNREACHABLE, reply=str(error))
        except BROKEN as error:
            self.drop()
            return outcome_of_cut("recipient", error)
        return None if code == GO_AHEAD else self._judge(code, reply, "recipient")

    def _name_sender(self, return_path: str) -> tuple[PunctualSMTP, int, bytes]:
        # A relay may hang up between two messages: that is known at the next one's first command, and no fault.
        command, is_announced = f"FROM:<{return_path}>", self._announced == return_path
        self._announced = ""
        if self._host is not None:
            with suppress(*BROKEN):
                code, reply = self._host.getreply() if is_announced else self._host.docmd("MAIL", command)
                if code != SERVICE_CLOSING:
                    return self._host, code, reply
            self.drop()
        host = self._open()
        return host, *host.docmd("MAIL", command)

    def transmit(self, message: EmailMessage, content: bytes) -> Outcome:
        """Send the text and judge by the reply to it alone; what comes later is no failure."""
        outcome = Outcome(Fate.ACCEPTED, OK, "suppressed by MAIL_SUPPRESS_SEND")
        if not self._mail.suppress and self._host is not None:
            try:
                self._host.send(re.sub(rb"(?m)^\.", b"..", content) + b"\r\n.\r\n")
                outcome = self._judge(*self._host.getreply(), "text")
            except BROKEN as error:
                self.drop()
                return outcome_of_cut("text", error)
        if outcome.fate is Fate.ACCEPTED:
            try:
                email_dispatched.send(self._app, message=message)
            except Exception:
                # The relay has the message: a listener's trouble must not make it look unsent.
                log.exception("mail_listener_failed")
        return outcome

    def _judge(self, code: int, reply: bytes, stage: Stage) -> Outcome:
        outcome = outcome_of_reply(code, reply.decode("utf-8", "replace"), stage)
        if outcome.fate is not Fate.ACCEPTED:
            # The next message starts afresh, whatever this relay remembers of the one in hand.
            self.close()
        return outcome

    def drop(self) -> None:
        """Hang up without a word: after a fault nothing more can be said."""
        self._announced = ""
        if self._host is not None:
            self._host.close()
            self._host = None

    def close(self) -> None:
        """Say goodbye, and mind no answer: every message was judged already."""
        if self._host is not None:
            with suppress(*BROKEN):
                self._host.timeout = QUIT_PATIENCE
                self._host.quit()
        self.drop()
