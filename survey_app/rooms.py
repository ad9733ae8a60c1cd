"""The rooms that answer requests, in one list."""

from flask import Blueprint, current_app, request, url_for
from flask_babel import gettext

from survey_app.accounts.routes import blueprint as accounts
from survey_app.action_plans.routes import blueprint as action_plans
from survey_app.action_plans.routes import public_blueprint as plan_links
from survey_app.agreements.public_views import blueprint as signatory
from survey_app.agreements.views import blueprint as agreements
from survey_app.bonuses.public_views import blueprint as bonus_simulator
from survey_app.bonuses.views import blueprint as bonuses
from survey_app.campaigns.views import blueprint as campaigns
from survey_app.catalogue.views import blueprint as catalogue
from survey_app.clients.routes import blueprint as clients
from survey_app.clients.unsubscribing import blueprint as unsubscribing
from survey_app.closing.views import blueprint as closing
from survey_app.dashboard.views import blueprint as dashboard
from survey_app.errors import N_
from survey_app.measurements.public_views import blueprint as client_facts
from survey_app.measurements.routes import blueprint as measurements
from survey_app.portfolio.views import blueprint as portfolio
from survey_app.responses.rights_views import blueprint as responses
from survey_app.responses.staff_views import blueprint as answering
from survey_app.score_sheets.receipt_views import blueprint as sheet_links
from survey_app.score_sheets.views import blueprint as score_sheets
from survey_app.scores.routes import blueprint as scores
from survey_app.scores.routes import client_blueprint as client_results
from survey_app.scores.routes import method_blueprint as method

BLUEPRINTS: tuple[Blueprint, ...] = (
    accounts,
    action_plans,
    agreements,
    answering,
    bonus_simulator,
    bonuses,
    campaigns,
    catalogue,
    clients,
    closing,
    client_facts,
    dashboard,
    measurements,
    plan_links,
    portfolio,
    responses,
    score_sheets,
    sheet_links,
    client_results,
    method,
    scores,
    signatory,
    unsubscribing,
)

# Where a personal link or a document is the authority and no cookie exists, so that a CSRF token
# would only make a slow answer fail; these rooms check where a POST comes from instead.
PUBLIC_BLUEPRINTS: tuple[Blueprint, ...] = (
    bonus_simulator,
    client_facts,
    client_results,
    method,
    plan_links,
    responses,
    sheet_links,
    signatory,
    unsubscribing,
)

# The rooms of one client, in the order of the work: where each begins, and what it is called.
CLIENT_TABS = (
    ("clients.show", N_("Contacts")),
    ("agreements.index", N_("Agreement")),
    ("campaigns.index", N_("Campaigns")),
    ("measurements.index", N_("Facts and evidence")),
    ("action_plans.index", N_("Improvement plans")),
    ("score_sheets.index", N_("Score sheets")),
)


# Rooms that are entered through another: their pages are about a wave.
WITHIN = {"scores": "campaigns", "closing": "campaigns", "answering": "campaigns"}


def client_tabs(client_key: str) -> list[dict[str, object]]:
    """Return the tabs of a client's pages; the room one stands in is the current one."""
    here = WITHIN.get(request.blueprint or "", request.blueprint)
    known = [(endpoint, label) for endpoint, label in CLIENT_TABS if endpoint in current_app.view_functions]
    return [
        {
            "url": url_for(endpoint, client_key=client_key),
            "label": gettext(label),
            "is_current": here == endpoint.partition(".")[0],
        }
        for endpoint, label in known
    ]
