"""Nothing is computed for nobody: each statistic reaches a page or a file."""

import inspect
import re

from survey_app import statistics
from tests.architecture.source import PACKAGE

# Reached through `decide`.
WITHOUT_A_PAGE_OF_ITS_OWN = {"finite_mean_interval"}


def test_every_public_statistic_is_asked_for_outside_its_package() -> None:
    rooms = [path for path in PACKAGE.rglob("*.py") if "statistics" not in path.relative_to(PACKAGE).parts]
    asked = set(re.findall(r"\w+", "\n".join(path.read_text(encoding="utf-8") for path in rooms)))
    functions = {name for name in statistics.__all__ if inspect.isfunction(getattr(statistics, name))}
    assert functions - asked <= WITHOUT_A_PAGE_OF_ITS_OWN
