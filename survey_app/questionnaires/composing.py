"""Apply an extension to its base, check what the parts say together, and give the frozen form."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TypeVar

from survey_app.questionnaires.definition import Question, Questionnaire, Scale, Section
from survey_app.questionnaires.errors import Place, written_path
from survey_app.questionnaires.reading import Document
from survey_app.questionnaires.source import ExtensionSource, QuestionSource, SectionSource, Source, WholeSource

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


def check_parts(source: Source, document: Document) -> None:
    """Note what one file says wrongly on its own: keys used twice, scales upside down, stray "after"."""
    first_places: dict[str, Place] = {}
    for key, place in _keyed_parts(source):
        first = first_places.setdefault(key, place)
        if first != place:
            told = {"name": key, "first_path": written_path(first)}
            document.add_error("duplicate_key", (*place, "key"), told)
        elif isinstance(source, WholeSource) and (*place, "after") in document.lines:
            document.add_error("after_not_allowed", (*place, "after"))
    for name, scale in source.scales.items():
        if scale.max <= scale.min:
            document.add_error("scale_ends", ("scales", name, "max"), {"min": scale.min, "max": scale.max})


def _keyed_parts(source: Source) -> Iterator[tuple[str, Place]]:
    """Walk the sections and questions; they share their keys so that "remove" can name either."""
    for section_index, section in enumerate(source.sections):
        place: Place = ("sections", section_index)
        yield section.key, place
        for index, question in enumerate(section.questions):
            yield question.key, (*place, "questions", index)


def freeze(
    whole: WholeSource, source: Source, document: Document, known_indicators: Collection[str] | None
) -> Questionnaire | None:
    """Give the frozen questionnaire, or None once its mistakes are noted at their places in the file."""
    n_before = len(document.errors)
    places = dict(_keyed_parts(source))
    freezer = _Freezer(whole, document, places, known_indicators)
    sections = tuple(freezer.section(section) for section in whole.sections)
    freezer.check_whole(sections)
    if len(document.errors) > n_before:
        return None
    return Questionnaire(key=whole.key, version=whole.version, title=whole.title, intro=whole.intro, sections=sections)


@dataclass
class _Freezer:
    whole: WholeSource
    document: Document
    places: dict[str, Place]
    known_indicators: Collection[str] | None

    def check_whole(self, sections: tuple[Section, ...]) -> None:
        keys = [key for section in sections for key in (section.key, *(q.key for q in section.questions))]
        for key in sorted({key for key in keys if keys.count(key) > 1} & self._inherited_twice(keys)):
            place = (*self.places[key], "key")
            self.document.add_error("duplicate_key", place, {"name": key, "first_path": "extends"})
        if not any(question.kind == "rating" for section in sections for question in section.questions):
            self.document.add_error("no_rated_question", ("sections",))
        if self.whole.default_scale is not None:
            self._known_scale(self.whole.default_scale, ("default_scale",))

    def _inherited_twice(self, keys: list[str]) -> set[str]:
        """Leave out keys that the file itself repeats: those are told already."""
        told = {error.values.get("name") for error in self.document.errors if error.kind == "duplicate_key"}
        return {key for key in keys if key in self.places and key not in told}

    def section(self, section: SectionSource) -> Section:
        place = self.places.get(section.key, ())
        if section.title is None:
            self.document.add_error("missing_field", (*place, "title"), {"name": "title"})
        if not section.questions:
            self.document.add_error("empty_section", place, {"name": section.key})
        return Section.model_construct(
            key=section.key,
            title=section.title or self.whole.title,
            theme=section.theme,
            intro=section.intro,
            questions=tuple(self._question(question, section) for question in section.questions),
        )

    def _question(self, question: QuestionSource, section: SectionSource) -> Question:
        place = self.places.get(question.key, ())
        self._check_indicator(question, place)
        is_open = question.kind == "open"
        if is_open:
            self._check_open(question, place)
        scale = None if is_open else self._scale(question, place)
        return Question(
            key=question.key,
            kind=question.kind,
            indicator_key=question.indicator,
            scale=scale,
            text=question.text,
            help=question.help,
            comment=None if is_open else question.comment or section.comment,
            is_required=question.is_required,
        )

    def _check_indicator(self, question: QuestionSource, place: Place) -> None:
        indicator = question.indicator
        if question.kind != "rating":
            if indicator is not None:
                self.document.add_error("indicator_not_allowed", (*place, "indicator"))
        elif indicator is None:
            self.document.add_error("no_indicator", place)
        elif self.known_indicators is not None and indicator not in self.known_indicators and place:
            near = get_close_matches(indicator, self.known_indicators, n=1)
            told = {
                "name": indicator,
                "suggestion_en": f": did you mean {near[0]}?" if near else "",
                "suggestion_fr": f"\u00a0: peut-être {near[0]}" if near else "",
            }
            self.document.add_error("unknown_indicator", (*place, "indicator"), told)

    def _check_open(self, question: QuestionSource, place: Place) -> None:
        for name in ("scale", "comment"):
            if getattr(question, name) is not None:
                self.document.add_error("open_has_scale", (*place, name), {"name": name})

    def _scale(self, question: QuestionSource, place: Place) -> Scale | None:
        name = question.scale or self.whole.default_scale
        if name is None:
            self.document.add_error("no_scale", place)
            return None
        if question.scale is not None:
            self._known_scale(name, (*place, "scale"))
        scale = self.whole.scales.get(name)
        if question.kind == "recommendation" and scale is not None and (scale.min, scale.max) != (0, 10):
            self.document.add_error("recommendation_scale", (*place, "scale"))
        return scale

    def _known_scale(self, name: str, place: Place) -> None:
        if name not in self.whole.scales:
            choices = ", ".join(self.whole.scales) or "—"
            self.document.add_error("unknown_scale", place, {"name": name, "choices": choices})
