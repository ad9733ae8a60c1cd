"""Assemble the portfolio for one reader: what the modes keep back stays blank, and no mean gives it away."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from survey_app.portfolio.queries import ClientWave, LineCell
from survey_app.portfolio.responding import ResponseRate, weigh_responses
from survey_app.portfolio.rules import Evidence, FairComparison, average_people, compare_fairly
from survey_app.scores.disclosure import Reader
from survey_app.statistics import Interval


@dataclass(frozen=True, slots=True)
class Cell:
    """One line of one client: its score where it may be shown, and how it stands in one word."""

    standing: str
    exact: Fraction | None = None
    threshold: Decimal | None = None


UNDER = frozenset({"under", "maybe_under"})
ABSENT = Cell("absent")


@dataclass(frozen=True)
class ClientRow:
    wave: ClientWave
    cells: tuple[Cell, ...]
    fair: float | None
    shows_mean: bool
    shows_flags: bool
    n_under: int
    rate: ResponseRate | None


@dataclass(frozen=True)
class Portfolio:
    """The clients, those with most lines under their threshold first."""

    indicator_keys: tuple[str, ...]
    rows: Sequence[ClientRow]
    fair: FairComparison | None
    people: Interval | None

    @property
    def standing_out(self) -> list[ClientRow]:
        """Return the clients who answer less than the others, beyond chance."""
        return [row for row in self.rows if row.rate is not None and row.rate.word == "less"]

    @property
    def needing(self) -> list[ClientRow]:
        return [row for row in self.rows if row.n_under]


def readers_by_mode(*, sees_names: bool) -> dict[str, Reader]:
    return {mode: Reader(mode, sees_names) for mode in ("named", "confidential", "anonymous")}


def assemble(
    waves: Sequence[ClientWave],
    lines: Mapping[int, Mapping[str, LineCell]],
    indicator_keys: Sequence[str],
    *,
    sees_names: bool,
    only_under: bool = False,
) -> Portfolio:
    readers = readers_by_mode(sees_names=sees_names)
    shown = {wave.client_id: readers[wave.mode].may_see_score(wave.n_fewest) for wave in waves}
    evidence = [
        Evidence(wave.client_id, wave.mean, None if wave.variance is None else Fraction(wave.variance), wave.n_rating)
        for wave in waves
        if shown[wave.client_id] and wave.mean is not None
    ]
    fair = compare_fairly(evidence)
    rates = weigh_responses([(wave.n_answered, wave.n_invited) for wave in waves])
    rows = []
    for wave, rate in zip(waves, rates, strict=True):
        own, reader = lines.get(wave.client_id, {}), readers[wave.mode]
        cells = tuple([_cell(own.get(key), reader) for key in indicator_keys])
        n_under = sum(cell.standing in UNDER for cell in cells)
        estimate = fair.estimates.get(wave.client_id) if fair else None
        shows_mean, shows_flags = shown[wave.client_id], reader.may_see_marks(wave.n_answered)
        rows.append(ClientRow(wave, cells, estimate, shows_mean, shows_flags, n_under, rate))
    kept = [row for row in rows if row.n_under or not only_under]
    ordered = sorted(kept, key=lambda row: (-row.n_under, row.wave.client_name))
    return Portfolio(tuple(indicator_keys), ordered, fair, average_people(evidence))


def _cell(line: LineCell | None, reader: Reader) -> Cell:
    """Tell how a line stands: under or above the threshold, for sure or not; nothing measured; kept back."""
    if line is None:
        return ABSENT
    if not reader.may_see_score(line.n_respondents):
        return Cell("hidden")
    if line.exact is None:
        return Cell("not_measurable")
    if line.is_breach:
        standing = "under" if line.state == "not_met" else "maybe_under"
    else:
        standing = "above" if line.state == "met" else "maybe_above"
    return Cell(standing, line.exact, line.threshold)
