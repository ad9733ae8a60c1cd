"""Assemble the portfolio for one reader: what the modes keep back stays blank, and no mean gives it away."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from survey_app.portfolio.queries import ClientWave, LineCell
from survey_app.portfolio.rules import Evidence, FairComparison, compare_fairly
from survey_app.scores.disclosure import Reader


@dataclass(frozen=True)
class Cell:
    """One line of one client: its score where it may be shown, and how it stands."""

    line: LineCell | None
    is_shown: bool = True

    @property
    def standing(self) -> str:
        """Tell in one word: under or above the threshold, for sure or not; nothing measured; kept back."""
        if self.line is None:
            return "absent"
        if not self.is_shown:
            return "hidden"
        if self.line.exact is None:
            return "not_measurable"
        if self.line.is_breach:
            return "under" if self.line.state == "not_met" else "maybe_under"
        return "above" if self.line.state == "met" else "maybe_above"


@dataclass(frozen=True)
class ClientRow:
    wave: ClientWave
    cells: tuple[Cell, ...]
    fair: float | None
    shows_mean: bool

    @property
    def n_under(self) -> int:
        return sum(cell.standing in ("under", "maybe_under") for cell in self.cells)

    @property
    def response_rate(self) -> Fraction | None:
        return Fraction(self.wave.n_answered, self.wave.n_invited) if self.wave.n_invited else None


@dataclass(frozen=True)
class Portfolio:
    """The clients, those with most lines under their threshold first."""

    indicator_keys: tuple[str, ...]
    rows: Sequence[ClientRow]
    fair: FairComparison | None

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
    readers = {mode: Reader(mode, sees_names) for mode in ("named", "confidential", "anonymous")}
    shown = {wave.client_id: readers[wave.mode].may_see_score(wave.n_fewest) for wave in waves}
    evidence = [
        Evidence(wave.client_id, wave.mean, None if wave.variance is None else Fraction(wave.variance), wave.n_rating)
        for wave in waves
        if shown[wave.client_id] and wave.mean is not None
    ]
    fair = compare_fairly(evidence)
    rows = [
        ClientRow(
            wave,
            tuple(_cell(lines.get(wave.client_id, {}).get(key), readers[wave.mode]) for key in indicator_keys),
            fair.estimates.get(wave.client_id) if fair else None,
            shown[wave.client_id],
        )
        for wave in waves
    ]
    kept = [row for row in rows if row.n_under or not only_under]
    return Portfolio(tuple(indicator_keys), sorted(kept, key=lambda row: (-row.n_under, row.wave.client_name)), fair)


def _cell(line: LineCell | None, reader: Reader) -> Cell:
    return Cell(line, line is None or reader.may_see_score(line.n_respondents))
