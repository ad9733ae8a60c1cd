"""Turn the plain values of a file into a definition source, and say in plain words what does not fit."""

from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from survey_app.questionnaires.errors import Place
from survey_app.questionnaires.reading import Document
from survey_app.questionnaires.source import ExtensionSource, Source, WholeSource

_FIELDS: Final = ("fields of the form “name: value”", "des champs de la forme «\u00a0nom: valeur\u00a0»")
_EXPECTED: Final = {
    "string_type": ("text", "un texte"),
    "int_type": ("a whole number, without quotes", "un nombre entier, sans guillemets"),
    "bool_type": ("true or false, without quotes", "true ou false, sans guillemets"),
    "tuple_type": (
        "a list, each line starting with “-”",
        "une liste, chaque ligne commençant par «\u00a0-\u00a0»",
    ),
    "dict_type": _FIELDS,
    "model_type": _FIELDS,
    "model_attributes_type": _FIELDS,
}
_KINDS: Final = {
    **dict.fromkeys(_EXPECTED, "wrong_type"),
    "missing": "missing_field",
    "extra_forbidden": "unknown_field",
    "literal_error": "not_a_choice",
    "string_pattern_mismatch": "bad_key",
    "greater_than_equal": "too_small",
    "less_than_equal": "too_great",
    "too_long": "too_long",
    "string_too_long": "too_long",
    "empty_text": "empty_text",
    "text_edges": "text_edges",
    "forbidden_character": "forbidden_character",
    "string_unicode": "forbidden_character",
    "french_spacing": "french_spacing",
}


def shape(document: Document) -> Source | None:
    """Give the source a document holds, or None once its mistakes are noted."""
    content = document.value
    if content is None:
        return None
    extends = isinstance(content, dict) and "extends" in content
    model: type[WholeSource] | type[ExtensionSource] = ExtensionSource if extends else WholeSource
    try:
        return model.model_validate(_with_tuples(content))
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            _note(document, detail)
        return None


def _with_tuples(value: Any) -> Any:
    """Give lists as the tuples that frozen models hold."""
    if isinstance(value, list):
        return tuple(_with_tuples(each) for each in value)
    if isinstance(value, dict):
        return {name: _with_tuples(each) for name, each in value.items()}
    return value


def _note(document: Document, detail: ErrorDetails) -> None:
    """Say one of pydantic's remarks in our own words, at its place."""
    place: Place = tuple(step for step in detail["loc"] if step != "[key]")
    kind = _KINDS.get(detail["type"], "not_valid")
    if kind == "bad_key" and place == ("extends",):
        kind = "bad_reference"
    document.add_error(kind, place, values=_values(detail, place))


def _values(detail: ErrorDetails, place: Place) -> dict[str, object]:
    """Give what the sentences quote."""
    context: dict[str, Any] = detail.get("ctx", {})
    english, french = _EXPECTED.get(detail["type"], ("", ""))
    return {
        "character": _first_surrogate(detail["input"]),
        **{name: context[name] for name in ("mark", "excerpt", "character") if name in context},
        "name": place[-1] if place else "",
        "given": _shown(detail["input"]),
        "choices": str(context.get("expected", "")).replace(" or ", ", "),
        "expected_en": english,
        "expected_fr": french,
        "low": context.get("ge", context.get("min_length", 0)),
        "high": context.get("le", context.get("max_length", "∞")),
        "reason": detail["msg"],
    }


def _first_surrogate(value: object) -> str:
    """Name the half character that pydantic refuses before our own check of the text."""
    return next((f"U+{ord(each):04X}" for each in str(value) if "\ud800" <= each <= "\udfff"), "")


def _shown(value: object) -> str:
    """Quote what was written, shortened and without what a terminal would obey."""
    text = "".join(character if character.isprintable() else "�" for character in str(value)[:60])
    return text if len(str(value)) <= 60 else text + "…"
