"""The client's own view: a personal link, totals alone, never an internal line."""

from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.campaigns.models import Wave
from survey_app.campaigns.service import save_wording
from survey_app.clients.models import Agency
from survey_app.clock import SettableClock
from survey_app.db import Database, transaction
from survey_app.errors import Refusal
from survey_app.mails import ComposedEmail, Withheld
from survey_app.outbox.delivery import compose_mail
from survey_app.outbox.models import OutgoingEmail
from survey_app.scores.mails import results_composers
from survey_app.scores.models import ResultLink
from survey_app.scores.sharing import MAIL_KIND, derive_results_token, revoke_link, share_results
from survey_app.settings import Settings
from tests.cast import Cast, assemble_cast, browser_of, post
from tests.scores.cast import ACTOR, REPORTING, RESPONSIVENESS, Survey, drawings_of


@pytest.fixture
def survey(session: Session) -> Survey:
    """A named survey of three people that was closed, with an internal line and a comment."""
    with transaction(session):
        survey = Survey.set_up(session)
        survey.promise(RESPONSIVENESS)
        survey.promise(REPORTING, is_internal=True)
        wave = survey.open_wave(3)
        for place, mark in enumerate([6, 7, 7]):
            survey.answer(wave, place, {RESPONSIVENESS: mark, REPORTING: 2}, "Trop de relances.")
        survey.close(wave)
    return survey


@pytest.fixture
def wave(survey: Survey) -> Wave:
    return survey.campaign.waves[0]


def key_of(settings: Settings) -> bytes:
    return settings.token_key.get_secret_value().encode()


def give_link(survey: Survey, wave: Wave, settings: Settings, now: datetime) -> tuple[ResultLink, str]:
    with transaction(survey.session):
        link = share_results(survey.session, wave, [survey.contacts[0]], key_of(settings), ACTOR, now)[0]
    return link, derive_results_token(key_of(settings), link)


def test_the_client_reads_totals_and_nothing_else(
    survey: Survey, wave: Wave, settings: Settings, clock: SettableClock, browserless: FlaskClient
) -> None:
    _, token = give_link(survey, wave, settings, clock.now())
    page = browserless.get(f"/s/results/{token}")
    assert page.status_code == 200
    assert "6,67" in page.text
    assert 'id="service_responsiveness"' in page.text
    for secret in (REPORTING, "Trop de relances.", "Marc Martin", 'class="dot"'):
        assert secret not in page.text
    assert page.headers["Referrer-Policy"] == "no-referrer"
    for kind in ("csv", "zip"):
        assert page.text.count(f'href="/s/results/{token}.{kind}"') == 1
    drawn = drawings_of(browserless, f"/s/results/{token}.zip")
    assert list(drawn) == [f"line-{RESPONSIVENESS}.svg"]
    assert 'class="dot"' not in drawn[f"line-{RESPONSIVENESS}.svg"]
    file = browserless.get(f"/s/results/{token}.csv")
    assert file.headers["Referrer-Policy"] == "no-referrer"
    assert file.text.startswith("\ufeffIndicateur;")
    assert len(file.text.splitlines()) == 2, "the heading and the one line that is not the agency's own"


@pytest.mark.parametrize("mode", ["confidential", "anonymous"])
def test_the_files_of_the_client_hide_what_its_page_hides(
    session: Session, settings: Settings, clock: SettableClock, browserless: FlaskClient, mode: str
) -> None:
    with transaction(session):
        survey = Survey.set_up(session)
        survey.promise(RESPONSIVENESS)
        survey.promise("service_proactivity")
        wave = survey.open_wave(9, mode)
        for place, mark in enumerate([6, 9, 8, 5, 9, 8, 7, 6, 9]):
            few = {"service_proactivity": 3} if place < 4 else {}
            survey.answer(wave, place, {RESPONSIVENESS: mark, **few})
        survey.close(wave)
    _, token = give_link(survey, wave, settings, clock.now())
    drawn = drawings_of(browserless, f"/s/results/{token}.zip")
    assert list(drawn) == [f"line-{RESPONSIVENESS}.svg"], "four people make no drawing"
    assert 'class="dot"' not in drawn[f"line-{RESPONSIVENESS}.svg"], "and nine no dots"
    table = browserless.get(f"/s/results/{token}.csv?lang=en").text
    assert ",7.44," in table
    assert "3.00" not in table + browserless.get(f"/s/results/{token}?lang=en").text


def test_the_client_changes_the_language_and_keeps_the_choice(
    survey: Survey, wave: Wave, settings: Settings, clock: SettableClock, browserless: FlaskClient
) -> None:
    _, token = give_link(survey, wave, settings, clock.now())
    french = browserless.get(f"/s/results/{token}?theme=services&token=x&_scheme=y").text
    assert "Où l’agence est‑elle sous le seuil" in french
    assert f'href="/s/results/{token}?lang=en&amp;theme=services"' in french
    english = browserless.get(f"/s/results/{token}?lang=en&theme=services").text
    assert "Where is the agency under the threshold?" in english
    assert '<input type="hidden" name="lang" value="en">' in english
    assert "Score" in browserless.get(f"/s/results/{token}.csv?lang=en").text


def test_an_unknown_link_and_a_withdrawn_one_are_the_same_page(
    survey: Survey, wave: Wave, settings: Settings, clock: SettableClock, browserless: FlaskClient
) -> None:
    link, token = give_link(survey, wave, settings, clock.now())
    with transaction(survey.session):
        revoke_link(survey.session, link, ACTOR, clock.now())
    withdrawn, unknown = browserless.get(f"/s/results/{token}"), browserless.get("/s/results/nothing")
    assert (withdrawn.status_code, unknown.status_code) == (404, 404)
    assert withdrawn.text == unknown.text


def test_a_new_link_after_a_withdrawal_is_another_one(
    survey: Survey, wave: Wave, settings: Settings, clock: SettableClock, browserless: FlaskClient
) -> None:
    link, old = give_link(survey, wave, settings, clock.now())
    with transaction(survey.session):
        revoke_link(survey.session, link, ACTOR, clock.now())
    _, new = give_link(survey, wave, settings, clock.now())
    assert browserless.get(f"/s/results/{old}").status_code == 404
    assert browserless.get(f"/s/results/{new}").status_code == 200


def test_the_mail_speaks_in_the_agency_s_own_words(
    app: Flask, survey: Survey, wave: Wave, settings: Settings, clock: SettableClock
) -> None:
    give_link(survey, wave, settings, clock.now())
    agency = survey.client.agency
    with transaction(survey.session):
        save_wording(
            survey.session,
            agency,
            MAIL_KIND,
            "fr",
            "{wave} est là, {name}",
            "Un <b>.\n\n{client} lit {campaign}.",
            ACTOR,
            clock.now(),
        )
    mail = survey.session.scalars(select(OutgoingEmail).where(OutgoingEmail.kind == MAIL_KIND)).one()
    with app.app_context(), app.test_request_context():
        composed = compose_mail(results_composers(settings), survey.session, mail, clock.now())
    assert isinstance(composed, ComposedEmail)
    person = survey.contacts[0].name
    assert composed.subject == f"Vague 1 est là, {person}"
    said = f"{survey.client.name} lit {survey.campaign.title}."
    assert f"Un <b>.\n\n{said}" in composed.text
    assert "Un &lt;b&gt;." in composed.html
    assert f">{said}</p>" in composed.html
    assert "Les résultats de" not in composed.text


def test_the_mail_brings_the_link_that_no_row_holds(
    app: Flask, survey: Survey, wave: Wave, settings: Settings, clock: SettableClock
) -> None:
    link, token = give_link(survey, wave, settings, clock.now())
    mail = survey.session.scalars(select(OutgoingEmail).where(OutgoingEmail.kind == MAIL_KIND)).one()
    with app.app_context(), app.test_request_context():
        composed = compose_mail(results_composers(settings), survey.session, mail, clock.now())
        assert isinstance(composed, ComposedEmail)
        assert f"http://localhost/s/results/{token}" in composed.text
        assert token not in str(vars(mail))
        assert survey.session.scalar(select(composed.still_wanted))
        link.contact.opted_out_at = clock.now()
        survey.session.flush()
        assert not survey.session.scalar(select(composed.still_wanted)), "it is not begun for one who has opted out"
        link.contact.opted_out_at = None
        link.revoked_at = clock.now()
        assert isinstance(compose_mail(results_composers(settings), survey.session, mail, clock.now()), Withheld)


def test_the_same_person_is_written_to_once(
    survey: Survey, wave: Wave, settings: Settings, clock: SettableClock
) -> None:
    give_link(survey, wave, settings, clock.now())
    with transaction(survey.session):
        again = share_results(survey.session, wave, survey.contacts[:1], key_of(settings), ACTOR, clock.now())
    assert again == []
    assert len(survey.session.scalars(select(OutgoingEmail)).all()) == 1


def test_results_are_not_shared_before_the_close_nor_with_another_client(
    survey: Survey, wave: Wave, settings: Settings, clock: SettableClock
) -> None:
    other = Survey.set_up(survey.session, "boreal", agency=survey.client.agency)
    open_wave = other.open_wave(1)
    with pytest.raises(Refusal, match="after the close"):
        share_results(survey.session, open_wave, other.contacts, key_of(settings), ACTOR, clock.now())
    with pytest.raises(Refusal, match="this client alone"):
        share_results(survey.session, wave, other.contacts, key_of(settings), ACTOR, clock.now())


def test_a_lead_shares_by_ticking_people_and_takes_a_link_back(
    app: Flask, session: Session, database: Database, clock: SettableClock
) -> None:
    cast: Cast = assemble_cast(session, clock)
    with transaction(session):
        survey = Survey.set_up(session, "lumen", agency=session.get_one(Agency, 1))
        survey.promise(RESPONSIVENESS)
        wave = survey.open_wave(2)
        survey.give(wave, RESPONSIVENESS, [8, 9])
        survey.close(wave)
        contact_id, url = survey.contacts[0].id, f"/waves/{wave.id}/results/share"
    lead = browser_of(app, cast.users["administrator"])
    assert post(lead, url, {}).status_code == 400
    assert post(lead, url, {"contact": contact_id}).status_code == 302
    link_id, revoked_at = _only_link(database)
    assert revoked_at is None
    assert post(lead, f"{url}/{link_id}/withdraw").status_code == 302
    assert _only_link(database)[1] is not None
    manager = browser_of(app, cast.users["account_manager"])
    assert post(manager, url, {"contact": contact_id}).status_code == 403


def test_who_objected_is_not_offered_a_link_that_no_mail_would_bring(
    app: Flask, session: Session, clock: SettableClock
) -> None:
    cast: Cast = assemble_cast(session, clock)
    with transaction(session):
        survey = Survey.set_up(session, "lumen", agency=session.get_one(Agency, 1))
        survey.promise(RESPONSIVENESS)
        wave = survey.open_wave(2)
        survey.give(wave, RESPONSIVENESS, [8, 9])
        survey.close(wave)
        survey.contacts[0].opted_out_at = clock.now()
        objector, other = (contact.id for contact in survey.contacts[:2])
        url = f"/waves/{wave.id}/results/share"
    lead = browser_of(app, cast.users["administrator"])
    page = lead.get(url).text
    assert f'value="{other}"' in page
    assert f'value="{objector}"' not in page
    assert "Hélène Martin (s’oppose à tout courriel)" in page
    post(lead, url, {"contact": objector})
    with app.extensions["survey_database"].reading() as reading:
        assert reading.scalars(select(ResultLink)).all() == []
    post(lead, url, {"contact": other})
    assert "<fieldset>" not in lead.get(url).text


def _only_link(database: Database) -> tuple[int, datetime | None]:
    with database.reading() as reading:
        link = reading.scalars(select(ResultLink)).one()
        return link.id, link.revoked_at
