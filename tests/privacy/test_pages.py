"""What pages say of a wave whose answers were erased: the scores, and why nothing else is left."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from survey_app.accounts.access import Role
from survey_app.campaigns.models import Wave
from survey_app.catalogue.content import load_catalogue
from survey_app.doctor import look_at_retention
from survey_app.errors import Refusal
from survey_app.privacy.commands import purge
from survey_app.score_sheets.service import issue_sheet
from tests.privacy.conftest import FIRST_DUE, Story
from tests.score_sheets.conftest import KEY, enter


def test_the_results_keep_their_scores_and_say_that_the_answers_are_erased(story: Story, app: Flask) -> None:
    browser = enter(app, "lea@agence.test", "Léa Bernard", Role.QUALITY_LEAD)
    before = browser.get(f"/waves/{story.first}/results").text
    assert "were erased on" not in before
    purge(story.database, FIRST_DUE)
    after = browser.get(f"/waves/{story.first}/results")
    assert after.status_code == 200
    assert "The answers behind these scores were erased on 20 March 2029" in " ".join(after.text.split())
    for text in ("7.00", "8.33"):
        assert (text in before, text in after.text) == (True, True)
    assert browser.get(f"/waves/{story.second}/results").status_code == 200


def test_the_wave_says_that_its_people_are_erased_and_names_nobody(story: Story, app: Flask) -> None:
    browser = enter(app, "lea@agence.test", "Léa Bernard", Role.QUALITY_LEAD)
    assert "Contact 0" in browser.get(f"/waves/{story.first}?state=all").text
    purge(story.database, FIRST_DUE)
    page = browser.get(f"/waves/{story.first}?state=all")
    assert page.status_code == 200
    assert "were erased on 20 March 2029" in " ".join(page.text.split())
    assert "Contact 0" not in page.text


def test_no_new_edition_is_issued_without_the_answers(story: Story) -> None:
    purge(story.database, FIRST_DUE)
    with story.database.writing() as session:
        wave = session.get_one(Wave, story.first)
        with pytest.raises(Refusal, match="Its last edition stands"):
            issue_sheet(session, wave, load_catalogue(), KEY, "Léa", FIRST_DUE, "A reason")


def test_the_doctor_tells_of_what_should_be_erased_and_is_not(story: Story, app: Flask) -> None:
    settings = app.extensions["survey_settings"]
    assert look_at_retention(settings, story.database, FIRST_DUE) == ""
    late = FIRST_DUE + timedelta(days=2)
    assert "Waves past the time promised to people: 1." in look_at_retention(settings, story.database, late)
    with story.changing() as session:
        session.execute(update(Wave).where(Wave.id == story.first).values(state="open", closed_at=None))
    assert "never closed: 1." in look_at_retention(settings, story.database, late)
