"""Read facts from a table of counts: what its columns hold, and what its rows say."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from fractions import Fraction

from survey_app.agreements.models import AgreementVersion, Commitment
from survey_app.clock import local_day
from survey_app.errors import N_, Invalid
from survey_app.measurements.models import MAX_NOTE
from survey_app.measurements.queries import lines_with_facts
from survey_app.measurements.rules import CountAsked, Period, check_count, counts_asked, parse_period
from survey_app.tables.reading import Problem, Remark, Row, Table, Understood, columns_named, refuse_doubles
from survey_app.tables.rules import may_be_month_first, plain, read_day
from survey_app.validation import clean_text

MAX_ROWS = 2000


class FactColumn(StrEnum):
    """What a column of the table may hold."""

    INDICATOR = "indicator"
    COUNT = "count"
    VALUE = "value"
    DATE = "date"
    NOTE = "note"
    PERIOD = "period"


HEADINGS: Mapping[FactColumn, re.Pattern[str]] = {
    FactColumn.INDICATOR: re.compile(r"indicators?|indicateurs?|line|ligne|kpi|engagement|commitment"),
    FactColumn.COUNT: re.compile(r"counts?|decomptes?|donnees?|count name|releve|measurement"),
    FactColumn.VALUE: re.compile(r"values?|valeurs?|number|nombre|quantity|quantite|montant|amount|result|resultat"),
    FactColumn.DATE: re.compile(r"date|day|jour|counted on|compte le|date du (decompte|releve)|releve le"),
    FactColumn.NOTE: re.compile(r"(notes?|comments?|commentaires?|remarques?|source)( .*)?"),
    FactColumn.PERIOD: re.compile(r"period|periode"),
}
NEEDED = (FactColumn.INDICATOR, FactColumn.COUNT, FactColumn.VALUE)
Choice = Sequence[FactColumn | None]


@dataclass
class Gathered:
    """The counts of one line, with where they came from."""

    line: Commitment
    first_row: int
    counts: dict[str, Fraction] = field(default_factory=dict)
    observed_on: date | None = None
    notes: list[str] = field(default_factory=list)
    is_spoiled: bool = False

    def day_in(self, period: Period, now: datetime) -> date:
        """Return the day of the count: as the table says, else the nearest to today inside the period."""
        return self.observed_on or period.nearest(local_day(now, self.line.version.agreement.client.time_zone))

    @property
    def note(self) -> str:
        return "\n".join(self.notes)


def guess_columns(version: AgreementVersion, table: Table) -> list[FactColumn | None]:
    """Return what each column holds, by its heading, else by the names of lines and counts that stand in it."""
    names = _line_names(version)
    counts = {plain(name) for line in names.values() for count in counts_asked(line) for name in _names_of(count)}
    taken: list[FactColumn | None] = []
    for header in table.headers:
        taken.append(next((each for each in columns_named(HEADINGS, header) if each not in taken), None))
    for column, known in ((FactColumn.INDICATOR, {*names}), (FactColumn.COUNT, counts)):
        for place in range(len(taken)):
            values = [plain(value) for value in table.values(place)]
            if taken[place] is None and column not in taken and values and {*values} <= known:
                taken[place] = column
    return taken


def check_columns(columns: Choice) -> None:
    """Refuse a choice without what a count needs: its line, its name, its value."""
    refuse_doubles(columns)
    missing = [column.value for column in NEEDED if column not in columns]
    if missing:
        raise Invalid(
            N_(
                "One line must name the columns indicator, count and value (date and note may "
                "follow). Missing: %(names)s."
            ),
            names=", ".join(missing),
        )


def understand(version: AgreementVersion, period: Period, table: Table, columns: Choice) -> Understood[Gathered]:
    """Put the rows of each line together, and list every row that cannot be read."""
    check_columns(columns)
    places = {column: place for place, column in enumerate(columns) if column}
    if len(table.values(places[FactColumn.VALUE])) > MAX_ROWS:
        raise Invalid(N_("There are more than %(n)s rows. Send fewer at once."), n=MAX_ROWS)
    _refuse_other_period(period, table, places)
    names = _line_names(version)
    found: dict[str, Gathered] = {}
    problems: list[Problem] = []
    remarks: list[Remark] = []
    for row in table.rows:
        cells = {column: row.cell(place) for column, place in places.items()}
        faults = table.faults(row, list(places.values()))
        problems.extend(faults)
        try:
            _take(row, cells, names, found, remarks, is_faulty=bool(faults))
        except Invalid as refusal:
            is_value = (refusal.field or "").startswith("count_")
            column = table.headers[places[FactColumn.VALUE]] if is_value else ""
            problems.append(Problem(row.line, column, refusal.message, refusal.values))
    if not found and not problems:
        raise Invalid(N_("No row holds a value. Fill in the column of the values and send the table again."))
    return Understood(list(found.values()), problems, remarks)


def _refuse_other_period(period: Period, table: Table, places: Mapping[FactColumn, int]) -> None:
    """Compare what the table says of its period: a file of June is not the half-year, nor July."""
    if FactColumn.PERIOD not in places:
        return
    for text in dict.fromkeys(table.values(places[FactColumn.PERIOD])):
        if plain(text) in {plain(period.name(language)) for language in ("fr", "en")}:
            continue
        try:
            said: object = parse_period(text)
        except Invalid:
            said = text[:40]
        if not isinstance(said, Period) or said.key != period.key:
            raise Invalid(
                N_("This table is about another period: %(theirs)s, and not %(ours)s. Choose the right one."),
                theirs=said,
                ours=period,
            )


def _take(
    row: Row,
    cells: Mapping[FactColumn, str],
    names: Mapping[str, Commitment],
    found: dict[str, Gathered],
    remarks: list[Remark],
    *,
    is_faulty: bool,
) -> None:
    if not cells[FactColumn.VALUE] and not is_faulty:
        return
    line = names.get(plain(cells[FactColumn.INDICATOR]))
    if line is None:
        raise Invalid(
            N_("“%(name)s” is no line of this agreement that counts facts."), name=cells[FactColumn.INDICATOR][:60]
        )
    gathered = found.setdefault(line.indicator_key, Gathered(line, row.line))
    gathered.is_spoiled = gathered.is_spoiled or is_faulty
    if is_faulty:
        return
    try:
        _add(row, cells, gathered, remarks)
    except Invalid:
        gathered.is_spoiled = True
        raise


def _add(row: Row, cells: Mapping[FactColumn, str], gathered: Gathered, remarks: list[Remark]) -> None:
    count = _count_named(gathered.line, cells[FactColumn.COUNT])
    if count.key in gathered.counts:
        raise Invalid(N_("This count already stands on an earlier row."))
    number = gathered.counts[count.key] = check_count(count.key, cells[FactColumn.VALUE])
    if number.denominator != 1 and count.is_whole:
        told = N_("Line %(line)s: “%(count)s” is counted one by one, and %(value)s is not whole.")
        remarks.append(Remark(told, {"line": row.line, "count": count, "value": cells[FactColumn.VALUE]}))
    said = cells.get(FactColumn.DATE, "")
    if said:
        day = read_day(said)
        if gathered.observed_on not in {None, day}:
            raise Invalid(N_("The rows of this line give two dates. Write the same one on each."))
        gathered.observed_on = day
        if may_be_month_first(said):
            told = N_("Line %(line)s: “%(text)s” is read day first: %(day)s.")
            remarks.append(Remark(told, {"line": row.line, "text": said, "day": day}))
    if cells.get(FactColumn.NOTE):
        gathered.notes.append(clean_text(cells[FactColumn.NOTE], MAX_NOTE))
        clean_text(gathered.note, MAX_NOTE)


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
            if name and plain(str(name)):
                names[plain(str(name))] = line
    return names


def _names_of(count: CountAsked) -> tuple[str, str, str]:
    return count.key, count.label_fr, count.label_en


def _count_named(line: Commitment, name: str) -> CountAsked:
    for count in counts_asked(line):
        if plain(name) in {plain(each) for each in _names_of(count)}:
            return count
    known = ", ".join(count.key for count in counts_asked(line))
    raise Invalid(N_("“%(name)s” is no count of this line. Its counts are: %(known)s."), name=name[:60], known=known)
