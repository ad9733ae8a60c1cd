"""Facts by form, paste and file: the same rule for a number, a part of its whole and a period."""

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from survey_app.db import Database
from survey_app.measurements.models import Measurement
from tests.cast import Cast, browser_of, look, post
from tests.tables.doors import confirm_table, look_at

LINE = "finance_payment_timeliness"


@pytest.fixture
def manager(app: Flask, cast: Cast) -> FlaskClient:
    return browser_of(app, cast.users["account_manager"])


def table_of(
    part: str, whole: str, line: str = LINE, keys: tuple[str, str] = ("revenue_paid_late", "revenue_due")
) -> str:
    return f"indicator;count;value\n{line};{keys[0]};{part}\n{line};{keys[1]};{whole}\n"


@pytest.mark.parametrize(
    ("part", "whole", "sentence"),
    [
        ("1,250", "98400", "peut se lire de deux façons"),
        ("1.250", "98400", "peut se lire de deux façons"),
        ("98,5 %", "100", "est un pourcentage"),
        ("31:30", "48", "est une durée"),
        ("52", "48", "dont c’est une partie"),
        ("5", "0", "dont c’est une partie"),
    ],
)
def test_form_paste_and_file_refuse_alike(
    manager: FlaskClient, facts_url: str, database: Database, part: str, whole: str, sentence: str
) -> None:
    url = f"{facts_url}/2026-H1"
    counts = {"count_revenue_paid_late": part, "count_revenue_due": whole, "observed_on": "2026-03-01"}
    pages = [
        post(manager, f"{url}/{LINE}", counts),
        post(manager, f"{url}/import", {"table": table_of(part, whole)}),
        look_at(manager, f"{url}/import", table_of(part, whole).encode("utf-16")),
    ]
    assert all(sentence in page.text for page in pages)
    assert confirm_table(manager, f"{url}/import", pages[-1]).status_code == 400
    assert look(database, select(Measurement)) == []


def test_form_paste_and_file_read_alike(manager: FlaskClient, facts_url: str, database: Database) -> None:
    part, whole = "1\u202f234,50 €", "12\u2009345"
    url = f"{facts_url}/2026-H1"
    counts = {"count_revenue_paid_late": part, "count_revenue_due": whole, "observed_on": "2026-03-01"}
    assert post(manager, f"{url}/{LINE}", counts).status_code == 302
    pasted = post(manager, f"{url}/import", {"table": table_of(part, whole)})
    assert confirm_table(manager, f"{url}/import", pasted).status_code == 302
    rows = look(database, select(Measurement))
    assert [row.counts for row in rows] == [{"revenue_paid_late": "2469/2", "revenue_due": "12345"}] * 2
    assert 'value="1234.5"' in manager.get(f"{url}/{LINE}").text, "a count is shown as it can be typed again"


def test_more_than_promised_is_taken_where_the_table_of_marks_expects_it(manager: FlaskClient, facts_url: str) -> None:
    table = table_of("110", "100", "finance_productivity_plan", ("gain_achieved", "gain_committed"))
    page = post(manager, f"{facts_url}/2026-H1/import", {"table": table})
    assert confirm_table(manager, f"{facts_url}/2026-H1/import", page).status_code == 302


def test_a_rest_cannot_be_more_than_its_whole(manager: FlaskClient, facts_url: str) -> None:
    keys = ("invoices_above_quote", "invoices_same_specification")
    page = post(manager, f"{facts_url}/2026-H1/import", {"table": table_of("3", "2", "finance_quote_compliance", keys)})
    assert "dont c’est une partie" in page.text


@pytest.mark.parametrize(
    ("said", "period", "is_taken"),
    [
        ("2026-06", "2026-06", True),
        ("Juin 2026", "2026-06", True),
        ("2026-07", "2026-H2", False),
        ("juillet", "2026-07", False),
    ],
)
def test_a_table_of_another_period_is_refused(
    manager: FlaskClient, facts_url: str, said: str, period: str, is_taken: bool
) -> None:
    rows = f"indicator;count;value;period\n{LINE};revenue_paid_late;1;{said}\n{LINE};revenue_due;2;{said}\n"
    page = post(manager, f"{facts_url}/{period}/import", {"table": rows})
    assert ("concerne une autre période" in page.text) != is_taken
    assert confirm_table(manager, f"{facts_url}/{period}/import", page).status_code == (302 if is_taken else 400)


def test_a_refusal_names_both_periods(manager: FlaskClient, facts_url: str) -> None:
    given = manager.get(f"{facts_url}/2026-07/table.csv").data
    page = look_at(manager, f"{facts_url}/2026-H2/import", given)
    assert "Juillet 2026, et non 2e\u00a0semestre 2026" in page.text


def test_columns_are_known_by_the_names_that_stand_in_them(manager: FlaskClient, facts_url: str) -> None:
    table = table_of("1", "2").replace("indicator;count;value", "Quoi;Lequel;Valeur")
    page = post(manager, f"{facts_url}/2026-H1/import", {"table": table})
    assert confirm_table(manager, f"{facts_url}/2026-H1/import", page).status_code == 302


def test_the_limit_is_on_the_values_and_not_on_the_rows(manager: FlaskClient, facts_url: str) -> None:
    blank = f"{LINE};revenue_due;\n" * 3000
    page = post(manager, f"{facts_url}/2026-H1/import", {"table": table_of("1", "2") + blank})
    assert confirm_table(manager, f"{facts_url}/2026-H1/import", page).status_code == 302
    page = post(manager, f"{facts_url}/2026-H1/import", {"table": table_of("1", "2") + blank.replace(";\n", ";1\n")})
    assert "plus de 2000 lignes" in page.text


def test_a_count_that_is_not_whole_and_a_day_that_reads_two_ways_are_told(manager: FlaskClient, facts_url: str) -> None:
    keys = "time_delivery;deliveries_on_time;0,5;06/05/2026\ntime_delivery;deliveries_due;1;06/05/2026"
    page = post(manager, f"{facts_url}/2026-H1/import", {"table": f"indicator;count;value;date\n{keys}"})
    assert "se compte à l’unité" in page.text
    assert "est lu le jour d’abord\u00a0: 6 mai 2026" in page.text


def test_a_value_keeps_the_decimals_that_its_mark_needs(manager: FlaskClient, facts_url: str) -> None:
    table = table_of("22999", "25000", "time_delivery", ("deliveries_on_time", "deliveries_due"))
    page = post(manager, f"{facts_url}/2026-H1/import", {"table": table})
    assert "91,996" in page.text
    assert "92,00" not in page.text


def test_the_command_prints_what_the_page_says(app: Flask, cast: Cast, facts_url: str, tmp_path: Path) -> None:
    path = tmp_path / "facts.csv"
    path.write_bytes((table_of("1,250", "98400") + ";Total;3\n").encode())
    refused = app.test_cli_runner().invoke(
        args=["measurements", "import", str(path), "--client", "valrose", "--period", "2026-H1"]
    )
    assert refused.exit_code == 1
    for sentence in ("totals were left out: 4", "line 2, value: “1,250” can be read in two ways"):
        assert sentence in refused.output
