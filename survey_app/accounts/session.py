"""Who is asking: the person behind the request's cookie."""

from collections.abc import Mapping
from datetime import timedelta

from flask import g
from flask import session as cookie

from survey_app.accounts.access import Viewer
from survey_app.accounts.models import User
from survey_app.accounts.passwords import mark_of
from survey_app.accounts.rules import must_have_second_factor
from survey_app.accounts.signing_in import find_signed_in, open_session
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
