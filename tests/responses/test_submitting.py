"""The last step: a whole form is taken in once, exactly as it was said, or nothing is."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from survey_app.audit.models import AuditEntry
from survey_app.campaigns.models import Invitation
from survey_app.db import Database
from survey_app.responses.models import Response
from tests.responses.cast import OpenWave, marks

RECEIPT = re.compile(r"<strong>([0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4})</strong>")
Submit = Callable[..., TestResponse]
Stored = Callable[[], list[dict[str, tuple[int | None, bool, str | None]]]]


def receipt_in(page: str) -> str:
    found = RECEIPT.search(page)
    assert found
    return found[1]


def test_it_keeps_marks_not_applicable_and_comments_apart(submit: Submit, stored: Stored) -> None:
    page = submit(
        {
            "q.team_cover": "0",
            "q.first_answer": "10",
            "q.quote_delivery": "na",
            "c.quote_delivery": "Not my part",
            "c.urgent_requests": "  Two lines\r\nof text ",
            "c.team_cover": "",
        }
    )
    assert page.status_code == 200
    assert stored() == [
        {
            "team_cover": (0, False, None),
            "first_answer": (10, False, None),
            "quote_delivery": (None, True, "Not my part"),
            "urgent_requests": (None, False, "Two lines\nof text"),
        }
    ]


def test_it_says_thank_you_with_the_receipt_that_is_stored(submit: Submit, database: Database) -> None:
    code = receipt_in(submit({"q.team_cover": "7"}).text)
    with database.reading() as session:
        assert session.scalars(select(Response.receipt_code)).all() == [code]


def test_who_answered_and_the_audit_entry_come_in_the_same_transaction(
    submit: Submit, wave: OpenWave, database: Database
) -> None:
    submit({"q.team_cover": "7"})
    with database.reading() as session:
        invitation = session.scalars(select(Invitation).where(Invitation.answered_at.is_not(None))).one()
        entry = session.scalars(select(AuditEntry)).one()
    assert (entry.action, entry.subject_type, entry.subject_id) == ("submit_response", "invitation", invitation.id)
    assert wave.tokens[0] not in entry.details


def test_the_link_shows_the_receipt_afterwards_and_never_the_answers(
    submit: Submit, wave: OpenWave, browserless: FlaskClient
) -> None:
    code = receipt_in(submit({"q.team_cover": "3", "c.team_cover": "Only in August"}).text)
    page = browserless.get(wave.link()).text
    assert code in page
    assert "Only in August" not in page
    assert "<fieldset" not in page


def test_a_second_sending_with_other_answers_changes_nothing_and_says_so(submit: Submit, stored: Stored) -> None:
    code = receipt_in(submit({"q.team_cover": "9"}, seed="first").text)
    second = submit({"q.team_cover": "2", "c.team_cover": "A second thought"}, seed="second")
    assert second.status_code == 409
    assert receipt_in(second.text) == code
    assert "A second thought" in second.text
    assert stored() == [{"team_cover": (9, False, None)}]


def test_the_same_page_sent_twice_is_only_thanked_again(submit: Submit, stored: Stored) -> None:
    first, second = (submit({"q.team_cover": "9"}, seed="same") for _ in range(2))
    assert (first.status_code, second.status_code) == (200, 200)
    assert receipt_in(first.text) == receipt_in(second.text)
    assert len(stored()) == 1


def test_fifty_identical_posts_at_once_make_one_response_and_one_receipt(
    app: Flask, wave: OpenWave, stored: Stored
) -> None:
    fields = {"go": "submit", "screen": "review", "seed": "one-page", **marks(wave.questionnaire)}

    def send(_: int) -> tuple[int, str]:
        page = app.test_client().post(wave.link(), data=fields)
        return page.status_code, receipt_in(page.text)

    with ThreadPoolExecutor(16) as crowd:
        outcomes = set(crowd.map(send, range(50)))
    assert len(outcomes) == 1
    assert len(stored()) == 1


def test_of_many_different_forms_at_once_one_wins_whole_and_every_other_is_told(
    app: Flask, wave: OpenWave, stored: Stored
) -> None:
    def send(mark: int) -> tuple[int, int, str, str]:
        fields = {"go": "submit", "screen": "review", "seed": f"page-{mark}", **marks(wave.questionnaire, mark)}
        page = app.test_client().post(wave.link(), data={**fields, "c.team_cover": f"Words of page {mark}"})
        return mark, page.status_code, receipt_in(page.text), page.text

    with ThreadPoolExecutor(11) as crowd:
        outcomes = list(crowd.map(send, range(11)))
    ((winner, _, code, _),) = (one for one in outcomes if one[1] == 200)
    (kept,) = stored()
    assert {rating for rating, _, _ in kept.values()} == {winner}
    assert kept["team_cover"] == (winner, False, f"Words of page {winner}")
    for mark, status, shown, text in outcomes:
        assert shown == code
        if mark != winner:
            assert status == 409
            assert "already received" in text
            assert f"<blockquote>Words of page {mark}</blockquote>" in text


def test_an_empty_form_is_not_taken_in(submit: Submit, stored: Stored) -> None:
    page = submit({})
    assert page.status_code == 400
    assert "The form is empty" in page.text
    assert stored() == []


@pytest.mark.parametrize("address", ["unknown", "x" * 5000, "%00", "é"])
def test_an_unknown_link_is_not_found(browserless: FlaskClient, wave: OpenWave, address: str) -> None:
    assert browserless.get(f"/r/{address}").status_code == 404
    assert browserless.post(f"/r/{address}", data={"go": "submit"}).status_code == 404


def test_a_revoked_link_shows_the_page_of_an_unknown_one_and_gives_the_text_back(
    browserless: FlaskClient, wave: OpenWave, database: Database
) -> None:
    with database.writing() as session:
        invitation = session.scalars(select(Invitation).order_by(Invitation.id)).first()
        assert invitation
        invitation.revoked_at = invitation.created_at
        session.commit()
    revoked, unknown = browserless.get(wave.link()), browserless.get("/r/unknown")
    assert (revoked.status_code, revoked.text) == (unknown.status_code, unknown.text) == (404, unknown.text)
    typed = {"go": "next", "screen": "availability", "q.team_cover": "4", "c.team_cover": "Nobody <b>in August</b>"}
    late, stray = (browserless.post(link, data=typed) for link in (wave.link(), "/r/unknown"))
    assert (late.status_code, late.text) == (stray.status_code, stray.text)
    assert "<blockquote>Nobody &lt;b&gt;in August&lt;/b&gt;</blockquote>" in late.text


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "null"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
        {"Origin": "https://elsewhere.test"},
        {"Origin": "http://localhost.elsewhere.test"},
        {"Origin": ""},
        {"Sec-Fetch-Site": "same-origin", "Origin": "https://elsewhere.test"},
    ],
    ids=str,
)
@pytest.mark.parametrize("tail", ["", "/draft", "/decline", "/object", "/reopen"])
def test_another_site_may_not_send_the_form(
    wave: OpenWave, browserless: FlaskClient, stored: Stored, headers: dict[str, str], tail: str
) -> None:
    fields = {"go": "submit", "q.team_cover": "1", "reason": "other", "sure": "yes"}
    page = browserless.post(wave.link() + tail, data=fields, headers=headers)
    assert page.status_code == 409
    assert stored() == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "same-origin", "Origin": "null"},
        {"Origin": "http://localhost"},
        # What Safari sent before 16.4 from a page that says no-referrer: the link itself is the authority.
        {"Origin": "null"},
    ],
    ids=str,
)
def test_the_page_itself_may_send_the_form_from_any_browser(
    submit: Submit, browserless: FlaskClient, wave: OpenWave, stored: Stored, headers: dict[str, str]
) -> None:
    page = browserless.post(wave.link(), data={"go": "submit", "q.team_cover": "1"}, headers=headers)
    assert page.status_code == 200
    assert len(stored()) == 1


def test_the_number_of_seconds_comes_from_the_page_and_is_left_out_where_it_cannot_be_true(
    submit: Submit, database: Database
) -> None:
    submit({"q.team_cover": "7"}, place=0, opened="1772442000")  # 2 March 2026, 9:00
    submit({"q.team_cover": "7"}, place=1, opened="1772441910")
    submit({"q.team_cover": "7"}, place=2, opened="99999999999")
    with database.reading() as session:
        found = session.execute(select(Response.n_seconds, func.count()).group_by(Response.n_seconds)).all()
    assert {tuple(row) for row in found} == {(0, 1), (90, 1), (None, 1)}
