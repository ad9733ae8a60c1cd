"""What is known of a play in a data folder: begun, finished, and the password made for it."""

import json
import secrets
from pathlib import Path


class DemoError(Exception):
    """The demo cannot be played here; the message says what to do."""


class PlayRecord:
    """The file `demo.json` of a data folder: without it nothing there is ours to replace."""

    def __init__(self, data_dir: Path) -> None:
        self._dir = data_dir
        self._path = data_dir / "demo.json"
        self._content = json.loads(self._path.read_text(encoding="utf-8")) if self._path.exists() else {}

    @property
    def is_complete(self) -> bool:
        return bool(self._content.get("is_complete"))

    @property
    def password(self) -> str:
        return str(self._content["password"])

    def begin(self) -> None:
        """Start from an empty folder; what an interrupted play left behind is cleared away."""
        if self._content:
            self._clear()
        elif any(self._dir.glob("survey.db*")):
            raise DemoError(
                f"{self._dir} holds a database that the demo did not make. Choose another folder: --data-dir DIR"
            )
        self._dir.mkdir(parents=True, exist_ok=True)
        self._write({"is_complete": False, "password": secrets.token_urlsafe(12)})

    def finish(self) -> None:
        self._write({**self._content, "is_complete": True})

    def _clear(self) -> None:
        for path in self._dir.glob("survey.db*"):
            path.unlink()
        for name in ("mail", "sheets"):
            for path in (self._dir / name).glob("*.*"):
                path.unlink()

    def _write(self, content: dict[str, object]) -> None:
        self._content = content
        self._path.write_text(json.dumps(content, indent=1), encoding="utf-8")
        self._path.chmod(0o600)
