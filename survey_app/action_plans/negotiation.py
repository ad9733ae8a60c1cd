"""Agree a plan with the client: propose it, hear the answer, amend its criterion by both."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.action_plans.content import canonical_plan, hash_content, part_keys
from survey_app.action_plans.editing import MAX_TEXT
from survey_app.action_plans.lifecycle import check_ready, move_all, seal_lines
from survey_app.action_plans.models import ActionPlan, CriterionAmendment, PlanLink, PlanProposal
from survey_app.action_plans.queries import find_judging_wave, last_closed_number, living_link
from survey_app.action_plans.reminding import tell_owners
from survey_app.action_plans.rules import OPEN_STATES, Criterion, check_criterion, check_move, seal_criteria
from survey_app.action_plans.service import criterion_of, give_link, note_change, note_deed, revoke_links, write_mail
from survey_app.action_plans.vocabulary import LinkPurpose, Outcome, PlanState
from survey_app.campaigns.models import WaveState
from survey_app.clients.models import AddressState, Contact
from survey_app.errors import N_, Invalid, Refusal
from survey_app.outbox.service import cancel
from survey_app.validation import clean_line, clean_text

PROPOSAL, RETURNED, AGREED = "plan_proposal", "plan_returned", "plan_agreed"
MAX_MESSAGE = 2000
AMENDMENT, AMENDED = "plan_amendment", "plan_amended"


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
    write_mail(session, PROPOSAL, proposal, link.email, link.language, now)
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
    write_mail(session, AGREED, proposal, link.email, link.language, now)
    write_mail(session, AGREED, proposal, proposal.agency_email, plan.client.language, now)
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
    write_mail(session, RETURNED, proposal, proposal.agency_email, plan.client.language, now)
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


def propose_amendment(
    session: Session, plan: ActionPlan, proposed: Criterion, reason: str, actor: str, now: datetime
) -> CriterionAmendment:
    """Ask the client to agree another criterion; until they do, the sealed one holds."""
    _check_amendable(session, plan)
    check_criterion(proposed, plan.threshold, last_closed_number(session, plan.judging_campaign_id))
    if proposed == criterion_of(plan):
        raise Invalid(
            N_("This is the criterion that is sealed already. Change something in it."), field="success_level"
        )
    written = clean_text(reason, MAX_TEXT)
    if not written:
        raise Invalid(N_("Say why the criterion should change: both parties read it."), field="reason")
    amendment = CriterionAmendment(
        number=len(plan.amendments) + 1,
        old_level=plan.success_level,
        old_wave_number=plan.judging_wave_number,
        old_min_respondents=plan.min_respondents,
        level=proposed.level,
        min_respondents=proposed.min_respondents,
        wave_number=proposed.wave_number,
        reason=written,
        proposed_by=actor,
        proposed_at=now,
        outcome=Outcome.OPEN,
    )
    plan.amendments.append(amendment)
    session.flush()
    note_deed(session, plan, "plan_amendment_proposed", actor, now, number=amendment.number)
    if plan.is_internal:
        answer_amendment(session, amendment, is_agreed=True, name=actor, now=now)
    else:
        _ask_signatory(session, amendment, now)
    return amendment


def _check_amendable(session: Session, plan: ActionPlan) -> None:
    if plan.seal is None or plan.state not in OPEN_STATES:
        raise Refusal(N_("Only a sealed criterion is amended: before the seal, change it directly."))
    if find_open(plan) is not None:
        raise Refusal(N_("An amendment already waits for the client's answer."))
    wave = find_judging_wave(session, plan)
    if wave is not None and wave.state is not WaveState.DRAFT:
        raise Refusal(N_("The wave that judges is already open: its criterion does not change any more."))


def find_open(plan: ActionPlan) -> CriterionAmendment | None:
    return next((amendment for amendment in plan.amendments if amendment.outcome is Outcome.OPEN), None)


def signatory_link(session: Session, plan: ActionPlan) -> PlanLink | None:
    """Return the living link of whoever co-signed the plan."""
    leader = plan.leader or plan
    signed = next((p for p in reversed(leader.proposals) if p.outcome is Outcome.AGREED), None)
    return living_link(session, leader.id, LinkPurpose.SIGN, signed.link.email) if signed else None


def _ask_signatory(session: Session, amendment: CriterionAmendment, now: datetime) -> None:
    link = signatory_link(session, amendment.plan)
    if link is None:
        raise Refusal(N_("Nobody at the client has co-signed this plan: there is nobody to agree with."))
    write_mail(session, AMENDMENT, amendment, link.email, link.language, now)


def answer_amendment(
    session: Session, amendment: CriterionAmendment, *, is_agreed: bool, name: str, now: datetime
) -> CriterionAmendment:
    """Put the amended criterion in force with a new seal, or leave the sealed one as it is."""
    plan = amendment.plan
    if amendment.outcome is not Outcome.OPEN:
        raise Refusal(N_("This amendment already has its answer."))
    signed = _signature(name)
    amendment.answered_by, amendment.ended_at = signed, now
    amendment.outcome = Outcome.AGREED if is_agreed else Outcome.RETURNED
    if is_agreed:
        plan.success_level, plan.min_respondents = amendment.level, amendment.min_respondents
        plan.judging_wave_number = amendment.wave_number
        plan.seal = seal_criteria([criterion_of(plan)])
        note_change(plan, signed, now)
    note_deed(session, plan, "plan_amendment_answered", signed, now, is_agreed=is_agreed)
    session.flush()
    _tell_agency(session, amendment, now)
    return amendment


def _tell_agency(session: Session, amendment: CriterionAmendment, now: datetime) -> None:
    leader = amendment.plan.leader or amendment.plan
    recipients = {p.agency_email for p in leader.proposals if p.outcome is Outcome.AGREED and p.agency_email}
    for recipient in recipients:
        write_mail(session, AMENDED, amendment, recipient, leader.client.language, now)
