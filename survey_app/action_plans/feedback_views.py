"""Write, send and show « Vous avez dit, nous faisons »."""

from collections.abc import Sequence

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from sqlalchemy.orm import Session

from survey_app.accounts.access import Permission, public, requires
from survey_app.accounts.session import current_viewer
from survey_app.action_plans.feedback import (
    find_feedback,
    find_letter,
    respondents,
    save_letter,
    send_letter,
    tellable_plans,
)
from survey_app.action_plans.forms import FeedbackForm, read_points, read_text
from survey_app.action_plans.models import ActionPlan, FeedbackLetter, Point
from survey_app.action_plans.public_views import public_blueprint, unknown
from survey_app.action_plans.views import Page, blueprint, show_page, token_key
from survey_app.campaigns.models import Wave
from survey_app.campaigns.queries import get_wave
from survey_app.formats import format_day
from survey_app.forms import save, status_of
from survey_app.i18n import LANGUAGES, current_language
from survey_app.web import db_session, now


@blueprint.get("/waves/<int:wave_id>/feedback")
@requires(Permission.MANAGE_PLANS)
def feedback(wave_id: int) -> Page:
    """Write the page, drafted from the plans that the wave opened."""
    wave = get_wave(db_session(), current_viewer(), wave_id)
    letter = find_letter(db_session(), wave)
    form = FeedbackForm(obj=letter)
    return _show(wave, form, letter, _points(letter, tellable_plans(db_session(), wave)))


def _points(letter: FeedbackLetter | None, plans: Sequence[ActionPlan]) -> list[Point]:
    known = {point["plan_id"]: point for point in letter.points} if letter else {}
    return [known.get(plan.id) or _draft_point(plan) for plan in plans]


def _draft_point(plan: ActionPlan) -> Point:
    actions = [f"{a.title} ({format_day(a.due_on, plan.client.language)})" for a in plan.actions]
    return {"plan_id": plan.id, "said": plan.nonconformity, "doing": "\n".join(actions)}


def _show(
    wave: Wave,
    form: FeedbackForm,
    letter: FeedbackLetter | None,
    points: list[Point],
    theirs: FeedbackLetter | None = None,
) -> str:
    session = db_session()
    return show_page(
        "action_plans/feedback.html",
        wave=wave,
        client=wave.campaign.client,
        form=form,
        letter=letter,
        points=points,
        theirs=theirs,
        plans_by_id={plan.id: plan for plan in tellable_plans(session, wave)},
        n_people=len(respondents(session, wave)),
    )


@blueprint.post("/waves/<int:wave_id>/feedback")
@requires(Permission.MANAGE_PLANS)
def save_feedback(wave_id: int) -> Page:
    """Save the page, and send it where that button was used."""
    session, viewer = db_session(), current_viewer()
    wave, form = get_wave(session, viewer, wave_id), FeedbackForm()
    points = read_points(request.form, [plan.id for plan in tellable_plans(session, wave)])
    n_told: list[int] = []

    def write(session: Session) -> None:
        save_letter(session, wave, read_text(form, points), form.seen_version, viewer.actor, now())
        if request.form.get("intent") == "send":
            n_told.append(send_letter(session, wave, token_key(), viewer.actor, now()))

    if not save(form, write):
        letter = find_letter(session, wave)
        is_overtaken = letter is not None and letter.version != form.seen_version
        form.version.data = str(letter.version if letter else 0)
        return _show(wave, form, letter, points, letter if is_overtaken else None), status_of(form)
    flash(_saved(n_told[0] if n_told else None), "success")
    return redirect(url_for("action_plans.feedback", wave_id=wave_id))


def _saved(n_told: int | None) -> str:
    if n_told is None:
        return str(gettext("Saved."))
    return str(ngettext("On its way to %(num)s person.", "On its way to %(num)s people.", n_told))


@public_blueprint.get("/p/feedback/<token>")
@public
def read_feedback(token: str) -> Page:
    """Show the page to whoever holds its link; it is the same for everybody."""
    letter = find_feedback(db_session(), token)
    if letter is None:
        return unknown()
    asked, client = request.args.get("lang"), letter.wave.campaign.client
    g.language = asked if asked in LANGUAGES else current_language()
    return render_template(
        "action_plans/read_feedback.html",
        letter=letter,
        token=token,
        wave=letter.wave,
        agency=client.agency,
        points=[point for point in letter.points if point["said"] or point["doing"]],
    )
