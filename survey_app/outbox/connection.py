"""The connection to the relay: Flask-Mail's settings and recording, a stricter conversation.

Flask-Mail's own connection calls a message failed after the relay said 250 when it hangs up before QUIT, has no
timeout, does not verify the certificate under STARTTLS and lets line breaks through its extra headers.
"""

import io
import re
import smtplib
import ssl
from collections.abc import Callable
from contextlib import suppress
from email.message import EmailMessage

import structlog
from flask import Flask
from flask_mail import Mail, email_dispatched

from survey_app.clock import stopwatch
from survey_app.outbox.rules import SERVICE_CLOSING, Fate, Outcome, Stage, outcome_of_cut, outcome_of_reply
from survey_app.settings import Settings

log = structlog.get_logger()

QUIT_PATIENCE = 2.0
OK, WILL_FORWARD, GO_AHEAD = 250, 251, 354
LONGEST_REPLY = 65536
FINAL_LINE = re.compile(rb"(?m)^(?!\d{3}-).*\n")
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


class PunctualSMTP(smtplib.SMTP):
    """A conversation in which no reply outlasts the timeout, not even one that drips byte by byte."""

    def getreply(self) -> tuple[int, bytes]:
        if self.sock is None:
            raise smtplib.SMTPServerDisconnected("not connected")
        reply, deadline = b"", stopwatch() + float(self.timeout)
        try:
            while not FINAL_LINE.search(reply) and len(reply) < LONGEST_REPLY:
                if (left := deadline - stopwatch()) <= 0:
                    raise TimeoutError("the relay took too long to reply")
                self.sock.settimeout(left)
                received = self.sock.recv(LONGEST_REPLY)
                if not received:
                    break
                reply += received
            self.sock.settimeout(float(self.timeout))
        except OSError:
            self.close()
            raise
        self.file = io.BytesIO(reply)
        return super().getreply()


class PunctualSMTPS(PunctualSMTP, smtplib.SMTP_SSL):
    """The same conversation over TLS from the first byte."""


class RelayConnection:
    """One conversation with the relay, opened when first needed and used for many messages."""

    def __init__(self, app: Flask, timeout: float) -> None:
        self._app, self._mail, self._timeout = app, app.extensions["mail"], timeout
        self._host: PunctualSMTP | None = None
        self._return_path = ""

    def _open(self) -> PunctualSMTP:
        mail, tls = self._mail, ssl.create_default_context()
        if mail.use_ssl:
            self._host = PunctualSMTPS(mail.server, mail.port or 465, timeout=self._timeout, context=tls)
        else:
            self._host = PunctualSMTP(mail.server, mail.port or 25, timeout=self._timeout)
        if mail.use_tls:
            self._host.starttls(context=tls)
        self._host.ehlo_or_helo_if_needed()
        if mail.username and mail.password:
            self._host.login(mail.username, mail.password)
        return self._host

    def announce(self, return_path: str) -> None:
        """Name the sender of a message without waiting, once: the relay replies while it is composed and begun.

        Nothing is promised yet: a message that must not leave after all is taken back by closing the connection.
        """
        if self._return_path == return_path:
            return
        self._return_path = return_path
        if self._host is not None:
            # Where the relay is gone, address finds that out and calls again.
            with suppress(*BROKEN):
                self._host.putcmd("MAIL", f"FROM:<{return_path}>")

    def address(self, recipient: str, meanwhile: Callable[[], None]) -> Outcome | None:
        """Name the recipient of the message announced; return a refusal, or None when the relay waits for the text.

        What is done meanwhile must raise nothing: the relay's reply to the recipient waits for it.
        """
        if self._mail.suppress:
            return None
        stage: Stage = "sender"
        try:
            host, code, reply = self._sender_reply()
            if code == OK:
                stage = "recipient"
                host.putcmd("RCPT", f"TO:<{recipient}>")
                meanwhile()
                code, reply = host.getreply()
                if code in (OK, WILL_FORWARD):
                    code, reply = host.docmd("DATA")
        except (*BROKEN, ValueError) as error:
            self.drop()
            return outcome_of_cut(stage, error)
        return None if stage == "recipient" and code == GO_AHEAD else self._judge(code, reply, stage)

    def _sender_reply(self) -> tuple[PunctualSMTP, int, bytes]:
        if self._host is not None:
            # A relay may hang up between two messages: that is no fault of either.
            with suppress(*BROKEN):
                code, reply = self._host.getreply()
                if code != SERVICE_CLOSING:
                    return self._host, code, reply
            self.drop()
        host = self._open()
        return host, *host.docmd("MAIL", f"FROM:<{self._return_path}>")

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
