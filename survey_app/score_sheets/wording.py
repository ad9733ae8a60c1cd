"""The sentences of a sheet: how each number was computed, for a reader with a pencil, in their language."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

from survey_app.bonuses.wording import Words as Words
from survey_app.catalogue.vocabulary import OBLIGORS as OBLIGORS
from survey_app.catalogue.vocabulary import SUBJECTS as SUBJECTS
from survey_app.errors import N_
from survey_app.measurements.rules import period_name
from survey_app.score_sheets.snapshot import exact, is_mean_of_marks
from survey_app.scores.vocabulary import STATES as STATES

MOST_MARKS = 40


def words_for(snapshot: dict[str, Any], language: str) -> Words:
    """Return the words of one sheet: its rounding, its zone and its currency are part of what was frozen."""
    bonus = snapshot["bonus"]
    return Words(
        language,
        snapshot["agreement"]["rounding_digits"],
        snapshot["client"]["time_zone"],
        bonus["currency"] if bonus else "EUR",
    )


def name_period(snapshot: dict[str, Any], say: Words) -> str:
    wave = snapshot["wave"]
    return say(N_("From %(start)s to %(end)s"), start=say.day(wave["starts_on"]), end=say.day(wave["ends_on"]))


def explain_line(
    line: dict[str, Any], facts: Sequence[dict[str, Any]], documents: Sequence[dict[str, Any]], say: Words
) -> Iterator[str]:
    """Yield the sentences that lead from what was answered and counted to a line's score and verdict."""
    score = exact(line["exact"])
    if score is None and line["marks_total"] is None:
        yield say(N_("Too few people answered for their marks to stay their own: the line is not measurable."))
        return
    if score is None:
        yield say(
            N_("No one answered this line and no fact was recorded: it is not measurable, which is neither 0 nor 10.")
        )
        return
    if line["measure"] in ("survey", "mixed") and line["n"]:
        yield from _survey_sentences(line, say)
    yield from _fact_sentences(line, facts, documents, say)
    if line["measure"] == "mixed" and line["survey_share"] is not None:
        share = Fraction(line["survey_share"]) * 100
        yield say(
            N_("The survey counts for %(share)s and the facts for %(rest)s: %(score)s."),
            share=say.percent(share),
            rest=say.percent(100 - share),
            score=say.score(score, Fraction(line["threshold"])),
        )
        yield from _silence_sentences(line, say)
    for companion in line["companions"]:
        value = exact(companion["exact"])
        yield say(
            N_("Beside the mark and no part of it: %(ratio)s, %(value)s."),
            ratio=say.pick(companion["label"]),
            value=say(N_("not measurable")) if value is None else say.percent(value),
        )
    yield _verdict_sentence(line, score, say)


def _fact_sentences(
    line: dict[str, Any], facts: Sequence[dict[str, Any]], documents: Sequence[dict[str, Any]], say: Words
) -> Iterator[str]:
    for fact in facts:
        names = fact["count_labels"]
        counts = ", ".join(
            f"{say.pick(names[key]) if key in names else key} = {say.mark(Fraction(value))}"
            for key, value in fact["counts"].items()
        )
        yield say(N_("%(period)s: %(counts)s."), period=period_name(fact["period"], say.language), counts=counts)
    for document in documents:
        yield from _document_sentences(document, say)
    if line["fact_mark"] is not None:
        sentence = (
            N_("Together they give the mark %(mark)s.")
            if documents
            else N_("The facts of the period give the mark %(mark)s.")
        )
        yield say(sentence, mark=say.score(Fraction(line["fact_mark"])))


def _survey_sentences(line: dict[str, Any], say: Words) -> Iterator[str]:
    mean, threshold = Fraction(line["survey_mark"] or line["exact"]), Fraction(line["threshold"])
    marks = [Fraction(mark) for mark in line["marks"] or ()]
    listed = " + ".join(say.mark(mark) for mark in marks) if 0 < len(marks) <= MOST_MARKS else ""
    total = say.mark(exact(line["marks_total"]) or Fraction(0))
    if not is_mean_of_marks(line):
        yield say(
            N_("%(n)s people answered; each role counts for the share that the agreement fixes: %(mean)s."),
            n=line["n"],
            mean=say.score(mean),
        )
    elif listed:
        yield say(
            N_("(%(marks)s) / %(n)s = %(total)s / %(n)s = %(mean)s."),
            marks=listed,
            n=line["n"],
            total=total,
            mean=say.score(mean, threshold),
        )
    else:
        yield say(N_("%(total)s / %(n)s = %(mean)s."), total=total, n=line["n"], mean=say.score(mean, threshold))
    if line["measure"] != "mixed":
        yield from _silence_sentences(line, say)


def _silence_sentences(line: dict[str, Any], say: Words) -> Iterator[str]:
    low, high, worst, best = (exact(line[name]) for name in ("low", "high", "worst", "best"))
    if low is None or high is None or worst is None or best is None:
        return
    missing, threshold = line["population"] - line["n"], Fraction(line["threshold"])
    if not missing:
        yield say(N_("Everyone concerned answered: the mark is exact."))
        return
    yield say(
        N_(
            "%(missing)s of %(population)s did not answer. Interval at 90%%: %(low)s to %(high)s. Had they all given"
            " 0 or 10, the mark would be %(worst)s or %(best)s."
        ),
        missing=missing,
        population=line["population"],
        low=say.score(low, threshold),
        high=say.score(high, threshold),
        worst=say.score(worst, threshold),
        best=say.score(best, threshold),
    )
    needed = exact(line["break_even"])
    if needed is not None and 0 <= needed <= 10:
        yield say(
            N_("To bring the mark to the threshold, they would have had to give %(mark)s on average."),
            mark=say.score(needed),
        )
    usual_low, usual_high = exact(line["usual_low"]), exact(line["usual_high"])
    if usual_low is not None and usual_high is not None:
        yield say(
            N_("The usual formula (Student) would give %(low)s to %(high)s."),
            low=say.score(usual_low),
            high=say.score(usual_high),
        )


def _verdict_sentence(line: dict[str, Any], score: Fraction, say: Words) -> str:
    threshold = Fraction(line["threshold"])
    values = {"score": say.score(score, threshold), "threshold": say.mark(threshold)}
    if line["is_breach"]:
        return say(
            N_("%(score)s is strictly below the threshold of %(threshold)s: an improvement plan is due."), **values
        )
    return say(N_("%(score)s is not below the threshold of %(threshold)s: no improvement plan is due."), **values)


def _document_sentences(document: dict[str, Any], say: Words) -> Iterator[str]:
    """Tell how a document stood when the sheet was sealed: its review, its end, its last test."""
    named = {"title": document["title"], "owner": document["owner"], "day": say.day(document["reviewed_on"])}
    if document["expires_on"] is None:
        yield say(N_("Document “%(title)s”, kept by %(owner)s, reviewed on %(day)s."), **named)
    else:
        yield say(
            N_("Document “%(title)s”, kept by %(owner)s, reviewed on %(day)s, in force until %(end)s."),
            end=say.day(document["expires_on"]),
            **named,
        )
    if document["tests"]:
        last = max(document["tests"], key=lambda test: str(test["tested_on"]))
        told = N_("Its test of %(day)s passed.") if last["is_passed"] else N_("Its test of %(day)s failed.")
        yield say(told, day=say.day(last["tested_on"]))
