"""An application that really sends, to a relay that may misbehave."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
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


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for 127.0.0.1 that no authority has signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "server.test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "server.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return path
