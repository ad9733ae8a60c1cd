"""What staff do about the form: try it, make its promise stricter, give it the agency's look."""

from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session

from survey_app.accounts.access import Permission, requires
from survey_app.accounts.session import current_viewer
from survey_app.campaigns.models import Disclosure, PrivacyMode, Wave
from survey_app.campaigns.queries import get_wave
from survey_app.campaigns.rules import may_narrow, may_tighten
from survey_app.clients.models import Agency
from survey_app.clients.queries import find_agency
from survey_app.errors import N_, NotFound
from survey_app.forms import save, status_of
from survey_app.questionnaires import Library, Questionnaire
from survey_app.responses.forms import LookForm, PrivacyForm, read_answers
from survey_app.responses.pages import form_from, promises
from survey_app.responses.queries import Visit, rehearsal
from survey_app.responses.rules import AnswerForm, Draft
from survey_app.responses.service import change_look, tighten_promise
from survey_app.responses.steps import PostedPage, take_step
from survey_app.responses.views import choose_language, show_form, show_page, show_step, show_thanks, viewing_of
from survey_app.web import db_session, now

blueprint = Blueprint("answering", __name__)


def _rehearsed(session: Session, wave_id: int) -> tuple[Visit, AnswerForm]:
    """Return the lead's visit to a wave: its frozen questionnaire, or the one that a launch would freeze."""
    viewer = current_viewer()
    wave = get_wave(session, viewer, wave_id)
    questionnaire = _questionnaire_of(wave)
    visit = rehearsal(wave, questionnaire.content_hash, choose_language(request.values.get("lang"), viewer.language))
    return visit, form_from(visit, lambda: questionnaire)


def _questionnaire_of(wave: Wave) -> Questionnaire:
    if wave.definition is not None:
        return Questionnaire.from_canonical(wave.definition)
    library: Library = current_app.extensions["survey_questionnaires"]
    return library.get(wave.campaign.questionnaire_key)


@blueprint.get("/waves/<int:wave_id>/rehearsal")
@requires(Permission.MANAGE_CAMPAIGNS)
def rehearse(wave_id: int) -> Any:
    """Show the form as people get it, marked as a test."""
    visit, form = _rehearsed(db_session(), wave_id)
    return show_form(visit, form, Draft(), request.args.to_dict(), viewing_of(visit, now()))


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
        return show_thanks(visit, step.receipt, viewing_of(visit, now()))
    return show_step(visit, form, posted, step, now())


@blueprint.get("/waves/<int:wave_id>/rehearsal/notice")
@requires(Permission.MANAGE_CAMPAIGNS)
def rehearse_notice(wave_id: int) -> Any:
    visit, _ = _rehearsed(db_session(), wave_id)
    return show_page("responses/notice.html", visit, problems=(), **promises(visit))


@blueprint.get("/waves/<int:wave_id>/privacy")
@requires(Permission.MANAGE_CAMPAIGNS)
def privacy(wave_id: int) -> Any:
    wave = get_wave(db_session(), current_viewer(), wave_id)
    return _show_privacy(wave, PrivacyForm(mode=wave.campaign.mode.value, disclosure=wave.campaign.disclosure.value))


@blueprint.post("/waves/<int:wave_id>/privacy")
@requires(Permission.MANAGE_CAMPAIGNS)
def tighten(wave_id: int) -> Any:
    """Make the promise of the wave's campaign stricter: who reads the answers, and what the client receives."""
    session, viewer = db_session(), current_viewer()
    form = PrivacyForm()
    wave = get_wave(session, viewer, wave_id)
    if not save(
        form,
        lambda session: tighten_promise(
            session,
            wave.campaign,
            PrivacyMode(form.mode.data),
            Disclosure(form.disclosure.data),
            viewer.actor,
            now(),
        ),
    ):
        return _show_privacy(wave, form), status_of(form)
    flash(gettext("From now on people are promised what you chose."), "success")
    return redirect(url_for("answering.privacy", wave_id=wave_id))


def _show_privacy(wave: Wave, form: PrivacyForm) -> str:
    """Offer what is promised at present and what is stricter alone."""
    mode, disclosure = wave.campaign.mode.value, wave.campaign.disclosure.value
    form.mode.choices = [choice for choice in form.mode.choices if may_tighten(mode, choice.value)]
    form.disclosure.choices = [choice for choice in form.disclosure.choices if may_narrow(disclosure, choice.value)]
    return render_template("responses/privacy.html", wave=wave, form=form)


def _agency() -> Agency:
    agency = find_agency(db_session())
    if agency is None:
        raise NotFound(N_("There is no agency yet. Create it first."))
    return agency


@blueprint.get("/agency/form")
@requires(Permission.MANAGE_ACCOUNTS)
def look() -> Any:
    agency = _agency()
    return render_template("responses/look.html", form=LookForm(obj=agency), agency=agency)


@blueprint.post("/agency/form")
@requires(Permission.MANAGE_ACCOUNTS)
def change() -> Any:
    """Keep the agency's choices for its form, or say what is wrong with the logo."""
    form, agency = LookForm(), _agency()
    if not save(
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
        return render_template("responses/look.html", form=form, agency=_agency()), status_of(form)
    flash(gettext("The form has its new look."), "success")
    return redirect(url_for("answering.look"))
