"""The client co-signs an improvement plan on a phone, and the lead reads it on a large screen."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from survey_app.accounts.access import Role
from survey_app.accounts.models import User
from survey_app.action_plans.editing import ActionText, PlanText, add_action, add_phase, change_plan
from survey_app.action_plans.models import ActionPlan, PlanState
from survey_app.action_plans.negotiation import Proposer, propose_plan
from survey_app.action_plans.queries import Owner
from survey_app.action_plans.service import open_plans
from survey_app.action_plans.tokens import token_of
from survey_app.action_plans.vocabulary import CauseKind
from survey_app.agreements.models import Obligor
from survey_app.db import Database
from tests.browser.conftest import OpenPage, follow
from tests.cast import browser_of
from tests.scores.cast import ACTOR, RESPONSIVENESS, START, Survey

pytestmark = pytest.mark.browser
TOKEN_KEY = b"test-token-key-of-more-than-32-characters"
NOW = START + timedelta(days=15)


@pytest.fixture
def proposed(session: Session) -> str:
    """A plan proposed to Hélène Martin, and her link."""
    survey = Survey.set_up(session)
    survey.promise(RESPONSIVENESS)
    wave = survey.open_wave(4)
    survey.give(wave, RESPONSIVENESS, [6, 6, 5, 7])
    (plan,) = open_plans(session, wave, list(survey.close(wave).values()), ACTOR, NOW)
    text = PlanText("4 demandes sur 10 attendent plus de deux jours.", "Pas de relais.", CauseKind.PEOPLE)
    change_plan(session, plan, text, 1, ACTOR, NOW)
    add_phase(session, plan, "Essai avec deux relais", date(2026, 4, 1), date(2026, 5, 15), ACTOR, NOW)
    owner = Owner("Ana Silva", "ana@freelance.test")
    action = ActionText("Nommer deux relais", Obligor.AGENCY, owner, date(2026, 5, 4), cost=Decimal(1200))
    add_action(session, plan, action, ACTOR, NOW)
    proposer = Proposer(ACTOR, "camille@agence.test")
    proposal = propose_plan(session, plan, survey.contacts[0], "Voici notre plan.", proposer, TOKEN_KEY, NOW)
    session.add(
        User(
            email="camille@agence.test",
            name="Camille Laurent",
            password="none",
            role=Role.ADMINISTRATOR,
            sees_all_clients=True,
            created_at=START,
        )
    )
    link = f"/p/{token_of(proposal.link, TOKEN_KEY)}"
    session.commit()
    return link


def state_of(database: Database) -> PlanState:
    with database.reading() as session:
        return session.get_one(ActionPlan, 1).state


def test_the_client_co_signs_on_a_phone(
    proposed: str, address: str, open_page: OpenPage, violations: Callable[[Page], list[str]], database: Database
) -> None:
    page = open_page(address + proposed, locale="fr-FR", has_touch=True)
    assert page.locator("h1").inner_text() == "Êtes-vous d’accord avec ce plan de progrès\u00a0?"
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert violations(page) == []
    page.get_by_role("button", name="Cosigner le plan").tap()
    expect(page.locator("[role=alert]")).to_contain_text("Écrivez votre nom")
    page.get_by_label("Votre nom").fill("Hélène Martin")
    page.get_by_role("button", name="Cosigner le plan").tap()
    expect(page.locator("h1")).to_contain_text("Où en est ce plan de progrès")
    assert violations(page) == []
    assert state_of(database) is PlanState.AGREED


def test_the_client_asks_for_a_change_without_javascript(
    proposed: str, address: str, open_page: OpenPage, database: Database
) -> None:
    page = open_page(address + proposed, locale="fr-FR", java_script_enabled=False)
    page.locator("summary").first.click()
    page.locator("textarea[name='change.nonconformity']").fill("Plutôt 3 sur 10.")
    page.get_by_label("Votre nom").fill("Hélène Martin")
    follow(page.get_by_role("button", name="Envoyer mes modifications"))
    expect(page.locator("h1")).to_contain_text("Où en est ce plan de progrès")
    assert state_of(database) is PlanState.DRAFTED


def test_the_lead_reads_the_plan_on_a_large_screen(
    proposed: str, app: Flask, address: str, open_page: OpenPage, violations: Callable[[Page], list[str]]
) -> None:
    staff = browser_of(app, 1).get_cookie("session")
    assert staff is not None
    page = open_page(f"{address}/sign-in", width=1280)
    page.context.add_cookies([{"name": "session", "value": staff.value, "url": address}])
    for place in ("/plans/1", "/clients/valrose/plans", "/clients/valrose/plans?view=board", "/plans?year=2026"):
        page.goto(address + place)
        assert violations(page) == [], place
        assert page.evaluate("document.documentElement.scrollWidth") <= 1280, place
    page.goto(f"{address}/plans/1")
    assert "Proposé à Hélène Martin" in page.locator("main").inner_text()
