"""Open plans for lines under their threshold and settle them, offer one freely, and keep each change as a row."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from survey_app.action_plans.models import ActionPlan, CriterionAmendment, PlanAction, PlanLink, PlanProposal, PlanStep
from survey_app.action_plans.queries import find_score, living_link
from survey_app.action_plans.rules import (
    DEFAULT_MIN_RESPONDENTS,
    OPEN_STATES,
    STARTED_STATES,
    Criterion,
    Judgement,
    breaches,
    check_move,
    judge,
    seal_criteria,
)
from survey_app.action_plans.tokens import derive_plan_token
from survey_app.action_plans.vocabulary import LinkPurpose, Outcome, PlanState, Verdict
from survey_app.agreements.models import AgreementVersion, Commitment, Measure
from survey_app.audit.service import note
from survey_app.campaigns.models import Campaign, Wave, WaveState
from survey_app.campaigns.queries import find_validated_version
from survey_app.errors import N_, Invalid, Refusal
from survey_app.outbox.service import enqueue
from survey_app.scores.models import Score, ScoreLevel
from survey_app.tokens import hash_token


def move(
    session: Session,
    plan: ActionPlan,
    to: PlanState,
    actor: str,
    now: datetime,
    *,
    note: str = "",
    score: Score | None = None,
) -> None:
    """Move one line to another state where that is declared, and keep what was said about it."""
    check_move(plan.state, to)
    plan.state = to
    is_verdict = to is PlanState.SETTLED
    plan.steps.append(
        PlanStep(
            at=now,
            actor=actor,
            state=to,
            note=note,
            wave_id=plan.settled_by_wave_id if is_verdict else None,
            verdict=plan.verdict if is_verdict else None,
            exact_score=score.exact if score else None,
            n_respondents=score.n_respondents if score else None,
        )
    )
    session.flush()
    note_deed(session, plan, f"plan_{to.value}", actor, now)


def note_deed(session: Session, plan: ActionPlan, action: str, actor: str, now: datetime, **details: object) -> None:
    note(session, plan, action, actor, now, indicator=plan.indicator_key, **details)


def note_change(plan: ActionPlan, actor: str, now: datetime) -> None:
    """Count one more version, so that a second editor is shown what the first one wrote."""
    plan.version += 1
    plan.changed_at, plan.changed_by = now, actor


def open_plans(session: Session, wave: Wave, scores: Sequence[Score], actor: str, now: datetime) -> list[ActionPlan]:
    """Open one drafted plan for each line strictly below its threshold; a client's line binds the client."""
    plans = [_draft_plan(wave, score, now) for score in breaches(_lines(scores))]
    for plan in plans:
        plan.steps.append(PlanStep(at=now, actor=actor, state=PlanState.DRAFTED))
    session.add_all(plans)
    session.flush()
    for plan in plans:
        note_deed(session, plan, "plan_opened", actor, now, wave=wave.id)
    return plans


def settle_plans(session: Session, wave: Wave, scores: Sequence[Score], actor: str, now: datetime) -> list[ActionPlan]:
    """Give every open plan that this wave judges its verdict, where the wave carries the plan's line."""
    by_key = {score.subject_key: score for score in _lines(scores)}
    pending = session.scalars(
        select(ActionPlan).where(_is_judged_by(wave), ActionPlan.indicator_key.in_(by_key)).order_by(ActionPlan.id)
    ).all()
    for plan in pending:
        _settle(session, plan, wave, by_key[plan.indicator_key], actor, now)
    return list(pending)


def has_started(plan: ActionPlan) -> bool:
    """Tell whether work was recorded; a covered line moves with the plan that covers it."""
    return plan.state in STARTED_STATES


def criterion_of(plan: ActionPlan) -> Criterion:
    return Criterion(
        plan.indicator_key, plan.success_level, plan.judging_campaign_id, plan.judging_wave_number, plan.min_respondents
    )


def apply_criterion(plan: ActionPlan, criterion: Criterion) -> None:
    plan.success_level, plan.min_respondents = criterion.level, criterion.min_respondents
    plan.judging_wave_number = criterion.wave_number


def is_seal_intact(plan: ActionPlan) -> bool:
    """Tell whether the criterion still is the one that was sealed; before the seal there is nothing to break."""
    return plan.seal is None or plan.seal == seal_criteria([criterion_of(plan)])


def _lines(scores: Sequence[Score]) -> list[Score]:
    return [score for score in scores if score.level is ScoreLevel.INDICATOR]


def _is_judged_by(wave: Wave) -> ColumnElement[bool]:
    return and_(
        ActionPlan.judging_campaign_id == wave.campaign_id,
        ActionPlan.judging_wave_number <= wave.number,
        ActionPlan.verdict.is_(None),
        ActionPlan.state.in_(OPEN_STATES),
    )


def _draft_plan(wave: Wave, score: Score, now: datetime) -> ActionPlan:
    if score.threshold is None or wave.agreement_version_id is None:
        raise Refusal(N_("A plan needs a line of an agreement."))
    return _draft(
        wave.campaign,
        wave,
        score,
        now,
        agreement_version_id=wave.agreement_version_id,
        indicator_key=score.subject_key,
        is_breach=True,
        is_internal=score.is_internal,
        party=score.obligor,
        threshold=score.threshold,
        success_level=score.threshold,
    )


def _draft(campaign: Campaign, wave: Wave | None, score: Score | None, now: datetime, **terms: Any) -> ActionPlan:
    """Draft a plan that the next wave judges, from the mark it starts from; a plan may start before any mark."""
    n_people = max(score.population, 1) if score else DEFAULT_MIN_RESPONDENTS
    return ActionPlan(
        client_id=campaign.client_id,
        judging_campaign_id=campaign.id,
        judging_wave_number=(wave.number if wave else 0) + 1,
        created_at=now,
        state=PlanState.DRAFTED,
        wave_id=wave.id if wave else None,
        exact_score=score.exact if score else None,
        min_respondents=min(DEFAULT_MIN_RESPONDENTS, n_people),
        **terms,
    )


def _settle(session: Session, plan: ActionPlan, wave: Wave, score: Score, actor: str, now: datetime) -> None:
    judgement = _judge(plan, score)
    plan.verdict, plan.verdict_reason = Verdict(judgement.verdict), judgement.reason
    plan.settled_by_wave_id = wave.id
    withdraw_open(plan, now)
    move(session, plan, PlanState.SETTLED, actor, now, note=judgement.reason, score=score)


def _judge(plan: ActionPlan, score: Score) -> Judgement:
    if not is_seal_intact(plan):
        return Judgement(Verdict.CANNOT_TELL, N_("The criterion is no longer the one that was sealed."))
    is_survey = score.measure in (Measure.SURVEY, Measure.MIXED)
    return judge(criterion_of(plan), score, is_survey=is_survey, has_started=has_started(plan))


def withdraw_open(plan: ActionPlan, now: datetime) -> None:
    """End what still waits for the client's answer."""
    waiting: list[PlanProposal | CriterionAmendment] = [*plan.proposals, *plan.amendments]
    for asked in waiting:
        if asked.outcome is Outcome.OPEN:
            asked.outcome, asked.ended_at = Outcome.WITHDRAWN, now


def agreed_lines(session: Session, campaign: Campaign) -> list[Commitment]:
    """Return the lines of the agreement in force that the campaign's waves measure."""
    version = find_validated_version(session, campaign.agreement_id)
    return list(version.commitments) if version else []


def open_voluntary_plan(
    session: Session, campaign: Campaign, indicator_keys: Sequence[str], actor: str, now: datetime
) -> ActionPlan:
    """Open a plan on lines that hold, to do better still: the first line leads, the others are covered by it."""
    version = find_validated_version(session, campaign.agreement_id)
    if version is None:
        raise Refusal(N_("A plan needs an agreement in force. Validate one first."))
    lines = {line.indicator_key: line for line in version.commitments}
    chosen = [lines[key] for key in dict.fromkeys(indicator_keys) if key in lines]
    if not chosen:
        raise Invalid(N_("Choose at least one line of the agreement."), field="lines")
    if len({line.is_internal for line in chosen}) > 1:
        raise Invalid(N_("A plan that the client co-signs cannot cover an internal line."), field="lines")
    last_wave = _last_closed_wave(session, campaign)
    plans = [_draft_voluntary(session, campaign, version, line, last_wave, now) for line in chosen]
    for plan in plans:
        plan.leader = plans[0] if plan is not plans[0] else None
        plan.steps.append(PlanStep(at=now, actor=actor, state=PlanState.DRAFTED))
    session.add_all(plans)
    session.flush()
    note_deed(session, plans[0], "plan_opened", actor, now, lines=[line.indicator_key for line in chosen])
    return plans[0]


def _last_closed_wave(session: Session, campaign: Campaign) -> Wave | None:
    return session.scalar(
        select(Wave)
        .where(Wave.campaign_id == campaign.id, Wave.state == WaveState.CLOSED)
        .order_by(Wave.number.desc())
        .limit(1)
    )


def _draft_voluntary(
    session: Session, campaign: Campaign, version: AgreementVersion, line: Commitment, wave: Wave | None, now: datetime
) -> ActionPlan:
    return _draft(
        campaign,
        wave,
        find_score(session, wave.id, line.indicator_key) if wave else None,
        now,
        agreement_version_id=version.id,
        indicator_key=line.indicator_key,
        is_breach=False,
        is_internal=line.is_internal,
        party=line.obligor,
        threshold=line.threshold,
        success_level=max(line.threshold, line.target or Decimal(0)),
    )


def coverable(session: Session, plan: ActionPlan) -> Sequence[ActionPlan]:
    """Return the other plans in preparation that could be handled in this one."""
    return session.scalars(
        select(ActionPlan)
        .where(
            ActionPlan.client_id == plan.client_id,
            ActionPlan.id != plan.id,
            ActionPlan.state == PlanState.DRAFTED,
            ActionPlan.leader_id.is_(None),
            ActionPlan.is_internal == plan.is_internal,
        )
        .order_by(ActionPlan.id)
    ).all()


def cover(session: Session, plan: ActionPlan, other_ids: Sequence[int], actor: str, now: datetime) -> None:
    """Handle other lines in this plan: the work is written once, each line keeps its own verdict."""
    if plan.state is not PlanState.DRAFTED or plan.leader is not None:
        raise Refusal(N_("Lines are brought together while the plan is in preparation."))
    open_ones = {other.id: other for other in coverable(session, plan)}
    chosen = [open_ones[other_id] for other_id in other_ids if other_id in open_ones]
    if not chosen:
        raise Invalid(N_("Choose at least one plan to handle in this one."), field="lines")
    for other in chosen:
        if other.actions or other.covered:
            raise Invalid(N_("A plan that has its own actions stays on its own."), field="lines")
        other.leader = plan
        note_deed(session, other, "plan_covered", actor, now, by=plan.id)
    note_change(plan, actor, now)
    session.flush()


def uncover(session: Session, plan: ActionPlan, actor: str, now: datetime) -> None:
    """Give a covered line its own plan back, while that is still in preparation."""
    if plan.leader is None or plan.state is not PlanState.DRAFTED:
        raise Refusal(N_("Lines are parted while the plan is in preparation."))
    note_change(plan.leader, actor, now)
    plan.leader = None
    note_deed(session, plan, "plan_uncovered", actor, now)
    session.flush()


def give_link(
    session: Session,
    plan: ActionPlan,
    purpose: LinkPurpose,
    name: str,
    email: str,
    language: str,
    token_key: bytes,
    now: datetime,
) -> PlanLink:
    """Return the person's living link to the plan, made where there is none."""
    known = living_link(session, plan.id, purpose, email)
    if known is not None:
        return known
    last = session.scalar(select(func.max(PlanLink.number)).where(PlanLink.plan_id == plan.id)) or 0
    token = derive_plan_token(token_key, purpose, plan.id, last + 1, now)
    link = PlanLink(
        plan=plan,
        number=last + 1,
        purpose=purpose,
        name=name,
        email=email,
        language=language,
        token_hash=hash_token(token),
        created_at=now,
    )
    session.add(link)
    session.flush()
    return link


def write_mail(
    session: Session,
    kind: str,
    about: PlanProposal | CriterionAmendment | PlanLink | PlanAction,
    recipient: str,
    language: str,
    now: datetime,
    *,
    key: str = "",
    not_before: datetime | None = None,
) -> None:
    """Queue a mail about a part of a plan, once for each key and recipient."""
    session.flush()
    enqueue(
        session,
        kind=kind,
        recipient=recipient,
        language=language,
        subject_id=about.id,
        deduplication_key=f"{kind}:{about.id}:{key}:{recipient}"[:200],
        client_id=about.plan.client_id,
        not_before=not_before,
        now=now,
    )


def revoke_links(session: Session, plan: ActionPlan, purpose: LinkPurpose, now: datetime) -> None:
    for link in session.scalars(
        select(PlanLink).where(PlanLink.plan_id == plan.id, PlanLink.purpose == purpose, PlanLink.revoked_at.is_(None))
    ):
        link.revoked_at = now
    session.flush()
