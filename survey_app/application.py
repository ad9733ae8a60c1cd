"""Build the application: settings, database, languages, and the rooms that answer requests."""

from pathlib import Path

import structlog
from flask import Blueprint, Flask, current_app, request, url_for
from flask_babel import gettext
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from survey_app.accounts.session import init_accounts
from survey_app.accounts.views import blueprint as accounts
from survey_app.action_plans.feedback import recall_last_answers
from survey_app.action_plans.lifecycle_views import blueprint as action_plans
from survey_app.action_plans.public_views import public_blueprint as plan_links
from survey_app.agreements.public_views import blueprint as signatory
from survey_app.agreements.views import blueprint as agreements
from survey_app.bonuses.views import blueprint as bonuses
from survey_app.bonuses.views import public_blueprint as bonus_simulator
from survey_app.campaigns.wave_views import blueprint as campaigns
from survey_app.catalogue.content import load_catalogue
from survey_app.catalogue.views import blueprint as catalogue
from survey_app.cli import register_commands
from survey_app.clients.public_views import blueprint as unsubscribing
from survey_app.clients.service import ContactMailHandlers
from survey_app.clients.views import blueprint as clients
from survey_app.clock import Clock, SystemClock
from survey_app.closing.views import blueprint as closing
from survey_app.dashboard.views import blueprint as dashboard
from survey_app.db import Database
from survey_app.errors import N_
from survey_app.formats import (
    format_day,
    format_instant,
    format_money,
    format_month,
    format_number,
    format_percent,
    format_score,
)
from survey_app.i18n import current_language, init_i18n
from survey_app.logs import configure_logs
from survey_app.mailbox.views import blueprint as mailbox
from survey_app.measurements.public_views import blueprint as client_facts
from survey_app.measurements.views import blueprint as measurements
from survey_app.outbox.connection import init_mail
from survey_app.portfolio.views import blueprint as portfolio
from survey_app.questionnaires import DefinitionErrors, Library, load_library
from survey_app.responses.public_views import blueprint as responses
from survey_app.responses.staff_views import blueprint as answering
from survey_app.score_sheets.public_views import blueprint as sheet_links
from survey_app.score_sheets.views import blueprint as score_sheets
from survey_app.scores.public_views import client_blueprint as client_results
from survey_app.scores.public_views import method_blueprint as method
from survey_app.scores.views import blueprint as scores
from survey_app.settings import PROJECT_DIR, Settings, load_settings
from survey_app.web import CookieSessions, init_web

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
# would only make a slow answer fail; web.py checks where each POST comes from.
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


log = structlog.get_logger()

MAX_REQUEST_BYTES = 12 * 1024 * 1024
FORMATS = {
    "score": format_score,
    "number": format_number,
    "percent": format_percent,
    "money": format_money,
    "day": format_day,
    "month": format_month,
    "instant": format_instant,
}


def create_app(settings: Settings | None = None, clock: Clock | None = None) -> Flask:
    """Return the WSGI application; without arguments everything comes from the environment."""
    settings = settings or load_settings()
    configure_logs(settings.environment)
    app = Flask(
        "survey_app",
        template_folder=str(PROJECT_DIR / "templates"),
        static_folder=str(PROJECT_DIR / "survey_app" / "static"),
    )
    _configure(app, settings)
    app.extensions["survey_settings"] = settings
    app.extensions["survey_clock"] = clock or SystemClock()
    app.extensions["survey_database"] = Database(settings.resolved_database_url)
    app.extensions["survey_questionnaires"] = _load_questionnaires(settings.questionnaires_dir)
    app.extensions["survey_catalogue"] = load_catalogue()
    app.extensions["survey_mail_handlers"] = ContactMailHandlers()
    app.extensions["survey_recall"] = recall_last_answers
    init_mail(app, settings)
    _register(app)
    if settings.proxy_hops:
        hops = settings.proxy_hops
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    return app


def _load_questionnaires(folder: Path) -> Library:
    """Read the definitions; broken ones stop new launches, never the answers to a wave already launched."""
    try:
        return load_library(folder)
    except DefinitionErrors as errors:
        for mistake in errors.errors:
            log.error("questionnaire_refused", mistake=str(mistake))
        log.error("no_questionnaires", next_step="run: flask --app wsgi questionnaires check")
        return Library((), ())


def _configure(app: Flask, settings: Settings) -> None:
    is_https = settings.public_base_url.startswith("https://")
    app.config.update(
        SECRET_KEY=settings.secret_key.get_secret_value(),
        TESTING=settings.environment == "test",
        MAX_CONTENT_LENGTH=MAX_REQUEST_BYTES,
        MAX_FORM_MEMORY_SIZE=2 * 1024 * 1024,
        TRUSTED_HOSTS=settings.allowed_hosts or None,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SECURE=is_https,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=settings.session_hours * 3600,
        WTF_CSRF_TIME_LIMIT=settings.session_hours * 3600,
        # Over TLS it would demand a Referer, which pages with a link in their address never send: the origin of
        # every POST is checked in web.py instead.
        WTF_CSRF_SSL_STRICT=False,
    )
    app.session_interface = CookieSessions()
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(FORMATS, client_tabs=client_tabs)


def _register(app: Flask) -> None:
    init_i18n().init_app(app, default_locale="fr", locale_selector=current_language)
    csrf = CSRFProtect(app)
    init_web(app)
    init_accounts(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    if app.extensions["survey_settings"].environment == "development":
        app.register_blueprint(mailbox)
    for blueprint in PUBLIC_BLUEPRINTS:
        csrf.exempt(blueprint)
    register_commands(app)
