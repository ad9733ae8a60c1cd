"""A plan, or a client's whole progress plan, as a PDF that needs no explanation."""

from collections.abc import Sequence
from datetime import date
from functools import partial

from flask_babel import force_locale, gettext

from survey_app.action_plans.models import ActionPlan, PlanAction
from survey_app.action_plans.queries import amendment_values, criterion_values, format_level, line_label
from survey_app.action_plans.vocabulary import (
    ACTION_STATES,
    AMENDMENT,
    CAUSES,
    CRITERION,
    OUTCOMES,
    PARTS,
    STATES,
    VERDICTS,
)
from survey_app.catalogue.vocabulary import OBLIGORS
from survey_app.formats import format_day, format_instant, format_money, format_score
from survey_app.pdf.document import write_document
from survey_app.pdf.page import LEFT, RIGHT, SOFT, TOP, Column, Page
from survey_app.pdf.text import BOLD

LONGEST_CELL = 600


def plans_pdf(title: str, plans: Sequence[ActionPlan], today: date, language: str) -> bytes:
    """Return the plans in one document, each from the top of a page; the same plans give the same bytes."""
    with force_locale(language):
        footer = f"{title} – {format_day(today, language)}"
        return write_document(title, "", footer, language, partial(_write, plans=plans, language=language))


def _write(page: Page, plans: Sequence[ActionPlan], language: str) -> None:
    if not plans:
        page.write(gettext("No plan yet."), 9.5)
    for plan in plans:
        if page.y < TOP:
            page.turn()
        _write_plan(page, plan, language)


def _write_plan(page: Page, plan: ActionPlan, language: str) -> None:
    page.write(line_label(plan, language), 18, font=BOLD, leading=1.2, after=4)
    page.write(_standing(plan, language), 11, colour=SOFT, after=4)
    _write_section(page, str(PARTS["nonconformity"]), plan.nonconformity)
    kind = str(CAUSES[plan.cause_kind]) if plan.cause_kind else ""
    _write_section(page, str(PARTS["cause"]), "\n".join(part for part in (kind, plan.cause) if part))
    for name in ("constraints", "actors"):
        _write_section(page, str(PARTS[name]), getattr(plan, name))
    _write_criterion(page, plan, language)
    _write_work(page, plan, language)


def _write_section(page: Page, title: str, text: str) -> None:
    if text:
        page.minor_heading(title)
        page.write(text, 9.5, after=4)


def _standing(plan: ActionPlan, language: str) -> str:
    mark = format_score(plan.exact_score, language, plan.threshold)
    against = gettext("threshold %(mark)s", mark=format_level(plan.threshold, language))
    parts = [plan.client.name, *([plan.wave.title] if plan.wave else []), f"{mark} / 10, {against}"]
    parts.append(str(VERDICTS[plan.verdict] if plan.verdict else STATES[plan.state]))
    parts += [gettext(plan.verdict_reason)] if plan.verdict_reason else []
    return " – ".join(parts)


def _write_criterion(page: Page, plan: ActionPlan, language: str) -> None:
    page.minor_heading(str(PARTS["criterion"]))
    for line in plan.lines:
        page.write(gettext(CRITERION, **criterion_values(line, language)), 9.5, after=4)
        for amendment in line.amendments:
            change = gettext(AMENDMENT, **amendment_values(amendment, language))
            page.write(f"{change} {OUTCOMES[amendment.outcome]}. {amendment.reason}", 8.5, colour=SOFT)
    if plan.sealed_at is not None and plan.seal is not None:
        day = format_instant(plan.sealed_at, plan.client.time_zone, language)
        sealed = gettext("Sealed on %(day)s, before work started.", day=day)
        page.write(f"{sealed} SHA-256 {plan.seal}", 8.5, colour=SOFT)


def _write_work(page: Page, plan: ActionPlan, language: str) -> None:
    if plan.phases:
        days = [(p.title, format_day(p.starts_on, language), format_day(p.ends_on, language)) for p in plan.phases]
        phase_heads = (gettext("Phase"), gettext("First day"), gettext("Last day"))
        page.minor_heading(str(PARTS["phases"]))
        page.table(_columns(phase_heads, (0.5, 0.25, 0.25)), days)
    if plan.actions:
        heads = (
            gettext("What is to be done"),
            gettext("Owner"),
            gettext("Due date"),
            gettext("Cost"),
            gettext("State"),
        )
        page.minor_heading(str(PARTS["actions"]))
        rows = [_action_row(action, language) for action in plan.actions]
        page.table(_columns(heads, (0.36, 0.2, 0.16, 0.13, 0.15)), rows)
    # Proofs may be long, and a long text never sits in a table's cell.
    for action in plan.actions:
        _write_section(page, f"{gettext('Proof')} – {action.title}", action.evidence)


def _columns(heads: Sequence[str], shares: Sequence[float]) -> list[Column]:
    columns, x = [], LEFT
    for heading, share in zip(heads, shares, strict=True):
        width = (RIGHT - LEFT) * share
        columns.append(Column(heading, x, width - 8))
        x += width
    return columns


def _action_row(action: PlanAction, language: str) -> tuple[str, ...]:
    cost = format_money(action.cost, "EUR", language) if action.cost is not None else "–"
    owner = f"{action.owner} ({OBLIGORS[action.party]})"
    state = str(ACTION_STATES[action.state])
    return action.title[:LONGEST_CELL], owner, format_day(action.due_on, language), cost, state
