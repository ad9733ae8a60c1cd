"""Compose the mails about plans when they leave: links are derived here and stored nowhere."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.accounts.models import User
from survey_app.action_plans.feedback_mails import TOLD, FeedbackComposer
from survey_app.action_plans.letters import PlanLetter, render_letter, why_for
from survey_app.action_plans.links import living_link, plan_link, token_of
from survey_app.action_plans.models import ActionPlan, CriterionAmendment, PlanAction, PlanLink, PlanProposal
from survey_app.action_plans.negotiation import AGREED, AMENDED, AMENDMENT, PROPOSAL, RETURNED, signatory_link
from survey_app.action_plans.queries import line_label
from survey_app.action_plans.reminding import DUE, ESCALATION
from survey_app.action_plans.rules import WORKING_STATES, plain
from survey_app.action_plans.telling import ASSIGNED
from survey_app.action_plans.vocabulary import LinkPurpose, Outcome
from survey_app.clients.mails import words_for
from survey_app.clients.models import Civility
from survey_app.clients.queries import find_contact
from survey_app.formats import format_day
from survey_app.mails import ComposedEmail, Withheld, WithheldReason
from survey_app.outbox.delivery import Composers
from survey_app.outbox.models import OutgoingEmail
from survey_app.settings import Settings

CANCELLED = Withheld(WithheldReason.CANCELLED)


@dataclass(frozen=True)
class Desk:
    """What every letter of this room needs: where links start, and what derives them."""

    session: Session
    token_key: bytes
    base_url: str
    language: str

    def personal(self, link: PlanLink) -> str:
        return plan_link(self.base_url, token_of(link, self.token_key))

    def page(self, plan: ActionPlan) -> str:
        """Return the page of the plan for those who sign in."""
        return f"{self.base_url.rstrip('/')}/plans/{plan.id}"

    def civility(self, plan: ActionPlan, email: str) -> Civility:
        """Return how a contact of the client is greeted; a colleague is greeted by name."""
        contact = find_contact(self.session, plan.client, email)
        return contact.civility if contact else Civility.NEUTRAL

    def subject_of(self, plan: ActionPlan) -> dict[str, str]:
        client = plan.client
        return {"agency": client.agency.name, "client": client.name, "line": line_label(plan, self.language)}


Written = tuple[ActionPlan, PlanLetter] | Withheld


def _proposal(desk: Desk, mail: OutgoingEmail) -> Written:
    proposal = desk.session.get(PlanProposal, mail.subject_id or 0)
    if proposal is None or proposal.outcome is not Outcome.OPEN or proposal.link.revoked_at is not None:
        return CANCELLED
    plan, names = proposal.plan, desk.subject_of(proposal.plan)
    values = {**names, "name": proposal.link.name}
    words = words_for(desk.session, plan.client.agency_id, PROPOSAL, desk.language, values)
    sentences = [*words.paragraphs(), *([proposal.message] if proposal.message else [])]
    return plan, PlanLetter(
        words.subject,
        proposal.link.name,
        sentences,
        gettext("Read the plan"),
        desk.personal(proposal.link),
        why_for(plan),
    )


def _returned(desk: Desk, mail: OutgoingEmail) -> Written:
    proposal = desk.session.get(PlanProposal, mail.subject_id or 0)
    if proposal is None:
        return CANCELLED
    plan, names = proposal.plan, desk.subject_of(proposal.plan)
    sentence = gettext("%(who)s asks for changes in the plan for “%(line)s”.", who=proposal.signed_name, **names)
    points = [*proposal.remarks.values(), *([proposal.comment] if proposal.comment else [])]
    return plan, PlanLetter(
        gettext("%(client)s asks for changes: %(line)s", **names),
        "",
        [sentence],
        gettext("Open the plan"),
        desk.page(plan),
        why_for(plan),
        points,
    )


def _agreed(desk: Desk, mail: OutgoingEmail) -> Written:
    proposal = desk.session.get(PlanProposal, mail.subject_id or 0)
    if proposal is None:
        return CANCELLED
    plan, names = proposal.plan, desk.subject_of(proposal.plan)
    is_client = mail.recipient == proposal.link.email
    sentences = [
        gettext("%(agency)s and %(client)s agree on the plan for “%(line)s”. What will prove it is sealed.", **names),
        gettext("Its fingerprint (SHA-256): %(hash)s", hash=proposal.content_hash),
    ]
    return plan, PlanLetter(
        gettext("Agreed by both: the plan for %(line)s", **names),
        proposal.link.name if is_client else "",
        sentences,
        gettext("Open the plan"),
        desk.personal(proposal.link) if is_client else desk.page(plan),
        why_for(plan),
    )


def _assigned(desk: Desk, mail: OutgoingEmail) -> Written:
    link = desk.session.get(PlanLink, mail.subject_id or 0)
    if link is None or link.revoked_at is not None or link.plan.state not in WORKING_STATES:
        return CANCELLED
    plan, names = link.plan, desk.subject_of(link.plan)
    own = [action for action in plan.actions if action.owner_email == link.email and action.ended_on is None]
    if not own:
        return CANCELLED
    sentence = gettext("You own part of the plan that brings “%(line)s” back to its level for %(client)s:", **names)
    return plan, PlanLetter(
        gettext("What is yours in the plan for %(line)s", **names),
        link.name,
        [sentence],
        gettext("Report on my actions"),
        desk.personal(link),
        why_for(plan),
        [_due(desk, action) for action in own],
    )


def _due(desk: Desk, action: PlanAction) -> str:
    day = format_day(action.due_on, desk.language, with_weekday=True)
    return str(gettext("%(action)s, due on %(day)s", action=action.title, day=day))


def _find_open_action(desk: Desk, mail: OutgoingEmail) -> PlanAction | None:
    action = desk.session.get(PlanAction, mail.subject_id or 0)
    if action is None or action.ended_on is not None or action.plan.state not in WORKING_STATES:
        return None
    return action


def _reminder(desk: Desk, mail: OutgoingEmail) -> Written:
    action = _find_open_action(desk, mail)
    if action is None or action.owner_email != mail.recipient:
        return CANCELLED
    plan, names = action.plan, desk.subject_of(action.plan)
    link = living_link(desk.session, plan.id, LinkPurpose.ACT, action.owner_email)
    sentence = gettext("This action of the plan for “%(line)s” waits for your report:", **names)
    return plan, PlanLetter(
        gettext("To report: %(action)s", action=action.title),
        action.owner,
        [sentence],
        gettext("Report on my actions"),
        desk.personal(link) if link else desk.page(plan),
        why_for(plan),
        [_due(desk, action)],
    )


def _escalation(desk: Desk, mail: OutgoingEmail) -> Written:
    action = _find_open_action(desk, mail)
    if action is None:
        return CANCELLED
    plan, names = action.plan, desk.subject_of(action.plan)
    lead = desk.session.scalar(select(User).where(User.email == mail.recipient))
    sentence = gettext(
        "%(owner)s has not reported this action of the plan for “%(line)s” (%(client)s), or cannot be reached:",
        owner=action.owner,
        **names,
    )
    return plan, PlanLetter(
        gettext("Late or without an owner: %(action)s", action=action.title),
        lead.name if lead else "",
        [sentence],
        gettext("Open the plan"),
        desk.page(plan),
        why_for(plan),
        [_due(desk, action)],
    )


def _amendment(desk: Desk, mail: OutgoingEmail) -> Written:
    amendment = desk.session.get(CriterionAmendment, mail.subject_id or 0)
    link = signatory_link(desk.session, amendment.plan) if amendment else None
    if amendment is None or link is None or amendment.outcome is not Outcome.OPEN:
        return CANCELLED
    plan, names = amendment.plan, desk.subject_of(amendment.plan)
    sentences = [
        gettext("%(agency)s asks you to agree to another success criterion for “%(line)s”.", **names),
        amendment.reason,
        gettext("Until you agree, the criterion that you sealed together holds."),
    ]
    return plan, PlanLetter(
        gettext("A change to agree: what proves %(line)s", **names),
        link.name,
        sentences,
        gettext("Read the change"),
        desk.personal(link),
        why_for(plan),
    )


def _amended(desk: Desk, mail: OutgoingEmail) -> Written:
    amendment = desk.session.get(CriterionAmendment, mail.subject_id or 0)
    if amendment is None:
        return CANCELLED
    plan, names = amendment.plan, desk.subject_of(amendment.plan)
    is_agreed = amendment.outcome is Outcome.AGREED
    told = {"who": amendment.answered_by, "level": plain(amendment.level), **names}
    sentence = (
        gettext("%(who)s agrees: “%(line)s” now has to reach %(level)s out of 10.", **told)
        if is_agreed
        else gettext("%(who)s keeps what was sealed for “%(line)s”.", **told)
    )
    return plan, PlanLetter(
        gettext("The answer to your amendment: %(line)s", **names),
        "",
        [sentence],
        gettext("Open the plan"),
        desk.page(plan),
        why_for(plan),
    )


WRITERS: dict[str, Callable[[Desk, OutgoingEmail], Written]] = {
    PROPOSAL: _proposal,
    RETURNED: _returned,
    AGREED: _agreed,
    ASSIGNED: _assigned,
    DUE: _reminder,
    ESCALATION: _escalation,
    AMENDMENT: _amendment,
    AMENDED: _amended,
}


@dataclass(frozen=True)
class PlanComposer:
    """Write the mail about a plan that an outgoing mail stands for."""

    token_key: bytes
    base_url: str

    def __call__(self, session: Session, mail: OutgoingEmail, now: datetime) -> ComposedEmail | Withheld:
        desk = Desk(session, self.token_key, self.base_url, mail.language)
        written = WRITERS[mail.kind](desk, mail)
        if isinstance(written, Withheld):
            return written
        plan, letter = written
        letter = replace(letter, civility=desk.civility(plan, mail.recipient))
        return render_letter(mail.kind, letter, plan.client.agency, mail.language)


def plan_composers(settings: Settings) -> Composers:
    """Return the composers of this room by kind, for the worker."""
    token_key, base_url = settings.token_key.get_secret_value().encode(), settings.public_base_url
    return {**dict.fromkeys(WRITERS, PlanComposer(token_key, base_url)), TOLD: FeedbackComposer(token_key, base_url)}
