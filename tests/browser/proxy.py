"""The proxy that `deploy/nginx.conf` describes, for real: Debian's nginx with TLS, on ports and folders of its own."""

import contextlib
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.architecture.source import ROOT
from tests.conftest import skip_or_fail

NGINX = shutil.which("nginx") or "/usr/sbin/nginx"
AROUND = """
daemon off;
pid {folder}/nginx.pid;
events {{ worker_connections 1024; }}
http {{
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    include {folder}/survey.conf;
}}
"""


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def make_certificate(folder: Path) -> None:
    """Write a certificate for localhost that lasts a day."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    start = datetime.now(UTC) - timedelta(hours=1)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "fullchain.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "privkey.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )


def documented_configuration(folder: Path, port: int, upstream: int) -> str:
    """Return the shipped file with the places that each installation fills in."""
    text = (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8")
    for written, own in (
        ("127.0.0.1:8000", f"127.0.0.1:{upstream}"),
        ("listen 443 ssl", f"listen 127.0.0.1:{port} ssl"),
        ("listen 80;", f"listen 127.0.0.1:{free_port()};"),
        ("survey.example.com", "localhost"),
        ("/etc/ssl/survey/", f"{folder}/"),
        ("/var/log/nginx/", f"{folder}/"),
    ):
        assert written in text, f"deploy/nginx.conf no longer says {written}"
        text = text.replace(written, own)
    return text


@contextlib.contextmanager
def nginx(folder: Path, port: int, upstream: int) -> Iterator[Path]:
    """Run the proxy, and give the file of its access log."""
    if not Path(NGINX).exists():
        skip_or_fail("nginx is not installed: apt-get install nginx-light")
    folder.mkdir(parents=True, exist_ok=True)
    # Started as root, its workers are another user's.
    folder.chmod(0o755)
    make_certificate(folder)
    (folder / "survey.conf").write_text(documented_configuration(folder, port, upstream), encoding="utf-8")
    (folder / "nginx.conf").write_text(AROUND.format(folder=folder), encoding="utf-8")
    command = [NGINX, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]
    process = subprocess.Popen(command)
    try:
        wait_for(port, process)
        yield folder / "survey.log"
    finally:
        process.terminate()
        process.wait(timeout=10)


def wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    """Wait until somebody listens at the port."""
    for _ in range(200):
        assert process.poll() is None, "the server ended before it listened"
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise AssertionError(f"nobody listens at port {port}")


def masked(line: str) -> bool:
    """Tell whether a line of the log holds nothing long enough to be a personal link."""
    return not re.search(r"[A-Za-z0-9_-]{20,}", line)
