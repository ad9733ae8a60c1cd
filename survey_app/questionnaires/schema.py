"""The JSON Schema that editors use to help the author of a definition."""

import json
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter

from survey_app.questionnaires.source import Source

SCHEMA_NAME: Final = "schema.json"


def schema() -> dict[str, Any]:
    """Describe a definition file, whole or extension, as JSON Schema."""
    described = TypeAdapter[Source](Source).json_schema()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Questionnaire definition",
        **described,
    }


def schema_text() -> str:
    """Write the schema exactly as the file holds it."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def write_schema(folder: Path) -> Path:
    """Write schema.json beside the definitions and give its place."""
    file = folder / SCHEMA_NAME
    file.write_text(schema_text(), encoding="utf-8")
    return file
