"""Understand the rows of a file: contacts where all is well, and every problem with its line where it is not."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from survey_app.clients.importing.columns import Choice, Column, check_columns, plain
from survey_app.clients.importing.reading import Row, Table
from survey_app.clients.models import MAX_NAME, Civility, ContactRole
from survey_app.errors import N_, Invalid
from survey_app.validation import clean_email, clean_line

ROLES: Mapping[str, ContactRole] = {
    "marketing": ContactRole.MARKETING,
    "communication": ContactRole.MARKETING,
    "purchasing": ContactRole.PURCHASING,
    "procurement": ContactRole.PURCHASING,
    "achat": ContactRole.PURCHASING,
    "achats": ContactRole.PURCHASING,
    "management": ContactRole.MANAGEMENT,
    "general management": ContactRole.MANAGEMENT,
    "direction": ContactRole.MANAGEMENT,
    "direction generale": ContactRole.MANAGEMENT,
    "cost control": ContactRole.COST_CONTROL,
    "controle de gestion": ContactRole.COST_CONTROL,
    "other": ContactRole.OTHER,
    "autre": ContactRole.OTHER,
}
CIVILITIES: Mapping[str, Civility] = {
    "madam": Civility.MADAM,
    "madame": Civility.MADAM,
    "mme": Civility.MADAM,
    "ms": Civility.MADAM,
    "mrs": Civility.MADAM,
    "mlle": Civility.MADAM,
    "sir": Civility.SIR,
    "monsieur": Civility.SIR,
    "m": Civility.SIR,
    "mr": Civility.SIR,
    "neutral": Civility.NEUTRAL,
}
LANGUAGES: Mapping[str, str] = {
    "fr": "fr",
    "francais": "fr",
    "french": "fr",
    "en": "en",
    "anglais": "en",
    "english": "en",
}
ANSWERS: Mapping[str, bool] = {
    "oui": True,
    "yes": True,
    "x": True,
    "1": True,
    "true": True,
    "vrai": True,
    "non": False,
    "no": False,
    "0": False,
    "false": False,
    "faux": False,
}


NO_ROLE = N_("“%(word)s” is no role. Write marketing, purchasing, general management, cost control or other.")
NO_CIVILITY = N_("“%(word)s” is no form of address. Write Ms, Mr or nothing.")
NO_LANGUAGE = N_("“%(word)s” is no language of the product. Write fr or en.")
NO_ANSWER = N_("“%(word)s” is neither yes nor no. Write yes or no.")
Value = TypeVar("Value")


@dataclass(frozen=True)
class ContactRow:
    """A contact as the file says it; None where the file says nothing, so that what is known stays."""

    line: int
    name: str
    email: str
    role: ContactRole | None = None
    civility: Civility | None = None
    job_title: str | None = None
    language: str | None = None
    is_signatory: bool | None = None


@dataclass(frozen=True)
class Problem:
    """What is wrong with one line, in a sentence to be translated, at a column where there is one."""

    line: int
    column: str
    message: str
    values: Mapping[str, object] = field(default_factory=dict)


def understand(table: Table, columns: Choice) -> tuple[list[ContactRow], list[Problem]]:
    """Return the contacts of the file and all its problems; one problem is enough to import nothing."""
    check_columns(columns)
    contacts: list[ContactRow] = []
    problems: list[Problem] = []
    lines: dict[str, int] = {}
    for row in table.rows:
        reader = _RowReader(row, table.headers, columns)
        contact = reader.read()
        if contact is not None and contact.email in lines:
            reader.complain(
                Column.EMAIL,
                N_("%(email)s is already at line %(other)s."),
                email=contact.email,
                other=lines[contact.email],
            )
        problems.extend(reader.problems)
        if contact is not None and not reader.problems:
            lines[contact.email] = row.line
            contacts.append(contact)
    return contacts, problems


class _RowReader:
    """Reads one row and collects what is wrong with it."""

    def __init__(self, row: Row, headers: Iterable[str], columns: Choice) -> None:
        self.row = row
        self.problems: list[Problem] = []
        cells = [*row.cells, *([""] * max(0, len(columns) - len(row.cells)))]
        self._values = {column: cell for column, cell in zip(columns, cells, strict=False) if column}
        self._headers = {column: header for column, header in zip(columns, headers, strict=False) if column}
        if any(cells[len(columns) :]):
            self.problems.append(
                Problem(row.line, "", N_("The line has more cells than there are column names. Check its separators."))
            )

    def complain(self, column: Column, message: str, **values: object) -> None:
        self.problems.append(Problem(self.row.line, self._headers.get(column, ""), message, values))

    def read(self) -> ContactRow | None:
        name, email = self._name(), self._email()
        contact = ContactRow(
            line=self.row.line,
            name=name,
            email=email,
            role=self._word(Column.ROLE, ROLES, NO_ROLE),
            civility=self._word(Column.CIVILITY, CIVILITIES, NO_CIVILITY),
            job_title=self._line(Column.JOB_TITLE) if Column.JOB_TITLE in self._values else None,
            language=self._word(Column.LANGUAGE, LANGUAGES, NO_LANGUAGE),
            is_signatory=self._word(Column.IS_SIGNATORY, ANSWERS, NO_ANSWER),
        )
        return contact if email else None

    def _line(self, column: Column) -> str:
        try:
            return clean_line(self._values.get(column, ""), MAX_NAME)
        except Invalid as refusal:
            self.complain(column, refusal.message, **refusal.values)
            return ""

    def _name(self) -> str:
        n_problems = len(self.problems)
        parts = [self._line(column) for column in (Column.NAME, Column.FIRST_NAME, Column.LAST_NAME)]
        name = " ".join(part for part in parts if part)
        if not name and len(self.problems) == n_problems:
            column = Column.NAME if Column.NAME in self._headers else Column.LAST_NAME
            self.complain(column, N_("The name is missing."))
        return name[:MAX_NAME]

    def _email(self) -> str:
        text = self._values.get(Column.EMAIL, "")
        if not text.strip():
            self.complain(Column.EMAIL, N_("The e-mail address is missing."))
            return ""
        try:
            return clean_email(text)
        except Invalid as refusal:
            self.complain(Column.EMAIL, refusal.message, **refusal.values)
            return ""

    def _word(self, column: Column, words: Mapping[str, Value], message: str) -> Value | None:
        text = self._values.get(column, "").strip()
        if text and plain(text) not in words:
            self.complain(column, message, word=text[:80])
        return words.get(plain(text)) if text else None
