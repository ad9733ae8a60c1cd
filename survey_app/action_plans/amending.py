"""Change a sealed criterion the only way there is: proposed by one party, agreed by the other, visible for ever."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from survey_app.action_plans.editing import MAX_TEXT
from survey_app.action_plans.history import note_change, note_deed
from survey_app.action_plans.linking import living_link
from survey_app.action_plans.models import ActionPlan, CriterionAmendment, PlanLink
from survey_app.action_plans.queries import find_judging_wave, last_closed_number
from survey_app.action_plans.rules import OPEN_STATES, Criterion, check_criterion, seal_criteria
from survey_app.action_plans.service import criterion_of
from survey_app.action_plans.vocabulary import LinkPurpose, Outcome
from survey_app.campaigns.models import WaveState
from survey_app.errors import N_, Invalid, Refusal
from survey_app.outbox.service import enqueue
from survey_app.validation import clean_line, clean_text

AMENDMENT, AMENDED = "plan_amendment", "plan_amended"


def propose_amendment(
    session: Session,
    plan: ActionPlan,
    level: Decimal,
    min_respondents: int,
    wave_number: int,
    reason: str,
    actor: str,
    now: datetime,
) -> CriterionAmendment:
    """Ask the client to agree another criterion; until they do, the sealed one holds."""
    _check_amendable(session, plan)
    proposed = Criterion(plan.indicator_key, level, plan.judging_campaign_id, wave_number, min_respondents)
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
        level=level,
        min_respondents=min_respondents,
        wave_number=wave_number,
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
    enqueue(
        session,
        kind=AMENDMENT,
        recipient=link.email,
        language=link.language,
        subject_id=amendment.id,
        deduplication_key=f"{AMENDMENT}:{amendment.id}",
        client_id=amendment.plan.client_id,
        now=now,
    )


def answer_amendment(
    session: Session, amendment: CriterionAmendment, *, is_agreed: bool, name: str, now: datetime
) -> CriterionAmendment:
    """Put the amended criterion in force with a new seal, or leave the sealed one as it is."""
    plan = amendment.plan
    if amendment.outcome is not Outcome.OPEN:
        raise Refusal(N_("This amendment already has its answer."))
    signed = clean_line(name, 200)
    if not signed:
        raise Invalid(N_("Write your name: the answer is given by a person."), field="signed_name")
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
        enqueue(
            session,
            kind=AMENDED,
            recipient=recipient,
            language=leader.client.language,
            subject_id=amendment.id,
            deduplication_key=f"{AMENDED}:{amendment.id}:{recipient}"[:200],
            client_id=leader.client_id,
            now=now,
        )
