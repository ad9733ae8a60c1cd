"""Answering in a real browser: by touch, by keyboard alone, without scripts, at any width."""

import re

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.audit.models import AuditEntry
from survey_app.campaigns.models import Invitation
from survey_app.clients.models import Contact
from survey_app.db import Database
from survey_app.responses.models import Answer, Response
from survey_app.responses.rules import Draft
from tests.browser.conftest import OpenPage, follow
from tests.responses.cast import OpenWave, open_wave, shipped

pytestmark = pytest.mark.browser
RECEIPT = re.compile("[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}")


def choose(page: Page, question: str, value: str) -> None:
    page.locator(f'label:has(> input[name="q.{question}"][value="{value}"])').click()


def go_on(page: Page) -> None:
    follow(page.locator(".moves .button--primary"))


def ratings(database: Database) -> dict[str, int | None]:
    with database.reading() as session:
        return {answer.question_key: answer.rating for answer in session.scalars(select(Answer))}


def test_a_form_is_answered_by_touch_from_the_first_screen_to_the_receipt(
    address: str, wave: OpenWave, open_page: OpenPage, database: Database
) -> None:
    page = open_page(address + wave.link(), has_touch=True)
    for section in wave.questionnaire.sections:
        for question in section.questions:
            if question.scale:
                choose(page, question.key, "8")
        go_on(page)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Read your answers again")
    go_on(page)
    expect(page.get_by_text(RECEIPT)).to_be_visible()
    assert set(ratings(database).values()) == {8}
    assert len(ratings(database)) == 27


def test_a_form_is_answered_with_the_keyboard_alone(
    address: str, wave: OpenWave, open_page: OpenPage, database: Database
) -> None:
    page = open_page(address + wave.link(), width=1280)
    for section in wave.questionnaire.sections:
        page.locator("body").press("Tab")
        while page.evaluate("document.activeElement.type") not in {"radio", "textarea"}:
            page.keyboard.press("Tab")
        for question in section.questions:
            if question.scale:
                assert page.evaluate("document.activeElement.name") == f"q.{question.key}"
                page.keyboard.type("10" if question.key == "first_answer" else "7")
                page.keyboard.press("Enter")
            else:
                page.keyboard.type("More coffee")
                page.keyboard.press("Tab")
        expect(page.get_by_role("button", name=re.compile("^(Continue|Review and send)$")).last).to_be_focused()
        with page.expect_navigation():
            page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    while page.evaluate("document.activeElement.textContent.trim()") != "Send my answers":
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text(RECEIPT)).to_be_visible()
    given = ratings(database)
    assert given.pop("first_answer") == 10
    assert set(given.values()) == {7, None}


def test_a_form_is_answered_without_scripts_and_without_cookies(
    address: str, wave: OpenWave, open_page: OpenPage, database: Database
) -> None:
    page = open_page(address + wave.link(), java_script_enabled=False)
    choose(page, "team_cover", "3")
    page.get_by_text("Tell us about a time").locator("visible=true").click()
    page.locator('textarea[name="c.team_cover"]').fill("Nobody in August")
    for _ in wave.questionnaire.sections:
        go_on(page)
    expect(page.get_by_text("Nobody in August")).to_be_visible()
    go_on(page)
    expect(page.get_by_text(RECEIPT)).to_be_visible()
    assert page.context.cookies() == []
    assert ratings(database) == {"team_cover": 3}


def test_a_form_is_answered_with_the_keyboard_alone_and_without_scripts(
    address: str, session: Session, open_page: OpenPage, database: Database
) -> None:
    wave = open_wave(session, shipped("quarterly_barometer"))
    page = open_page(address + wave.link(), java_script_enabled=False)
    for section in wave.questionnaire.sections:
        for question in section.questions:
            first = page.locator(f'[name="{"q" if question.scale else "c"}.{question.key}"]').first
            for _ in range(60):
                page.keyboard.press("Tab")
                if first.evaluate("field => field === document.activeElement"):
                    break
            if question.scale:
                page.keyboard.press("Space")
                page.keyboard.press("ArrowRight")
                page.keyboard.press("ArrowRight")
            else:
                page.keyboard.type("More coffee")
        press_button(page, "Continue", "Review and send")
    press_button(page, "Send my answers")
    expect(page.get_by_text(RECEIPT)).to_be_visible()
    given = ratings(database)
    assert len(given) == len(wave.questionnaire.questions)
    expected = {q.key: q.marks[2] if q.scale else None for q in wave.questionnaire.questions}
    assert given == expected


def press_button(page: Page, *names: str) -> None:
    """Reach a button with the Tab key, see that the focus shows, and press it."""
    for _ in range(120):
        page.keyboard.press("Tab")
        focused = page.locator("button:focus")
        if focused.count() and focused.inner_text() in names:
            assert focused.evaluate("button => getComputedStyle(button).outlineStyle") == "solid"
            with page.expect_navigation():
                page.keyboard.press("Enter")
            return
    raise AssertionError(f"the Tab key never reaches {names}")


@pytest.mark.parametrize("place", ["", "?question=team_reachability&score=8"])
def test_a_scanner_that_runs_scripts_and_presses_every_button_leaves_no_trace(
    address: str, wave: OpenWave, open_page: OpenPage, database: Database, place: str
) -> None:
    for press in (
        "document.forms.answers.submit()",
        "document.forms.answers.requestSubmit()",
        "document.querySelector('.moves .button--primary').click()",
        "document.querySelector('.switch').click()",
        "document.querySelector('.clear').click()",
    ):
        page = open_page(address + wave.link() + place)
        page.evaluate(press)
        page.wait_for_timeout(1500)
    for tail, form in (("/notice", ".objection"), ("/decline", ".objection"), ("/decline", "form.stack")):
        page = open_page(address + wave.link() + tail)
        page.evaluate("form => document.querySelector(form).submit()", form)
        expect(page.locator("#errors")).to_be_visible()
    with database.reading() as reading:
        assert (
            reading.execute(
                select(Invitation.started_at, Invitation.answered_at, Invitation.refused_at, Invitation.draft)
            ).all()
            == [(None, None, None, None)] * 3
        )
        assert reading.scalars(select(Contact).where(Contact.opted_out_at.is_not(None))).all() == []
        assert reading.scalars(select(AuditEntry)).all() == []


def test_what_is_typed_while_the_network_is_away_is_saved_when_it_is_back(
    address: str, wave: OpenWave, open_page: OpenPage, database: Database
) -> None:
    page = open_page(address + wave.link())
    page.route("**/draft", lambda route: route.abort())
    choose(page, "team_cover", "9")
    expect(page.locator("#saved[data-problem]")).to_contain_text("no connection")
    page.unroute("**/draft")
    choose(page, "first_answer", "8")
    expect(page.locator("#saved:not([data-problem])")).to_have_text("Saved.")
    with database.reading() as reading:
        (draft,) = (kept for kept in reading.scalars(select(Invitation.draft)) if kept)
    assert set(Draft.from_json(draft).answers) == {"team_cover", "first_answer"}


def test_enter_presses_the_button_that_goes_on(address: str, wave: OpenWave, open_page: OpenPage) -> None:
    page = open_page(address + wave.link(), java_script_enabled=False)
    choose(page, "team_cover", "8")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Project management")


def test_what_is_touched_saves_itself_and_a_page_only_looked_at_does_not(
    address: str, wave: OpenWave, open_page: OpenPage, database: Database
) -> None:
    page = open_page(address + wave.link())
    page.evaluate(
        'document.querySelector(\'[name="q.team_cover"][value="2"]\').dispatchEvent('
        "new Event('input', {bubbles: true}))"
    )
    page.wait_for_timeout(1600)
    with database.reading() as session:
        assert session.scalars(select(Invitation.started_at)).all() == [None, None, None]
    choose(page, "team_cover", "9")
    expect(page.locator("#saved")).to_have_text("Saved.")
    again = open_page(address + wave.link())
    expect(again.locator('[name="q.team_cover"][value="9"]')).to_be_checked()


def test_the_second_of_two_windows_is_told_and_loses_nothing(
    address: str, wave: OpenWave, open_page: OpenPage, database: Database
) -> None:
    first, second = open_page(address + wave.link()), open_page(address + wave.link())
    choose(first, "team_cover", "9")
    expect(first.locator("#saved")).to_have_text("Saved.")
    choose(second, "team_cover", "2")
    expect(second.locator("#saved")).to_contain_text("another window")
    go_on(second)
    expect(second.get_by_role("status").first).to_contain_text("also changed in another window")
    expect(second.locator('[name="q.team_cover"][value="2"]')).to_be_checked()
    first.goto(address + wave.link() + "?screen=review")
    second.goto(address + wave.link() + "?screen=review")
    go_on(first)
    go_on(second)
    expect(first.get_by_text("Thank you")).to_be_visible()
    expect(second.get_by_text("already received")).to_be_visible()
    with database.reading() as session:
        assert len(session.scalars(select(Response)).all()) == 1


def test_the_language_switches_with_what_is_on_the_screen(address: str, wave: OpenWave, open_page: OpenPage) -> None:
    page = open_page(address + wave.link())
    choose(page, "team_cover", "4")
    page.get_by_role("button", name="Français").click()
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    expect(page.locator('[name="q.team_cover"][value="4"]')).to_be_checked()


def test_a_low_mark_asks_for_a_comment_and_a_high_one_does_not(
    address: str, wave: OpenWave, open_page: OpenPage
) -> None:
    page = open_page(address + wave.link())
    choose(page, "team_cover", "9")
    expect(page.locator('textarea[name="c.team_cover"]')).to_be_hidden()
    choose(page, "team_cover", "6")
    expect(page.locator('textarea[name="c.team_cover"]')).to_be_visible()
    expect(page.get_by_text("Tell us about a time").locator("visible=true")).to_have_count(1)


def test_a_mark_can_be_taken_back(address: str, wave: OpenWave, open_page: OpenPage) -> None:
    page = open_page(address + wave.link())
    choose(page, "team_cover", "9")
    page.locator("fieldset", has=page.locator('[name="q.team_cover"]')).get_by_role("button").click()
    expect(page.locator('[name="q.team_cover"]:checked')).to_have_count(0)


def test_focus_goes_to_the_errors_and_from_there_to_the_question(
    address: str, wave: OpenWave, open_page: OpenPage
) -> None:
    page = open_page(address + wave.link())
    page.evaluate("document.querySelector('[name=\"q.first_answer\"][value=\"5\"]').value = '11'")
    choose(page, "first_answer", "11")
    go_on(page)
    expect(page.locator("#errors")).to_be_focused()
    page.locator("#errors a").press("Enter")
    expect(page.locator('[name="q.first_answer"]').first).to_be_focused()
    legend = page.locator("fieldset", has=page.locator('[name="q.first_answer"]')).locator("legend")
    expect(legend).to_be_in_viewport(ratio=1)
