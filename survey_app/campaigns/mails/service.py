"""Let an agency write its mails in its own words, with named placeholders only."""

from datetime import datetime

from sqlalchemy.orm import Session

from survey_app.audit.service import record
from survey_app.campaigns.mails.queries import find_wording
from survey_app.clients.models import Agency, MailWording
from survey_app.clients.rules import MAX_MESSAGE, MAX_SUBJECT, PLACEHOLDERS_OF, unknown_placeholders
from survey_app.errors import N_, Invalid
from survey_app.validation import clean_line, clean_text


def save_wording(
    session: Session, agency: Agency, kind: str, language: str, subject: str, message: str, actor: str, now: datetime
) -> MailWording:
    """Save a wording; an unknown placeholder is refused here already, and once more at the launch."""
    subject, message = clean_line(subject, MAX_SUBJECT), clean_text(message, MAX_MESSAGE)
    _check(subject, kind, "subject")
    _check(message, kind, "message")
    wording = find_wording(session, agency.id, kind, language)
    if wording is None:
        wording = MailWording(agency_id=agency.id, kind=kind, language=language)
        session.add(wording)
    wording.subject, wording.message, wording.updated_at = subject, message, now
    session.flush()
    _record(session, agency, "mail_worded", kind, language, actor, now)
    return wording


def restore_wording(session: Session, agency: Agency, kind: str, language: str, actor: str, now: datetime) -> None:
    """Come back to the product’s own words."""
    wording = find_wording(session, agency.id, kind, language)
    if wording is not None:
        session.delete(wording)
        _record(session, agency, "mail_wording_restored", kind, language, actor, now)


def _check(text: str, kind: str, field: str) -> None:
    if not text:
        raise Invalid(N_("Write something, or come back to the product’s own words."), field=field)
    known = PLACEHOLDERS_OF[kind]
    unknown = unknown_placeholders(text, known)
    if unknown:
        raise Invalid(
            N_("%(names)s does not exist. The placeholders are %(known)s."),
            field=field,
            names=", ".join(unknown),
            known=", ".join(f"{{{name}}}" for name in known),
        )


def _record(session: Session, agency: Agency, action: str, kind: str, language: str, actor: str, now: datetime) -> None:
    record(
        session,
        actor=actor,
        action=action,
        subject_type="agency",
        subject_id=agency.id,
        now=now,
        details={"kind": kind, "language": language},
    )
