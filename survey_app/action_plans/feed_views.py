"""The calendar feeds: a person's own over all their clients, and that of an owner behind their link."""

from flask import Response, flash, redirect, url_for
from flask_babel import force_locale
from flask_babel import gettext as _

from survey_app.accounts.access import Permission, public, requires
from survey_app.accounts.session import current_viewer, view_user
from survey_app.action_plans.calendar import Event, write_calendar
from survey_app.action_plans.feeds import action_events, find_calendar_owner, give_calendar, open_plans_of, plan_events
from survey_app.action_plans.linking import find_link
from survey_app.action_plans.public_views import blueprint as public_blueprint
from survey_app.action_plans.public_views import unknown
from survey_app.action_plans.views import Page, blueprint, token_key
from survey_app.action_plans.vocabulary import LinkPurpose
from survey_app.db import transaction
from survey_app.web import db_session, now, settings


def _domain() -> str:
    return settings().mail_sender.rpartition("@")[2]


def _calendar(name: str, events: list[Event]) -> Response:
    text = write_calendar(name, events, now())
    return Response(text, mimetype="text/calendar", headers={"Content-Disposition": 'inline; filename="plans.ics"'})


@blueprint.post("/plans/calendar")
@requires(Permission.SEE_RESULTS)
def renew_calendar() -> Page:
    """Give the signed-in person a new calendar address."""
    with transaction(db_session()) as session:
        give_calendar(session, current_viewer().user_id, token_key(), now())
    flash(_("Your calendar address is ready. The one before, if any, opens nothing any more."), "success")
    return redirect(url_for("action_plans.year"))


@public_blueprint.get("/p/calendar/<token>.ics")
@public
def staff_calendar(token: str) -> Page | Response:
    session = db_session()
    user = find_calendar_owner(session, token)
    if user is None:
        return unknown()
    with force_locale(user.language):
        plans = open_plans_of(session, view_user(user).client_ids)
        events = plan_events(plans, _domain(), settings().public_base_url, user.language)
        return _calendar(_("Improvement plans"), events)


@public_blueprint.get("/p/<token>/calendar.ics")
@public
def owner_calendar(token: str) -> Page | Response:
    link = find_link(db_session(), token)
    if link is None or link.purpose is not LinkPurpose.ACT:
        return unknown()
    with force_locale(link.language):
        own = [action for action in link.plan.actions if action.owner_email == link.email]
        return _calendar(link.plan.client.name, action_events(own, _domain(), link.language))
