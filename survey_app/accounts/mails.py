"""The mail of a forgotten password, written when it leaves: no row ever holds its link."""

from datetime import datetime

from flask import render_template
from flask_babel import force_locale
from sqlalchemy.orm import Session

from survey_app.accounts.models import PasswordReset
from survey_app.accounts.service import RESET_MAIL, derive_reset_token
from survey_app.outbox.composition import ComposedEmail, Composer, Withheld, WithheldReason
from survey_app.outbox.models import OutgoingEmail
from survey_app.settings import Settings


def account_composers(settings: Settings) -> dict[str, Composer]:
    """Return who writes the mails of the accounts."""
    token_key = settings.token_key.get_secret_value().encode()

    def compose_reset(session: Session, mail: OutgoingEmail, now: datetime) -> ComposedEmail | Withheld:
        reset = session.get(PasswordReset, mail.subject_id or 0)
        if reset is None or reset.used_at or not reset.user.active or not settings.public_base_url:
            return Withheld(WithheldReason.CANCELLED)
        if reset.expires_at <= now:
            return Withheld(WithheldReason.LATE)
        token = derive_reset_token(token_key, reset)
        link = f"{settings.public_base_url.rstrip('/')}/password/new/{token}"
        return _render(mail.language, reset.user.name, link)

    return {RESET_MAIL: compose_reset}


def _render(language: str, name: str, link: str) -> ComposedEmail:
    context = {"language": language, "name": name, "link": link}
    with force_locale(language):
        return ComposedEmail(
            subject=" ".join(render_template("emails/password_reset/subject.txt", **context).split()),
            text=render_template("emails/password_reset/body.txt", **context),
            html=render_template("emails/password_reset/body.html", **context),
            recipient_name=name,
        )
