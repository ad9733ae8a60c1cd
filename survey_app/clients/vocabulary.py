"""The words of contact lists, French and English: what exports call their columns, and what stands in them."""

import re
import tomllib
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Final, Literal, TypeVar

from pydantic import BaseModel, ConfigDict

from survey_app.clients.models import Civility, ContactRole

Meaning = TypeVar("Meaning")
Words = tuple[str, ...]


class Column(StrEnum):
    """What a column of a list may hold."""

    NAME = "name"
    FIRST_NAME = "first_name"
    LAST_NAME = "last_name"
    EMAIL = "email"
    ROLE = "role"
    CIVILITY = "civility"
    JOB_TITLE = "job_title"
    LANGUAGE = "language"
    IS_SIGNATORY = "is_signatory"
    IS_OPPOSED = "is_opposed"


class _Vocabulary(BaseModel):
    """The file as it is written: words by what they mean."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    agreements: Words
    oppositions: Words
    reachable: Words
    headings: dict[Column, Words]
    headings_containing: dict[Column, Words]
    roles: dict[ContactRole, Words]
    civilities: dict[Civility, Words]
    languages: dict[Literal["fr", "en"], Words]
    answers: dict[Literal["yes", "no"], Words]


def _any_of(patterns: Words, around: str = "%s") -> re.Pattern[str]:
    return re.compile(around % "|".join(patterns))


def _by_word(words: Mapping[Meaning, Words]) -> dict[str, Meaning]:
    return {word: meaning for meaning, synonyms in words.items() for word in synonyms}


_FILE: Final = Path(__file__).with_name("vocabulary.toml")
_WRITTEN: Final = _Vocabulary.model_validate(tomllib.loads(_FILE.read_text(encoding="utf-8")))

HEADINGS: Mapping[Column, re.Pattern[str]] = {
    **{column: _any_of(patterns, r".*\b(%s)\b.*") for column, patterns in _WRITTEN.headings_containing.items()},
    **{column: _any_of(patterns) for column, patterns in _WRITTEN.headings.items()},
}
AGREEMENTS = _any_of(_WRITTEN.agreements)
OPPOSITIONS = _any_of(_WRITTEN.oppositions)
ROLES: Mapping[str, ContactRole] = _by_word(_WRITTEN.roles)
CIVILITIES: Mapping[str, Civility] = _by_word(_WRITTEN.civilities)
LANGUAGES: Mapping[str, str] = {word: str(language) for word, language in _by_word(_WRITTEN.languages).items()}
ANSWERS: Mapping[str, bool] = {word: said == "yes" for word, said in _by_word(_WRITTEN.answers).items()}
REACHABLE = frozenset(_WRITTEN.reachable + _WRITTEN.answers["no"])
