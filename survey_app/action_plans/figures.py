"""The phases of a plan on a line of time: a drawing for the eye, its table stands beside it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from flask_babel import gettext

from survey_app.action_plans.models import ActionPlan
from survey_app.charts.svg import Drawing, Scale
from survey_app.formats import format_day, format_month

WIDTH, LEFT, RIGHT, TOP, ROW = 360, 4, 356, 28, 42
BAR = 12
MOST_MONTH_LABELS = 3
LONGEST_LABEL = 44


@dataclass(frozen=True)
class Bar:
    """A phase from its first to its last day, or an action that stands outside every phase."""

    label: str
    starts_on: date
    ends_on: date
    is_action: bool = False


def bars_of(plan: ActionPlan) -> list[Bar]:
    """Return the phases in order, then the actions that have no phase."""
    phases = [Bar(phase.title, phase.starts_on, phase.ends_on) for phase in plan.phases]
    loose = [
        Bar(action.title, action.starts_on or action.due_on, action.due_on, is_action=True)
        for action in plan.actions
        if action.phase_id is None
    ]
    return phases + loose


def draw_gantt(plan: ActionPlan, today: date, language: str) -> Drawing | None:
    """Draw the bars over the months; the day of today is a dashed rule where it falls within."""
    bars = bars_of(plan)
    if not bars:
        return None
    first = min(bar.starts_on for bar in bars)
    last = max(bar.ends_on for bar in bars) + timedelta(days=1)
    drawing = Drawing(WIDTH, TOP + ROW * len(bars) + 8, gettext("Phases and actions over time"))
    x = Scale(first.toordinal(), last.toordinal(), LEFT, RIGHT)
    _months(drawing, x, first, last, language)
    for place, bar in enumerate(bars):
        _bar(drawing, x, bar, TOP + ROW * place)
    if first <= today < last:
        drawing.line(x(today.toordinal()), TOP - 6, x(today.toordinal()), drawing.height - 4, "threshold")
    return drawing


def _bar(drawing: Drawing, x: Scale, bar: Bar, top: float) -> None:
    start, end = x(bar.starts_on.toordinal()), x(bar.ends_on.toordinal() + 1)
    # The words start at their bar, and end with it where they would leave the drawing.
    is_late = start > WIDTH / 2
    drawing.text(end if is_late else start, top + 14, _shorten(bar.label), "small", "end" if is_late else "start")
    drawing.add(
        "rect",
        x=start,
        y=top + 20,
        width=max(end - start, 3.0),
        height=BAR,
        rx=2,
        class_="area" if bar.is_action else "score",
    )


def _shorten(label: str) -> str:
    return label if len(label) <= LONGEST_LABEL else f"{label[: LONGEST_LABEL - 1]}…"


def _months(drawing: Drawing, x: Scale, first: date, last: date, language: str) -> None:
    starts = list(_month_starts(first, last))
    step = max(1, -(-len(starts) // MOST_MONTH_LABELS))
    for day in starts:
        drawing.line(x(day.toordinal()), TOP - 8, x(day.toordinal()), drawing.height - 4, "tick")
    for day in starts[::step]:
        if x(day.toordinal()) < WIDTH - 80:
            drawing.text(x(day.toordinal()) + 4, 14, format_month(day, language), anchor="start")
    if not starts:
        drawing.text(LEFT, 14, format_day(first, language), anchor="start")


def _month_starts(first: date, last: date) -> Iterator[date]:
    day = first if first.day == 1 else (first.replace(day=1) + timedelta(days=32)).replace(day=1)
    while day < last:
        yield day
        day = (day + timedelta(days=32)).replace(day=1)
