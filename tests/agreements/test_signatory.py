"""The agreement behind the signatory's link: read, answered line by line, sealed."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from survey_app.agreements.models import AgreementVersion, Commitment, VersionState
from survey_app.clients.models import Agency, Civility, Contact, MailWording
from survey_app.clock import SettableClock
from survey_app.db import Database, transaction
from survey_app.settings import Settings
from tests.agreements.letters import answer, compose, compose_open, ids_of, link_in, versions
from tests.cast import Cast, post


def test_the_signatory_reads_the_agreement_without_an_account(browserless: FlaskClient, proposed: str) -> None:
    page = browserless.get(proposed)
    assert page.status_code == 200
    assert "À vous lire." in page.text
    assert page.text.count('value="accept"') == 8 + 1
    assert page.headers["Referrer-Policy"] == "no-referrer"


def test_the_signatory_reads_the_money_before_answering(
    app: Flask,
    lead: FlaskClient,
    started: str,
    browserless: FlaskClient,
    cast: Cast,
    settings: Settings,
    clock: SettableClock,
    database: Database,
) -> None:
    with database.writing() as session, transaction(session):
        session.scalars(select(AgreementVersion)).one().bonus_scheme = {"amount": "12000", "scope": "overall"}
    fields = {"contact": cast.contact_ids["valrose"], "agency_signatory": "Camille Laurent"}
    assert post(lead, f"{started}/propose", fields).status_code == 302
    link = link_in(compose(app, settings, clock, "agreement_proposal")[0])
    page = browserless.get(link).text
    assert page.index("La prime") < page.index(f'href="{link}/bonus"') < page.index("Votre réponse")
    assert "La note d’ensemble" in page
    assert browserless.get(f"{link}/bonus").status_code == 200


def test_the_proposal_greets_by_civility(
    app: Flask, proposed: str, settings: Settings, clock: SettableClock, database: Database, cast: Cast
) -> None:
    with database.writing() as session, transaction(session):
        session.get_one(Contact, cast.contact_ids["valrose"]).civility = Civility.MADAM
    mail = compose(app, settings, clock, "agreement_proposal")[0]
    assert "Bonjour Madame Dupont," in mail.text
    assert "Bonjour Madame Dupont," in mail.html


def test_the_proposal_speaks_in_the_agency_s_own_words(
    app: Flask, proposed: str, settings: Settings, clock: SettableClock, database: Database
) -> None:
    with database.writing() as session, transaction(session):
        words = {"subject": "{agreement}, {name}", "message": "{agency} <b>\n\n{lines} lignes pour {client}"}
        agency_id = session.scalars(select(Agency.id)).one()
        session.add(
            MailWording(agency_id=agency_id, kind="agreement_proposal", language="fr", updated_at=clock.now(), **words)
        )
    mail = compose(app, settings, clock, "agreement_proposal")[0]
    assert mail.subject.endswith(", Hélène Dupont")
    assert re.search(r" <b>\n\n\d+ lignes pour Maison Valrose\n", mail.text)
    assert "&lt;b&gt;" in mail.html
    assert "Acceptez-les" not in mail.text + mail.html


def test_without_a_bonus_the_signatory_reads_of_none(browserless: FlaskClient, proposed: str) -> None:
    assert "/bonus" not in browserless.get(proposed).text


def test_an_unknown_link_opens_nothing(browserless: FlaskClient, proposed: str) -> None:
    assert browserless.get(proposed[:-3] + "abc").status_code == 404


def test_accepting_every_line_validates_freezes_and_mails_both_a_pdf(
    app: Flask,
    browserless: FlaskClient,
    proposed: str,
    database: Database,
    settings: Settings,
    clock: SettableClock,
) -> None:
    response = browserless.post(proposed, data=answer(ids_of(database)))
    assert response.status_code == 302, response.text
    (version,) = versions(database)
    assert version.state is VersionState.VALIDATED
    assert version.client_signatory == "Hélène Dupont"
    mails = compose(app, settings, clock, "agreement_validated")
    assert len(mails) == 2
    assert all(mail.attachments[0].content.startswith(b"%PDF") for mail in mails)
    sealed = browserless.get(f"{proposed}/agreement.pdf")
    assert sealed.mimetype == "application/pdf"
    assert (version.content_hash or "–") in browserless.get(proposed).text


def test_one_button_accepts_the_whole(browserless: FlaskClient, proposed: str, database: Database) -> None:
    response = browserless.post(proposed, data={"all": "accept", "signed_name": "Hélène Dupont"})
    assert response.status_code == 302, response.text
    assert versions(database)[0].state is VersionState.VALIDATED


def test_a_missing_answer_is_told_at_its_line_and_nothing_typed_is_lost(
    browserless: FlaskClient, proposed: str, database: Database
) -> None:
    first, *rest = ids_of(database)
    fields = {**answer(rest), f"comment-{rest[0]}": "Un mot tapé", "signed_name": ""}
    response = browserless.post(proposed, data=fields)
    assert response.status_code == 400
    assert f'href="#decision-{first}"' in response.text
    assert 'href="#signed_name"' in response.text
    assert "Un mot tapé" in response.text


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"threshold": "12"}, "threshold"),
        ({"threshold": "huit"}, "threshold"),
        ({}, "threshold"),
        ({"target": "5"}, "target"),
        ({"threshold": "7,1234"}, "threshold"),
    ],
)
def test_a_counter_proposal_off_the_scale_is_told_at_its_field(
    browserless: FlaskClient, proposed: str, database: Database, fields: dict[str, str], field: str
) -> None:
    first, *rest = ids_of(database)
    typed = {f"{name}-{first}": value for name, value in fields.items()}
    response = browserless.post(proposed, data={**answer(rest), f"decision-{first}": "counter", **typed})
    assert response.status_code == 400
    assert f'id="{field}-{first}-error"' in response.text


def test_a_counter_proposal_comes_back_and_the_next_round_shows_what_became_of_it(
    app: Flask,
    lead: FlaskClient,
    started: str,
    browserless: FlaskClient,
    proposed: str,
    database: Database,
    settings: Settings,
    clock: SettableClock,
    cast: Cast,
) -> None:
    first, second, *rest = ids_of(database)
    changes = {
        f"decision-{first}": "counter",
        f"threshold-{first}": "7,5",
        f"comment-{first}": "Nous attendons mieux.",
        f"decision-{second}": "strike",
        f"comment-{second}": "Hors périmètre.",
    }
    assert browserless.post(proposed, data={**answer(rest), **changes}).status_code == 302
    assert versions(database)[0].state is VersionState.DRAFT
    assert len(compose(app, settings, clock, "agreement_answered")) == 1
    page = lead.get(started).text
    for settlement in re.findall(r'action="(/agreements/\d+/answers/\d+/apply)"', page):
        assert post(lead, settlement).status_code == 302
    with database.reading() as session:
        lines = {line.id: line for line in session.scalars(select(Commitment))}
        assert str(lines[first].threshold) == "7.500"
        assert second not in lines
    again = browserless.post(proposed, data=answer([first, *rest]))
    assert again.status_code == 409
    post(
        lead,
        f"{started}/propose",
        {"contact": cast.contact_ids["valrose"], "agency_signatory": "Camille Laurent"},
    )
    newest = link_in(compose_open(app, settings, clock, database))
    assert "vous avez demandé un changement" in browserless.get(newest).text


def test_a_link_taken_back_takes_no_answer_and_keeps_what_was_typed(
    lead: FlaskClient, started: str, browserless: FlaskClient, proposed: str, database: Database
) -> None:
    assert post(lead, f"{started}/take-back").status_code == 302
    response = browserless.post(proposed, data=answer(ids_of(database)))
    assert response.status_code == 409
    assert versions(database)[0].state is VersionState.DRAFT


def test_a_post_from_another_site_is_refused(browserless: FlaskClient, proposed: str, database: Database) -> None:
    headers = {"Origin": "https://elsewhere.example", "Sec-Fetch-Site": "cross-site"}
    response = browserless.post(proposed, data=answer(ids_of(database)), headers=headers)
    assert response.status_code == 409
    assert versions(database)[0].state is VersionState.PROPOSED
