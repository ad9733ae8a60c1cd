"""The pages that stand in the navigation, for those who may open them."""

from dataclasses import dataclass

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
    ("portfolio.clients", N_("Portfolio"), Permission.SEE_PORTFOLIO),
    ("clients.staff", N_("Accounts"), Permission.MANAGE_ACCOUNTS),
)


def links_for(viewer: Viewer) -> list[NavigationLink]:
    """Return the main navigation of this person."""
    return [
        NavigationLink(url_for(endpoint), gettext(label), request.endpoint == endpoint)
        for endpoint, label, permission in PLACES
        if endpoint in current_app.view_functions and viewer.may(permission)
    ]
