"""The QR code of the verification page, as plain rectangles."""

from typing import Any


def draw_code(canvas: Any, address: str, x: float, y: float, size: float) -> None:
    """Draw the code in black, one rectangle per run of dark modules."""
    import segno

    rows = [bytes(row) for row in segno.make_qr(address, error="m", boost_error=False).matrix]
    module = size / len(rows)
    canvas.setFillColorRGB(0, 0, 0)
    path = canvas.beginPath()
    for place, row in enumerate(rows):
        start = 0
        while (start := row.find(1, start)) >= 0:
            end = row.find(0, start)
            end = len(row) if end < 0 else end
            path.rect(x + start * module, y + size - (place + 1) * module, (end - start) * module, module)
            start = end
    canvas.drawPath(path, stroke=0, fill=1)
