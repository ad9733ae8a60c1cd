"""The mail of a forgotten password, written when it leaves: no row ever holds its link."""

from datetime import datetime

from sqlalchemy.orm import Session

from survey_app.accounts.models import PasswordReset
from survey_app.accounts.service import RESET_MAIL, derive_reset_token
from survey_app.mails import ComposedEmail, Withheld, WithheldReason, render_mail
from survey_app.outbox.delivery import Composer
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
        values = {"name": reset.user.name, "link": link}
        return render_mail(mail.kind, mail.language, values, recipient_name=reset.user.name)

    return {RESET_MAIL: compose_reset}
