"""Apply the changes of an extension to its base, giving one questionnaire written in full."""

from collections.abc import Sequence
from typing import TypeVar

from survey_app.questionnaires.errors import Place
from survey_app.questionnaires.reading import Document
from survey_app.questionnaires.source import ExtensionSource, QuestionSource, SectionSource, WholeSource

Part = TypeVar("Part", SectionSource, QuestionSource)


def extend(base: WholeSource, change: ExtensionSource, document: Document) -> WholeSource:
    """Give the base as changed: what is removed first, then what is replaced or added."""
    sections = _without_removed(base, change, document)
    for index, section in enumerate(change.sections):
        place = ("sections", index)
        standing = next((each for each in sections if each.key == section.key), None)
        merged = _merged_section(standing, section, document, place)
        sections = _put(sections, merged, section.after, document, place)
    return WholeSource.model_construct(
        key=change.key,
        version=change.version,
        title=change.title,
        intro=change.intro or base.intro,
        scales={**base.scales, **change.scales},
        default_scale=change.default_scale or base.default_scale,
        sections=tuple(sections),
    )


def _without_removed(base: WholeSource, change: ExtensionSource, document: Document) -> list[SectionSource]:
    known = {section.key for section in base.sections} | {
        question.key for section in base.sections for question in section.questions
    }
    for index, key in enumerate(change.remove):
        if key not in known:
            document.add_error("nothing_to_remove", ("remove", index), {"name": key})
    return [
        section.model_copy(update={"questions": _kept(section, change.remove)})
        for section in base.sections
        if section.key not in change.remove
    ]


def _kept(section: SectionSource, removed: Sequence[str]) -> tuple[QuestionSource, ...]:
    return tuple(question for question in section.questions if question.key not in removed)


def _merged_section(
    standing: SectionSource | None, section: SectionSource, document: Document, place: Place
) -> SectionSource:
    """Replace what the author wrote and keep the rest of the standing section, if there is one."""
    questions = list(standing.questions) if standing else []
    for index, question in enumerate(section.questions):
        placed = question.model_copy(update={"after": None})
        questions = _put(questions, placed, question.after, document, (*place, "questions", index))
    if standing is None:
        return section.model_copy(update={"questions": tuple(questions), "after": None})
    written = section.model_fields_set - {"key", "questions", "after"}
    update = {name: getattr(section, name) for name in written} | {"questions": tuple(questions)}
    return standing.model_copy(update=update)


def _put(standing: Sequence[Part], part: Part, after: str | None, document: Document, place: Place) -> list[Part]:
    """Put a part where its namesake stands, after the one it names, or at the end."""
    keys = [each.key for each in standing]
    if after is None and part.key in keys:
        return [part if each.key == part.key else each for each in standing]
    others: list[Part] = [each for each in standing if each.key != part.key]
    neighbours = [each.key for each in others]
    if after is not None and after not in neighbours:
        told = {"name": after, "choices": ", ".join(neighbours) or "—"}
        document.add_error("unknown_neighbour", (*place, "after"), told)
        after = None
    index = len(others) if after is None else neighbours.index(after) + 1
    others.insert(index, part)
    return others
