"""Charts and their files: nothing a person wrote becomes markup or a formula, and marks never cover each other."""

import re
from itertools import combinations
from math import dist

import pytest
from defusedxml import ElementTree

from survey_app.charts.course import Level, Stop, draw_course
from survey_app.charts.figure import Table
from survey_app.charts.matrix import disc_places
from survey_app.charts.moves import Move, draw_moves
from survey_app.charts.radar import Spoke, draw_radar
from survey_app.charts.spreadsheet import neutral_cell, write_csv
from survey_app.charts.strip import Strip, dot_places, draw_strip
from survey_app.charts.svg import Drawing

NASTY = '</title><script>alert(1)</script>" onload="x'


@pytest.mark.parametrize(
    "drawing",
    [
        draw_strip(Strip(NASTY, 7.0, NASTY, 8.0, 7.5, 8.5, (7.0, 8.0))),
        draw_radar(NASTY, [Spoke(NASTY, 5.0, NASTY), Spoke("b", None, "–"), Spoke("c", 9.0, "9", 8.0)]),
        draw_course(NASTY, [Stop(NASTY, 7.0, NASTY), Stop("b", None, "–"), Stop("c", 8.0, "8")], [Level(7, NASTY)]),
        draw_moves(NASTY, [Move(NASTY, 6.0, 8.0, NASTY, is_proved=True)]),
    ],
)
def test_words_never_become_markup(drawing: Drawing) -> None:
    for text in (drawing.file(), str(drawing.inline())):
        tree = ElementTree.fromstring(text)
        tags = {element.tag.rpartition("}")[2] for element in tree.iter()}
        assert "script" not in tags
        assert not any(name.startswith("on") for element in tree.iter() for name in element.attrib)


def test_a_drawing_on_a_page_carries_no_style_of_its_own() -> None:
    drawing = draw_strip(Strip("a", 7.0, "7", 8.0))
    assert "style" not in drawing.inline()
    assert "<style>" in drawing.file()


@pytest.mark.parametrize("n", [1, 5, 60, 400])
def test_equal_marks_stack_instead_of_covering_each_other(n: int) -> None:
    places = dot_places([100.0] * n)
    assert len({y for _, y, _ in places}) == n
    assert max(y for _, y, _ in places) < 40


def test_subjects_that_stand_together_do_not_cover_each_other() -> None:
    points = [(100.0, 100.0), (101.0, 103.0), (99.0, 98.0), (321.0, 100.0), (322.0, 101.0)]
    discs = disc_places(points)
    assert discs[0] == points[0]
    assert all(dist(one, other) >= 18 for one, other in combinations(discs, 2))
    assert all(12 <= x <= 328 for x, _ in discs)


def test_the_names_of_two_rules_close_to_each_other_stand_apart() -> None:
    stops = [Stop("a", 7.0, "7"), Stop("b", 7.2, "7.2")]
    drawing = draw_course("a", stops, [Level(7.0, "threshold"), Level(7.05, "reference")])
    heights = [float(y) for y in re.findall(r'y="([0-9.]+)"[^>]*>(?:threshold|reference)<', drawing.file())]
    assert abs(heights[0] - heights[1]) >= 13


def test_the_name_of_a_low_wave_stands_under_the_line() -> None:
    stops = [Stop(name, value, name) for name, value in (("high", 8.0), ("low", 5.0), ("back", 8.0))]
    drawing = draw_course("a", stops).file()
    dots = re.findall(r'cy="([0-9.]+)"', drawing)
    names = [float(y) for y in re.findall(r'y="([0-9.]+)" class="small strong halo"', drawing)]
    assert [name > float(dot) for name, dot in zip(names, dots, strict=True)] == [False, True, False]


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("+33 1", "'+33 1"),
        ("-x", "'-x"),
        ("@a", "'@a"),
        ("\ta", "'\ta"),
        ("\ra", "'\ra"),
        ("−0,25", "-0,25"),
        ("+0,25", "+0,25"),
        ("Réactivité", "Réactivité"),
    ],
)
def test_no_cell_of_a_csv_is_run_by_a_spreadsheet(cell: str, written: str) -> None:
    assert neutral_cell(cell) == written


def test_a_french_csv_separates_by_semicolons_beside_decimal_commas() -> None:
    table = Table(("Quoi", "Note"), [("a;b", "7,5")])
    assert write_csv(table, "fr") == '\ufeffQuoi;Note\r\n"a;b";7,5\r\n'
