"""What may be shown of a few people's answers, mode by mode and reader by reader."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey_app.campaigns.rules import MIN_SHOWN
from survey_app.scores.disclosure import Reader, may_show_mean

TEAM: dict[str, bool] = {}
LEAD, CLIENT = {"sees_names": True}, {"is_client": True}


@pytest.mark.parametrize(
    ("mode", "who", "may_see_four"),
    [
        ("named", TEAM, True),
        ("named", CLIENT, True),
        ("confidential", TEAM, False),
        ("confidential", LEAD, True),
        ("confidential", CLIENT, False),
        ("anonymous", LEAD, False),
        ("anonymous", CLIENT, False),
    ],
)
def test_a_score_of_four_people_is_shown_to_those_it_was_promised_to(
    mode: str, who: dict[str, bool], *, may_see_four: bool
) -> None:
    assert Reader(mode, **who).may_see_score(4) is may_see_four
    assert Reader(mode, **who).may_see_score(5)


def test_nobody_s_score_is_no_secret() -> None:
    assert Reader("anonymous").may_see_score(0)


def test_a_named_client_reads_totals_and_never_single_marks_or_comments() -> None:
    client = Reader("named", is_client=True)
    assert client.may_see_score(2)
    assert not client.may_see_marks(9)
    assert not client.may_see_comments(100)
    assert not client.reads_each_answer


@pytest.mark.parametrize(
    ("n_part", "totals", "is_shown"),
    [
        (5, (10, 10), True),
        (6, (10, 12), False),  # four others answered the first wave: the difference tells what they said
        (10, (10, 10), True),
        (4, (9, 9), False),
        (5, (5, 12), True),
        (5, (5, 8), False),
    ],
)
def test_a_part_is_shown_only_where_the_rest_of_each_whole_is_nobody_or_enough(
    n_part: int, totals: tuple[int, int], *, is_shown: bool
) -> None:
    assert Reader("confidential").may_see_split(n_part, *totals) is is_shown


def test_a_single_hidden_part_takes_another_one_with_it() -> None:
    shown = Reader("confidential").shown_parts({"marketing": 7, "purchasing": 6, "management": 3})
    assert shown == {"marketing"}


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 12)))
def test_what_is_hidden_is_never_a_few_people(sizes: dict[str, int]) -> None:
    shown = Reader("anonymous").shown_parts(sizes)
    hidden = {key: n for key, n in sizes.items() if key not in shown and n}
    assert all(sizes[key] == 0 or sizes[key] >= MIN_SHOWN for key in shown)
    is_everybody = len(hidden) == sum(1 for n in sizes.values() if n)
    assert not hidden or sum(hidden.values()) >= MIN_SHOWN or is_everybody


def test_a_mean_with_a_hidden_line_is_hidden() -> None:
    assert may_show_mean([True, True])
    assert not may_show_mean([True, False])
