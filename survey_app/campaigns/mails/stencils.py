"""The letter of a wave with holes for what is each person's own: drawn once, filled a thousand times."""

import re
import secrets
from dataclasses import dataclass

from markupsafe import escape

from survey_app.campaigns.mails.letters import Letter, RenderedLetter, render_letter

HOLES = ("name", "addressed_as", "link", "unsubscribe")
# Drawn at each start, so that no wording of an agency and no name can hold one.
_SEAL = secrets.token_hex(8)
_HOLE = re.compile(rf"{_SEAL}-({'|'.join(HOLES)})-")


def hole(name: str) -> str:
    """Return what stands in a letter where a person's own words will be."""
    return f"{_SEAL}-{name}-"


@dataclass(frozen=True)
class Stencil:
    """The three parts of a letter, cut at their holes: text at even places, the name of a hole at odd ones."""

    subject: tuple[str, ...]
    text: tuple[str, ...]
    html: tuple[str, ...]

    def filled(self, values: dict[str, str]) -> RenderedLetter:
        """Put one person's words in; what reads like a hole inside a value stays as it is."""
        in_html = {name: str(escape(value)) for name, value in values.items()}
        subject = " ".join(_join(self.subject, values).split())
        return RenderedLetter(subject, _join(self.text, values), _join(self.html, in_html))


def cut_stencil(letter: Letter) -> Stencil:
    """Render a letter that was drafted with holes; called under the letter's language."""
    drawn = render_letter(letter)
    return Stencil(*(tuple(_HOLE.split(part)) for part in (drawn.subject, drawn.text, drawn.html)))


def _join(parts: tuple[str, ...], values: dict[str, str]) -> str:
    return "".join(values[part] if place % 2 else part for place, part in enumerate(parts))
