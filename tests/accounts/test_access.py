"""Every route of the application, walked as everybody: what a route does not declare is refused to all."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.orm import Session
from werkzeug.routing import AnyConverter, BaseConverter, IntegerConverter, Rule, UUIDConverter

from survey_app.accounts.access import GRANTS, PUBLIC, SIGNED_IN, Permission, Role, Viewer, public, requires
from survey_app.clock import SettableClock
from survey_app.db import Database
from tests.accounts.world import build_world
from tests.cast import Cast, browser_of, post

ROLES = {
    "administrator": Role.ADMINISTRATOR,
    "lead": Role.QUALITY_LEAD,
    "account_manager": Role.ACCOUNT_MANAGER,
    "finance": Role.FINANCE,
}
# What the parameters stand for; each first row of the world belongs to the first client, so 1 is its number.
TEXTS = {"client_key": "valrose"}
OURS = 1
CRASH = 500


@dataclass(frozen=True)
class Door:
    """One way in: a rule, a method, the address with our fixtures in it."""

    endpoint: str
    method: str
    url: str
    access: Permission | str | None
    owned_by: frozenset[str]


def doors(app: Flask) -> Iterator[Door]:
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if rule.endpoint == "static":
            continue
        url = adapter.build(rule.endpoint, parameters_of(rule), method=next(iter(rule.methods or {"GET"})))
        access = getattr(app.view_functions[rule.endpoint], "access", None)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield Door(rule.endpoint, method, url, access, frozenset(owners(rule)))


def owners(rule: Rule) -> list[str]:
    """Return the parameters that lead to a client: its key, or the number of something it has."""
    return [
        name for name in rule.arguments if name == "client_key" or isinstance(rule._converters[name], IntegerConverter)
    ]


def parameters_of(rule: Rule) -> dict[str, object]:
    return {name: stand_in(name, rule._converters[name]) for name in rule.arguments}


def stand_in(name: str, converter: BaseConverter) -> object:
    if isinstance(converter, IntegerConverter):
        return OURS
    if isinstance(converter, AnyConverter):
        return min(converter.items)
    return UUID(int=OURS) if isinstance(converter, UUIDConverter) else TEXTS.get(name, "unknown")


class Walker:
    """One person who tries doors, signed in again where a door of the accounts may have signed them out."""

    def __init__(self, app: Flask, user_id: int | None, *, is_fresh_each_time: bool = True) -> None:
        self._app, self._user_id, self._is_fresh_each_time = app, user_id, is_fresh_each_time
        self._browser: FlaskClient | None = None

    def knock(self, door: Door) -> tuple[int, str]:
        """Return the answer's status and where it leads."""
        if self._browser is None:
            self._browser = browser_of(self._app, self._user_id) if self._user_id else self._app.test_client()
        try:
            answer = self._browser.get(door.url) if door.method == "GET" else post(self._browser, door.url)
        except Exception as error:
            # The other doors are tried all the same, so that one run names every page that fails.
            return CRASH, repr(error)
        if self._is_fresh_each_time and door.endpoint.startswith("accounts."):
            self._browser = None
        return answer.status_code, answer.location or ""


def close_doors(app: Flask) -> list[Door]:
    """Return the doors that ask for a person."""
    return [door for door in doors(app) if door.access != PUBLIC]


@pytest.fixture
def world(session: Session, cast: Cast, clock: SettableClock) -> Cast:
    build_world(session, cast.client_ids["valrose"], clock.now())
    return cast


def test_every_route_declares_who_may_enter(app: Flask) -> None:
    undeclared = [door.endpoint for door in doors(app) if door.access is None]
    assert not undeclared, f"put @requires(...), @signed_in or @public on: {undeclared}"
    known = {*Permission, PUBLIC, SIGNED_IN}
    assert {door.access for door in doors(app)} <= known


def test_a_stranger_gets_no_further_than_the_sign_in_page(app: Flask, world: Cast) -> None:
    stranger = Walker(app, None)
    answers = {door: stranger.knock(door) for door in close_doors(app)}
    assert len(answers) > 20
    strays = {door.endpoint: answer for door, answer in answers.items() if not is_sent_away(answer)}
    assert not strays


def is_sent_away(answer: tuple[int, str]) -> bool:
    return answer[0] == 302 and answer[1].startswith("/sign-in")


@pytest.mark.parametrize("name", sorted(ROLES))
def test_a_role_enters_where_it_may_and_nowhere_else(app: Flask, world: Cast, name: str) -> None:
    walker = Walker(app, world.users[name])
    wrong = []
    for door in close_doors(app):
        status, place = walker.knock(door)
        may_enter = door.access == SIGNED_IN or door.access in GRANTS[ROLES[name]]
        if (status != 403) != may_enter or status >= CRASH:
            wrong.append(f"{door.method} {door.url}: {status} {place}")
    assert not wrong, "\n".join(wrong)


def doors_of_a_client(app: Flask) -> list[Door]:
    return [door for door in close_doors(app) if door.owned_by]


def opened_by(app: Flask, user_id: int, tried: list[Door]) -> list[str]:
    """Return the doors that did not stay shut for this person."""
    walker = Walker(app, user_id)
    return [f"{door.method} {door.url}" for door in tried if walker.knock(door)[0] not in {403, 404}]


def test_a_lead_of_another_client_finds_nothing(app: Flask, world: Cast) -> None:
    """The same role, the same addresses: for a client that is not theirs nothing exists."""
    tried = doors_of_a_client(app)
    leaks = opened_by(app, world.users["stranger"], tried)
    assert not leaks, "\n".join(leaks)
    by_key = [door for door in tried if "client_key" in door.owned_by]
    by_number = [door for door in tried if "client_key" not in door.owned_by]
    assert opened_by(app, world.users["lead"], by_key)
    assert opened_by(app, world.users["lead"], by_number)


def test_a_page_that_forgets_to_ask_whose_client_it_is_would_be_seen(app: Flask, world: Cast) -> None:
    view = requires(Permission.SEE_CLIENTS)(lambda client_key: f"all about {client_key}")
    app.add_url_rule("/clients/<client_key>/careless", "careless", view)
    tried = [door for door in doors_of_a_client(app) if door.endpoint == "careless"]
    assert opened_by(app, world.users["stranger"], tried) == ["GET /clients/valrose/careless"]


def test_the_lists_show_ones_own_clients_alone(app: Flask, world: Cast) -> None:
    for door in close_doors(app):
        if door.method == "GET" and not door.owned_by:
            page = browser_of(app, world.users["stranger"]).get(door.url)
            assert "Valrose" not in page.text, f"{door.url} shows a client of somebody else"


def add_route(app: Flask, access: Permission | str | None) -> None:
    """Add a route as a careless hand would, before the first request."""

    def secret() -> str:
        return "secret"

    view = requires(access) if isinstance(access, Permission) else public if access == PUBLIC else None
    app.add_url_rule("/careless", "careless", view(secret) if view else secret)


def test_a_route_that_declares_nothing_is_refused_even_to_an_administrator(app: Flask, cast: Cast) -> None:
    add_route(app, None)
    assert browser_of(app, cast.users["administrator"]).get("/careless").status_code == 403
    assert app.test_client().get("/careless").status_code == 403
    assert [door.endpoint for door in doors(app) if door.access is None] == ["careless"]


def test_a_route_that_asks_for_too_little_would_be_seen(app: Flask, cast: Cast) -> None:
    add_route(app, PUBLIC)
    assert app.test_client().get("/careless").text == "secret"


@pytest.mark.parametrize(("name", "status"), [("administrator", 200), ("lead", 403), ("finance", 403)])
def test_a_route_is_open_to_those_it_names(app: Flask, cast: Cast, name: str, status: int) -> None:
    add_route(app, Permission.MANAGE_ACCOUNTS)
    assert browser_of(app, cast.users[name]).get("/careless").status_code == status


def test_reading_never_writes(app: Flask, world: Cast, database: Database) -> None:
    """Open every page for real and look for a statement that is not a question."""
    administrator = Walker(app, world.users["administrator"], is_fresh_each_time=False)
    administrator.knock(Door("first", "GET", "/", None, frozenset()))
    said: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda _c, _k, text, *_rest: said.append(text))
    for door in doors(app):
        if door.method == "GET":
            administrator.knock(door)
    questions = ("SELECT", "BEGIN", "PRAGMA", "WITH", "SHOW")
    written = [text for text in said if not text.lstrip().upper().startswith(questions)]
    assert said
    assert not written


def test_a_viewer_of_all_clients_sees_each() -> None:
    viewer = Viewer(1, "A", "a@agence.test", Role.FINANCE, None, "fr")
    assert viewer.sees_client(7)
    assert not Viewer(1, "A", "a@agence.test", Role.FINANCE, frozenset(), "fr").sees_client(7)
