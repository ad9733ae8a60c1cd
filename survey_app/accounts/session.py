"""Who is asking and who gets in: what no view declared is refused, and each page knows the way on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from flask import Flask, Response, abort, current_app, g, redirect, request, url_for
from flask import session as cookie
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from survey_app.accounts.access import PUBLIC, SIGNED_IN, Permission, Viewer
from survey_app.accounts.models import User
from survey_app.accounts.rules import must_have_second_factor
from survey_app.accounts.signing_in import find_signed_in, mark_of, open_session
from survey_app.errors import N_, Refusal
from survey_app.web import db_session, now, settings

COOKIE_TOKEN = "staff_token"  # noqa: S105 - the name of the entry, not its content
PENDING = "pending_sign_in"
PENDING_FOR = timedelta(minutes=10)


class NotSignedIn(Refusal):
    status = 401


def view_user(user: User) -> Viewer:
    """Return the person as the rest of the product needs to know them."""
    own = frozenset(access.client_id for access in user.client_accesses)
    client_ids = None if user.sees_all_clients else own
    return Viewer(user.id, user.name, user.email, user.role, client_ids, user.language)


def find_current_user() -> User | None:
    """Return the person who is signed in, looked up once a request."""
    if "user" not in g:
        token = cookie.get(COOKIE_TOKEN)
        g.user = find_signed_in(db_session(), token, now()) if isinstance(token, str) else None
        g.viewer = view_user(g.user) if g.user else None
    user: User | None = g.user
    return user


def find_viewer() -> Viewer | None:
    find_current_user()
    viewer: Viewer | None = g.viewer
    return viewer


def current_user() -> User:
    user = find_current_user()
    if user is None:
        raise NotSignedIn(N_("Sign in to continue."))
    return user


def current_viewer() -> Viewer:
    """Return the signed-in person; the access check has let nobody else through."""
    viewer = find_viewer()
    if viewer is None:
        raise NotSignedIn(N_("Sign in to continue."))
    return viewer


def lacks_second_factor(user: User) -> bool:
    """Tell whether this person must set up a second factor before anything else."""
    is_asked = settings().must_require_second_factor and must_have_second_factor(user.role)
    return is_asked and user.totp_confirmed_at is None


def start_session(user: User) -> None:
    """Sign this browser in, with a fresh cookie: nothing of the one before is kept."""
    hours = settings().session_hours
    token = open_session(db_session(), user, timedelta(hours=hours), now())
    cookie.clear()
    cookie[COOKIE_TOKEN] = token
    cookie.permanent = True
    g.pop("user", None)


def remember_pending(user: User) -> None:
    """Note that the password was right and the code is still to come."""
    cookie[PENDING] = {
        "user_id": user.id,
        "password_mark": mark_of(user.password),
        "until": int((now() + PENDING_FOR).timestamp()),
    }


def find_pending() -> User | None:
    """Return the person whose password was right a moment ago and has not changed since."""
    pending = cookie.get(PENDING)
    if not isinstance(pending, Mapping) or pending.get("until", 0) < now().timestamp():
        return None
    user = db_session().get(User, pending["user_id"])
    if user is None or not user.active or mark_of(user.password) != pending["password_mark"]:
        return None
    return user


@dataclass(frozen=True)
class NavigationLink:
    url: str
    label: str
    # What aria-current says: "page" for the page itself, "true" for another page of the same room, "" for none.
    current: str


# Endpoint, label, permission. A room that is not installed leaves no dead link.
PLACES: tuple[tuple[str, str, Permission], ...] = (
    ("dashboard.home", N_("Home"), Permission.SEE_CLIENTS),
    ("clients.index", N_("Clients"), Permission.SEE_CLIENTS),
    ("catalogue.index", N_("Indicators"), Permission.SEE_CLIENTS),
    ("portfolio.clients", N_("Portfolio"), Permission.SEE_PORTFOLIO),
    ("clients.staff", N_("Accounts"), Permission.MANAGE_ACCOUNTS),
)


def links_for(viewer: Viewer) -> list[NavigationLink]:
    """Return the main navigation of this person."""
    open_places = [
        (endpoint, label)
        for endpoint, label, permission in PLACES
        if endpoint in current_app.view_functions and viewer.may(permission)
    ]
    here = _place_of(request.endpoint or "", [endpoint for endpoint, _ in open_places])
    return [
        NavigationLink(
            url_for(endpoint),
            gettext(label),
            "" if endpoint != here else "page" if endpoint == request.endpoint else "true",
        )
        for endpoint, label in open_places
    ]


def _place_of(endpoint: str, places: Sequence[str]) -> str:
    """Return the place that a page is, or else the first of its room."""
    room = endpoint.partition(".")[0]
    return endpoint if endpoint in places else next((each for each in places if each.partition(".")[0] == room), "")


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
