"""Who gets in: every request is judged before its view runs, and what no view declared is refused."""

from flask import Flask, Response, abort, current_app, g, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from survey_app.accounts.access import PUBLIC, SIGNED_IN, Permission
from survey_app.accounts.navigation import links_for
from survey_app.accounts.session import find_current_user, find_viewer, lacks_second_factor

OPEN_WITHOUT_SECOND_FACTOR = frozenset({"accounts.second_factor", "accounts.submit_second_factor", "accounts.sign_out"})


def init_accounts(app: Flask) -> None:
    app.before_request(enforce_access)
    app.context_processor(_navigation)


def enforce_access() -> BaseResponse | None:
    """Let through what the route declares; a route that declares nothing is refused to everybody."""
    if request.endpoint is None or request.endpoint == "static":
        return None
    access = getattr(current_app.view_functions[request.endpoint], "access", None)
    if access == PUBLIC:
        return None
    if access is None:
        abort(403)
    return _judge_person(access)


def _judge_person(access: Permission | str) -> BaseResponse | None:
    user, viewer = find_current_user(), find_viewer()
    if user is None or viewer is None:
        return _ask_to_sign_in()
    g.language = user.language
    if lacks_second_factor(user) and request.endpoint not in OPEN_WITHOUT_SECOND_FACTOR:
        return redirect(url_for("accounts.second_factor"))
    if access != SIGNED_IN and not (isinstance(access, Permission) and viewer.may(access)):
        abort(403)
    return None


def _ask_to_sign_in() -> Response | BaseResponse:
    """Send the person to the sign-in page, and back afterwards where that is a page."""
    target = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("accounts.sign_in", next=target if target != "/" else None))


def _navigation() -> dict[str, object]:
    """Give every page the person and the pages they may go to; a page for anyone asks for nobody."""
    viewer = g.get("viewer")
    return {"viewer": viewer, "navigation": links_for(viewer) if viewer else []}
