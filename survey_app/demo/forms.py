"""Read an HTML form and send it as a person's browser would, with nothing but the page."""

import http.client
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlencode, urljoin, urlsplit

REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass
class Form:
    """One form of a page: where it goes, what it holds, and the choices it offers."""

    action: str
    method: str
    values: dict[str, str] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)
    buttons: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Page:
    """A page as it was answered, with its forms."""

    status: int
    url: str
    text: str
    forms: tuple[Form, ...]


class _FormReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._open = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(attributes.get("action", ""), attributes.get("method", "get").lower()))
            self._open = True
        elif self._open and tag in ("input", "textarea", "button", "select"):
            self._read_control(tag, attributes)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = False

    def _read_control(self, tag: str, attributes: dict[str, str]) -> None:
        form, name = self.forms[-1], attributes.get("name", "")
        kind = attributes.get("type", "submit" if tag == "button" else "text")
        if tag == "button" or kind == "submit":
            form.buttons.append((name, attributes.get("value", "")))
        elif not name:
            return
        elif kind == "radio":
            form.choices.setdefault(name, []).append(attributes.get("value", ""))
            if "checked" in attributes:
                form.values[name] = attributes.get("value", "")
        elif kind == "checkbox":
            if "checked" in attributes:
                form.values[name] = attributes.get("value", "on")
        elif kind == "hidden":
            form.values[name] = attributes.get("value", "")
        else:
            form.texts.append(name)


def fetch(url: str, data: dict[str, str] | None = None) -> Page:
    """Get a page, or post a form to it, following redirects as a browser does."""
    for _ in range(5):
        status, location, text = _speak(url, data)
        if status not in REDIRECTS:
            reader = _FormReader()
            reader.feed(text)
            return Page(status, url, text, tuple(reader.forms))
        url, data = urljoin(url, location), None
    raise RuntimeError("the page redirects in a circle")


def _speak(url: str, data: dict[str, str] | None) -> tuple[int, str, str]:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=30)
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    try:
        if data is None:
            connection.request("GET", path)
        else:
            headers = {
                "Content-Type": "application/x-www-form-urlencoded",
                "Origin": f"{parts.scheme}://{parts.netloc}",
            }
            connection.request("POST", path, urlencode(data), headers)
        answer = connection.getresponse()
        return answer.status, answer.headers.get("Location", ""), answer.read().decode()
    finally:
        connection.close()
