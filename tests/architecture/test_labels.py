"""Each label exists once: no two mappings name the members of the same enum, whatever room they stand in."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MARKS_OF_TEXT = frozenset({"N_", "_", "gettext", "lazy_gettext", "lazy_pgettext", "pgettext"})
# Said of a member, and no name of it: the formula of a line where nothing is counted.
NO_NAMES = frozenset({"WORDLESS_FORMULAS"})
SENTENCE = re.compile(r"\.$|%\(")
# Two mappings name the same things where this share of all their keys is in both.
SAME = 0.6


@dataclass(frozen=True)
class Labels:
    place: str
    enums: frozenset[str]
    keys: frozenset[str]

    def names_the_same(self, other: "Labels") -> bool:
        if self.enums and other.enums:
            return self.enums == other.enums
        return len(self.keys & other.keys) >= SAME * len(self.keys | other.keys)


def parsed_modules() -> dict[Path, ast.Module]:
    return {path: ast.parse(path.read_text("utf-8")) for path in sorted((ROOT / "survey_app").rglob("*.py"))}


def label_of(value: ast.expr) -> str | None:
    """Return the words of a translated label; what ends with a full stop or is filled in says something of its key."""
    if not isinstance(value, ast.Call) or not isinstance(value.func, ast.Name) or value.func.id not in MARKS_OF_TEXT:
        return None
    text = value.args[-1]
    is_label = isinstance(text, ast.Constant) and isinstance(text.value, str) and not SENTENCE.search(text.value)
    return str(text.value) if is_label and isinstance(text, ast.Constant) else None


def labels_in(place: str, statement: ast.stmt) -> Labels | None:
    """Read the keys that a module-level mapping labels itself, those it takes from another left out."""
    if not isinstance(statement, ast.Assign | ast.AnnAssign) or not isinstance(statement.value, ast.Dict):
        return None
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    names = {target.id for target in targets if isinstance(target, ast.Name)}
    enums, keys = set(), set()
    for key, value in zip(statement.value.keys, statement.value.values, strict=True):
        if label_of(value) is None:
            continue
        if isinstance(key, ast.Attribute) and isinstance(key.value, ast.Name):
            enums.add(key.value.id)
            keys.add(key.attr.lower())
        elif isinstance(key, ast.Constant):
            keys.add(str(key.value))
    if len(keys) < 2 or names & NO_NAMES:
        return None
    return Labels(f"{place}: {', '.join(sorted(names))}", frozenset(enums), frozenset(keys))


def all_labels() -> Iterator[Labels]:
    for path, module in parsed_modules().items():
        for statement in module.body:
            found = labels_in(str(path.relative_to(ROOT)), statement)
            if found:
                yield found


def test_no_enum_is_labelled_twice() -> None:
    found = list(all_labels())
    assert len(found) > 20
    doubles = [f"{one.place} – {other.place}" for one, other in combinations(found, 2) if one.names_the_same(other)]
    assert not doubles, "\n".join(doubles)


def test_two_mappings_of_the_same_members_are_found() -> None:
    """Hold the rule itself: by enum or by bare value, two names for one thing are seen."""
    by_enum = ast.parse('A = {Measure.SURVEY: N_("Survey"), Measure.FACTUAL: N_("Facts")}').body[0]
    by_value = ast.parse('B = {"survey": lazy_gettext("survey"), "factual": lazy_gettext("counted")}').body[0]
    sentences = ast.parse('C = {"survey": N_("It is asked."), "factual": N_("It is counted.")}').body[0]
    one, other = labels_in("a", by_enum), labels_in("b", by_value)
    assert one is not None
    assert other is not None
    assert one.names_the_same(other)
    assert labels_in("c", sentences) is None


def test_one_catalogue_is_read_in_one_place() -> None:
    """The messages are read by the translator alone: a second reader would be a second translator."""
    readers = [
        str(path.relative_to(ROOT))
        for path, module in parsed_modules().items()
        for node in ast.walk(module)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(("babel.messages", "gettext"))
    ]
    assert readers == ["survey_app/translation.py"]
