"""The fixed cast of the agency: five people, one of whom must see nothing of the first client."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import TypeVar

from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import Select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from survey_app.accounts.access import Role
from survey_app.accounts.models import ClientAccess, User
from survey_app.accounts.session import COOKIE_TOKEN
from survey_app.accounts.signing_in import hash_password, open_session
from survey_app.clients.models import ContactRole
from survey_app.clients.service import add_contact, create_agency, create_client
from survey_app.clock import Clock
from survey_app.db import Database, transaction

PASSWORD = "une phrase facile à retenir"
Found = TypeVar("Found")
CSRF = "0123456789abcdef0123456789abcdef01234567"


@cache
def known_hash() -> str:
    """Return the hash of the cast's password: hashing is slow on purpose, so it is done once."""
    return hash_password(PASSWORD)


@dataclass
class Cast:
    """Who is there: ids by name, and two clients with a contact each."""

    users: dict[str, int] = field(default_factory=dict)
    client_ids: dict[str, int] = field(default_factory=dict)
    contact_ids: dict[str, int] = field(default_factory=dict)


PEOPLE = (
    ("administrator", Role.ADMINISTRATOR, ("valrose", "boreal")),
    ("lead", Role.QUALITY_LEAD, ("valrose",)),
    ("stranger", Role.QUALITY_LEAD, ("boreal",)),
    ("account_manager", Role.ACCOUNT_MANAGER, ("valrose",)),
    ("finance", Role.FINANCE, ("valrose",)),
)


def email_of(name: str) -> str:
    return f"{name}@agence.test"


def assemble_cast(session: Session, clock: Clock) -> Cast:
    cast, now = Cast(), clock.now()
    with transaction(session):
        agency = create_agency(session, "agence", "Agence Horizon", now=now)
        for key, name in (("valrose", "Maison Valrose"), ("boreal", "Boréal Énergie")):
            client = create_client(session, agency, key, name, now=now)
            contact = add_contact(
                session, client, "Hélène Dupont", f"helene@{key}.test", ContactRole.MARKETING, now=now
            )
            cast.client_ids[key], cast.contact_ids[key] = client.id, contact.id
        for name, role, keys in PEOPLE:
            is_everywhere = role is Role.ADMINISTRATOR
            user = User(
                email=email_of(name),
                name=name.title(),
                password=known_hash(),
                role=role,
                sees_all_clients=is_everywhere,
                created_at=now,
            )
            user.client_accesses = [ClientAccess(client_id=cast.client_ids[key]) for key in keys if not is_everywhere]
            session.add(user)
            session.flush()
            cast.users[name] = user.id
    return cast


def browser_of(app: Flask, user_id: int) -> FlaskClient:
    """Return a browser in which this person has signed in."""
    database: Database = app.extensions["survey_database"]
    clock: Clock = app.extensions["survey_clock"]
    with database.writing() as session, transaction(session):
        user = session.get_one(User, user_id)
        token = open_session(session, user, timedelta(hours=12), clock.now())
    browser = app.test_client()
    with browser.session_transaction() as cookie:
        cookie[COOKIE_TOKEN] = token
    return browser


def csrf_token(browser: FlaskClient) -> str:
    """Return the token that a page of this browser would carry."""
    with browser.session_transaction() as cookie:
        cookie["csrf_token"] = CSRF
    token = URLSafeTimedSerializer(browser.application.secret_key or "", salt="wtf-csrf-token").dumps(CSRF)
    return str(token)


def post(browser: FlaskClient, url: str, fields: Mapping[str, object] | None = None, **options: object) -> TestResponse:
    """Send a form as the page would, with its token."""
    content = {**(fields or {}), "csrf_token": csrf_token(browser)}
    return browser.post(url, data=content, **options)


def look(database: Database, question: Select[Found]) -> list[Found]:
    """Read what is stored now, and hold no lock on it."""
    with database.reading() as session:
        return list(session.scalars(question))
