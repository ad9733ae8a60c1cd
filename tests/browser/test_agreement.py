"""In one sitting: from an empty account to an agreement that both sides validated, in a real browser."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page
from sqlalchemy import select

from survey_app.accounts.access import Role
from survey_app.accounts.models import User
from survey_app.accounts.session import COOKIE_TOKEN
from survey_app.agreements.mails import agreement_composers
from survey_app.agreements.models import AgreementVersion, VersionState
from survey_app.clients.service import create_agency
from survey_app.clock import SettableClock
from survey_app.db import Database, transaction
from survey_app.mails import ComposedEmail
from survey_app.outbox.delivery import compose_mail
from survey_app.outbox.models import OutgoingEmail
from survey_app.settings import Settings
from tests.browser.conftest import OpenPage, follow
from tests.cast import browser_of, known_hash

State = dict[str, Any]
pytestmark = pytest.mark.browser
LINES = {
    "service_proactivity": "survey",
    "service_responsiveness": "mixed",
    "time_delivery": "factual",
    "finance_payment_timeliness": "factual",
    "security_backup": "contractual",
}


@pytest.fixture
def lead_state(app: Flask, database: Database, clock: SettableClock) -> State:
    """An agency with one lead and nothing else; return the browser state of the lead's session."""
    with database.writing() as session, transaction(session):
        create_agency(session, "agence", "Agence Horizon", now=clock.now())
        lead = User(
            email="camille@agence.test",
            name="Camille Laurent",
            password=known_hash(),
            role=Role.QUALITY_LEAD,
            language="fr",
            sees_all_clients=True,
            created_at=clock.now(),
        )
        session.add(lead)
        session.flush()
        lead_id = lead.id
    browser = browser_of(app, lead_id)
    with browser.session_transaction() as cookie:
        token = cookie[COOKIE_TOKEN]
    signed = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    cookie_of_lead = {
        "name": "session",
        "value": signed.dumps({COOKIE_TOKEN: token}),
        "domain": "localhost",
        "path": "/",
        "expires": -1,
        "httpOnly": True,
        "secure": False,
        "sameSite": "Lax",
    }
    return {"cookies": [cookie_of_lead], "origins": []}


def link_of(app: Flask, settings: Settings, clock: SettableClock) -> str:
    """Return the signatory's link as the worker writes it into the mail."""
    database: Database = app.extensions["survey_database"]
    with app.app_context(), database.reading() as session:
        mail = session.scalars(select(OutgoingEmail).where(OutgoingEmail.kind == "agreement_proposal")).one()
        written = compose_mail(agreement_composers(settings), session, mail, clock.now())
    assert isinstance(written, ComposedEmail)
    found = re.search(r"(/a/\S+)", written.text)
    assert found
    return found[1]


def create_client(page: Page, address: str) -> None:
    page.goto(f"{address}/clients/new")
    page.get_by_label("Nom du client").fill("Maison Valrose")
    follow(page.locator("main form button").first)
    page.goto(f"{address}/clients/maison-valrose/contacts/new")
    page.fill("#name", "Hélène Dupont")
    page.fill("#email", "helene.dupont@valrose.test")
    page.check("#is_signatory")
    follow(page.locator("main form button").first)


def write_agreement(page: Page, address: str) -> None:
    page.goto(f"{address}/clients/maison-valrose/agreements")
    follow(page.get_by_role("link", name="Écrire le premier contrat"))
    page.get_by_label("Une page blanche").check()
    follow(page.get_by_role("button", name="Commencer le contrat"))
    follow(page.get_by_role("link", name="Choisir des indicateurs"))
    for key in LINES:
        page.check(f"#key-{key}")
    follow(page.get_by_role("button", name="Ajouter les lignes cochées").first)


def set_objective(page: Page) -> None:
    follow(page.get_by_role("link", name="Respect des délais de livraison"))
    page.get_by_label("Objectif, en toutes lettres").fill("Livrer à la date convenue, chaque fois.")
    page.get_by_label("Objectif chiffré").fill("8,5")
    page.get_by_label("À atteindre le").fill("2026-12-31")
    page.get_by_label("Qui répond des faits").fill("Léa Bernard")
    follow(page.get_by_role("button", name="Enregistrer la ligne"))


def test_both_sides_validate_in_one_sitting(
    app: Flask,
    address: str,
    open_page: OpenPage,
    lead_state: State,
    settings: Settings,
    clock: SettableClock,
    database: Database,
    violations: Callable[[Page], list[str]],
    tmp_path: Path,
) -> None:
    page = open_page("about:blank", width=1280, storage_state=lead_state)
    create_client(page, address)
    write_agreement(page, address)
    set_objective(page)
    check_page(page, tmp_path / "editor.png", violations)
    follow(page.get_by_role("link", name="Proposer au client"))
    follow(page.get_by_role("button", name="Envoyer la proposition"))
    assert "Chez le client" in page.content()

    phone = open_page(address + link_of(app, settings, clock), width=360)
    check_page(phone, tmp_path / "signatory.png", violations)
    for radio in phone.get_by_label("J’accepte").all():
        radio.check()
    phone.get_by_label("Vos prénom et nom").fill("Hélène Dupont")
    follow(phone.get_by_role("button", name="Envoyer ma réponse"))
    assert "Validé par Camille Laurent pour l’agence et par Hélène Dupont" in phone.content()
    check_page(phone, tmp_path / "sealed.png", violations)

    page.reload()
    assert "Qu’est-ce qui nous engage jusqu’au" in page.inner_text("h1")
    with database.reading() as session:
        version = session.scalars(select(AgreementVersion)).one()
        assert version.state is VersionState.VALIDATED
        assert {line.indicator_key: line.measure.value for line in version.commitments} == LINES


def check_page(page: Page, picture: Path, violations: Callable[[Page], list[str]]) -> None:
    """Keep a picture of the page; nothing may stick out of its width or keep a reader out."""
    page.screenshot(path=picture, full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert violations(page) == []


def test_a_search_narrows_the_catalogue_and_keeps_what_is_ticked(
    address: str, open_page: OpenPage, lead_state: State
) -> None:
    page = open_page("about:blank", width=1280, storage_state=lead_state)
    create_client(page, address)
    write_agreement(page, address)
    follow(page.get_by_role("link", name="Ajouter des lignes"))
    page.check("#key-quality_creative")
    page.fill("#q", "reversibilite")
    assert page.locator("#key-security_reversibility").is_visible()
    assert page.locator("#key-quality_creative").is_checked()
    assert page.locator("#key-quality_creative").is_visible()
    assert not page.locator("#key-quality_technical").is_visible()


def test_the_formula_is_live_while_counts_are_typed(address: str, open_page: OpenPage, lead_state: State) -> None:
    page = open_page("about:blank", width=1280, storage_state=lead_state)
    create_client(page, address)
    write_agreement(page, address)
    page.goto(f"{page.url}/facts/2026-H1/time_delivery")
    output = page.locator("output")
    page.get_by_label("Livraisons à l’heure").fill("46")
    assert output.inner_text() == "–"
    page.get_by_label("Livraisons attendues").fill("48")
    assert output.inner_text() == "95,83\u00a0%"
    page.get_by_label("Livraisons attendues").fill("0")
    assert output.inner_text() == "non mesurable"
