"""From screen to screen: what was said is kept under the link, on any device, until it is sent."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from survey_app.application import create_app
from survey_app.campaigns.models import Invitation
from survey_app.clock import SettableClock
from survey_app.db import Database, transaction
from survey_app.responses.models import Response
from survey_app.responses.rules import Draft
from survey_app.settings import Settings
from tests.responses.cast import OpenWave, marks, open_wave, shipped

FIRST = {"screen": "availability", "lang": "en", "version": "0"}


def version_in(page: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', page)
    assert found
    return found[1]


def traces(database: Database) -> list[tuple[object, ...]]:
    with database.reading() as session:
        return [
            tuple(row)
            for row in session.execute(
                select(
                    Invitation.started_at,
                    Invitation.answered_at,
                    Invitation.refused_at,
                    Invitation.draft,
                    Invitation.draft_version,
                )
            )
        ]


def test_each_theme_is_a_screen_and_the_review_comes_last(browserless: FlaskClient, wave: OpenWave) -> None:
    keys = [section.key for section in wave.questionnaire.sections]
    page = browserless.get(wave.link())
    for number, key in enumerate(keys, 1):
        assert f"Step {number} of {len(keys) + 1}" in page.text
        assert f'name="screen" value="{key}"' in page.text
        first = wave.questionnaire.sections[number - 1].questions[0]
        field, value = (f"q.{first.key}", "8") if first.scale else (f"c.{first.key}", "Bravo")
        page = browserless.post(
            wave.link(),
            data={"screen": key, "go": "next", "version": version_in(page.text), field: value},
            follow_redirects=True,
        )
    assert "Read your answers again" in page.text
    assert page.text.count("<strong>8</strong>") == len(keys)


def test_no_mark_is_chosen_beforehand(browserless: FlaskClient, wave: OpenWave) -> None:
    assert " checked" not in browserless.get(wave.link()).text


def test_it_resumes_where_the_person_stopped_on_another_device(app: Flask, wave: OpenWave) -> None:
    app.test_client().post(wave.link(), data={**FIRST, "go": "next", "q.team_cover": "4", "c.team_cover": "Août <3"})
    other = app.test_client()
    page = other.get(wave.link()).text
    assert 'name="screen" value="project_management"' in page
    assert "Welcome back" in page
    first = other.get(wave.link() + "?screen=availability").text
    assert 'name="q.team_cover" value="4" class="low" checked' in first
    assert ">Août &lt;3</textarea>" in first


def test_back_keeps_what_was_just_entered(browserless: FlaskClient, wave: OpenWave) -> None:
    page = browserless.post(
        wave.link(),
        data={"screen": "project_management", "go": "back", "q.followup_workload": "6"},
        follow_redirects=True,
    )
    assert 'name="screen" value="availability"' in page.text
    again = browserless.get(wave.link() + "?screen=project_management").text
    assert 'name="q.followup_workload" value="6" class="low" checked' in again


def test_an_answer_can_be_cleared_without_scripts(browserless: FlaskClient, wave: OpenWave) -> None:
    browserless.post(wave.link(), data={**FIRST, "go": "next", "q.team_cover": "4", "q.first_answer": "5"})
    page = browserless.post(
        wave.link(),
        data={**FIRST, "version": "1", "go": "clear:team_cover", "q.team_cover": "4", "q.first_answer": "5"},
        follow_redirects=True,
    )
    assert page.text.count(" checked") == 1
    assert 'name="q.first_answer" value="5" class="low" checked' in page.text


def test_the_language_switches_without_losing_what_is_not_saved_yet(browserless: FlaskClient, wave: OpenWave) -> None:
    page = browserless.post(
        wave.link(),
        data={**FIRST, "go": "fr", "q.team_cover": "4", "c.team_cover": "In August"},
        follow_redirects=True,
    ).text
    assert '<html lang="fr">' in page
    assert "Présence et réactivité" in page
    assert 'name="q.team_cover" value="4" class="low" checked' in page
    assert ">In August</textarea>" in page
    assert '<html lang="fr">' in browserless.get(wave.link()).text


def test_an_edit_link_of_the_review_leads_to_its_screen(browserless: FlaskClient, wave: OpenWave) -> None:
    page = browserless.post(
        wave.link(), data={"screen": "review", "go": "edit:closing", "q.team_cover": "4"}, follow_redirects=True
    )
    assert 'name="screen" value="closing"' in page.text


def test_a_form_open_for_nine_hours_and_across_a_restart_loses_nothing(
    app: Flask, settings: Settings, clock: SettableClock, wave: OpenWave, database: Database
) -> None:
    before = app.test_client().get(wave.link()).text
    clock.advance(timedelta(hours=9))
    restarted = create_app(settings, clock)
    page = restarted.test_client().post(
        wave.link(),
        data={**FIRST, "version": version_in(before), "go": "submit", **marks(wave.questionnaire)},
    )
    restarted.extensions["survey_database"].engine.dispose()
    assert "Thank you" in page.text
    with database.reading() as session:
        assert session.scalars(select(Response.n_seconds)).all() == [None]


@pytest.mark.parametrize("method", ["get", "head", "options"])
@pytest.mark.parametrize(
    "tail", ["", "?question=team_reachability&score=8", "?screen=review", "?lang=fr", "/notice", "/decline"]
)
def test_a_mail_scanner_leaves_no_trace(
    browserless: FlaskClient, wave: OpenWave, database: Database, method: str, tail: str
) -> None:
    before, written = traces(database), []
    event.listen(
        database.engine,
        "before_cursor_execute",
        lambda _c, _cursor, statement, *_: (
            written.append(statement)
            if not statement.lstrip().upper().startswith(("SELECT", "BEGIN", "PRAGMA"))
            else None
        ),
    )
    assert getattr(browserless, method)(wave.link() + tail).status_code == 200
    assert (traces(database), written) == (before, [])


def test_a_scanner_that_presses_the_button_of_an_empty_page_leaves_no_trace(
    browserless: FlaskClient, wave: OpenWave, database: Database
) -> None:
    before = traces(database)
    browserless.post(wave.link(), data={**FIRST, "go": "next"})
    browserless.post(wave.link() + "/draft", data=FIRST)
    assert traces(database) == before


MAIL = "?question=team_reachability&score=8"
CHOSEN = 'name="q.team_reachability" value="8" checked'
CARRIED = {"q.team_reachability": "8", "question": "team_reachability", "score": "8"}


def test_the_mark_of_the_mail_is_only_pre_filled_and_the_page_says_so(browserless: FlaskClient, wave: OpenWave) -> None:
    page = browserless.get(wave.link() + MAIL).text
    assert CHOSEN in page
    assert "Pre-filled from your email: 8 for “" in page
    assert '<a href="#q.team_reachability">Change this rating</a>' in page
    elsewhere = browserless.get(wave.link() + MAIL + "&screen=closing").text
    assert "Pre-filled from your email: 8 for “" in elsewhere
    assert (
        f'href="{wave.link()}?screen=availability&amp;lang=en&amp;question=team_reachability&amp;score=8#q.'
        in elsewhere
    )
    assert " checked" not in browserless.get(wave.link()).text


def test_an_answer_given_before_stands_against_the_button_of_the_mail(browserless: FlaskClient, wave: OpenWave) -> None:
    browserless.post(wave.link(), data={**FIRST, "go": "next", "q.team_reachability": "4"})
    page = browserless.get(wave.link() + MAIL).text
    assert "You had already answered “" in page
    assert 'name="q.team_reachability" value="4" class="low" checked' in page
    assert 'name="score"' not in page


def test_a_pre_filled_score_is_kept_with_the_first_answer_of_the_person(
    browserless: FlaskClient, wave: OpenWave
) -> None:
    browserless.post(wave.link(), data={**FIRST, "go": "next", "q.team_cover": "4", **CARRIED})
    assert CHOSEN in browserless.get(wave.link() + "?screen=availability").text


def test_a_scanner_that_presses_its_way_from_the_score_to_the_review_leaves_no_trace(
    browserless: FlaskClient, wave: OpenWave, database: Database
) -> None:
    before, address = traces(database), wave.link() + MAIL
    for screen in [section.key for section in wave.questionnaire.sections]:
        page = browserless.get(address).text
        assert f'name="screen" value="{screen}"' in page
        assert '<input type="hidden" name="score" value="8">' in page
        fields = {"screen": screen, "lang": "en", "version": "0", "go": "next", **CARRIED}
        address = browserless.post(wave.link(), data=fields).headers["Location"]
    review = browserless.get(address).text
    assert "<strong>8</strong>" in review
    assert "Pre-filled from your email: 8" in review
    assert traces(database) == before


def test_a_person_who_only_gave_the_score_may_send_it(
    browserless: FlaskClient, wave: OpenWave, database: Database
) -> None:
    review = browserless.get(wave.link() + MAIL + "&screen=review").text
    assert '<input type="hidden" name="q.team_reachability" value="8">' in review
    fields = {"screen": "review", "go": "submit", **CARRIED}
    assert "Thank you" in browserless.post(wave.link(), data=fields).text


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ({"q.team_reachability": "6"}, 'name="q.team_reachability" value="6" class="low" checked'),
        ({"c.team_reachability": "Gladly"}, ">Gladly</textarea>"),
    ],
)
def test_a_pre_filled_score_that_the_person_changed_or_explained_is_an_answer(
    browserless: FlaskClient, wave: OpenWave, said: dict[str, str], shown: str
) -> None:
    fields = {**FIRST, "go": "next", **CARRIED, **said}
    assert "score=" not in browserless.post(wave.link(), data=fields).headers["Location"]
    assert shown in browserless.get(wave.link() + "?screen=availability").text


@pytest.mark.parametrize(
    ("question", "score"),
    [("team_reachability", score) for score in ("11", "-1", "x", "７", "8.5", "na", "<b>", "")]
    + [(question, "8") for question in ("", "recommendation", "last_word", "no_such_question", "<b>", "\0")],
)
def test_a_button_that_names_no_mark_or_another_question_is_ignored(
    browserless: FlaskClient, wave: OpenWave, question: str, score: str
) -> None:
    page = browserless.get(wave.link(), query_string={"question": question, "score": score})
    assert page.status_code == 200
    assert " checked" not in page.text
    assert 'type="hidden" name="q.' not in page.text
    assert "Pre-filled" not in page.text


def test_the_autosave_answers_with_the_new_version_and_tells_an_older_page(
    browserless: FlaskClient, wave: OpenWave
) -> None:
    first = browserless.post(wave.link() + "/draft", data={**FIRST, "q.team_cover": "4"})
    assert (first.status_code, first.json) == (200, {"version": 1})
    stale = browserless.post(wave.link() + "/draft", data={**FIRST, "q.team_cover": "9"})
    assert stale.status_code == 409
    assert stale.json
    assert "another window" in stale.json["message"]
    wrong = browserless.post(wave.link() + "/draft", data={**FIRST, "version": "1", "q.team_cover": "11"})
    assert wrong.status_code == 400


def test_the_autosave_of_a_link_that_was_revoked_says_to_copy_the_text(
    browserless: FlaskClient, wave: OpenWave
) -> None:
    late = browserless.post("/r/unknown/draft", data={**FIRST, "q.team_cover": "9"})
    assert late.status_code == 404
    assert late.json
    assert "Copy what you typed" in late.json["message"]


def test_the_autosave_of_a_form_already_sent_is_told_so(browserless: FlaskClient, wave: OpenWave) -> None:
    browserless.post(wave.link(), data={"go": "submit", "q.team_cover": "4"})
    late = browserless.post(wave.link() + "/draft", data={**FIRST, "q.team_cover": "9"})
    assert late.status_code == 409
    assert late.json
    assert "already received" in late.json["message"]


def test_a_page_that_knew_an_older_version_is_shown_its_own_answers_and_told(
    browserless: FlaskClient, wave: OpenWave
) -> None:
    browserless.post(wave.link(), data={**FIRST, "go": "next", "q.team_cover": "4"})
    stale = browserless.post(wave.link(), data={**FIRST, "go": "next", "q.team_cover": "9"})
    assert stale.status_code == 409
    assert "also changed in another window" in stale.text
    assert 'name="q.team_cover" value="9" checked' in stale.text
    kept = browserless.post(
        wave.link(), data={**FIRST, "version": version_in(stale.text), "go": "next", "q.team_cover": "9"}
    )
    assert kept.status_code == 303


def test_of_windows_that_go_on_at_the_same_moment_one_is_kept_and_the_others_see_their_own_answers(
    app: Flask, wave: OpenWave, database: Database
) -> None:
    def send(mark: int) -> tuple[int, int, str]:
        page = app.test_client().post(wave.link(), data={**FIRST, "go": "next", "q.team_cover": str(mark)})
        return mark, page.status_code, page.text

    with ThreadPoolExecutor(11) as crowd:
        outcomes = list(crowd.map(send, range(11)))
    (winner,) = (mark for mark, status, _ in outcomes if status == 303)
    with database.reading() as session:
        (kept,) = (draft for draft in session.scalars(select(Invitation.draft)) if draft)
    assert Draft.from_json(kept).answers["team_cover"].rating == winner
    for mark, status, text in outcomes:
        if mark != winner:
            assert status == 409
            assert "also changed in another window" in text
            assert re.search(rf'name="q.team_cover" value="{mark}"[^>]* checked', text)


def test_two_windows_on_different_screens_do_not_disturb_each_other(browserless: FlaskClient, wave: OpenWave) -> None:
    browserless.post(wave.link(), data={**FIRST, "go": "next", "q.team_cover": "4"})
    other = browserless.post(
        wave.link(), data={"screen": "closing", "version": "0", "go": "next", "q.recommendation": "6"}
    )
    assert other.status_code == 303
    assert 'value="4" class="low" checked' in browserless.get(wave.link() + "?screen=availability").text


def test_one_question_per_screen_is_a_choice_of_the_agency(session: Session, browserless: FlaskClient) -> None:
    wave = open_wave(session, shipped("quarterly_barometer"), is_one_question_per_screen=True)
    page = browserless.get(wave.link()).text
    assert page.count("<fieldset") == 1
    assert f"Step 1 of {len(wave.questionnaire.questions) + 1}" in page
    first, second = wave.questionnaire.questions[:2]
    after = browserless.post(
        wave.link(), data={"screen": first.key, "go": "next", f"q.{first.key}": "7"}, follow_redirects=True
    )
    assert f'name="screen" value="{second.key}"' in after.text


def test_a_required_question_is_asked_again_at_the_top_with_a_link(session: Session, browserless: FlaskClient) -> None:
    whole = shipped("quarterly_barometer")
    section = whole.sections[0]
    asked = section.questions[0].model_copy(update={"is_required": True})
    sections = (section.model_copy(update={"questions": (asked, *section.questions[1:])}), *whole.sections[1:])
    wave = open_wave(session, whole.model_copy(update={"sections": sections}))
    fields = {"screen": section.key, f"q.{section.questions[1].key}": "8"}
    page = browserless.post(wave.link(), data={**fields, "go": "next"})
    assert page.status_code == 400
    assert f'href="#q.{asked.key}"' in page.text
    assert "Error:" in page.text.split("</title>")[0]
    assert f'name="q.{section.questions[1].key}" value="8" checked' in page.text
    at_the_end = browserless.post(wave.link(), data={**fields, "screen": "review", "go": "submit"})
    assert f"?screen={section.key}#q.{asked.key}" in at_the_end.text
    done = browserless.post(wave.link(), data={**fields, f"q.{asked.key}": "na", "go": "next"})
    assert done.status_code == 303


def test_the_draft_leaves_with_the_answer(
    browserless: FlaskClient, wave: OpenWave, database: Database, session: Session
) -> None:
    browserless.post(wave.link(), data={**FIRST, "go": "next", "q.team_cover": "4"})
    browserless.post(wave.link(), data={"screen": "review", "go": "submit", "q.team_cover": "4"})
    assert [row[3] for row in traces(database)] == [None, None, None]
    with transaction(session):
        assert session.scalars(select(Invitation.draft_version).order_by(Invitation.id)).first() == 1
