"""Every setting, typed and documented: an environment variable with the prefix SURVEY_."""

import base64
import json
import os
import re
import secrets
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PROJECT_DIR = Path(__file__).resolve().parent.parent
MIN_SECRET_LENGTH = 32
SECRETS_FILE = "secrets.json"
BARE_ADDRESS = re.compile(r"[!#-'*+\-/-9=?A-Z^-~.]+@[A-Za-z0-9.-]+")


class SettingsError(Exception):
    """A setting is missing or wrong; the message says which one and what to do."""


class Settings(BaseSettings):
    """The application's settings; production refuses to start on a missing secret or an http base URL."""

    model_config = SettingsConfigDict(env_prefix="SURVEY_", frozen=True, extra="ignore")

    environment: Literal["production", "development", "test"] = Field(
        "production", description="production refuses missing secrets; development adds the mailbox page"
    )
    data_dir: Path = Field(
        Path("var"), description="Folder of the SQLite file, the evidence files and the exported sheets"
    )
    database_url: str = Field(
        "",
        description="SQLAlchemy URL of this agency's own database; empty means SQLite in the data folder. PostgreSQL: postgresql+psycopg://...",
    )
    secret_key: SecretStr = Field(SecretStr(""), description="Signs staff sessions; at least 32 characters, secret")
    token_key: SecretStr = Field(
        SecretStr(""), description="Derives personal links; at least 32 characters, never in a backup"
    )
    signing_key: SecretStr = Field(
        SecretStr(""), description="Ed25519 private key that signs score sheets: 32 bytes in base64"
    )
    retired_public_keys: str = Field(
        "",
        description="Public keys of former signing keys, in base64, separated by commas: what they signed stays ours",
    )
    pades_certificate: str = Field(
        "", description="PKCS#12 file that signs PDFs too (PAdES, needs the extra pades); empty: the own seal alone"
    )
    pades_passphrase: SecretStr = Field(SecretStr(""), description="Passphrase of that PKCS#12 file, if it has one")
    public_base_url: str = Field(
        "", description="Address that personal links start with, for example https://survey.example.com"
    )
    trusted_hosts: str = Field(
        "", description="Host names the application answers to, separated by commas; default: the base URL's"
    )
    proxy_hops: int = Field(0, ge=0, le=5, description="Number of trusted reverse proxies in front")
    time_zone: str = Field(
        "Europe/Paris", description="Zone of deadlines and printed times unless the client has its own"
    )
    questionnaires_dir: Path = Field(
        PROJECT_DIR / "questionnaires", description="Folder of the questionnaire definitions"
    )
    mail_server: str = Field("localhost", description="Host of the outgoing mail relay")
    mail_port: int = Field(587, ge=1, le=65535, description="Port of the outgoing mail relay")
    mail_security: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="How the conversation with the relay is protected; certificates are verified"
    )
    mail_username: str = Field("", description="User name at the relay, if it asks for one")
    mail_password: SecretStr = Field(SecretStr(""), description="Password at the relay, if it asks for one")
    mail_sender: str = Field(
        "enquete@example.invalid", description="Address that mails come from; its domain makes the Message-ID"
    )
    mail_timeout: float = Field(30.0, gt=0, description="Seconds to wait for one reply of the relay")
    mail_connections: int = Field(2, ge=1, le=4, description="Connections to the relay that one worker keeps open")
    mail_domain_per_minute: int = Field(60, ge=1, description="Most mails per minute to one recipient domain")
    bounce_address: str = Field(
        "",
        description="Mailbox that receives bounces; a verifiable tag is added before the @. Empty: the sender's",
    )
    session_hours: int = Field(12, ge=1, le=168, description="Hours after which a staff session must sign in again")
    require_second_factor: bool | None = Field(
        None, description="Leads and administrators need a second factor; default: yes in production, else no"
    )

    @property
    def resolved_database_url(self) -> str:
        return self.database_url or f"sqlite:///{self.data_dir.resolve() / 'survey.db'}"

    @property
    def must_require_second_factor(self) -> bool:
        if self.require_second_factor is None:
            return self.environment == "production"
        return self.require_second_factor

    @property
    def allowed_hosts(self) -> list[str]:
        """Return the host names that requests may name; links never come from the Host header."""
        named = [host.strip() for host in self.trusted_hosts.split(",") if host.strip()]
        own = urlsplit(self.public_base_url).hostname
        if not named and not own:
            return []
        local = ["localhost", "127.0.0.1"] if self.environment != "production" else []
        return named + ([own] if own else []) + local

    @field_validator("mail_sender", "bounce_address")
    @classmethod
    def refuse_more_than_an_address(cls, value: str, info: ValidationInfo) -> str:
        """Tell of a name or a second address at the start, rather than at each mail."""
        may_be_empty = info.field_name == "bounce_address"
        if not BARE_ADDRESS.fullmatch(value) and not (may_be_empty and not value):
            raise ValueError("write one bare mail address, such as enquete@agence.fr: a name is added to each mail")
        return value

    @model_validator(mode="after")
    def refuse_unsafe_production(self) -> Self:
        """Name every missing secret at once, so that one restart mends them all."""
        if self.environment != "production":
            return self
        problems = [
            f"SURVEY_{name.upper()} must be set to at least {MIN_SECRET_LENGTH} random characters"
            for name in ("secret_key", "token_key", "signing_key")
            if len(getattr(self, name).get_secret_value()) < MIN_SECRET_LENGTH
        ]
        secrets = {self.secret_key.get_secret_value(), self.token_key.get_secret_value()}
        if not problems and len(secrets) == 1:
            problems.append("SURVEY_TOKEN_KEY must differ from SURVEY_SECRET_KEY")
        if self.public_base_url and not self.public_base_url.startswith("https://"):
            problems.append("SURVEY_PUBLIC_BASE_URL must start with https:// in production")
        if problems:
            raise ValueError("; ".join(problems))
        return self


class _Place(BaseSettings):
    """Where the application stands: what is needed to know before its secrets."""

    model_config = SettingsConfigDict(env_prefix="SURVEY_", extra="ignore")

    environment: str = "production"
    data_dir: Path = Path("var")


def development_secrets(data_dir: Path) -> dict[str, str]:
    """Return the secrets of a try-out, made once in its data folder and readable by their owner alone."""
    path = data_dir / SECRETS_FILE
    if not path.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        made = {
            "secret_key": secrets.token_urlsafe(48),
            "token_key": secrets.token_urlsafe(48),
            "signing_key": base64.b64encode(secrets.token_bytes(32)).decode(),
        }
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(made, file)
    known: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return known


def load_settings(**overrides: object) -> Settings:
    """Read the settings from the environment, or say in one sentence per setting what is wrong.

    Secrets that the environment does not give come from the data folder of a try-out. Production makes none.
    """
    try:
        place = _Place(**overrides)  # type: ignore[arg-type]
        if place.environment == "production" and not (place.data_dir / SECRETS_FILE).exists():
            return Settings(**overrides)  # type: ignore[arg-type]
        made = development_secrets(place.data_dir)
        missing = {name: text for name, text in made.items() if not os.environ.get(f"SURVEY_{name.upper()}")}
        return Settings(**{**missing, **overrides})  # type: ignore[arg-type]
    except ValidationError as error:
        lines = []
        for problem in error.errors():
            name = "SURVEY_" + str(problem["loc"][0]).upper() + ": " if problem["loc"] else ""
            lines.append(name + problem["msg"].removeprefix("Value error, "))
        raise SettingsError(
            "The settings are not complete. "
            + " | ".join(lines)
            + ". See the settings table in README.md; for a first try use: python3 tasks.py demo"
        ) from None
