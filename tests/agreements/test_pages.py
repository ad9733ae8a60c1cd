"""The pages by which an agreement is written, proposed and sealed."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from survey_app.agreements.models import AgreementVersion, Commitment, VersionState
from survey_app.agreements.vocabulary import Direction, Measure
from survey_app.clock import SettableClock
from survey_app.db import Database
from survey_app.settings import Settings
from tests.agreements.conftest import NEW
from tests.agreements.letters import compose, versions
from tests.agreements.page_forms import fields_of
from tests.cast import Cast, browser_of, post

SIGNED = {"agency_signatory": "C. Laurent", "client_signatory": "H. Dupont", "is_signed": "y", "contact": "1"}


def test_it_starts_from_a_ready_list_in_one_click(lead: FlaskClient, started: str) -> None:
    page = lead.get(started).text
    assert "Quelles lignes engageront les deux parties" in page
    assert "Réactivité de l’agence" in page
    assert "Respect des délais de livraison" in page


def test_an_end_before_the_start_stands_at_its_field_and_nothing_typed_is_lost(lead: FlaskClient, cast: Cast) -> None:
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
    "measure": "factual",
    "obligor": "agency",
    "frequency": "half_yearly",
    "direction": "up",
    "threshold": "7",
    "target": "8,5",
    "weight": "2",
    "objective": "Livrer à l’heure",
    "objective_on": "2026-12-31",
    "conversion-0-fact": "70",
    "conversion-0-mark": "0",
    "conversion-1-fact": "92",
    "conversion-1-mark": "7",
    "conversion-2-fact": "99",
    "conversion-2-mark": "10",
    "accountable": "Léa Bernard",
}


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


def test_a_survey_line_is_saved_with_the_fields_that_its_page_shows(
    lead: FlaskClient, started: str, database: Database
) -> None:
    url = line_url(started, database, "service_project_followup")
    shown = fields_of(lead.get(url).text)
    changed = {"target": "8,5", "weight": "3", "is_paying": "y", "sanction_acceptance": "Les deux l’acceptent."}
    assert set(changed) - {"is_paying"} <= set(shown)
    response = post(lead, url, {**shown, **changed})
    assert response.status_code == 302, response.text
    with database.reading() as session:
        line = session.scalars(select(Commitment).where(Commitment.indicator_key == "service_project_followup")).one()
    assert (line.measure, line.direction) == (Measure.SURVEY, Direction.UP)
    assert (str(line.target), str(line.weight), line.is_paying) == ("8.500", "3.000", True)


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


def test_an_unspecified_line_asks_for_its_measure_first(lead: FlaskClient, started: str, database: Database) -> None:
    url = f"{started}/lines/new/csr_zero_waste_shoots"
    assert lead.get(url).status_code == 200
    assert post(lead, url, FACT_LINE).status_code == 400
    assert post(lead, url, {**FACT_LINE, "written_measure": "Bacs pesés chaque soir."}).status_code == 302
    with database.reading() as session:
        line = session.scalars(select(Commitment).where(Commitment.indicator_key == "csr_zero_waste_shoots")).one()
    assert line.written_measure == "Bacs pesés chaque soir."


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
            select(Commitment.id).where(Commitment.version_id == second, Commitment.indicator_key == "time_delivery")
        ).one()
    assert post(lead, f"{started}/lines/{line}", FACT_LINE).status_code == 302
    page = lead.get(f"{started}/versions/2/changes", headers={"Accept-Language": "fr"}).text
    assert "<strong>8,5</strong>" in page
    assert "Livrer à l’heure" in page


def test_the_agency_adds_an_indicator_of_its_own(lead: FlaskClient, started: str, database: Database) -> None:
    fields = {
        "label_fr": "Idées retenues",
        "label_en": "Ideas kept",
        "theme": "quality",
        "obligor": "agency",
        "measure": "factual",
        "unit": "percent",
        "direction": "up",
        "expression": "100 * a / z",
        "a_fr": "Idées retenues",
        "b_fr": "Idées présentées",
    }
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
