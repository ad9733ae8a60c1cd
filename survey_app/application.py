"""Build the application: settings, database, languages, rooms."""

from pathlib import Path

import structlog
from flask import Flask
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from survey_app.accounts.security import init_accounts
from survey_app.action_plans.feedback import recall_last_answers
from survey_app.catalogue.loading import load_catalogue
from survey_app.cli import register_commands
from survey_app.clients.mail_feedback import ContactMailHandlers
from survey_app.clock import Clock, SystemClock
from survey_app.db import Database
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
from survey_app.outbox.connection import init_mail
from survey_app.questionnaires import DefinitionErrors, Library, load_library
from survey_app.rooms import BLUEPRINTS, PUBLIC_BLUEPRINTS, client_tabs
from survey_app.sessions import CookieSessions
from survey_app.settings import PROJECT_DIR, Settings, load_settings
from survey_app.web import init_web

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
