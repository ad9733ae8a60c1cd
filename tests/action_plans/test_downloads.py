"""The year, the PDF and the XLSX."""

from collections.abc import Callable
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook

from survey_app.accounts.access import Role, Viewer
from survey_app.action_plans.document import plans_pdf
from survey_app.action_plans.models import ActionPlan
from survey_app.action_plans.queries import plans_of_year, tally, tally_by
from survey_app.action_plans.workbook import actions_xlsx
from tests.action_plans.conftest import PAST, Plans
from tests.documents import NAMES, RIGHT_TO_LEFT_NAMES, assert_it_prints_every_name, on_another_machine, read_pdf
from tests.scores.cast import REPORTING, RESPONSIVENESS, START

Browser = Callable[[], FlaskClient]
EVIL = '=HYPERLINK("http://x")<img src="/etc/passwd"/><b>'


def test_a_plan_is_downloaded_as_pdf(plans: Plans, breach: ActionPlan, browser: Browser) -> None:
    plans.agree(breach)
    answer = browser().get(f"/plans/{breach.id}.pdf")
    assert answer.mimetype == "application/pdf"
    text = read_pdf(answer.data)
    for words in ("Nommer un relais", "Mise en place", "Pas de relais.", "€1,200.50", breach.seal or "?"):
        assert words in text.replace("\n", " ") or words in text.replace("\n", "")


def test_the_progress_plan_leaves_internal_lines_out(plans: Plans, browser: Browser) -> None:
    plans.survey.promise("service_daily_rigour", is_internal=True)
    marks = {RESPONSIVENESS: [6, 6, 5, 7], REPORTING: [8, 8, 9, 9], "service_daily_rigour": [3, 3, 3, 3]}
    shown, hidden = plans.wave(1, marks)  # type: ignore[arg-type]
    plans.write(shown)
    plans.write(hidden)
    hidden.cause = "Une cause interne"
    client = browser()
    assert "Une cause interne" not in read_pdf(client.get("/clients/valrose/plans.pdf").data)
    assert "Pas de relais." in read_pdf(client.get("/clients/valrose/plans.pdf").data)


def test_what_people_write_never_acts_in_a_document(app: object, plans: Plans, breach: ActionPlan) -> None:
    action = plans.write(breach)
    breach.cause = action.title = action.evidence = EVIL
    breach.constraints = "long " * 3000
    content = plans_pdf("Plan", [breach], START.date(), "fr")
    assert "/etc/passwd" in read_pdf(content), "shown as it is written"
    sheet = load_workbook(BytesIO(actions_xlsx([breach], "fr"))).active
    assert sheet is not None
    assert (sheet["E2"].value, sheet["E2"].data_type) == (EVIL, "s")
    assert sheet["E2"].hyperlink is None


def test_the_same_plans_give_the_same_pdf_on_every_machine(
    app: object, plans: Plans, breach: ActionPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    plans.write(breach)
    breach.cause = f"{NAMES} {RIGHT_TO_LEFT_NAMES}"
    document = plans_pdf("P", [breach], START.date(), "fr")
    assert plans_pdf("P", [breach], START.date(), "fr") == document
    with on_another_machine(monkeypatch):
        assert plans_pdf("P", [breach], START.date(), "fr") == document
    assert_it_prints_every_name(document)


def test_all_actions_are_downloaded_as_xlsx(plans: Plans, breach: ActionPlan, browser: Browser) -> None:
    plans.write(breach)
    answer = browser().get("/clients/valrose/plans.xlsx")
    rows = list(load_workbook(BytesIO(answer.data)).active.values)  # type: ignore[union-attr]
    assert rows[1][1] == 6
    assert rows[1][4] == "Nommer un relais"
    assert rows[1][11] == 1200.5


def test_the_year_counts_what_was_launched_done_in_time_and_worked(plans: Plans, breach: ActionPlan) -> None:
    plans.agree(breach)
    plans.do(breach, START + PAST)
    plans.wave(2, {RESPONSIVENESS: [8, 8, 9, 9], REPORTING: [6, 6, 6, 6]})
    viewer = Viewer(1, "Camille", "camille@agence.test", Role.QUALITY_LEAD, None, "fr")
    year = plans_of_year(plans.session, viewer, 2026)
    total = tally(year)
    assert (total.n_launched, total.n_ended, total.n_on_time) == (2, 1, 1)
    assert (total.n_judged, total.n_effective) == (1, 1)
    by_cause = dict(tally_by(year, lambda plan: plan.cause_kind or "?"))
    assert by_cause["people"].n_effective == 1
    assert plans_of_year(plans.session, viewer, 2027) == []
    elsewhere = Viewer(1, "Camille", "camille@agence.test", Role.QUALITY_LEAD, frozenset(), "fr")
    assert plans_of_year(plans.session, elsewhere, 2026) == []


def test_the_year_has_its_page(plans: Plans, breach: ActionPlan, browser: Browser) -> None:
    plans.agree(breach)
    page = browser().get("/plans?year=2026").text
    assert "Did the plans of 2026 work?" in page
    assert "People and skills" in page
