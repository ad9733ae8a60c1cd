"""The public form: one personal link, one page per step, nothing written by reading."""

from datetime import datetime
from typing import Any

from flask import Blueprint, request
from flask_babel import gettext
from sqlalchemy import Connection

from survey_app.accounts.access import public
from survey_app.db import transaction
from survey_app.errors import Refusal
from survey_app.i18n import current_language
from survey_app.responses.pages import form_of, known_hashes
from survey_app.responses.queries import Visit, find_receipt_of, find_visit
from survey_app.responses.reading import read_answers
from survey_app.responses.rules import DoorState, Draft, receipt_code
from survey_app.responses.service import AlreadyReceived, TooLate, state_of
from survey_app.responses.showing import (
    Here,
    choose_language,
    give_back,
    here_of,
    show_closed,
    show_closed_door,
    show_form,
    show_received,
    show_step,
    show_thanks,
    show_unknown,
)
from survey_app.responses.steps import PostedPage, autosave, take_step
from survey_app.web import database, explain, now, refuse_foreign_origin

MAX_FORM_BYTES = 4 * 1024 * 1024
blueprint = Blueprint("responses", __name__)
blueprint.before_request(refuse_foreign_origin)


@blueprint.get("/r/<token>")
@public
def answer(token: str) -> Any:
    """Show what the link opens on; a mail scanner that opens it leaves no trace."""
    with database().connect(is_writing=False) as connection:
        visit = find_visit(connection, token, known_hashes=known_hashes())
        form = form_of(connection, visit) if visit else None
    if visit is None or form is None:
        return show_unknown()
    draft, wanted = Draft.from_json(visit.draft), dict(request.args.items())
    language = choose_language(wanted.get("lang"), draft.language, visit.invitation_language)
    moment = now()
    state = state_of(visit, moment)
    if state is not DoorState.OPEN:
        return show_closed_door(visit, state, form)
    return show_form(visit, form, draft, wanted, Here(f"/r/{token}", language, moment))


@blueprint.post("/r/<token>")
@public
def take(token: str) -> Any:
    """Keep the page that was sent and show the next; on the last, take the form in, then say thank you."""
    request.max_content_length = request.max_form_memory_size = MAX_FORM_BYTES
    fields = dict(request.form.lists())
    page = PostedPage.from_fields(fields)
    moment = now()
    with database().connect(is_writing=True) as connection, transaction(connection):
        visit = find_visit(connection, token, is_writing=True, known_hashes=known_hashes())
        if visit is None:
            choose_language(page.language, current_language())
            return show_unknown(fields)
        language = choose_language(page.go, page.language, visit.invitation_language)
        form = form_of(connection, visit)
        posted = read_answers(form, fields.items())
        try:
            step = take_step(connection, visit, form, posted, page, moment)
        except (AlreadyReceived, TooLate) as refusal:
            return refuse_step(connection, visit, refusal, page, give_back(form, posted.typed), moment)
    if step.receipt:
        return show_thanks(visit, step.receipt, Here(f"/r/{token}", language, moment))
    return show_step(visit, form, posted, step, moment)


def refuse_step(
    connection: Connection,
    visit: Visit,
    refusal: Refusal,
    page: PostedPage,
    given_back: list[Any],
    moment: datetime,
) -> Any:
    """Say why the form was not taken in and give its text back; the same page sent twice is only thanked again."""
    if isinstance(refusal, TooLate):
        return show_closed(visit, state_of(visit, moment), given_back, status=409)
    code = receipt_code(visit.invitation_id, page.seed) if page.seed else ""
    found = find_receipt_of(connection, visit, code)
    if code and found == code:
        return show_thanks(visit, found, here_of(visit, moment))
    return show_received(visit, found, sentence=explain(refusal), given_back=given_back, status=409)


@blueprint.post("/r/<token>/draft")
@public
def save(token: str) -> Any:
    """Keep the form under way while it is being filled in; answers in JSON, for the page's own script."""
    request.max_content_length = request.max_form_memory_size = MAX_FORM_BYTES
    fields = dict(request.form.lists())
    page = PostedPage.from_fields(fields)
    with database().connect(is_writing=True) as connection, transaction(connection):
        visit = find_visit(connection, token, is_writing=True, known_hashes=known_hashes())
        choose_language(page.language, visit.invitation_language if visit else None)
        if visit is None:
            return {
                "message": gettext(
                    "This link is not valid any more, so nothing more is saved. Copy what you typed before you leave."
                )
            }, 404
        form = form_of(connection, visit)
        posted = read_answers(form, fields.items())
        try:
            return {"version": autosave(connection, visit, form, posted, page, now())}
        except Refusal as refusal:
            return {"message": explain(refusal)}, refusal.status
