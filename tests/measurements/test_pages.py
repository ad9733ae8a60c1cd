"""The pages by which facts and documents are entered, proved, validated and shown to the client."""

import io
import re
from collections.abc import Mapping

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from survey_app.agreements.mails import agreement_composers
from survey_app.clock import SettableClock
from survey_app.db import Database
from survey_app.mails import ComposedEmail
from survey_app.measurements.models import EvidenceFile, Measurement
from survey_app.outbox.delivery import compose_mail
from survey_app.outbox.models import OutgoingEmail
from survey_app.settings import Settings
from tests.cast import Cast, assemble_cast, browser_of, csrf_token, post
from tests.tables.doors import confirm_table

PDF = b"%PDF-1.7\n" + b"0" * 64
DELIVERIES = {"count_deliveries_on_time": "46", "count_deliveries_due": "48", "observed_on": "2026-03-02"}
SIGNED = {"agency_signatory": "C. Laurent", "client_signatory": "H. Dupont", "is_signed": "y", "contact": "1"}
NEW = {
    "title": "Contrat 2026",
    "starts_on": "2026-01-01",
    "ends_on": "2026-12-31",
    "starting_point": "light",
}


@pytest.fixture
def cast(database: Database, clock: SettableClock) -> Cast:
    with database.writing() as session:
        return assemble_cast(session, clock)


@pytest.fixture
def lead(app: Flask, cast: Cast) -> FlaskClient:
    return browser_of(app, cast.users["lead"])


@pytest.fixture
def manager(app: Flask, cast: Cast) -> FlaskClient:
    return browser_of(app, cast.users["account_manager"])


@pytest.fixture
def signed(lead: FlaskClient) -> str:
    """An agreement in force, with a backup line; return its address."""
    place = post(lead, "/clients/valrose/agreements/new", NEW).location
    post(lead, f"{place}/lines/add", {"key": ["security_backup", "quality_revision_rounds"]})
    assert post(lead, f"{place}/validate", SIGNED).status_code == 302
    return str(place)


def send_file(browser: FlaskClient, url: str, fields: Mapping[str, object], name: str, content: bytes) -> int:
    whole = {**fields, "csrf_token": csrf_token(browser), "file": (io.BytesIO(content), name)}
    return browser.post(url, data=whole, content_type="multipart/form-data").status_code


@pytest.fixture
def entered(manager: FlaskClient, signed: str) -> str:
    url = f"{signed}/facts/2026-H1/time_delivery"
    assert send_file(manager, url, DELIVERIES, "suivi.pdf", PDF) == 302
    return signed


@pytest.fixture
def link(app: Flask, signed: str, settings: Settings, clock: SettableClock, database: Database) -> str:
    """Return the path of the client's personal link, as the sealed copy brought it."""
    with app.app_context(), database.reading() as session:
        mail = session.scalars(
            select(OutgoingEmail).where(OutgoingEmail.kind == "agreement_validated").order_by(OutgoingEmail.id)
        ).first()
        assert mail is not None
        written = compose_mail(agreement_composers(settings), session, mail, clock.now())
    assert isinstance(written, ComposedEmail)
    found = re.search(r"http://localhost(/a/\S+)", written.text)
    assert found
    return found[1]


def test_it_says_how_many_lines_are_still_to_be_counted(manager: FlaskClient, entered: str) -> None:
    page = manager.get(f"{entered}/facts?period=2026-H1").text
    assert "restent à compter" in page
    assert "95,83" in page
    assert "À valider" in page


def test_the_form_shows_its_formula_and_keeps_what_was_typed(manager: FlaskClient, signed: str) -> None:
    url = f"{signed}/facts/2026-H1/time_delivery"
    assert "100 × Livraisons à l’heure ÷ Livraisons attendues" in manager.get(url).text
    response = post(manager, url, {**DELIVERIES, "count_deliveries_due": "beaucoup", "note": "Relevé du lundi"})
    assert response.status_code == 400
    assert 'id="count_deliveries_due-error"' in response.text
    assert "Relevé du lundi" in response.text
    assert 'value="beaucoup"' in response.text


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"count_deliveries_on_time": ""}, "count_deliveries_on_time"),
        ({"observed_on": "2026-08-01"}, "observed_on"),
        ({"count_deliveries_due": "-4"}, "count_deliveries_due"),
    ],
)
def test_a_wrong_fact_is_told_at_its_field(
    manager: FlaskClient, signed: str, changed: dict[str, str], field: str
) -> None:
    response = post(manager, f"{signed}/facts/2026-H1/time_delivery", {**DELIVERIES, **changed})
    assert response.status_code == 400
    assert f'id="{field}-error"' in response.text


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("page.html", b"<script>"),
        ("faux.pdf", b"<html>"),
        ("vide.pdf", b""),
        ("sans", PDF),
        ("texte.txt", b"a\x00b"),
    ],
)
def test_a_file_that_proves_nothing_is_refused_and_the_fact_with_it(
    manager: FlaskClient, signed: str, database: Database, name: str, content: bytes
) -> None:
    url = f"{signed}/facts/2026-H1/time_delivery"
    status = send_file(manager, url, DELIVERIES, name, content)
    with database.reading() as session:
        n_facts = len(session.scalars(select(Measurement)).all())
    assert (status, n_facts) == (400, 0)


def test_a_second_person_validates(manager: FlaskClient, lead: FlaskClient, entered: str, database: Database) -> None:
    with database.reading() as session:
        row = session.scalars(select(Measurement)).one()
    assert post(manager, f"/measurements/{row.id}/validate").status_code == 409
    assert post(lead, f"/measurements/{row.id}/validate").status_code == 302
    with database.reading() as session:
        assert session.scalars(select(Measurement)).one().validated_by == "Lead <lead@agence.test>"


def test_the_client_sees_a_fact_once_it_is_validated_with_its_evidence(
    lead: FlaskClient, browserless: FlaskClient, entered: str, link: str, database: Database
) -> None:
    with database.reading() as session:
        row, file = session.scalars(select(Measurement)).one(), session.scalars(select(EvidenceFile)).one()
    assert "Aucun fait de cette période" in browserless.get(f"{link}/facts?period=2026-H1").text
    assert browserless.get(f"{link}/files/{file.id}").status_code == 404
    post(lead, f"/measurements/{row.id}/validate")
    page = browserless.get(f"{link}/facts?period=2026-H1").text
    assert "95,83" in page
    received = browserless.get(f"{link}/files/{file.id}")
    assert received.data == PDF
    assert received.headers["Content-Disposition"].startswith("attachment")


def test_evidence_changed_on_the_disk_is_not_served(
    lead: FlaskClient, entered: str, database: Database, settings: Settings
) -> None:
    with database.reading() as session:
        file = session.scalars(select(EvidenceFile)).one()
    assert lead.get(f"/evidence-files/{file.id}").data == PDF
    path = settings.data_dir / "evidence" / file.sha256[:2] / file.sha256
    path.write_bytes(PDF + b"changed")
    assert lead.get(f"/evidence-files/{file.id}").status_code == 404


def test_a_refusal_calls_periods_and_days_as_people_do(manager: FlaskClient, signed: str) -> None:
    counted = {"count_deliveries_on_time": "23", "count_deliveries_due": "24"}
    entered = post(manager, f"{signed}/facts/2026-H1/time_delivery", {**counted, "observed_on": "2026-06-30"})
    assert entered.status_code == 302
    overlapping = post(manager, f"{signed}/facts/2026-Q2/time_delivery", {**counted, "observed_on": "2026-06-30"})
    assert "une période qui recoupe celle-ci (1er\u00a0semestre 2026)" in overlapping.text
    outside = post(manager, f"{signed}/facts/2026-Q3/time_delivery", {**counted, "observed_on": "2026-12-01"})
    assert "du 1er juillet 2026 au 30 septembre 2026" in outside.text


def test_a_table_is_pasted_or_refused_whole(manager: FlaskClient, signed: str, database: Database) -> None:
    table = "indicator;count;value\nD1;deliveries_on_time;46\nD1;deliveries_due;48\nF3;ecarts;2\n"
    url = f"{signed}/facts/2026-H1/import"
    refused = post(manager, url, {"table": table})
    assert "n’est pas un décompte de cette ligne" in refused.text
    assert confirm_table(manager, url, refused).status_code == 400
    preview = post(manager, url, {"table": table.replace("F3;ecarts;2\n", "")})
    assert "95,83" in preview.text, "the result is seen before anything is entered"
    with database.reading() as session:
        assert session.scalars(select(Measurement)).all() == []
    assert confirm_table(manager, url, preview).location == f"{signed}/facts?period=2026-H1"
    with database.reading() as session:
        assert session.scalars(select(Measurement)).one().source == "table"


def test_the_table_to_fill_in_comes_back_as_it_left(manager: FlaskClient, signed: str) -> None:
    given = manager.get(f"{signed}/facts/2026-H1/table.csv").data.decode("utf-8-sig")
    assert given.splitlines()[0].endswith(";period;period_name")
    assert given.splitlines()[1].endswith(";2026-H1;1er\u00a0semestre 2026"), "its key, and its name"
    filled = given.replace(";;2026-06-30;", ";5;2026-06-30;")
    url = f"{signed}/facts/2026-H1/import"
    assert confirm_table(manager, url, post(manager, url, {"table": filled})).status_code == 302
    page = manager.get(f"{signed}/facts?period=2026-H1").text
    assert "1er\u00a0semestre 2026\u00a0: tout est compté" in page


def test_a_document_is_filed_tested_and_validated(manager: FlaskClient, lead: FlaskClient, signed: str) -> None:
    url = f"{signed}/evidence/security_backup"
    fields: dict[str, object] = {
        "title": "Procédure de sauvegarde",
        "owner": "Léa Bernard",
        "owner_email": "lea@agence.test",
        "reviewed_on": "2026-02-01",
        "expires_on": "2026-01-01",
    }
    refused = post(manager, url, fields)
    assert refused.status_code == 400
    assert 'id="expires_on-error"' in refused.text
    assert send_file(manager, url, {**fields, "expires_on": "2027-02-01"}, "procedure.pdf", PDF) == 302
    assert (
        post(
            manager, "/documents/1/tests/new", {"tested_on": "2026-02-20", "is_passed": "y", "measured": "20"}
        ).status_code
        == 302
    )
    assert post(lead, "/documents/1/validate").status_code == 302
    page = lead.get(f"{signed}/evidence").text
    assert "Procédure de sauvegarde" in page
    assert "10,00" in page


def test_the_tab_of_a_client_leads_to_the_facts_of_its_one_agreement(manager: FlaskClient, signed: str) -> None:
    assert manager.get("/clients/valrose/facts").location == f"{signed}/facts"


@pytest.mark.parametrize(
    "path",
    [
        "{}/facts",
        "{}/evidence",
        "{}/facts/2026-H1/time_delivery",
        "{}/facts/2026-H1/import",
        "/evidence-files/1",
    ],
)
def test_a_lead_of_another_client_sees_nothing(app: Flask, cast: Cast, entered: str, path: str) -> None:
    stranger = browser_of(app, cast.users["stranger"])
    assert stranger.get(path.format(entered)).status_code == 404
