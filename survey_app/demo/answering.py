"""Answer a personal link as its owner would: page after page, with nothing but what the pages show."""

import random
import re
from collections.abc import Callable
from datetime import timedelta

from survey_app.demo.cast import Person, PlayedClient
from survey_app.demo.forms import Form, Page, fetch

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
        code = find_receipt(page)
        if code:
            return code
        form = _answer_form(page)
        read(SECONDS_A_CHOICE * (1 + len(form.choices)))
        page = fetch(_address(page, form), _fill(form, person, client, wave_index, indicators, chance))
    raise RuntimeError(f"the form of {person.email} does not end")


def find_receipt(page: Page) -> str:
    found = re.search(r"/s/receipt\?code=([\w-]+)", page.text)
    return found.group(1) if found else ""


def _answer_form(page: Page) -> Form:
    if page.status != 200:
        raise RuntimeError(f"the form answered {page.status}")
    for form in page.forms:
        if form.method == "post" and any(value in ("next", "submit") for _, value in form.buttons):
            return form
    raise RuntimeError("the page offers nothing to send")


def _address(page: Page, form: Form) -> str:
    origin = "/".join(page.url.split("/")[:3])
    return origin + form.action if form.action.startswith("/") else page.url


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
    marks = sorted(int(value) for value in offered if value.isdigit())
    low, high = marks[0], marks[-1]
    placed = low + round(max(0, min(10, wished)) * (high - low) / 10)
    return str(placed)
