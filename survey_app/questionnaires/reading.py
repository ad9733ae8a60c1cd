"""Read one YAML file into a source with the line of each value, without ever failing on bad input."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from survey_app.questionnaires.errors import DefinitionError, Place, written_path
from survey_app.questionnaires.source import ExtensionSource, Source, WholeSource

MAXIMUM_BYTES: Final = 200_000
MAXIMUM_DEPTH: Final = 12
_WHOLE_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
_DECIMAL_NUMBER = re.compile(r"-?[0-9]{1,17}\.[0-9]{1,17}")
_PLAIN_WORDS: Final[dict[str, object]] = {"true": True, "false": False, "null": None, "~": None, "": None}


class UnreadableError(Exception):
    """The reading of one file must stop here."""

    def __init__(self, kind: str, line: int, place: Place = (), **values: object) -> None:
        super().__init__(kind)
        self.kind, self.line, self.place, self.values = kind, line, place, values


@dataclass
class Document:
    """The plain values of a file, the line of each place, and what was wrong while reading."""

    file: Path
    value: Any = None
    lines: dict[Place, int] = field(default_factory=dict)
    errors: list[DefinitionError] = field(default_factory=list)

    def add_error(
        self,
        kind: str,
        place: Place = (),
        values: Mapping[str, object] | None = None,
        line: int | None = None,
    ) -> None:
        """Note a mistake, by default at the nearest place that has a line."""
        line = self.line_of(place) if line is None else line
        self.errors.append(DefinitionError(kind, self.file, line, written_path(place), dict(values or {})))

    def line_of(self, place: Place) -> int:
        """Give the line of a place, or of the nearest one that contains it."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)


def read_document(file: Path) -> Document:
    """Read a file; every mistake ends in `errors`, and `value` is None when nothing can be kept."""
    document = Document(file)
    try:
        document.value = _TreeBuilder(document, _events(_text(file))).build()
    except UnreadableError as stop:
        document.add_error(stop.kind, stop.place, stop.values, stop.line)
    return document


def _text(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            content = stream.read(MAXIMUM_BYTES + 1)
    except OSError as error:
        raise UnreadableError("unreadable", 1, reason=error.strerror or type(error).__name__) from error
    if len(content) > MAXIMUM_BYTES:
        raise UnreadableError("too_large", 1, limit=MAXIMUM_BYTES)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableError("not_utf8", content.count(b"\n", 0, error.start) + 1) from error


def _events(text: str) -> Iterator[Event]:
    """Yield the parser's events; whatever it raises on hostile text is a mistake of that text."""
    try:
        yield from YAML(typ="safe", pure=True).parse(text)
    except Exception as error:
        raise UnreadableError("malformed", _line_of(error, text), reason=_reason(error)) from error


def _line_of(error: Exception, text: str) -> int:
    mark = getattr(error, "problem_mark", None)
    if mark is not None:
        return int(mark.line) + 1
    position = getattr(error, "position", None)
    return text.count("\n", 0, position) + 1 if isinstance(position, int) else 1


def _reason(error: Exception) -> str:
    reason = getattr(error, "problem", None) or getattr(error, "reason", None) or type(error).__name__
    return " ".join(str(reason).split())


class _TreeBuilder:
    """Turn events into plain values; nesting is bounded, so recursion is too."""

    def __init__(self, document: Document, events: Iterator[Event]) -> None:
        self._document = document
        self._events = events

    def build(self) -> Any:
        value, n_documents = None, 0
        for event in self._events:
            if isinstance(event, DocumentStartEvent):
                n_documents += 1
                self._check_document_start(event, n_documents)
            elif isinstance(event, NodeEvent):
                value = self._value(event, ())
        if value is None:
            raise UnreadableError("empty_document", 1)
        return value

    def _check_document_start(self, event: Any, n_documents: int) -> None:
        if n_documents > 1:
            raise UnreadableError("several_documents", _line(event))
        if event.version or event.tags:
            raise UnreadableError("tag", _line(event))

    def _value(self, event: Any, place: Place) -> Any:
        self._document.lines.setdefault(place, _line(event))
        if isinstance(event, AliasEvent) or event.anchor is not None:
            raise UnreadableError("alias", _line(event), place)
        if len(place) > MAXIMUM_DEPTH:
            raise UnreadableError("too_deep", _line(event), place[:-1], limit=MAXIMUM_DEPTH)
        if event.tag is not None:
            raise UnreadableError("tag", _line(event), place)
        if isinstance(event, MappingStartEvent):
            return self._mapping(place)
        if isinstance(event, SequenceStartEvent):
            return self._sequence(place)
        return self._scalar(event, place)

    def _sequence(self, place: Place) -> list[Any]:
        values: list[Any] = []
        while not isinstance(event := next(self._events), SequenceEndEvent):
            values.append(self._value(event, (*place, len(values))))
        return values

    def _mapping(self, place: Place) -> dict[str, Any]:
        values: dict[str, Any] = {}
        while not isinstance(event := next(self._events), MappingEndEvent):
            name = self._field_name(event, place)
            if name in values:
                first_line = self._document.line_of((*place, name))
                values_told = {"name": name, "first_line": first_line}
                self._document.add_error("duplicate_field", (*place, name), values_told, _line(event))
                self._value(next(self._events), (*place, name))
                continue
            self._document.lines[(*place, name)] = _line(event)
            values[name] = self._value(next(self._events), (*place, name))
        return values

    def _field_name(self, event: Any, place: Place) -> str:
        if isinstance(event, AliasEvent) or event.anchor is not None:
            raise UnreadableError("alias", _line(event), place)
        is_word = isinstance(event, ScalarEvent) and event.tag is None and event.value.isprintable()
        if not is_word or len(event.value) > 64:
            raise UnreadableError("field_name_not_text", _line(event), place)
        return str(event.value)

    def _scalar(self, event: Any, place: Place) -> Any:
        if place and place[-1] == "fr" and event.style != '"':
            self._document.add_error("french_not_quoted", place, line=_line(event))
        return _plain_value(event.value) if event.style is None else event.value


def _plain_value(text: str) -> object:
    """Read an unquoted word: a number, true, false or nothing; anything else is text (no, 1:30, NaN)."""
    if text in _PLAIN_WORDS:
        return _PLAIN_WORDS[text]
    if _WHOLE_NUMBER.fullmatch(text):
        return int(text)
    return float(text) if _DECIMAL_NUMBER.fullmatch(text) else text


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


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
