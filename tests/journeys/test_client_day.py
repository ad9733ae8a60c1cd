"""What day it is for a client far from here, and the day on which a wave really ended, wherever a day is printed."""

from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.accounts.access import Role, Viewer
from survey_app.action_plans.lifecycle import report_action
from survey_app.action_plans.models import ActionPlan
from survey_app.action_plans.vocabulary import ActionState
from survey_app.agreements.models import Agreement
from survey_app.campaigns.invitations import derive_token
from survey_app.campaigns.models import Wave
from survey_app.clients.models import Client
from survey_app.closing.service import close_wave
from survey_app.dashboard.queries import list_overviews
from survey_app.dashboard.rules import OVERDUE_ACTIONS
from survey_app.errors import Invalid
from survey_app.measurements.mails import remind_of_expiry
from survey_app.measurements.models import EvidenceDocument, EvidenceTest
from survey_app.measurements.service import record_document, record_test
from survey_app.score_sheets.sheet import show_sheet
from survey_app.score_sheets.snapshot import seal_edition, snapshot_of
from tests.action_plans.conftest import LEAD, Plans, breach, plans
from tests.campaigns.conftest import ACTOR, TOKEN_KEY, Cast, SignIn, barometer, cast, sign_in
from tests.measurements.conftest import ENTERED, agreement, client, draft

__all__ = ["agreement", "barometer", "breach", "cast", "client", "draft", "plans", "sign_in"]

# At half past midnight in Auckland it is the day before in UTC; at half past eleven in New York, the day after.
AUCKLAND = ("Pacific/Auckland", datetime(2026, 3, 9, 11, 30, tzinfo=UTC), date(2026, 3, 10))
NEW_YORK = ("America/New_York", datetime(2026, 3, 10, 3, 30, tzinfo=UTC), date(2026, 3, 9))
FAR_AWAY = pytest.mark.parametrize(("zone", "now", "day"), [AUCKLAND, NEW_YORK], ids=["Auckland", "New York"])
QUALITY_LEAD = Viewer(1, "Camille", "camille@agence.test", Role.QUALITY_LEAD, None, "fr")
KEY = b"test-signing-key-of-32-bytes-!!!"


def spelled(day: date) -> str:
    return f"{day.day} March 2026"


@FAR_AWAY
def test_a_wave_closed_early_prints_the_day_on_which_it_closed(
    app: Flask, cast: Cast, sign_in: SignIn, zone: str, now: datetime, day: date
) -> None:
    cast.client.time_zone = zone
    wave = cast.launch(cast.plan(ends_on=date(2026, 3, 27)))
    staff = sign_in()
    closing = close_wave(cast.session, wave.id, app.extensions["survey_catalogue"], KEY, ACTOR, now)
    assert (wave.ends_on, wave.last_day, wave.closed_on) == (date(2026, 3, 27), day, day)
    assert cast.session.scalars(select(Wave.last_day)).all() == [day]
    planned = "27 March 2026"
    for page in (
        staff.get(f"/campaigns/{wave.campaign_id}"),
        staff.get(f"/clients/{cast.client.key}/campaigns"),
        staff.get(f"/clients/{cast.client.key}/sheets"),
        staff.get(f"/clients/{cast.client.key}/sheets/2026"),
        staff.get(f"/sheets/{closing.edition.sheet_id}"),
        staff.get(f"/waves/{wave.id}/results"),
    ):
        assert spelled(day) in page
        assert planned not in page
    snapshot = snapshot_of(closing.edition)
    assert snapshot["wave"]["ends_on"] == day.isoformat()
    sheet = show_sheet(seal_edition(closing.edition, KEY), "en")
    assert sheet.contest_until == spelled(day + timedelta(days=10))
    token = derive_token(TOKEN_KEY, wave.invitations[0].id, 1)
    door = app.test_client().get(f"/r/{token}?lang=en").text
    assert f"It took answers until {spelled(day)} at" in door


def test_a_wave_closed_after_its_last_day_keeps_it(app: Flask, cast: Cast) -> None:
    wave = cast.launch(cast.plan())
    now = wave.ends_at + timedelta(minutes=1)
    close_wave(cast.session, wave.id, app.extensions["survey_catalogue"], KEY, ACTOR, now)
    assert (wave.last_day, wave.closed_on) == (date(2026, 3, 20), date(2026, 3, 21))


@FAR_AWAY
def test_a_document_reviewed_today_is_not_reviewed_in_the_future(
    session: Session, agreement: Agreement, client: Client, zone: str, now: datetime, day: date
) -> None:
    client.time_zone = zone
    with pytest.raises(Invalid, match="lies in the future"):
        file_document(session, agreement, day + timedelta(days=1), now)
    document = file_document(session, agreement, day, now)
    with pytest.raises(Invalid, match="cannot lie in the future"):
        prove(session, document, day + timedelta(days=1), now)
    assert prove(session, document, day, now).tested_on == day


@FAR_AWAY
def test_an_expiry_is_announced_sixty_days_before_where_the_client_is(
    session: Session, agreement: Agreement, client: Client, zone: str, now: datetime, day: date
) -> None:
    client.time_zone = zone
    file_document(session, agreement, day, now, expires_on=day + timedelta(days=61))
    assert remind_of_expiry(session, now) == 0
    assert remind_of_expiry(session, now + timedelta(days=1)) == 1


@FAR_AWAY
def test_an_action_reported_done_is_done_on_the_client_s_day_and_late_from_the_next_on(
    plans: Plans, breach: ActionPlan, zone: str, now: datetime, day: date
) -> None:
    breach.client.time_zone = zone
    plans.agree(breach)
    (action,) = breach.actions
    action.due_on = day
    plans.session.flush()
    assert not is_late(plans, now)
    assert is_late(plans, now + timedelta(days=1))
    report_action(plans.session, action, ActionState.DONE, "Note", action.version, LEAD, now)
    assert action.ended_on == day


def file_document(
    session: Session, agreement: Agreement, reviewed_on: date, now: datetime, expires_on: date | None = None
) -> EvidenceDocument:
    return record_document(
        session,
        agreement,
        "security_backup",
        title="Procédure de sauvegarde",
        owner="Léa Bernard",
        owner_email="lea@agence.test",
        reviewed_on=reviewed_on,
        expires_on=expires_on,
        note="",
        actor=ENTERED,
        now=now,
    )


def prove(session: Session, document: EvidenceDocument, tested_on: date, now: datetime) -> EvidenceTest:
    return record_test(
        session, document, tested_on=tested_on, is_passed=True, measured=None, note="", actor=ENTERED, now=now
    )


def is_late(plans: Plans, now: datetime) -> bool:
    (overview,) = list_overviews(plans.session, QUALITY_LEAD, now)
    return OVERDUE_ACTIONS in overview.needs
