"""The pages of the signatory's personal link: read the proposal, answer it line by line, take its document."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext

from survey_app.accounts.access import public
from survey_app.agreements.blueprint import template_words
from survey_app.agreements.content import compare_contents, content_of
from survey_app.agreements.document import seal_of
from survey_app.agreements.models import MAX_SENTENCE, ProposalRound
from survey_app.agreements.negotiation import AnswerGiven, answer_round
from survey_app.agreements.queries import find_round, get_version, shared_lines
from survey_app.agreements.reading import read_answers
from survey_app.agreements.round_views import pdf_response
from survey_app.agreements.vocabulary import DECISIONS, FIELDS, FREQUENCIES, SETTLEMENTS, THEMES, Decision, RoundOutcome
from survey_app.catalogue.vocabulary import MEASURES, OBLIGORS
from survey_app.clients.models import MAX_NAME
from survey_app.errors import N_, Invalid, NotFound, Refusal
from survey_app.forms import attempt
from survey_app.validation import clean_line, clean_text
from survey_app.web import db_session, explain, now

blueprint = Blueprint("signatory", __name__)
blueprint.context_processor(template_words)


def get_round(token: str) -> ProposalRound:
    """Return the round of a link; a wrong link and a revoked one look alike."""
    found = find_round(db_session(), token)
    if found is None:
        raise NotFound(N_("This link opens nothing. Use the most recent one that you received, whole."))
    g.language = found.language
    return found


@blueprint.get("/a/<token>")
@public
def agreement(token: str) -> Any:
    return _page(get_round(token), token, {}, {})


@blueprint.post("/a/<token>")
@public
def answer(token: str) -> Any:
    """Take the answer whole, or show what is missing with everything that was typed."""
    sent = get_round(token)
    answers, wrong = read_answers(shared_lines(sent.version), _decided(sent))
    wrong.update(_contradictions(sent, answers))
    name, comment = _typed("signed_name", MAX_NAME, wrong), _typed("comment", MAX_SENTENCE, wrong)
    if wrong and sent.outcome is RoundOutcome.OPEN:
        return _page(sent, token, request.form, wrong), Invalid.status
    refusal = attempt(lambda session: answer_round(session, sent, answers, name, comment, now()))
    if refusal is not None:
        shown: dict[str, Refusal] = {**wrong, refusal.field or "form": refusal}
        return _page(get_round(token), token, request.form, shown), refusal.status
    flash(gettext("Your answer is recorded."), "success")
    return redirect(url_for("signatory.agreement", token=token))


def _contradictions(sent: ProposalRound, answers: Sequence[AnswerGiven]) -> dict[str, Invalid]:
    """Find the lines that the whole is accepted with and that were changed nonetheless."""
    if request.form.get("all") != "accept":
        return {}
    changed = {each.indicator_key for each in answers if each.decision is not Decision.ACCEPT}
    return {
        f"decision-{line.id}": Invalid(N_("You asked to change this line: send your answer, or accept the line."))
        for line in shared_lines(sent.version)
        if line.indicator_key in changed
    }


def _decided(sent: ProposalRound) -> dict[str, str]:
    """Return what was typed; accepting the whole speaks for the lines left without a word."""
    typed = request.form.to_dict()
    if request.form.get("all") == "accept":
        for line in shared_lines(sent.version):
            typed.setdefault(f"decision-{line.id}", "accept")
    return typed


def _typed(name: str, max_length: int, wrong: dict[str, Any]) -> str:
    try:
        clean = clean_line if name == "signed_name" else clean_text
        text = clean(request.form.get(name, ""), max_length)
    except Invalid as refusal:
        wrong[name] = refusal
        return ""
    if name == "signed_name" and not text:
        wrong[name] = Invalid(N_("Write your name: the answer is given by a person."))
    return text


def _page(sent: ProposalRound, token: str, typed: Any, wrong: Mapping[str, Refusal]) -> str:
    version = sent.version
    content = _content(sent)
    return render_template(
        "agreements/agreement.html",
        round=sent,
        version=version,
        content=content,
        token=token,
        typed=typed,
        errors={name: explain(refusal) for name, refusal in wrong.items()},
        summary=_summary(sent, wrong),
        line_ids={line.indicator_key: line.id for line in version.commitments},
        given={each.indicator_key: each for each in sent.answers},
        earlier=_earlier(sent),
        difference=_difference(sent),
        is_open=sent.outcome is RoundOutcome.OPEN,
        words={
            "measures": MEASURES,
            "obligors": OBLIGORS,
            "frequencies": FREQUENCIES,
            "themes": THEMES,
            "decisions": DECISIONS,
            "settlements": SETTLEMENTS,
            "fields": FIELDS,
        },
    )


def _summary(sent: ProposalRound, wrong: Mapping[str, Refusal]) -> list[tuple[str, str]]:
    """Say each error with the line that it is about."""
    names = {str(line.id): line.label(sent.language) for line in sent.version.commitments}
    return [
        (name, " – ".join(filter(None, (names.get(name.rpartition("-")[2]), explain(refusal)))))
        for name, refusal in wrong.items()
    ]


def _earlier(sent: ProposalRound) -> dict[str, Any]:
    """Return what was asked in the round before, so that the signatory sees what became of it."""
    before = [each for each in sent.version.rounds if each.number == sent.number - 1]
    return {row.indicator_key: row for each in before for row in each.answers if row.decision.value != "accept"}


def _difference(sent: ProposalRound) -> Any:
    version = sent.version
    if version.number == 1:
        return None
    before = get_version(version.agreement, version.number - 1)
    return compare_contents(content_of(before), sent.content)


@blueprint.get("/a/<token>/agreement.pdf")
@public
def pdf(token: str) -> Response:
    sent = get_round(token)
    seal = seal_of(sent.version) if sent.outcome is RoundOutcome.ACCEPTED else None
    return pdf_response(sent.version, _content(sent), seal, sent.language)


def _content(sent: ProposalRound) -> dict[str, Any]:
    """Return what this link was sent to show, whatever became of the draft since."""
    return content_of(sent.version) if sent.outcome is RoundOutcome.ACCEPTED else sent.content
