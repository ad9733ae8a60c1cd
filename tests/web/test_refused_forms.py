"""A refused form answers one way: not with success, with a summary at its top, and with what was typed."""

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from survey_app.clock import SettableClock
from tests.accounts.world import build_world
from tests.cast import assemble_cast, browser_of, post

ROOT = Path(__file__).resolve().parents[2]
UNREADABLE = "Typed\u202e by hand"
KEPT = "Typed by hand"
# Passwords and codes are never written back into a page.
SECRET = "no field of this page may be shown again"


@dataclass(frozen=True)
class Form:
    """A form of the application: where it is sent, and what in it cannot be read beside what was typed well."""

    endpoint: str
    url: str
    fields: Mapping[str, str] = field(default_factory=dict)
    kept: str = KEPT
    # What is sent first, where the form is on the page only then.
    before: Mapping[str, str] | None = None

    def __str__(self) -> str:
        return self.endpoint


FORMS = (
    Form("accounts.submit_sign_in", "/sign-in", {"email": KEPT, "password": ""}),
    Form("accounts.submit_forgotten_password", "/password/forgotten", {"email": KEPT}),
    Form("accounts.submit_profile", "/profile", {"name": KEPT, "language": "xx"}),
    Form("accounts.submit_password", "/profile/password", {"password": "x"}, SECRET),
    Form(
        "accounts.submit_second_factor",
        "/profile/second-factor",
        {"step": "confirm", "code": "no code"},
        SECRET,
        before={"step": "begin"},
    ),
    Form("agreements.create", "/clients/valrose/agreements/new", {"title": KEPT, "starts_on": "never"}),
    Form("agreements.period", "/agreements/1/period", {"starts_on": KEPT}),
    Form("agreements.new_line", "/agreements/1/lines/new/service_responsiveness", {"threshold": KEPT}),
    Form("agreements.roles", "/agreements/1/roles", {"marketing": KEPT}),
    Form("agreements.pick", "/agreements/1/lines/add", {"key": "unknown"}, SECRET),
    Form("agreements.define", "/clients/valrose/indicators/new", {"label_fr": KEPT}),
    Form("agreements.propose", "/agreements/1/propose", {"agency_signatory": KEPT}),
    Form("agreements.validate", "/agreements/1/validate", {"client_signatory": KEPT}),
    Form("bonuses.edit", "/agreements/1/bonus/edit", {"levels": KEPT, "shape": "levels"}),
    Form("measurements.import_file", "/agreements/1/facts/2026-H1/import", {"table": KEPT}),
    Form("campaigns.create", "/clients/valrose/campaigns/new", {"title": KEPT, "n_days_open": "many"}),
    Form("campaigns.change", "/campaigns/1/settings", {"n_days_open": KEPT}),
    Form("campaigns.plan", "/campaigns/1/waves/new", {"title": KEPT, "starts_on": "never"}),
    Form("campaigns.replan", "/waves/1/plan", {"title": KEPT, "starts_on": "never"}),
    Form("campaigns.extend", "/waves/1/extend", {"ends_on": KEPT}),
    Form("campaigns.wording", "/mail-wordings/invitation/fr", {"subject": KEPT, "message": ""}),
    Form("clients.new_client", "/clients/new", {"name": KEPT, "time_zone": "nowhere"}),
    Form("clients.edit_client", "/clients/valrose/edit", {"name": KEPT, "time_zone": "nowhere"}),
    Form("clients.agency", "/agency", {"name": KEPT, "accent_colour": "red"}),
    Form("clients.new_contact", "/clients/valrose/contacts/new", {"name": KEPT, "email": "no address"}),
    Form("clients.edit_contact", "/clients/valrose/contacts/1", {"name": KEPT, "email": "no address"}),
    Form("clients.new_account", "/staff/new", {"name": KEPT, "email": "no address"}),
    Form("clients.account", "/staff/1", {"name": UNREADABLE}, UNREADABLE),
    Form("clients.import_file", "/clients/valrose/contacts/import", {"table": KEPT}),
    Form("action_plans.edit", "/plans/1/edit", {"cause": KEPT, "cause_kind": "no kind", "version": "1"}),
    Form("action_plans.criterion", "/plans/1/criterion", {"success_level": KEPT, "version": "1"}),
    Form("action_plans.new_phase", "/plans/1/phases/new", {"title": KEPT, "starts_on": "never"}),
    Form("action_plans.new_action", "/plans/1/actions/new", {"title": KEPT, "due_on": "never"}),
    Form("action_plans.edit_action", "/plans/1/actions/1", {"title": KEPT, "due_on": "never", "version": "1"}),
    Form("action_plans.report", "/plans/1/actions/1/report", {"evidence": KEPT, "state": "no state"}),
    Form("action_plans.propose", "/plans/1/propose", {"message": KEPT}),
    Form("answering.privacy", "/waves/1/privacy", {"mode": "no mode"}, SECRET),
    Form("scores.send_links", "/waves/1/results/share", {}, SECRET),
)


# Nothing is typed into these: a button, or a box that is only ticked.
BUTTONS = frozenset(
    [
        "accounts.sign_out",
        "action_plans.drop_action",
        "action_plans.drop_phase",
        "action_plans.part_line",
        "action_plans.renew_calendar",
        "agreements.amend",
        "agreements.end",
        "agreements.move_line",
        "agreements.remove_line",
        "agreements.settle",
        "agreements.withdraw",
        "bonuses.remove",
        "campaigns.cancel",
        "campaigns.launch",
        "campaigns.remind",
        "campaigns.restore",
        "campaigns.resume",
        "campaigns.schedule",
        "clients.forget_second_factor",
        "clients.set_activity",
        "closing.close",
        "measurements.confirm",
        "measurements.validate",
        "responses.reopening",
        "score_sheets.approve",
        "score_sheets.withdraw",
        "scores.withdraw",
        "sheet_links.confirm",
        "sheet_links.withdraw",
        "unsubscribing.unsubscribe",
    ]
)
# These need more than one row of each kind: the tests of their rooms send what cannot be read.
IN_THEIR_ROOM = frozenset(
    [
        "accounts.submit_code",
        "accounts.submit_new_password",
        "action_plans.amend",
        "action_plans.cover_lines",
        "action_plans.edit_phase",
        "action_plans.move_plan",
        "action_plans.open_voluntary",
        "action_plans.save_feedback",
        "agreements.line",
        "agreements.redefine",
        "answering.look",
        "answering.take_rehearsal",
        "campaigns.address",
        "measurements.document",
        "measurements.enter",
        "measurements.test",
        "plan_links.answer",
        "plan_links.answer_change",
        "plan_links.report",
        "responses.objecting",
        "responses.refuse",
        "responses.save",
        "responses.take",
        "score_sheets.answer",
        "score_sheets.contest",
        "score_sheets.correct",
        "score_sheets.send",
        "sheet_links.answer",
        "sheet_links.contest",
        "sheet_links.verify",
        "signatory.answer",
    ]
)


def test_every_form_of_the_application_is_walked(app: Flask) -> None:
    posts = {rule.endpoint for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ())}
    assert posts == {form.endpoint for form in FORMS} | BUTTONS | IN_THEIR_ROOM


@pytest.fixture
def lead(app: Flask, session: Session, clock: SettableClock) -> FlaskClient:
    cast = assemble_cast(session, clock)
    build_world(session, cast.client_ids["valrose"], clock.now())
    return browser_of(app, cast.users["administrator"])


def send(form: Form, lead: FlaskClient, app: Flask) -> TestResponse:
    browser = app.test_client() if form.endpoint in SIGNED_OUT else lead
    if form.before is not None:
        post(browser, form.url, dict(form.before))
    return post(browser, form.url, dict(form.fields))


SIGNED_OUT = frozenset({"accounts.submit_sign_in", "accounts.submit_forgotten_password"})


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_a_refused_form_says_why_and_keeps_what_was_typed(form: Form, lead: FlaskClient, app: Flask) -> None:
    answer = send(form, lead, app)
    assert app.url_map.bind("localhost").match(form.url, method="POST")[0] == form.endpoint
    assert answer.status_code in {400, 409}
    summary = re.search(r'<div class="summary" role="alert".*?</div>', answer.text, re.S)
    assert summary is not None, "no summary at the top of the page"
    for target in re.findall(r'href="#([^"]+)"', summary.group()):
        assert f'id="{target}"' in answer.text, f"the summary leads to #{target}, which is not on the page"
    assert "<form" in answer.text
    if form.kept != SECRET:
        assert form.kept in answer.text


# What may look at a refusal elsewhere: what parses a part of a page, and the answers a script reads.
OWN_HANDLERS = frozenset(
    {
        "agreements/public_views.py:_typed",
        "bonuses/views.py:_write",
        "responses/public_views.py:refuse",
        "responses/views.py:save",
        "responses/views.py:take",
    }
)


def handlers() -> set[str]:
    """Return the functions of the pages that catch what a rule refuses."""
    found = set()
    for path in (ROOT / "survey_app").rglob("*.py"):
        if not path.name.endswith("views.py"):
            continue
        for function in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(function, ast.FunctionDef) and any(map(catches_refusal, ast.walk(function))):
                found.add(f"{path.relative_to(ROOT / 'survey_app')}:{function.name}")
    return found


def catches_refusal(node: ast.AST) -> bool:
    if not isinstance(node, ast.ExceptHandler) or node.type is None:
        return False
    return bool(re.search(r"Refusal|Invalid|BadTable|AlreadyReceived", ast.unparse(node.type)))


def test_the_pages_leave_a_refusal_to_the_one_handler() -> None:
    assert handlers() == OWN_HANDLERS
