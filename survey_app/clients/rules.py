"""Decide what an agency may write in a mail: named placeholders only."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

MAX_SUBJECT = 200
MAX_MESSAGE = 4000
BRACES = re.compile(r"\{([^{}]*)\}")

OF_A_WAVE = ("agency", "client", "campaign", "wave", "deadline", "name")
# The mails whose words are an agency's to change, each with what can be filled in.
PLACEHOLDERS_OF: Mapping[str, tuple[str, ...]] = {
    "invitation": OF_A_WAVE,
    "reminder": OF_A_WAVE,
    "agreement_proposal": ("agency", "client", "agreement", "lines", "name"),
    "plan_proposal": ("agency", "client", "line", "name"),
    "results": ("agency", "client", "campaign", "wave", "name"),
    "digest": ("agency", "name", "open", "waiting"),
}


@dataclass(frozen=True)
class Wording:
    """Subject and message with named placeholders; blank lines part the paragraphs."""

    subject: str
    message: str

    def unknown_placeholders(self, kind: str = "invitation") -> list[str]:
        return unknown_placeholders(f"{self.subject}\n{self.message}", PLACEHOLDERS_OF.get(kind, ()))

    def filled(self, values: Mapping[str, str]) -> "Wording":
        subject = " ".join(fill(self.subject, values).split())
        return Wording(subject, fill(self.message, values))

    def paragraphs(self) -> list[str]:
        return [part.strip() for part in re.split(r"\r?\n\s*\n", self.message) if part.strip()]


def unknown_placeholders(text: str, known: Collection[str] = OF_A_WAVE) -> list[str]:
    """List what stands in braces and is no placeholder; a brace alone is one too many."""
    wrong = [found.group(0) for found in BRACES.finditer(text) if found.group(1) not in known]
    rest = BRACES.sub("", text)
    return list(dict.fromkeys([*wrong, *(brace for brace in "{}" if brace in rest)]))


def fill(text: str, values: Mapping[str, str]) -> str:
    """Put the values in, once: a brace inside a value stays a brace."""
    return BRACES.sub(lambda found: values.get(found.group(1), found.group(0)), text)
