"""The headers that every answer carries, error pages and files included."""

from collections.abc import Iterable
from types import TracebackType
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

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
