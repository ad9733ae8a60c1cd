"""Pages of the development mailbox."""

from pathlib import Path

from flask import Blueprint, Response, render_template

from survey_app.accounts.access import public
from survey_app.mailbox.queries import find_mail, list_mails
from survey_app.web import settings

blueprint = Blueprint("mailbox", __name__, url_prefix="/dev/mailbox")

MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "sandbox allow-popups allow-top-navigation-by-user-activation"
)


def _folder() -> Path:
    return settings().data_dir / "mail"


@blueprint.get("/")
@public
def inbox() -> str:
    return render_template("mailbox/inbox.html", mails=list_mails(_folder()), zone=settings().time_zone)


@blueprint.get("/<name>")
@public
def message(name: str) -> str:
    return render_template("mailbox/message.html", mail=find_mail(_folder(), name), zone=settings().time_zone)


@blueprint.get("/<name>/html")
@public
def message_html(name: str) -> Response:
    """Show a mail as a mail program would: its own inline styles, nothing else, in a sandbox."""
    response = Response(find_mail(_folder(), name).html, mimetype="text/html")
    response.headers["Content-Security-Policy"] = MAIL_POLICY + "; frame-ancestors 'self'"
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response
