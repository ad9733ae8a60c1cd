"""Import a table of counts: every wrong row is told with its line, and then nothing is taken."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction

from sqlalchemy.orm import Session

from survey_app.agreements.models import Agreement, AgreementVersion, Commitment
from survey_app.catalogue.searching import fold
from survey_app.clock import local_day
from survey_app.errors import N_, Invalid
from survey_app.measurements.models import MAX_NOTE, Measurement
from survey_app.measurements.periods import Period
from survey_app.measurements.queries import lines_with_facts
from survey_app.measurements.rules import check_count, counts_asked
from survey_app.measurements.service import record_measurement
from survey_app.measurements.tables import Row
from survey_app.validation import check_day, clean_text


@dataclass(frozen=True)
class RowProblem:
    """What is wrong with one row; row 0 stands for the table."""

    number: int
    refusal: Invalid


class BadTable(Invalid):
    """A table with at least one wrong row."""

    def __init__(self, problems: Sequence[RowProblem]) -> None:
        super().__init__(N_("Nothing was imported: correct the rows below and send the table again."), field="table")
        self.problems = list(problems)


@dataclass
class Gathered:
    """The counts of one line, with where they came from."""

    line: Commitment
    first_row: int
    counts: dict[str, Fraction] = field(default_factory=dict)
    observed_on: date | None = None
    notes: list[str] = field(default_factory=list)
    is_spoiled: bool = False


def import_rows(
    session: Session,
    agreement: Agreement,
    version: AgreementVersion,
    period: Period,
    rows: Sequence[Row],
    actor: str,
    now: datetime,
    source: str,
    follow: Callable[[Sequence[Gathered]], Iterable[Gathered]] = iter,
) -> list[Measurement]:
    """Enter the facts of a period from a table, all of them or none; `follow` sees how far that is."""
    gathered, problems = gather(version, period, rows)
    written: list[Measurement] = []
    usual_day = min(period.ends_on, max(period.starts_on, local_day(now, agreement.client.time_zone)))
    # A line with a wrong row is told once: what else it lacks may be on that row.
    for each in follow([one for one in gathered.values() if not one.is_spoiled]):
        try:
            written.append(
                record_measurement(
                    session,
                    agreement,
                    each.line.indicator_key,
                    period,
                    each.counts,
                    each.observed_on or usual_day,
                    actor,
                    now,
                    note="\n".join(each.notes)[:MAX_NOTE],
                    source=source,
                )
            )
        except Invalid as refusal:
            problems.append(RowProblem(each.first_row, refusal))
    if problems:
        raise BadTable(sorted(problems, key=lambda problem: problem.number))
    return written


def gather(
    version: AgreementVersion, period: Period, rows: Sequence[Row]
) -> tuple[Mapping[str, Gathered], list[RowProblem]]:
    """Put the rows of each line together, and list every row that cannot be read."""
    names = _line_names(version)
    found: dict[str, Gathered] = {}
    problems: list[RowProblem] = []
    for row in rows:
        try:
            _take(row, names, found)
        except Invalid as refusal:
            problems.append(RowProblem(row.number, refusal))
    return found, problems


def _take(row: Row, names: Mapping[str, Commitment], found: dict[str, Gathered]) -> None:
    cells: dict[str, str] = defaultdict(str, row.cells)
    if not cells["value"]:
        return
    line = names.get(fold(cells["indicator"]))
    if line is None:
        raise Invalid(N_("“%(name)s” is no line of this agreement that counts facts."), name=cells["indicator"][:60])
    gathered = found.setdefault(line.indicator_key, Gathered(line, row.number))
    try:
        _add(cells, gathered)
    except Invalid:
        gathered.is_spoiled = True
        raise


def _add(cells: Mapping[str, str], gathered: Gathered) -> None:
    key = _count_key(gathered.line, cells["count"])
    if key in gathered.counts:
        raise Invalid(N_("This count already stands on an earlier row."))
    gathered.counts[key] = check_count(key, cells["value"])
    if cells["date"]:
        gathered.observed_on = read_day(cells["date"])
    if cells["note"]:
        gathered.notes.append(clean_text(cells["note"], MAX_NOTE))


def _line_names(version: AgreementVersion) -> dict[str, Commitment]:
    """Return every name that people may write for a line: key, reference, label in either language."""
    names: dict[str, Commitment] = {}
    for line in lines_with_facts(version):
        definition = line.definition
        for name in (
            line.indicator_key,
            definition.get("reference"),
            definition.get("label_fr"),
            definition.get("label_en"),
        ):
            if name and name != "+":
                names[fold(str(name))] = line
    return names


def _count_key(line: Commitment, name: str) -> str:
    for count in counts_asked(line):
        if fold(name) in {fold(count.key), fold(count.label_fr), fold(count.label_en)}:
            return count.key
    known = ", ".join(count.key for count in counts_asked(line))
    raise Invalid(N_("“%(name)s” is no count of this line. Its counts are: %(known)s."), name=name[:60], known=known)


def read_day(text: str) -> date:
    """Read a day as 2026-06-30 or 30/06/2026."""
    for pattern in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            day = datetime.strptime(text, pattern).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
        return check_day(day)
    raise Invalid(N_("“%(text)s” is not a date. Write it like 2026-06-30 or 30/06/2026."), text=text[:40])
