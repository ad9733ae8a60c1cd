"""What staff do about the form: try it without counting, tighten its promise, give it their look."""

import io
import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey_app.accounts.access import Role
from survey_app.accounts.models import User
from survey_app.accounts.session import COOKIE_TOKEN
from survey_app.accounts.signing_in import open_session
from survey_app.audit.models import AuditEntry
from survey_app.campaigns.models import Campaign, Disclosure, Invitation, PrivacyMode, Wave, WaveState
from survey_app.clients.models import Agency
from survey_app.clock import SettableClock
from survey_app.db import Database, transaction
from survey_app.responses.models import Answer, Response
from tests.responses.cast import LAUNCH, OpenWave

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 200


def csrf_in(page: str) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert found
    return found[1]


@pytest.fixture
def signed_in(app: Flask, session: Session, clock: SettableClock) -> FlaskClient:
    with transaction(session):
        user = User(
            email="lea@atelier.test",
            name="Léa Bernard",
            password="none",
            role=Role.ADMINISTRATOR,
            language="en",
            sees_all_clients=True,
            created_at=LAUNCH,
        )
        session.add(user)
        session.flush()
        token = open_session(session, user, timedelta(hours=8), clock.now())
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie[COOKIE_TOKEN] = token
    return client


def counted(database: Database) -> tuple[int | None, ...]:
    with database.reading() as session:
        started = select(func.count(Invitation.started_at))
        return tuple(
            session.scalar(query)
            for query in (select(func.count(Response.id)), select(func.count(Answer.question_key)), started)
        )


def rehearse(client: FlaskClient, wave: OpenWave) -> str:
    """Go through the whole form as a lead does, carrying along what the page carries."""
    url = f"/waves/{wave.wave_id}/rehearsal"
    page = client.get(url).text
    carried: dict[str, str] = {}
    for section in wave.questionnaire.sections:
        assert "Nothing is kept and nothing is counted" in page
        carried.update(re.findall(r'<input type="hidden" name="([qc]\.[^"]+)" value="([^"]*)">', page))
        given = {f"q.{q.key}": "7" for q in section.questions if q.scale}
        page = client.post(
            url,
            data={
                **carried,
                **given,
                "screen": section.key,
                "go": "next",
                "csrf_token": csrf_in(page),
            },
        ).text
    carried = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page))
    assert len([name for name in carried if name.startswith("q.")]) == 27
    return client.post(url, data={**carried, "go": "submit"}).text


def test_a_rehearsal_goes_through_every_step_and_counts_nowhere(
    signed_in: FlaskClient, wave: OpenWave, database: Database
) -> None:
    assert "Thank you: your test went through" in rehearse(signed_in, wave)
    assert counted(database) == (0, 0, 0)


def test_a_wave_that_is_not_launched_yet_can_be_rehearsed(
    signed_in: FlaskClient, wave: OpenWave, session: Session
) -> None:
    with transaction(session):
        row = session.get_one(Wave, wave.wave_id)
        row.state, row.launched_at = WaveState.DRAFT, None
        row.definition = row.definition_hash = row.agreement_version_id = None
    assert "Thank you: your test went through" in rehearse(signed_in, wave)


def test_a_rehearsal_refuses_what_the_form_refuses(signed_in: FlaskClient, wave: OpenWave) -> None:
    url = f"/waves/{wave.wave_id}/rehearsal"
    token = csrf_in(signed_in.get(url).text)
    page = signed_in.post(
        url,
        data={
            "csrf_token": token,
            "screen": "availability",
            "go": "next",
            "q.team_cover": "11",
            "q.recommendation": "9",
        },
    )
    assert page.status_code == 400
    assert "This mark is not on the scale" in page.text
    assert '<input type="hidden" name="q.recommendation" value="9">' in page.text


def test_nobody_rehearses_without_signing_in(browserless: FlaskClient, wave: OpenWave) -> None:
    assert browserless.get(f"/waves/{wave.wave_id}/rehearsal").status_code == 302


def test_the_mode_page_offers_the_present_mode_and_stricter_ones_alone(
    signed_in: FlaskClient, wave: OpenWave, database: Database
) -> None:
    url = f"/waves/{wave.wave_id}/privacy"
    page = signed_in.get(url).text
    assert [mode in page for mode in ('value="named"', 'value="anonymous"')] == [True, True]
    signed_in.post(url, data={"csrf_token": csrf_in(page), "mode": "confidential", "disclosure": "overall"})
    with database.reading() as session:
        assert session.scalars(select(Campaign.mode)).one() is PrivacyMode.CONFIDENTIAL
    after = signed_in.get(url).text
    assert 'value="named"' not in after
    assert (
        signed_in.post(url, data={"csrf_token": csrf_in(after), "mode": "named", "disclosure": "overall"}).status_code
        == 409
    )


def test_what_the_client_receives_is_narrowed_and_never_widened(
    signed_in: FlaskClient, wave: OpenWave, database: Database, session: Session
) -> None:
    with transaction(session):
        session.scalars(select(Campaign)).one().disclosure = Disclosure.MARKS
    url = f"/waves/{wave.wave_id}/privacy"
    page = signed_in.get(url).text
    assert 'value="marks"' in page
    assert "each mark, without names" in signed_in.get(f"/waves/{wave.wave_id}/rehearsal").text
    signed_in.post(url, data={"csrf_token": csrf_in(page), "mode": "named", "disclosure": "overall"})
    with database.reading() as reading:
        assert reading.scalars(select(Campaign.disclosure)).one() is Disclosure.OVERALL
        entry = reading.scalars(select(AuditEntry).where(AuditEntry.action == "tighten_disclosure")).one()
        assert entry.details == '{"from": "marks", "to": "overall"}'
    after = signed_in.get(url).text
    assert 'value="marks"' not in after
    assert "never a single mark" in signed_in.get(f"/waves/{wave.wave_id}/rehearsal").text
    back = {"csrf_token": csrf_in(after), "mode": "named", "disclosure": "marks"}
    assert signed_in.post(url, data=back).status_code == 409


@pytest.mark.usefixtures("wave")
def test_the_agency_s_page_leads_to_the_look_of_its_form_and_back(signed_in: FlaskClient) -> None:
    assert 'href="/agency/form"' in signed_in.get("/agency").text
    assert 'href="/agency"' in signed_in.get("/agency/form").text


def test_the_agency_chooses_logo_and_screens(signed_in: FlaskClient, wave: OpenWave, browserless: FlaskClient) -> None:
    token = csrf_in(signed_in.get("/agency/form").text)
    signed_in.post(
        "/agency/form",
        data={
            "csrf_token": token,
            "logo": (io.BytesIO(PNG), "logo.png"),
            "is_one_question_per_screen": "y",
        },
    )
    page = browserless.get(wave.link()).text
    assert page.count("<fieldset") == 1
    address = re.search(r'src="(/r/logo/[^"]+)"', page)
    assert address
    picture = browserless.get(address[1])
    assert (picture.data, picture.mimetype) == (PNG, "image/png")
    assert 'alt="Atelier Nord"' in page


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"<svg onload=x>", "must be a PNG or a JPEG"), (PNG + b"0" * 20_000, "weighs 20 kB and may weigh 12")],
)
def test_a_logo_that_cannot_be_shown_is_refused(
    signed_in: FlaskClient, wave: OpenWave, session: Session, content: bytes, sentence: str
) -> None:
    token = csrf_in(signed_in.get("/agency/form").text)
    page = signed_in.post("/agency/form", data={"csrf_token": token, "logo": (io.BytesIO(content), "logo.png")})
    assert page.status_code == 400
    assert sentence in page.text
    assert session.scalars(select(Agency.logo_hash)).one() is None


@pytest.mark.parametrize("colour", ["ffff00", "1D4ED8", "12345", "red", "1d4ed8;}"])
def test_an_accent_that_cannot_be_read_has_no_style_sheet(browserless: FlaskClient, colour: str) -> None:
    assert browserless.get(f"/r/accent/{colour}.css").status_code == 404


def test_the_accent_is_a_style_sheet_that_stays_cached(browserless: FlaskClient) -> None:
    sheet = browserless.get("/r/accent/0f5c4a.css")
    assert sheet.text == ":root{--accent:#0f5c4a}"
    assert "immutable" in sheet.headers["Cache-Control"]
