"""Work on the plans between two waves: written, co-signed by the client at the mailed link, carried out."""

from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.accounts.models import User
from survey_app.action_plans.editing import ActionText, PlanText, add_action, change_plan
from survey_app.action_plans.lifecycle import finish_plan, start_plan
from survey_app.action_plans.models import ActionPlan
from survey_app.action_plans.owners import Owner
from survey_app.action_plans.proposing import Proposer, propose_plan
from survey_app.action_plans.reporting import report_action
from survey_app.action_plans.vocabulary import ActionState, CauseKind, PlanState
from survey_app.agreements.vocabulary import Obligor
from survey_app.campaigns.models import Wave
from survey_app.clients.models import Contact
from survey_app.clock import local_day
from survey_app.demo.cast import LEAD_EMAIL, LEAD_NAME, PLAN_TEXTS, SECOND_EMAIL, SECOND_NAME
from survey_app.demo.forms import fetch

LEAD = f"{LEAD_NAME} <{LEAD_EMAIL}>"
WORK_TIME = timedelta(days=50)


def plans_of(session: Session, campaign_id: int) -> list[ActionPlan]:
    """Return the campaign's plans in the order in which their lines were measured."""
    return list(
        session.scalars(
            select(ActionPlan)
            .join(Wave, ActionPlan.wave_id == Wave.id)
            .where(Wave.campaign_id == campaign_id)
            .order_by(ActionPlan.id)
        )
    )


def propose_plans(session: Session, campaign_id: int, token_key: bytes, now: datetime) -> None:
    """Write what went wrong and what will be done, and put each plan to the signatory."""
    for plan in plans_of(session, campaign_id):
        wrong, cause, action = PLAN_TEXTS.get(plan.indicator_key, PLAN_TEXTS[""])
        change_plan(
            session,
            plan,
            PlanText(nonconformity=wrong, cause=cause, cause_kind=CauseKind.METHOD),
            plan.version,
            LEAD,
            now,
        )
        is_clients = plan.party is Obligor.CLIENT
        owner = _signatory(session, plan) if is_clients else _owner(session)
        due_on = local_day(now + WORK_TIME, plan.client.time_zone)
        add_action(session, plan, ActionText(action, plan.party, owner, due_on), LEAD, now)
        contact = session.get_one(Contact, _signatory(session, plan).contact_id)
        propose_plan(session, plan, contact, "", Proposer(LEAD, LEAD_EMAIL), token_key, now)


def cosign(link: str, name: str) -> None:
    """Co-sign a plan on its page, as the signatory does."""
    page = fetch(link)
    form = next(form for form in page.forms if ("intent", "sign") in form.buttons)
    answer = fetch(link, {**form.values, "signed_name": name, "intent": "sign"})
    if answer.status != 200:
        raise RuntimeError(f"the plan answered {answer.status}")


def carry_out(session: Session, campaign_id: int, now: datetime) -> None:
    """Do what was agreed, with its proof."""
    for plan in plans_of(session, campaign_id):
        if plan.state is not PlanState.AGREED:
            continue
        start_plan(session, plan, LEAD, now)
        for action in plan.actions:
            proof = f"Compte rendu du comité de suivi du {local_day(now, plan.client.time_zone):%d/%m/%Y}."
            report_action(session, action, ActionState.DONE, proof, action.version, LEAD, now)
        finish_plan(session, plan, LEAD, now)


def work_days(first: date) -> tuple[date, date, date]:
    """Return the days of the proposal, of the signature and of the end of the work, after a wave that began then."""
    return first + timedelta(days=20), first + timedelta(days=23), first + timedelta(days=66)


def _owner(session: Session) -> Owner:
    user = session.scalars(select(User).where(User.email == SECOND_EMAIL)).one()
    return Owner(name=SECOND_NAME, email=SECOND_EMAIL, user_id=user.id)


def _signatory(session: Session, plan: ActionPlan) -> Owner:
    contact = session.scalars(select(Contact).where(Contact.client_id == plan.client_id, Contact.is_signatory)).one()
    return Owner(name=contact.name, email=contact.email, contact_id=contact.id)
