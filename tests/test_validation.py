"""Text that both databases take, or neither."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey_app.errors import Invalid
from survey_app.validation import (
    clean_colour,
    clean_email,
    clean_key,
    clean_line,
    clean_text,
    clean_zone,
    contrast_ratio,
    suggest_key,
    zone_names,
)

HIDDEN = ["\x00", "\x07", "\x1b", "\x7f", "\x85", "\ud800", "\u202e", "\u2066", "\u2028", "\ufffe"]


@pytest.mark.parametrize("character", [*HIDDEN, "\n", "\r", "\t"])
def test_a_line_holds_nothing_hidden(character: str) -> None:
    with pytest.raises(Invalid):
        clean_line(f"a{character}b", 10)


@pytest.mark.parametrize("character", HIDDEN)
def test_a_text_holds_nothing_hidden(character: str) -> None:
    with pytest.raises(Invalid):
        clean_text(f"a{character}b", 10)


def test_a_text_keeps_its_lines_with_plain_ends() -> None:
    assert clean_text(" un\r\ndeux\rtrois\n\tquatre \n", 100) == "un\ndeux\ntrois\n\tquatre"


def test_letters_are_stored_in_one_way() -> None:
    assert clean_line("e\u0301te\u0301", 3) == "été"


@pytest.mark.parametrize(("text", "fits"), [("x" * 10, True), ("x" * 11, False), ("  " + "x" * 10 + " ", True)])
def test_length_is_counted_after_trimming(text: str, fits: bool) -> None:
    if fits:
        assert clean_line(text, 10) == "x" * 10
        return
    with pytest.raises(Invalid, match="11 characters"):
        clean_line(text, 10)


@given(st.text())
def test_what_passes_is_short_encodable_and_stable(text: str) -> None:
    try:
        cleaned = clean_text(text, 50)
    except Invalid:
        return
    assert len(cleaned) <= 50
    assert "\x00" not in cleaned
    assert clean_text(cleaned.encode().decode(), 50) == cleaned


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        (" Marie.DUPONT@Client.FR ", "marie.dupont@client.fr"),
        ("a@exämple.fr", "a@xn--exmple-cua.fr"),
        ("lead@agence.test", "lead@agence.test"),
        ("a+b@agence.example", "a+b@agence.example"),
    ],
)
def test_an_address_is_written_in_one_way(typed: str, stored: str) -> None:
    assert clean_email(typed) == stored
    assert clean_email(stored) == stored


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "x",
        "@x.fr",
        "a@",
        "a@b",
        "a b@c.fr",
        "a@c.fr, d@e.fr",
        "rené@x.fr",
        "a@x.fr\r\nBcc: b@y.fr",
        "a@x..fr",
        '"a b"@x.fr',
        "a@[127.0.0.1]",
        "x" * 250 + "@x.fr",
        "a@localhost",
    ],
)
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(Invalid):
        clean_email(typed)


@pytest.mark.parametrize("typed", ["", "-a", "a-", "a--b", "é", "a b", "../x", "x" * 65])
def test_an_identifier_is_plain(typed: str) -> None:
    with pytest.raises(Invalid):
        clean_key(typed)


@given(st.text(min_size=1, max_size=200))
def test_a_suggested_identifier_is_one_or_nothing(name: str) -> None:
    key = suggest_key(name)
    assert not key or clean_key(key) == key


def test_a_name_suggests_its_identifier() -> None:
    assert suggest_key("Société Durand & Fils") == "societe-durand-fils"


@pytest.mark.parametrize("zone", ["Europe/Paris", "America/New_York", "UTC"])
def test_a_zone_is_a_place(zone: str) -> None:
    assert clean_zone(f" {zone} ") == zone


@pytest.mark.parametrize("zone", ["", "Paris", "europe/paris", "../../etc/passwd", "Etc/GMT+1"])
def test_what_is_no_place_is_no_zone(zone: str) -> None:
    assert zone not in zone_names()
    with pytest.raises(Invalid):
        clean_zone(zone)


@pytest.mark.parametrize(
    ("colour", "ratio"), [("#ffffff", 1.0), ("#000000", 21.0), ("#767676", 4.54), ("#1d4ed8", 6.70)]
)
def test_contrast_is_that_of_wcag(colour: str, ratio: float) -> None:
    assert contrast_ratio(colour) == pytest.approx(ratio, abs=0.01)
    assert contrast_ratio("#ffffff", colour) == contrast_ratio(colour)


@pytest.mark.parametrize(("typed", "stored"), [("#1D4ED8", "#1d4ed8"), (" #767676 ", "#767676")])
def test_a_readable_colour_is_kept(typed: str, stored: str) -> None:
    assert clean_colour(typed) == stored


@pytest.mark.parametrize("typed", ["#777777", "#ffff00", "red", "#12345", "#12345g", "url(x)", ""])
def test_an_unreadable_colour_is_refused(typed: str) -> None:
    with pytest.raises(Invalid):
        clean_colour(typed)
