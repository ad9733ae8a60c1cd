"""Fifty clicks at once on "Launch" make one launch."""

from concurrent.futures import ThreadPoolExecutor

from flask import Flask
from sqlalchemy import func, select

from survey_app.audit.models import AuditEntry
from survey_app.campaigns.models import Invitation, Reminder
from survey_app.outbox.models import OutgoingEmail
from tests.campaigns.conftest import Cast, SignIn

CLICKS = 50


def test_fifty_launches_at_once_are_one(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    wave = cast.plan()
    path = f"/waves/{wave.id}/launch"
    cookie = sign_in().browser.get_cookie("session")
    assert cookie is not None
    cast.session.commit()

    def click(_number: int) -> int:
        browser = app.test_client()
        browser.set_cookie("session", cookie.value)
        return browser.post(path).status_code

    with ThreadPoolExecutor(CLICKS) as pool:
        statuses = list(pool.map(click, range(CLICKS)))
    assert statuses == [302] * CLICKS
    n_rows = [cast.session.scalar(select(func.count()).select_from(model)) for model in (Invitation, OutgoingEmail)]
    assert n_rows == [3, 3]
    assert cast.session.scalar(select(func.count()).select_from(Reminder)) == 2
    launches = select(func.count()).where(AuditEntry.action == "wave_launched")
    assert cast.session.scalar(launches) == 1
