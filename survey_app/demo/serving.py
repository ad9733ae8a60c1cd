"""Serve the application over real HTTP, in this process."""

import contextlib
import logging
import socket
import threading
from collections.abc import Iterator

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
