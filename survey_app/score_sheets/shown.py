"""A snapshot as its page shows it: every figure already written in the reader's language."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from survey_app.formats import format_day, format_money, format_number, format_score
from survey_app.score_sheets.reading import exact
from survey_app.score_sheets.wording import STATES, THEMES, Words


@dataclass(frozen=True)
class ShownLine:
    label: str
    theme: str
    score: str
    interval: str
    threshold: str
    answered: str
    state: str
    state_label: str
    is_breach: bool


@dataclass(frozen=True)
class ShownSheet:
    """What the HTML page says, equal to the PDF."""

    reference: str
    edition: int
    title: str
    client: str
    agency: str
    closed_on: str
    amount: str | None
    overall: str
    lines: tuple[ShownLine, ...]


def show_sheet(snapshot: dict[str, Any], say: Words) -> ShownSheet:
    bonus, language = snapshot["bonus"], say.language
    overall = next((one for one in snapshot["means"] if one["key"] == "overall" and one["party"] == "agency"), None)
    return ShownSheet(
        reference=snapshot["reference"],
        edition=snapshot["edition"],
        title=snapshot["wave"]["title"],
        client=snapshot["client"]["name"],
        agency=snapshot["agency"]["name"],
        closed_on=format_day(date.fromisoformat(snapshot["wave"]["ends_on"]), language),
        amount=format_money(exact(bonus["amount"]) or 0, bonus["currency"], language) if bonus else None,
        overall=format_score(exact(overall["exact"]) if overall else None, language),
        lines=tuple(show_line(line, say) for line in snapshot["lines"]),
    )


def show_line(line: dict[str, Any], say: Words) -> ShownLine:
    language, low, high = say.language, exact(line["low"]), exact(line["high"])
    interval = "–" if low is None or high is None else " – ".join(format_number(one, 2, language) for one in (low, high))
    return ShownLine(
        label=say.pick(line["label"]),
        theme=say(THEMES.get(line["theme"], line["theme"])),
        score=format_score(exact(line["exact"]), language, exact(line["threshold"])),
        interval=interval,
        threshold=format_number(exact(line["threshold"]) or 0, 2, language),
        answered=f"{line['n']} / {line['population']}",
        state=line["state"],
        state_label=say(STATES[line["state"]]),
        is_breach=line["is_breach"],
    )
