"""Read a text as a table: its encoding is found or refused, its separator is counted outside quotes."""

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass
from itertools import islice

from survey_app.errors import N_, Invalid

SEPARATORS = (";", ",", "\t", "|")
BYTE_ORDER_MARKS = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
NAMES = {
    "utf-8-sig": "UTF-8",
    "utf-8": "UTF-8",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "utf-32": "UTF-32",
    "cp1252": "Windows-1252",
    "iso8859_15": "ISO 8859-15",
    "mac_roman": "Mac Roman",
    "cp850": "MS-DOS 850",
}
# What spreadsheets of Western Europe write where they write no Unicode; what is met more often needs fewer signs.
SINGLE_BYTE = {"cp1252": 0.5, "mac_roman": 0.0, "cp850": -1.5, "iso8859_15": -1.0}
# How often each sign is met in French, roughly; the reading whose signs are the most usual is the right one.
USUAL = {
    **dict.fromkeys("é", 10.0),
    **dict.fromkeys("èà’", 4.0),
    **dict.fromkeys("É", 3.5),
    **dict.fromkeys("ê\u00a0", 3.0),
    **dict.fromkeys("çô€«»", 2.0),
    **dict.fromkeys("îûùÀ–…“”°", 1.0),
    **dict.fromkeys("âëïöüñœÇÈ", 0.7),
    **dict.fromkeys("áäãåíìóòõúÿæßøÂÄÁÅÊËÍÎÏÑÓÔÖÚÛÜÙŸÆŒØšžŠŽ‘—•·", 0.05),
}
STRANGE = -5.0
SIGNS_WEIGHED = 20_000
SAMPLE = 60
TWICE_ENCODED = re.compile("Ã[\u00a0-\u00bfƒ‚„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]\\w*|â€[™œ“”¦]")

BROKEN = N_(
    "Line %(line)s of the file breaks its own encoding (%(encoding)s): its accents cannot be read. Export the file "
    "again as “CSV UTF-8”, or save it as XLSX."
)
UNREADABLE_LINE = N_("The file cannot be read at line %(line)s. Check its quotation marks, or save it again as XLSX.")


@dataclass(frozen=True)
class TextTable:
    """The records of a text, with what was found of its form."""

    records: list[list[str]]
    separator: str
    suspect: str


def decode(content: bytes) -> tuple[str, str]:
    """Return the text and the name of its encoding; bytes that no encoding explains are refused with their line."""
    for mark, encoding in BYTE_ORDER_MARKS:
        if content.startswith(mark):
            return _decode_strictly(content, encoding), NAMES[encoding]
    unmarked = _unmarked_utf_16(content)
    if unmarked:
        return _decode_strictly(content, unmarked), NAMES[unmarked]
    try:
        return content.decode("utf-8"), NAMES["utf-8"]
    except UnicodeDecodeError as error:
        if _is_mostly_utf_8(content):
            raise Invalid(BROKEN, line=_line_at(content, error.start), encoding=NAMES["utf-8"]) from None
    return _decode_single_byte(content)


def _decode_strictly(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        before = content[: error.start].decode(encoding, "ignore")
        raise Invalid(BROKEN, line=before.count("\n") + 1, encoding=NAMES[encoding]) from None


def _unmarked_utf_16(content: bytes) -> str:
    """Tell UTF-16 by its empty bytes: every second one, where the text is Latin."""
    sample = content[:400]
    if len(sample) < 4:
        return ""
    odd, even = sample[1::2].count(0) / len(sample[1::2]), sample[::2].count(0) / len(sample[::2])
    if odd > 0.7 and even < 0.1:
        return "utf-16-le"
    return "utf-16-be" if even > 0.7 and odd < 0.1 else ""


def _is_mostly_utf_8(content: bytes) -> bool:
    """Tell whether letters of more than one byte are there: single-byte text makes none by accident."""
    return any(sign in USUAL for sign in content.decode("utf-8", "surrogateescape"))


def _line_at(content: bytes, place: int) -> int:
    return content.count(b"\n", 0, place) + 1


def _decode_single_byte(content: bytes) -> tuple[str, str]:
    readings = []
    for encoding, start in SINGLE_BYTE.items():
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        places = islice((place for place, sign in enumerate(text) if sign > "\x7f"), SIGNS_WEIGHED)
        weights = {place: _weight(text, place) for place in places}
        readings.append((start + sum(weights.values()), encoding, text, weights))
    _total, encoding, text, weights = max(readings, key=lambda reading: reading[0])
    strange = next((place for place, weight in weights.items() if weight == STRANGE), None)
    if strange is not None:
        raise Invalid(BROKEN, line=text.count("\n", 0, strange) + 1, encoding=NAMES[encoding])
    return text, NAMES[encoding]


def _weight(text: str, place: int) -> float:
    """Weigh a sign where it stands: « ValÉrie », « 12Ê345 », three accents in a row are traces of a wrong reading."""
    sign = text[place]
    before, after = text[place - 1] if place else " ", text[place + 1] if place + 1 < len(text) else " "
    is_strange = _is_strange_letter if sign.isalpha() else _is_strange_sign
    if is_strange(before, sign, after):
        return STRANGE
    return 0.5 if sign == "à" and after.isalpha() else USUAL.get(sign, STRANGE if sign.isalpha() else 0.0)


def _is_strange_letter(before: str, sign: str, after: str) -> bool:
    is_in_a_row = min(before, after) > "\x7f" and before.isalpha() and after.isalpha()
    is_capital_inside = sign.isupper() and (before.islower() or (before.isupper() and after.islower()))
    is_small_inside = sign.islower() and before.isupper() and after.isupper()
    return before.isdigit() or after.isdigit() or is_in_a_row or is_capital_inside or is_small_inside


def _is_strange_sign(before: str, sign: str, after: str) -> bool:
    if sign in "’·\u00a0":
        return False
    is_stuck = after.isalpha() and (before.isalpha() or sign in "€«»")
    return is_stuck or (sign not in USUAL and (before.isalpha() or after.isalpha()))


def split_records(text: str) -> TextTable:
    """Split a text into records by the separator that gives the most even columns."""
    text = text.lstrip("\ufeff")
    stated = re.match(r"\"?sep=(.)\"?[ ;,]*(?:\r\n|\r|\n|$)", text, re.IGNORECASE)
    if stated:
        text = text[stated.end() :]
    separator = stated[1] if stated else _find_separator(text)
    records: list[list[str]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        records.extend(reader)
    except csv.Error:
        raise Invalid(UNREADABLE_LINE, line=len(records) + 1) from None
    found = TWICE_ENCODED.search(text)
    return TextTable(records, separator, found[0] if found else "")


def _find_separator(text: str) -> str:
    return max(SEPARATORS, key=lambda separator: _evenness(text, separator))


def _evenness(text: str, separator: str) -> tuple[float, int]:
    """Return how many of the first records have the usual number of columns, times these, and that number."""
    widths: list[int] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        for record in reader:
            if any(cell.strip() for cell in record):
                widths.append(len(record))
            if len(widths) == SAMPLE:
                break
    except csv.Error:
        pass
    usual = Counter(width for width in widths if width > 1).most_common(1)
    if not usual:
        return 0, 0
    [(width, n_records)] = usual
    return n_records / len(widths) * min(width, 12), width
