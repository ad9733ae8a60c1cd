"""The pages that stand in the navigation, for those who may open them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import current_app, request, url_for
from flask_babel import gettext

from survey_app.accounts.access import Permission, Viewer
from survey_app.errors import N_


@dataclass(frozen=True)
class NavigationLink:
    url: str
    label: str
    is_current: bool


# Endpoint, label, permission. A room that is not installed leaves no dead link.
PLACES: tuple[tuple[str, str, Permission], ...] = (
    ("dashboard.home", N_("Home"), Permission.SEE_CLIENTS),
    ("clients.index", N_("Clients"), Permission.SEE_CLIENTS),
    ("catalogue.index", N_("Indicators"), Permission.SEE_CLIENTS),
    ("clients.staff", N_("Accounts"), Permission.MANAGE_ACCOUNTS),
)


# The same for the pages of one client, which take its key.
CLIENT_PLACES: tuple[tuple[str, str, Permission], ...] = (
    ("clients.show", N_("Contacts"), Permission.SEE_CLIENTS),
    ("action_plans.index", N_("Improvement plans"), Permission.SEE_RESULTS),
)


def links_for(viewer: Viewer) -> list[NavigationLink]:
    """Return the main navigation of this person."""
    return list(_links(PLACES, viewer))


def links_for_client(viewer: Viewer, client_key: str) -> list[NavigationLink]:
    """Return the pages of one client that this person may open."""
    return list(_links(CLIENT_PLACES, viewer, client_key=client_key))


def _links(
    places: tuple[tuple[str, str, Permission], ...], viewer: Viewer, **values: Any
) -> Iterator[NavigationLink]:
    for endpoint, label, permission in places:
        if endpoint in current_app.view_functions and viewer.may(permission):
            yield NavigationLink(url_for(endpoint, **values), gettext(label), request.endpoint == endpoint)
