"""A snapshot as people read it: the page, the PDF and the workbook say the same words because all come from here."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from survey_app.action_plans.vocabulary import STATES as PLAN_STATES
from survey_app.action_plans.vocabulary import VERDICTS
from survey_app.bonuses.wording import ShownMoney, show_trace
from survey_app.campaigns.models import Disclosure, PrivacyMode
from survey_app.campaigns.wording import promise
from survey_app.errors import N_
from survey_app.score_sheets.results import ShownLine, ShownMean, show_cautions, show_lines, show_means
from survey_app.score_sheets.signing import public_key_id
from survey_app.score_sheets.snapshot import SealedEdition, exact, measured_lines
from survey_app.score_sheets.wording import OBLIGORS, Words, name_period, words_for
from survey_app.translation import inside_sentence

STANDINGS = {
    "answered": N_("Answered"),
    "silent": N_("Did not answer"),
    "bounced": N_("Mail could not be delivered"),
    "opted_out": N_("Opted out"),
    "declined": N_("Declined to answer"),
}
LEFT_OUT = {
    "opted_out": N_("opted out earlier"),
    "dead_address": N_("address no longer valid"),
    "inactive": N_("no longer with the client"),
    "not_chosen": N_("not part of this wave"),
}
OUTCOMES = {
    "open": N_("contested, not settled"),
    "stands": N_("answered: the figure stands"),
    "set_aside": N_("answered: the line is set aside"),
    "withdrawn": N_("withdrawn"),
}
METHOD = (
    N_("Marks are put on a scale out of ten, end to end: on a scale from 1 to 5, 1 is 0 and 5 is 10."),
    N_(
        "A person's mark on a line is the mean of the questions answered on it, if at least half of those that concern"
        " them are. A line's mark is the plain mean over persons; “not applicable” takes a person out "
        "of the line, silence"
        " does not. No data is “not measurable”, never 0 and never 10."
    ),
    N_(
        "Themes and the whole are means of the measurable lines by the agreement's weights. A commitment of the client"
        " never lowers the agency's mark."
    ),
    N_(
        "Every mark is kept as an exact fraction and compared exactly with its threshold; strictly below starts an"
        " improvement plan. Rounding, half up, is for print alone, and more decimals are printed where "
        "rounding would hide"
        " a verdict."
    ),
    N_(
        "The interval at 90% says where the mark of everyone asked may lie, those who stayed silent "
        "included. It adds one"
        " imagined mark at the end of the scale and draws the missing marks from an urn (Pólya), "
        "exactly. Met: the whole"
        " interval is at or above the threshold. Not met: all of it is below. Otherwise, or when fewer "
        "than 40% answered:"
        " inconclusive."
    ),
    N_(
        "Money is computed with exact fractions and rounded once, half up, to the cent, at the end. "
        "Each cent is then given"
        " to the line or rule that it comes from, by largest remainders."
    ),
)


@dataclass(frozen=True)
class ShownPlan:
    label: str
    title: str
    verdict: str
    actions: tuple[str, ...]
    cause: str


def _show_population(snapshot: dict[str, Any], say: Words) -> tuple[tuple[str, str], ...]:
    population = snapshot["population"]
    rows = [(say(N_("People invited")), str(population["invited"]))]
    rows += [(say(STANDINGS[row["reason"]]), str(row["n"])) for row in population["rows"]]
    return tuple(rows)


def _show_left_out(snapshot: dict[str, Any], say: Words) -> tuple[str, ...]:
    """Tell who among the client's people was not asked and why, and which links were made anew."""
    population, told = snapshot["population"], []
    for reason, n in population["left_out"].items():
        told.append(say(N_("Not asked: %(n)s (%(reason)s)."), n=n, reason=say(LEFT_OUT[reason])))
    if population["address_changed"]:
        told.append(
            say(
                N_("Links made anew after an address changed: %(n)s; the first link was revoked."),
                n=population["address_changed"],
            )
        )
    told.append(_show_promise(snapshot, say))
    return tuple(told)


def _show_promise(snapshot: dict[str, Any], say: Words) -> str:
    """Quote what people were promised before they answered: who reads them, and what the client receives."""
    wave, parties = snapshot["wave"], (snapshot["agency"]["name"], snapshot["client"]["name"])
    sentences = promise(PrivacyMode(wave["mode"]), Disclosure(wave["disclosure"]), *parties, say)
    return say(N_("People were told: “%(promise)s”"), promise=" ".join(sentences))


def _show_plan(plan: dict[str, Any], say: Words) -> ShownPlan:
    verdict = (
        f"{inside_sentence(say(VERDICTS[plan['verdict']]))} – {say(plan['verdict_reason'])}"
        if plan["verdict"]
        else inside_sentence(say(PLAN_STATES[plan["state"]]))
    )
    score = exact(plan["exact"])
    title = say(
        N_("opened at %(score)s, to reach %(level)s, for %(party)s"),
        score=say.score(score, Fraction(plan["threshold"])),
        level=say.mark(Fraction(plan["success_level"])),
        party=inside_sentence(say(OBLIGORS[plan["party"]])),
    )
    actions = tuple(f"{action['title']} – {action['owner']}, {say.day(action['due_on'])}" for action in plan["actions"])
    return ShownPlan(say.pick(plan["label"]), title, verdict, actions, plan["cause"])


def _show_contest(contest: dict[str, Any], say: Words) -> str:
    told = say(
        N_("%(line)s – %(outcome)s. %(author)s, for %(party)s: %(reason)s"),
        line=say.pick(contest["label"]),
        outcome=say(OUTCOMES[contest["outcome"]]),
        author=contest["author"],
        party=inside_sentence(say(OBLIGORS[contest["party"]])),
        reason=contest["reason"],
    )
    if not contest["answer"]:
        return told
    answer = say(N_("Answer of %(who)s: %(answer)s"), who=contest["answered_by"], answer=contest["answer"])
    return f"{told} {answer}"


def _show_proof(sealed: SealedEdition, key_id: str, say: Words) -> Iterator[tuple[str, str]]:
    """Yield what lets anyone check that this sheet is the one that was signed."""
    sheet = sealed.snapshot
    agreement, asked = sheet["agreement"], sheet["questionnaire"]
    edition = say(N_("edition %(number)s"), number=sheet["edition"])
    version = say(N_("version %(number)s"), number=agreement["version"])
    yield say(N_("Reference")), f"{sheet['reference']}, {edition}"
    yield say(N_("Sealed figures (SHA-256)")), sealed.sha256
    yield say(N_("Signature (Ed25519)")), sealed.signature
    yield say(N_("Public key")), f"{sealed.public_key} ({key_id})"
    yield say(N_("Head of the audit log")), sheet["audit_head"]
    yield say(N_("Agreement")), f"{agreement['title']}, {version}, {agreement['hash']}"
    yield say(N_("Questionnaire")), f"{asked['key']}@{asked['version']}, {asked['hash']}"
    if sheet["supersedes"]:
        yield say(N_("Replaces the edition")), sheet["supersedes"]


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
    overall = next((mean for mean in means if mean.key == "overall" and mean.party == "agency"), None)
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
        overall=overall,
        answered=say(
            N_("%(n)s of %(population)s people answered"), n=population["answered"], population=population["invited"]
        ),
        money=_show_money(sheet, say),
        cautions=show_cautions(lines, say),
        contests=tuple(_show_contest(contest, say) for contest in sheet["contests"]),
        lines=lines,
        means=means,
        trend=_show_trend(sheet, overall, say),
        population=_show_population(sheet, say),
        left_out=_show_left_out(sheet, say),
        plans=tuple(_show_plan(plan, say) for plan in sheet["plans"]),
        method=tuple(say(sentence) for sentence in METHOD),
        proof=tuple(_show_proof(sealed, public_key_id(base64.b64decode(sealed.public_key)), say)),
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
    sheet: dict[str, Any], overall: ShownMean | None, say: Words
) -> tuple[tuple[str, Fraction | None, str], ...]:
    """Return the whole, wave after wave, this one last."""
    earlier = [(say.day(one["ends_on"]), exact(one["overall"])) for one in sheet["earlier"]]
    points = [*earlier, (say.day(sheet["wave"]["ends_on"]), overall.value if overall else None)]
    return tuple((day, value, say.score(value)) for day, value in points)
