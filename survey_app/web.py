"""What every request shares: its session, its language, its cookie, its headers and its error pages."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from types import TracebackType
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import structlog
from click import ClickException
from flask import Flask, Request, Response, current_app, g, render_template, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException, SecurityError
from werkzeug.routing import IntegerConverter, Map

from survey_app.clock import Clock, local_day
from survey_app.db import Database, transaction
from survey_app.errors import N_, NotFound, Refusal, Spoken
from survey_app.formats import format_day
from survey_app.i18n import current_language
from survey_app.settings import Settings

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Robots-Tag": "noindex, nofollow",
    "Referrer-Policy": "same-origin",
}
# Mail programs opt a person out from anywhere, in one click, without cookie or token (RFC 8058).
OPEN_TO_ANY_ORIGIN = frozenset({"unsubscribing"})
PUBLIC_PREFIXES = ("/r/", "/a/", "/p/", "/u/", "/s/")
HeaderList = list[tuple[str, str]]
Failure = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None] | None


class SecurityHeaders:
    """Add what an answer does not say itself, under the application, so that nothing can leave without it."""

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        wanted = _headers_for(environ["PATH_INFO"], environ["wsgi.url_scheme"])

        def start(status: str, headers: HeaderList, failure: Failure = None) -> object:
            given = {name.lower() for name, _ in headers}
            complete = headers + [(name, value) for key, name, value in wanted if key not in given]
            return start_response(status, complete, failure) if failure else start_response(status, complete)

        return self._application(environ, start)  # type: ignore[arg-type]


def _written(headers: dict[str, str]) -> tuple[tuple[str, str, str], ...]:
    return tuple((name.lower(), name, value) for name, value in headers.items())


_KEPT = _written(HEADERS)
_NOT_KEPT = _written({**HEADERS, "Cache-Control": "no-store"})
_PERSONAL = _written({**HEADERS, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})
_SECURE = _written({"Strict-Transport-Security": "max-age=63072000; includeSubDomains"})


def _headers_for(path: str, scheme: str) -> tuple[tuple[str, str, str], ...]:
    """Say what a page behind a link, any other page and a file of the site carry."""
    if path.startswith(PUBLIC_PREFIXES):  # noqa: SIM108 - two ternaries in one read badly
        wanted = _PERSONAL
    else:
        wanted = _KEPT if path.startswith("/static/") else _NOT_KEPT
    return wanted + _SECURE if scheme == "https" else wanted


class CookieSessions(SecureCookieSessionInterface):
    """Prepare the signature only where there is something to read: personal links carry no cookie."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        if self.get_cookie_name(app) not in request.cookies:
            return self.session_class()
        return super().open_session(app, request)


log = structlog.get_logger()

MAX_ROW_NUMBER = 2**63 - 1
READING_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
SAYS_WHAT_IS_WRONG = frozenset({"responses", "sheet_links"})
EXPLANATIONS = {
    400: N_("The request could not be read. Go back, check what was entered and send it again."),
    403: N_("Your account does not allow this. Ask an administrator of your agency for the right to do it."),
    404: N_("There is nothing at this address. Check the link, or start again from the home page."),
    405: N_("This address does not accept that kind of request. Go back and use the page's own button."),
    413: N_("What was sent is too large. Shorten the text or send a smaller file."),
    429: N_("Too many attempts. Wait a few minutes, then try again."),
    500: N_("Something failed on our side and nothing was saved. Try again; if it persists, tell us when it happened."),
}


def database() -> Database:
    found: Database = current_app.extensions["survey_database"]
    return found


@contextmanager
def writing_command() -> Iterator[Session]:
    """Give a command one transaction; what a rule refuses undoes it and ends the command with the rule's sentence."""
    with database().writing() as session:
        try:
            with transaction(session):
                yield session
        except Refusal as refusal:
            raise ClickException(str(refusal)) from None


def settings() -> Settings:
    found: Settings = current_app.extensions["survey_settings"]
    return found


def token_key() -> bytes:
    """Return what the secret parts of personal links derive from."""
    return settings().token_key.get_secret_value().encode()


def download_response(content: bytes | str, mimetype: str, name: str) -> Response:
    """Answer with a file to keep."""
    return Response(content, mimetype=mimetype, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def now() -> datetime:
    clock: Clock = current_app.extensions["survey_clock"]
    return clock.now()


def today(zone: str | None = None) -> date:
    """Return the day that it is for a client, by its zone; for the agency on a page without a client."""
    return local_day(now(), zone or settings().time_zone)


def db_session() -> Session:
    """Return this request's session: one that may write only where the method may."""
    if "db_session" not in g:
        source = database()
        g.db_session = source.reading() if request.method in READING_METHODS else source.writing()
    session: Session = g.db_session
    return session


def explain(refusal: Refusal) -> str:
    """Put a refusal into the reader's language."""
    language = current_language()
    return str(gettext(refusal.message, **{key: _spoken(value, language) for key, value in refusal.values.items()}))


def _spoken(value: object, language: str) -> object:
    if isinstance(value, date):
        return format_day(value, language)
    return value.in_language(language) if isinstance(value, Spoken) else value


def render_error(status: int, sentence: str) -> tuple[str, int]:
    return render_template("_error.html", status=status, sentence=sentence), status


def _close_session(_error: BaseException | None) -> None:
    session = g.pop("db_session", None)
    if session is not None:
        session.close()


def _show_http_error(error: HTTPException) -> Any:
    status = error.code or 500
    if status < 400:
        return error
    if isinstance(error, SecurityError):
        # A host name that is not ours: there is no address to build a page from.
        return Response("This host name is not served here.\n", 400, mimetype="text/plain")
    return render_error(status, gettext(EXPLANATIONS.get(status, EXPLANATIONS[400])))


def _show_failure(error: Exception) -> Any:
    log.error("request_failed", endpoint=request.endpoint, method=request.method, exc_info=error)
    if current_app.testing:
        raise error
    return render_error(500, gettext(EXPLANATIONS[500]))


def reject_none(attributes: dict[str, object]) -> dict[str, object]:
    """Leave out the attributes of a field that have no value: they would be printed as "None"."""
    return {name: value for name, value in attributes.items() if value is not None}


class RowNumberConverter(IntegerConverter):
    """A row's number in an address; one that no database can hold names nothing, so it is not found."""

    def __init__(self, url_map: Map, **options: Any) -> None:
        super().__init__(url_map, **{"max": MAX_ROW_NUMBER, **options})


def _refuse_nul() -> None:
    """Answer "nothing here" to an address with a NUL: one database refuses it, the other finds nothing.

    Forms clean what they take in; the answer form and the receipt's say themselves what is wrong and where.
    """
    asked = "" if request.blueprint in SAYS_WHAT_IS_WRONG else "".join(request.args.values())
    if "\0" in request.path or "\0" in asked:
        raise NotFound(EXPLANATIONS[404])


def init_web(app: Flask) -> None:
    app.url_map.converters["int"] = RowNumberConverter
    app.before_request(_refuse_nul)
    app.before_request(refuse_foreign_origin)
    app.add_template_filter(reject_none)
    app.teardown_appcontext(_close_session)
    app.wsgi_app = SecurityHeaders(app.wsgi_app)  # type: ignore[method-assign]
    app.register_error_handler(Refusal, lambda refusal: render_error(refusal.status, explain(refusal)))
    app.register_error_handler(HTTPException, _show_http_error)
    app.register_error_handler(Exception, _show_failure)
    app.context_processor(
        lambda: {
            "language": current_language(),
            "other_language": {"fr": "en", "en": "fr"}[current_language()],
        }
    )


def refuse_foreign_origin() -> None:
    """Refuse a POST that another site made, whatever the page: on personal links there is no cookie to check.

    A page that says no-referrer makes browsers write the origin "null" even of their own forms: what tells those
    apart is Sec-Fetch-Site. A browser too old to send it (Safari before 16.4) is let through: nothing rides along
    with its POST that a stranger lacks, since whoever knows the link may send the form from anywhere.
    """
    if request.method in READING_METHODS or request.blueprint in OPEN_TO_ANY_ORIGIN:
        return
    headers = request.headers
    own_origins = {request.host_url.rstrip("/"), settings().public_base_url.rstrip("/")}
    site, origin = headers.get("Sec-Fetch-Site", "same-origin"), headers.get("Origin", "null")
    if site not in {"same-origin", "none"} or (origin != "null" and origin not in own_origins):
        raise Refusal(N_("This form was sent from another site. Open your personal link again and send it from there."))
