"""The client's results in a browser: legible to all, light or dark, and its figures and drawings leave the page."""

from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import pytest
from flask import Flask
from playwright.sync_api import Page
from sqlalchemy.orm import Session

from survey_app.clock import SettableClock
from survey_app.db import transaction
from survey_app.scores.sharing import derive_results_token, share_results
from survey_app.settings import Settings
from tests.scores.cast import ACTOR, RESPONSIVENESS, Survey

pytestmark = pytest.mark.browser


@pytest.fixture
def path(app: Flask, session: Session, settings: Settings, clock: SettableClock) -> str:
    """Close a wave and return the address of the client's own view."""
    key = settings.token_key.get_secret_value().encode()
    with transaction(session):
        survey = Survey.set_up(session)
        survey.promise(RESPONSIVENESS)
        wave = survey.open_wave(4)
        survey.give(wave, RESPONSIVENESS, [6, 7, 8])
        survey.close(wave)
        link = share_results(session, wave, [survey.contacts[0]], key, ACTOR, clock.now())[0]
        return f"/s/results/{derive_results_token(key, link)}"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nobody_is_shut_out_with_everything_open(
    address: str, path: str, open_page: Callable[..., Page], violations: Callable[[Page], list[str]], scheme: str
) -> None:
    page = open_page(address + path, width=320, color_scheme=scheme, bypass_csp=True)
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_the_two_files_of_the_page_are_saved_without_scripts(
    address: str, path: str, open_page: Callable[..., Page], tmp_path: Path
) -> None:
    page = open_page(address + path, java_script_enabled=False)
    for name in ("CSV", "ZIP"):
        with page.expect_download() as download:
            page.get_by_role("link", name=name).click()
        download.value.save_as(tmp_path / download.value.suggested_filename)
    assert (tmp_path / "results.csv").read_text(encoding="utf-8-sig").count("\n") == 2
    with ZipFile(tmp_path / "results.zip") as archive:
        assert archive.namelist() == [f"line-{RESPONSIVENESS}.svg"]
    page.locator(".chart__table summary").first.click()
    assert page.locator(".chart__table table").first.is_visible()
