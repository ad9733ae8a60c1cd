"""The public form: one personal link, one page per step, nothing written by reading."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup
from sqlalchemy.orm import Session

from survey_app.accounts.access import public
from survey_app.db import transaction
from survey_app.errors import Refusal
from survey_app.formats import format_instant
from survey_app.i18n import LANGUAGES, current_language
from survey_app.responses.forms import Posted, read_answers
from survey_app.responses.pages import Showing, as_fields, base_of, form_of, listed, screen_page, thanks_page
from survey_app.responses.queries import Visit, find_receipt_of, find_visit
from survey_app.responses.rules import (
    COMMENT_FIELD,
    MARK_FIELD,
    NOT_APPLICABLE,
    REVIEW,
    AnswerForm,
    Answers,
    DoorState,
    Draft,
    Screen,
    receipt_code,
)
from survey_app.responses.service import AlreadyReceived, TooLate, state_of
from survey_app.responses.steps import PostedPage, Step, autosave, take_step
from survey_app.web import db_session, explain, now

GivenBack = list[tuple[str, str, str]]
Fields = tuple[tuple[str, str], ...]


def choose_language(*wishes: str | None) -> str:
    """Set the language of this page: the first wish that is one of ours."""
    g.language = next((wish for wish in wishes if wish in LANGUAGES), LANGUAGES[0])
    return str(g.language)


def show_page(template: str, visit: Visit, status: int = 200, **context: Any) -> Any:
    base = base_of(visit)
    switch = urlencode({"lang": "en" if current_language() == "fr" else "fr"})
    page = render_template(template, visit=visit, base=base, switch_url=f"{base}?{switch}", **context)
    return page, status


def show_unknown(fields: Mapping[str, Sequence[str]] | None = None) -> Any:
    """Show the one page of unknown, revoked and erased links; what was typed on it is given back unread."""
    comments = [values[0] for name, values in (fields or {}).items() if name.startswith(COMMENT_FIELD) and values[0]]
    given_back = [(gettext("Comment"), "", comment.replace("\x00", "")) for comment in comments]
    return render_template("responses/unknown.html", given_back=given_back), 404


def show_form(visit: Visit, form: AnswerForm, draft: Draft, wanted: Mapping[str, str], moment: datetime) -> Any:
    """Show the screen that was asked for, or where the person stopped; a score from the mail is only pre-filled."""
    asked = wanted.get("screen", "")
    key = asked if asked == REVIEW or form.screen(asked) else draft.screen or form.screens[0].key
    chosen = form.mail_answer(wanted.get("question", ""), wanted.get("score", ""))
    prefilled = {name: said for name, said in chosen.items() if name not in draft.answers}
    if chosen and not asked:
        key = form.screen_of(next(iter(chosen)))
    screen = form.screen(key) or form.screens[0]
    notice = _mail_notice(visit, form, chosen, draft.answers, None if key == REVIEW else screen)
    if key == REVIEW:
        whole = replace(draft, answers={**draft.answers, **prefilled})
        return show_review(visit, form, whole, visit.draft_version, moment, mail=_as_button(prefilled), notice=notice)
    if visit.draft is not None and not asked:
        notice = notice or gettext("Welcome back. Your answers were kept: go on where you stopped.")
    return screen_page(
        visit,
        form,
        screen,
        Showing(
            answers=draft.answers,
            version=visit.draft_version,
            opened=int(moment.timestamp()),
            carried=as_fields(prefilled) + _as_button(prefilled) + _own_fields(visit),
            notice=notice,
        ),
    )


def _own_fields(visit: Visit) -> Fields:
    """Return what a signed-in person's form proves itself with; a personal link needs none."""
    return (("csrf_token", generate_csrf()),) if visit.is_test else ()


def _mail_notice(visit: Visit, form: AnswerForm, chosen: Answers, kept: Answers, shown: Screen | None) -> str:
    """Say that the mark of the mail was taken, or that an earlier answer stands, and where to change it."""
    for key, said in chosen.items():
        question = form.questions[key].text.in_language(current_language())
        sentence = (
            gettext("You had already answered “%(question)s”: that answer was kept.", question=question)
            if key in kept
            else gettext(
                "Pre-filled from your email: %(rating)s for “%(question)s”. Nothing is sent before you confirm.",
                rating=said.rating,
                question=question,
            )
        )
        step = {"screen": form.screen_of(key), "lang": current_language(), "question": key, "score": said.rating}
        place = "" if shown and key in shown.question_keys else f"{base_of(visit)}?{urlencode(step)}"
        link = Markup('<a href="{}#{}">{}</a>').format(place, MARK_FIELD + key, gettext("Change this rating"))
        return Markup("{} {}").format(sentence, link)
    return ""


def _as_button(prefilled: Answers) -> Fields:
    """Return the fields that say that a mark comes from the mail's button, not from a person at the form."""
    return tuple(field for key, said in prefilled.items() for field in (("question", key), ("score", str(said.rating))))


def show_review(
    visit: Visit,
    form: AnswerForm,
    draft: Draft,
    version: int,
    moment: datetime,
    step: Step | None = None,
    mail: Fields = (),
    notice: str = "",
) -> Any:
    return show_page(
        "responses/review.html",
        visit,
        form=form,
        answers=draft.answers,
        carried=as_fields(draft.answers) + mail + _own_fields(visit),
        version=version,
        opened=draft.opened or int(moment.timestamp()),
        seed=secrets.token_urlsafe(16),
        problems=listed(form, step.problems, base_of(visit)) if step else [],
        notice=notice,
        n_left=len(form.question_keys - draft.answers.keys()),
        status=step.status if step else 200,
    )


def show_step(visit: Visit, form: AnswerForm, posted: Posted, step: Step, moment: datetime) -> Any:
    """Show the same screen again with what was wrong, or move on."""
    if step.status != 303:
        return _show_again(visit, form, posted, step, moment)
    if not visit.is_test:
        where = {"screen": step.screen, "lang": current_language()} | (step.mail._asdict() if step.mail.score else {})
        return redirect(f"{base_of(visit)}?{urlencode(where)}", 303)
    screen = form.screen(step.screen)
    if screen is None:
        return show_review(visit, form, step.draft, 0, moment)
    return screen_page(
        visit,
        form,
        screen,
        Showing(
            answers=step.draft.answers,
            version=0,
            opened=step.draft.opened or int(moment.timestamp()),
            carried=_elsewhere(screen, step.draft.answers) + _own_fields(visit),
        ),
    )


def _elsewhere(screen: Screen, answers: Answers) -> Fields:
    return as_fields({key: said for key, said in answers.items() if key not in screen.question_keys})


def _show_again(visit: Visit, form: AnswerForm, posted: Posted, step: Step, moment: datetime) -> Any:
    if step.screen == REVIEW and not posted.problems:
        return show_review(visit, form, step.draft, step.version, moment, step)
    first_wrong = next((name[2:] for name in step.problems if name[2:] in form.questions), "")
    screen = (
        form.screen(step.screen)
        or (form.screen(form.screen_of(first_wrong)) if first_wrong else None)
        or form.screens[0]
    )
    page = screen_page(
        visit,
        form,
        screen,
        Showing(
            answers=step.draft.answers,
            version=step.version,
            opened=step.draft.opened or int(moment.timestamp()),
            typed=posted.typed,
            problems=step.problems,
            notice=gettext(step.notice) if step.notice else "",
            carried=tuple((name, value) for name, value in posted.typed.items() if name[2:] not in screen.question_keys)
            + _own_fields(visit),
        ),
    )
    return page, step.status


def show_received(
    visit: Visit,
    code: str | None,
    sentence: str = "",
    given_back: GivenBack | None = None,
    status: int = 200,
) -> Any:
    return show_page(
        "responses/received.html",
        visit,
        code=code,
        receipt_url=url_for("sheet_links.receipt", code=code, lang=current_language()),
        sentence=sentence,
        given_back=given_back,
        status=status,
    )


def show_closed_door(visit: Visit, state: DoorState, form: AnswerForm | None = None) -> Any:
    """Show what stands behind a link that no longer takes answers; a form left unsent is given back."""
    if state is DoorState.ANSWERED:
        return show_received(visit, visit.receipt)
    if state in {DoorState.REFUSED, DoorState.OBJECTED}:
        return show_declined(visit, state)
    unsent = dict(as_fields(Draft.from_json(visit.draft).answers)) if visit.draft else {}
    return show_closed(visit, state, give_back(form, unsent) if form and unsent else None)


def show_closed(visit: Visit, state: DoorState, given_back: GivenBack | None = None, status: int = 200) -> Any:
    ended_at = min(visit.ends_at, visit.closed_at or visit.ends_at)
    deadline = format_instant(ended_at, visit.asking.time_zone, current_language())
    return show_page(
        "responses/closed.html", visit, state=state, deadline=deadline, given_back=given_back, status=status
    )


def show_declined(visit: Visit, state: DoorState) -> Any:
    return show_page("responses/declined.html", visit, state=state)


def give_back(form: AnswerForm, typed: Mapping[str, str]) -> GivenBack:
    """List what was typed by question, for a form that could not be taken in."""
    rows = []
    for question in form.questionnaire.questions:
        mark = typed.get(MARK_FIELD + question.key, "")
        comment = typed.get(COMMENT_FIELD + question.key, "").replace("\x00", "")
        if mark or comment:
            shown = gettext("Not applicable") if mark == NOT_APPLICABLE else mark
            rows.append((question.text.in_language(current_language()), shown, comment))
    return rows


MAX_FORM_BYTES = 4 * 1024 * 1024
blueprint = Blueprint("responses", __name__)


@blueprint.get("/r/<token>")
@public
def answer(token: str) -> Any:
    """Show what the link opens on; a mail scanner that opens it leaves no trace."""
    visit = find_visit(db_session(), token)
    if visit is None:
        return show_unknown()
    form = form_of(db_session(), visit)
    draft, wanted = Draft.from_json(visit.draft), dict(request.args.items())
    choose_language(wanted.get("lang"), draft.language, visit.invitation_language)
    state = state_of(visit, now())
    if state is not DoorState.OPEN:
        return show_closed_door(visit, state, form)
    return show_form(visit, form, draft, wanted, now())


@blueprint.post("/r/<token>")
@public
def take(token: str) -> Any:
    """Keep the page that was sent and show the next; on the last, take the form in, then say thank you."""
    request.max_content_length = request.max_form_memory_size = MAX_FORM_BYTES
    fields = dict(request.form.lists())
    page = PostedPage.from_fields(fields)
    moment = now()
    with transaction(db_session()) as session:
        visit = find_visit(session, token, is_writing=True)
        if visit is None:
            choose_language(page.language, current_language())
            return show_unknown(fields)
        choose_language(page.go, page.language, visit.invitation_language)
        form = form_of(session, visit)
        posted = read_answers(form, fields.items())
        try:
            step = take_step(session, visit, form, posted, page, moment)
        except (AlreadyReceived, TooLate) as refusal:
            return refuse_step(session, visit, refusal, page, give_back(form, posted.typed), moment)
    if step.receipt:
        return thanks_page(visit, step.receipt)
    return show_step(visit, form, posted, step, moment)


def refuse_step(
    session: Session,
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
    found = find_receipt_of(session, visit, code)
    if code and found == code:
        return thanks_page(visit, found)
    return show_received(visit, found, sentence=explain(refusal), given_back=given_back, status=409)


@blueprint.post("/r/<token>/draft")
@public
def save(token: str) -> Any:
    """Keep the form under way while it is being filled in; answers in JSON, for the page's own script."""
    request.max_content_length = request.max_form_memory_size = MAX_FORM_BYTES
    fields = dict(request.form.lists())
    page = PostedPage.from_fields(fields)
    with transaction(db_session()) as session:
        visit = find_visit(session, token, is_writing=True)
        choose_language(page.language, visit.invitation_language if visit else None)
        if visit is None:
            return {
                "message": gettext(
                    "This link is not valid any more, so nothing more is saved. Copy what you typed before you leave."
                )
            }, 404
        form = form_of(session, visit)
        posted = read_answers(form, fields.items())
        try:
            return {"version": autosave(session, visit, form, posted, page, now())}
        except Refusal as refusal:
            return {"message": explain(refusal)}, refusal.status
