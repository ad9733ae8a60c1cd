"""A small IMAP server over TLS, with the few commands that reading a mailbox takes, and faults on demand."""

import re
import socketserver
import ssl
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

USER, PASSWORD = "bounces@agence.test", "un mot de passe"


@dataclass
class Letter:
    """One message of the mailbox, with its flags."""

    content: bytes
    flags: set[str] = field(default_factory=set)


@dataclass
class ImapServer:
    """The mailbox by unique number, what was asked of the server, and what it refuses."""

    certificate: Path
    letters: dict[int, Letter] = field(default_factory=dict)
    folder: str = '"INBOX"'
    has_uidplus: bool = True
    refuses: str = ""
    hangs_up_at: str = ""
    said: list[str] = field(default_factory=list)
    _server: socketserver.ThreadingTCPServer | None = None

    @property
    def port(self) -> int:
        assert self._server is not None
        return int(self._server.server_address[1])

    def receive(self, content: bytes, *flags: str) -> Letter:
        letter = Letter(content, set(flags))
        self.letters[max(self.letters, default=100) + 1] = letter
        return letter

    def __enter__(self) -> "ImapServer":
        self._server = _Server(("127.0.0.1", 0), _Conversation)
        self._server.imap = self  # type: ignore[attr-defined]
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.shutdown()
        self._server.server_close()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, *_: object) -> None:
        """Say nothing of a client that will not talk to an unknown certificate."""


class _Conversation(socketserver.StreamRequestHandler):
    def setup(self) -> None:
        self.imap = cast(ImapServer, self.server.imap)  # type: ignore[attr-defined]
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.imap.certificate)
        self.request = context.wrap_socket(self.request, server_side=True)
        super().setup()

    def handle(self) -> None:
        self._write("* OK ready")
        for line in self.rfile:
            tag, _, command = line.decode().rstrip("\r\n").partition(" ")
            self.imap.said.append(command)
            if self.imap.hangs_up_at and self.imap.hangs_up_at in command:
                return
            if self.imap.refuses and self.imap.refuses in command:
                self._write(f"{tag} NO try again later")
                continue
            self._write(f"{tag} {self._answer(command)}")
            if command == "LOGOUT":
                return

    def finish(self) -> None:
        super().finish()
        self.request.close()

    def _write(self, text: str) -> None:
        self.wfile.write(text.encode() + b"\r\n")

    def _answer(self, command: str) -> str:
        word = "_" + re.sub(r"\W", "_", " ".join(command.split()[: 2 if command.startswith("UID") else 1]).lower())
        answer: str = getattr(self, word)(command)
        return answer

    def _capability(self, _command: str) -> str:
        self._write("* CAPABILITY IMAP4rev1" + (" UIDPLUS" if self.imap.has_uidplus else ""))
        return "OK done"

    def _login(self, command: str) -> str:
        is_known = command == f'LOGIN {USER} "{PASSWORD}"'
        return "OK welcome" if is_known else "NO [AUTHENTICATIONFAILED] Authentication failed"

    def _select(self, command: str) -> str:
        if command.removeprefix("SELECT ") != self.imap.folder:
            return "NO [NONEXISTENT] unknown folder"
        self._write(f"* {len(self.imap.letters)} EXISTS")
        return "OK [READ-WRITE] selected"

    def _uid_search(self, command: str) -> str:
        assert command == "UID SEARCH UNSEEN UNDELETED"
        found = [uid for uid, letter in self.imap.letters.items() if not letter.flags & {"\\Seen", "\\Deleted"}]
        self._write("* SEARCH " + " ".join(map(str, found)))
        return "OK done"

    def _uid_fetch(self, command: str) -> str:
        found = re.fullmatch(r"UID FETCH (\d+) \(BODY\.PEEK\[\]<0\.(\d+)>\)", command)
        assert found
        uid = int(found[1])
        if uid in self.imap.letters:
            content = self.imap.letters[uid].content[: int(found[2])]
            self.wfile.write(f"* 1 FETCH (UID {uid} BODY[]<0> {{{len(content)}}}\r\n".encode() + content + b")\r\n")
        return "OK done"

    def _uid_store(self, command: str) -> str:
        found = re.fullmatch(r"UID STORE (\d+) \+FLAGS \((.*)\)", command)
        assert found
        self.imap.letters[int(found[1])].flags |= set(found[2].split())
        return "OK done"

    def _uid_expunge(self, command: str) -> str:
        uid = int(command.split()[2])
        assert "\\Deleted" in self.imap.letters[uid].flags
        del self.imap.letters[uid]
        return "OK done"

    def _logout(self, _command: str) -> str:
        self._write("* BYE")
        return "OK bye"
