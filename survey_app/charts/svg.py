"""An SVG drawing: shapes by class for the page, with its own colours when it leaves the page as a file."""

from dataclasses import dataclass, field

from markupsafe import Markup, escape

# The page's stylesheet colours a drawing in place; a file on its own carries the print colours with it.
FILE_STYLE = (
    "text{font-family:system-ui,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif;font-size:13px;fill:#16181d;"
    "font-variant-numeric:tabular-nums}.small{font-size:11px}.muted{fill:#565c69}.strong{font-weight:650}"
    ".axis,.tick{stroke:#c5c9d2;fill:none}.dot{fill:#16181d;fill-opacity:.5}.interval{stroke:#16181d;stroke-width:2}"
    ".range{stroke:#c5c9d2;stroke-width:2}.threshold{stroke:#b3261e;stroke-dasharray:4 3;fill:none}"
    ".baseline{stroke:#565c69;stroke-width:2;fill:none}.score{fill:#1d4ed8;stroke:#fff;stroke-width:1.5}"
    ".score--hollow{fill:#fff;stroke:#565c69;stroke-width:1.5}.line{fill:none;stroke:#1d4ed8;stroke-width:2}"
    ".line--before{stroke:#8a909c}.area{fill:#1d4ed8;fill-opacity:.12;stroke:#1d4ed8;stroke-width:1.5}"
    ".halo{paint-order:stroke;stroke:#fff;stroke-width:4px;stroke-linejoin:round}"
    ".wash{fill:#fdecea}.breach{fill:#b3261e}"
)

Place = float | int
Attribute = str | Place


@dataclass
class Drawing:
    """Shapes in the order in which they are painted, on a canvas of whole units; x grows right, y down."""

    width: int
    height: int
    title: str
    shapes: list[str] = field(default_factory=list)

    def add(self, tag: str, text: str | None = None, **attributes: Attribute | None) -> None:
        """Paint one element; `class_` and `font_size` become `class` and `font-size`."""
        written = "".join(
            f' {name.rstrip("_").replace("_", "-")}="{escape(_plain(value))}"'
            for name, value in attributes.items()
            if value is not None
        )
        self.shapes.append(f"<{tag}{written}>{escape(text)}</{tag}>" if text is not None else f"<{tag}{written}/>")

    def line(self, x1: Place, y1: Place, x2: Place, y2: Place, class_: str) -> None:
        self.add("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=class_)

    def dot(self, x: Place, y: Place, radius: Place, class_: str) -> None:
        self.add("circle", cx=x, cy=y, r=radius, class_=class_)

    def text(self, x: Place, y: Place, words: str, class_: str = "small muted", anchor: str = "middle") -> None:
        self.add("text", words, x=x, y=y, class_=class_, text_anchor=anchor)

    def path(self, points: list[tuple[float, float]], class_: str, *, is_closed: bool = False) -> None:
        if points:
            joined = " ".join(f"{_plain(x)},{_plain(y)}" for x, y in points)
            self.add("polygon" if is_closed else "polyline", points=joined, class_=class_)

    def inline(self) -> Markup:
        """Return the drawing for a page, where the stylesheet gives it its colours, light or dark."""
        return Markup(self._wrap(""))  # noqa: S704 - every word and attribute was escaped when it was painted

    def file(self) -> str:
        """Return the drawing as a file that stands alone, in the colours of paper."""
        return self._wrap(f'<style>{FILE_STYLE}</style><rect width="100%" height="100%" fill="#fff"/>')

    def _wrap(self, before: str) -> str:
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {self.height}" '
            f'width="{self.width}" height="{self.height}" role="img" class="drawing">'
            f"<title>{escape(self.title)}</title>{before}{''.join(self.shapes)}</svg>"
        )


def _plain(value: Attribute) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


@dataclass(frozen=True)
class Scale:
    """A straight scale from values to places on the canvas."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return self.start + max(0.0, min(1.0, share)) * (self.end - self.start)
