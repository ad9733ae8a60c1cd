"""The calendar feeds."""

from collections.abc import Callable
from datetime import UTC, date, datetime

from flask.testing import FlaskClient

from survey_app.accounts.models import User
from survey_app.action_plans.calendar import Event, write_calendar
from survey_app.action_plans.models import ActionPlan
from survey_app.db import Database, transaction
from tests.action_plans.conftest import Plans
from tests.cast import post

NOW = datetime(2026, 4, 1, 8, 30, tzinfo=UTC)


def test_lines_are_folded_at_75_octets_between_characters() -> None:
    text = write_calendar("Plans", [Event("a@x", "é" * 200, date(2026, 5, 4), date(2026, 5, 4))], NOW)
    assert text.endswith("END:VCALENDAR\r\n")
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert "é" * 200 in text.replace("\r\n ", "")


def test_a_title_never_becomes_a_line_of_its_own() -> None:
    text = write_calendar("P", [Event("a@x", "x\r\nEND:VEVENT;,\\", date(2026, 5, 4), date(2026, 5, 4))], NOW)
    assert "SUMMARY:x\\nEND:VEVENT\\;\\,\\\\\r\n" in text


def test_a_whole_day_event_ends_on_the_morning_after() -> None:
    text = write_calendar("P", [Event("a@x", "x", date(2026, 4, 30), date(2026, 4, 30))], NOW)
    assert "DTSTART;VALUE=DATE:20260430\r\nDTEND;VALUE=DATE:20260501\r\n" in text


def test_a_person_subscribes_to_the_due_dates_of_their_clients(
    plans: Plans, breach: ActionPlan, browser: Callable[[], FlaskClient], browserless: FlaskClient, database: Database
) -> None:
    plans.write(breach)
    client = browser()
    post(client, "/plans/calendar")
    address = client.get("/plans?year=2026").text.split("<code>http://localhost")[1].split("</code>")[0]
    feed = browserless.get(address)
    assert feed.mimetype == "text/calendar"
    assert "Nommer un relais" in feed.text
    assert "Mise en place" in feed.text
    post(client, "/plans/calendar")
    assert browserless.get(address).status_code == 404
    fresh = client.get("/plans?year=2026").text.split("<code>http://localhost")[1].split("</code>")[0]
    with database.writing() as session, transaction(session):
        session.get_one(User, plans.lead.id).active = False
    assert browserless.get(fresh).status_code == 404
