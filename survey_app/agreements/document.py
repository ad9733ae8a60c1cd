"""The agreement as a PDF: rendered from what was frozen, never from the tables."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

from flask_babel import force_locale, gettext

from survey_app.agreements.models import AgreementVersion
from survey_app.agreements.wording import bonus_facts, line_facts, line_title, shown_term
from survey_app.formats import format_day, format_instant
from survey_app.pdf.document import write_document
from survey_app.pdf.page import SOFT, Page
from survey_app.pdf.text import BOLD


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
    with force_locale(language):
        write = partial(_write, content=content, seal=seal, language=language)
        return write_document(content["title"], content["agency"], _footer(content, seal), language, write)


def _footer(content: Mapping[str, Any], seal: Seal | None) -> str:
    version = gettext("version %(number)s", number=content["number"])
    state = gettext("draft") if seal is None else f"SHA-256 {seal.content_hash[:16]}…"
    return f"{content['title']} – {version} – {state}"


def _write(page: Page, content: Mapping[str, Any], seal: Seal | None, language: str) -> None:
    page.write(content["title"], 22, font=BOLD, leading=1.2, after=6)
    _write_parties(page, content, language)
    _write_seal(page, seal, language)
    titles = {False: gettext("Commitments"), True: gettext("The client's own commitments")}
    for is_client, title in titles.items():
        lines = [line for line in content["lines"] if (line["obligor"] == "client") is is_client]
        if lines:
            page.heading(title)
        for line in lines:
            _write_line(page, line, language)
    _write_bonus(page, content, language)


def _write_parties(page: Page, content: Mapping[str, Any], language: str) -> None:
    parties = gettext(
        "between %(agency)s, the agency, and %(client)s, the client",
        agency=content["agency"],
        client=content["client"],
    )
    period = gettext(
        "From %(start)s to %(end)s",
        start=format_day(date.fromisoformat(content["starts_on"]), language),
        end=format_day(date.fromisoformat(content["ends_on"]), language),
    )
    page.write(f"{parties}\n{period}", 11, colour=SOFT, after=14)
    shares = content.get("role_shares")
    if shares:
        written = shown_term("role_shares", shares, {}, language)
        sentence = gettext("Part of each role in the scores: %(shares)s", shares=written)
        page.write(sentence, 11, colour=SOFT, after=14)


def _write_seal(page: Page, seal: Seal | None, language: str) -> None:
    if seal is None:
        page.write(gettext("Draft: it binds nobody until both parties validate it."), 8.5, colour=SOFT)
        return
    sentence = gettext(
        "Validated on %(instant)s by %(agency)s for the agency and by %(client)s for the client.",
        instant=format_instant(seal.validated_at, seal.time_zone, language),
        agency=seal.agency_signatory,
        client=seal.client_signatory,
    )
    page.write(sentence, 9.5, after=2)
    fingerprint = gettext("Fingerprint of the content (SHA-256): %(hash)s", hash=seal.content_hash)
    page.write(fingerprint, 8.5, colour=SOFT)


def _write_line(page: Page, line: Mapping[str, Any], language: str) -> None:
    page.minor_heading(line_title(line, language))
    for label, text in line_facts(line, language):
        page.term(label, text)


def _write_bonus(page: Page, content: Mapping[str, Any], language: str) -> None:
    """State what is at stake; the full rule is under the same fingerprint as the lines."""
    facts = bonus_facts(content, language)
    if not facts:
        return
    page.heading(gettext("Bonus"))
    for label, text in facts:
        page.term(label, text)
    sentence = gettext(
        "The full rule, mark by mark, is part of the content of this agreement: its fingerprint covers it."
    )
    page.write(sentence, 8.5, colour=SOFT)
