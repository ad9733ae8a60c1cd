"""`flask doctor`: say what is missing before it hurts, and what to do about each thing."""

import smtplib
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from survey_app.accounts.models import User
from survey_app.audit.queries import find_tampering
from survey_app.catalogue.content import load_catalogue
from survey_app.clients.models import Agency
from survey_app.clock import local_day
from survey_app.db import Database
from survey_app.errors import Refusal
from survey_app.migrating import current_revision, newest_revision
from survey_app.privacy.queries import count_unclosed, waves_past_their_time
from survey_app.questionnaires import check
from survey_app.score_sheets.certificates import read_certificate
from survey_app.score_sheets.queries import outermost_editions
from survey_app.score_sheets.signing import find_signer, trusted_keys
from survey_app.settings import Settings
from survey_app.web import now

Examination = Callable[[Settings, Database], str]
PROBE_SECONDS = 5.0
RENEW_BEFORE = timedelta(days=30)
# The worker erases once a day: what is two days late waits for a person.
RETENTION_PATIENCE = timedelta(days=2)


@dataclass(frozen=True)
class Finding:
    """What was looked at, and what to do about it where the advice is not empty."""

    subject: str
    advice: str

    @property
    def is_well(self) -> bool:
        return not self.advice


def look_at_base_url(settings: Settings, _database: Database) -> str:
    if not settings.public_base_url:
        return "SURVEY_PUBLIC_BASE_URL is empty: no wave can be launched. Set the address that clients reach."
    return ""


def look_at_data_dir(settings: Settings, _database: Database) -> str:
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=settings.data_dir):
            return ""
    except OSError as error:
        remedy = "Give this user the right to, or set SURVEY_DATA_DIR."
        return f"{settings.data_dir} cannot be written ({error.strerror}). {remedy}"


def look_at_database(_settings: Settings, database: Database) -> str:
    try:
        revision = current_revision(database.engine)
    except SQLAlchemyError as error:
        return (
            f"The database does not answer ({type(error).__name__}). Check SURVEY_DATABASE_URL and that it is running."
        )
    if revision != newest_revision():
        return (
            f"The database is at revision {revision or 'none'} of {newest_revision()}. Run: flask --app wsgi db upgrade"
        )
    return ""


def look_at_first_steps(_settings: Settings, database: Database) -> str:
    with database.reading() as session:
        if session.scalar(select(Agency.id).limit(1)) is None:
            return "There is no agency yet. Run: flask --app wsgi clients create-agency --help"
        if session.scalar(select(User.id).limit(1)) is None:
            return "Nobody can sign in yet. Run: flask --app wsgi accounts create-admin --help"
    return ""


def look_at_questionnaires(settings: Settings, _database: Database) -> str:
    mistakes = check(settings.questionnaires_dir, set(load_catalogue()))
    return (
        f"{len(mistakes)} mistakes in the definitions. Run: flask --app wsgi questionnaires check" if mistakes else ""
    )


def look_at_mail(settings: Settings, _database: Database) -> str:
    try:
        with smtplib.SMTP(settings.mail_server, settings.mail_port, timeout=PROBE_SECONDS) as relay:
            relay.noop()
    except (OSError, smtplib.SMTPException) as error:
        where = f"{settings.mail_server}:{settings.mail_port}"
        remedy = "Check SURVEY_MAIL_SERVER and SURVEY_MAIL_PORT."
        return f"The mail relay {where} does not answer ({type(error).__name__}). {remedy}"
    if settings.mail_sender.endswith(".invalid"):
        return "SURVEY_MAIL_SENDER is the placeholder. Set the address that your mails come from."
    return ""


def look_at_signing_keys(settings: Settings, database: Database) -> str:
    """Look whether the first and the last sheet bear a key that this installation knows."""
    try:
        keys = trusted_keys(settings)
    except Refusal as refusal:
        return f"A signing key cannot be read. {refusal}"
    with database.reading() as session:
        for edition in outermost_editions(session):
            if find_signer(keys, edition.snapshot.encode(), edition.signature) is None:
                return (
                    f"Sheet {edition.sheet.reference} is signed with a key that is not known here. Add its public key"
                    " to SURVEY_RETIRED_PUBLIC_KEYS. See: flask --app wsgi sheets rotate-key"
                )
    return ""


def look_at_certificate(settings: Settings, _database: Database, now: datetime) -> str:
    """Look whether the certificate of the PDFs, where there is one, is there, readable and good for a month more."""
    try:
        certificate = read_certificate(settings, now)
    except Refusal as refusal:
        return f"{refusal} Check SURVEY_PADES_CERTIFICATE and SURVEY_PADES_PASSPHRASE."
    if certificate is not None and certificate.ends_at - now < RENEW_BEFORE:
        day = local_day(certificate.ends_at, settings.time_zone)
        return f"The certificate that signs PDFs ends on {day}. Renew it before."
    return ""


def look_at_audit_log(_settings: Settings, database: Database) -> str:
    with database.reading() as session:
        broken = find_tampering(session)
    return (
        f"The audit log was altered at entry {broken}. Compare with a backup before anything is paid." if broken else ""
    )


def look_at_retention(_settings: Settings, database: Database, now: datetime) -> str:
    patient = now - RETENTION_PATIENCE
    with database.reading() as session:
        n_late, n_unclosed = len(waves_past_their_time(session, patient)), count_unclosed(session, patient)
    if n_late:
        remedy = "Start the worker, or run: flask --app wsgi privacy purge"
        return f"Waves past the time promised to people: {n_late}. {remedy}"
    if n_unclosed:
        return f"Waves past the time promised to people that were never closed: {n_unclosed}. Close or cancel them."
    return ""


EXAMINATIONS: tuple[tuple[str, Examination], ...] = (
    ("Public address", look_at_base_url),
    ("Data folder", look_at_data_dir),
    ("Database", look_at_database),
    ("First steps", look_at_first_steps),
    ("Questionnaires", look_at_questionnaires),
    ("Mail relay", look_at_mail),
    ("Signing keys", look_at_signing_keys),
    ("Audit log", look_at_audit_log),
)
IN_THE_DATABASE = frozenset({"First steps", "Signing keys", "Audit log", "Retention"})


def examinations(now: datetime) -> tuple[tuple[str, Examination], ...]:
    return (
        *EXAMINATIONS,
        ("Retention", partial(look_at_retention, now=now)),
        ("PDF certificate", partial(look_at_certificate, now=now)),
    )


def examine(settings: Settings, database: Database, now: datetime) -> Iterator[Finding]:
    """Look at one thing after another; what the database cannot tell is not asked twice."""
    is_readable = True
    for subject, look in examinations(now):
        if subject in IN_THE_DATABASE and not is_readable:
            continue
        finding = Finding(subject, look(settings, database))
        is_readable = is_readable and (look is not look_at_database or finding.is_well)
        yield finding


@click.command("doctor", epilog="Example: flask --app wsgi doctor")
@with_appcontext
def doctor_command() -> None:
    """Look at settings, folders, database, definitions, mail and log; exit 1 if anything needs you."""
    extensions = current_app.extensions
    examined = examine(extensions["survey_settings"], extensions["survey_database"], now())
    with click.progressbar(examined, label="Looking", length=len(examinations(now())), file=sys.stderr) as shown:
        findings = list(shown)
    for finding in findings:
        click.echo(f"{'ok  ' if finding.is_well else 'LOOK'}  {finding.subject:<16} {finding.advice}".rstrip())
    if not all(finding.is_well for finding in findings):
        raise SystemExit(1)
