"""No log line holds a personal link, whoever writes it."""

import logging

import pytest
import structlog

from survey_app.logs import configure_logs, mask_personal_paths

TOKEN = "givbAH1eli6r2FkI0eD8gcK0UeV71gyb724IkkkRyXk"


@pytest.mark.parametrize("prefix", ["r", "a", "p", "u", "s"])
def test_a_personal_path_is_masked_in_any_text(prefix: str) -> None:
    line = f'127.0.0.1 "GET https://survey.example/{prefix}/{TOKEN}?score=8 HTTP/1.1" 200'
    masked = mask_personal_paths(line)
    assert TOKEN not in masked
    assert masked.endswith('HTTP/1.1" 200')


def test_a_common_path_stays_readable() -> None:
    assert mask_personal_paths("GET /clients/maison-valrose/plans") == "GET /clients/maison-valrose/plans"


def test_a_library_that_logs_a_link_is_masked(caplog: pytest.LogCaptureFixture) -> None:
    configure_logs("test")
    with caplog.at_level(logging.INFO, logger="some.server"):
        logging.getLogger("some.server").info('"%s" %s', f"POST /r/{TOKEN} HTTP/1.1", 200)
    assert TOKEN not in caplog.text
    assert "/r/[link]" in caplog.text


@pytest.mark.parametrize("environment", ["production", "development"])
def test_an_event_that_carries_a_link_is_masked(environment: str, capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(environment)
    structlog.get_logger().info("seen", path=f"/a/{TOKEN}")
    assert TOKEN not in capsys.readouterr().err


def test_a_traceback_that_holds_a_link_is_masked_in_production(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("production")
    try:
        raise ValueError(f"no such page: /r/{TOKEN}")
    except ValueError:
        structlog.get_logger().exception("failed")
    written = capsys.readouterr().err
    assert "no such page" in written
    assert TOKEN not in written
