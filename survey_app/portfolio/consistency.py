"""Whether the questions of one line measure one thing, over the people of several clients."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from survey_app.portfolio.overview import readers_by_mode
from survey_app.portfolio.queries import ClientWave
from survey_app.statistics import Interval
from survey_app.statistics.reliability import alpha_from_variances

# Feldt's interval is fair from about thirty people; of one client alone, alpha says nothing.
LEAST_PEOPLE, LEAST_CLIENTS = 30, 2
# The usual limit from which the mean of several questions stands for one thing.
ENOUGH = Fraction(7, 10)


@dataclass(frozen=True)
class QuestionSet:
    """The questions that one questionnaire asks about one indicator."""

    indicator_key: str
    question_keys: tuple[str, ...]


@dataclass(frozen=True)
class Sums:
    """The marks of the people who answered every question of a set, added up; in whole numbers of any one unit."""

    n: int
    squares: int
    squared_totals: int
    by_question: tuple[int, ...]

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(
            self.n + other.n,
            self.squares + other.squares,
            self.squared_totals + other.squared_totals,
            tuple(one + two for one, two in zip(self.by_question, other.by_question, strict=True)),
        )

    def alpha(self) -> Interval | None:
        """Return Cronbach's alpha; None where the people do not differ."""
        within = self.squares - Fraction(sum(one**2 for one in self.by_question), self.n)
        total = self.squared_totals - Fraction(sum(self.by_question) ** 2, self.n)
        if not total:
            return None
        degrees = self.n - 1
        return alpha_from_variances(len(self.by_question), float(within / degrees), float(total / degrees), self.n)


@dataclass(frozen=True)
class Part:
    """What one client's last wave adds to a set of questions."""

    client_id: int
    asked: QuestionSet
    title: str
    sums: Sums


@dataclass(frozen=True)
class Consistency:
    """What is known of one set of questions; without an interval where data are too few or all alike."""

    asked: QuestionSet
    title: str
    n: int
    n_clients: int
    interval: Interval | None

    @property
    def verdict(self) -> str:
        if self.interval is None:
            if self.n < LEAST_PEOPLE or self.n_clients < LEAST_CLIENTS:
                return "too_few"
            return "all_alike"
        if self.interval.low >= ENOUGH:
            return "one_thing"
        return "several_things" if self.interval.high < ENOUGH else "not_sure"


def readable_parts(parts: Sequence[Part], waves: Sequence[ClientWave], *, sees_names: bool) -> list[Part]:
    """Keep of each client only what its mode lets this person read."""
    readers = readers_by_mode(sees_names=sees_names)
    reader_of = {wave.client_id: readers[wave.mode] for wave in waves}
    return [part for part in parts if reader_of[part.client_id].may_see_score(part.sums.n)]


def judge_sets(parts: Sequence[Part]) -> list[Consistency]:
    """Pool the people of all clients by set of questions; the least consistent first, then what waits."""
    pooled: dict[QuestionSet, list[Part]] = defaultdict(list)
    for part in parts:
        pooled[part.asked].append(part)
    found = [_judge(asked, own) for asked, own in pooled.items()]
    return sorted(found, key=lambda each: (each.interval is None, each.interval.estimate if each.interval else -each.n))


def _judge(asked: QuestionSet, parts: Sequence[Part]) -> Consistency:
    sums = parts[0].sums
    for part in parts[1:]:
        sums += part.sums
    n_clients = len({part.client_id for part in parts})
    is_enough = sums.n >= LEAST_PEOPLE and n_clients >= LEAST_CLIENTS
    return Consistency(asked, parts[0].title, sums.n, n_clients, sums.alpha() if is_enough else None)
