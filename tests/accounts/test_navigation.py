"""The main navigation says where one stands: on the page it names, or elsewhere in its room."""

import re

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from survey_app.clock import SettableClock
from tests.cast import assemble_cast, browser_of


@pytest.mark.parametrize(
    ("path", "marked"),
    [
        ("/portfolio", [("page", "Portefeuille")]),
        ("/clients", [("page", "Clients")]),
        ("/clients/new", [("true", "Clients")]),
        ("/staff", [("page", "Comptes")]),
        ("/profile", []),
    ],
)
def test_the_place_where_one_stands_is_marked(
    app: Flask, session: Session, clock: SettableClock, path: str, marked: list[tuple[str, str]]
) -> None:
    browser = browser_of(app, assemble_cast(session, clock).users["administrator"])
    answer = browser.get(path, follow_redirects=True)
    assert answer.status_code == 200
    navigation = answer.text.partition('<nav class="masthead__nav"')[2].partition("</nav>")[0]
    assert re.findall(r'aria-current="(\w+)">([^<]+)<', navigation) == marked
