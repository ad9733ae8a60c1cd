"""The lines and themes of a sheet, as they are read and drawn."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from survey_app.errors import N_
from survey_app.score_sheets.snapshot import exact
from survey_app.score_sheets.wording import STATES, SUBJECTS, Words, explain_line

ENOUGH = Fraction(3, 5)


@dataclass(frozen=True)
class ShownLine:
    """One line: its words, and the numbers that a chart needs."""

    key: str
    label: str
    theme: str
    score: str
    interval: str
    threshold: str
    target: str
    answered: str
    state: str
    state_label: str
    value: Fraction | None
    level: Fraction
    low: Fraction | None
    high: Fraction | None
    before: Fraction | None
    marks: tuple[Fraction, ...]
    n: int
    population: int
    companions: tuple[str, ...]
    how: tuple[str, ...]


@dataclass(frozen=True)
class ShownMean:
    """A theme's mean or the whole, and what it was the wave before."""

    key: str
    label: str
    party: str
    score: str
    before_score: str
    change: str
    value: Fraction | None
    before: Fraction | None


def show_lines(snapshot: dict[str, Any], say: Words) -> tuple[ShownLine, ...]:
    earlier = snapshot["earlier"][-1]["lines"] if snapshot["earlier"] else {}
    facts, documents = _by_line(snapshot["facts"]), _by_line(snapshot["evidence"])
    return tuple(
        _show_line(
            line,
            exact(earlier.get(line["key"])),
            tuple(explain_line(line, facts.get(line["key"], ()), documents.get(line["key"], ()), say)),
            say,
        )
        for line in snapshot["lines"]
    )


def _by_line(rows: Sequence[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["line"], []).append(row)
    return found


def _show_line(line: dict[str, Any], before: Fraction | None, how: tuple[str, ...], say: Words) -> ShownLine:
    score, threshold = exact(line["exact"]), Fraction(line["threshold"])
    low, high, target = exact(line["low"]), exact(line["high"]), exact(line["target"])
    is_surveyed = line["measure"] in ("survey", "mixed")
    return ShownLine(
        key=line["key"],
        label=say.pick(line["label"]),
        theme=say(SUBJECTS.get(line["theme"], line["theme"])),
        score=say.score(score, threshold),
        interval=_show_interval(low, high, threshold, say) if is_surveyed else "",
        threshold=say.mark(threshold),
        target="" if target is None else say.mark(target),
        answered=f"{line['n']} / {line['population']}" if is_surveyed else "",
        state=line["state"],
        state_label=say(STATES[line["state"]]),
        value=score,
        level=threshold,
        low=low if is_surveyed else None,
        high=high if is_surveyed else None,
        before=before,
        marks=tuple(Fraction(mark) for mark in line["marks"] or ()),
        n=line["n"] if is_surveyed else 0,
        population=line["population"] if is_surveyed else 0,
        companions=_show_companions(line, say),
        how=how,
    )


def _show_companions(line: dict[str, Any], say: Words) -> tuple[str, ...]:
    """Write the ratios beside the mark; what could not be measured is a dash."""
    values = [(say.pick(one["label"]), exact(one["exact"])) for one in line["companions"]]
    return tuple(
        say(N_("%(ratio)s: %(value)s"), ratio=label, value="–" if value is None else say.percent(value))
        for label, value in values
    )


def _show_interval(low: Fraction | None, high: Fraction | None, threshold: Fraction, say: Words) -> str:
    """Write an interval; more decimals appear where rounding would put an end on the other side of the threshold."""
    return "–" if low is None or high is None else f"{say.score(low, threshold)} – {say.score(high, threshold)}"


def show_cautions(lines: Sequence[ShownLine], say: Words) -> tuple[str, ...]:
    """Say in plain words which lines should be read with care, and why."""
    inconclusive = [f"{line.label} ({line.interval})" for line in lines if line.state == "inconclusive"]
    thin = [f"{line.label} ({line.answered})" for line in lines if line.n and line.n < ENOUGH * line.population]
    silent = [line.label for line in lines if line.state == "not_measurable"]
    told = (
        (
            inconclusive,
            N_(
                "Inconclusive, since those who did not answer could still bring the mark to the other side of the"
                " threshold: %(lines)s."
            ),
        ),
        (thin, N_("Resting on fewer than six answers in ten: %(lines)s.")),
        (silent, N_("Could not be measured: %(lines)s.")),
    )
    return tuple(say(sentence, lines=", ".join(found)) for found, sentence in told if found)


def show_means(snapshot: dict[str, Any], say: Words) -> tuple[ShownMean, ...]:
    earlier = snapshot["earlier"][-1] if snapshot["earlier"] else {"themes": {}, "overall": None}
    return tuple(
        _show_mean(mean, exact(_before(mean, earlier)), say)
        for mean in sorted(snapshot["means"], key=lambda mean: (mean["party"], mean["key"] != "overall"))
    )


def _before(mean: dict[str, Any], earlier: dict[str, Any]) -> str | None:
    if mean["party"] != "agency":
        return None
    found: str | None = earlier["overall"] if mean["key"] == "overall" else earlier["themes"].get(mean["key"])
    return found


def _show_mean(mean: dict[str, Any], before: Fraction | None, say: Words) -> ShownMean:
    value = exact(mean["exact"])
    change = "" if value is None or before is None else _show_change(value - before, say)
    return ShownMean(
        mean["key"],
        say(SUBJECTS.get(mean["key"], mean["key"])),
        mean["party"],
        say.score(value),
        "" if before is None else say.score(before),
        change,
        value,
        before,
    )


def _show_change(change: Fraction, say: Words) -> str:
    """Write a difference with its sign, a true minus included."""
    text = say.score(abs(change))
    return f"+{text}" if change > 0 else f"\N{MINUS SIGN}{text}" if change < 0 else text
