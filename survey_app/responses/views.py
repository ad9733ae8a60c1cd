"""The public form: one personal link, one page per step, nothing written by reading."""

from datetime import datetime
from typing import Any

from flask import Blueprint, request

from survey_app.accounts.access import public
from survey_app.db import transaction
from survey_app.errors import Refusal
from survey_app.responses.pages import form_of, known_hashes
from survey_app.responses.queries import Visit, find_receipt_of, find_visit
from survey_app.responses.reading import read_answers
from survey_app.responses.rules import DoorState, Draft, receipt_code
from survey_app.responses.service import AlreadyReceived, TooLate, state_of
from survey_app.responses.showing import (
    choose_language,
    give_back,
    show_closed,
    show_closed_door,
    show_form,
    show_received,
    show_step,
    show_unknown,
)
from survey_app.responses.steps import PostedPage, autosave, take_step
from survey_app.web import db_session, explain, now, refuse_foreign_origin

MAX_FORM_BYTES = 4 * 1024 * 1024
blueprint = Blueprint("responses", __name__)
blueprint.before_request(refuse_foreign_origin)


@blueprint.get("/r/<token>")
@public
def answer(token: str) -> Any:
    """Show what the link opens on; a mail scanner that opens it leaves no trace."""
    session = db_session()
    visit = find_visit(session, token, known_hashes=known_hashes())
    if visit is None:
        return show_unknown()
    draft = Draft.from_json(visit.draft)
    choose_language(request.args.get("lang"), draft.language, visit.invitation_language)
    state, form = state_of(visit, now()), form_of(session, visit)
    if state is not DoorState.OPEN:
        return show_closed_door(visit, state, form)
    return show_form(visit, form, draft, now())


@blueprint.post("/r/<token>")
@public
def take(token: str) -> Any:
    """Keep the page that was sent and show the next; on the last, take the form in, then say thank you."""
    request.max_content_length = request.max_form_memory_size = MAX_FORM_BYTES
    page = PostedPage.from_fields(request.form)
    session, moment = db_session(), now()
    with transaction(session):
        visit = find_visit(session, token, is_writing=True, known_hashes=known_hashes())
        if visit is None:
            return show_unknown()
        choose_language(page.go, page.language, visit.invitation_language)
        form = form_of(session, visit)
        posted = read_answers(form, request.form.lists())
        try:
            step = take_step(session, visit, form, posted, page, moment)
        except (AlreadyReceived, TooLate) as refusal:
            return refuse_step(visit, refusal, page, give_back(form, posted.typed), moment)
    if step.receipt:
        return show_received(visit, step.receipt, is_fresh=True)
    return show_step(visit, form, posted, step, moment)


def refuse_step(
    visit: Visit, refusal: Refusal, page: PostedPage, given_back: list[Any], moment: datetime
) -> Any:
    """Say why the form was not taken in and give its text back; the same page sent twice is only thanked again."""
    if isinstance(refusal, TooLate):
        return show_closed(visit, state_of(visit, moment), given_back, status=409)
    code = receipt_code(visit.invitation_id, page.seed) if page.seed else ""
    found = find_receipt_of(db_session(), visit, code)
    if code and found == code:
        return show_received(visit, found, is_fresh=True)
    return show_received(visit, found, sentence=explain(refusal), given_back=given_back, status=409)


@blueprint.post("/r/<token>/draft")
@public
def save(token: str) -> Any:
    """Keep the form under way while it is being filled in; answers in JSON, for the page's own script."""
    request.max_content_length = request.max_form_memory_size = MAX_FORM_BYTES
    page = PostedPage.from_fields(request.form)
    session = db_session()
    with transaction(session):
        visit = find_visit(session, token, is_writing=True, known_hashes=known_hashes())
        if visit is None:
            return {"message": ""}, 404
        choose_language(page.language, visit.invitation_language)
        form = form_of(session, visit)
        posted = read_answers(form, request.form.lists())
        try:
            return {"version": autosave(session, visit, form, posted, page, now())}
        except Refusal as refusal:
            return {"message": explain(refusal)}, refusal.status
