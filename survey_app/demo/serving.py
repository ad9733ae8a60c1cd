"""Serve the application over real HTTP, in this process."""

import contextlib
import logging
import threading
from collections.abc import Iterator

from flask import Flask
from werkzeug.serving import BaseWSGIServer, make_server


@contextlib.contextmanager
def served(server: BaseWSGIServer) -> Iterator[str]:
    """Answer requests for the duration of the block and give the address."""
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://{server.host}:{server.port}"
    finally:
        server.shutdown()
        thread.join(timeout=10)


def bind(app: Flask, port: int) -> BaseWSGIServer:
    return make_server("127.0.0.1", port, app, threaded=True)
