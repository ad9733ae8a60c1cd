"""Three waves of one client: a plan that worked, one that did not and was reopened, one nobody can tell about."""

from datetime import date, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.accounts.access import Role, Viewer
from survey_app.accounts.models import ClientAccess, User
from survey_app.action_plans.editing import ActionText, PlanText, add_action, change_plan
from survey_app.action_plans.feedback import FeedbackText, last_recall, save_letter, send_letter
from survey_app.action_plans.lifecycle import close_plan, finish_plan, reopen_plan
from survey_app.action_plans.models import ActionPlan, PlanLink, PlanState, Verdict
from survey_app.action_plans.negotiation import Proposer, propose_plan
from survey_app.action_plans.queries import Owner, plans_of_year, tally
from survey_app.action_plans.tokens import token_of
from survey_app.action_plans.vocabulary import CauseKind
from survey_app.agreements.models import Obligor
from survey_app.campaigns.models import Wave
from survey_app.catalogue.content import load_catalogue
from survey_app.closing.service import close_wave
from survey_app.score_sheets.signing import signing_key_bytes
from survey_app.settings import Settings
from tests.scores.cast import NOT_APPLICABLE, REPORTING, RESPONSIVENESS, START, Mark, Survey

ADAPTABILITY = "service_adaptability"
TOKEN_KEY = b"test-token-key-of-more-than-32-characters"
LEAD = "Camille Laurent <camille@agence.test>"


class Story:
    """The agency's lead, and the client who answers, signs and reports through their links."""

    def __init__(self, session: Session, settings: Settings, http: FlaskClient) -> None:
        self.session, self.key, self.http = session, signing_key_bytes(settings), http
        self.survey = Survey.set_up(session)
        for line in (RESPONSIVENESS, REPORTING, ADAPTABILITY):
            self.survey.promise(line)
        access = [ClientAccess(client_id=self.survey.client.id)]
        session.add(
            User(
                email="camille@agence.test",
                name="Camille Laurent",
                password="none",
                role=Role.QUALITY_LEAD,
                created_at=START,
                client_accesses=access,
            )
        )
        session.expire_on_commit = False

    def play(self, number: int, marks: dict[str, list[Mark]]) -> tuple[Wave, dict[str, ActionPlan]]:
        """Play a wave from its launch to its close, sheet included; return the plans that it opened."""
        wave = self.survey.open_wave(4, number=number)
        for place in range(4):
            self.survey.answer(wave, place, {key: given[place] for key, given in marks.items()})
        now = wave.ends_at + timedelta(minutes=5)
        closing = close_wave(self.session, wave.id, load_catalogue(), self.key, LEAD, now)
        return wave, {plan.indicator_key: plan for plan in closing.opened_plans}

    def bring_about(self, plan: ActionPlan, now: datetime, due_on: date) -> None:
        """Write a plan, have it co-signed by its link, done by its owner's link, and called done."""
        text = PlanText("Le service ne suit plus.", "Pas de relais.", CauseKind.PEOPLE)
        change_plan(self.session, plan, text, plan.version, LEAD, now)
        owner = Owner("Ana Silva", "ana@freelance.test")
        add_action(self.session, plan, ActionText("Nommer un relais", Obligor.AGENCY, owner, due_on), LEAD, now)
        who = Proposer(LEAD, "camille@agence.test")
        signatory = self.survey.contacts[0]
        signed = propose_plan(self.session, plan, signatory, "", who, TOKEN_KEY, now).link
        self._post(f"/p/{token_of(signed, TOKEN_KEY)}", {"intent": "sign", "signed_name": "Hélène Martin"})
        link = self.session.scalars(
            select(PlanLink).where(
                PlanLink.plan_id == plan.id, PlanLink.purpose == "act", PlanLink.revoked_at.is_(None)
            )
        ).one()
        self.session.refresh(plan)
        for action in plan.actions:
            fields = {"state": "done", "evidence": "Compte rendu signé", "version": str(action.version)}
            self._post(f"/p/{token_of(link, TOKEN_KEY)}/actions/{action.id}", fields)
        self.session.refresh(plan)
        finish_plan(self.session, plan, LEAD, now)

    def _post(self, url: str, fields: dict[str, str]) -> None:
        self.session.commit()
        assert self.http.post(url, data=fields).status_code == 302
        self.session.expire_all()

    def tell(self, wave: Wave, recall: str, now: datetime) -> int:
        save_letter(self.session, wave, FeedbackText("Merci de vos réponses.", [], "", recall), 0, LEAD, now)
        return send_letter(self.session, wave, TOKEN_KEY, LEAD, now)


@pytest.fixture
def story(app: Flask, session: Session, settings: Settings) -> Story:
    return Story(session, settings, app.test_client())


def test_three_waves_judge_the_plans(story: Story) -> None:
    first, opened = story.play(1, {RESPONSIVENESS: [6, 6, 5, 7], REPORTING: [5, 6, 6, 6], ADAPTABILITY: [6, 6, 6, 5]})
    worked, failed, unclear = (opened[key] for key in (RESPONSIVENESS, REPORTING, ADAPTABILITY))
    work_starts = first.ends_at + timedelta(days=2)
    for plan in (worked, failed, unclear):
        story.bring_about(plan, work_starts, date(2026, 5, 4))
    assert story.tell(first, "deux relais vous répondent", work_starts) == 4

    second, opened = story.play(
        2,
        {
            RESPONSIVENESS: [8, 8, 9, 9],
            REPORTING: [6, 6, 7, 6],
            ADAPTABILITY: [9, 9, NOT_APPLICABLE, NOT_APPLICABLE],
        },
    )
    assert last_recall(story.session, second) == "deux relais vous répondent"
    assert [plan.verdict for plan in (worked, failed, unclear)] == [
        Verdict.EFFECTIVE,
        Verdict.NOT_EFFECTIVE,
        Verdict.CANNOT_TELL,
    ]
    assert unclear.verdict_reason == "Too few people answered to tell."
    assert set(opened) == {REPORTING}, "a line under its threshold always opens its plan"

    then = second.ends_at + timedelta(days=2)
    close_plan(story.session, worked, "", LEAD, then)
    for plan in (failed, unclear):
        reopen_plan(story.session, plan, "Le relais ne suffit pas.", LEAD, then)
    assert opened[REPORTING].leader is failed, "the line is worked on in one place"
    for plan in (failed, unclear):
        story.bring_about(plan, then, date(2026, 8, 3))

    story.play(3, {RESPONSIVENESS: [8, 8, 8, 8], REPORTING: [8, 8, 8, 8], ADAPTABILITY: [8, 7, 8, 8]})
    assert [plan.verdict for plan in (failed, opened[REPORTING], unclear)] == [Verdict.EFFECTIVE] * 3
    assert [step.verdict for step in failed.steps if step.verdict] == [Verdict.NOT_EFFECTIVE, Verdict.EFFECTIVE]
    assert (worked.state, worked.verdict) == (PlanState.CLOSED, Verdict.EFFECTIVE)
    viewer = Viewer(1, "Camille", "camille@agence.test", Role.QUALITY_LEAD, None, "fr")
    total = tally(plans_of_year(story.session, viewer, 2026))
    assert (total.n_launched, total.n_judged, total.n_effective) == (4, 4, 4)
