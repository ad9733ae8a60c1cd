"""The conversation is protected, and the relay's certificate is checked."""

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from flask import Flask

from survey_app.outbox.states import MailState
from survey_app.settings import Settings
from tests.outbox.post import Post
from tests.outbox.relay import Relay

ANNE = "anne@client.test"


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for 127.0.0.1 that no authority has signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "relay.test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "relay.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return path


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
