"""The response curve: what it counts, and names that stand clear of its lines."""

from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from survey_app.campaigns.cockpit import read_curve
from survey_app.campaigns.figures import ROOM, Course, draw, follow
from tests.campaigns.conftest import NOW, Cast


def test_the_curve_sets_this_wave_against_the_last_one(cast: Cast) -> None:
    first = cast.launch(cast.plan())
    for hours, invitation in zip((1, 30), first.invitations, strict=False):
        invitation.answered_at = NOW + timedelta(hours=hours)
    second = cast.launch(cast.plan(date(2026, 3, 23), date(2026, 4, 3)), now=NOW + timedelta(days=21))
    second.invitations[0].answered_at = NOW + timedelta(days=21, hours=2)
    cast.session.flush()
    curve = read_curve(cast.session, second, NOW + timedelta(days=22))
    third, two = Fraction(1, 3), Fraction(2, 3)
    assert [row[1:] for row in curve.rows[:3]] == [(third, third), (third, two), (None, two)]
    assert len(curve.rows) == 19


@given(st.lists(st.integers(0, 20 * 24), max_size=40), st.integers(1, 20))
def test_a_curve_never_goes_down_and_ends_at_the_share_reached(hours: list[int], n_days: int) -> None:
    instants = [NOW + timedelta(hours=each) for each in hours]
    course = follow(len(hours), NOW, instants, NOW + timedelta(days=n_days - 1), "Europe/Paris")
    assert len(course.by_day) == n_days
    assert all(before <= after for before, after in pairwise(course.by_day))
    assert course.by_day[-1] <= len(hours)


def test_nobody_invited_draws_no_line() -> None:
    curve = draw(Course(0, [0, 0]), None)
    assert curve.lines == [None, None]
    assert curve.rows == [(1, None, None), (2, None, None)]


def test_labels_at_the_same_place_are_parted() -> None:
    this, last = draw(Course(2, [0, 1]), Course(4, [0, 2])).lines
    assert this is not None
    assert last is not None
    assert this.label.y <= last.label.y - 14


def rising(*shares: int) -> Course:
    return Course(100, list(shares))


@given(
    this=st.lists(st.integers(0, 100), min_size=1, max_size=22),
    last=st.lists(st.integers(0, 100), min_size=1, max_size=22),
)
@example(this=[0, 10, 20, 30], last=[0, 12, 22, 32, 40, 45, 50, 52, 60])
@example(this=[30, 60], last=[30, 60])
@example(this=[0], last=[0] * 20)
@example(this=[100], last=[100] * 20)
def test_no_name_covers_a_line_or_the_other_name(this: list[int], last: list[int]) -> None:
    lines = [line for line in draw(rising(*sorted(this)), rising(*sorted(last))).lines if line]
    assert len(lines) == 2
    paths = [[(float(x), float(y)) for x, y in (each.split(",") for each in line.points.split())] for line in lines]
    assert not lines[0].label.box.meets(lines[1].label.box)
    for line in lines:
        assert ROOM.holds(line.label.box)
        assert not any(line.label.box.is_crossed_by(*piece) for path in paths for piece in pairwise(path))


def test_a_name_stands_beside_the_end_of_its_line() -> None:
    this, last = draw(rising(0, 20, 40), rising(*range(0, 90, 10))).lines
    assert this is not None
    assert last is not None
    assert (last.label.x, last.label.anchor) == (last.end_x + 10, "start")
    assert this.end_y - 40 < this.label.y < this.end_y, "the upper line's name stands above it"
    assert this.label.box.left <= this.end_x <= this.label.box.right
