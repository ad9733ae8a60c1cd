"""Every page behind a link, errors included, keeps to itself."""

import re

import pytest
from flask.testing import FlaskClient

from tests.responses.cast import OpenWave

TAILS = ("", "?screen=review", "/notice", "/decline")


@pytest.mark.parametrize("address", [*TAILS, "unknown"])
def test_pages_are_kept_nowhere_and_leak_nothing(browserless: FlaskClient, wave: OpenWave, address: str) -> None:
    page = browserless.get("/r/unknown" if address == "unknown" else wave.link() + address)
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["Cache-Control"] == "no-store"
    assert "noindex" in page.headers["X-Robots-Tag"]
    assert "Set-Cookie" not in page.headers
    policy = page.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy


@pytest.mark.parametrize("address", TAILS)
def test_nothing_stands_inline_and_nothing_comes_from_elsewhere(
    browserless: FlaskClient, wave: OpenWave, address: str
) -> None:
    page = browserless.get(wave.link() + address).text
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?! src)", page)
    assert not re.search(r'(?:src|href|action)="(?:https?:)?//', page)


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_every_page_says_its_language_and_has_its_landmarks(
    browserless: FlaskClient, wave: OpenWave, lang: str
) -> None:
    for address in (wave.link(), f"{wave.link()}/notice", "/r/accessibility", "/s/receipt"):
        page = browserless.get(address, query_string={"lang": lang}).text
        assert f'<html lang="{lang}">' in page
        assert all(page.count(f"<{landmark}") == 1 for landmark in ("header", "main", "footer", "h1"))
