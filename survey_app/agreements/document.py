"""The agreement as a PDF: rendered from what was frozen, never from the tables."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from io import BytesIO
from typing import Any

from flask_babel import force_locale, gettext

from survey_app.agreements.bonus_terms import bonus_facts
from survey_app.agreements.models import AgreementVersion
from survey_app.agreements.reading import line_facts, line_title, shown_term
from survey_app.formats import format_day, format_instant
from survey_app.pdf_text import pdf_text, register_typeface

ACCENT, SOFT, RULE = "#1d4ed8", "#565c69", "#c5c9d2"


@dataclass(frozen=True)
class Seal:
    """Who validated what, when, and the fingerprint of the content."""

    agency_signatory: str
    client_signatory: str
    validated_at: datetime
    content_hash: str
    time_zone: str


def seal_of(version: AgreementVersion) -> Seal | None:
    if version.validated_at is None or version.content_hash is None:
        return None
    return Seal(
        version.agency_signatory,
        version.client_signatory,
        version.validated_at,
        version.content_hash,
        version.agreement.client.time_zone,
    )


def document_name(version: AgreementVersion) -> str:
    return f"agreement-{version.agreement.client.key}-v{version.number}.pdf"


def agreement_pdf(content: Mapping[str, Any], seal: Seal | None, language: str) -> bytes:
    """Return the document in this language; the same content gives the same bytes."""
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.units import mm
    from reportlab.platypus import SimpleDocTemplate

    target = BytesIO()
    document = SimpleDocTemplate(
        target,
        pagesize=A4,
        invariant=1,
        title=content["title"],
        author=content["agency"],
        lang=language,
        leftMargin=24 * mm,
        rightMargin=24 * mm,
        topMargin=24 * mm,
        bottomMargin=22 * mm,
    )
    with force_locale(language):
        footer = partial(_draw_footer, label=_footer(content, seal))
        document.build(_story(content, seal, language), onFirstPage=footer, onLaterPages=footer)
    return target.getvalue()


def _footer(content: Mapping[str, Any], seal: Seal | None) -> str:
    version = gettext("version %(number)s", number=content["number"])
    state = gettext("draft") if seal is None else f"SHA-256 {seal.content_hash[:16]}…"
    return f"{content['title']} – {version} – {state}"


def _draw_footer(canvas: Any, document: Any, label: str) -> None:
    from reportlab.lib.colors import HexColor
    from reportlab.lib.units import mm

    regular, _bold = register_typeface()
    canvas.saveState()
    canvas.setFont(regular, 7.5)
    canvas.setFillColor(HexColor(SOFT))
    canvas.drawString(24 * mm, 12 * mm, label[:110])
    canvas.drawRightString(document.pagesize[0] - 24 * mm, 12 * mm, str(canvas.getPageNumber()))
    canvas.restoreState()


def _styles() -> dict[str, Any]:
    from reportlab.lib.colors import HexColor
    from reportlab.lib.styles import ParagraphStyle

    regular, bold = register_typeface()
    plain = ParagraphStyle("plain", fontName=regular, fontSize=9.5, leading=14)
    return {
        "plain": plain,
        "soft": ParagraphStyle("soft", plain, textColor=HexColor(SOFT), fontSize=8.5, leading=12),
        "title": ParagraphStyle("title", plain, fontName=bold, fontSize=22, leading=26, spaceAfter=6),
        "parties": ParagraphStyle("parties", plain, fontSize=11, leading=16, textColor=HexColor(SOFT), spaceAfter=18),
        "theme": ParagraphStyle("theme", plain, fontName=bold, fontSize=13, leading=17, spaceBefore=16, spaceAfter=6),
        "term": ParagraphStyle(
            "term",
            plain,
            leftIndent=130,
            bulletFontName=regular,
            bulletFontSize=8.5,
            bulletColor=HexColor(SOFT),
        ),
        "line": ParagraphStyle("line", plain, fontName=bold, fontSize=10.5, leading=14, spaceBefore=8),
        "seal": ParagraphStyle("seal", plain, spaceBefore=4),
    }


def _roles_story(content: Mapping[str, Any], styles: Mapping[str, Any], language: str) -> list[Any]:
    from reportlab.platypus import Paragraph

    shares = content.get("role_shares")
    if not shares:
        return []
    written = shown_term("role_shares", shares, {}, language)
    sentence = gettext("Part of each role in the scores: %(shares)s", shares=written)
    return [Paragraph(pdf_text(sentence), styles["parties"])]


def _story(content: Mapping[str, Any], seal: Seal | None, language: str) -> list[Any]:
    from reportlab.platypus import Paragraph

    styles = _styles()
    period = gettext(
        "From %(start)s to %(end)s",
        start=format_day(date.fromisoformat(content["starts_on"]), language),
        end=format_day(date.fromisoformat(content["ends_on"]), language),
    )
    parties = gettext(
        "between %(agency)s, the agency, and %(client)s, the client",
        agency=content["agency"],
        client=content["client"],
    )
    story = [
        Paragraph(pdf_text(content["title"]), styles["title"]),
        Paragraph(f"{pdf_text(parties)}<br/>{pdf_text(period)}", styles["parties"]),
        *_roles_story(content, styles, language),
        *_seal_story(seal, styles, language),
    ]
    owed = {
        False: [line for line in content["lines"] if line["obligor"] != "client"],
        True: [line for line in content["lines"] if line["obligor"] == "client"],
    }
    titles = {False: gettext("Commitments"), True: gettext("The client's own commitments")}
    for is_client, lines in owed.items():
        if lines:
            story.append(Paragraph(pdf_text(titles[is_client]), styles["theme"]))
        for line in lines:
            story += _line_story(line, styles, language)
    return story + _bonus_story(content, styles, language)


def _line_story(line: Mapping[str, Any], styles: Mapping[str, Any], language: str) -> list[Any]:
    from reportlab.platypus import Paragraph

    title = Paragraph(pdf_text(line_title(line, language)), styles["line"])
    title.keepWithNext = True
    return [title, *_terms(line_facts(line, language), styles)]


def _terms(facts: Iterable[tuple[str, str]], styles: Mapping[str, Any]) -> list[Any]:
    """Hang the name of each term in the margin: its text may run over pages, which a table cell may not."""
    from reportlab.platypus import Paragraph

    return [Paragraph(pdf_text(text), styles["term"], bulletText=label) for label, text in facts]


def _bonus_story(content: Mapping[str, Any], styles: Mapping[str, Any], language: str) -> list[Any]:
    """State what is at stake; the full rule is under the same fingerprint as the lines."""
    from reportlab.platypus import Paragraph

    facts = bonus_facts(content, language)
    if not facts:
        return []
    title = Paragraph(pdf_text(gettext("Bonus")), styles["theme"])
    title.keepWithNext = True
    sentence = gettext(
        "The full rule, mark by mark, is part of the content of this agreement: its fingerprint covers it."
    )
    return [title, *_terms(facts, styles), Paragraph(pdf_text(sentence), styles["soft"])]


def _seal_story(seal: Seal | None, styles: Mapping[str, Any], language: str) -> list[Any]:
    from reportlab.platypus import Paragraph

    if seal is None:
        return [Paragraph(pdf_text(gettext("Draft: it binds nobody until both parties validate it.")), styles["soft"])]
    sentence = gettext(
        "Validated on %(instant)s by %(agency)s for the agency and by %(client)s for the client.",
        instant=format_instant(seal.validated_at, seal.time_zone, language),
        agency=seal.agency_signatory,
        client=seal.client_signatory,
    )
    fingerprint = gettext("Fingerprint of the content (SHA-256): %(hash)s", hash=seal.content_hash)
    return [Paragraph(pdf_text(sentence), styles["seal"]), Paragraph(pdf_text(fingerprint), styles["soft"])]
