"""« Vous avez dit, nous faisons »: the page, its mail, and what the next invitation recalls."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from survey_app.action_plans.feedback import (
    FeedbackText,
    find_letter,
    last_recall,
    recall_last_answers,
    save_letter,
    send_letter,
)
from survey_app.action_plans.mails import plan_composers
from survey_app.action_plans.models import ActionPlan
from survey_app.action_plans.tokens import derive_feedback_token
from survey_app.campaigns.mails import preview_letter
from survey_app.db import Database
from survey_app.errors import Invalid, Refusal
from survey_app.mails import ComposedEmail, Withheld
from survey_app.outbox.delivery import compose_mail
from survey_app.outbox.models import OutgoingEmail
from survey_app.settings import Settings
from tests.action_plans.conftest import LEAD, PAST, TOKEN_KEY, Plans
from tests.cast import post
from tests.scores.cast import START

NOW = START + PAST
RECALL = "un second interlocuteur vous répond pendant les congés"


@pytest.fixture
def told(plans: Plans, breach: ActionPlan) -> ActionPlan:
    """The lead told what is done, once the wave was closed."""
    plans.write(breach)
    wave = breach.wave
    assert wave is not None
    points = [{"plan_id": breach.id, "said": "Trop lent", "doing": "Un relais dès mai"}]
    save_letter(plans.session, wave, FeedbackText("Merci", points, "", RECALL), 0, LEAD, NOW)  # type: ignore[arg-type]
    send_letter(plans.session, wave, TOKEN_KEY, LEAD, NOW)
    return breach


def test_everybody_who_answered_is_told_once(plans: Plans, told: ActionPlan, app: Flask, settings: Settings) -> None:
    mails = plans.session.scalars(select(OutgoingEmail).where(OutgoingEmail.kind == "told")).all()
    assert len(mails) == 4
    with app.test_request_context():
        composed = compose_mail(plan_composers(settings), plans.session, mails[0], NOW)
    assert isinstance(composed, ComposedEmail)
    assert "Un relais dès mai" in composed.text
    assert "/p/feedback/" in composed.html
    assert composed.unsubscribe_url
    with pytest.raises(Refusal, match="does not change any more"):
        send_letter(plans.session, told.wave, TOKEN_KEY, LEAD, NOW)  # type: ignore[arg-type]


def test_a_silent_contact_and_one_who_opted_out_are_not_told(plans: Plans, app: Flask, settings: Settings) -> None:
    plans.wave(1, {"service_responsiveness": [6, 6, None, 6], "service_reporting_quality": [8, 8, None, 8]})
    wave = plans.survey.campaign.waves[0]
    save_letter(plans.session, wave, FeedbackText("Merci", [], "", RECALL), 0, LEAD, NOW)
    assert send_letter(plans.session, wave, TOKEN_KEY, LEAD, NOW) == 3
    plans.survey.contacts[0].opted_out_at = NOW
    mail = plans.session.scalars(select(OutgoingEmail).order_by(OutgoingEmail.id)).first()
    assert mail is not None
    with app.test_request_context():
        assert isinstance(compose_mail(plan_composers(settings), plans.session, mail, NOW), Withheld)


def test_the_page_is_the_same_for_everybody(
    plans: Plans, told: ActionPlan, browser: Callable[[], FlaskClient], browserless: FlaskClient
) -> None:
    browser()
    assert told.wave is not None
    letter = find_letter(plans.session, told.wave)
    assert letter is not None
    assert letter.sent_at is not None
    page = browserless.get(f"/p/feedback/{derive_feedback_token(TOKEN_KEY, told.wave.id, letter.sent_at)}")
    assert page.status_code == 200
    for words in ("Merci", "Trop lent", "Un relais dès mai"):
        assert words in page.text
    assert browserless.get("/p/feedback/unknown").status_code == 404


def test_the_next_invitation_begins_with_what_was_done(plans: Plans, told: ActionPlan, app: Flask) -> None:
    wave = plans.survey.open_wave(4, number=2)
    assert last_recall(plans.session, wave) == RECALL
    with app.test_request_context():
        assert recall_last_answers(plans.session, wave)
        mail = preview_letter(plans.session, wave, plans.survey.contacts[0], "invitation", plans.survey.questionnaire)
        reminder = preview_letter(plans.session, wave, plans.survey.contacts[0], "reminder", plans.survey.questionnaire)
    paragraphs = [line for line in mail.text.split("\n") if line]
    assert paragraphs[1] == f"Vous avez dit, nous faisons\u00a0: {RECALL}"
    assert RECALL not in reminder.text


def test_what_was_told_after_a_launch_is_not_recalled_in_it(plans: Plans, told: ActionPlan) -> None:
    wave = plans.survey.open_wave(4, number=2)
    letter = find_letter(plans.session, told.wave)  # type: ignore[arg-type]
    assert letter is not None
    assert wave.launched_at is not None
    letter.sent_at = wave.launched_at + timedelta(days=1)
    assert last_recall(plans.session, wave) == ""


def test_an_open_wave_is_not_told_about(plans: Plans) -> None:
    wave = plans.survey.open_wave(4)
    with pytest.raises(Refusal, match="once the wave is closed"):
        save_letter(plans.session, wave, FeedbackText("Merci", [], "", RECALL), 0, LEAD, NOW)


def test_an_unfinished_page_is_not_sent(plans: Plans, breach: ActionPlan) -> None:
    wave = breach.wave
    assert wave is not None
    points = [{"plan_id": breach.id, "said": "Trop lent", "doing": ""}]
    save_letter(plans.session, wave, FeedbackText("Merci", points, "", RECALL), 0, LEAD, NOW)  # type: ignore[arg-type]
    with pytest.raises(Invalid, match="what you do about it"):
        send_letter(plans.session, wave, TOKEN_KEY, LEAD, NOW)


def test_the_lead_writes_and_sends_from_the_page(
    plans: Plans, breach: ActionPlan, browser: Callable[[], FlaskClient], database: Database
) -> None:
    plans.write(breach)
    client = browser()
    page = client.get(f"/waves/{breach.wave_id}/feedback").text
    assert "Les réponses arrivent trop tard." in page, "the page comes drafted from the plan"
    fields: dict[str, object] = {
        "version": "0",
        "introduction": "Merci",
        f"said-{breach.id}": "Trop lent",
        f"doing-{breach.id}": "Un relais",
        "reply": "",
        "recall": "",
        "intent": "send",
    }
    refused = post(client, f"/waves/{breach.wave_id}/feedback", fields)
    assert refused.status_code == 400
    assert "Trop lent" in refused.text
    with database.reading() as session:
        assert session.scalars(select(OutgoingEmail)).all() == [], "nothing is half done"
    assert post(client, f"/waves/{breach.wave_id}/feedback", {**fields, "recall": RECALL}).status_code == 302
    assert "It does not change any more" in client.get(f"/waves/{breach.wave_id}/feedback").text
