"""Comparing clients fairly, watching stability, weighing what drives: and saying when data are too few."""

import random
from fractions import Fraction

import pytest

from survey_app.portfolio.rules import (
    LEAST_RESPONDENTS,
    LEAST_WAVES,
    Evidence,
    average_people,
    compare_fairly,
    find_drivers,
    watch_stability,
)


def evidence(client_id: int, mean: str, n: int, variance: str | None = "1") -> Evidence:
    return Evidence(client_id, Fraction(mean), None if variance is None else Fraction(variance), n)


def test_a_client_of_three_answers_is_drawn_more_than_one_of_thirty() -> None:
    found = compare_fairly([evidence(1, "5", 3), evidence(2, "5", 30), evidence(3, "8", 20), evidence(4, "8.5", 20)])
    assert found is not None
    assert 5 < found.estimates[2] < found.estimates[1] < found.mean


def test_one_client_alone_is_compared_with_nobody() -> None:
    assert compare_fairly([evidence(1, "5", 30)]) is None


def test_the_mean_over_everybody_counts_each_client_by_its_people() -> None:
    found = average_people([evidence(1, "6", 3), evidence(2, "8", 30), evidence(3, "9", 10), evidence(4, "7", 7)])
    assert found is not None
    # The ratio of the clients' totals, each client one cluster: (6 x 3 + 8 x 30 + 9 x 10 + 7 x 7) / 50.
    assert found.estimate == pytest.approx((18 + 240 + 90 + 49) / 50)
    assert found.low < found.estimate < found.high


def test_two_clients_or_clients_that_do_not_differ_say_nothing_of_others() -> None:
    assert average_people([evidence(1, "6", 3), evidence(2, "8", 30)]) is None
    assert average_people([evidence(place, "8", 3) for place in range(4)]) is None


def test_clients_that_differ_no_more_than_people_do_are_not_told_apart() -> None:
    alike = compare_fairly([evidence(1, "7", 5), evidence(2, "7.1", 5), evidence(3, "7.2", 5)])
    apart = compare_fairly([evidence(1, "3", 30), evidence(2, "6", 30), evidence(3, "9", 30)])
    assert alike is not None
    assert apart is not None
    assert (alike.tells_apart, apart.tells_apart) == (False, True)


def test_without_any_spread_nothing_is_compared() -> None:
    assert compare_fairly([evidence(1, "5", 1, None), evidence(2, "9", 1, None)]) is None
    assert compare_fairly([evidence(1, "5", 3, "0"), evidence(2, "9", 3, "0")]) is None


def test_seven_waves_are_too_few_to_watch() -> None:
    assert watch_stability([Fraction(7)] * (LEAST_WAVES - 1)) is None


def test_a_wave_far_from_its_own_habits_is_a_signal() -> None:
    found = watch_stability([Fraction(v) for v in ("7.1", "7.2", "7.0", "7.2", "7.1", "7.3", "7.2", "4")])
    assert found is not None
    assert found.signals == (7,)


def people(n: int) -> tuple[dict[int, dict[str, Fraction]], dict[int, Fraction]]:
    """Return people whose recommendation follows the first subject and ignores the second."""
    generator = random.Random(7)
    scores = {
        who: {"heeded": Fraction(generator.randint(0, 10)), "ignored": Fraction(generator.randint(0, 10))}
        for who in range(n)
    }
    return scores, {who: (9 * each["heeded"] + Fraction(generator.randint(0, 10))) / 10 for who, each in scores.items()}


def test_ninety_nine_people_are_too_few_and_their_number_is_given() -> None:
    found = find_drivers(*people(LEAST_RESPONDENTS - 1))
    assert not found.is_shown
    assert found.n == 99


def test_what_the_recommendation_follows_weighs_most() -> None:
    found = find_drivers(*people(LEAST_RESPONDENTS))
    assert found.is_shown
    assert found.drivers[0].indicator_key == "heeded"
    assert found.drivers[0].importance > 0.9


def test_a_subject_that_few_people_answered_drops_nobody() -> None:
    scores, outcomes = people(120)
    for who in range(10):
        scores[who]["rare"] = Fraction(5)
    found = find_drivers(scores, outcomes)
    assert found.n == 120
    assert "rare" not in {driver.indicator_key for driver in found.drivers}


def test_a_recommendation_that_never_varies_is_explained_by_nothing() -> None:
    scores, outcomes = people(120)
    found = find_drivers(scores, dict.fromkeys(outcomes, Fraction(9)))
    assert not found.is_shown
    assert found.is_counted_enough
    assert not find_drivers(*people(LEAST_RESPONDENTS - 1)).is_counted_enough
