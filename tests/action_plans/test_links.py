"""The pages behind a personal link: the signatory's and the owner's."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.action_plans.editing import ActionText, change_action
from survey_app.action_plans.models import ActionPlan, PlanAction, PlanLink, PlanState
from survey_app.action_plans.negotiation import propose_amendment
from survey_app.action_plans.queries import Owner
from survey_app.action_plans.reminding import tell_owners
from survey_app.action_plans.tokens import derive_plan_token, token_of
from survey_app.action_plans.vocabulary import ActionState, LinkPurpose
from survey_app.agreements.models import Obligor
from survey_app.db import Database
from tests.action_plans.conftest import LEAD, PAST, TOKEN_KEY, Plans, criterion
from tests.scores.cast import START

Browser = Callable[[], FlaskClient]
NOW = START + PAST


def owner_link(session: Session, plan: ActionPlan) -> str:
    link = session.scalars(select(PlanLink).where(PlanLink.plan_id == plan.id, PlanLink.purpose == "act")).one()
    return f"/p/{token_of(link, TOKEN_KEY)}"


@pytest.fixture
def proposed(plans: Plans, breach: ActionPlan) -> str:
    plans.write(breach)
    return f"/p/{token_of(plans.propose(breach).link, TOKEN_KEY)}"


def state_of(database: Database, plan_id: int) -> PlanState:
    with database.reading() as session:
        return session.get_one(ActionPlan, plan_id).state


def test_reading_the_proposal_changes_nothing(
    proposed: str, breach: ActionPlan, browser: Browser, browserless: FlaskClient, database: Database
) -> None:
    browser()
    page = browserless.get(f"{proposed}?lang=en")
    assert page.status_code == 200
    for words in ("Nommer un relais", "Pas de relais.", "wave 2 of Baromètre", "Co-sign the plan"):
        assert words in page.text
    assert "Remarque" not in page.text, "comments are the agency's alone"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert state_of(database, breach.id) is PlanState.PROPOSED


def test_the_client_co_signs(
    proposed: str, breach: ActionPlan, browser: Browser, browserless: FlaskClient, database: Database
) -> None:
    browser()
    answer = browserless.post(proposed, data={"intent": "sign", "signed_name": "Hélène Martin"})
    assert answer.status_code == 302
    assert state_of(database, breach.id) is PlanState.AGREED
    again = browserless.post(f"{proposed}?lang=en", data={"intent": "sign", "signed_name": "Hélène Martin"})
    assert again.status_code == 409
    assert "waits for your answer any more" in again.text


def test_a_signature_needs_a_name_and_nothing_typed_is_lost(
    proposed: str, browser: Browser, browserless: FlaskClient
) -> None:
    browser()
    answer = browserless.post(
        f"{proposed}?lang=en", data={"intent": "return", "comment": "Un mois plus tôt", "signed_name": ""}
    )
    assert answer.status_code == 400
    assert "Write your name" in answer.text
    assert "Un mois plus tôt" in answer.text


def test_changes_and_a_signature_do_not_go_together(
    proposed: str, breach: ActionPlan, browser: Browser, browserless: FlaskClient, database: Database
) -> None:
    browser()
    fields = {"intent": "sign", "signed_name": "Hélène", "change.cause": "Plutôt le brief"}
    answer = browserless.post(f"{proposed}?lang=en", data=fields)
    assert answer.status_code == 409
    assert "Plutôt le brief" in answer.text
    assert state_of(database, breach.id) is PlanState.PROPOSED


def test_the_client_amends_part_by_part_and_the_lead_reads_it(
    proposed: str, breach: ActionPlan, browser: Browser, browserless: FlaskClient
) -> None:
    staff = browser()
    fields = {"intent": "return", "signed_name": "Hélène Martin", f"change.action:{breach.actions[0].id}": "Avant mai"}
    assert browserless.post(proposed, data=fields).status_code == 302
    page = staff.get(f"/plans/{breach.id}").text
    assert "Hélène Martin asks for changes" in page
    assert "Avant mai" in page


def test_a_form_from_another_site_is_refused(proposed: str, browser: Browser, browserless: FlaskClient) -> None:
    browser()
    headers = {"Sec-Fetch-Site": "cross-site"}
    assert browserless.post(proposed, data={"intent": "sign", "signed_name": "X"}, headers=headers).status_code == 409


@pytest.mark.parametrize("token", ["unknown", "a" * 43, "b" * 500])
def test_an_unknown_link_opens_nothing(token: str, browserless: FlaskClient) -> None:
    assert browserless.get(f"/p/{token}").status_code == 404
    assert browserless.post(f"/p/{token}").status_code == 404


def test_a_link_opens_only_what_it_was_made_for(
    plans: Plans, breach: ActionPlan, browser: Browser, browserless: FlaskClient
) -> None:
    signatory = plans.agree(breach)
    owner = owner_link(plans.session, breach)
    action_id = breach.actions[0].id
    browser()
    sign, act = (derive_plan_token(TOKEN_KEY, purpose, 1, 1, START) for purpose in (LinkPurpose.SIGN, LinkPurpose.ACT))
    assert sign != act
    assert browserless.post(owner, data={"intent": "sign", "signed_name": "X"}).status_code == 404
    assert browserless.post(f"{signatory}/actions/{action_id}", data={"state": "done"}).status_code == 404


def test_an_owner_reports_and_the_plan_starts(
    plans: Plans, breach: ActionPlan, browser: Browser, browserless: FlaskClient, database: Database
) -> None:
    plans.agree(breach)
    link, action = owner_link(plans.session, breach), breach.actions[0]
    browser()
    assert "Nommer un relais" in browserless.get(link).text
    fields = {"state": "done", "evidence": "Note du 2 mai", "version": str(action.version)}
    assert browserless.post(f"{link}/actions/{action.id}", data=fields).status_code == 302
    with database.reading() as session:
        stored = session.get_one(PlanAction, action.id)
        assert (stored.state, stored.evidence) == (ActionState.DONE, "Note du 2 mai")
        assert stored.plan.state is PlanState.UNDER_WAY


def test_an_owner_who_was_overtaken_sees_both_reports(
    plans: Plans, breach: ActionPlan, browser: Browser, browserless: FlaskClient
) -> None:
    plans.agree(breach)
    link, action = owner_link(plans.session, breach), breach.actions[0]
    browser()
    stale = {"state": "under_way", "evidence": "Le mien", "version": str(action.version)}
    browserless.post(f"{link}/actions/{action.id}", data={**stale, "evidence": "Celui d’avant"})
    answer = browserless.post(f"{link}/actions/{action.id}", data=stale)
    assert answer.status_code == 409
    assert "Celui d’avant" in answer.text
    assert "Le mien" in answer.text


def test_done_without_proof_is_refused_to_the_owner_too(
    plans: Plans, breach: ActionPlan, browser: Browser, browserless: FlaskClient
) -> None:
    plans.agree(breach)
    link, action = owner_link(plans.session, breach), breach.actions[0]
    browser()
    fields = {"state": "done", "evidence": "", "version": str(action.version)}
    answer = browserless.post(f"{link}/actions/{action.id}?lang=en", data=fields)
    assert answer.status_code == 400
    assert "Say where the proof is" in answer.text


def test_the_link_of_an_owner_who_was_replaced_opens_nothing(
    plans: Plans, breach: ActionPlan, browser: Browser, browserless: FlaskClient
) -> None:
    plans.agree(breach)
    link, action = owner_link(plans.session, breach), breach.actions[0]
    text = ActionText(action.title, Obligor.AGENCY, Owner("Ana", "ana@freelance.test"), action.due_on)
    change_action(plans.session, action, text, action.version, LEAD, NOW)
    tell_owners(plans.session, breach, TOKEN_KEY, NOW)
    browser()
    assert browserless.get(link).status_code == 404


def test_the_client_agrees_to_an_amendment_by_the_same_link(
    plans: Plans, breach: ActionPlan, browser: Browser, browserless: FlaskClient, database: Database
) -> None:
    link = plans.agree(breach)
    amendment = propose_amendment(
        plans.session, breach, criterion(breach, breach.success_level), "Congés d’été", LEAD, NOW
    )
    browser()
    page = browserless.get(f"{link}?lang=en").text
    assert "Congés d’été" in page
    fields = {"intent": "agree", "signed_name": "Hélène Martin"}
    assert browserless.post(f"{link}/amendments/{amendment.id}", data=fields).status_code == 302
    with database.reading() as session:
        assert session.get_one(ActionPlan, breach.id).judging_wave_number == 3
    assert "Amended from 7.0" in browserless.get(f"{link}?lang=en").text
