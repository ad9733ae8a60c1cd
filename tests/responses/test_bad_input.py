"""What is not a mark of the scale, nor a field of the form, is refused clearly and loses nothing."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from survey_app.campaigns.models import Invitation
from survey_app.db import Database
from tests.responses.cast import OpenWave

Submit = Callable[..., TestResponse]
Stored = Callable[[], list[dict[str, tuple[int | None, bool, str | None]]]]
FORM = "application/x-www-form-urlencoded"
NOT_MARKS = ["11", "-1", "3.5", "NaN", "７", "07", "+7", " 7", "7 ", "1e1", "", "None", "七", "0x7", "7\x00", "\x00"]


@pytest.mark.parametrize("value", NOT_MARKS)
def test_what_is_not_a_mark_is_refused_and_the_rest_is_shown_again(submit: Submit, stored: Stored, value: str) -> None:
    page = submit({"q.first_answer": value, "q.team_cover": "4", "c.team_cover": "August"}, screen="availability")
    assert page.status_code == 400
    assert "This mark is not on the scale. Choose one from 0 to 10" in page.text
    assert 'href="#q.first_answer"' in page.text
    assert 'name="q.team_cover" value="4" class="low" checked' in page.text
    assert ">August</textarea>" in page.text
    assert stored() == []


@pytest.mark.parametrize("value", NOT_MARKS)
def test_what_is_not_a_mark_is_kept_neither_on_the_way_nor_by_the_autosave(
    browserless: FlaskClient, wave: OpenWave, database: Database, value: str
) -> None:
    fields = {"screen": "availability", "version": "0", "q.first_answer": value}
    assert browserless.post(wave.link(), data={**fields, "go": "next"}).status_code == 400
    saved = browserless.post(wave.link() + "/draft", data=fields)
    assert saved.status_code == 400
    assert saved.json
    assert saved.json["message"]
    with database.reading() as session:
        assert session.scalars(select(Invitation.draft)).all() == [None, None, None]


def test_a_question_answered_twice_is_refused(submit: Submit, stored: Stored) -> None:
    page = submit({"q.team_cover": ["4", "5"]}, screen="availability")
    assert page.status_code == 400
    assert "answered twice" in page.text
    assert stored() == []


@pytest.mark.parametrize("field", ["q.unknown", "c.unknown", "rating", "q.", "q.team_cover.x", "\x00"])
def test_an_unknown_field_is_refused(submit: Submit, stored: Stored, field: str) -> None:
    page = submit({field: "4", "q.team_cover": "4"}, screen="availability")
    assert page.status_code == 400
    assert "field that this questionnaire does not have" in page.text
    assert 'name="q.team_cover" value="4" class="low" checked' in page.text
    assert stored() == []


def test_a_nul_in_a_comment_is_refused_and_the_text_kept(submit: Submit, stored: Stored) -> None:
    page = submit({"c.team_cover": "before\x00after"}, screen="availability")
    assert page.status_code == 400
    assert ">beforeafter</textarea>" in page.text
    assert stored() == []


@pytest.mark.parametrize("letter", ["a", "é", "🙂"])
def test_a_comment_of_a_megabyte_is_refused_and_given_back_whole(submit: Submit, stored: Stored, letter: str) -> None:
    text = letter * (1_000_000 // len(letter.encode()))
    page = submit({"c.team_cover": text, "q.team_cover": "4"}, screen="availability")
    assert page.status_code == 400
    assert "may have 4000. Shorten it" in page.text
    assert f">{text}</textarea>" in page.text
    assert stored() == []


def test_a_form_larger_than_the_limit_is_refused_before_it_is_read(
    browserless: FlaskClient, wave: OpenWave, stored: Stored
) -> None:
    page = browserless.post(
        wave.link(), data={"go": "submit", "c.team_cover": "a" * 5_000_000}, headers={"Accept-Language": "en"}
    )
    assert page.status_code == 413
    assert "too large" in page.text
    assert stored() == []


def test_a_comment_at_its_limit_is_kept_and_one_letter_more_is_not(submit: Submit, stored: Stored) -> None:
    assert submit({"c.team_cover": "x" * 4001}).status_code == 400
    assert submit({"c.team_cover": "x" * 4000}).status_code == 200
    assert stored() == [{"team_cover": (None, False, "x" * 4000)}]


def test_invisible_marks_of_pasted_text_go_without_a_word(submit: Submit, stored: Stored) -> None:
    assert submit({"c.team_cover": "\u200eBonjour\u2028à tous\ufeff"}).status_code == 200
    assert stored() == [{"team_cover": (None, False, "Bonjour\nà tous")}]


@pytest.mark.parametrize("go", ["jump", "edit:nowhere", "clear:nothing", "", "edit:", "next\x00"])
def test_an_unknown_button_is_refused(browserless: FlaskClient, wave: OpenWave, go: str) -> None:
    page = browserless.post(wave.link(), data={"go": go, "screen": "availability", "q.team_cover": "4"})
    assert page.status_code == 400
    assert "This button is unknown here" in page.text


@pytest.mark.parametrize(
    "page_fields",
    [
        {"version": "x"},
        {"version": "9" * 400},
        {"opened": "１２"},
        {"seed": "é" * 99},
        {"lang": "\x00"},
        {"screen": "\x00"},
    ],
)
def test_what_the_page_says_of_itself_never_breaks_the_form(
    submit: Submit, stored: Stored, page_fields: dict[str, str]
) -> None:
    assert submit({"q.team_cover": "4"}, **page_fields).status_code == 200
    assert len(stored()) == 1


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"go=submit&q.team_cover=%FF%FE", FORM),
        (b"go=submit&q.team_cover=\xff\xfe", FORM),
        (b"go=submit&q.team_cover=%ED%A0%80", FORM),
        (b"&&&&=&=7&%", FORM),
        (b"", FORM),
        (b'{"go": "submit", "q.team_cover": 7}', "application/json"),
        (b"--x\r\nbroken", "multipart/form-data; boundary=x"),
        (b"go=submit&" + b"q.team_cover=7&" * 2000, FORM),
    ],
)
@pytest.mark.parametrize("tail", ["", "/draft", "/decline"])
def test_a_body_that_is_no_form_is_refused_and_never_breaks(
    browserless: FlaskClient, wave: OpenWave, stored: Stored, body: bytes, kind: str, tail: str
) -> None:
    page = browserless.post(wave.link() + tail, data=body, content_type=kind)
    assert page.status_code in {400, 413}
    assert stored() == []


def test_typed_text_is_never_markup(submit: Submit) -> None:
    page = submit({"c.team_cover": "</textarea><script>x</script>", "q.first_answer": "<b>"}, screen="availability")
    assert "<script>x" not in page.text
    assert "&lt;/textarea&gt;&lt;script&gt;" in page.text
