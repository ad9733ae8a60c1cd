"""What the portfolio judges: who answers less than elsewhere, and the mean over everybody."""

from fractions import Fraction

import pytest

from survey_app.portfolio.rules import average_people, weigh_responses


def clients(*means: tuple[str, int]) -> list[tuple[Fraction, int]]:
    return [(Fraction(mean), n) for mean, n in means]


def test_the_mean_over_everybody_counts_each_client_by_its_people() -> None:
    found = average_people(clients(("6", 3), ("8", 30), ("9", 10), ("7", 7)))
    assert found is not None
    # The ratio of the clients' totals, each client one cluster: (6 x 3 + 8 x 30 + 9 x 10 + 7 x 7) / 50.
    assert found.estimate == pytest.approx((18 + 240 + 90 + 49) / 50)
    assert found.low < found.estimate < found.high


def test_two_clients_or_clients_that_do_not_differ_say_nothing_of_others() -> None:
    assert average_people(clients(("6", 3), ("8", 30))) is None
    assert average_people(clients(*[("8", 3)] * 4)) is None


def test_a_rate_has_the_range_that_its_few_people_allow() -> None:
    # Newcombe (1998), Statistics in Medicine 17, 857-872, table I: Wilson for 81 of 263 is 0.2553 to 0.3662.
    rate, _ = weigh_responses([(81, 263), (10, 20)])
    assert rate is not None
    assert rate.low == pytest.approx(0.2553, abs=5e-5)
    assert rate.high == pytest.approx(0.3662, abs=5e-5)


def test_a_client_is_compared_with_all_the_others_together() -> None:
    few, many, most = weigh_responses([(2, 20), (18, 20), (17, 20)])
    assert few is not None
    assert many is not None
    assert most is not None
    assert few.gap == Fraction(2, 20) - Fraction(35, 40)
    assert (few.word, many.word, most.word) == ("less", "more", "more")


def test_what_stands_out_of_two_clients_need_not_stand_out_of_two_hundred() -> None:
    # The same client beside the same 3,400 of 4,000 others: of one other client, then of two hundred.
    first, _ = weigh_responses([(12, 20), (3400, 4000)])
    assert first is not None
    assert first.word == "less"
    crowd = weigh_responses([(12, 20), *[(17, 20)] * 200])
    assert crowd[0] is not None
    assert crowd[0].word == ""


def test_nobody_asked_has_no_rate_and_one_client_alone_no_other() -> None:
    assert weigh_responses([(0, 0)]) == [None]
    alone = weigh_responses([(3, 4)])[0]
    assert alone is not None
    assert (alone.gap, alone.word) == (None, "")
