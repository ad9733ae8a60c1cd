"""Put a plan to the client's signatory, who co-signs it or says part by part what they would change."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.action_plans.content import canonical_plan, hash_content, part_keys
from survey_app.action_plans.editing import MAX_TEXT
from survey_app.action_plans.lifecycle import check_ready, move_all, seal_lines
from survey_app.action_plans.linking import give_link, revoke_links
from survey_app.action_plans.models import ActionPlan, PlanLink, PlanProposal
from survey_app.action_plans.rules import check_move
from survey_app.action_plans.telling import tell_owners
from survey_app.action_plans.vocabulary import LinkPurpose, Outcome, PlanState
from survey_app.clients.models import AddressState, Contact
from survey_app.errors import N_, Invalid, Refusal
from survey_app.outbox.service import cancel, enqueue
from survey_app.validation import clean_line, clean_text

PROPOSAL, RETURNED, AGREED = "plan_proposal", "plan_returned", "plan_agreed"
MAX_MESSAGE = 2000


@dataclass(frozen=True)
class Proposer:
    """Who proposes for the agency, and the address that hears the answer."""

    actor: str
    email: str


def propose_plan(
    session: Session,
    plan: ActionPlan,
    contact: Contact,
    message: str,
    proposer: Proposer,
    token_key: bytes,
    now: datetime,
) -> PlanProposal:
    """Send the plan to the signatory; until they answer, or the agency takes it back, nothing in it changes."""
    if plan.is_internal:
        raise Refusal(N_("This line is internal: the client never sees it. Agree the plan within the agency."))
    check_move(plan.state, PlanState.PROPOSED)
    check_ready(plan)
    _check_signatory(plan, contact)
    link = _signatory_link(session, plan, contact, token_key, now)
    content = canonical_plan(plan)
    proposal = PlanProposal(
        number=len(plan.proposals) + 1,
        link=link,
        proposed_by=proposer.actor,
        agency_email=proposer.email,
        message=clean_text(message, MAX_MESSAGE),
        content=content,
        content_hash=hash_content(content),
        proposed_at=now,
        outcome=Outcome.OPEN,
        remarks={},
    )
    plan.proposals.append(proposal)
    move_all(session, plan, PlanState.PROPOSED, proposer.actor, now)
    _mail(session, proposal, PROPOSAL, link.email, link.language, now)
    return proposal


def _check_signatory(plan: ActionPlan, contact: Contact) -> None:
    is_reachable = contact.is_active and contact.address_state is not AddressState.DEAD
    if contact.client_id != plan.client_id or not is_reachable:
        raise Invalid(N_("This person cannot be written to. Choose another contact of the client."), field="contact")


def _signatory_link(session: Session, plan: ActionPlan, contact: Contact, token_key: bytes, now: datetime) -> PlanLink:
    if plan.proposals and plan.proposals[-1].link.email != contact.email:
        revoke_links(session, plan, LinkPurpose.SIGN, now)
    return give_link(session, plan, LinkPurpose.SIGN, contact.name, contact.email, contact.language, token_key, now)


def agree_internally(session: Session, plan: ActionPlan, token_key: bytes, actor: str, now: datetime) -> None:
    """Agree a plan on an internal line: the client never sees such a line, so the agency alone commits itself."""
    if not plan.is_internal:
        raise Refusal(N_("The client co-signs this plan: propose it to them."))
    check_move(plan.state, PlanState.AGREED)
    check_ready(plan)
    _agree(session, plan, token_key, actor, now)


def _agree(session: Session, plan: ActionPlan, token_key: bytes, actor: str, now: datetime) -> None:
    seal_lines(plan, now)
    move_all(session, plan, PlanState.AGREED, actor, now)
    tell_owners(session, plan, token_key, now)


def open_proposal(plan: ActionPlan) -> PlanProposal | None:
    return next((proposal for proposal in plan.proposals if proposal.outcome is Outcome.OPEN), None)


def take_back(session: Session, plan: ActionPlan, actor: str, now: datetime) -> None:
    """Take a proposal back to work on it again; the client's link then says so."""
    proposal = open_proposal(plan)
    if proposal is None:
        raise Refusal(N_("This plan is not with the client: there is nothing to take back."))
    _end(proposal, Outcome.WITHDRAWN, now)
    cancel(session, subject_id=proposal.id, kinds=[PROPOSAL])
    move_all(session, plan, PlanState.DRAFTED, actor, now)


def lock_plan(session: Session, plan_id: int) -> ActionPlan:
    """Take the plan for this transaction, so that two answers at once meet here and the second is told."""
    return session.scalars(
        select(ActionPlan).where(ActionPlan.id == plan_id).with_for_update().execution_options(populate_existing=True)
    ).one()


def _waiting(plan: ActionPlan) -> PlanProposal:
    proposal = open_proposal(plan)
    if proposal is None:
        raise Refusal(N_("Nothing in this plan waits for your answer any more. This page shows where it stands."))
    return proposal


def sign_plan(session: Session, link: PlanLink, signed_name: str, token_key: bytes, now: datetime) -> PlanProposal:
    """Co-sign the plan as it was proposed: its criterion is sealed, and its owners are told."""
    plan = lock_plan(session, link.plan_id)
    proposal = _waiting(plan)
    proposal.signed_name = _signature(signed_name)
    if hash_content(canonical_plan(plan)) != proposal.content_hash:
        raise Refusal(N_("This plan is no longer the one that was proposed to you. Ask the agency to send it again."))
    _end(proposal, Outcome.AGREED, now)
    _agree(session, plan, token_key, _actor(proposal), now)
    _mail(session, proposal, AGREED, link.email, link.language, now)
    _mail(session, proposal, AGREED, proposal.agency_email, plan.client.language, now)
    return proposal


def return_plan(
    session: Session, link: PlanLink, remarks: Mapping[str, str], comment: str, signed_name: str, now: datetime
) -> PlanProposal:
    """Send the plan back with what the client would change, part by part; the agency proposes it again."""
    plan = lock_plan(session, link.plan_id)
    proposal = _waiting(plan)
    written = {key: clean_text(remarks.get(key, ""), MAX_TEXT) for key in part_keys(plan)}
    proposal.remarks = {key: text for key, text in written.items() if text}
    proposal.comment = clean_text(comment, MAX_TEXT)
    if not proposal.remarks and not proposal.comment:
        raise Invalid(N_("Write what you would change, beside the part that it is about."), field="comment")
    proposal.signed_name = _signature(signed_name)
    _end(proposal, Outcome.RETURNED, now)
    move_all(session, plan, PlanState.DRAFTED, _actor(proposal), now)
    _mail(session, proposal, RETURNED, proposal.agency_email, plan.client.language, now)
    return proposal


def _signature(name: str) -> str:
    signed = clean_line(name, 200)
    if not signed:
        raise Invalid(N_("Write your name: the answer is given by a person."), field="signed_name")
    return signed


def _actor(proposal: PlanProposal) -> str:
    return f"{proposal.signed_name} <{proposal.link.email}>"[:200]


def _end(proposal: PlanProposal, outcome: Outcome, now: datetime) -> None:
    proposal.outcome, proposal.ended_at = outcome, now


def _mail(session: Session, proposal: PlanProposal, kind: str, recipient: str, language: str, now: datetime) -> None:
    session.flush()
    enqueue(
        session,
        kind=kind,
        recipient=recipient,
        language=language,
        subject_id=proposal.id,
        deduplication_key=f"{kind}:{proposal.id}:{recipient}"[:200],
        client_id=proposal.plan.client_id,
        now=now,
    )
