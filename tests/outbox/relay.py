"""A real SMTP server on sockets that misbehaves on demand, recipient by recipient."""

import re
import socket
import socketserver
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from typing import cast

HANG_UP = "hang up"
SILENCE = "silence"
DRIP = "drip"


@dataclass(frozen=True)
class Fault:
    """What to answer one recipient with, at one step: a reply, a hang-up, a silence or a slow drip.

    Steps: rcpt, data (the command), text (after the final dot), after (once 250 was said).
    """

    step: str
    answer: str
    times: int = 1_000_000


@dataclass(frozen=True)
class Delivery:
    """One message that the server took."""

    sender: str
    recipient: str
    content: bytes

    @property
    def message(self) -> EmailMessage:
        return message_from_bytes(self.content, policy=SMTP)

    @property
    def message_id(self) -> str:
        return str(self.message["Message-ID"])


@dataclass
class Relay:
    """The server: where it listens, what it took, and how it treats whom."""

    faults: dict[str, Fault] = field(default_factory=dict)
    greeting: str = "220 relay ready"
    sender_reply: str = "250 ok"
    pause: float = 0.0
    tls: ssl.SSLContext | None = None
    on_step: Callable[[str, str], None] = lambda step, recipient: None
    deliveries: list[Delivery] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)
    n_connections: int = 0
    silence: float = 30.0
    drip_every: float = 0.2
    _server: socketserver.ThreadingTCPServer | None = None

    @property
    def port(self) -> int:
        assert self._server is not None
        return int(self._server.server_address[1])

    def recipients(self) -> Counter[str]:
        return Counter(delivery.recipient for delivery in self.deliveries)

    def fault(self, recipient: str, step: str) -> str:
        found = self.faults.get(recipient)
        if found is None or found.step != step:
            return ""
        self.seen[f"{recipient} {step}"] += 1
        return found.answer if self.seen[f"{recipient} {step}"] <= found.times else ""

    def __enter__(self) -> "Relay":
        relay = self

        class Handler(_Conversation):
            server_relay = relay

        socketserver.ThreadingTCPServer.allow_reuse_address = True
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.shutdown()
        self._server.server_close()


class _HangUpError(Exception):
    pass


class _Conversation(socketserver.StreamRequestHandler):
    server_relay: Relay
    disable_nagle_algorithm = True

    def handle(self) -> None:
        self.server_relay.n_connections += 1
        try:
            self._say(self.server_relay.greeting)
            self._converse()
        except (_HangUpError, OSError):
            self.request.close()

    def _converse(self) -> None:
        relay, sender, recipient = self.server_relay, "", ""
        while line := self.rfile.readline():
            command = line.decode("utf-8", "replace").strip()
            verb = command[:4].upper()
            if verb == "MAIL":
                sender = _address(command)
                self._say(relay.sender_reply)
            elif verb == "RCPT":
                recipient = _address(command)
                self._step("rcpt", recipient, "250 ok")
            elif verb == "DATA":
                if self._step("data", recipient, "354 go ahead"):
                    self._take(sender, recipient)
            elif verb == "STAR":
                self._protect()
            else:
                self._say(self._reply_to(verb))

    def _reply_to(self, verb: str) -> str:
        hello = "250-relay\r\n250 STARTTLS" if self.server_relay.tls else "250 relay"
        return {"EHLO": hello, "HELO": "250 relay", "QUIT": "221 bye"}.get(verb, "250 ok")

    def _protect(self) -> None:
        tls = self.server_relay.tls
        assert tls is not None
        self._say("220 ready for TLS")
        self.request = self.connection = tls.wrap_socket(self.request, server_side=True)
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb")

    def _take(self, sender: str, recipient: str) -> None:
        relay, lines = self.server_relay, []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                return
            lines.append(line[1:] if line.startswith(b".") else line)
        if relay.fault(recipient, "text"):
            relay.seen[f"{recipient} text"] -= 1
            self._step("text", recipient, "250 taken")
            return
        relay.deliveries.append(Delivery(sender, recipient, b"".join(lines)))
        self._step("taken", recipient, "250 taken")
        self._step("after", recipient, "")

    def _step(self, step: str, recipient: str, reply: str) -> bool:
        """Answer one step, or misbehave; return whether the answer was the good one."""
        relay = self.server_relay
        relay.on_step(step, recipient)
        answer = relay.fault(recipient, step)
        if answer == HANG_UP:
            raise _HangUpError
        if answer == SILENCE:
            time.sleep(relay.silence)
            raise _HangUpError
        if answer == DRIP:
            self._drip(reply or "250 taken")
        elif answer or reply:
            self._say(answer or reply)
        return not answer

    def _say(self, reply: str) -> None:
        if self.server_relay.pause:
            time.sleep(self.server_relay.pause)
        self.wfile.write(reply.encode() + b"\r\n")
        self.wfile.flush()

    def _drip(self, reply: str) -> None:
        for byte in reply.encode() * 20:
            time.sleep(self.server_relay.drip_every)
            self.request.sendall(bytes([byte]))

    def setup(self) -> None:
        super().setup()
        cast(socket.socket, self.request).setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def finish(self) -> None:
        with suppress(OSError):
            super().finish()
        self.connection.close()


def _address(command: str) -> str:
    found = re.search(r"<([^>]*)>", command)
    return found.group(1) if found else ""
