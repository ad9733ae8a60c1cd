"""The square code that a telephone reads to set up the second factor."""

from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import segno


@dataclass(frozen=True)
class SquareCode:
    """The picture, and the same secret in letters for those who cannot photograph it."""

    image: str
    letters: str


def square_code(address: str) -> SquareCode:
    secret = parse_qs(urlsplit(address).query)["secret"][0]
    groups = [secret[start : start + 4] for start in range(0, len(secret), 4)]
    return SquareCode(segno.make(address, error="m").svg_data_uri(scale=5, border=4, light="#fff"), " ".join(groups))
