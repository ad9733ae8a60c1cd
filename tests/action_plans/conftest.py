"""A client whose responsiveness fell under its threshold, and the people who bring it back."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from survey_app.accounts.access import Role
from survey_app.accounts.models import ClientAccess, User
from survey_app.action_plans.editing import ActionText, PlanText, add_action, add_phase, change_plan
from survey_app.action_plans.lifecycle import finish_plan, report_action
from survey_app.action_plans.models import ActionPlan, PlanAction, PlanProposal
from survey_app.action_plans.negotiation import Proposer, propose_plan, sign_plan
from survey_app.action_plans.queries import Owner
from survey_app.action_plans.rules import Criterion
from survey_app.action_plans.service import criterion_of, open_plans, settle_plans
from survey_app.action_plans.tokens import token_of
from survey_app.action_plans.vocabulary import ActionState, CauseKind
from survey_app.agreements.models import Obligor
from survey_app.campaigns.models import Wave
from survey_app.clock import SettableClock
from survey_app.scores.models import Score
from tests.cast import browser_of
from tests.scores.cast import ACTOR, REPORTING, RESPONSIVENESS, START, Survey

TOKEN_KEY = b"test-token-key-of-more-than-32-characters"
LEAD = "Camille Laurent <camille@agence.test>"
PAST = timedelta(days=15)


def criterion(plan: ActionPlan, level: Decimal) -> Criterion:
    """Return another criterion for the plan: this level in wave 3, from two answers on."""
    return replace(criterion_of(plan), level=level, wave_number=3, min_respondents=2)


@dataclass
class Plans:
    """A survey, its staff, and the plans that its waves opened."""

    survey: Survey
    lead: User
    session: Session

    def wave(
        self, number: int, marks: dict[str, list[int | str | None]], n: int = 4, mode: str = "named"
    ) -> list[ActionPlan]:
        """Play a wave from its launch to its close, plans included; return the plans that it opened."""
        wave = self.survey.open_wave(n, mode, number=number)
        for place in range(n):
            own = {key: given[place] for key, given in marks.items() if place < len(given)}
            if any(mark is not None for mark in own.values()):
                self.survey.answer(wave, place, own, comment=f"Remarque {place}")
        return self.close(wave)

    def close(self, wave: Wave) -> list[ActionPlan]:
        scores = list(self.survey.close(wave).values())
        return self.follow(wave, scores)

    def follow(self, wave: Wave, scores: list[Score]) -> list[ActionPlan]:
        now = wave.ends_at + timedelta(minutes=5)
        settle_plans(self.session, wave, scores, ACTOR, now)
        return open_plans(self.session, wave, scores, ACTOR, now)

    def write(self, plan: ActionPlan) -> PlanAction:
        """Write what a plan needs before it is proposed."""
        now = START + PAST
        text = PlanText("Les réponses arrivent trop tard.", "Pas de relais.", CauseKind.PEOPLE)
        change_plan(self.session, plan, text, plan.version, LEAD, now)
        add_phase(self.session, plan, "Mise en place", date(2026, 4, 1), date(2026, 4, 30), LEAD, now)
        owner = Owner(self.lead.name, self.lead.email, user_id=self.lead.id)
        action = ActionText("Nommer un relais", Obligor.AGENCY, owner, date(2026, 5, 4), cost=Decimal("1200.50"))
        return add_action(self.session, plan, action, LEAD, now)

    def propose(self, plan: ActionPlan, now: datetime = START + PAST) -> PlanProposal:
        """Put a written plan to the client's first contact."""
        who = Proposer(LEAD, self.lead.email)
        return propose_plan(self.session, plan, self.survey.contacts[0], "Voici.", who, TOKEN_KEY, now)

    def agree(self, plan: ActionPlan, now: datetime = START + PAST) -> str:
        """Write, propose and co-sign a plan; return the signatory's link."""
        self.write(plan)
        link = self.propose(plan, now).link
        sign_plan(self.session, link, "Hélène Martin", TOKEN_KEY, now)
        return f"/p/{token_of(link, TOKEN_KEY)}"

    def do(self, plan: ActionPlan, now: datetime = START + PAST) -> None:
        """Report every action done with its proof, and call the work done."""
        for action in plan.actions:
            report_action(self.session, action, ActionState.DONE, "Compte rendu du 4 mai", action.version, LEAD, now)
        finish_plan(self.session, plan, LEAD, now)


@pytest.fixture
def plans(session: Session, clock: SettableClock) -> Plans:
    survey = Survey.set_up(session)
    survey.promise(RESPONSIVENESS)
    survey.promise(REPORTING)
    lead = User(
        email="camille@agence.test",
        name="Camille Laurent",
        password="none",
        role=Role.QUALITY_LEAD,
        language="en",
        created_at=START,
        client_accesses=[ClientAccess(client_id=survey.client.id)],
    )
    session.add(lead)
    session.flush()
    return Plans(survey, lead, session)


@pytest.fixture
def breach(plans: Plans) -> ActionPlan:
    """The plan that a mean of 6 opened on the agency's responsiveness."""
    (plan,) = plans.wave(1, {RESPONSIVENESS: [6, 6, 5, 7], REPORTING: [8, 8, 9, 9]})
    return plan


@pytest.fixture
def browser(app: Flask, plans: Plans, session: Session) -> Callable[[], FlaskClient]:
    """Commit what was built and open a browser in which the lead has signed in."""

    def open_browser() -> FlaskClient:
        # What was built stays readable without opening a second writing transaction.
        session.expire_on_commit = False
        session.commit()
        return browser_of(app, plans.lead.id)

    return open_browser
