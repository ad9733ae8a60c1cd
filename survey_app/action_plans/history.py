"""Note each change of a plan: its state as a row of its own, and the deed in the audit log."""

from datetime import datetime

from sqlalchemy.orm import Session

from survey_app.action_plans.models import ActionPlan, PlanStep
from survey_app.action_plans.rules import check_move
from survey_app.action_plans.vocabulary import PlanState
from survey_app.audit.service import record
from survey_app.scores.models import Score


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
    record(
        session,
        actor=actor,
        action=action,
        subject_type="action_plan",
        subject_id=plan.id,
        now=now,
        details={"indicator": plan.indicator_key, **details},
    )


def note_change(plan: ActionPlan, actor: str, now: datetime) -> None:
    """Count one more version, so that a second editor is shown what the first one wrote."""
    plan.version += 1
    plan.changed_at, plan.changed_by = now, actor
