"""Compare what a wave froze, its dates, its questionnaire, its agreement and its scores, with the sealed edition."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy.orm import Session

from survey_app.campaigns.models import Wave
from survey_app.score_sheets.canonical import plain
from survey_app.scores.models import Score, ScoreLevel
from survey_app.scores.queries import wave_scores

DATES = ("starts_on", "ends_on", "launched_at", "closed_at")
PROMISED = ("obligor", "measure", "weight", "threshold", "target", "is_paying")
JUDGED = ("exact", "is_breach", "state", "n_respondents", "population")


def frozen_differences(session: Session, wave: Wave, sealed: dict[str, Any]) -> Iterator[str]:
    if [plain(getattr(wave, name)) for name in DATES] != [sealed["wave"][name] for name in DATES]:
        yield "wave: its dates are not those that were sealed"
    if wave.definition_hash != sealed["questionnaire"]["hash"]:
        yield "questionnaire: it is not the one that was sealed"
    yield from _agreement_differences(wave, sealed)
    yield from _score_differences(wave_scores(session, wave), sealed)


def _agreement_differences(wave: Wave, sealed: dict[str, Any]) -> Iterator[str]:
    version = wave.agreement_version
    if version is None or version.content_hash != sealed["agreement"]["hash"]:
        yield "agreement: it is not the one that was sealed"
        return
    promised = {one.indicator_key: [plain(getattr(one, name)) for name in PROMISED] for one in version.commitments}
    for line in sealed["lines"]:
        if promised.get(line["key"]) != [line[name] for name in PROMISED]:
            yield f"agreement: {line['key']} was changed after the sheet was sealed"


def _score_differences(scores: Sequence[Score], sealed: dict[str, Any]) -> Iterator[str]:
    lines = {one.subject_key: one for one in scores if one.level is ScoreLevel.INDICATOR}
    means = {(one.subject_key, one.obligor.value): one for one in scores if one.level is not ScoreLevel.INDICATOR}
    for line in sealed["lines"]:
        if not _is_same(lines.get(line["key"]), line):
            yield f"score: {line['key']} was changed after the sheet was sealed"
    for mean in sealed["means"]:
        found = means.get((mean["key"], mean["party"]))
        if found is None or plain(found.exact) != mean["exact"]:
            yield f"mean: {mean['key']} was changed after the sheet was sealed"


def _is_same(score: Score | None, line: dict[str, Any]) -> bool:
    """Compare a line's score; bounds that the sheet keeps back are no difference."""
    if score is None:
        return False
    sealed = [line["exact"], line["is_breach"], line["state"], line["n"], line["population"]]
    bounds = all(line[name] is None or plain(getattr(score, name)) == line[name] for name in ("low", "high"))
    return bounds and [plain(getattr(score, name)) for name in JUDGED] == sealed
