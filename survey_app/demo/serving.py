"""Serve the application and a local mail relay, in this process."""

import contextlib
import logging
import re
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from flask import Flask
from werkzeug.serving import BaseWSGIServer, make_server

HOST = "127.0.0.1"


def choose_port(wished: int) -> int:
    """Return the wished port where it is free, else one that is."""
    for port in (wished, 0):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((HOST, port))
            chosen: int = probe.getsockname()[1]
            return chosen
    raise OSError("no port is free")


def bind(app: Flask, port: int) -> BaseWSGIServer:
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    return make_server(HOST, port, app, threaded=True)


@contextlib.contextmanager
def served(server: BaseWSGIServer) -> Iterator[str]:
    """Answer requests for the duration of the block and give the address."""
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://{server.host}:{server.port}"
    finally:
        server.shutdown()
        thread.join(timeout=10)


class KeepingHandler:
    """Write each accepted message to a numbered file, complete before it gets its name."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._lock = threading.Lock()
        numbers = [int(match.group()) for path in folder.glob("*.eml") if (match := re.match(r"\d+", path.name))]
        self._number = max(numbers, default=0)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        content = envelope.content if isinstance(envelope.content, bytes) else str(envelope.content).encode()
        with self._lock:
            self._number += 1
            name = f"{self._number:05d}"
        unfinished = self._folder / f"{name}.part"
        unfinished.write_bytes(content)
        unfinished.rename(self._folder / f"{name}.eml")
        return "250 Message kept"


@contextlib.contextmanager
def capture_server(folder: Path, port: int = 0) -> Iterator[int]:
    """Run the relay for the duration of the block and give its port."""
    controller = Controller(KeepingHandler(folder), hostname="127.0.0.1", port=port or choose_port(0))
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()
