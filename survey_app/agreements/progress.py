"""The five steps that the trade paper recommends, as the agreement's visible progress."""

from dataclasses import dataclass

from survey_app.errors import N_

STEPS = (
    ("sla", N_("Agree the service agreement")),
    ("indicators", N_("Choose the indicators together")),
    ("objectives", N_("Set dated objectives")),
    ("validation", N_("Have the client validate")),
    ("plans", N_("Define the improvement plans")),
)


@dataclass(frozen=True)
class Step:
    key: str
    label: str
    is_done: bool
    is_current: bool


def agreement_steps(*, n_lines: int, n_dated: int, is_validated: bool, has_baseline: bool) -> list[Step]:
    """Return the five steps; the first that is not done is where the parties stand."""
    done = {
        "sla": True,
        "indicators": n_lines > 0,
        "objectives": n_lines > 0 and n_dated == n_lines,
        "validation": is_validated,
        # The first measure is the reference and opens the first plans.
        "plans": is_validated and has_baseline,
    }
    current = next((key for key, _ in STEPS if not done[key]), None)
    return [Step(key, label, done[key], key == current) for key, label in STEPS]
