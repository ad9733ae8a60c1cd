"""The pages that stand in the navigation, for those who may open them."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import current_app, request, url_for
from flask_babel import gettext

from survey_app.accounts.access import Permission, Viewer
from survey_app.errors import N_


@dataclass(frozen=True)
class NavigationLink:
    url: str
    label: str
    # What aria-current says: "page" for the page itself, "true" for another page of the same room, "" for none.
    current: str


# Endpoint, label, permission. A room that is not installed leaves no dead link.
PLACES: tuple[tuple[str, str, Permission], ...] = (
    ("dashboard.home", N_("Home"), Permission.SEE_CLIENTS),
    ("clients.index", N_("Clients"), Permission.SEE_CLIENTS),
    ("catalogue.index", N_("Indicators"), Permission.SEE_CLIENTS),
    ("portfolio.clients", N_("Portfolio"), Permission.SEE_PORTFOLIO),
    ("clients.staff", N_("Accounts"), Permission.MANAGE_ACCOUNTS),
)


def links_for(viewer: Viewer) -> list[NavigationLink]:
    """Return the main navigation of this person."""
    open_places = [
        (endpoint, label)
        for endpoint, label, permission in PLACES
        if endpoint in current_app.view_functions and viewer.may(permission)
    ]
    here = _place_of(request.endpoint or "", [endpoint for endpoint, _ in open_places])
    return [
        NavigationLink(
            url_for(endpoint),
            gettext(label),
            "" if endpoint != here else "page" if endpoint == request.endpoint else "true",
        )
        for endpoint, label in open_places
    ]


def _place_of(endpoint: str, places: Sequence[str]) -> str:
    """Return the place that a page is, or else the first of its room."""
    room = endpoint.partition(".")[0]
    return endpoint if endpoint in places else next((each for each in places if each.partition(".")[0] == room), "")
