"""Draw the form once per wave, language and screen, then fill in what differs from person to person."""

import re
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import current_app, render_template, request, url_for
from flask_babel import gettext
from markupsafe import Markup, escape
from sqlalchemy.orm import Session

from survey_app.campaigns.rules import RETENTION_MONTHS
from survey_app.campaigns.wording import promise
from survey_app.clock import last_day_before
from survey_app.errors import Refusal
from survey_app.formats import HARD_SPACE, format_day
from survey_app.i18n import current_language
from survey_app.questionnaires import Questionnaire
from survey_app.responses.queries import Visit, load_definition
from survey_app.responses.rules import (
    COMMENT_FIELD,
    MARK_FIELD,
    NOT_APPLICABLE,
    AnswerForm,
    Answers,
    GivenAnswer,
    Screen,
    n_minutes,
)
from survey_app.web import explain

SLOT = re.compile("\x02([^\x03]*)\x03")
CHECKED = " checked"
HIDDEN = Markup('<input type="hidden" name="{}" value="{}">')
MOST_KEPT = 512


class DrawnPage:
    """A page with named gaps: filling it costs as much as there are gaps to fill, not questions."""

    def __init__(self, html: str) -> None:
        self._pieces = SLOT.split(html)
        self._places: dict[str, list[int]] = {}
        for place in range(1, len(self._pieces), 2):
            self._places.setdefault(self._pieces[place], []).append(place)
            self._pieces[place] = ""

    def fill(self, values: Mapping[str, str]) -> str:
        pieces = self._pieces.copy()
        for name, value in values.items():
            for place in self._places.get(name, ()):
                pieces[place] = value
        return "".join(pieces)


@dataclass(frozen=True)
class Showing:
    """What one person sees of a screen: what they said, what was wrong with it, what to carry along."""

    answers: Answers
    version: int
    opened: int
    typed: Mapping[str, str] | None = None
    problems: Mapping[str, Refusal] = field(default_factory=dict)
    notice: str = ""
    carried: tuple[tuple[str, str], ...] = ()


def kept(key: Hashable, make: Callable[[], Any]) -> Any:
    """Return what was made before from the same key; the oldest goes, and a process may lose them at any time."""
    shelf: dict[Hashable, Any] = current_app.extensions.setdefault("survey_forms", {})
    if key not in shelf:
        while len(shelf) >= MOST_KEPT:
            shelf.pop(next(iter(shelf)), None)
        shelf[key] = make()
    return shelf[key]


def form_of(session: Session, visit: Visit) -> AnswerForm:
    """Return the form of a launched wave, from the definition that its launch froze."""
    return form_from(visit, lambda: Questionnaire.from_canonical(load_definition(session, visit.wave_id)))


def form_from(visit: Visit, questionnaire: Callable[[], Questionnaire]) -> AnswerForm:
    """Return the form once made from a definition; its hash stands for it."""
    is_cut = visit.asking.is_one_question_per_screen
    form: AnswerForm = kept(
        (visit.asking.definition_hash, is_cut), lambda: AnswerForm(questionnaire(), is_one_question_per_screen=is_cut)
    )
    return form


def base_of(visit: Visit) -> str:
    """Return the address that this page's own links start with: the person's link, or the lead's rehearsal."""
    arguments = request.view_args or {}
    return f"/waves/{visit.wave_id}/rehearsal" if visit.is_test else f"/r/{arguments['token']}"


def screen_page(visit: Visit, form: AnswerForm, screen: Screen, showing: Showing) -> str:
    """Draw a screen once for everybody who sees it alike, and fill in what is this person's."""
    language = current_language()
    page: DrawnPage = kept(
        (screen.key, language, visit.is_test, visit.ends_at, visit.mode, visit.disclosure, visit.asking),
        lambda: DrawnPage(
            render_template(
                "responses/form.html",
                visit=visit,
                form=form,
                screen=screen,
                place=form.positions[screen.key],
                slot=_slot,
                minutes=n_minutes(len(form.questions)),
                last_day=last_day(visit, language),
                notice_url=_slot("base") + "/notice",
                **promises(visit),
            )
        ),
    )
    return page.fill(_values(base_of(visit), form, screen, showing))


def thanks_page(visit: Visit, code: str) -> str:
    """Say thank you: the same page for everyone but for its code and links."""
    language = current_language()
    base, hidden = _slot("base"), _slot("code")
    page: DrawnPage = kept(
        ("thanks", language, visit.is_test, visit.asking),
        lambda: DrawnPage(
            render_template(
                "responses/received.html",
                visit=visit,
                is_fresh=True,
                code=hidden,
                base=base,
                switch_url=base + ("?lang=en" if language == "fr" else "?lang=fr"),
                receipt_url=url_for("sheet_links.receipt") + "?code=" + hidden + f"&lang={language}",
            )
        ),
    )
    return page.fill({"code": code, "base": base_of(visit)})


def _slot(name: str) -> Markup:
    return Markup("\x02%s\x03") % name


def promises(visit: Visit) -> dict[str, Any]:
    """Return what the form and the notice promise: the readers, what the client receives, how long it is kept."""
    readers = promise(visit.mode, visit.disclosure, visit.asking.agency_name, visit.asking.client_name, gettext)
    return {"readers": readers, "retention_months": RETENTION_MONTHS}


def last_day(visit: Visit, language: str) -> str:
    day = format_day(last_day_before(visit.ends_at, visit.asking.time_zone), language)
    return day.replace(" ", HARD_SPACE)


def _values(base: str, form: AnswerForm, screen: Screen, showing: Showing) -> dict[str, str]:
    values = {"base": base, "version": str(showing.version), "opened": str(showing.opened)}
    for name, value in showing.carried:
        _carry(values, screen, name, value)
    if showing.typed is None:
        for question in screen.questions:
            said = showing.answers.get(question.key)
            if said is not None:
                _show_answer(values, form, question.key, said)
    else:
        _show_typed(values, form, screen, showing.typed)
    if showing.notice:
        values["notice"] = str(Markup('<p class="notice notice--info" role="status">{}</p>').format(showing.notice))
    if showing.problems:
        _show_problems(values, form, screen, showing)
    return values


def _show_answer(values: dict[str, str], form: AnswerForm, key: str, said: GivenAnswer) -> None:
    if said.rating is not None:
        values[f"{MARK_FIELD}{key}={said.rating}"] = CHECKED
    elif said.is_not_applicable:
        values[f"{MARK_FIELD}{key}={NOT_APPLICABLE}"] = CHECKED
    if said.comment:
        values[COMMENT_FIELD + key] = str(escape(said.comment))
    if said.comment or said.rating in form.low_marks[key]:
        values["open." + key] = " open"


def _show_typed(values: dict[str, str], form: AnswerForm, screen: Screen, typed: Mapping[str, str]) -> None:
    """Show again exactly what was typed, right or wrong; a NUL alone cannot be shown."""
    for question in screen.questions:
        mark, comment = typed.get(MARK_FIELD + question.key), typed.get(COMMENT_FIELD + question.key, "")
        if mark is not None:
            values[f"{MARK_FIELD}{question.key}={mark}"] = CHECKED
        if comment:
            values[COMMENT_FIELD + question.key] = str(escape(comment.replace("\x00", "")))
            values["open." + question.key] = " open"


def _show_problems(values: dict[str, str], form: AnswerForm, screen: Screen, showing: Showing) -> None:
    rows = listed(form, showing.problems, values["base"], screen.question_keys)
    values["title"] = str(escape(gettext("Error:"))) + " "
    values["problems"] = render_template("responses/_problems.html", problems=rows)
    for name, refusal in showing.problems.items():
        key = name[2:]
        if key in screen.question_keys:
            values["wrong." + key] = " question--wrong"
            values["error." + key] = str(
                Markup('<p class="field__error" id="error.{}">{}</p>').format(key, explain(refusal))
            )


def listed(
    form: AnswerForm, problems: Mapping[str, Refusal], base: str, here: frozenset[str] = frozenset()
) -> list[tuple[str, str, str]]:
    """List the problems as link, question and sentence; the link leads to another screen where it must."""
    rows = []
    for name, refusal in problems.items():
        key = name[2:]
        if key in form.questions:
            place = "" if key in here else f"{base}?screen={form.screen_of(key)}"
            text = form.questions[key].text.in_language(current_language())
            rows.append((f"{place}#{name}", text, explain(refusal)))
        else:
            rows.append(("", "", explain(refusal)))
    return rows


def _carry(values: dict[str, str], screen: Screen, name: str, value: str) -> None:
    """Take along what this screen does not ask; what it does ask is chosen already, to be seen."""
    if name[2:] in screen.question_keys:
        values[f"{name}={value}"] = CHECKED
    else:
        values["carried"] = values.get("carried", "") + str(HIDDEN.format(name, value))


def as_fields(answers: Answers) -> tuple[tuple[str, str], ...]:
    """Write answers as the form's own fields: what the review sends, and what a test carries along."""
    fields = []
    for key, said in answers.items():
        if said.rating is not None or said.is_not_applicable:
            fields.append((MARK_FIELD + key, NOT_APPLICABLE if said.rating is None else str(said.rating)))
        if said.comment:
            fields.append((COMMENT_FIELD + key, said.comment))
    return tuple(fields)
