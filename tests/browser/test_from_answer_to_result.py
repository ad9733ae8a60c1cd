"""The two people the product exists for, in a browser: one answers on a phone, one closes and reads the result."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.campaigns.invitations import derive_token, launch_wave
from survey_app.campaigns.models import Campaign, Invitation, Wave
from survey_app.campaigns.service import plan_wave
from survey_app.clients.models import Client
from survey_app.clock import SettableClock
from survey_app.db import Database, transaction
from survey_app.demo.agency import ACTOR, set_scene
from survey_app.demo.cast import CAST
from survey_app.responses.models import Response
from survey_app.settings import Settings
from tests.browser.conftest import OpenPage, follow

pytestmark = pytest.mark.browser
PASSWORD = "une-phrase-assez-longue"
RECEIPT = re.compile("[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}")


@pytest.fixture
def link(app: Flask, session: Session, settings: Settings, clock: SettableClock) -> str:
    """Launch a wave of the audiovisual client and return the signatory's personal path."""
    token_key = settings.token_key.get_secret_value().encode()
    now = clock.now()
    with transaction(session):
        set_scene(app, session, PASSWORD, now)
        campaign = session.scalars(select(Campaign).join(Client).where(Client.key == "groupe-altea")).one()
        wave = plan_wave(session, campaign, "Première vague", now.date(), now.date(), now)
        questionnaire = app.extensions["survey_questionnaires"].get(campaign.questionnaire_key)
        launch_wave(session, wave, questionnaire, token_key, "http://localhost", ACTOR, now)
        invitation = session.scalars(select(Invitation).where(Invitation.name == "Inès Moreau")).one()
        return f"/r/{derive_token(token_key, invitation.id, invitation.version)}"


def answer_everything(page: Page, mark_of_ten: int) -> None:
    """Touch the mark nearest to this one on every scale of every screen, then review and send."""
    while not page.get_by_text(RECEIPT).count():
        for field in page.locator("fieldset.question").all():
            marks = field.locator(".mark").all()
            if marks:
                marks[round(mark_of_ten * (len(marks) - 1) / 10)].click()
        follow(page.locator(".moves .button--primary"))


def sign_in(page: Page) -> None:
    page.locator("input[name=email]").fill(CAST.lead.email)
    page.locator("input[name=password]").fill(PASSWORD)
    follow(page.locator("main .button--primary"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Où en sommes-nous")


def the_wave(database: Database) -> int:
    with database.reading() as session:
        return session.scalars(select(Wave.id)).one()


def assert_no_sideways_scroll(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_client_answers_on_a_phone_and_the_lead_reads_the_result(
    address: str, link: str, open_page: OpenPage, database: Database, tmp_path: Path
) -> None:
    phone = open_page(address + link, width=360, has_touch=True)
    assert_no_sideways_scroll(phone)
    answer_everything(phone, 8)
    phone.screenshot(path=tmp_path / "receipt.png", full_page=True)

    lead = open_page(address + "/sign-in", width=1280)
    sign_in(lead)
    lead.goto(f"{address}/waves/{the_wave(database)}")
    expect(lead.locator("main")).not_to_contain_text("Inès Moreau")
    follow(lead.locator(".figures").get_by_role("link", name="1", exact=True))
    expect(lead.locator("main")).to_contain_text("Inès Moreau")
    follow(lead.get_by_role("link", name="Clôturer la vague"))
    follow(lead.get_by_role("button", name="Clôturer la vague"))
    expect(lead.get_by_role("heading", level=1)).to_contain_text("sous le seuil")
    expect(lead.locator("main")).to_contain_text("8,00")
    expect(lead.locator("main")).to_contain_text("1 sur 4")
    assert_no_sideways_scroll(lead)
    lead.screenshot(path=tmp_path / "results.png", full_page=True)

    follow(phone.get_by_role("link", name="Vérifier mon reçu"))
    counted = phone.locator(".receipt")
    expect(counted).to_contain_text("Oui. Elles sont comptées dans l’édition 1 de la fiche de score FS-")
    assert_no_sideways_scroll(phone)


def test_marks_stay_hidden_until_the_wave_is_closed(
    address: str, link: str, open_page: OpenPage, database: Database
) -> None:
    phone = open_page(address + link, width=360)
    answer_everything(phone, 3)
    lead = open_page(address + "/sign-in", width=1280)
    sign_in(lead)
    lead.goto(f"{address}/waves/{the_wave(database)}/results")
    expect(lead.locator("main")).not_to_contain_text("3,00")


def test_a_lead_tries_the_form_plainly_marked_as_a_test_and_nothing_is_kept(
    address: str, link: str, open_page: OpenPage, database: Database, violations: Callable[[Page], list[str]]
) -> None:
    lead = open_page(address + "/sign-in", width=360)
    sign_in(lead)
    lead.goto(f"{address}/waves/{the_wave(database)}/rehearsal")
    expect(lead.get_by_role("note")).to_contain_text("Vous essayez le formulaire")
    assert violations(lead) == []
    answer_everything(lead, 8)
    expect(lead.get_by_role("heading", level=1)).to_contain_text("votre essai est passé")
    expect(lead.get_by_role("note")).to_be_visible()
    assert_no_sideways_scroll(lead)
    with database.reading() as session:
        assert session.scalars(select(Response)).all() == []
        assert set(session.scalars(select(Invitation.started_at))) == {None}
