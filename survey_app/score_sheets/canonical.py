"""One spelling of a snapshot: sorted keys, no spaces, no floats, so that the same facts have the same hash."""

import hashlib
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

FORMAT = "score-sheet/2"
# Sheets once sealed stay readable: the first format had neither companion ratios nor the names of counts.
FORMATS = (FORMAT, "score-sheet/1")


def plain(value: Any) -> Any:
    """Turn values into JSON ones: decimals and fractions as text, instants in UTC; a float is refused."""
    if isinstance(value, dict):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return value if value is None or isinstance(value, bool | int) else _spell(value)


def _spell(value: object) -> str:
    match value:
        case str() | Fraction():
            return str(value)
        case Decimal():
            return format(value.normalize(), "f") if value else "0"
        case datetime():
            return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        case date():
            return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no exact spelling in a snapshot")


def canonical_json(content: dict[str, Any]) -> str:
    return json.dumps(plain(content), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
