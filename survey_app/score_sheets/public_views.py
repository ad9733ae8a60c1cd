"""Pages open to whoever holds a sheet, a receipt or a personal link: verify, read, contest, confirm."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session

from survey_app.accounts.access import name_actor, public
from survey_app.clock import local_day
from survey_app.db import transaction
from survey_app.errors import N_, NotFound
from survey_app.formats import format_day
from survey_app.forms import attempt
from survey_app.i18n import LANGUAGES, current_language
from survey_app.score_sheets.files import file_response, sealed_edition
from survey_app.score_sheets.models import ContestOutcome, Party, SheetRecipient
from survey_app.score_sheets.queries import ReceiptTrail, find_edition, find_sheet_by_reference, trace_receipt
from survey_app.score_sheets.rules import contest_deadline
from survey_app.score_sheets.sending import find_recipient, note_reading
from survey_app.score_sheets.service import (
    answer_contest,
    get_contest,
    raise_contest,
    read_outcome,
    untold_contests,
    withdraw_contest,
)
from survey_app.score_sheets.sheet import show_sheet
from survey_app.score_sheets.signing import public_key_id, spell_key, trusted_keys
from survey_app.score_sheets.verifying import ALTERED_PARTS, MAX_BYTES, verify_file
from survey_app.web import db_session, explain, now, settings

SCHEMA = Path(__file__).with_name("schema.json")
blueprint = Blueprint("sheet_links", __name__)

MAX_TYPED = 64


@blueprint.before_request
def choose_language() -> None:
    """Answer in the language that a page's switch asks for."""
    if request.args.get("lang") in LANGUAGES:
        g.language = request.args["lang"]


@blueprint.route("/s/verify", methods=["GET", "POST"])
@public
def verify() -> Any:
    """Judge an uploaded file; nothing of it is kept."""
    upload = request.files.get("file")
    keys = trusted_keys(settings())
    known = [(spell_key(key), public_key_id(key)) for key in keys]
    if request.method == "GET":
        return render_template("score_sheets/verify.html", finding=None, keys=known, problem="")
    content = upload.read(MAX_BYTES + 1) if upload else b""
    if not content or len(content) > MAX_BYTES:
        problem = gettext("Choose the PDF, workbook or JSON file of a score sheet, of at most 10 MB.")
        return render_template("score_sheets/verify.html", finding=None, keys=known, problem=problem), 400
    finding = verify_file(content, *keys)
    return render_template(
        "score_sheets/verify.html",
        finding=finding,
        edition=find_edition(db_session(), finding.snapshot, finding.sha256),
        parts=[gettext(ALTERED_PARTS[part]) for part in finding.parts],
        key_id=dict(known).get(finding.public_key, ""),
        is_retired=finding.public_key != known[0][0],
        has_retired_seal=finding.sealer not in ("", known[0][0]),
        keys=known,
        problem="",
    )


@blueprint.get("/s/schema.json")
@public
def schema() -> Response:
    """Publish what the JSON file of a sheet may hold."""
    return Response(SCHEMA.read_bytes(), mimetype="application/schema+json")


@blueprint.get("/s/<reference>")
@public
def status(reference: str) -> str:
    """Say what the QR code asks: which edition is the latest, approved or not; no mark and no amount."""
    sheet = find_sheet_by_reference(db_session(), reference[:64].upper())
    if sheet is None:
        raise NotFound(N_("No sheet of this installation has that reference. Compare it with the printed one."))
    return render_template("score_sheets/status.html", sheet=sheet, zone=sheet.wave.campaign.client.time_zone)


def _get_recipient(token: str) -> SheetRecipient:
    """Return the person of a link; a wrong link and a revoked one look alike."""
    found = find_recipient(db_session(), token)
    if found is None:
        raise NotFound(N_("This link opens nothing. Use the most recent one that you received, whole."))
    if request.args.get("lang") not in LANGUAGES:
        g.language = found.language
    return found


@blueprint.get("/s/r/<token>")
@public
def read(token: str) -> str:
    return _page(_get_recipient(token), token)[0]


def _page(
    recipient: SheetRecipient, token: str, problem: str = "", status: int = 200, problem_field: str = ""
) -> tuple[str, int]:
    edition = recipient.sheet.editions[0]
    shown = show_sheet(sealed_edition(edition), current_language())
    html = render_template(
        "score_sheets/read.html",
        recipient=recipient,
        sheet=recipient.sheet,
        edition=edition,
        shown=shown,
        token=token,
        client=recipient.sheet.wave.campaign.client,
        problem=problem,
        problem_field=problem_field,
        typed=request.form,
        labels={line.key: line.label for line in shown.lines},
        objections=[one for one in recipient.sheet.contests if one.outcome is ContestOutcome.OPEN],
        has_untold=bool(untold_contests(recipient.sheet)),
        may_contest=now() < contest_deadline(recipient.sheet.wave.closed_at or now()),
    )
    return html, status


@blueprint.get("/s/r/<token>/sheet.<kind>")
@public
def download(token: str, kind: str) -> Response:
    edition = _get_recipient(token).sheet.editions[0]
    return file_response(sealed_edition(edition), kind)


@blueprint.post("/s/r/<token>/read")
@public
def confirm(token: str) -> Any:
    recipient = _get_recipient(token)
    with transaction(db_session()) as session:
        note_reading(session, recipient, recipient.sheet.editions[0], now())
    flash(gettext("Thank you: your reading is noted."), "success")
    return redirect(url_for("sheet_links.read", token=token))


@blueprint.post("/s/r/<token>/contest")
@public
def contest(token: str) -> Any:
    """Take the client's objection to a line, or show what is missing with everything that was typed."""
    recipient = _get_recipient(token)
    name = recipient.name
    line, reason = request.form.get("line", ""), request.form.get("reason", "")
    return _act(
        token,
        lambda session: raise_contest(session, recipient.sheet, line, Party.CLIENT, name, reason, name, now()),
        gettext("Your objection is noted: the agency answers it, and until then it is printed as contested."),
    )


def _act(token: str, act: Callable[[Session], object], done: str) -> Any:
    """Do one thing to the sheet of a link, or show its page again with the refusal and what was typed."""
    recipient = _get_recipient(token)
    refusal = attempt(act)
    if refusal is not None:
        return _page(recipient, token, explain(refusal), refusal.status, refusal.field or "")
    flash(done, "success")
    return redirect(url_for("sheet_links.read", token=token))


@blueprint.post("/s/r/<token>/contests/<int:contest_id>")
@public
def answer(token: str, contest_id: int) -> Any:
    """Take the client's answer to the agency's objection: nobody else may set that line aside."""
    recipient = _get_recipient(token)
    found = get_contest(recipient.sheet, contest_id)
    outcome, text = request.form.get("outcome", ""), request.form.get("answer", "")
    # The agency chose the name and holds the list of contacts: the address tells the client who spoke for them.
    signatory = name_actor(recipient.name, recipient.email)
    return _act(
        token,
        lambda session: answer_contest(session, found, Party.CLIENT, read_outcome(outcome), text, signatory, now()),
        gettext("Your answer is noted: the next edition of the sheet prints it."),
    )


@blueprint.post("/s/r/<token>/contests/<int:contest_id>/withdraw")
@public
def withdraw(token: str, contest_id: int) -> Any:
    recipient = _get_recipient(token)
    found = get_contest(recipient.sheet, contest_id)
    return _act(
        token,
        lambda session: withdraw_contest(session, found, Party.CLIENT, recipient.name, now()),
        gettext("The objection is withdrawn."),
    )


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
