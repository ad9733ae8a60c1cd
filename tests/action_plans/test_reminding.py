"""Reminders before and after a due date, and the escalation to the lead."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.action_plans.lifecycle import report_action
from survey_app.action_plans.mails import plan_composers
from survey_app.action_plans.models import ActionPlan
from survey_app.action_plans.reminding import remind_plans
from survey_app.action_plans.rules import ANNOUNCED, ESCALATED, NOTHING, OVERDUE, reminder_stage
from survey_app.action_plans.vocabulary import ActionState
from survey_app.clients.models import Civility, MailWording
from survey_app.mails import ComposedEmail, Withheld
from survey_app.outbox.delivery import compose_mail
from survey_app.outbox.models import OutgoingEmail
from survey_app.settings import Settings
from tests.action_plans.conftest import LEAD, Plans

# The cast's one action is due on 4 May 2026.
WEEK_BEFORE = datetime(2026, 4, 27, 7, 0, tzinfo=UTC)
DAY_AFTER = datetime(2026, 5, 5, 7, 0, tzinfo=UTC)
WEEK_AFTER = datetime(2026, 5, 11, 7, 0, tzinfo=UTC)


def written(session: Session) -> list[tuple[str, str]]:
    kinds = ("plan_due", "plan_escalation")
    rows = session.execute(
        select(OutgoingEmail.kind, OutgoingEmail.recipient)
        .where(OutgoingEmail.kind.in_(kinds))
        .order_by(OutgoingEmail.id)
    )
    return [(row.kind, row.recipient) for row in rows]


@pytest.mark.parametrize(
    ("n_days", "stage"), [(-8, NOTHING), (-7, ANNOUNCED), (0, ANNOUNCED), (1, OVERDUE), (6, OVERDUE), (7, ESCALATED)]
)
def test_how_far_the_reminders_go(n_days: int, stage: int) -> None:
    due_on = DAY_AFTER.date()
    assert reminder_stage(due_on, due_on + timedelta(days=n_days)) == stage


def test_each_reminder_is_written_once(plans: Plans, breach: ActionPlan) -> None:
    plans.agree(breach)
    owner = ("plan_due", "camille@agence.test")
    assert remind_plans(plans.session, WEEK_BEFORE - timedelta(days=1)) == 0
    for now, expected in ((WEEK_BEFORE, 1), (DAY_AFTER, 2), (WEEK_AFTER, 3)):
        remind_plans(plans.session, now)
        assert remind_plans(plans.session, now) == 0
        assert len(written(plans.session)) == expected
    assert written(plans.session) == [owner, owner, ("plan_escalation", "camille@agence.test")]


def test_an_action_that_is_done_is_not_reminded(plans: Plans, breach: ActionPlan) -> None:
    plans.agree(breach)
    action = breach.actions[0]
    report_action(plans.session, action, ActionState.DONE, "Note", action.version, LEAD, WEEK_BEFORE)
    assert remind_plans(plans.session, WEEK_AFTER) == 0


def test_nothing_is_reminded_before_the_plan_is_agreed(plans: Plans, breach: ActionPlan) -> None:
    plans.write(breach)
    assert remind_plans(plans.session, WEEK_AFTER) == 0


def test_the_lead_is_told_at_once_where_the_owner_has_left(plans: Plans, breach: ActionPlan) -> None:
    plans.agree(breach)
    contact = plans.survey.contacts[1]
    contact.is_active = False
    action = breach.actions[0]
    action.owner_user_id, action.owner_contact_id, action.owner_email = None, contact.id, contact.email
    plans.session.flush()
    plans.session.refresh(action)
    remind_plans(plans.session, WEEK_BEFORE)
    assert written(plans.session) == [("plan_escalation", "camille@agence.test")]


def test_every_mail_about_a_plan_can_be_written(
    app: Flask, settings: Settings, plans: Plans, breach: ActionPlan
) -> None:
    plans.agree(breach)
    for now in (WEEK_BEFORE, WEEK_AFTER):
        remind_plans(plans.session, now)
    composers = plan_composers(settings)
    with app.test_request_context():
        for mail in plans.session.scalars(select(OutgoingEmail)).all():
            composed = compose_mail(composers, plans.session, mail, WEEK_AFTER)
            if mail.kind == "plan_proposal":
                assert isinstance(composed, Withheld), "the plan is signed: nothing is left to propose"
                continue
            assert isinstance(composed, ComposedEmail), mail.kind
            assert composed.subject
            assert "http://localhost/p" in composed.text
            assert "http://localhost/p" in composed.html
            assert "None" not in composed.text


@pytest.mark.parametrize(
    ("civility", "greeting"), [(Civility.MADAM, "Bonjour Madame"), (Civility.SIR, "Bonjour Monsieur")]
)
def test_a_contact_is_greeted_by_civility(
    app: Flask, settings: Settings, plans: Plans, breach: ActionPlan, civility: Civility, greeting: str
) -> None:
    contact = plans.survey.contacts[0]
    contact.name, contact.civility = "Hélène MARTIN", civility
    plans.agree(breach)
    written = plan_composers(settings)
    with app.test_request_context():
        mails = plans.session.scalars(select(OutgoingEmail).where(OutgoingEmail.kind != "plan_proposal")).all()
        told = {mail.recipient: written[mail.kind](plans.session, mail, WEEK_BEFORE) for mail in mails}
    to_contact, to_lead = told[contact.email], told["camille@agence.test"]
    assert isinstance(to_contact, ComposedEmail)
    assert isinstance(to_lead, ComposedEmail)
    assert f"{greeting} MARTIN," in to_contact.text
    assert f"{greeting} MARTIN," in to_contact.html
    assert to_lead.text.startswith("Bonjour,"), "a decision is told to the desk, not to one person"


def test_the_proposal_speaks_in_the_agency_s_own_words(
    app: Flask, settings: Settings, plans: Plans, breach: ActionPlan
) -> None:
    plans.write(breach)
    plans.propose(breach)
    words = {"subject": "À signer, {name}", "message": "{agency} et {client} <b>\n\n{line}"}
    plans.session.add(
        MailWording(
            agency_id=breach.client.agency_id, kind="plan_proposal", language="fr", updated_at=WEEK_BEFORE, **words
        )
    )
    mail = plans.session.scalars(select(OutgoingEmail)).one()
    with app.test_request_context():
        composed = compose_mail(plan_composers(settings), plans.session, mail, WEEK_BEFORE)
    assert isinstance(composed, ComposedEmail)
    assert composed.subject == f"À signer, {composed.recipient_name}"
    assert f"{breach.client.agency.name} et {breach.client.name} <b>\n" in composed.text
    assert "&lt;b&gt;" in composed.html
    assert "Lisez-le" not in composed.text


def test_the_proposal_leads_to_the_plan(app: Flask, settings: Settings, plans: Plans, breach: ActionPlan) -> None:
    plans.write(breach)
    plans.propose(breach)
    mail = plans.session.scalars(select(OutgoingEmail)).one()
    with app.test_request_context():
        composed = compose_mail(plan_composers(settings), plans.session, mail, WEEK_BEFORE)
        assert isinstance(composed, ComposedEmail)
        link = next(word for word in composed.text.split() if word.startswith("http://localhost/p/"))
    plans.session.commit()
    assert app.test_client().get(link.removeprefix("http://localhost")).status_code == 200
    assert composed.subject.startswith("Un plan de progrès à cosigner")
