"""What the agency sees and writes of its plans."""

from collections.abc import Callable

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from survey_app.action_plans.models import ActionPlan, PlanAction
from survey_app.db import Database
from tests.action_plans.conftest import Plans
from tests.cast import post

Browser = Callable[[], FlaskClient]


def test_the_list_and_the_board_show_a_plan(plans: Plans, breach: ActionPlan, browser: Browser) -> None:
    plans.write(breach)
    client = browser()
    for view in ("", "?view=board"):
        page = client.get(f"/clients/valrose/plans{view}")
        assert page.status_code == 200
        assert f"/plans/{breach.id}" in page.text
        assert "4 May 2026" in page.text


def test_a_drafted_plan_shows_what_is_known(breach: ActionPlan, browser: Browser) -> None:
    page = browser().get(f"/plans/{breach.id}").text
    assert "6.00" in page
    assert "Remarque 0" in page
    assert "wave 2 of Baromètre" in page
    assert "4 <small>of 4 asked</small>" in page


def test_a_whole_plan_shows_its_phases_and_actions(plans: Plans, breach: ActionPlan, browser: Browser) -> None:
    plans.write(breach)
    page = browser().get(f"/plans/{breach.id}").text
    for words in ("Nommer un relais", "Mise en place", "€1,200.50", "Pas de relais.", "People and skills", "<svg"):
        assert words in page


def test_the_analysis_is_written(breach: ActionPlan, browser: Browser, database: Database) -> None:
    fields: dict[str, object] = {
        "version": "1",
        "nonconformity": "Trop tard",
        "cause": "Seul",
        "cause_kind": "people",
    }
    answer = post(browser(), f"/plans/{breach.id}/edit", fields)
    assert answer.status_code == 302
    with database.reading() as session:
        plan = session.get_one(ActionPlan, breach.id)
        assert (plan.nonconformity, plan.cause, plan.cause_kind, plan.version) == (
            "Trop tard",
            "Seul",
            "people",
            2,
        )


def test_the_second_of_two_editors_is_shown_the_firsts_change(
    breach: ActionPlan, browser: Browser, database: Database
) -> None:
    client = browser()
    first = {"version": "1", "nonconformity": "Dit par le premier", "cause": "A", "cause_kind": ""}
    second = {"version": "1", "nonconformity": "Dit par le second", "cause": "B", "cause_kind": ""}
    post(client, f"/plans/{breach.id}/edit", dict(first))
    refused = post(client, f"/plans/{breach.id}/edit", dict(second))
    assert refused.status_code == 409
    assert "Dit par le premier" in refused.text
    assert "Dit par le second" in refused.text
    assert "What Camille Laurent" in refused.text
    assert 'name="version" type="hidden" value="2"' in refused.text
    assert post(client, f"/plans/{breach.id}/edit", {**second, "version": "2"}).status_code == 302
    with database.reading() as session:
        assert session.get_one(ActionPlan, breach.id).nonconformity == "Dit par le second"


def test_an_action_due_before_its_start_is_refused_and_nothing_typed_is_lost(
    plans: Plans, breach: ActionPlan, browser: Browser, session: Session
) -> None:
    fields: dict[str, object] = {
        "title": "Former l’équipe",
        "party": "agency",
        "owner_choice": f"user:{plans.lead.id}",
        "phase_id": "0",
        "starts_on": "2026-05-10",
        "due_on": "2026-05-01",
    }
    answer = post(browser(), f"/plans/{breach.id}/actions/new", fields)
    assert answer.status_code == 400
    assert "It would end before it starts" in answer.text
    assert "Former l’équipe" in answer.text
    session.expire_all()
    assert session.get_one(ActionPlan, breach.id).actions == []


def test_an_action_is_written_with_its_owner_and_cost(
    plans: Plans, breach: ActionPlan, browser: Browser, database: Database
) -> None:
    fields: dict[str, object] = {
        "title": "Former l’équipe",
        "party": "both",
        "owner_choice": "other",
        "owner_name": "Ana Silva",
        "owner_email": "ana@freelance.test",
        "phase_id": "0",
        "due_on": "2026-05-01",
        "cost": "1 200,50",
    }
    assert post(browser(), f"/plans/{breach.id}/actions/new", fields).status_code == 302
    with database.reading() as session:
        action = session.get_one(ActionPlan, breach.id).actions[0]
        assert (action.owner, action.owner_email, str(action.cost)) == ("Ana Silva", "ana@freelance.test", "1200.50")


def test_an_owner_who_has_left_is_told_and_cannot_be_chosen(
    plans: Plans, breach: ActionPlan, browser: Browser, session: Session
) -> None:
    action = plans.write(breach)
    contact = plans.survey.contacts[0]
    action.owner_user_id, action.owner_contact_id, action.owner = None, contact.id, contact.name
    contact.is_active = False
    url = f"/plans/{breach.id}/actions/{action.id}"
    client = browser()
    assert "has left: choose another owner" in client.get(f"/plans/{breach.id}").text
    assert "has left. Choose another owner." in client.get(url).text
    fields: dict[str, object] = {
        "version": "1",
        "title": "Nommer un relais",
        "party": "agency",
        "owner_choice": f"contact:{contact.id}",
        "phase_id": "0",
        "due_on": "2026-05-04",
    }
    refused = post(client, url, fields)
    assert refused.status_code == 400
    session.expire_all()
    assert session.get_one(PlanAction, action.id).version == 1


def test_nobody_becomes_an_owner_by_default(breach: ActionPlan, browser: Browser) -> None:
    fields: dict[str, object] = {
        "title": "Former",
        "party": "agency",
        "owner_choice": "",
        "phase_id": "0",
        "due_on": "2026-05-01",
    }
    answer = post(browser(), f"/plans/{breach.id}/actions/new", fields)
    assert answer.status_code == 400
    assert "Choose who does it." in answer.text


def test_the_criterion_is_shown_without_idle_zeros(breach: ActionPlan, browser: Browser) -> None:
    page = browser().get(f"/plans/{breach.id}/criterion").text
    assert 'value="7"' in page
    assert "7.000" not in page
    assert "Threshold: 7.0." in page


def test_a_criterion_under_the_threshold_is_refused(breach: ActionPlan, browser: Browser) -> None:
    fields: dict[str, object] = {
        "version": "1",
        "success_level": "6,5",
        "judging_wave_number": "2",
        "min_respondents": "3",
    }
    answer = post(browser(), f"/plans/{breach.id}/criterion", fields)
    assert answer.status_code == 400
    assert "ask for the threshold at least" in answer.text
    assert "6,5" in answer.text


def test_a_wave_that_is_over_cannot_judge(breach: ActionPlan, browser: Browser) -> None:
    fields: dict[str, object] = {
        "version": "1",
        "success_level": "8",
        "judging_wave_number": "1",
        "min_respondents": "3",
    }
    answer = post(browser(), f"/plans/{breach.id}/criterion", fields)
    assert answer.status_code == 400
    assert "already closed" in answer.text
