"""A local mail relay that keeps what it receives as .eml files."""

import contextlib
import re
import threading
from collections.abc import Iterator
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from survey_app.demo.serving import choose_port


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
