"""All the actions of a client's plans as an XLSX; every cell is a value, none is a formula."""

import unicodedata
from collections.abc import Sequence
from io import BytesIO
from typing import Any

from flask_babel import gettext

from survey_app.action_plans.models import ActionPlan, PlanAction
from survey_app.action_plans.queries import line_label
from survey_app.action_plans.vocabulary import ACTION_STATES, STATES, VERDICTS
from survey_app.catalogue.vocabulary import OBLIGORS
from survey_app.formats import round_half_up, score_digits

MAX_CELL = 32_000
WIDTHS = (34, 9, 9, 16, 44, 16, 24, 30, 13, 13, 13, 12, 44)
# What people write stays what they wrote: the writer would make formulas and links of some of it.
INERT = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}


def actions_xlsx(plans: Sequence[ActionPlan], language: str) -> bytes:
    """Return one row an action; a plan without any still has its row."""
    import xlsxwriter

    target = BytesIO()
    book = xlsxwriter.Workbook(target, INERT)
    formats = {
        "head": book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}),
        "text": book.add_format({"text_wrap": True, "valign": "top"}),
        "date": book.add_format({"num_format": "dd/mm/yyyy" if language == "fr" else "d mmm yyyy", "valign": "top"}),
        "money": book.add_format({"num_format": "#,##0.00", "valign": "top"}),
    }
    page = book.add_worksheet(gettext("Actions"))
    for column, (head, width) in enumerate(zip(_heads(), WIDTHS, strict=True)):
        page.set_column(column, column, width)
        page.write_string(0, column, head, formats["head"])
    rows = [row for plan in plans for row in _rows(plan, language)]
    for place, row in enumerate(rows, 1):
        _write_row(page, place, row, formats)
    page.freeze_panes(1, 0)
    page.autofilter(0, 0, max(len(rows), 1), len(WIDTHS) - 1)
    book.close()
    return target.getvalue()


def _heads() -> list[str]:
    return [
        gettext("Line"),
        gettext("Mark"),
        gettext("Threshold"),
        gettext("State of the plan"),
        gettext("What is to be done"),
        gettext("Who commits"),
        gettext("Owner"),
        gettext("E-mail address"),
        gettext("Start"),
        gettext("Due date"),
        gettext("Ended on"),
        gettext("Cost in euros"),
        gettext("Proof"),
    ]


def _rows(plan: ActionPlan, language: str) -> list[list[Any]]:
    digits = score_digits(plan.exact_score, plan.threshold) if plan.exact_score is not None else 2
    mark = round_half_up(plan.exact_score, digits) if plan.exact_score is not None else None
    state = str(VERDICTS[plan.verdict] if plan.verdict else STATES[plan.state])
    about = [line_label(plan, language), mark, plan.threshold, state]
    return [about + _action_cells(action) for action in plan.actions] or [about + [None] * 9]


def _action_cells(action: PlanAction) -> list[Any]:
    state = str(ACTION_STATES[action.state])
    return [
        action.title,
        str(OBLIGORS[action.party]),
        action.owner,
        action.owner_email,
        action.starts_on,
        action.due_on,
        action.ended_on,
        action.cost,
        f"{state}. {action.evidence}" if action.evidence else state,
    ]


def _write_row(page: Any, row: int, cells: Sequence[Any], formats: dict[str, Any]) -> None:
    for column, value in enumerate(cells):
        if value is None:
            page.write_blank(row, column, None, formats["text"])
        elif isinstance(value, str):
            page.write_string(row, column, _inert(value), formats["text"])
        elif hasattr(value, "year"):
            page.write_datetime(row, column, value, formats["date"])
        else:
            page.write_number(row, column, value, formats["money"])


def _inert(text: str) -> str:
    """Return the text as a cell may hold it: no control character, no silent cut past the format's limit."""
    kept = "".join(c for c in text if c == "\n" or unicodedata.category(c) not in {"Cc", "Cs"})
    return kept if len(kept) <= MAX_CELL else kept[: MAX_CELL - 1] + "…"
