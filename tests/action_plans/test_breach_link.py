"""From a line of the results to the plan that its breach started."""

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.action_plans.models import ActionPlan
from survey_app.action_plans.service import open_plans
from survey_app.clients.models import Agency
from survey_app.clock import SettableClock
from survey_app.db import transaction
from tests.cast import assemble_cast, browser_of
from tests.scores.cast import ACTOR, REPORTING, RESPONSIVENESS, Survey


@pytest.mark.parametrize(("indicator_key", "status"), [(RESPONSIVENESS, 302), (REPORTING, 404)])
def test_a_line_under_its_threshold_leads_to_its_plan(
    app: Flask, session: Session, clock: SettableClock, indicator_key: str, status: int
) -> None:
    cast = assemble_cast(session, clock)
    with transaction(session):
        survey = Survey.set_up(session, "lumen", agency=session.get_one(Agency, 1))
        survey.promise(RESPONSIVENESS)
        wave = survey.open_wave(1)
        survey.give(wave, RESPONSIVENESS, [5])
        open_plans(session, wave, list(survey.close(wave).values()), ACTOR, clock.now())
        url = f"/waves/{wave.id}/plans/{indicator_key}"
        plan_id = session.scalars(select(ActionPlan.id)).one()
    answer = browser_of(app, cast.users["administrator"]).get(url)
    assert answer.status_code == status
    if status == 302:
        assert answer.location == f"/plans/{plan_id}"
    assert browser_of(app, cast.users["stranger"]).get(url).status_code == 404
