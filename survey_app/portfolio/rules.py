"""Compare clients of unequal evidence, find what is out of the ordinary, and say when data are too few."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from survey_app.statistics import Interval, control_limits, relative_weights, shrink, weighted_mean

LEAST_WAVES = 8
LEAST_CLIENTS = 3
LEAST_RESPONDENTS = 100
# A subject that fewer people than this answered would drop too many others from the analysis.
LEAST_COVERAGE = Fraction(80, 100)


@dataclass(frozen=True)
class Evidence:
    """What one client's last wave says: a mean over people, and how many they are."""

    client_id: int
    mean: Fraction
    variance: Fraction | None
    n: int


@dataclass(frozen=True)
class FairComparison:
    """Each client's estimate drawn towards the common mean, the more so the fewer people answered."""

    estimates: Mapping[int, float]
    mean: float
    tells_apart: bool


def compare_fairly(evidence: Sequence[Evidence]) -> FairComparison | None:
    """Shrink the means by their pooled variance; None where there is nothing to compare or no spread to go by."""
    degrees = sum(one.n - 1 for one in evidence if one.variance is not None)
    within = sum(((one.n - 1) * one.variance for one in evidence if one.variance is not None), Fraction(0))
    if len(evidence) < 2 or not degrees or not within:
        return None
    pooled = float(within / degrees)
    found = shrink([float(one.mean) for one in evidence], [pooled / one.n for one in evidence])
    estimates = {one.client_id: float(value) for one, value in zip(evidence, found.estimates, strict=True)}
    return FairComparison(estimates, float(found.mean), found.tau2 > 0)


def average_people(evidence: Sequence[Evidence]) -> Interval | None:
    """Average over all people, with how far other clients like these could move it: a client is drawn whole.

    Each client's mean weighs by its people; None where too few clients answered, or where they do not differ.
    """
    if len(evidence) < LEAST_CLIENTS:
        return None
    found = weighted_mean([one.mean for one in evidence], [one.n for one in evidence])
    return found if found.se else None


@dataclass(frozen=True)
class Stability:
    """A series of scores with its natural limits; a signal lies outside them."""

    center: float
    low: float
    high: float
    signals: tuple[int, ...]


def watch_stability(values: Sequence[Fraction]) -> Stability | None:
    """Return the limits of a series of at least eight waves: with fewer, false alarms are too many."""
    if len(values) < LEAST_WAVES:
        return None
    limits = control_limits(values)
    signals = tuple(place for place, value in enumerate(values) if not limits.low <= float(value) <= limits.high)
    return Stability(limits.center, limits.low, limits.high, signals)


@dataclass(frozen=True)
class Driver:
    """How much a subject weighs in the recommendation, and how well it is served."""

    indicator_key: str
    importance: float
    performance: Fraction


@dataclass(frozen=True)
class Drivers:
    """What explains the recommendation; empty where data are too few, with the number there is."""

    n: int
    r_squared: float
    drivers: tuple[Driver, ...]

    @property
    def is_counted_enough(self) -> bool:
        """Tell whether people are many enough: what is still not shown then cannot be weighed."""
        return self.n >= LEAST_RESPONDENTS

    @property
    def is_shown(self) -> bool:
        return bool(self.drivers)

    @property
    def explained(self) -> Fraction:
        """Return the share of the recommendation that the subjects explain, to print."""
        return Fraction(round(self.r_squared * 100), 100)


def find_drivers(scores: Mapping[int, Mapping[str, Fraction]], outcomes: Mapping[int, Fraction]) -> Drivers:
    """Weigh the subjects by what they explain of the recommendation, over the people who answered all of them."""
    asked = [who for who in outcomes if who in scores]
    keys = _covered(scores, asked)
    complete = [who for who in asked if all(key in scores[who] for key in keys)]
    if len(complete) < LEAST_RESPONDENTS or not keys:
        return Drivers(len(complete), 0.0, ())
    keys = [key for key in keys if len({scores[who][key] for who in complete}) > 1]
    try:
        found = relative_weights(
            [[scores[who][key] for key in keys] for who in complete], [outcomes[who] for who in complete]
        )
    except ValueError:
        # Subjects that always move together, or a recommendation that never varies, cannot be weighed.
        return Drivers(len(complete), 0.0, ())
    n = len(complete)
    drivers = [
        Driver(key, float(weight) / found.r_squared, sum((scores[who][key] for who in complete), Fraction(0)) / n)
        for key, weight in zip(keys, found.weights, strict=True)
    ]
    return Drivers(n, found.r_squared, tuple(sorted(drivers, key=lambda driver: -driver.importance)))


def _covered(scores: Mapping[int, Mapping[str, Fraction]], asked: Sequence[int]) -> list[str]:
    counts: dict[str, int] = {}
    for who in asked:
        for key in scores[who]:
            counts[key] = counts.get(key, 0) + 1
    return sorted(key for key, n in counts.items() if n >= LEAST_COVERAGE * len(asked))
