"""Pages where an agency writes its mails in its own words."""

from typing import Any

from flask import abort, flash, redirect, render_template, url_for
from flask_babel import force_locale, gettext

from survey_app.accounts.access import Permission, requires
from survey_app.accounts.session import current_viewer
from survey_app.campaigns.blueprint import blueprint
from survey_app.campaigns.forms import WordingForm, show_refusal
from survey_app.campaigns.mails.queries import find_wording, list_wordings
from survey_app.campaigns.mails.rules import PLACEHOLDERS_OF
from survey_app.campaigns.mails.service import restore_wording, save_wording
from survey_app.campaigns.vocabulary import LANGUAGE_NAMES, WORDED_KINDS
from survey_app.clients.models import Agency
from survey_app.clients.queries import find_agency
from survey_app.clients.wording.queries import wording_for
from survey_app.db import transaction
from survey_app.errors import N_, NotFound, Refusal
from survey_app.i18n import LANGUAGES
from survey_app.web import db_session, explain, now


@blueprint.get("/mail-wordings")
@requires(Permission.MANAGE_CAMPAIGNS)
def wordings() -> Any:
    own = {(each.kind, each.language) for each in list_wordings(db_session(), _agency().id)}
    places = [(kind, language, (kind, language) in own) for kind in WORDED_KINDS for language in LANGUAGES]
    return render_template("campaigns/wordings.html", places=places, kinds=WORDED_KINDS, language_names=LANGUAGE_NAMES)


@blueprint.route("/mail-wordings/<kind>/<mail_language>", methods=["GET", "POST"])
@requires(Permission.MANAGE_CAMPAIGNS)
def wording(kind: str, mail_language: str) -> Any:
    """Edit one mail's subject and message; what frames them is the same for everyone."""
    _check_place(kind, mail_language)
    agency = _agency()
    with force_locale(mail_language):
        words = wording_for(db_session(), agency.id, kind, mail_language)
    form = WordingForm(subject=words.subject, message=words.message)
    if form.validate_on_submit():
        try:
            with transaction(db_session()):
                save_wording(
                    db_session(),
                    agency,
                    kind,
                    mail_language,
                    form.subject.data,
                    form.message.data,
                    current_viewer().actor,
                    now(),
                )
            flash(gettext("The wording is saved. Mails that have not left yet will use it."), "success")
            return redirect(url_for("campaigns.wordings"))
        except Refusal as refusal:
            show_refusal(form, refusal, explain(refusal))
    return render_template(
        "campaigns/wording.html",
        form=form,
        kind=kind,
        mail_language=mail_language,
        kinds=WORDED_KINDS,
        language_names=LANGUAGE_NAMES,
        placeholders=PLACEHOLDERS_OF[kind],
        is_own=find_wording(db_session(), _agency().id, kind, mail_language) is not None,
    )


@blueprint.post("/mail-wordings/<kind>/<mail_language>/restore")
@requires(Permission.MANAGE_CAMPAIGNS)
def restore(kind: str, mail_language: str) -> Any:
    _check_place(kind, mail_language)
    with transaction(db_session()):
        restore_wording(db_session(), _agency(), kind, mail_language, current_viewer().actor, now())
    flash(gettext("The product’s own words are back."), "success")
    return redirect(url_for("campaigns.wordings"))


def _check_place(kind: str, mail_language: str) -> None:
    if kind not in WORDED_KINDS or mail_language not in LANGUAGES:
        abort(404)


def _agency() -> Agency:
    agency = find_agency(db_session())
    if agency is None:
        raise NotFound(N_("There is no agency yet. Create it first."))
    return agency
