"""The page where a receipt code alone shows which published sheet counts the answers; no mark, no name."""

from typing import Any

from flask import render_template, request, url_for

from survey_app.accounts.access import public
from survey_app.clock import local_day
from survey_app.formats import format_day
from survey_app.i18n import current_language
from survey_app.score_sheets.public_views import blueprint
from survey_app.score_sheets.receipts import ReceiptTrail, trace_receipt
from survey_app.web import db_session

__all__ = ["blueprint"]

MAX_TYPED = 64


@blueprint.get("/s/receipt")
@public
def receipt() -> Any:
    """Say in which edition of which sheet the answers behind a code are counted, and what to do if in none."""
    typed = request.args.get("code", "").strip()[:MAX_TYPED].replace("\x00", "")
    trail = trace_receipt(db_session(), typed) if typed else None
    other = "en" if current_language() == "fr" else "fr"
    page = render_template(
        "score_sheets/receipt.html",
        trail=trail,
        code=typed,
        is_unknown=bool(typed) and trail is None,
        switch_url=url_for("sheet_links.receipt", lang=other, code=typed or None),
        **_days(trail),
    )
    return page, 404 if typed and trail is None else 200


def _days(trail: ReceiptTrail | None) -> dict[str, Any]:
    """Write the days that the page names, where the client is."""
    if trail is None:
        return {}
    client = trail.wave.campaign.client
    zone, language = client.time_zone, current_language()
    closed_at = trail.wave.closed_at
    return {
        "client": client,
        "last_day": format_day(trail.wave.last_day, language),
        "closed_day": format_day(local_day(closed_at, zone), language) if closed_at else "",
        "issued": {
            one.edition.number: format_day(local_day(one.edition.issued_at, zone), language) for one in trail.editions
        },
    }
