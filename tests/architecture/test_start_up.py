"""A web process starts light: what draws documents or computes statistics loads when it is first used."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.source import ROOT

HEAVY = ("scipy.stats", "reportlab", "pypdf", "pyhanko", "bidi", "arabic_reshaper", "rich", "xlsxwriter", "playwright")
REPORT = f"import sys; print(*(name for name in {HEAVY} if sys.modules.get(name)))"
# structlog loads rich wherever it is installed; servers do not have it (see run.txt), nor has this process.
AS_ON_A_SERVER = "import sys; sys.modules['rich'] = None"


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
    assert heavy_modules_after(f"{AS_ON_A_SERVER}; import wsgi", tmp_path) == []


def test_a_server_has_no_rich() -> None:
    locked = (ROOT / "requirements" / "run.txt").read_text(encoding="utf-8")
    assert "\nstructlog==" in locked
    assert "\nrich==" not in locked


@pytest.mark.parametrize("name", HEAVY)
def test_it_sees_a_heavy_module(name: str, tmp_path: Path) -> None:
    assert name in heavy_modules_after(f"import {name}", tmp_path)
