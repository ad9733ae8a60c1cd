"""The frozen questionnaire: what a wave stores at launch and reads again for ever, and what its texts respect."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationInfo
from pydantic_core import PydanticCustomError

NON_BREAKING = "\u00a0\u202f"
# An ordinary space, or a letter or digit, straight before a mark that French detaches. A colon counts only at
# the end of a word: 18:00 and https://... are left alone.
_ATTACHED_MARK = re.compile(r"(?:[ \n]|(?<=[^\s:;?!.…«(]))(?P<mark>[;?!%»]|:(?=\s|$))")
_OPENING_QUOTE = re.compile(rf"(?P<mark>«)(?![{NON_BREAKING}])")


def check_text(text: str) -> str:
    """Refuse an empty text, stray spaces at its ends and characters no database or mail should carry."""
    if not text.strip():
        raise PydanticCustomError("empty_text", "empty text")
    if text != text.strip():
        raise PydanticCustomError("text_edges", "space at an end")
    for character in text:
        if unicodedata.category(character) in ("Cc", "Cs") and character != "\n":
            written = f"U+{ord(character):04X}"
            raise PydanticCustomError("forbidden_character", "invisible character", {"character": written})
    return text


def check_french(text: str) -> str:
    """Refuse a French text without non-breaking spaces before : ; ? ! % » and after «."""
    fault = _ATTACHED_MARK.search(text) or _OPENING_QUOTE.search(text)
    if fault:
        excerpt = text[max(0, fault.start() - 12) : fault.end() + 4]
        values = {"mark": fault["mark"], "excerpt": excerpt}
        raise PydanticCustomError("french_spacing", "French spacing", values)
    return text


_STORED: Final = "stored"


def _check_new_text(text: str, info: ValidationInfo) -> str:
    """Check a text as it is written; one frozen long ago is read as it is, whatever rules came since."""
    return text if info.context == _STORED else check_text(text)


def _check_new_french(text: str, info: ValidationInfo) -> str:
    return text if info.context == _STORED else check_french(text)


Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=64)]
Text = Annotated[str, StringConstraints(max_length=2000), AfterValidator(_check_new_text)]
FrenchText = Annotated[Text, AfterValidator(_check_new_french)]
Theme = Literal["services", "quality", "finance", "deadlines", "csr", "security"]
Kind = Literal["rating", "recommendation", "open"]


class Frozen(BaseModel):
    """A value that cannot change and accepts nothing it does not know."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


class LocalText(Frozen):
    """A text a person reads, in every language of the product."""

    fr: FrenchText
    en: Text

    def in_language(self, language: str) -> str:
        """Give the text in "fr" or "en"."""
        if language not in ("fr", "en"):
            raise ValueError(f"no text in the language {language!r}: ask for 'fr' or 'en'")
        return self.fr if language == "fr" else self.en


class Scale(Frozen):
    """Consecutive whole marks, with words at both ends."""

    min: Annotated[int, Field(ge=0, le=10)]
    max: Annotated[int, Field(ge=1, le=10)]
    low: LocalText
    high: LocalText

    @property
    def marks(self) -> range:
        """List every mark that can be given."""
        return range(self.min, self.max + 1)


class CommentPrompt(Frozen):
    """An invitation to explain a mark, shown when it is at or under a mark out of ten."""

    at_or_below: Annotated[int, Field(ge=0, le=10)]
    text: LocalText


class Question(Frozen):
    """One question; a rating feeds exactly one indicator, the other kinds feed none."""

    key: Key
    kind: Kind
    text: LocalText
    indicator_key: Key | None = None
    scale: Scale | None = None
    help: LocalText | None = None
    comment: CommentPrompt | None = None
    is_required: bool = False

    @property
    def marks(self) -> range:
        """List the marks that can be given; an open question has none."""
        return range(0) if self.scale is None else self.scale.marks


class Section(Frozen):
    """Questions that are asked together; the closing section has no theme."""

    key: Key
    title: LocalText
    questions: tuple[Question, ...]
    theme: Theme | None = None
    intro: LocalText | None = None


class Questionnaire(Frozen):
    """One version of a questionnaire, flat: nothing is left to look up elsewhere."""

    key: Key
    version: Annotated[int, Field(ge=1, le=9999)]
    title: LocalText
    intro: LocalText
    sections: tuple[Section, ...]

    @property
    def reference(self) -> str:
        """Name this version: annual_review@1."""
        return f"{self.key}@{self.version}"

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """List every question in the order in which it is asked."""
        return tuple(question for section in self.sections for question in section.questions)

    @cached_property
    def rated_questions(self) -> tuple[Question, ...]:
        """List the questions that feed an indicator; a recommendation is not one of them."""
        return tuple(question for question in self.questions if question.kind == "rating")

    @cached_property
    def indicator_keys(self) -> tuple[str, ...]:
        """List the indicators measured, once each, in the order in which they are asked."""
        return tuple(self.questions_by_indicator())

    def questions_by_indicator(self) -> dict[str, tuple[Question, ...]]:
        """Group the rated questions by the indicator they feed."""
        groups: dict[str, tuple[Question, ...]] = {}
        for question in self.rated_questions:
            if question.indicator_key is not None:
                groups[question.indicator_key] = (*groups.get(question.indicator_key, ()), question)
        return groups

    def to_canonical(self) -> dict[str, Any]:
        """Give the content as plain JSON values, ready for a database column.

        Defaults are left out, so that an optional field added to the product later does not change
        the hash of what was published before.
        """
        return self.model_dump(mode="json", exclude_defaults=True)

    @classmethod
    def from_canonical(cls, canonical: Mapping[str, Any]) -> Self:
        """Read again what `to_canonical` gave."""
        return cls.model_validate_json(json.dumps(dict(canonical)), context=_STORED)

    @cached_property
    def content_hash(self) -> str:
        """Seal the content: SHA-256 of its sorted, compact JSON, in hexadecimal."""
        canonical = json.dumps(self.to_canonical(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(canonical.encode()).hexdigest()
