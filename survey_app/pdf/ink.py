"""Marks on a page as the PDF's own operators, written directly: a sheet has some thousand of them.

reportlab's canvas formats each number by itself; one formatted string a shape costs a tenth of that.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

Colour = tuple[float, float, float]
# How far the handles of four curves stand out, so that together they are a circle.
HANDLE = 0.5522847


@lru_cache(maxsize=64)
def _painted(colour: Colour) -> str:
    red, green, blue = colour
    return f"{red:.3f} {green:.3f} {blue:.3f} rg {red:.3f} {green:.3f} {blue:.3f} RG"


def paint(canvas: Any, colour: Colour) -> None:
    """Set the colour of what is filled and of what is drawn."""
    canvas._code.append(_painted(colour))


def draw_line(
    canvas: Any, x: float, y: float, to_x: float, to_y: float, colour: Colour, width: float, dash: str = ""
) -> None:
    line = f"{_painted(colour)} {width:.2f} w {x:.2f} {y:.2f} m {to_x:.2f} {to_y:.2f} l S"
    canvas._code.append(f"[{dash}] 0 d {line} [] 0 d" if dash else line)


def draw_circle(canvas: Any, x: float, y: float, radius: float, paint_with: str) -> None:
    """Draw a circle; `paint_with` is the operator: f fills, S draws, B does both."""
    h, left, right, low, top = radius * HANDLE, x - radius, x + radius, y - radius, y + radius
    canvas._code.append(
        f"{right:.2f} {y:.2f} m {right:.2f} {y + h:.2f} {x + h:.2f} {top:.2f} {x:.2f} {top:.2f} c "
        f"{x - h:.2f} {top:.2f} {left:.2f} {y + h:.2f} {left:.2f} {y:.2f} c "
        f"{left:.2f} {y - h:.2f} {x - h:.2f} {low:.2f} {x:.2f} {low:.2f} c "
        f"{x + h:.2f} {low:.2f} {right:.2f} {y - h:.2f} {right:.2f} {y:.2f} c h {paint_with}"
    )


def draw_polygon(canvas: Any, corners: Sequence[tuple[float, float]], paint_with: str) -> None:
    (x, y), *rest = corners
    path = " ".join(f"{px:.2f} {py:.2f} l" for px, py in rest)
    canvas._code.append(f"{x:.2f} {y:.2f} m {path} h {paint_with}")


def draw_boxes(canvas: Any, boxes: Sequence[tuple[float, float, float, float]]) -> None:
    canvas._code.append(" ".join(f"{x:.2f} {y:.2f} {w:.2f} {h:.2f} re" for x, y, w, h in boxes) + " f")
