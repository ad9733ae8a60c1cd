"""What moved between two waves, who moved it, and what may be claimed."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey_app.campaigns.models import Wave
from survey_app.catalogue.content import load_catalogue
from survey_app.scores.changes import Moves, Voices, judge_changes, mean, read_moves, split_change, weigh_change
from survey_app.scores.disclosure import Reader
from survey_app.scores.results import read_results
from tests.scores.cast import REPORTING, RESPONSIVENESS, Survey

marks = st.dictionaries(st.integers(1, 9), st.integers(0, 10).map(Fraction), min_size=1)


def voices(*scores: int) -> Voices:
    return Voices({person: Fraction(score) for person, score in enumerate(scores)})


@given(marks, marks)
def test_the_two_parts_of_a_change_add_up(before: dict[int, Fraction], after: dict[int, Fraction]) -> None:
    split = split_change(Voices(before), Voices(after))
    if split is not None:
        assert split.same + split.panel == mean(list(after.values())) - mean(list(before.values()))


def test_nobody_changed_their_mind_and_yet_the_mean_rose() -> None:
    before = Voices({1: Fraction(5), 2: Fraction(8), 3: Fraction(8)})
    after = Voices({2: Fraction(8), 3: Fraction(8)})
    split = split_change(before, after)
    assert split is not None
    assert (split.n_same, split.same, split.panel) == (2, Fraction(0), Fraction(1))


def test_anonymous_voices_cannot_be_split() -> None:
    assert split_change(Voices({}, (Fraction(5),)), Voices({}, (Fraction(6),))) is None


def test_five_people_can_prove_nothing_and_are_not_told_that_nothing_changed() -> None:
    trial = weigh_change(voices(5, 5, 5, 5, 5), voices(9, 9, 9, 9, 9))
    verdict = judge_changes([Fraction(4)], [trial])[0]
    assert verdict == "not_testable"


def test_six_people_who_all_moved_up_prove_it() -> None:
    trial = weigh_change(voices(5, 5, 5, 5, 5, 6), voices(9, 9, 9, 9, 9, 9))
    assert judge_changes([Fraction(4)], [trial])[0] == "up"


def test_the_more_lines_are_looked_at_the_harder_it_is_to_claim_one() -> None:
    moved = weigh_change(voices(5, 5, 5, 5, 5, 6), voices(9, 9, 9, 9, 9, 9))
    still = weigh_change(voices(5, 6, 5, 6, 5, 6, 7), voices(6, 5, 6, 5, 6, 5, 8))
    verdicts = judge_changes([Fraction(4), *[Fraction(0)] * 9], [moved, *[still] * 9])
    assert set(verdicts) == {"unproved"}


def two_waves(survey: Survey, mode: str) -> tuple[Wave, Wave]:
    survey.promise(RESPONSIVENESS)
    survey.promise("time_delivery", "factual")
    waves = []
    for number, given_marks in ((1, [6, 6, 6, 6, 6, 6]), (2, [8, 8, 8, 8, 8, 8])):
        wave = survey.open_wave(6, mode, number=number)
        survey.give(wave, RESPONSIVENESS, given_marks)
        survey.close(wave, {"time_delivery": Fraction(7 + number)})
        waves.append(wave)
    return waves[0], waves[1]


def read(survey: Survey, waves: tuple[Wave, Wave], reader: Reader) -> Moves | None:
    results = read_results(survey.session, waves[1], load_catalogue(), reader, "en")
    return read_moves(survey.session, waves[1], waves[0], results.shared, reader)


def test_the_whole_change_is_people_panel_and_facts(survey: Survey) -> None:
    moves = read(survey, two_waves(survey, "named"), Reader("named"))
    assert moves is not None
    assert moves.whole == Fraction(3, 2)
    assert moves.split == (Fraction(1), Fraction(0), Fraction(1, 2))
    assert {move.line.score.subject_key: move.verdict for move in moves.lines} == {
        RESPONSIVENESS: "up",
        "time_delivery": "not_testable",
    }


@pytest.mark.parametrize("mode", ["named", "confidential", "anonymous"])
def test_the_same_change_is_found_in_every_mode(survey: Survey, mode: str) -> None:
    moves = read(survey, two_waves(survey, mode), Reader(mode))
    assert moves is not None
    line = next(move for move in moves.lines if move.line.score.subject_key == RESPONSIVENESS)
    assert (line.before, line.after) == (Fraction(6), Fraction(8))
    assert (line.split is None) is (mode == "anonymous")


def test_a_line_that_was_not_measured_before_has_not_moved(survey: Survey) -> None:
    waves = two_waves(survey, "named")
    survey.promise(REPORTING)
    moves = read(survey, waves, Reader("named"))
    assert moves is not None
    assert REPORTING not in {move.line.score.subject_key for move in moves.lines}
