"""The agency of the demo, its clients, their people and the temper of each one's answers, as cast.toml has them."""

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict

from survey_app.clients.models import Civility, ContactRole

# A usual mark out of ten; None where the person stays silent.
UsualMark = Annotated[int | None, BeforeValidator(lambda written: None if written == "silent" else written)]
Counts = dict[str, int]


class Read(BaseModel):
    """A value of the file, which holds nothing that the demo does not use."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Named(Read):
    """Someone of the agency."""

    name: str
    email: str


class PlayedAgency(Read):
    key: str
    name: str
    address: str


class Plan(Read):
    """What went wrong, why, and what is done about it."""

    wrong: str
    cause: str
    action: str


class Person(Named):
    """A contact, with the usual mark and the closing comment in the first and the second wave."""

    civility: Civility
    role: ContactRole
    job_title: str
    marks: tuple[UsualMark, UsualMark]
    is_signatory: bool = False
    language: str = "fr"
    not_applicable: frozenset[str] = frozenset()
    comments: tuple[str, str] = ("", "")


class PlayedClient(Read):
    """A client, the lines of its agreement, and how far from today its two waves lie."""

    key: str
    name: str
    questionnaire: str
    campaign_title: str
    days_ago: tuple[int, int]
    bonus: int
    people: tuple[Person, ...]
    survey_lines: dict[str, tuple[Decimal, Decimal]]
    shifts: dict[str, tuple[int, int]]
    facts: dict[str, tuple[Counts, Counts]] = {}
    receives_marks: bool = False

    @property
    def signatory(self) -> Person:
        """Return the contact who signs in the client's name."""
        return next(person for person in self.people if person.is_signatory)


class Cast(Read):
    agency: PlayedAgency
    lead: Named
    second: Named
    paying_lines: frozenset[str]
    acceptance: str
    fact_lines: tuple[str, ...]
    evidence_line: str
    plans: dict[str, Plan]
    clients: tuple[PlayedClient, ...]

    def lines_beside(self, client: PlayedClient) -> tuple[str, ...]:
        """List the lines that no survey measures in this client's agreement."""
        return (*self.fact_lines, self.evidence_line) if self.fact_lines[0] in client.facts else ()


_FILE: Final = Path(__file__).with_name("cast.toml")
CAST: Final = Cast.model_validate(tomllib.loads(_FILE.read_text(encoding="utf-8"), parse_float=Decimal))
