"""Decide what the text of a cell says: a number, a day, a word; what can be read in two ways is refused."""

import re
import unicodedata
from datetime import date, datetime
from fractions import Fraction

from survey_app.errors import N_, Invalid
from survey_app.validation import INVISIBLE, check_day

SPACES = "\u0020\u00a0\u2002-\u200a\u202f\u205f\u3000"
LONGEST = 60
DIGITS = re.compile(r"[0-9]{1,18}(?:\.[0-9]{1,20})?")
BY_SPACES = re.compile(rf"[0-9]{{1,3}}(?:[{SPACES}'’][0-9]{{3}})+(?![0-9])")
IN_TWO_WAYS = re.compile(r"[1-9][0-9]{0,2}[.,][0-9]{3}")
DURATION = re.compile(r"([0-9]{1,6}):([0-5][0-9])(?::[0-5][0-9])?")
DAY = re.compile(
    r"(?:(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})|(?P<d2>\d{1,2})([/.-])(?P<m2>\d{1,2})\5(?P<y2>\d{4}))"
    r"(?:[T ]+\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?"
)
SHORT_YEAR = re.compile(r"\d{1,2}[/.-]\d{1,2}[/.-]\d{2}(?:[T ].*)?")

NOT_A_NUMBER = N_("“%(text)s” is not a number. Write it in figures, for example 12 or 98.5.")
IS_A_PERCENTAGE = N_("“%(text)s” is a percentage (%%). Write the counts that it was computed from.")
IS_A_DURATION = N_("“%(text)s” is a duration in hours and minutes. Write it in hours, for example %(hours)s.")
IS_AMBIGUOUS = N_("“%(text)s” can be read in two ways: %(whole)s or %(decimal)s. Write it as one of these.")
IS_A_DATE = N_("“%(text)s” is a date where a number is asked. Write the number, in a cell that is not a date.")
NOT_A_DATE = N_("“%(text)s” is not a date. Write it like 2026-06-30 or 30/06/2026.")
HAS_A_SHORT_YEAR = N_("“%(text)s” has a year of two digits. Write four, like 2026-06-30 or 30/06/2026.")
MONTH_COMES_FIRST = N_("“%(text)s” has its month first. Write the day first, or like 2026-06-30.")
IS_A_SERIAL = N_("“%(text)s” is the number of a day in a spreadsheet. Give the column a date format, or write it out.")


def plain(text: str) -> str:
    """Return small letters and digits without accents, words a space apart: how headings and words are compared."""
    letters = unicodedata.normalize("NFKD", text.replace("œ", "oe").replace("Œ", "Oe")).encode("ascii", "ignore")
    return " ".join(re.findall(r"[a-z0-9]+", letters.decode().lower()))


def read_quantity(text: str, *, is_below_thousand: bool = False) -> Fraction:
    """Read a number as people write it, the same in a form, a pasted table and a file.

    A lone comma or point before exactly three digits is asked back: 1,250 is a thousand to one reader and little
    more than one to another. Where no number reaches a thousand, as with marks, 6,999 has one reading.
    """
    shown = text.strip()[:40]
    if len(text) > LONGEST:
        raise Invalid(NOT_A_NUMBER, text=shown)
    bare = _without_currency(INVISIBLE.sub("", text))
    _refuse_other_kinds(bare, shown)
    sign, figures = ("-", bare[1:].strip()) if bare[:1] in {"-", "−"} else ("", bare.removeprefix("+"))
    if IN_TWO_WAYS.fullmatch(figures) and not is_below_thousand:
        whole, part = re.split("[.,]", figures)
        raise Invalid(IS_AMBIGUOUS, text=shown, whole=sign + whole + part, decimal=f"{sign}{whole}.{part}0")
    digits = _plain_digits(figures)
    if not DIGITS.fullmatch(digits):
        raise Invalid(NOT_A_NUMBER, text=shown)
    return Fraction(sign + digits)


def _without_currency(text: str) -> str:
    bare = re.sub(rf"^[{SPACES}\t]*(?:€|EUR\b)?[{SPACES}\t]*|[{SPACES}\t]*(?:€|EUR)?[{SPACES}\t]*$", "", text.strip())
    return bare.strip()


def _refuse_other_kinds(bare: str, shown: str) -> None:
    if bare.endswith(("%", "％", "‰")):
        raise Invalid(IS_A_PERCENTAGE, text=shown)
    duration = DURATION.fullmatch(bare)
    if duration:
        hours = Fraction(int(duration[1])) + Fraction(int(duration[2]), 60)
        raise Invalid(IS_A_DURATION, text=shown, hours=spell_number(hours))
    if DAY.fullmatch(bare):
        raise Invalid(IS_A_DATE, text=shown)


def _plain_digits(figures: str) -> str:
    """Take the marks between thousands out and write a point before the decimals, where only one reading is left."""
    if BY_SPACES.match(figures):
        figures = re.sub(rf"[{SPACES}'’]", "", figures)
    elif "," in figures and "." in figures:
        decimal = max(",.", key=figures.rfind)
        thousands = "." if decimal == "," else ","
        whole, _, part = figures.partition(decimal)
        return f"{_ungrouped(whole, thousands)}.{part}"
    elif figures.count(",") > 1 or figures.count(".") > 1:
        return _ungrouped(figures, "," if "," in figures else ".")
    return figures.replace(",", ".")


def _ungrouped(whole: str, mark: str) -> str:
    groups = whole.split(mark)
    is_grouped = 1 <= len(groups[0]) <= 3 and all(len(group) == 3 for group in groups[1:])
    return "".join(groups) if is_grouped else whole


def spell_number(number: Fraction) -> str:
    """Write a number so that it reads back as itself: 57.125 as 57.1250, since three decimals could be thousands.

    A number without an end, such as a third, keeps the digits that a spreadsheet would.
    """
    if number.denominator == 1:
        return str(number.numerator)
    text = next((found for places in range(1, 21) if (found := _with_places(number, places))), None)
    text = text or format(float(number), ".13f")
    return f"{text}0" if IN_TWO_WAYS.fullmatch(text.removeprefix("-")) else text


def _with_places(number: Fraction, places: int) -> str:
    scaled = number * 10**places
    if scaled.denominator != 1:
        return ""
    digits = str(abs(scaled.numerator)).rjust(places + 1, "0")
    return f"{'-' if number < 0 else ''}{digits[:-places]}.{digits[-places:]}"


def read_day(text: str) -> date:
    """Read a day as 2026-06-30 or 30/06/2026, with a time or without; nothing else is guessed at."""
    bare = INVISIBLE.sub("", text[: LONGEST + 1]).strip()
    found = DAY.fullmatch(bare)
    if not found or len(bare) > LONGEST:
        raise Invalid(_why_no_day(bare), text=bare[:40])
    is_iso = found["y"] is not None
    year, month, day = (int(found[name]) for name in (("y", "m", "d") if is_iso else ("y2", "m2", "d2")))
    try:
        return check_day(date(year, month, day))
    except ValueError:
        is_american = not is_iso and day <= 12 < month
        raise Invalid(MONTH_COMES_FIRST if is_american else NOT_A_DATE, text=bare[:40]) from None


def _why_no_day(bare: str) -> str:
    if SHORT_YEAR.fullmatch(bare):
        return HAS_A_SHORT_YEAR
    return IS_A_SERIAL if re.fullmatch(r"[2-6]\d{4}(?:\.\d+)?", bare) else NOT_A_DATE


def may_be_month_first(text: str) -> bool:
    """Tell whether a day written with slashes would be another one to an American reader."""
    found = DAY.fullmatch(text.strip())
    if not found or found["d2"] is None:
        return False
    return int(found["d2"]) <= 12 and found["d2"].lstrip("0") != found["m2"].lstrip("0")


def spell_cell(value: object, *, is_percent: bool = False) -> str:
    """Write a workbook's cell as it is read on the screen: 12 and not 12.0, 31:30 and not one day and a half."""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, int | float):
        number = exact_number(float(value)) * (100 if is_percent else 1)
        return spell_number(number) + (" %" if is_percent else "")
    if isinstance(value, datetime):
        day = date(value.year, value.month, value.day)
        return value.isoformat(" ") if any(value.timetuple()[3:6]) else day.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if hasattr(value, "total_seconds"):
        minutes, seconds = divmod(round(value.total_seconds()), 60)
        return f"{minutes // 60}:{minutes % 60:02}" + (f":{seconds:02}" if seconds else "")
    return "" if value is None else str(value)


def exact_number(value: float) -> Fraction:
    """Return the decimal that was meant: a spreadsheet computes in binary and shows fifteen digits."""
    seen = Fraction(format(value, ".15g"))
    n_digits = len(format(value, ".15g").replace("-", "").replace(".", "").lstrip("0").partition("e")[0])
    return seen if n_digits < 15 else Fraction(repr(value))
