"""Decide what a posted form does: keep it and move on, show it again, or take it in for good."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy.orm import Session

from survey_app.errors import N_, Invalid, Refusal
from survey_app.responses.forms import WHOLE_FORM, Fields, Posted, missing_required, read_whole
from survey_app.responses.queries import Visit
from survey_app.responses.rules import (
    COMMENT_FIELD,
    MARK_FIELD,
    MAX_DRAFT_CHARACTERS,
    NO_BUTTON,
    REVIEW,
    AnswerForm,
    Draft,
    MailButton,
    disagrees,
    merged,
    n_seconds_between,
    receipt_code,
)
from survey_app.responses.service import (
    CHANGED_ELSEWHERE,
    ChangedElsewhere,
    require_open,
    save_draft,
    submit_response,
)
from survey_app.translation import LANGUAGES

MAX_SEED = 64
REHEARSAL_SEED = "rehearsal"


@dataclass(frozen=True)
class PostedPage:
    """What the page says of itself: where it stands, what was pressed, which version it knew."""

    go: str
    screen: str
    language: str
    version: int | None
    opened: int | None
    seed: str
    mail: MailButton = NO_BUTTON

    @classmethod
    def from_fields(cls, fields: Fields) -> "PostedPage":
        def first(name: str, default: str = "") -> str:
            return fields[name][0] if name in fields else default

        seed = first("seed")
        return cls(
            go=first("go", "next"),
            screen=first("screen"),
            language=first("lang"),
            version=read_whole(first("version")),
            opened=read_whole(first("opened")),
            seed=seed if seed.isascii() and len(seed) <= MAX_SEED else "",
            mail=MailButton(first("question"), first("score")),
        )


@dataclass(frozen=True)
class Step:
    """Where the form goes next, with what it holds by now."""

    draft: Draft
    version: int
    screen: str
    receipt: str = ""
    problems: dict[str, Refusal] = field(default_factory=dict)
    notice: str = ""
    status: int = 303
    # Taken along until the person says something.
    mail: MailButton = NO_BUTTON


def take_step(
    session: Session, visit: Visit, form: AnswerForm, posted: Posted, page: PostedPage, now: datetime
) -> Step:
    """Carry out what was pressed; nothing is written where the form cannot be read or says nothing new."""
    require_open(visit, now)
    kept = Draft.from_json(visit.draft)
    draft = _after(form, kept, posted, page)
    here = Step(draft, visit.draft_version, page.screen, status=400)
    problems = posted.problems or _unknown_move(form, page)
    if problems:
        return replace(here, problems=dict(problems))
    if page.go == "submit":
        return _submit(session, visit, form, here, page, now)
    stale = replace(
        here,
        status=409,
        notice=N_(
            "These answers were also changed in another window. What you see is what you have just entered here: "
            "go on to keep it."
        ),
    )
    if _is_stale(visit, form, kept, posted, page):
        return stale
    if _is_score_of_mail_alone(visit, form, draft, page):
        return _move(form, replace(here, mail=page.mail), page)
    try:
        version = _keep(session, visit, kept, draft, now)
    except ChangedElsewhere:
        return stale
    return _move(form, replace(here, version=version), page)


def autosave(session: Session, visit: Visit, form: AnswerForm, posted: Posted, page: PostedPage, now: datetime) -> int:
    """Keep what the page holds over the version that it knew, or say that another window was quicker."""
    require_open(visit, now)
    for problem in posted.problems.values():
        raise problem
    if page.version != visit.draft_version:
        raise ChangedElsewhere(CHANGED_ELSEWHERE)
    kept = Draft.from_json(visit.draft)
    draft = replace(_after(form, kept, posted, page), screen=page.screen)
    return _keep(session, visit, kept, draft, now)


def _shown(form: AnswerForm, page: PostedPage) -> frozenset[str]:
    """Return the questions that the page showed: where it says nothing of them, the answer was taken away."""
    if page.screen == REVIEW:
        return form.question_keys
    screen = form.screen(page.screen)
    return frozenset() if screen is None else screen.question_keys


def _after(form: AnswerForm, kept: Draft, posted: Posted, page: PostedPage) -> Draft:
    answers = merged(kept.answers, posted.answers, _shown(form, page))
    if page.go.startswith("clear:"):
        answers.pop(page.go.removeprefix("clear:"), None)
    return Draft(
        answers=answers,
        screen=_target(form, page),
        language=_language(kept, page),
        opened=page.opened if kept.opened is None else kept.opened,
    )


def _language(kept: Draft, page: PostedPage) -> str:
    wanted = page.go if page.go in LANGUAGES else page.language
    return wanted if wanted in LANGUAGES else kept.language


def _target(form: AnswerForm, page: PostedPage) -> str:
    if page.go == "next":
        return form.neighbour(page.screen, 1)
    if page.go == "back":
        return form.neighbour(page.screen, -1)
    if page.go.startswith("edit:"):
        return page.go.removeprefix("edit:")
    return page.screen or form.screens[0].key


def _unknown_move(form: AnswerForm, page: PostedPage) -> dict[str, Refusal]:
    is_known = (
        page.go in {"next", "back", "submit", *LANGUAGES}
        or form.screen(page.go.removeprefix("edit:")) is not None
        or page.go.removeprefix("clear:") in form.questions
    )
    return {} if is_known else {WHOLE_FORM: Invalid(N_("This button is unknown here. Use one of the page's own."))}


def _is_stale(visit: Visit, form: AnswerForm, kept: Draft, posted: Posted, page: PostedPage) -> bool:
    if page.version is None or page.version == visit.draft_version:
        return False
    return disagrees(kept.answers, posted.answers, _shown(form, page) | posted.answers.keys())


def _is_score_of_mail_alone(visit: Visit, form: AnswerForm, draft: Draft, page: PostedPage) -> bool:
    """Tell whether the page says nothing but what the mail's button pre-filled: a scanner that presses says no more."""
    pre_filled = form.mail_answer(*page.mail)
    return bool(pre_filled) and visit.draft is None and draft.answers == pre_filled


def _keep(session: Session, visit: Visit, kept: Draft, draft: Draft, now: datetime) -> int:
    if visit.is_test or (not draft.answers and visit.draft is None) or draft == kept:
        return visit.draft_version
    if sum(len(said.comment or "") for said in draft.answers.values()) > MAX_DRAFT_CHARACTERS:
        raise Invalid(N_("The comments are too long taken together. Shorten the longest ones."))
    return save_draft(session, visit, draft, now)


def _move(form: AnswerForm, here: Step, page: PostedPage) -> Step:
    if page.go == "next":
        problems = missing_required(form, here.draft.answers, _shown(form, page))
        if problems:
            return replace(here, problems=problems)
    if page.go.startswith("clear:"):
        return replace(here, screen=form.screen_of(page.go.removeprefix("clear:")), status=303)
    return replace(here, screen=here.draft.screen, status=303)


def _submit(session: Session, visit: Visit, form: AnswerForm, here: Step, page: PostedPage, now: datetime) -> Step:
    answers = here.draft.answers
    problems = missing_required(form, answers, form.questions)
    if not answers:
        first = form.questionnaire.questions[0]
        target = (MARK_FIELD if first.scale else COMMENT_FIELD) + first.key
        problems = {target: Invalid(N_("The form is empty. Answer at least one question, then send it."))}
    if problems:
        return replace(here, screen=page.screen or REVIEW, problems=problems)
    if visit.is_test:
        return replace(here, receipt=receipt_code(0, REHEARSAL_SEED), status=200)
    receipt = submit_response(
        session,
        visit,
        answers,
        language=here.draft.language or visit.invitation_language,
        n_seconds=n_seconds_between(here.draft.opened, now),
        seed=page.seed,
        now=now,
    )
    return replace(here, receipt=receipt, status=200)
