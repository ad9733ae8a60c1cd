"""What a year of plans brought: how many were launched, done on time, and worked."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from survey_app.accounts.access import Viewer
from survey_app.action_plans.models import ActionPlan, Verdict


@dataclass
class Tally:
    """Plans counted once each; a line that another plan covers counts for its own verdict."""

    n_launched: int = 0
    n_ended: int = 0
    n_on_time: int = 0
    n_judged: int = 0
    n_effective: int = 0

    def count(self, plan: ActionPlan) -> None:
        self.n_launched += 1
        actions = (plan.leader or plan).actions
        has_ended = bool(actions) and all(action.ended_on is not None for action in actions)
        self.n_ended += has_ended
        self.n_on_time += has_ended and all(a.ended_on is not None and a.ended_on <= a.due_on for a in actions)
        verdicts = [step.verdict for step in plan.steps if step.verdict is not None]
        self.n_judged += bool(verdicts)
        self.n_effective += bool(verdicts) and verdicts[-1] is Verdict.EFFECTIVE


def plans_of_year(session: Session, viewer: Viewer, year: int) -> Sequence[ActionPlan]:
    """Return the plans opened in the year, of the clients that the viewer works for."""
    first, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    query = select(ActionPlan).where(ActionPlan.created_at >= first, ActionPlan.created_at < end)
    if viewer.client_ids is not None:
        query = query.where(ActionPlan.client_id.in_(sorted(viewer.client_ids)))
    return session.scalars(
        query.options(
            joinedload(ActionPlan.client),
            selectinload(ActionPlan.steps),
            selectinload(ActionPlan.actions),
            joinedload(ActionPlan.leader).selectinload(ActionPlan.actions),
            joinedload(ActionPlan.agreement_version),
        ).order_by(ActionPlan.id)
    ).all()


def tally(plans: Iterable[ActionPlan]) -> Tally:
    total = Tally()
    for plan in plans:
        total.count(plan)
    return total


def tally_by(plans: Iterable[ActionPlan], name: Callable[[ActionPlan], str]) -> list[tuple[str, Tally]]:
    """Count the plans by a name, the most frequent first."""
    groups: dict[str, Tally] = defaultdict(Tally)
    for plan in plans:
        groups[name(plan)].count(plan)
    return sorted(groups.items(), key=lambda group: (-group[1].n_launched, group[0]))
