"""Draw the results of a wave: each chart with the table of what it shows."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction

from flask_babel import gettext, pgettext

from survey_app.catalogue.vocabulary import SUBJECTS
from survey_app.charts.course import Level, Move, Stop, draw_course, draw_moves
from survey_app.charts.files import Figure, Table
from survey_app.charts.wave import Spoke, Strip, draw_radar, draw_strip
from survey_app.formats import format_number, format_percent, format_score
from survey_app.scores.changes import LineMove, Moves
from survey_app.scores.results import LineResult, MeanResult, WaveResults
from survey_app.scores.vocabulary import STATES, VERDICTS

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
    beside = _beside(line, language, digits)
    rows = [
        (gettext("Score"), beside(line.score.exact)),
        (gettext("Threshold"), short(line.score.threshold or 0, language)),
        (gettext("Interval, low end"), beside(line.low)),
        (gettext("Interval, high end"), beside(line.high)),
    ]
    if line.outlook:
        rows += [
            (gettext("Worst case"), beside(line.outlook.worst_low)),
            (gettext("Best case"), beside(line.outlook.worst_high)),
            (gettext("Break-even"), format_score(line.outlook.break_even, language, None, digits)),
        ]
    if line.baseline:
        rows.append((gettext("Reference measure"), beside(line.baseline.exact)))
    rows += [
        (gettext("Mark") if n == 1 else gettext("Mark of %(num)s people", num=n), format_score(mark, language))
        for mark, n in sorted(Counter(line.marks).items())
    ]
    return Table((gettext("What"), gettext("Out of 10")), rows)


def _beside(line: LineResult, language: str, digits: int) -> Callable[[Fraction | Decimal | None], str]:
    """Return the way to print a figure of this line: never on the other side of its threshold."""
    return lambda value: format_score(value, language, line.score.threshold, digits)


def course_figure(
    key: str, title: str, shown: LineResult | MeanResult | None, language: str, digits: int
) -> Figure | None:
    """Draw a score from wave to wave; one wave alone has no course."""
    if shown is None or not shown.is_shown or sum(past.exact is not None for past in shown.course) < 2:
        return None
    threshold, reference = shown.score.threshold, shown.baseline.exact if shown.baseline else None
    stops, rows = [], []
    for past in shown.course:
        wave, printed = wave_label(past.ends_on), format_score(past.exact, language, threshold, 1)
        stops.append(Stop(wave, _float(past.exact), printed, _float(past.low), _float(past.high)))
        figures = (past.exact, past.low, past.high)
        rows.append((wave, *(format_score(figure, language, threshold, digits) for figure in figures)))
    levels = [] if threshold is None else [Level(float(threshold), short(threshold, language))]
    if reference is not None:
        levels.append(Level(float(reference), gettext("ref."), "baseline"))
    header = (gettext("Wave"), gettext("Score"), gettext("Interval, low end"), gettext("Interval, high end"))
    return Figure(key, title, draw_course(title, stops, levels), Table(header, rows))


def themes_figure(themes: Sequence[MeanResult], language: str, digits: int) -> Figure | None:
    """Draw the themes as a polygon over the reference; fewer than three make no shape."""
    spokes, rows = [], []
    for mean in themes:
        if mean.is_shown and mean.score.exact is not None:
            key, before = mean.score.subject_key, mean.baseline.exact if mean.baseline else None
            label = str(SUBJECTS.get(key, key))
            printed = format_score(mean.score.exact, language, None, digits)
            spokes.append(Spoke(label, float(mean.score.exact), printed, _float(before)))
            rows.append((label, printed, format_score(before, language, None, digits)))
    if len(spokes) < LEAST_SPOKES:
        return None
    title = gettext("Score of each theme, out of 10")
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
            move.verdict in ("up", "down"),
        )
        for move in moves.lines
    ]
    header = (gettext("Indicator"), gettext("Before"), gettext("Now"), *_change_header())
    rows = [_move_row(move, language, digits) for move in moves.lines]
    return Figure("moves", title, draw_moves(title, drawn), Table(header, rows))


def _change_header() -> tuple[str, ...]:
    change = pgettext("difference between two scores", "Change")
    return change, gettext("Same people"), gettext("Panel"), gettext("What may be said")


def _move_row(move: LineMove, language: str, digits: int) -> tuple[str, ...]:
    beside = _beside(move.line, language, digits)
    return (
        move.line.label,
        beside(move.before),
        beside(move.after),
        signed(move.change, language),
        signed(move.split.same, language) if move.split else "–",
        signed(move.split.panel, language) if move.split else "–",
        str(VERDICTS[move.verdict]),
    )


def wave_figures(results: WaveResults, moves: Moves | None, language: str) -> dict[str, Figure]:
    """Return every chart of the page by its key, with the decimals that the agreement says."""
    digits = results.digits
    title = gettext("Overall score, wave after wave")
    found = [
        themes_figure(results.themes, language, digits),
        moves_figure(moves, language, digits),
        course_figure("course-overall", title, results.overall, language, digits),
    ]
    for line in results.lines:
        title = gettext("%(label)s, wave after wave", label=line.label)
        found.append(line_figure(line, language, digits))
        found.append(course_figure(f"course-{line.score.subject_key}", title, line, language, digits))
    return {figure.key: figure for figure in found if figure is not None}


def lines_table(results: WaveResults, moves: Moves | None, language: str) -> Table:
    """Return every line of the page as one table to copy or to open in a spreadsheet, what moved included."""
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
        gettext("Before"),
        *_change_header(),
    )
    by_line = {move.line.score.subject_key: move for move in moves.lines} if moves else {}
    rows = []
    for line in results.lines:
        move = by_line.get(line.score.subject_key)
        # Its name and where it is now are in the row already.
        _, before, _, *change = _move_row(move, language, results.digits) if move else ("–",) * 7
        rows.append((*_line_row(line, language, results.digits), before, *change))
    return Table(header, rows)


def _line_row(line: LineResult, language: str, digits: int) -> tuple[str, ...]:
    score, outlook, beside = line.score, line.outlook, _beside(line, language, digits)
    facts, satisfied = line.facts if line.is_shown else None, line.satisfied
    shares = (satisfied.share, satisfied.low, satisfied.high) if satisfied else ()
    return (
        line.label,
        str(SUBJECTS.get(line.theme, line.theme)),
        beside(score.exact if line.is_shown else None),
        short(score.threshold or 0, language),
        str(STATES[line.state]),
        str(score.n_respondents),
        str(score.population),
        beside(line.low),
        beside(line.high),
        beside(outlook.worst_low if outlook else None),
        beside(outlook.worst_high if outlook else None),
        format_score(outlook.break_even if outlook else None, language, None, digits),
        beside(line.baseline.exact if line.baseline else None),
        (facts.value if facts else "") or "–",
        ", ".join(each.period for each in (facts.periods if facts else ())) or "–",
        *(tuple(format_percent(share, language) for share in shares) or ("–", "–", "–")),
    )


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
