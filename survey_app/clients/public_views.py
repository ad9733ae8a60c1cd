"""The way out in every mail: one click in the mail program (RFC 8058), or a page with one button."""

from flask import Blueprint, current_app, g, render_template

from survey_app.accounts.access import public
from survey_app.clients.opting_out import find_mail, opt_out
from survey_app.db import transaction
from survey_app.outbox.models import OutgoingEmail
from survey_app.web import db_session, now, settings

blueprint = Blueprint("unsubscribing", __name__)


def _mail(opaque_id: str) -> OutgoingEmail:
    email = find_mail(db_session(), settings().token_key.get_secret_value().encode(), opaque_id)
    g.language = email.language
    return email


@blueprint.get("/u/<opaque_id>")
@public
def offer(opaque_id: str) -> str:
    """Show the button and change nothing: mail scanners open every link."""
    email = _mail(opaque_id)
    return render_template("clients/unsubscribe.html", is_done=email.opted_out_at is not None)


@blueprint.post("/u/<opaque_id>")
@public
def unsubscribe(opaque_id: str) -> str:
    """Opt out at once and answer with a page, never a redirect: mail programs follow none."""
    with transaction(db_session()) as session:
        opt_out(session, _mail(opaque_id), current_app.extensions["survey_mail_handlers"], now())
    return render_template("clients/unsubscribe.html", is_done=True)
