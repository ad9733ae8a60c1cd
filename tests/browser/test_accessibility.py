"""Nothing that axe-core objects to, in any state of the form; nothing cut at 320 px, nothing too small to touch."""

import gzip
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Page
from sqlalchemy.orm import Session

from survey_app.clock import SettableClock
from tests.responses.cast import OpenWave, open_wave, shipped

pytestmark = pytest.mark.browser
OpenPage = Callable[..., Page]
Violations = Callable[[Page], list[str]]
Prepare = Callable[[Page, str], None]
MOST_BYTES = 40_000


def as_it_opens(page: Page, link: str) -> None:
    page.goto(link)


def with_answers(page: Page, link: str) -> None:
    page.goto(link)
    page.locator('label:has(> [name="q.team_cover"][value="3"])').click()
    page.locator('label:has(> [name="q.first_answer"][value="na"])').click()


def on_the_next_screen(page: Page, link: str) -> None:
    with_answers(page, link)
    page.locator(".moves .button--primary").click()


def with_errors(page: Page, link: str) -> None:
    page.goto(link)
    page.evaluate("document.querySelector('[name=\"q.first_answer\"][value=\"5\"]').value = '11'")
    page.locator('label:has(> [name="q.first_answer"][value="11"])').click()
    page.locator(".moves .button--primary").click()
    page.locator("#errors").wait_for()


def on_the_review(page: Page, link: str) -> None:
    on_the_next_screen(page, link)
    page.goto(f"{link}?screen=review")


def thanked(page: Page, link: str) -> None:
    on_the_review(page, link)
    page.locator(".moves .button--primary").click()
    page.locator(".receipt").wait_for()


def received(page: Page, link: str) -> None:
    thanked(page, link)
    page.goto(link)


def on_the_empty_review_with_errors(page: Page, link: str) -> None:
    page.goto(f"{link}?screen=review")
    page.locator(".moves .button--primary").click()
    page.locator("#errors").wait_for()


def declining(page: Page, link: str) -> None:
    page.goto(f"{link}/decline")


def declining_with_errors(page: Page, link: str) -> None:
    page.goto(f"{link}/decline")
    page.locator(".moves .button--primary").click()
    page.locator("#errors").wait_for()


def declined(page: Page, link: str) -> None:
    page.goto(f"{link}/decline")
    page.locator('[name="reason"]').first.check()
    page.locator(".moves .button--primary").click()


def objected(page: Page, link: str) -> None:
    page.goto(f"{link}/notice")
    page.locator("form button").click()


def notice(page: Page, link: str) -> None:
    page.goto(f"{link}/notice")


def unknown(page: Page, link: str) -> None:
    page.goto(link.rsplit("/", 1)[0] + "/unknown")


def statement(page: Page, link: str) -> None:
    page.goto(link.rsplit("/", 1)[0] + "/accessibility")


def receipt_not_found(page: Page, link: str) -> None:
    page.goto(link.rsplit("/r/", 1)[0] + "/s/receipt?code=AAAA-BBBB-CCCC")


STATES: tuple[Prepare, ...] = (
    as_it_opens, with_answers, on_the_next_screen, with_errors, on_the_review, thanked, received,
    on_the_empty_review_with_errors, declining, declining_with_errors, declined, objected, notice, unknown,
    statement, receipt_not_found,
)
TOO_SMALL = """() => [...document.querySelectorAll('a, button, input, summary, textarea')].filter(e => {
  if (e.classList.contains('visually-hidden') || e.classList.contains('skip') || e.type === 'hidden') return false;
  const box = (e.closest('label') ?? e).getBoundingClientRect();
  const isInSentence = e.tagName === 'A' && e.closest('p, li')?.textContent.trim() !== e.textContent.trim();
  return box.width > 0 && !isInSentence && (box.width < 24 || box.height < 24);
}).map(e => e.outerHTML.slice(0, 120))"""
IS_CUT = "() => document.documentElement.scrollWidth > document.documentElement.clientWidth"


@pytest.mark.parametrize("prepare", STATES, ids=lambda prepare: prepare.__name__)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_axe_finds_nothing_and_nothing_is_cut_or_too_small(
    address: str, wave: OpenWave, open_page: OpenPage, violations: Violations, prepare: Prepare
) -> None:
    page = open_page("about:blank", width=320)
    prepare(page, address + wave.link())
    assert violations(page) == []
    assert page.evaluate(TOO_SMALL) == []
    assert not page.evaluate(IS_CUT)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_axe_finds_nothing_on_a_closed_wave_with_the_text_given_back(
    address: str, wave: OpenWave, open_page: OpenPage, violations: Violations, clock: SettableClock
) -> None:
    page = open_page("about:blank")
    with_answers(page, address + wave.link())
    clock.set(datetime(2026, 3, 14, tzinfo=UTC))
    page.locator(".moves .button--primary").click()
    page.get_by_text("This survey has ended").wait_for()
    assert violations(page) == []


@pytest.mark.parametrize("colours", ["forced", "reduced-motion", "french", "wide", "large-text"])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_axe_finds_nothing_whatever_the_person_asked_of_their_browser(
    address: str, wave: OpenWave, open_page: OpenPage, violations: Violations, colours: str
) -> None:
    options: dict[str, Any] = {
        "forced": {"forced_colors": "active"}, "reduced-motion": {"reduced_motion": "reduce"},
        "wide": {"width": 1280},
    }
    page = open_page("about:blank", **options.get(colours, {}))
    with_answers(page, address + wave.link() + ("?lang=fr" if colours == "french" else ""))
    if colours == "large-text":
        page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert violations(page) == []
    assert not page.evaluate(IS_CUT)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_chosen_mark_is_told_apart_in_forced_colours(
    address: str, wave: OpenWave, open_page: OpenPage
) -> None:
    page = open_page("about:blank", forced_colors="active")
    with_answers(page, address + wave.link())
    colour = "mark => getComputedStyle(mark).backgroundColor"
    chosen, other = (page.locator(f"[name='q.team_cover'][value='{mark}'] + span") for mark in (3, 4))
    assert chosen.evaluate(colour) != other.evaluate(colour)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_choosing_a_mark_moves_nothing_above_it(address: str, wave: OpenWave, open_page: OpenPage) -> None:
    page = open_page(address + wave.link())
    place = "() => document.querySelector('[name=\"q.team_cover\"]').getBoundingClientRect().top + scrollY"
    before = page.evaluate(place)
    page.locator('label:has(> [name="q.team_reachability"][value="9"])').click()
    page.locator("#saved", has_text="Saved.").wait_for()
    assert page.evaluate(place) == before


@pytest.mark.parametrize("key", ["annual_review", "quarterly_barometer"])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_first_visit_weighs_less_than_forty_kilobytes_and_asks_nobody_else(
    address: str, session: Session, open_page: OpenPage, key: str
) -> None:
    wave = open_wave(session, shipped(key))
    bodies: dict[str, bytes] = {}
    page = open_page("about:blank")
    page.on("response", lambda reply: bodies.__setitem__(reply.url, reply.body()))
    page.goto(address + wave.link(), wait_until="networkidle")
    assert len(bodies) == 4
    assert all(url.startswith(address) for url in bodies)
    assert sum(len(gzip.compress(body, 6)) for body in bodies.values()) < MOST_BYTES
    assert max(len(body) for body in bodies.values()) < MOST_BYTES
