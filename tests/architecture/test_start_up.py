"""A web process starts light: what draws documents or computes statistics loads when it is first used."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.source import ROOT

HEAVY = ("scipy.stats", "reportlab", "pypdf", "rich", "xlsxwriter", "playwright")
REPORT = f"import sys; print(*(name for name in {HEAVY} if name in sys.modules))"


def heavy_modules_after(statement: str, data_dir: Path) -> list[str]:
    settings = {
        "SURVEY_ENVIRONMENT": "test",
        "SURVEY_DATA_DIR": str(data_dir),
        "SURVEY_SECRET_KEY": "a-secret-key-of-more-than-32-characters",
        "SURVEY_TOKEN_KEY": "a-token-key-of-more-than-32-characters",
        "SURVEY_SIGNING_KEY": "dGVzdC1zaWduaW5nLWtleS1vZi0zMi1ieXRlcy0hISE=",
        "SURVEY_PUBLIC_BASE_URL": "http://localhost",
    }
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SURVEY_")}
    done = subprocess.run(
        [sys.executable, "-c", f"{statement}\n{REPORT}"],
        cwd=ROOT,
        env=kept | settings,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_a_web_process_loads_nothing_heavy(tmp_path: Path) -> None:
    assert heavy_modules_after("import wsgi", tmp_path) == []


@pytest.mark.parametrize("name", HEAVY)
def test_it_sees_a_heavy_module(name: str, tmp_path: Path) -> None:
    assert name in heavy_modules_after(f"import {name}", tmp_path)
