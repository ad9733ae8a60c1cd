"""Draw the results of a wave: each chart with the table of what it shows."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction

from flask_babel import gettext, pgettext

from survey_app.charts.course import Level, Move, Stop, draw_course, draw_moves
from survey_app.charts.files import Figure, Table
from survey_app.charts.wave import Spoke, Strip, draw_radar, draw_strip
from survey_app.formats import format_number, format_percent, format_score
from survey_app.scores.breakdown import Satisfied
from survey_app.scores.changes import LineMove, Moves
from survey_app.scores.queries import PastScore
from survey_app.scores.results import LineResult, MeanResult, WaveResults
from survey_app.scores.vocabulary import STATES, SUBJECTS, VERDICTS

LEAST_SPOKES = 3
MINUS = "−"


def line_figure(line: LineResult, language: str, digits: int) -> Figure | None:
    """Draw the marks of one line on the scale, with interval, threshold and reference."""
    score = line.score
    if not line.is_shown or score.exact is None or score.threshold is None:
        return None
    baseline = line.baseline.exact if line.baseline else None
    strip = Strip(
        title=gettext(
            "%(label)s: score %(score)s out of 10, threshold %(threshold)s",
            label=line.label,
            score=format_score(score.exact, language, score.threshold, digits),
            threshold=short(score.threshold, language),
        ),
        threshold=float(score.threshold),
        threshold_label=short(score.threshold, language),
        score=float(score.exact),
        low=_float(line.low),
        high=_float(line.high),
        marks=tuple(float(mark) for mark in line.marks),
        worst_low=_float(line.outlook.worst_low) if line.outlook else None,
        worst_high=_float(line.outlook.worst_high) if line.outlook else None,
        baseline=_float(baseline),
    )
    return Figure(f"line-{score.subject_key}", line.label, draw_strip(strip), _marks_table(line, language, digits))


def _marks_table(line: LineResult, language: str, digits: int) -> Table:
    score = line.score

    def beside_threshold(value: Fraction | Decimal | None) -> str:
        return format_score(value, language, score.threshold, digits)

    rows = [
        (gettext("Score"), beside_threshold(score.exact)),
        (gettext("Threshold"), short(score.threshold or 0, language)),
        (gettext("Interval, low end"), beside_threshold(line.low)),
        (gettext("Interval, high end"), beside_threshold(line.high)),
    ]
    if line.outlook:
        rows += [
            (gettext("Worst case"), beside_threshold(line.outlook.worst_low)),
            (gettext("Best case"), beside_threshold(line.outlook.worst_high)),
            (gettext("Break-even"), format_score(line.outlook.break_even, language, None, digits)),
        ]
    if line.baseline:
        rows.append((gettext("Reference measure"), beside_threshold(line.baseline.exact)))
    rows += [
        (gettext("Mark") if n == 1 else gettext("Mark of %(num)s people", num=n), format_score(mark, language))
        for mark, n in sorted(Counter(line.marks).items())
    ]
    return Table((gettext("What"), gettext("Out of 10")), rows)


def course_figure(
    key: str,
    title: str,
    course: Sequence[PastScore],
    language: str,
    digits: int,
    threshold: Decimal | None,
    baseline: PastScore | None,
) -> Figure | None:
    """Draw a score from wave to wave; one wave alone has no course."""
    if len(course) < 2 or sum(past.exact is not None for past in course) < 2:
        return None
    stops = [
        Stop(
            wave_label(past.ends_on),
            _float(past.exact),
            format_score(past.exact, language, threshold, 1),
            _float(past.low),
            _float(past.high),
        )
        for past in course
    ]
    levels = []
    if threshold is not None:
        levels.append(Level(float(threshold), short(threshold, language)))
    if baseline is not None and baseline.exact is not None:
        levels.append(Level(float(baseline.exact), gettext("ref."), "baseline"))
    rows = [
        (
            wave_label(past.ends_on),
            format_score(past.exact, language, threshold, digits),
            format_score(past.low, language, threshold, digits),
            format_score(past.high, language, threshold, digits),
        )
        for past in course
    ]
    header = (gettext("Wave"), gettext("Score"), gettext("Interval, low end"), gettext("Interval, high end"))
    return Figure(key, title, draw_course(title, stops, levels), Table(header, rows))


def themes_figure(themes: Sequence[MeanResult], language: str, digits: int) -> Figure | None:
    """Draw the themes as a polygon over the reference; fewer than three make no shape."""
    shown = [mean for mean in themes if mean.is_shown and mean.score.exact is not None]
    if len(shown) < LEAST_SPOKES:
        return None
    spokes = [
        Spoke(
            str(SUBJECTS.get(mean.score.subject_key, mean.score.subject_key)),
            _float(mean.score.exact),
            format_score(mean.score.exact, language, None, digits),
            _float(mean.baseline.exact) if mean.baseline else None,
        )
        for mean in shown
    ]
    title = gettext("Score of each theme, out of 10")
    rows = [
        (
            spoke.label,
            spoke.value_label,
            format_score(mean.baseline.exact if mean.baseline else None, language, None, digits),
        )
        for spoke, mean in zip(spokes, shown, strict=True)
    ]
    header = (gettext("Theme"), gettext("Score"), gettext("Reference measure"))
    return Figure("themes", title, draw_radar(title, spokes), Table(header, rows))


def moves_figure(moves: Moves | None, language: str, digits: int) -> Figure | None:
    """Draw where each line was and where it is."""
    if moves is None:
        return None
    title = gettext("What moved since “%(title)s”", title=moves.since.title)
    drawn = [
        Move(
            move.line.label,
            float(move.before),
            float(move.after),
            signed(move.change, language),
            move.verdict.word in ("up", "down"),
        )
        for move in moves.lines
    ]
    rows = [_move_row(move, language, digits) for move in moves.lines]
    return Figure("moves", title, draw_moves(title, drawn), Table(_move_header(), rows))


def _move_header() -> tuple[str, ...]:
    return (
        gettext("Indicator"),
        gettext("Before"),
        gettext("Now"),
        pgettext("difference between two scores", "Change"),
        gettext("Same people"),
        gettext("Panel"),
        gettext("What may be said"),
    )


def _move_row(move: LineMove, language: str, digits: int) -> tuple[str, ...]:
    return (
        move.line.label,
        format_score(move.before, language, move.line.score.threshold, digits),
        format_score(move.after, language, move.line.score.threshold, digits),
        signed(move.change, language),
        signed(move.split.same, language) if move.split else "–",
        signed(move.split.panel, language) if move.split else "–",
        str(VERDICTS[move.verdict.word]),
    )


def wave_figures(results: WaveResults, moves: Moves | None, language: str) -> dict[str, Figure]:
    """Return every chart of the page by its key, with the decimals that the agreement says."""
    digits = results.digits
    found: list[Figure | None] = [
        themes_figure(results.themes, language, digits),
        moves_figure(moves, language, digits),
    ]
    overall = results.overall
    if overall is not None and overall.is_shown:
        title = gettext("Overall score, wave after wave")
        found.append(course_figure("course-overall", title, overall.course, language, digits, None, overall.baseline))
    for line in results.lines:
        found.append(line_figure(line, language, digits))
        if line.is_shown:
            title = gettext("%(label)s, wave after wave", label=line.label)
            key = f"course-{line.score.subject_key}"
            threshold = line.score.threshold
            found.append(course_figure(key, title, line.course, language, digits, threshold, line.baseline))
    return _by_key(found)


def _by_key(figures: Iterable[Figure | None]) -> dict[str, Figure]:
    return {figure.key: figure for figure in figures if figure is not None}


def lines_table(results: WaveResults, moves: Moves | None, language: str) -> Table:
    """Return every line of the page as one table to copy or to open in a spreadsheet, what moved included."""
    _, before, _, *change = _move_header()
    header = (
        gettext("Indicator"),
        gettext("Theme"),
        gettext("Score"),
        gettext("Threshold"),
        gettext("State"),
        gettext("Answered"),
        gettext("Asked"),
        gettext("Interval, low end"),
        gettext("Interval, high end"),
        gettext("Worst case"),
        gettext("Best case"),
        gettext("Break-even"),
        gettext("Reference measure"),
        gettext("Fact"),
        gettext("Counted over"),
        gettext("Satisfied people"),
        gettext("Satisfied, low end"),
        gettext("Satisfied, high end"),
        before,
        *change,
    )
    by_line = {move.line.score.subject_key: move for move in moves.lines} if moves else {}
    rows = [
        (
            *_line_row(line, language, results.digits),
            *_change_cells(by_line.get(line.score.subject_key), language, results.digits),
        )
        for line in results.lines
    ]
    return Table(header, rows)


def _line_row(line: LineResult, language: str, digits: int) -> tuple[str, ...]:
    score, shown, outlook = line.score, line.is_shown, line.outlook

    def beside_threshold(value: Fraction | Decimal | None) -> str:
        return format_score(value, language, score.threshold, digits)

    return (
        line.label,
        str(SUBJECTS.get(line.theme, line.theme)),
        beside_threshold(score.exact if shown else None),
        short(score.threshold or 0, language),
        str(STATES[line.state]),
        str(score.n_respondents),
        str(score.population),
        beside_threshold(line.low),
        beside_threshold(line.high),
        beside_threshold(outlook.worst_low if outlook else None),
        beside_threshold(outlook.worst_high if outlook else None),
        format_score(outlook.break_even if outlook else None, language, None, digits),
        beside_threshold(line.baseline.exact if line.baseline else None),
        line.facts.value if shown and line.facts and line.facts.value else "–",
        ", ".join(each.period for each in line.facts.periods) if shown and line.facts and line.facts.periods else "–",
        *_satisfied_cells(line.satisfied, language),
    )


def _change_cells(move: LineMove | None, language: str, digits: int) -> tuple[str, ...]:
    if move is None:
        return ("–",) * 5
    _, before, _, *change = _move_row(move, language, digits)
    return before, *change


def _satisfied_cells(satisfied: Satisfied | None, language: str) -> tuple[str, ...]:
    if satisfied is None:
        return ("–", "–", "–")
    return tuple(format_percent(share, language) for share in (satisfied.share, satisfied.low, satisfied.high))


def wave_label(ends_on: date) -> str:
    return f"{ends_on:%m/%y}"


def short(value: Fraction | Decimal | int, language: str) -> str:
    """Write a number as people say it, 7 or 7,5, with three decimals at most: a threshold loses none."""
    digits = next((n for n in range(3) if (Fraction(value) * 10**n).denominator == 1), 3)
    return format_number(value, digits, language)


def signed(value: Fraction, language: str, digits: int = 2) -> str:
    """Write a change with its sign."""
    text = format_number(value, digits, language)
    if text.startswith("-"):
        return text.replace("-", MINUS)
    return f"+{text}" if text.strip("0,.") else text


def _float(value: Fraction | Decimal | None) -> float | None:
    return None if value is None else float(value)
