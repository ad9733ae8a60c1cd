"""The pages by which an agreement is written, proposed, answered and sealed."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from survey_app.agreements.mails import agreement_composers
from survey_app.agreements.models import AgreementVersion, Commitment, ProposalRound, VersionState
from survey_app.clock import SettableClock
from survey_app.db import Database
from survey_app.outbox.composition import ComposedEmail
from survey_app.outbox.models import OutgoingEmail
from survey_app.settings import Settings
from tests.cast import Cast, assemble_cast, browser_of, post

SIGNED = {"agency_signatory": "C. Laurent", "client_signatory": "H. Dupont", "is_signed": "y", "contact": "1"}
NEW = {
    "title": "Contrat de service 2026", "starts_on": "2026-01-01", "ends_on": "2026-12-31", "starting_point": "light",
}  # fmt: skip


@pytest.fixture
def cast(database: Database, clock: SettableClock) -> Cast:
    with database.writing() as session:
        return assemble_cast(session, clock)


@pytest.fixture
def lead(app: Flask, cast: Cast) -> FlaskClient:
    return browser_of(app, cast.users["lead"])


@pytest.fixture
def started(lead: FlaskClient) -> str:
    """Start a light agreement and return its address."""
    response = post(lead, "/clients/valrose/agreements/new", NEW)
    assert response.status_code == 302, response.text
    return response.location


def versions(database: Database) -> list[AgreementVersion]:
    with database.reading() as session:
        return list(session.scalars(select(AgreementVersion).order_by(AgreementVersion.number)))


def compose(app: Flask, settings: Settings, clock: SettableClock, kind: str) -> list[ComposedEmail]:
    """Write the queued mails of a kind as the worker would."""
    database: Database = app.extensions["survey_database"]
    with app.app_context(), database.reading() as session:
        mails = session.scalars(
            select(OutgoingEmail).where(OutgoingEmail.kind == kind).order_by(OutgoingEmail.id)
        ).all()
        written = [agreement_composers(settings)[kind](session, mail, clock.now()) for mail in mails]
    assert all(isinstance(each, ComposedEmail) for each in written)
    return [each for each in written if isinstance(each, ComposedEmail)]


def link_in(mail: ComposedEmail) -> str:
    found = re.search(r"http://localhost(/a/\S+)", mail.text)
    assert found
    return found[1]


@pytest.fixture
def proposed(
    app: Flask, lead: FlaskClient, started: str, cast: Cast, settings: Settings, clock: SettableClock
) -> str:
    """Propose the light agreement and return the path of the signatory's link."""
    fields = {
        "contact": cast.contact_ids["valrose"],
        "agency_signatory": "Camille Laurent",
        "message": "À vous lire.",
    }
    response = post(lead, f"{started}/propose", fields)
    assert response.status_code == 302, response.text
    return link_in(compose(app, settings, clock, "agreement_proposal")[0])


def test_it_starts_from_a_ready_list_in_one_click(lead: FlaskClient, started: str) -> None:
    page = lead.get(started).text
    assert "Quelles lignes engageront les deux parties" in page
    assert "Réactivité de l&#39;agence" in page
    assert "Respect des délais de livraison" in page


def test_an_end_before_the_start_stands_at_its_field_and_nothing_typed_is_lost(
    lead: FlaskClient, cast: Cast
) -> None:
    response = post(lead, "/clients/valrose/agreements/new", {**NEW, "ends_on": "2025-01-01"})
    assert response.status_code == 400
    assert 'id="ends_on-error"' in response.text
    assert "Contrat de service 2026" in response.text


def test_the_picker_finds_by_words_without_accents_and_adds_what_is_ticked(
    lead: FlaskClient, started: str, database: Database
) -> None:
    page = lead.get(f"{started}/lines/add?q=reversibilite").text
    assert "security_reversibility" in page
    assert "quality_creative" not in page
    post(
        lead,
        f"{started}/lines/add",
        {"key": ["security_reversibility", "quality_technical", "quality_creative"]},
    )
    with database.reading() as session:
        keys = set(session.scalars(select(Commitment.indicator_key)))
    assert {"security_reversibility", "quality_technical"} <= keys
    assert len(keys) == 10


def test_more_than_fifteen_lines_are_gently_warned_about(lead: FlaskClient, started: str) -> None:
    more = [
        "security_backup",
        "security_software",
        "time_reporting",
        "service_daily_rigour",
        "quality_technical",
        "csr_sustainable_materials",
        "finance_admin_process",
        "service_adaptability",
    ]
    post(lead, f"{started}/lines/add", {"key": more})
    assert "16 lignes. Peu d’indicateurs guident mieux" in lead.get(started).text


def line_url(started: str, database: Database, key: str) -> str:
    with database.reading() as session:
        found = session.scalars(select(Commitment.id).where(Commitment.indicator_key == key)).one()
    return f"{started}/lines/{found}"


FACT_LINE = {
    "measure": "factual", "obligor": "agency", "frequency": "half_yearly", "direction": "up", "threshold": "7",
    "target": "8,5", "weight": "2", "objective": "Livrer à l’heure", "objective_on": "2026-12-31",
    "conversion-0-fact": "70", "conversion-0-mark": "0", "conversion-1-fact": "92", "conversion-1-mark": "7",
    "conversion-2-fact": "99", "conversion-2-mark": "10", "accountable": "Léa Bernard",
}  # fmt: skip


def test_a_line_keeps_its_terms(lead: FlaskClient, started: str, database: Database) -> None:
    response = post(lead, line_url(started, database, "time_delivery"), FACT_LINE)
    assert response.status_code == 302, response.text
    with database.reading() as session:
        line = session.scalars(select(Commitment).where(Commitment.indicator_key == "time_delivery")).one()
    assert (str(line.target), line.accountable, line.objective) == (
        "8.500",
        "Léa Bernard",
        "Livrer à l’heure",
    )
    assert line.conversion == [["70", "0"], ["92", "7"], ["99", "10"]]


@pytest.mark.parametrize(
    ("changed", "field", "sentence"),
    [
        ({"threshold": "11"}, "threshold", "entre 0 et 10"),
        ({"threshold": "sept"}, "threshold", "n’est pas un nombre"),
        ({"target": "6"}, "target", "entre le seuil et 10"),
        ({"weight": "-1"}, "weight", "ne peut pas être négatif"),
        ({"conversion-1-mark": "11"}, "conversion", "entre 0 et 10"),
        ({"conversion-2-mark": "6"}, "conversion", "jamais donner une note plus basse"),
        ({"measure": "mixed", "survey_share": "100"}, "survey_share", "moins de 100"),
        ({"is_paying": "y", "is_internal": "y"}, "is_internal", "ne peut pas engager d’argent"),
    ],
)
def test_a_wrong_term_is_told_at_its_field(
    lead: FlaskClient, started: str, database: Database, changed: dict[str, str], field: str, sentence: str
) -> None:
    response = post(lead, line_url(started, database, "time_delivery"), {**FACT_LINE, **changed})
    assert response.status_code == 400
    assert f'href="#{field}"' in response.text
    assert sentence in response.text
    assert "Livrer à l’heure" in response.text


def test_an_unspecified_line_asks_for_its_measure_first(
    lead: FlaskClient, started: str, database: Database
) -> None:
    url = f"{started}/lines/new/csr_zero_waste_shoots"
    assert lead.get(url).status_code == 200
    assert post(lead, url, FACT_LINE).status_code == 400
    assert post(lead, url, {**FACT_LINE, "written_measure": "Bacs pesés chaque soir."}).status_code == 302
    with database.reading() as session:
        line = session.scalars(
            select(Commitment).where(Commitment.indicator_key == "csr_zero_waste_shoots")
        ).one()
    assert line.written_measure == "Bacs pesés chaque soir."


def test_the_signatory_reads_the_agreement_without_an_account(
    browserless: FlaskClient, proposed: str
) -> None:
    page = browserless.get(proposed)
    assert page.status_code == 200
    assert "À vous lire." in page.text
    assert page.text.count('value="accept"') == 8 + 1
    assert page.headers["Referrer-Policy"] == "no-referrer"


def test_an_unknown_link_opens_nothing(browserless: FlaskClient, proposed: str) -> None:
    assert browserless.get(proposed[:-3] + "abc").status_code == 404


def answer(line_ids: list[int], **changed: str) -> dict[str, object]:
    accepted = {f"decision-{line_id}": "accept" for line_id in line_ids}
    return {**accepted, "signed_name": "Hélène Dupont", **changed}


def ids_of(database: Database) -> list[int]:
    with database.reading() as session:
        return list(session.scalars(select(Commitment.id).order_by(Commitment.position)))


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


def compose_open(app: Flask, settings: Settings, clock: SettableClock, database: Database) -> ComposedEmail:
    with app.app_context(), database.reading() as session:
        newest = session.scalars(select(ProposalRound).order_by(ProposalRound.id.desc())).first()
        assert newest is not None
        mail = session.scalars(
            select(OutgoingEmail).where(
                OutgoingEmail.kind == "agreement_proposal", OutgoingEmail.subject_id == newest.id
            )
        ).one()
        written = agreement_composers(settings)["agreement_proposal"](session, mail, clock.now())
        assert isinstance(written, ComposedEmail)
        return written


def test_a_link_taken_back_takes_no_answer_and_keeps_what_was_typed(
    lead: FlaskClient, started: str, browserless: FlaskClient, proposed: str, database: Database
) -> None:
    assert post(lead, f"{started}/take-back").status_code == 302
    response = browserless.post(proposed, data=answer(ids_of(database)))
    assert response.status_code == 409
    assert versions(database)[0].state is VersionState.DRAFT


def test_a_post_from_another_site_is_refused(
    browserless: FlaskClient, proposed: str, database: Database
) -> None:
    headers = {"Origin": "https://elsewhere.example", "Sec-Fetch-Site": "cross-site"}
    response = browserless.post(proposed, data=answer(ids_of(database)), headers=headers)
    assert response.status_code == 409
    assert versions(database)[0].state is VersionState.PROPOSED


def test_a_paper_signed_by_both_is_recorded_by_hand(
    app: Flask, settings: Settings, clock: SettableClock, lead: FlaskClient, started: str, database: Database
) -> None:
    fields = {**SIGNED, "is_signed": ""}
    assert post(lead, f"{started}/validate", fields).status_code == 400
    assert post(lead, f"{started}/validate", SIGNED).status_code == 302
    assert versions(database)[0].state is VersionState.VALIDATED
    page = lead.get(started).text
    assert (versions(database)[0].content_hash or "–") in page
    assert len(compose(app, settings, clock, "agreement_validated")) == 2


def test_an_amendment_shows_what_it_changes(lead: FlaskClient, started: str, database: Database) -> None:
    post(lead, f"{started}/validate", SIGNED)
    assert post(lead, f"{started}/amend").status_code == 302
    with database.reading() as session:
        second = session.scalars(select(AgreementVersion.id).where(AgreementVersion.number == 2)).one()
        line = session.scalars(
            select(Commitment.id).where(
                Commitment.version_id == second, Commitment.indicator_key == "time_delivery"
            )
        ).one()
    assert post(lead, f"{started}/lines/{line}", FACT_LINE).status_code == 302
    page = lead.get(f"{started}/versions/2/changes", headers={"Accept-Language": "fr"}).text
    assert "<strong>8,5</strong>" in page
    assert "Livrer à l’heure" in page


def test_the_agency_adds_an_indicator_of_its_own(lead: FlaskClient, started: str, database: Database) -> None:
    fields = {
        "label_fr": "Idées retenues", "label_en": "Ideas kept", "theme": "quality", "obligor": "agency",
        "measure": "factual", "unit": "percent", "direction": "up", "expression": "100 * a / z",
        "a_fr": "Idées retenues", "b_fr": "Idées présentées",
    }  # fmt: skip
    refused = post(lead, "/clients/valrose/indicators/new", fields)
    assert refused.status_code == 400
    assert "Idées présentées" in refused.text
    accepted = post(lead, "/clients/valrose/indicators/new", {**fields, "expression": "100 * a / b"})
    assert accepted.status_code == 302, accepted.text
    assert "Idées retenues" in lead.get(f"{started}/lines/add?q=idees").text
    post(lead, f"{started}/lines/add", {"key": "own_ideas_kept"})
    with database.reading() as session:
        line = session.scalars(select(Commitment).where(Commitment.indicator_key == "own_ideas_kept")).one()
    assert line.definition["expression"] == "100 * a / b"
    assert line.conversion == [["0", "0"], ["70", "7"], ["100", "10"]]


@pytest.mark.parametrize(
    "path", ["", "/lines/add", "/propose", "/validate", "/versions/1", "/versions/1.pdf", "/period"]
)
def test_a_lead_of_another_client_sees_nothing(app: Flask, cast: Cast, started: str, path: str) -> None:
    stranger = browser_of(app, cast.users["stranger"])
    assert stranger.get(started + path).status_code == 404
