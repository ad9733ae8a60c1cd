"""A button of the invitation, as it was sent, ends as the answer to the question that the mail asked."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.campaigns.invitations import launch_wave
from survey_app.campaigns.models import CampaignKind, Invitation, PrivacyMode
from survey_app.campaigns.service import create_campaign, plan_wave
from survey_app.clock import SettableClock
from survey_app.db import Database, transaction
from survey_app.questionnaires import Questionnaire, load_library
from survey_app.responses.models import Answer
from survey_app.settings import PROJECT_DIR, Settings
from tests.campaigns.conftest import ACTOR, BASE_URL, NOW, TOKEN_KEY, Cast, barometer, cast
from tests.outbox.relay import Relay

__all__ = ["barometer", "cast"]

SHIPPED = load_library(PROJECT_DIR / "questionnaires").latest()
MARC, SAM = "marc@client.test", "sam@client.test"
SAID = {
    "fr": ("Note préremplie depuis votre e-mail\u00a0: 9 pour", "Modifier cette note"),
    "en": ("Pre-filled from your email: 9 for", "Change this rating"),
}


@pytest.fixture
def relay() -> Iterator[Relay]:
    with Relay() as running:
        yield running


@pytest.fixture
def settings(database_url: str, tmp_path: Path, relay: Relay) -> Settings:
    return Settings(
        environment="development",
        data_dir=tmp_path / "var",
        database_url=database_url,
        secret_key="test-secret-key-of-more-than-32-characters",
        token_key=TOKEN_KEY.decode(),
        signing_key="dGVzdC1zaWduaW5nLWtleS1vZi0zMi1ieXRlcy0hISE=",
        public_base_url=BASE_URL,
        mail_server="127.0.0.1",
        mail_port=relay.port,
        mail_security="none",
        mail_sender="enquete@agence.test",
    )


def send_invitations(
    app: Flask, session: Session, cast: Cast, questionnaire: Questionnaire, clock: SettableClock
) -> None:
    """Launch a wave of this questionnaire and let the worker send its mails."""
    with transaction(session):
        for line, indicator_key in zip(cast.version.commitments, questionnaire.indicator_keys, strict=False):
            line.indicator_key = indicator_key
        campaign = create_campaign(
            session,
            cast.client,
            cast.agreement,
            "Avis 2026",
            CampaignKind.BAROMETER,
            questionnaire,
            PrivacyMode.NAMED,
            ACTOR,
            NOW,
        )
        days = cast.version.starts_on.replace(month=3, day=2), cast.version.starts_on.replace(month=3, day=20)
        wave = plan_wave(session, campaign, "Wave", *days, NOW)
        launch_wave(session, wave, questionnaire, TOKEN_KEY, BASE_URL, ACTOR, NOW)
    clock.set(NOW)
    assert app.test_cli_runner().invoke(args=["worker", "--once"]).exit_code == 0


def html_to(relay: Relay, recipient: str) -> str:
    sent = next(each.message for each in relay.deliveries if each.recipient == recipient)
    part = sent.get_body(("html",))
    assert part is not None
    return str(part.get_content())


@pytest.mark.parametrize(("recipient", "language"), [(MARC, "fr"), (SAM, "en")])
@pytest.mark.parametrize("questionnaire", SHIPPED, ids=lambda each: each.key)
def test_the_mark_chosen_in_the_mail_is_stored_under_the_question_that_the_mail_asks(
    app: Flask,
    session: Session,
    cast: Cast,
    clock: SettableClock,
    relay: Relay,
    database: Database,
    questionnaire: Questionnaire,
    recipient: str,
    language: str,
) -> None:
    send_invitations(app, session, cast, questionnaire, clock)
    mail = html_to(relay, recipient)
    links = [unescape(link) for link in re.findall(r'<a href="([^"]+score=9)"', mail)]
    assert len(links) == 1
    before = invitations(database)
    person = app.test_client()
    page = person.get(links[0].removeprefix(BASE_URL))
    assert page.status_code == 200
    sentence, change = SAID[language]
    assert sentence in page.text
    assert change in page.text
    checked = re.findall(r'name="q\.(\w+)" value="9"[^>]* checked', page.text)
    assert len(checked) == 1
    question = next(each for each in questionnaire.questions if each.key == checked[0])
    assert question.text.in_language(language) in unescape(mail)
    assert invitations(database) == before
    carried = dict(re.findall(r'<input type="hidden" name="([\w.]+)" value="([^"]*)">', page.text))
    address = f"/r/{links[0].split('/r/')[1].split('?')[0]}"
    sent = person.post(address, data={**carried, f"q.{question.key}": "9", "go": "submit"})
    assert sent.status_code == 200
    with database.reading() as reading:
        rows = reading.execute(select(Answer.question_key, Answer.rating)).all()
    assert rows == [(question.key, 9)]


def invitations(database: Database) -> list[object]:
    with database.reading() as reading:
        return [
            tuple(row)
            for row in reading.execute(
                select(
                    Invitation.started_at, Invitation.answered_at, Invitation.draft, Invitation.draft_version
                ).order_by(Invitation.id)
            )
        ]
