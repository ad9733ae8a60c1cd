"""What stands around the form: the notice, declining, objecting, the statement, the look of the agency."""

from collections.abc import Sequence
from typing import Any

from flask import Response, render_template, request, url_for
from flask_babel import gettext, lazy_gettext

from survey_app.accounts.access import public
from survey_app.db import transaction
from survey_app.errors import N_, Invalid, NotFound
from survey_app.i18n import current_language
from survey_app.responses.forms import read_comment
from survey_app.responses.pages import promises
from survey_app.responses.queries import Visit, find_logo, find_visit
from survey_app.responses.rules import DoorState, RefusalReason
from survey_app.responses.service import decline, object_to_use, reopen, state_of
from survey_app.responses.views import blueprint as blueprint
from survey_app.responses.views import (
    choose_language,
    show_closed_door,
    show_declined,
    show_page,
    show_unknown,
)
from survey_app.validation import COLOUR_PATTERN, MIN_CONTRAST, contrast_ratio
from survey_app.web import db_session, explain, now

# Each problem as its link, its subject and its sentence.
Problems = Sequence[tuple[str, str, str]]
A_YEAR = "public, max-age=31536000, immutable"
REASONS = {
    RefusalReason.NOT_MY_SUBJECT: lazy_gettext("These subjects do not concern me"),
    RefusalReason.NO_TIME: lazy_gettext("I have no time for it"),
    RefusalReason.NO_TRUST: lazy_gettext("I would rather not say it this way"),
    RefusalReason.LEFT: lazy_gettext("I no longer work with this agency"),
    RefusalReason.OTHER: lazy_gettext("Another reason"),
}


def _visit(token: str, *, is_writing: bool = False) -> Visit | None:
    visit = find_visit(db_session(), token, is_writing=is_writing)
    if visit is not None:
        choose_language(request.values.get("lang"), visit.invitation_language)
    return visit


@blueprint.get("/r/<token>/notice")
@public
def notice(token: str) -> Any:
    visit = _visit(token)
    return show_unknown() if visit is None else _show_notice(visit)


def _show_notice(visit: Visit, problems: Problems = (), status: int = 200) -> Any:
    return show_page("responses/notice.html", visit, status=status, problems=problems, **promises(visit))


@blueprint.get("/r/<token>/decline")
@public
def declining(token: str) -> Any:
    visit = _visit(token)
    if visit is None:
        return show_unknown()
    state = state_of(visit, now())
    return _ask_why(visit) if state is DoorState.OPEN else show_closed_door(visit, state)


@blueprint.post("/r/<token>/decline")
@public
def refuse(token: str) -> Any:
    """Note that the person does not wish to answer, with their reason."""
    with transaction(db_session()) as session:
        visit = _visit(token, is_writing=True)
        if visit is None:
            return show_unknown()
        try:
            reason = _read_reason(request.form.get("reason", ""))
            decline(session, visit, reason, read_comment(request.form.get("comment", "")), now())
        except Invalid as refusal:
            return _ask_why(visit, [("#" + (refusal.field or "comment"), "", explain(refusal))], 400)
    return show_declined(visit, DoorState.REFUSED)


def _read_reason(value: str) -> RefusalReason:
    try:
        return RefusalReason(value)
    except ValueError:
        raise Invalid(N_("Choose one of the reasons; “Another reason” is one."), field="reason") from None


def _ask_why(visit: Visit, problems: Problems = (), status: int = 200) -> Any:
    return show_page(
        "responses/decline.html",
        visit,
        status=status,
        reasons=list(REASONS.items()),
        problems=problems,
        reason=request.form.get("reason"),
        comment=request.form.get("comment", "").replace("\x00", ""),
    )


@blueprint.post("/r/<token>/object")
@public
def objecting(token: str) -> Any:
    """Note an objection that a person has ticked: nothing more is sent to them."""
    with transaction(db_session()) as session:
        visit = _visit(token, is_writing=True)
        if visit is None:
            return show_unknown()
        if request.form.get("sure") != "yes":
            return _show_notice(visit, [("#sure", "", gettext("Tick the box to confirm that you object."))], 400)
        object_to_use(session, visit, now())
    return show_declined(visit, DoorState.OBJECTED)


@blueprint.post("/r/<token>/reopen")
@public
def reopening(token: str) -> Any:
    """Let a person who declined answer after all."""
    with transaction(db_session()) as session:
        visit = _visit(token, is_writing=True)
        if visit is None:
            return show_unknown()
        reopen(session, visit, now())
    return Response(status=303, headers={"Location": f"/r/{token}?lang={current_language()}"})


@blueprint.get("/r/accessibility")
@public
def accessibility() -> Any:
    language = choose_language(request.args.get("lang"), current_language())
    switch_url = url_for("responses.accessibility", lang="en" if language == "fr" else "fr")
    return render_template("responses/accessibility.html", switch_url=switch_url)


@blueprint.get("/r/accent/<colour>.css")
@public
def accent(colour: str) -> Response:
    """Give the agency's accent as a style sheet: the page's policy lets no style stand inside it."""
    if not COLOUR_PATTERN.fullmatch("#" + colour) or contrast_ratio("#" + colour) < MIN_CONTRAST:
        raise NotFound(N_("This colour is not one that text can be read on."))
    return Response(f":root{{--accent:#{colour}}}", mimetype="text/css", headers={"Cache-Control": A_YEAR})


@blueprint.get("/r/logo/<int:agency_id>/<logo_hash>")
@public
def logo(agency_id: int, logo_hash: str) -> Response:
    content = find_logo(db_session(), agency_id, logo_hash)
    if content is None:
        raise NotFound(N_("This picture does not exist."))
    mimetype = "image/png" if content.startswith(b"\x89PNG") else "image/jpeg"
    return Response(content, mimetype=mimetype, headers={"Cache-Control": A_YEAR})
