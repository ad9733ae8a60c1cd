"""The conversation is protected, and the relay's certificate is checked."""

import ssl
from pathlib import Path

import pytest
from flask import Flask

from survey_app.outbox.rules import MailState
from survey_app.settings import Settings
from tests.outbox.post import Post
from tests.outbox.relay import Relay

ANNE = "anne@client.test"


@pytest.fixture
def relay(relay: Relay, certificate: Path) -> Relay:
    relay.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    relay.tls.load_cert_chain(certificate)
    return relay


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"mail_security": "starttls", "mail_timeout": 5.0})


def test_a_relay_whose_certificate_nobody_vouches_for_gets_no_mail(post: Post, relay: Relay, app: Flask) -> None:
    post.write(ANNE)
    post.send()
    assert not relay.deliveries
    assert post.states() == {MailState.QUEUED: 1}
    assert "certificate" in app.test_cli_runner().invoke(args=["outbox", "status"]).output


def test_a_relay_that_is_vouched_for_gets_its_mail_protected(
    post: Post, relay: Relay, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    post.write(ANNE)
    post.send()
    assert relay.recipients() == {ANNE: 1}


def test_a_relay_that_offers_no_protection_gets_no_mail(post: Post, relay: Relay) -> None:
    relay.tls = None
    post.write(ANNE)
    post.send()
    assert not relay.deliveries
    assert post.states() == {MailState.QUEUED: 1}
