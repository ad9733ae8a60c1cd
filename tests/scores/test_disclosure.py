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
    reader = Reader(mode, who.get("sees_names", False), who.get("is_client", False))
    assert reader.may_see_score(4) is may_see_four
    assert reader.may_see_score(5)


def test_nobody_s_score_is_no_secret() -> None:
    assert Reader("anonymous").may_see_score(0)


@pytest.mark.parametrize("mode", ["named", "confidential", "anonymous"])
def test_a_client_of_overall_results_never_sees_a_mark(mode: str) -> None:
    client = Reader.client(mode, "overall")
    assert client.may_see_score(2) is (mode == "named")
    assert not client.may_see_marks(1000)
    assert not client.may_see_bounds_over({"marketing": 7, "purchasing": 2})


@pytest.mark.parametrize(("mode", "fewest"), [("named", 1), ("confidential", 10), ("anonymous", 10)])
def test_marks_without_names_are_seen_of_as_few_people_as_was_promised(mode: str, fewest: int) -> None:
    client = Reader.client(mode, "marks")
    assert client.may_see_marks(fewest)
    assert not client.may_see_marks(fewest - 1) or mode == "named"
    assert client.may_see_bounds_over({"marketing": 7, "purchasing": 2}) is (mode == "named")


@pytest.mark.parametrize("disclosure", ["overall", "marks"])
def test_a_client_never_reads_names_or_comments_nor_the_mean_of_a_few_in_a_role(disclosure: str) -> None:
    client = Reader.client("named", disclosure)
    assert not client.may_see_comments(100)
    assert not client.reads_each_answer
    assert client.shown_parts({"marketing": 7, "purchasing": 6, "management": 1}) == {"marketing"}


def test_promoters_of_a_few_are_kept_from_a_client_of_overall_results() -> None:
    assert not Reader.client("named", "overall").may_see_recommendation(9)
    assert Reader.client("named", "overall").may_see_recommendation(10)
    assert Reader.client("named", "marks").may_see_recommendation(3)
    assert Reader("named").may_see_recommendation(3)


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
