"""One short definition to start from, and how tests write it."""

from pathlib import Path
from typing import Protocol

SHORT = """\
key: short
version: 1
title: {fr: "Court", en: "Short"}
intro: {fr: "Bonjour", en: "Hello"}
default_scale: marks
scales:
  marks: {min: 0, max: 10, low: {fr: "Non", en: "No"}, high: {fr: "Oui", en: "Yes"}}
sections:
  - key: service
    title: {fr: "Service", en: "Service"}
    questions:
      - key: answers
        indicator: service_responsiveness
        text: {fr: "Vos délais", en: "Your delays"}
      - key: offers
        indicator: service_responsiveness
        text: {fr: "Vos devis", en: "Your quotes"}
"""


class Write(Protocol):
    """Write a definition, by default the short one, in its place."""

    def __call__(self, text: str = SHORT, key: str = "short", version: int = 1) -> Path: ...
