"""The QR code of the verification page, as plain rectangles."""

from typing import Any

from survey_app.pdf.ink import draw_boxes, paint

# Any of the eight masks can be read; trying them all to find the prettiest costs more than the code.
MASK = 2


def draw_code(canvas: Any, address: str, x: float, y: float, size: float) -> None:
    """Draw the code in black, one rectangle per run of dark modules."""
    import segno

    rows = [bytes(row) for row in segno.make_qr(address, error="m", mask=MASK, boost_error=False).matrix]
    module = size / len(rows)
    boxes = []
    for place, row in enumerate(rows):
        start = 0
        while (start := row.find(1, start)) >= 0:
            end = row.find(0, start)
            end = len(row) if end < 0 else end
            boxes.append((x + start * module, y + size - (place + 1) * module, (end - start) * module, module))
            start = end
    paint(canvas, (0, 0, 0))
    draw_boxes(canvas, boxes)
