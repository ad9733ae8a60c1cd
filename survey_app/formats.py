"""Print numbers, money and dates the same way on page, mail, PDF and XLSX, in either language."""

from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_skeleton

from survey_app.clock import local_day

Number = Fraction | Decimal | int
MAX_DIGITS = 12
NARROW_SPACE = "\u202f"
HARD_SPACE = "\u00a0"


def round_half_up(value: Number, digits: int) -> Decimal:
    """Round half up (8.25 -> 8.3), as a person does; Babel and Python round half to even."""
    return Decimal(_rounded(*value.as_integer_ratio(), digits)).scaleb(-digits)


def _rounded(numerator: int, denominator: int, digits: int) -> int:
    """Return the ratio, rounded half away from zero, in whole numbers of its last decimal.

    Whole numbers throughout: a page of a portfolio rounds thousands of scores.
    """
    whole: int = (2 * abs(numerator) * 10**digits + denominator) // (2 * denominator)
    return whole if numerator >= 0 else -whole


def score_digits(score: Number, threshold: Number | None, digits: int = 2) -> int:
    """Return how many decimals to print so that the print never contradicts the verdict."""
    if threshold is None:
        return digits
    numerator, denominator = score.as_integer_ratio()
    limit, unit = threshold.as_integer_ratio()
    is_below = numerator * unit < limit * denominator
    while digits < MAX_DIGITS and (_rounded(numerator, denominator, digits) * unit < limit * 10**digits) != is_below:
        digits += 1
    return digits


def format_number(value: Number, digits: int, language: str) -> str:
    """Write a number with this many decimals, a comma and thin spaces in French."""
    text = f"{round_half_up(value, digits):,.{digits}f}"
    if language == "fr":
        return text.replace(",", NARROW_SPACE).replace(".", ",")
    return text


def format_score(score: Number | None, language: str, threshold: Number | None = None, digits: int = 2) -> str:
    """Write a score out of ten; more decimals appear where rounding would hide a breach."""
    if score is None:
        return "–"
    return format_number(score, score_digits(score, threshold, digits), language)


def format_percent(ratio: Number, language: str, digits: int = 0) -> str:
    text = format_number(Fraction(ratio) * 100, digits, language)
    return f"{text}{NARROW_SPACE}%" if language == "fr" else f"{text}%"


def format_money(amount: Number, currency: str, language: str) -> str:
    text = format_number(amount, 2, language)
    symbol = {"EUR": "€", "GBP": "£", "USD": "$"}.get(currency, currency)
    return f"{text}{HARD_SPACE}{symbol}" if language == "fr" else f"{symbol}{text}"


def format_day(day: date, language: str, *, with_weekday: bool = False) -> str:
    """Write a date in full: « vendredi 11 décembre 2026 », "Friday 11 December 2026"."""
    pattern = ("EEEE d MMMM y" if with_weekday else "d MMMM y") if language == "en" else None
    if pattern:
        return format_date(day, pattern, locale="en_GB")
    written = format_date(day, "full" if with_weekday else "long", locale="fr")
    # The first of a month is « 1er »; the other days have no ending.
    return written.replace("1 ", "1er ", 1) if day.day == 1 else written


def format_instant(instant: datetime, zone: str, language: str) -> str:
    """Write an instant in the reader's zone: « 11 décembre 2026 à 18 h 00 (heure de Paris) »."""
    local = instant.astimezone(ZoneInfo(zone))
    day = format_day(local_day(instant, zone), language)
    city = zone.rsplit("/", 1)[-1].replace("_", " ")
    if language == "fr":
        of_city = "heure de Paris" if city == "Paris" else f"heure de {city}"
        return f"{day} à {local.hour}{HARD_SPACE}h{HARD_SPACE}{local:%M} ({of_city})"
    return f"{day} at {local:%H:%M} ({city} time)"


def format_month(day: date, language: str) -> str:
    return format_skeleton("yMMMM", day, locale="fr" if language == "fr" else "en_GB")
