"""Judge the portfolio for one reader: how each line stands, who answers less, and what the modes keep back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from survey_app.scores.disclosure import Reader
from survey_app.statistics import Interval, proportion_difference, proportion_interval, weighted_mean

LEAST_CLIENTS = 3
ERROR = 0.05


class LineCell(NamedTuple):
    """The last score of one line of one client."""

    exact: Fraction | None
    threshold: Decimal | None
    state: str
    is_breach: bool
    n_respondents: int


@dataclass(frozen=True)
class ClientWave:
    """A client's last closed wave in one row."""

    client_id: int
    client_name: str
    wave_id: int
    ends_on: date
    mode: str
    n_invited: int
    n_answered: int
    n_rating: int
    n_flagged: int
    n_fewest: int
    mean: Fraction | None


@dataclass(frozen=True, slots=True)
class Cell:
    """One line of one client: its score where it may be shown, and how it stands in one word."""

    standing: str
    exact: Fraction | None = None
    threshold: Decimal | None = None


UNDER = frozenset({"under", "maybe_under"})
ABSENT = Cell("absent")


@dataclass(frozen=True, slots=True)
class ResponseRate:
    """A client's response rate; `word` says less or more than the others where chance hardly explains it.

    The more clients are looked at together, the harder it is to stand out (Bonferroni).
    """

    share: Fraction
    low: float
    high: float
    gap: Fraction | None = None
    word: str = ""


@dataclass(frozen=True)
class ClientRow:
    """One client of the portfolio, with what this reader may see of it."""

    wave: ClientWave
    cells: tuple[Cell, ...]
    shows_mean: bool
    shows_flags: bool
    n_under: int
    rate: ResponseRate | None


@dataclass(frozen=True)
class Portfolio:
    """The clients, those with most lines under their threshold first."""

    indicator_keys: tuple[str, ...]
    rows: Sequence[ClientRow]
    people: Interval | None

    @property
    def standing_out(self) -> list[ClientRow]:
        """Return the clients who answer less than the others, beyond chance."""
        return [row for row in self.rows if row.rate is not None and row.rate.word == "less"]

    @property
    def needing(self) -> list[ClientRow]:
        return [row for row in self.rows if row.n_under]


def assemble(
    waves: Sequence[ClientWave],
    lines: Mapping[int, Mapping[str, LineCell]],
    indicator_keys: Sequence[str],
    *,
    sees_names: bool,
    only_under: bool = False,
) -> Portfolio:
    """Judge every client; what its mode keeps back from this reader stays blank, and no mean gives it away."""
    readers = {mode: Reader(mode, sees_names) for mode in {wave.mode for wave in waves}}
    rates = weigh_responses([(wave.n_answered, wave.n_invited) for wave in waves])
    rows = []
    for wave, rate in zip(waves, rates, strict=True):
        own, reader = lines.get(wave.client_id, {}), readers[wave.mode]
        cells = tuple([_cell(own.get(key), reader) for key in indicator_keys])
        n_under = sum(cell.standing in UNDER for cell in cells)
        shows_mean, shows_flags = reader.may_see_score(wave.n_fewest), reader.may_see_marks(wave.n_answered)
        rows.append(ClientRow(wave, cells, shows_mean, shows_flags, n_under, rate))
    kept = [row for row in rows if row.n_under or not only_under]
    ordered = sorted(kept, key=lambda row: (-row.n_under, row.wave.client_name))
    shown = [(row.wave.mean, row.wave.n_rating) for row in rows if row.shows_mean and row.wave.mean is not None]
    return Portfolio(tuple(indicator_keys), ordered, average_people(shown))


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


def average_people(clients: Sequence[tuple[Fraction, int]]) -> Interval | None:
    """Average over all people, with how far other clients like these could move it: a client is drawn whole.

    Each client's mean weighs by its people; None where too few clients answered, or where they do not differ.
    """
    if len(clients) < LEAST_CLIENTS:
        return None
    found = weighted_mean([mean for mean, _ in clients], [n for _, n in clients])
    return found if found.se else None


def weigh_responses(counts: Sequence[tuple[int, int]]) -> list[ResponseRate | None]:
    """Compare each client's people answered of people asked with all other clients together."""
    answered, asked = sum(n for n, _ in counts), sum(total for _, total in counts)
    level = 1 - ERROR / max(len(counts), 1)
    return [_weigh(n, total, answered - n, asked - total, level) for n, total in counts]


def _weigh(n: int, total: int, n_others: int, total_others: int, level: float) -> ResponseRate | None:
    if not total:
        return None
    share, likely = Fraction(n, total), proportion_interval(n, total)
    if not total_others:
        return ResponseRate(share, likely.low, likely.high)
    apart = proportion_difference(n, total, n_others, total_others, level)
    word = "less" if apart.high < 0 else "more" if apart.low > 0 else ""
    return ResponseRate(share, likely.low, likely.high, share - Fraction(n_others, total_others), word)
