"""The whole sheet as it is read, put together from its parts."""

import base64
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from survey_app.bonuses.wording import ShownMoney, show_trace
from survey_app.errors import N_
from survey_app.score_sheets.reading import exact, measured_lines
from survey_app.score_sheets.sealed import SealedEdition
from survey_app.score_sheets.shown.around import (
    METHOD,
    ShownPlan,
    show_contests,
    show_left_out,
    show_plans,
    show_population,
    show_proof,
)
from survey_app.score_sheets.shown.lines import ShownLine, ShownMean, show_cautions, show_lines, show_means
from survey_app.score_sheets.signing import public_key_id
from survey_app.score_sheets.wording import Words, name_period, words_for


@dataclass(frozen=True)
class ShownSheet:
    """What the page and the PDF say, word for word."""

    reference: str
    edition: str
    reason: str
    agency: str
    client: str
    title: str
    period: str
    issued: str
    contest_until: str
    is_baseline: bool
    accent: str
    overall: ShownMean | None
    answered: str
    money: ShownMoney | None
    cautions: tuple[str, ...]
    contests: tuple[str, ...]
    lines: tuple[ShownLine, ...]
    means: tuple[ShownMean, ...]
    trend: tuple[tuple[str, Fraction | None, str], ...]
    population: tuple[tuple[str, str], ...]
    left_out: tuple[str, ...]
    plans: tuple[ShownPlan, ...]
    method: tuple[str, ...]
    proof: tuple[tuple[str, str], ...]
    receipts: tuple[str, ...]

    @property
    def themes(self) -> tuple[ShownMean, ...]:
        """Return the agency's themes, the whole left out."""
        return tuple(mean for mean in self.means if mean.key != "overall" and mean.party == "agency")


def show_sheet(sealed: SealedEdition, language: str) -> ShownSheet:
    """Write every figure of a sealed edition in one language; nothing is looked up or computed anew."""
    sheet = sealed.snapshot
    say = words_for(sheet, language)
    lines, means = show_lines(sheet, say), show_means(sheet, say)
    wave, population = sheet["wave"], sheet["population"]
    return ShownSheet(
        reference=sheet["reference"],
        edition=say(N_("edition %(number)s"), number=sheet["edition"]),
        reason=sheet["reason"],
        agency=sheet["agency"]["name"],
        client=sheet["client"]["name"],
        title=_show_title(wave["campaign"], wave["title"]),
        period=name_period(sheet, say),
        issued=say.instant(sheet["issued_at"]),
        contest_until=say.day_of(sheet["contest_until"]),
        is_baseline=wave["is_baseline"],
        accent=sheet["agency"]["accent"],
        overall=next((mean for mean in means if mean.key == "overall" and mean.party == "agency"), None),
        answered=say(
            N_("%(n)s of %(population)s people answered"), n=population["answered"], population=population["invited"]
        ),
        money=_show_money(sheet, say),
        cautions=show_cautions(lines, say),
        contests=show_contests(sheet, say),
        lines=lines,
        means=means,
        trend=_show_trend(sheet, means, say),
        population=show_population(sheet, say),
        left_out=show_left_out(sheet, say),
        plans=show_plans(sheet, say),
        method=tuple(say(sentence) for sentence in METHOD),
        proof=tuple(show_proof(sealed, public_key_id(base64.b64decode(sealed.public_key)), say)),
        receipts=tuple(sheet["receipts"]),
    )


def _show_title(campaign: str, wave: str) -> str:
    """Name a wave, and its campaign before it unless the wave's own title begins with it."""
    return wave if wave.startswith(campaign) else f"{campaign} – {wave}"


def _show_money(sheet: dict[str, Any], say: Words) -> ShownMoney | None:
    bonus = sheet["bonus"]
    if bonus is None:
        return None
    labels = {line["key"]: say.pick(line["label"]) for line in sheet["lines"]}
    return show_trace(
        bonus["trace"], labels, say, is_baseline=bonus["is_baseline"], measured=measured_lines(sheet["lines"])
    )


def _show_trend(
    sheet: dict[str, Any], means: tuple[ShownMean, ...], say: Words
) -> tuple[tuple[str, Fraction | None, str], ...]:
    """Return the whole, wave after wave, this one last."""
    earlier = [(say.day(one["ends_on"]), exact(one["overall"])) for one in sheet["earlier"]]
    now = next((mean.value for mean in means if mean.key == "overall" and mean.party == "agency"), None)
    points = [*earlier, (say.day(sheet["wave"]["ends_on"]), now)]
    return tuple((day, value, say.score(value)) for day, value in points)
