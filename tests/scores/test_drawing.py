"""Charts and their files: nothing a person wrote becomes markup or a formula, and marks never cover each other."""

import re
from io import BytesIO
from zipfile import ZipFile

import pytest
from defusedxml import ElementTree

from survey_app.charts.course import Level, Move, Stop, draw_course, draw_moves
from survey_app.charts.files import Figure, Table, neutral_cell, write_csv, write_drawings
from survey_app.charts.svg import Drawing
from survey_app.charts.wave import Spoke, Strip, dot_places, draw_radar, draw_strip

NASTY = '</title><script>alert(1)</script>" onload="x'


@pytest.mark.parametrize(
    "drawing",
    [
        draw_strip(Strip(NASTY, 7.0, NASTY, 8.0, 7.5, 8.5, (7.0, 8.0))),
        draw_radar(NASTY, [Spoke(NASTY, 5.0, NASTY), Spoke("b", 4.0, "4"), Spoke("c", 9.0, "9", 8.0)]),
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


@pytest.mark.parametrize(
    "name", ["Responsabilité sociale et environnementale", "Social and environmental responsibility"]
)
@pytest.mark.parametrize("n", range(3, 7))
def test_the_longest_theme_is_written_within_the_drawing_wherever_it_stands(name: str, n: int) -> None:
    drawing = draw_radar("a", [Spoke(name, 8.25, "8.25")] * n)
    texts = [each for each in ElementTree.fromstring(drawing.file()).iter() if each.tag.endswith("text")]
    assert " ".join(str(each.text) for each in texts).count(name) == n
    for each in texts:
        width = 6.4 * len(str(each.text))
        left = float(each.get("x", 0)) - width * {"start": 0, "middle": 0.5, "end": 1}[each.get("text-anchor", "")]
        assert left >= 0
        assert left + width <= drawing.width
        assert 10 <= float(each.get("y", 0)) <= drawing.height - 3


def test_a_drawing_on_a_page_carries_no_style_of_its_own() -> None:
    drawing = draw_strip(Strip("a", 7.0, "7", 8.0))
    assert "style" not in drawing.inline()
    assert "<style>" in drawing.file()


@pytest.mark.parametrize("n", [1, 5, 60, 400])
def test_equal_marks_stack_instead_of_covering_each_other(n: int) -> None:
    places = dot_places([100.0] * n)
    assert len({y for _, y, _ in places}) == n
    assert max(y for _, y, _ in places) < 40


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


def test_the_drawings_leave_as_one_archive_that_is_the_same_each_time() -> None:
    drawing, empty = draw_strip(Strip("a", 7.0, "7", 8.0)), Table((), [])
    figures = [Figure("line-one", "One", drawing, empty), Figure("themes", "Two", drawing, empty)]
    content = write_drawings(figures)
    with ZipFile(BytesIO(content)) as archive:
        assert archive.namelist() == ["line-one.svg", "themes.svg"]
        assert archive.read("themes.svg").decode() == drawing.file(), "in the colours of paper, standing alone"
    assert content == write_drawings(figures)
