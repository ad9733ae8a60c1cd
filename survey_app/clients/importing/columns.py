"""Guess which column holds what, from its name in French or English; a person may correct the guess."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from enum import StrEnum

from survey_app.errors import N_, Invalid


class Column(StrEnum):
    """What a column of the file may hold."""

    NAME = "name"
    FIRST_NAME = "first_name"
    LAST_NAME = "last_name"
    EMAIL = "email"
    ROLE = "role"
    CIVILITY = "civility"
    JOB_TITLE = "job_title"
    LANGUAGE = "language"
    IS_SIGNATORY = "is_signatory"


KNOWN_NAMES: Mapping[Column, frozenset[str]] = {
    Column.NAME: frozenset(
        {
            "name",
            "full name",
            "contact",
            "interlocuteur",
            "nom complet",
            "nom et prenom",
            "prenom et nom",
            "nom prenom",
            "prenom nom",
        }
    ),
    Column.FIRST_NAME: frozenset({"first name", "firstname", "given name", "prenom"}),
    Column.LAST_NAME: frozenset({"last name", "lastname", "surname", "family name", "nom", "nom de famille"}),
    Column.EMAIL: frozenset(
        {
            "email",
            "e mail",
            "mail",
            "email address",
            "e mail address",
            "courriel",
            "adresse email",
            "adresse e mail",
            "adresse mail",
            "adresse electronique",
            "adresse de courriel",
        }
    ),
    Column.ROLE: frozenset({"role", "service", "department", "direction", "fonction dans l enquete"}),
    Column.CIVILITY: frozenset({"civility", "form of address", "title", "civilite", "titre"}),
    Column.JOB_TITLE: frozenset(
        {"job title", "job", "position", "fonction", "poste", "intitule de poste", "intitule du poste"}
    ),
    Column.LANGUAGE: frozenset({"language", "langue"}),
    Column.IS_SIGNATORY: frozenset({"signatory", "signs", "signataire", "is signatory"}),
}

Choice = Sequence[Column | None]


def plain(text: str) -> str:
    """Return small letters and digits, without accents, words a space apart."""
    letters = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return " ".join(re.findall(r"[a-z0-9]+", letters))


def guess_columns(headers: Sequence[str]) -> list[Column | None]:
    """Return what each column holds, each thing once; a lone « Nom » is the whole name."""
    taken: list[Column | None] = []
    for header in headers:
        found = next((column for column, names in KNOWN_NAMES.items() if plain(header) in names), None)
        taken.append(None if found in taken else found)
    if Column.LAST_NAME in taken and not {Column.FIRST_NAME, Column.NAME} & set(taken):
        taken[taken.index(Column.LAST_NAME)] = Column.NAME
    return taken


def check_columns(columns: Choice) -> None:
    """Refuse a choice that names nobody or reaches nobody."""
    chosen = [column for column in columns if column is not None]
    if len(chosen) != len(set(chosen)):
        raise Invalid(N_("Two columns are said to hold the same thing. Choose one of them."))
    if Column.EMAIL not in chosen:
        raise Invalid(N_("No column holds the e-mail address. Choose the one that does."))
    if not {Column.NAME, Column.LAST_NAME} & set(chosen):
        raise Invalid(N_("No column holds the name. Choose the one that does."))
