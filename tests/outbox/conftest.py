"""An application that really sends, to a relay that may misbehave."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from survey_app.clock import SettableClock
from survey_app.settings import Settings
from tests.outbox.post import Post
from tests.outbox.relay import Relay


@pytest.fixture
def relay() -> Iterator[Relay]:
    with Relay() as running:
        yield running


@pytest.fixture
def settings(database_url: str, tmp_path: Path, relay: Relay) -> Settings:
    return Settings(
        environment="development",
        data_dir=tmp_path / "var",
        database_url=database_url,
        secret_key="test-secret-key-of-more-than-32-characters",
        token_key="test-token-key-of-more-than-32-characters",
        public_base_url="http://localhost",
        mail_server="127.0.0.1",
        mail_port=relay.port,
        mail_security="none",
        mail_sender="enquete@agence.test",
        mail_timeout=0.5,
        mail_domain_per_minute=1_000_000,
    )


@pytest.fixture
def post(app: Flask, clock: SettableClock) -> Post:
    return Post(app, clock)
