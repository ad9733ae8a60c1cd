"""What both parties agree to, in one canonical form: it is kept as it was shown, and its hash is sealed."""

from typing import Any

from survey_app.action_plans.models import ActionPlan, PlanAction
from survey_app.action_plans.rules import plain
from survey_app.agreements.content import canonical_json, content_hash

TEXT_PARTS = ("nonconformity", "cause", "constraints", "actors")


def canonical_plan(plan: ActionPlan) -> dict[str, Any]:
    """Return the plan as the client reads it, part by part; a date is text and a level is exact."""
    return {
        "texts": {name: getattr(plan, name) for name in TEXT_PARTS},
        "criteria": [_criterion(line) for line in plan.lines],
        "phases": [
            {"id": phase.id, "title": phase.title, "from": phase.starts_on.isoformat(), "to": phase.ends_on.isoformat()}
            for phase in plan.phases
        ],
        "actions": [_action(action) for action in plan.actions],
    }


def _criterion(line: ActionPlan) -> dict[str, Any]:
    return {
        "line": line.indicator_key,
        "level": plain(line.success_level),
        "wave": line.judging_wave_number,
        "min_respondents": line.min_respondents,
    }


def _action(action: PlanAction) -> dict[str, Any]:
    return {
        "id": action.id,
        "title": action.title,
        "party": action.party.value,
        "owner": action.owner,
        "due": action.due_on.isoformat(),
        "cost": f"{action.cost:.2f}" if action.cost is not None else None,
    }


def hash_content(content: dict[str, Any]) -> str:
    return content_hash(canonical_json(content))


def part_keys(plan: ActionPlan) -> list[str]:
    """Return the parts that the client may comment on one by one, in the order of the page."""
    texts = [name for name in TEXT_PARTS if getattr(plan, name)]
    phases = ["phases"] if plan.phases else []
    return [*texts, *(f"action:{action.id}" for action in plan.actions), *phases, "criterion"]


def changed_since(content: dict[str, Any], plan: ActionPlan) -> list[str]:
    """Return which parts read differently now than when they were agreed."""
    current = canonical_plan(plan)
    texts = [name for name in TEXT_PARTS if content["texts"].get(name, "") != current["texts"][name]]
    return texts + [name for name in ("criteria", "phases", "actions") if content[name] != current[name]]
