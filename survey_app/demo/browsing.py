"""Behave as a person with a browser and a mailbox: follow the mailed link, read the form, send it."""

import email
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from email.policy import default
from html.parser import HTMLParser
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode, urljoin
from urllib.request import ProxyHandler, build_opener

from survey_app.demo.cast import Person, PlayedClient


@dataclass
class Form:
    """One form of a page: where it goes, what it holds, and the choices it offers."""

    action: str
    method: str
    values: dict[str, str] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)
    buttons: list[tuple[str, str]] = field(default_factory=list)

    def take(self, tag: str, name: str, kind: str, value: str, *, is_checked: bool) -> None:
        """Take one control in, with what it says unless somebody changes it."""
        if tag == "button" or kind == "submit":
            self.buttons.append((name, value))
        elif name and kind not in ("radio", "checkbox", "hidden"):
            self.texts.append(name)
        elif name:
            if kind == "radio":
                self.choices.setdefault(name, []).append(value)
            if is_checked or kind == "hidden":
                self.values[name] = value or ("on" if kind == "checkbox" else "")


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
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(said.get("action", ""), said.get("method", "get").lower()))
            self._open = True
        elif self._open and tag in ("input", "textarea", "button", "select"):
            kind, value = said.get("type", "text"), said.get("value", "")
            self.forms[-1].take(tag, said.get("name", ""), kind, value, is_checked="checked" in said)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = False


def fetch(url: str, data: dict[str, str] | None = None) -> Page:
    """Get a page, or post a form to it, following redirects as a browser does."""
    browser = build_opener(ProxyHandler({}))
    browser.addheaders = [("Origin", "/".join(url.split("/")[:3]))]
    try:
        answer = browser.open(url, None if data is None else urlencode(data).encode(), timeout=30)
    except HTTPError as refused:
        answer = refused
    with answer:
        reader, text = _FormReader(), answer.read().decode()
        reader.feed(text)
        return Page(answer.status, answer.url, text, tuple(reader.forms))


ANSWER_LINK = re.compile(r"https?://\S+/r/[\w-]+")
PLAN_LINK = re.compile(r"https?://\S+/p/[\w-]+")


def newest_link(folder: Path, address: str) -> str:
    """Return the answer link of the newest message to this address that holds one."""
    for text in _texts_to(folder, address):
        found = ANSWER_LINK.search(text)
        if found:
            return found.group()
    raise RuntimeError(f"no mail to {address} holds a personal link")


def plan_links(folder: Path, address: str) -> list[str]:
    """Return every plan link that was mailed to this address, each once, newest first."""
    found = (PLAN_LINK.search(text) for text in _texts_to(folder, address))
    return list(dict.fromkeys(match.group() for match in found if match))


def _texts_to(folder: Path, address: str) -> Iterator[str]:
    for path in sorted(folder.glob("*.eml"), reverse=True):
        message = email.message_from_bytes(path.read_bytes(), policy=default)
        body = message.get_body(preferencelist=("plain",)) if address in str(message["To"]) else None
        if body:
            yield str(body.get_content())


MARK = "q."
COMMENT = "c."
MAX_PAGES = 60
SECONDS_A_CHOICE = timedelta(seconds=6)


def answer(
    link: str,
    person: Person,
    client: PlayedClient,
    wave_index: int,
    indicators: dict[str, str],
    read: Callable[[timedelta], None],
) -> str:
    """Fill in the form at this link, taking the time to read it, and return the receipt code it shows."""
    chance = random.Random(f"{client.key}:{person.email}:{wave_index}")  # noqa: S311 - play, not secrecy
    page = fetch(link)
    for _ in range(MAX_PAGES):
        receipt = re.search(r"/s/receipt\?code=([\w-]+)", page.text)
        if receipt:
            return receipt.group(1)
        form = _answer_form(page)
        read(SECONDS_A_CHOICE * (1 + len(form.choices)))
        page = fetch(urljoin(page.url, form.action), _fill(form, person, client, wave_index, indicators, chance))
    raise RuntimeError(f"the form of {person.email} does not end")


def _answer_form(page: Page) -> Form:
    if page.status != 200:
        raise RuntimeError(f"the form answered {page.status}")
    for form in page.forms:
        if form.method == "post" and any(value in ("next", "submit") for _, value in form.buttons):
            return form
    raise RuntimeError("the page offers nothing to send")


def _fill(
    form: Form,
    person: Person,
    client: PlayedClient,
    wave_index: int,
    indicators: dict[str, str],
    chance: random.Random,
) -> dict[str, str]:
    """Choose marks around the person's usual one, say "not applicable" where it is so, comment where they would."""
    values = dict(form.values)
    usual = person.marks[wave_index] or 0
    for name, offered in form.choices.items():
        key = name.removeprefix(MARK)
        indicator = indicators.get(key, "")
        if indicator in person.not_applicable:
            values[name] = "na"
        else:
            shift = client.shifts.get(indicator, (0, 0))[wave_index]
            values[name] = _mark(offered, usual + shift + chance.choice((-1, 0, 0, 0, 1)))
    comment = person.comments[wave_index]
    for name in form.texts:
        is_closing = name.startswith(COMMENT) and MARK + name.removeprefix(COMMENT) not in form.choices
        if comment and is_closing:
            values[name] = comment
    values["go"] = "submit" if ("go", "submit") in form.buttons else "next"
    return values


def _mark(offered: list[str], wished: int) -> str:
    """Put a wish out of ten on the scale that the page offers."""
    marks = [int(value) for value in offered if value.isdigit()]
    low, high = min(marks), max(marks)
    return str(low + round(max(0, min(10, wished)) * (high - low) / 10))
