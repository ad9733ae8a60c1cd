"""A plan, or a client's whole progress plan, as a PDF that needs no explanation."""

from collections.abc import Sequence
from datetime import date
from functools import cache, partial
from io import BytesIO
from typing import Any

from flask_babel import force_locale, gettext

from survey_app.action_plans.labels import (
    ACTION_STATES,
    AMENDMENT,
    CAUSES,
    CRITERION,
    OBLIGORS,
    OUTCOMES,
    PARTS,
    STATES,
    VERDICTS,
)
from survey_app.action_plans.models import ActionPlan, PlanAction
from survey_app.action_plans.queries import amendment_values, criterion_values, format_level, line_label
from survey_app.formats import format_day, format_instant, format_money, format_score
from survey_app.pdf_text import pdf_text, register_typeface

INK, SOFT, RULE = "#16181d", "#565c69", "#c5c9d2"
MARGIN = 68
# The frame of a page keeps six points inside its margins; what is drawn by hand lines up with it.
PADDING = 6
LONGEST_CELL = 600


def plans_pdf(title: str, plans: Sequence[ActionPlan], today: date, language: str) -> bytes:
    """Return the plans in one document, each from the top of a page; the same plans give the same bytes."""
    from reportlab.lib.pagesizes import A4
    from reportlab.platypus import PageBreak, Paragraph, SimpleDocTemplate

    target = BytesIO()
    document = SimpleDocTemplate(
        target,
        pagesize=A4,
        invariant=1,
        title=title,
        lang=language,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=MARGIN,
    )
    with force_locale(language):
        story: list[Any] = []
        for place, plan in enumerate(plans):
            story += [PageBreak()] if place else []
            story += _plan(plan, language)
        if not story:
            story = [Paragraph(pdf_text(gettext("No plan yet.")), _styles()["body"])]
        footer = partial(_draw_footer, label=f"{title} – {format_day(today, language)}")
        document.build(story, onFirstPage=footer, onLaterPages=footer)
    return target.getvalue()


@cache
def _styles() -> dict[str, Any]:
    from reportlab.lib.colors import HexColor
    from reportlab.lib.styles import ParagraphStyle

    regular, bold = register_typeface()
    body = ParagraphStyle("body", fontName=regular, fontSize=9.5, leading=13.5, textColor=HexColor(INK), spaceAfter=4)
    return {
        "body": body,
        "title": ParagraphStyle("title", body, fontName=bold, fontSize=18, leading=22, spaceAfter=4),
        "lead": ParagraphStyle("lead", body, fontSize=11, leading=15, textColor=HexColor(SOFT), spaceAfter=12),
        "head": ParagraphStyle("head", body, fontName=bold, fontSize=11.5, leading=15, spaceBefore=12, spaceAfter=4),
        "cell": ParagraphStyle("cell", body, fontSize=8.5, leading=11, spaceAfter=0),
        "label": ParagraphStyle("label", body, fontSize=8.5, leading=11, textColor=HexColor(SOFT), spaceAfter=0),
    }


def _plan(plan: ActionPlan, language: str) -> list[Any]:
    story = [_paragraph("title", line_label(plan, language)), _paragraph("lead", _standing(plan, language))]
    story += _section(str(PARTS["nonconformity"]), plan.nonconformity)
    story += _section(gettext("Five whys"), "\n".join(f"{n}. {why}" for n, why in enumerate(plan.whys, 1)))
    story += _section(str(PARTS["cause"]), plan.cause)
    if plan.cause_kind:
        story.append(_paragraph("label", str(CAUSES[plan.cause_kind])))
    for name in ("constraints", "actors"):
        story += _section(str(PARTS[name]), getattr(plan, name))
    story += _criterion(plan, language)
    story += _work(plan, language)
    return story


def _paragraph(style: str, text: str) -> Any:
    from reportlab.platypus import Paragraph

    return Paragraph(pdf_text(text), _styles()[style])


def _section(title: str, text: str) -> list[Any]:
    return [_paragraph("head", title), _paragraph("body", text)] if text else []


def _standing(plan: ActionPlan, language: str) -> str:
    mark = format_score(plan.exact_score, language, plan.threshold)
    against = gettext("threshold %(mark)s", mark=format_level(plan.threshold, language))
    parts = [plan.client.name, *([plan.wave.title] if plan.wave else []), f"{mark} / 10, {against}"]
    parts.append(str(VERDICTS[plan.verdict] if plan.verdict else STATES[plan.state]))
    parts += [gettext(plan.verdict_reason)] if plan.verdict_reason else []
    return " – ".join(parts)


def _criterion(plan: ActionPlan, language: str) -> list[Any]:
    story = [_paragraph("head", str(PARTS["criterion"]))]
    for line in plan.lines:
        words = gettext(CRITERION, **criterion_values(line, language))
        story.append(_paragraph("body", words))
        for amendment in line.amendments:
            told = gettext(AMENDMENT, **amendment_values(amendment, language))
            story.append(_paragraph("label", f"{told} {OUTCOMES[amendment.outcome]}. {amendment.reason}"))
    if plan.sealed_at is not None and plan.seal is not None:
        day = format_instant(plan.sealed_at, plan.client.time_zone, language)
        sealed = gettext("Sealed on %(day)s, before work started.", day=day)
        story.append(_paragraph("label", f"{sealed} SHA-256 {plan.seal}"))
    return story


def _work(plan: ActionPlan, language: str) -> list[Any]:
    story: list[Any] = []
    if plan.phases:
        days = [(p.title, format_day(p.starts_on, language), format_day(p.ends_on, language)) for p in plan.phases]
        phase_heads = [gettext("Phase"), gettext("First day"), gettext("Last day")]
        story += [_paragraph("head", str(PARTS["phases"])), _table(phase_heads, days, (0.5, 0.25, 0.25))]
    if plan.actions:
        heads = [gettext("What is to be done"), gettext("Owner"), gettext("Due date"), gettext("Cost")]
        heads.append(gettext("State"))
        rows = [_action_row(action, language) for action in plan.actions]
        story += [_paragraph("head", str(PARTS["actions"])), _table(heads, rows, (0.36, 0.2, 0.16, 0.13, 0.15))]
    # Proofs may be long, and a long text never sits in a table's cell.
    for action in plan.actions:
        story += _section(f"{gettext('Proof')} – {action.title}", action.evidence)
    return story


def _action_row(action: PlanAction, language: str) -> tuple[str, ...]:
    cost = format_money(action.cost, "EUR", language) if action.cost is not None else "–"
    owner = f"{action.owner} ({OBLIGORS[action.party]})"
    state = str(ACTION_STATES[action.state])
    return action.title[:LONGEST_CELL], owner, format_day(action.due_on, language), cost, state


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]], shares: Sequence[float]) -> Any:
    from reportlab.lib.colors import HexColor
    from reportlab.lib.pagesizes import A4
    from reportlab.platypus import Table, TableStyle

    cells = [[_paragraph("label", head) for head in heads]]
    cells += [[_paragraph("cell", text) for text in row] for row in rows]
    widths = [(A4[0] - 2 * (MARGIN + PADDING)) * share for share in shares]
    whole = ((0, 0), (-1, -1))
    rules: list[Any] = [
        ("LINEBELOW", *whole, 0.5, HexColor(RULE)),
        ("VALIGN", *whole, "TOP"),
        ("LEFTPADDING", *whole, 0),
        ("TOPPADDING", *whole, 3),
        ("BOTTOMPADDING", *whole, 3),
    ]
    return Table(cells, colWidths=widths, repeatRows=1, style=TableStyle(rules))


def _draw_footer(canvas: Any, document: Any, label: str) -> None:
    from reportlab.lib.colors import HexColor

    regular, _bold = register_typeface()
    canvas.saveState()
    canvas.setFont(regular, 7.5)
    canvas.setFillColor(HexColor(SOFT))
    canvas.drawString(MARGIN + PADDING, MARGIN / 2, label[:110])
    canvas.drawRightString(document.pagesize[0] - MARGIN - PADDING, MARGIN / 2, str(canvas.getPageNumber()))
    canvas.restoreState()
