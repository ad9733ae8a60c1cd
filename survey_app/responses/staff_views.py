"""What staff do about the form: try it, make its promise stricter, give it the agency's look."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session

from survey_app.accounts.access import Permission, requires
from survey_app.accounts.session import current_viewer
from survey_app.campaigns.models import Disclosure, PrivacyMode
from survey_app.campaigns.queries import get_wave
from survey_app.campaigns.rules import may_narrow, may_tighten
from survey_app.campaigns.views import frozen_or_current
from survey_app.clients.queries import get_agency
from survey_app.forms import save, status_of
from survey_app.responses.forms import LookForm, PrivacyForm, read_answers
from survey_app.responses.pages import form_from, promises, thanks_page
from survey_app.responses.queries import Visit, rehearsal
from survey_app.responses.rules import AnswerForm, Draft
from survey_app.responses.service import change_look, tighten_promise
from survey_app.responses.steps import PostedPage, take_step
from survey_app.responses.views import choose_language, show_form, show_page, show_step
from survey_app.web import db_session, now

blueprint = Blueprint("answering", __name__)


def _rehearsed(session: Session, wave_id: int) -> tuple[Visit, AnswerForm]:
    """Return the lead's visit to a wave: its frozen questionnaire, or the one that a launch would freeze."""
    viewer = current_viewer()
    wave = get_wave(session, viewer, wave_id)
    questionnaire = frozen_or_current(wave)
    language = choose_language(request.values.get("lang"), viewer.language)
    visit = rehearsal(session, wave, questionnaire.content_hash, language)
    return visit, form_from(visit, lambda: questionnaire)


@blueprint.get("/waves/<int:wave_id>/rehearsal")
@requires(Permission.MANAGE_CAMPAIGNS)
def rehearse(wave_id: int) -> Any:
    """Show the form as people get it, marked as a test."""
    visit, form = _rehearsed(db_session(), wave_id)
    return show_form(visit, form, Draft(), request.args.to_dict(), now())


@blueprint.post("/waves/<int:wave_id>/rehearsal")
@requires(Permission.MANAGE_CAMPAIGNS)
def take_rehearsal(wave_id: int) -> Any:
    """Take a test through the very same steps; it is written nowhere."""
    session = db_session()
    visit, form = _rehearsed(session, wave_id)
    fields = dict(request.form.lists())
    page = PostedPage.from_fields(fields)
    choose_language(page.go, page.language, visit.invitation_language)
    posted = read_answers(form, fields.items())
    step = take_step(session, visit, form, posted, page, now())
    if step.receipt:
        return thanks_page(visit, step.receipt)
    return show_step(visit, form, posted, step, now())


@blueprint.get("/waves/<int:wave_id>/rehearsal/notice")
@requires(Permission.MANAGE_CAMPAIGNS)
def rehearse_notice(wave_id: int) -> Any:
    visit, _ = _rehearsed(db_session(), wave_id)
    return show_page("responses/notice.html", visit, problems=(), **promises(visit))


@blueprint.route("/waves/<int:wave_id>/privacy", methods=["GET", "POST"])
@requires(Permission.MANAGE_CAMPAIGNS)
def privacy(wave_id: int) -> Any:
    """Make the promise of the wave's campaign stricter: what is promised at present and what is stricter is offered."""
    viewer = current_viewer()
    wave = get_wave(db_session(), viewer, wave_id)
    campaign = wave.campaign
    form = PrivacyForm(mode=campaign.mode.value, disclosure=campaign.disclosure.value)
    if save(
        form,
        lambda session: tighten_promise(
            session, campaign, PrivacyMode(form.mode.data), Disclosure(form.disclosure.data), viewer.actor, now()
        ),
    ):
        flash(gettext("From now on people are promised what you chose."), "success")
        return redirect(url_for("answering.privacy", wave_id=wave_id))
    form.mode.choices = [each for each in form.mode.choices if may_tighten(campaign.mode, each.value)]
    form.disclosure.choices = [each for each in form.disclosure.choices if may_narrow(campaign.disclosure, each.value)]
    return render_template("responses/privacy.html", wave=wave, form=form), status_of(form)


@blueprint.route("/agency/form", methods=["GET", "POST"])
@requires(Permission.MANAGE_ACCOUNTS)
def look() -> Any:
    """Keep the agency's choices for its form, or say what is wrong with the logo."""
    agency = get_agency(db_session())
    form = LookForm(obj=agency)
    if save(
        form,
        lambda session: change_look(
            session,
            agency,
            is_one_question_per_screen=form.is_one_question_per_screen.data,
            logo=form.logo.data.read() if form.logo.data else None,
            is_without_logo=form.is_without_logo.data,
            actor=current_viewer().actor,
            now=now(),
        ),
    ):
        flash(gettext("The form has its new look."), "success")
        return redirect(url_for("answering.look"))
    return render_template("responses/look.html", form=form, agency=agency), status_of(form)
