"""SMTP with a deadline for each whole reply: a relay that sends one byte every ten seconds is silent too."""

import io
import re
import smtplib
import socket
from typing import Any

from survey_app.clock import stopwatch

LEADING_DOT = re.compile(rb"(?m)^\.")


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
    """A conversation in which no reply, however slowly it drips, outlasts the timeout."""

    _reader: _ReplyReader | None = None
    _read_socket: socket.socket | None = None

    def getreply(self) -> tuple[int, bytes]:
        patience = float(self.timeout)
        reader = self._prepare_reader()
        reader.deadline = stopwatch() + patience
        try:
            return super().getreply()
        finally:
            if self.sock is not None:
                self.sock.settimeout(patience)

    def _prepare_reader(self) -> _ReplyReader:
        # STARTTLS puts another socket in place, whose bytes need a reader of their own.
        if self.file is None or self._reader is None or self._read_socket is not self.sock:
            if self.sock is None:
                raise smtplib.SMTPServerDisconnected("please run connect() first")
            self._reader, self._read_socket = _ReplyReader(self.sock), self.sock
            self.file = io.BufferedReader(self._reader)
        return self._reader

    def name_sender(self, return_path: str) -> None:
        """Open the next message and leave the reply for later; both addresses are known to be bare ones."""
        self.putcmd("mail", f"FROM:<{return_path}>")

    def name_recipient(self, address: str) -> tuple[int, bytes]:
        return self.docmd("rcpt", f"TO:<{address}>")

    def send_content(self, content: bytes) -> None:
        """Send the text of a message and its final dot, after the relay said 354."""
        is_dotted = b"\n." in content or content.startswith(b".")
        stuffed = LEADING_DOT.sub(b"..", content) if is_dotted else content
        end = b".\r\n" if stuffed.endswith(b"\r\n") else b"\r\n.\r\n"
        self.send(stuffed + end)


class PunctualSMTPS(PunctualSMTP, smtplib.SMTP_SSL):
    """The same conversation over TLS from the first byte."""
