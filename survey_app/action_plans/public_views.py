"""The pages behind a personal link: the signatory co-signs or amends, an owner reports; reading changes nothing."""

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from survey_app.accounts.access import Permission, public, requires
from survey_app.accounts.session import current_viewer, view_user
from survey_app.action_plans.calendar import (
    Event,
    action_events,
    find_calendar_owner,
    give_calendar,
    open_plans_of,
    plan_events,
    write_calendar,
)
from survey_app.action_plans.content import part_keys
from survey_app.action_plans.figures import draw_gantt
from survey_app.action_plans.forms import read_version
from survey_app.action_plans.lifecycle import report_action
from survey_app.action_plans.models import ActionPlan, CriterionAmendment, FeedbackLetter, PlanLink
from survey_app.action_plans.negotiation import (
    answer_amendment,
    find_open,
    lock_plan,
    open_proposal,
    return_plan,
    sign_plan,
)
from survey_app.action_plans.queries import find_link, get_action
from survey_app.action_plans.views import Page, blueprint, show_page
from survey_app.action_plans.vocabulary import ActionState, LinkPurpose
from survey_app.db import transaction
from survey_app.errors import N_, Refusal
from survey_app.forms import attempt
from survey_app.i18n import LANGUAGES, current_language
from survey_app.tokens import find_by_token
from survey_app.web import db_session, explain, now, settings, today, token_key

public_blueprint = Blueprint("plan_links", __name__)


def _open(token: str, purpose: LinkPurpose | None = None) -> PlanLink | None:
    link = find_link(db_session(), token)
    if link is None or (purpose is not None and link.purpose is not purpose):
        return None
    asked = request.values.get("lang")
    g.language = asked if asked in LANGUAGES else link.language
    return link


def unknown() -> Page:
    """Answer an unknown, a revoked and an erased link alike."""
    return render_template("action_plans/unknown_link.html"), 404


@public_blueprint.get("/p/<token>")
@public
def show(token: str) -> Page:
    link = _open(token)
    return unknown() if link is None else _show(link, token)


def _show(link: PlanLink, token: str, status: int = 200, **context: object) -> Page:
    plan = link.plan
    template = "action_plans/sign.html" if link.purpose is LinkPurpose.SIGN else "action_plans/act.html"
    page = show_page(
        template,
        link=link,
        token=token,
        plan=plan,
        client=plan.client,
        agency=plan.client.agency,
        proposal=open_proposal(plan),
        amendments=_open_amendments(plan),
        typed=context.pop("typed", {}),
        gantt=draw_gantt(plan, today(plan.client.time_zone), current_language()),
        own=_own_actions(link),
        **context,
    )
    return page, status


def _open_amendments(plan: ActionPlan) -> list[CriterionAmendment]:
    found = [find_open(line) for line in plan.lines]
    return [amendment for amendment in found if amendment is not None]


def _own_actions(link: PlanLink) -> list[int]:
    return [action.id for action in link.plan.actions if action.owner_email == link.email]


@public_blueprint.post("/p/<token>")
@public
def answer(token: str) -> Page:
    """Co-sign the plan, or send it back with what the client would change; what was typed is never lost."""
    link = _open(token, LinkPurpose.SIGN)
    if link is None:
        return unknown()
    typed = request.form.to_dict()
    remarks = {key: typed.get(f"change.{key}", "") for key in part_keys(link.plan)}
    name, comment = typed.get("signed_name", ""), typed.get("comment", "")

    def take(session: Session) -> None:
        if typed.get("intent") == "sign":
            _refuse_both(remarks, comment)
            sign_plan(session, link, name, token_key(), now())
        else:
            return_plan(session, link, remarks, comment, name, now())

    refusal = attempt(take)
    return _again(link, token, refusal, typed) if refusal else redirect(url_for("plan_links.show", token=token))


def _again(link: PlanLink, token: str, refusal: Refusal, typed: dict[str, str]) -> Page:
    problem = explain(refusal)
    return _show(link, token, refusal.status, typed=typed, problem=problem, problem_field=refusal.field)


def _refuse_both(remarks: dict[str, str], comment: str) -> None:
    if comment.strip() or any(text.strip() for text in remarks.values()):
        raise Refusal(N_("You wrote changes. Send them to the agency, or clear them to co-sign the plan as it is."))


@public_blueprint.post("/p/<token>/amendments/<int:number>")
@public
def answer_change(token: str, number: int) -> Page:
    """Agree or refuse another criterion than the sealed one."""
    link, typed = _open(token, LinkPurpose.SIGN), request.form.to_dict()
    if link is None:
        return unknown()

    def take(session: Session) -> None:
        lock_plan(session, link.plan_id)
        amendment = next((a for a in _open_amendments(link.plan) if a.id == number), None)
        if amendment is None:
            raise Refusal(N_("This amendment already has its answer."))
        is_agreed, name = typed.get("intent") == "agree", typed.get("signed_name", "")
        answer_amendment(session, amendment, is_agreed=is_agreed, name=name, now=now())

    refusal = attempt(take)
    return _again(link, token, refusal, typed) if refusal else redirect(url_for("plan_links.show", token=token))


@public_blueprint.post("/p/<token>/actions/<int:action_id>")
@public
def report(token: str, action_id: int) -> Page:
    """Take the owner's word on one of their actions."""
    link, typed = _open(token, LinkPurpose.ACT), request.form.to_dict()
    if link is None or action_id not in _own_actions(link):
        return unknown()

    def take(session: Session) -> None:
        action = get_action(lock_plan(session, link.plan_id), action_id)
        state = _read_state(typed.get("state", ""))
        version, actor = read_version(typed.get("version", "")), f"{link.name} <{link.email}>"
        report_action(session, action, state, typed.get("evidence", ""), version, actor[:200], now())

    refusal = attempt(take)
    if refusal is not None:
        return _show(link, token, refusal.status, typed=typed, problem=explain(refusal), problem_at=action_id)
    return redirect(url_for("plan_links.show", token=token, saved=action_id))


def _read_state(text: str) -> ActionState:
    if text not in set(ActionState):
        raise Refusal(N_("Choose where the action stands."))
    return ActionState(text)


@public_blueprint.get("/p/feedback/<token>")
@public
def read_feedback(token: str) -> Page:
    """Show the page to whoever holds its link; it is the same for everybody."""
    letter = find_by_token(db_session(), FeedbackLetter, token)
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
