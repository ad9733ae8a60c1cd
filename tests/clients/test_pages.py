"""The pages of clients, contacts and accounts, as the cast uses them."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from survey_app.accounts.models import User
from survey_app.clients.models import Client, Contact
from survey_app.db import Database
from tests.cast import PASSWORD, Cast, browser_of, email_of, look, post

CLIENT: dict[str, object] = {"name": "Société Durand & Fils", "language": "fr", "time_zone": "Europe/Paris", "key": ""}
CONTACT: dict[str, object] = {
    "civility": "sir",
    "name": "Marc Lefèvre",
    "email": "Marc@Valrose.test ",
    "role": "purchasing",
    "job_title": "",
    "language": "fr",
}


@pytest.fixture
def lead(app: Flask, cast: Cast) -> FlaskClient:
    return browser_of(app, cast.users["lead"])


@pytest.fixture
def administrator(app: Flask, cast: Cast) -> FlaskClient:
    return browser_of(app, cast.users["administrator"])


def test_a_lead_creates_a_client_and_works_for_it(lead: FlaskClient) -> None:
    answer = post(lead, "/clients/new", CLIENT)
    assert answer.location == "/clients/societe-durand-fils"
    assert "Société Durand &amp; Fils" in lead.get("/clients").text
    assert lead.get("/clients/societe-durand-fils").status_code == 200


def test_a_second_click_creates_no_second_client(lead: FlaskClient, database: Database) -> None:
    post(lead, "/clients/new", CLIENT)
    again = post(lead, "/clients/new", CLIENT)
    assert again.status_code == 409
    assert "Durand" in again.text
    assert len(look(database, select(Client).where(Client.key == "societe-durand-fils"))) == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "x" * 201),
        ("name", "nul \x00 dedans"),
        ("time_zone", "Mars/Olympus"),
        ("key", "Été !"),
        ("key", "new"),
        ("name", "\u202erenversé"),
    ],
)
def test_bad_input_is_refused_alike_on_both_databases_and_kept_on_the_page(
    lead: FlaskClient, field: str, value: str
) -> None:
    answer = post(lead, "/clients/new", {**CLIENT, field: value})
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text


def test_a_contact_is_added_corrected_and_no_longer_asked(lead: FlaskClient, database: Database) -> None:
    assert post(lead, "/clients/valrose/contacts/new", CONTACT).status_code == 302
    by_address = select(Contact).where(Contact.email == "marc@valrose.test")
    [contact] = look(database, by_address)
    corrected = {**CONTACT, "job_title": "Directeur des achats", "is_signatory": "y"}
    assert post(lead, f"/clients/valrose/contacts/{contact.id}", corrected).status_code == 302
    assert "Directeur des achats" in lead.get("/clients/valrose").text
    post(lead, f"/clients/valrose/contacts/{contact.id}/activity", {"is_active": "0"})
    assert "N’est plus interrogé" in lead.get("/clients/valrose").text
    [contact] = look(database, by_address)
    assert (contact.is_active, contact.is_signatory) == (False, True)


@pytest.mark.parametrize("email", ["HELENE@valrose.test", " helene@valrose.test "])
def test_an_address_is_asked_once(lead: FlaskClient, email: str) -> None:
    answer = post(lead, "/clients/valrose/contacts/new", {**CONTACT, "email": email})
    assert answer.status_code == 409
    assert "Marc Lefèvre" in answer.text


@pytest.mark.parametrize("email", ["rené@valrose.test", "marc@", "marc@valrose.test\nBcc: all@x.test", "a b@c.test"])
def test_what_no_mail_can_reach_is_refused(lead: FlaskClient, email: str) -> None:
    assert post(lead, "/clients/valrose/contacts/new", {**CONTACT, "email": email}).status_code == 400


def test_a_contact_of_another_client_is_not_reached_through_mine(lead: FlaskClient, cast: Cast) -> None:
    theirs = cast.contact_ids["boreal"]
    assert lead.get(f"/clients/valrose/contacts/{theirs}").status_code == 404
    assert post(lead, f"/clients/valrose/contacts/{theirs}", CONTACT).status_code == 404


def test_an_account_manager_reads_and_changes_nothing(app: Flask, cast: Cast) -> None:
    manager = browser_of(app, cast.users["account_manager"])
    page = manager.get("/clients/valrose").text
    assert "Hélène Dupont" in page
    assert "/edit" not in page
    assert post(manager, "/clients/valrose/contacts/new", CONTACT).status_code == 403


def new_account(cast: Cast, **changes: object) -> dict[str, object]:
    return {
        "name": "Nouvelle",
        "email": "nouvelle@agence.test",
        "language": "fr",
        "password": PASSWORD,
        "role": "quality_lead",
        "active": "y",
        "client_ids": str(cast.client_ids["boreal"]),
        **changes,
    }


def test_an_administrator_opens_an_account_that_sees_its_clients_alone(
    administrator: FlaskClient, cast: Cast, app: Flask
) -> None:
    assert post(administrator, "/staff/new", new_account(cast)).status_code == 302
    newcomer = app.test_client()
    assert post(newcomer, "/sign-in", {"email": "nouvelle@agence.test", "password": PASSWORD}).status_code == 302
    assert newcomer.get("/clients/boreal").status_code == 200
    assert newcomer.get("/clients/valrose").status_code == 404


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"password": "court"}, 400),
        ({"email": email_of("lead")}, 409),
        ({"role": "king"}, 400),
        ({"client_ids": "999"}, 400),
        ({"name": ""}, 400),
    ],
)
def test_a_wrong_account_is_refused_with_what_was_typed(
    administrator: FlaskClient, cast: Cast, changes: dict[str, object], status: int
) -> None:
    answer = post(administrator, "/staff/new", new_account(cast, **changes))
    assert answer.status_code == status
    assert 'role="alert"' in answer.text


def test_an_administrator_does_not_lock_the_door_from_outside(administrator: FlaskClient, cast: Cast) -> None:
    own = {"name": "Moi", "role": "finance", "active": "y"}
    assert post(administrator, f"/staff/{cast.users['administrator']}", own).status_code == 409
    assert administrator.get("/staff").status_code == 200


def test_a_person_moves_to_another_client(administrator: FlaskClient, cast: Cast, app: Flask) -> None:
    moved: dict[str, object] = {
        "name": "Lead",
        "role": "quality_lead",
        "active": "y",
        "client_ids": str(cast.client_ids["boreal"]),
    }
    assert post(administrator, f"/staff/{cast.users['lead']}", moved).status_code == 302
    lead = browser_of(app, cast.users["lead"])
    assert lead.get("/clients/valrose").status_code == 404
    assert lead.get("/clients/boreal").status_code == 200


@pytest.mark.parametrize(("colour", "status"), [("#0F766E", 302), ("#ffff00", 400), ("red", 400)])
def test_the_accent_colour_can_be_read_on(administrator: FlaskClient, colour: str, status: int) -> None:
    fields = {"name": "Agence", "postal_address": "", "privacy_contact": "", "accent_colour": colour}
    assert post(administrator, "/agency", fields).status_code == status


def test_a_language_is_kept_with_the_person(lead: FlaskClient, database: Database, cast: Cast) -> None:
    assert "Qui interrogeons-nous" in lead.get("/clients/valrose").text
    post(lead, "/profile", {"name": "Lead", "language": "en"})
    assert "Whom do we ask" in lead.get("/clients/valrose").text
    assert look(database, select(User.language).where(User.id == cast.users["lead"])) == ["en"]
