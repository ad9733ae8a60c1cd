"""What the agreement's templates call to write marks and terms."""

from typing import Any

from survey_app.agreements.bonus_terms import bonus_facts
from survey_app.agreements.fields import shown_number
from survey_app.agreements.reading import line_facts, line_title, shown_term


def parties(lines: list[dict[str, Any]]) -> list[tuple[bool, list[dict[str, Any]]]]:
    """Part the lines that the client owes from the others; a side without lines is left out."""
    sides = [(side, [line for line in lines if (line["obligor"] == "client") is side]) for side in (False, True)]
    return [(side, owed) for side, owed in sides if owed]


def template_words() -> dict[str, Any]:
    return {
        "shown_number": shown_number,
        "line_facts": line_facts,
        "line_title": line_title,
        "shown_term": shown_term,
        "parties": parties,
        "bonus_facts": bonus_facts,
    }
