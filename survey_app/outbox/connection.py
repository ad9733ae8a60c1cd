"""The connection to the relay: Flask-Mail's settings and recording, a stricter conversation.

Flask-Mail's own connection calls a message failed after the relay said 250 when it hangs up before QUIT, has no
timeout, does not verify the certificate under STARTTLS and lets line breaks through its extra headers.
"""

import smtplib
import ssl
from collections.abc import Callable
from email.message import EmailMessage
from typing import Self, cast

import structlog
from flask import Flask
from flask_mail import Connection, Mail, email_dispatched

from survey_app.outbox.conversation import PunctualSMTP, PunctualSMTPS
from survey_app.outbox.rules import Fate, Outcome, Stage, outcome_of_cut, outcome_of_reply, quotable
from survey_app.settings import Settings

log = structlog.get_logger()

MESSAGES_PER_CONNECTION = 100
QUIT_PATIENCE = 2.0
OK = 250
RECIPIENT_OK = frozenset({250, 251})
GO_AHEAD = 354
SERVICE_CLOSING = 421


def init_mail(app: Flask, settings: Settings) -> None:
    """Hand our settings to Flask-Mail; under test it suppresses sending unless the application says otherwise."""
    app.config.setdefault("MAIL_SERVER", settings.mail_server)
    app.config.setdefault("MAIL_PORT", settings.mail_port)
    app.config.setdefault("MAIL_USE_TLS", settings.mail_security == "starttls")
    app.config.setdefault("MAIL_USE_SSL", settings.mail_security == "tls")
    app.config.setdefault("MAIL_USERNAME", settings.mail_username or None)
    app.config.setdefault("MAIL_PASSWORD", settings.mail_password.get_secret_value() or None)
    app.config.setdefault("MAIL_DEFAULT_SENDER", settings.mail_sender)
    app.config.setdefault("MAIL_MAX_EMAILS", MESSAGES_PER_CONNECTION)
    app.config.setdefault("MAIL_DEBUG", False)
    Mail(app)


class UnreachableError(Exception):
    """The relay cannot be talked to at all: no message is to blame."""


class RelayConnection(Connection):
    """One conversation with the relay, opened when first needed and used for many messages."""

    def __init__(self, app: Flask, timeout: float) -> None:
        super().__init__(app.extensions["mail"])
        self._app = app
        self._timeout = timeout
        self._tls = ssl.create_default_context()
        self._announced = ""

    def configure_host(self) -> PunctualSMTP:
        """Open, protect and authenticate the conversation, or say why that cannot be."""
        try:
            return self._open()
        except (OSError, smtplib.SMTPException, UnicodeError, ValueError) as error:
            raise UnreachableError(quotable(f"{type(error).__name__}: {error}")) from error

    def _open(self) -> PunctualSMTP:
        mail = self.mail
        host: PunctualSMTP = (
            PunctualSMTPS(mail.server, mail.port or 465, timeout=self._timeout, context=self._tls)
            if mail.use_ssl
            else PunctualSMTP(mail.server, mail.port or 25, timeout=self._timeout)
        )
        try:
            if mail.use_tls:
                host.starttls(context=self._tls)
            host.ehlo_or_helo_if_needed()
            if mail.username and mail.password:
                host.login(mail.username, mail.password)
        except BaseException:
            host.close()
            raise
        return host

    def announce(self, return_path: str) -> None:
        """Name the sender of the next message without waiting: the relay replies while the message is being written.

        Nothing is promised yet. Where the relay is gone, deliver finds that out and calls again.
        """
        if self.host is None or self._is_worn():
            return
        try:
            self._host().name_sender(return_path)
            self._announced = return_path
        except (OSError, smtplib.SMTPException):
            self.drop()

    def take_back(self) -> None:
        """Forget an announced message that must not leave after all."""
        if self._announced:
            self._announced = ""
            try:
                self._host().getreply()
            except (OSError, smtplib.SMTPException):
                self.drop()
            else:
                self._reset()

    def deliver(
        self,
        message: EmailMessage,
        content: bytes,
        return_path: str,
        recipient: str,
        *,
        before_text: Callable[[], object] = lambda: None,
        while_waiting: Callable[[], object] = lambda: None,
    ) -> Outcome:
        """Hand one message to the relay and judge by its reply to the text; what comes later is no failure.

        before_text is called when the relay is ready for the text: from there until the outcome is recorded, a
        worker that is killed cannot know whether the relay took the message. while_waiting is called when the text is
        on its way and must raise nothing: the relay's reply waits for it.
        """
        if self.mail.suppress:
            return self._record(message)
        try:
            outcome = self._converse(content, return_path, recipient, before_text, while_waiting)
        except UnreachableError as error:
            return Outcome(Fate.UNREACHABLE, reply=str(error))
        if outcome.fate is Fate.ACCEPTED:
            self._record(message)
        return outcome

    def _record(self, message: EmailMessage) -> Outcome:
        self.num_emails += 1
        try:
            email_dispatched.send(self._app, message=message)
        except Exception:
            # The relay has the message: a listener's trouble must not make it look unsent.
            log.exception("mail_listener_failed")
        return Outcome(Fate.ACCEPTED, 250, "suppressed by MAIL_SUPPRESS_SEND" if self.mail.suppress else "")

    def _converse(
        self,
        content: bytes,
        return_path: str,
        recipient: str,
        before_text: Callable[[], object],
        while_waiting: Callable[[], object],
    ) -> Outcome:
        stage = Stage.ENVELOPE
        try:
            refusal = self._announce(return_path, recipient)
            if refusal is not None:
                return refusal
            before_text()
            stage = Stage.TEXT
            host = self._host()
            host.send_content(content)
            while_waiting()
            code, reply = host.getreply()
        except UnreachableError:
            raise
        except Exception as error:
            self.drop()
            return outcome_of_cut(stage, f"{type(error).__name__}: {error}")
        return self._judge(code, reply, Stage.TEXT)

    def _announce(self, return_path: str, recipient: str) -> Outcome | None:
        """Name the sender and the recipient; return the relay's refusal, or None when it waits for the text."""
        code, reply = self._name_sender(return_path)
        if code != OK:
            return self._judge(code, reply, Stage.SENDER)
        code, reply = self._host().name_recipient(recipient)
        if code not in RECIPIENT_OK:
            return self._judge(code, reply, Stage.RECIPIENT)
        code, reply = self._host().docmd("DATA")
        return None if code == GO_AHEAD else self._judge(code, reply, Stage.RECIPIENT)

    def _name_sender(self, return_path: str) -> tuple[int, bytes]:
        # A relay may hang up between two messages: that is known at the next one's first command, and no fault.
        announced, self._announced = self._announced == return_path, ""
        if not announced and self._is_worn():
            self.close()
        if self.host is None:
            self._open_host()
            return self._host().mail(return_path)
        try:
            code, reply = self._host().getreply() if announced else self._host().mail(return_path)
            if code != SERVICE_CLOSING:
                return code, reply
        except (OSError, smtplib.SMTPServerDisconnected):
            pass
        self.drop()
        self._open_host()
        return self._host().mail(return_path)

    def _is_worn(self) -> bool:
        return bool(self.mail.max_emails and self.num_emails >= self.mail.max_emails)

    def _judge(self, code: int, reply: bytes, stage: Stage) -> Outcome:
        outcome = outcome_of_reply(code, reply.decode("utf-8", "replace"), stage)
        if outcome.fate is not Fate.ACCEPTED:
            self._reset()
        return outcome

    def _reset(self) -> None:
        """Take back the message in hand, so that the next one starts afresh on this connection."""
        try:
            if self._host().rset()[0] != OK:
                self.drop()
        except (OSError, smtplib.SMTPException):
            self.drop()

    def _host(self) -> PunctualSMTP:
        if self.host is None:
            raise smtplib.SMTPServerDisconnected("not connected")
        return cast(PunctualSMTP, self.host)

    def _open_host(self) -> None:
        self.host = self.configure_host()
        self.num_emails = 0

    def drop(self) -> None:
        """Hang up without a word: after a fault nothing more can be said."""
        self._announced = ""
        if self.host is not None:
            self.host.close()
            self.host = None

    def close(self) -> None:
        """Say goodbye, and mind no answer: every message was judged already."""
        if self.host is not None:
            try:
                cast(PunctualSMTP, self.host).timeout = QUIT_PATIENCE
                self.host.quit()
            except (OSError, smtplib.SMTPException):
                log.debug("relay_left_before_quit")
            self.drop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, value: object, traceback: object) -> None:
        self.close()
