"""Nothing that axe-core objects to, in any state of the form; nothing cut at 320 px, nothing too small to touch."""

import gzip
import random
import struct
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect
from sqlalchemy.orm import Session

from survey_app.clock import SettableClock
from survey_app.db import transaction
from survey_app.responses.service import MAX_LOGO_BYTES
from tests.browser.conftest import OpenPage, follow
from tests.responses.cast import OpenWave, open_wave, shipped
from tests.score_sheets.conftest import make_stage
from tests.score_sheets.test_receipts import CODE, answered

pytestmark = pytest.mark.browser
Violations = Callable[[Page], list[str]]
Prepare = Callable[[Page, str], None]
MOST_BYTES = 40_000


def picture(width: int, height: int) -> bytes:
    """Return a white PNG of this size."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    rows = (b"\0" + b"\xff" * width) * height
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def as_it_opens(page: Page, link: str) -> None:
    page.goto(link)


def with_answers(page: Page, link: str) -> None:
    page.goto(link)
    page.locator('label:has(> [name="q.team_cover"][value="3"])').click()
    page.locator('label:has(> [name="q.first_answer"][value="na"])').click()


def on_the_next_screen(page: Page, link: str) -> None:
    with_answers(page, link)
    follow(page.locator(".moves .button--primary"))


def with_errors(page: Page, link: str) -> None:
    page.goto(link)
    page.evaluate("document.querySelector('[name=\"q.first_answer\"][value=\"5\"]').value = '11'")
    page.locator('label:has(> [name="q.first_answer"][value="11"])').click()
    follow(page.locator(".moves .button--primary"))
    page.locator("#errors").wait_for()


def on_the_review(page: Page, link: str) -> None:
    on_the_next_screen(page, link)
    page.goto(f"{link}?screen=review")


def thanked(page: Page, link: str) -> None:
    on_the_review(page, link)
    follow(page.locator(".moves .button--primary"))
    page.locator(".receipt").wait_for()


def received(page: Page, link: str) -> None:
    thanked(page, link)
    page.goto(link)


def on_the_empty_review_with_errors(page: Page, link: str) -> None:
    page.goto(f"{link}?screen=review")
    follow(page.locator(".moves .button--primary"))
    page.locator("#errors").wait_for()


def declining(page: Page, link: str) -> None:
    page.goto(f"{link}/decline")


def declining_with_errors(page: Page, link: str) -> None:
    page.goto(f"{link}/decline")
    follow(page.locator(".moves .button--primary"))
    page.locator("#errors").wait_for()


def declined(page: Page, link: str) -> None:
    page.goto(f"{link}/decline")
    page.locator('[name="reason"]').first.check()
    follow(page.locator(".moves .button--primary"))


def objected(page: Page, link: str) -> None:
    page.goto(f"{link}/notice")
    page.locator("#sure").check()
    follow(page.locator(".objection button"))


def objecting_with_errors(page: Page, link: str) -> None:
    page.goto(f"{link}/notice")
    page.evaluate("document.getElementById('objection').noValidate = true")
    follow(page.locator(".objection button"))
    page.locator("#errors").wait_for()


def told_of_another_window(page: Page, link: str) -> None:
    page.goto(link)
    page.locator('label:has(> [name="q.team_cover"][value="3"])').click()
    page.locator("#saved", has_text="Saved.").wait_for()
    page.evaluate("document.forms.answers.elements.version.value = 0")
    page.locator('label:has(> [name="q.team_cover"][value="4"])').click()
    page.locator("#saved[data-problem]").wait_for()
    follow(page.locator(".moves .button--primary"))
    page.locator(".notice").wait_for()


def notice(page: Page, link: str) -> None:
    page.goto(f"{link}/notice")


def unknown(page: Page, link: str) -> None:
    page.goto(link.rsplit("/", 1)[0] + "/unknown")


def statement(page: Page, link: str) -> None:
    page.goto(link.rsplit("/", 1)[0] + "/accessibility")


def receipt_found(page: Page, link: str) -> None:
    thanked(page, link)
    follow(page.get_by_role("link", name="Check my receipt"))


def receipt_not_found(page: Page, link: str) -> None:
    page.goto(link.rsplit("/r/", 1)[0] + "/s/receipt?code=AAAA-BBBB-CCCC")


FIRST = "Annual review of our work together"
# Each state with the words of its heading: a state that was never reached proves nothing.
STATES: dict[Prepare, str] = {
    as_it_opens: FIRST,
    with_answers: FIRST,
    with_errors: FIRST,
    told_of_another_window: FIRST,
    on_the_next_screen: "Project management",
    on_the_review: "Read your answers again",
    on_the_empty_review_with_errors: "Read your answers again",
    thanked: "Thank you",
    received: "Your answers were received",
    declining: "You would rather not answer",
    declining_with_errors: "You would rather not answer",
    declined: "You chose not to answer",
    notice: "What becomes of your answers",
    objecting_with_errors: "What becomes of your answers",
    objected: "Your objection is noted",
    unknown: "This link is not valid",
    statement: "Accessibility of the answer form",
    receipt_found: "Are my answers counted?",
    receipt_not_found: "Are my answers counted?",
}
TOO_SMALL = """() => [...document.querySelectorAll('a, button, input, summary, textarea')].filter(e => {
  if (e.classList.contains('visually-hidden') || e.classList.contains('skip') || e.type === 'hidden') return false;
  const box = (e.closest('label') ?? e).getBoundingClientRect();
  const isInSentence = e.tagName === 'A' && e.closest('p, li')?.textContent.trim() !== e.textContent.trim();
  return box.width > 0 && !isInSentence && (box.width < 24 || box.height < 24);
}).map(e => e.outerHTML.slice(0, 120))"""
# What WCAG 1.4.12 lets a person ask of any text.
SPACED = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`* {
    line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important;
  }`);
  document.adoptedStyleSheets = [sheet];
}"""
IS_CUT = "() => document.documentElement.scrollWidth > document.documentElement.clientWidth"


@pytest.mark.parametrize("prepare", STATES, ids=lambda prepare: prepare.__name__)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_axe_finds_nothing_and_nothing_is_cut_or_too_small(
    address: str, wave: OpenWave, open_page: OpenPage, violations: Violations, prepare: Prepare
) -> None:
    page = open_page("about:blank", width=320)
    prepare(page, address + wave.link())
    expect(page.get_by_role("heading", level=1)).to_contain_text(STATES[prepare])
    assert violations(page) == []
    assert page.evaluate(TOO_SMALL) == []
    assert not page.evaluate(IS_CUT)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_axe_finds_nothing_on_a_closed_wave_with_the_text_given_back(
    address: str, wave: OpenWave, open_page: OpenPage, violations: Violations, clock: SettableClock
) -> None:
    page = open_page("about:blank", width=320)
    with_answers(page, address + wave.link())
    clock.set(datetime(2026, 3, 14, tzinfo=UTC))
    follow(page.locator(".moves .button--primary"))
    page.get_by_text("This survey has ended").wait_for()
    assert violations(page) == []
    assert not page.evaluate(IS_CUT)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_axe_finds_nothing_where_each_question_has_its_screen_nor_on_its_review(
    address: str, session: Session, open_page: OpenPage, violations: Violations
) -> None:
    wave = open_wave(session, shipped("quarterly_barometer"), is_one_question_per_screen=True)
    page = open_page(address + wave.link(), width=320)
    page.locator(".mark").nth(2).click()
    assert violations(page) == []
    follow(page.locator(".moves .button--primary"))
    page.goto(address + wave.link() + "?screen=review")
    expect(page.get_by_role("button", name="Change")).to_have_count(len(wave.questionnaire.questions))
    expect(page.get_by_role("heading", level=2)).to_have_count(len(wave.questionnaire.sections))
    assert violations(page) == []
    assert page.evaluate(TOO_SMALL) == []
    assert not page.evaluate(IS_CUT)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_axe_finds_nothing_on_a_receipt_that_a_published_sheet_counts(
    address: str, session: Session, open_page: OpenPage, violations: Violations
) -> None:
    stage = make_stage(session)
    with transaction(session):
        stage.issue(answered(stage))
    page = open_page(f"{address}/s/receipt?lang=en&code={CODE}", width=320)
    expect(page.locator(".receipt")).to_contain_text("They are counted in edition 1 of score sheet")
    assert violations(page) == []
    assert page.evaluate(TOO_SMALL) == []
    assert not page.evaluate(IS_CUT)


@pytest.mark.parametrize("colours", ["forced", "reduced-motion", "french", "wide", "large-text", "spaced-text"])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_axe_finds_nothing_whatever_the_person_asked_of_their_browser(
    address: str, wave: OpenWave, open_page: OpenPage, violations: Violations, colours: str
) -> None:
    options: dict[str, Any] = {
        "forced": {"forced_colors": "active"},
        "reduced-motion": {"reduced_motion": "reduce"},
        "wide": {"width": 1280},
    }
    page = open_page("about:blank", **options.get(colours, {}))
    with_answers(page, address + wave.link() + ("?lang=fr" if colours == "french" else ""))
    if colours == "large-text":
        page.evaluate("document.documentElement.style.fontSize = '200%'")
    if colours == "spaced-text":
        page.evaluate(SPACED)
    assert violations(page) == []
    assert not page.evaluate(IS_CUT)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_chosen_mark_is_told_apart_in_forced_colours(address: str, wave: OpenWave, open_page: OpenPage) -> None:
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


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_nothing_shifts_while_the_page_and_its_logo_arrive(address: str, session: Session, open_page: OpenPage) -> None:
    wave = open_wave(session, logo=picture(220, 64), logo_hash="a" * 16)
    page = open_page("about:blank")
    page.add_init_script(
        "new PerformanceObserver(list => { window.shifts = (window.shifts ?? 0) + list.getEntries().length; })"
        ".observe({type: 'layout-shift', buffered: true})"
    )

    def delay(route: Route) -> None:
        page.wait_for_timeout(400)
        route.continue_()

    page.route("**/r/logo/**", delay)
    page.goto(address + wave.link(), wait_until="networkidle")
    assert page.evaluate("document.querySelector('.letterhead__logo').naturalHeight") == 64
    page.wait_for_timeout(300)
    assert page.evaluate("window.shifts ?? 0") == 0


@pytest.mark.parametrize("key", ["annual_review", "quarterly_barometer"])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_every_page_weighs_less_than_forty_kilobytes_with_all_it_loads_and_asks_nobody_else(
    address: str, session: Session, open_page: OpenPage, key: str
) -> None:
    logo = b"\x89PNG\r\n\x1a\n" + random.Random(key).randbytes(MAX_LOGO_BYTES - 8)
    wave = open_wave(session, shipped(key), logo=logo, logo_hash="a" * 16)
    link = address + wave.link()
    page = open_page("about:blank")
    with_answers_everywhere(page, link, wave)
    screens = [section.key for section in wave.questionnaire.sections]
    for place in (*(f"?screen={screen}" for screen in [*screens, "review"]), "/notice", "/decline"):
        bodies = load_afresh(page, link + place)
        assert {"public.css", "1d4ed8.css", "a" * 16} <= {url.rsplit("/", 1)[1] for url in bodies}, place
        assert all(url.startswith(address) for url in bodies)
        assert sum(len(gzip.compress(body, 6)) for body in bodies.values()) < MOST_BYTES, place
        assert max(len(body) for body in bodies.values()) < MOST_BYTES, place


def with_answers_everywhere(page: Page, link: str, wave: OpenWave) -> None:
    for section in wave.questionnaire.sections:
        page.goto(f"{link}?screen={section.key}")
        for mark in page.locator(".mark:nth-child(4)").all():
            mark.click()
        follow(page.locator(".moves .button--primary"))


def load_afresh(page: Page, url: str) -> dict[str, bytes]:
    """Load a page as a first visit does, and return all that came with it."""
    bodies: dict[str, bytes] = {}
    visit = page.context.browser.new_page() if page.context.browser else page
    visit.on("response", lambda reply: bodies.__setitem__(reply.url, reply.body()))
    visit.goto(url, wait_until="networkidle")
    visit.close()
    return bodies
