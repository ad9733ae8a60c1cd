"""The two shapes a definition file may have, whole or changes to another one, and their JSON Schema."""

import json
from pathlib import Path
from typing import Annotated, Final

from pydantic import Field, StringConstraints, TypeAdapter

from survey_app.questionnaires.definition import CommentPrompt, Frozen, Key, Kind, LocalText, Scale, Theme

Reference = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*@[1-9][0-9]{0,3}$", max_length=69)]
Version = Annotated[int, Field(ge=1, le=9999)]
Scales = Annotated[dict[Key, Scale], Field(max_length=20)]


class QuestionSource(Frozen):
    """One question as its author writes it."""

    key: Key
    text: LocalText
    kind: Kind = Field("rating", description="A rating feeds an indicator; the other kinds feed none.")
    indicator: Key | None = Field(None, description="Key of the catalogue's indicator, for a rating.")
    scale: Key | None = Field(None, description="Name of a scale; the definition's default_scale otherwise.")
    help: LocalText | None = None
    comment: CommentPrompt | None = Field(None, description="Takes the place of the section's comment.")
    is_required: bool = False
    after: Key | None = Field(None, description="In an extension: the question that a new one follows.")


class SectionSource(Frozen):
    """A section as its author writes it; in an extension, what is absent stays as in the base."""

    key: Key
    title: LocalText | None = None
    theme: Theme | None = None
    intro: LocalText | None = None
    comment: CommentPrompt | None = Field(None, description="Asked under every mark of the section.")
    questions: Annotated[tuple[QuestionSource, ...], Field(max_length=50)] = ()
    after: Key | None = Field(None, description="In an extension: the section that a new one follows.")


class WholeSource(Frozen):
    """A questionnaire written in full."""

    key: Key
    version: Version
    title: LocalText
    intro: LocalText
    scales: Scales
    sections: Annotated[tuple[SectionSource, ...], Field(max_length=20)]
    default_scale: Key | None = None


class ExtensionSource(Frozen):
    """A questionnaire written as changes to a version of another one.

    A scale, section or question with a key of the base replaces it where it stands; a new key is added at
    the end, or after the one that "after" names; the keys under "remove" are taken out first.
    """

    key: Key
    version: Version
    extends: Reference = Field(description="The version to start from: annual_review@1.")
    title: LocalText
    intro: LocalText | None = None
    scales: Scales = Field(default_factory=dict)
    default_scale: Key | None = None
    remove: Annotated[tuple[Key, ...], Field(max_length=100)] = ()
    sections: Annotated[tuple[SectionSource, ...], Field(max_length=20)] = ()


Source = WholeSource | ExtensionSource


SCHEMA_NAME: Final = "schema.json"


def schema_text() -> str:
    """Describe a definition file, whole or extension, as the JSON Schema that the file holds."""
    described = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Questionnaire definition",
        **TypeAdapter[Source](Source).json_schema(),
    }
    return json.dumps(described, indent=2, ensure_ascii=False) + "\n"


def write_schema(folder: Path) -> Path:
    """Write schema.json beside the definitions and give its place."""
    file = folder / SCHEMA_NAME
    file.write_text(schema_text(), encoding="utf-8")
    return file
