"""The bonus tests share the stage of the sheets."""

from tests.score_sheets.conftest import stage as stage
