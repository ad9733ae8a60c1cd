"""Read contacts from a list: what its columns hold, and what its rows say."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from survey_app.clients.models import MAX_NAME, Civility, ContactRole
from survey_app.clients.vocabulary import (
    AGREEMENTS,
    ANSWERS,
    CIVILITIES,
    HEADINGS,
    LANGUAGES,
    OPPOSITIONS,
    REACHABLE,
    ROLES,
    Column,
)
from survey_app.errors import N_, Invalid
from survey_app.tables.reading import Problem, Remark, Row, Table, Understood, columns_named, refuse_doubles
from survey_app.tables.rules import plain
from survey_app.validation import clean_email, clean_line

# So many of a column's values must be of a kind before it is known by them alone.
MOST = 0.8
LONGEST_ADDRESS = 1000
NAMED_ADDRESS = re.compile(r"\s*\"?([^<>\"]*?)\"?\s*<\s*(?:mailto:)?([^<>\s]+@[^<>\s]+)\s*>\s*")
NO_ROLE = N_(
    "Line %(line)s: “%(word)s” is no role and is left out. Write marketing, purchasing, general management, cost "
    "control or other."
)
NO_CIVILITY = N_("Line %(line)s: “%(word)s” is no form of address and is left out. Write Ms, Mr or nothing.")
NO_LANGUAGE = N_("Line %(line)s: “%(word)s” is no language of the product and is left out. Write fr or en.")
NO_ANSWER = N_("Line %(line)s: “%(word)s” is neither yes nor no and is left out. Write yes or no.")
Choice = Sequence[Column | None]
Value = TypeVar("Value")


@dataclass(frozen=True)
class ContactRow:
    """A contact as the list says it; None where it says nothing, so that what is known stays."""

    line: int
    name: str
    email: str
    role: ContactRole | None = None
    civility: Civility | None = None
    job_title: str | None = None
    language: str | None = None
    is_signatory: bool | None = None
    is_opposed: bool = False


def guess_columns(table: Table) -> list[Column | None]:
    """Return what each column holds, each thing once, by heading and values; a lone « Nom » is the whole name."""
    taken: list[Column | None] = [None] * len(table.headers)
    for fits in (_fits_both, _fits_values, _fits_heading):
        for place, header in enumerate(table.headers):
            if taken[place] is None:
                free = [each for each in Column if each not in taken or each is Column.IS_OPPOSED]
                taken[place] = next((each for each in free if fits(each, header, table.values(place))), None)
    if Column.FIRST_NAME in taken and Column.LAST_NAME in taken and Column.NAME in taken:
        taken[taken.index(Column.NAME)] = None
    if Column.LAST_NAME in taken and not {Column.FIRST_NAME, Column.NAME} & set(taken):
        taken[taken.index(Column.LAST_NAME)] = Column.NAME
    return taken


def _fits_both(column: Column, header: str, values: Sequence[str]) -> bool:
    return column in columns_named(HEADINGS, header) and _holds(column, values)


def _fits_heading(column: Column, header: str, values: Sequence[str]) -> bool:
    """Accept a heading of one meaning whatever stands under it; « Titre » is a form of address or a job."""
    named = columns_named(HEADINGS, header)
    return column in named and (len(named) == 1 or not values)


def _fits_values(column: Column, header: str, values: Sequence[str]) -> bool:
    if column is Column.EMAIL:
        return _holds(column, values) and not columns_named(HEADINGS, header)
    if column is Column.IS_OPPOSED:
        is_agreement = AGREEMENTS.fullmatch(plain(header)) and any(plain(value) in ANSWERS for value in values)
        return bool(is_agreement) or any(OPPOSITIONS.fullmatch(plain(value)) for value in values)
    if columns_named(HEADINGS, header) or not values:
        return False
    if column is Column.CIVILITY:
        return any(len(plain(value)) > 1 for value in values) and all(plain(value) in CIVILITIES for value in values)
    # Two letters alone may be a country.
    is_language = re.compile(r"[a-z]{2} [a-z]{2}|[a-z]{4,}").fullmatch
    return column is Column.LANGUAGE and all(
        is_language(plain(value)) and _first_word(value) in LANGUAGES for value in values
    )


def _holds(column: Column, values: Sequence[str]) -> bool:
    """Tell whether most values of a column are what it would hold; for names and jobs any word will do."""
    if column is Column.EMAIL:
        kinds = [_is_address(value) for value in values]
    elif column is Column.CIVILITY:
        kinds = [plain(value) in CIVILITIES or len(plain(value)) <= 3 for value in values]
    elif column is Column.LANGUAGE:
        kinds = [_first_word(value) in LANGUAGES for value in values]
    elif column is Column.JOB_TITLE:
        kinds = [plain(value) not in CIVILITIES for value in values]
    else:
        return bool(values)
    needed = 0.3 if column in {Column.EMAIL, Column.LANGUAGE} else MOST
    return bool(kinds) and sum(kinds) >= needed * len(kinds)


def _is_address(text: str) -> bool:
    return re.search(r"[^\s@]@[^\s@]+\.\w", text) is not None


def _first_word(text: str) -> str:
    return plain(text).partition(" ")[0]


def check_columns(columns: Choice) -> None:
    """Refuse a choice that names nobody or reaches nobody."""
    refuse_doubles(columns, but=Column.IS_OPPOSED)
    if Column.EMAIL not in columns:
        raise Invalid(N_("No column holds the e-mail address. Choose the one that does."))
    if not {Column.NAME, Column.LAST_NAME} & {*columns}:
        raise Invalid(N_("No column holds the name. Choose the one that does."))


def understand(table: Table, columns: Choice) -> Understood[ContactRow]:
    """Return the contacts of a list, all its problems, and what was read otherwise than it is written."""
    check_columns(columns)
    found = Understood[ContactRow]()
    lines: dict[str, int] = {}
    for row in table.rows:
        reader = _RowReader(table, row, columns)
        contact = reader.read()
        if contact.email in lines:
            reader.complain(
                Column.EMAIL,
                N_("%(email)s is already at line %(other)s."),
                email=contact.email,
                other=lines[contact.email],
            )
        found.problems.extend(reader.problems)
        found.remarks.extend(reader.remarks)
        if contact.email and not reader.problems:
            lines[contact.email] = row.line
            found.rows.append(contact)
    n_opposed = sum(1 for contact in found.rows if contact.is_opposed)
    if n_opposed:
        told = N_("Marked in the file as opposed or unsubscribed: %(n)s. No mail will be written to them.")
        found.remarks.insert(0, Remark(told, {"n": n_opposed}))
    return found


class _RowReader:
    """Reads one row and collects what is wrong with it, and what should be known of it."""

    def __init__(self, table: Table, row: Row, columns: Choice) -> None:
        self._row = row
        self._places = {column: place for place, column in enumerate(columns) if column}
        self._oppositions = [place for place, column in enumerate(columns) if column is Column.IS_OPPOSED]
        self._headers = table.headers
        self.problems = table.faults(row, [*{*self._places.values(), *self._oppositions}])
        self.remarks: list[Remark] = []

    def _text(self, column: Column) -> str:
        return self._row.cell(self._places[column]) if column in self._places else ""

    def _header(self, column: Column) -> str:
        return self._headers[self._places[column]] if column in self._places else ""

    def complain(self, column: Column, message: str, **values: object) -> None:
        self.problems.append(Problem(self._row.line, self._header(column), message, values))

    def _remark(self, message: str, **values: object) -> None:
        self.remarks.append(Remark(message, {"line": self._row.line, **values}))

    def read(self) -> ContactRow:
        email, name_beside = self._email()
        return ContactRow(
            line=self._row.line,
            name=self._name(name_beside),
            email=email,
            role=self._role(),
            civility=self._word(Column.CIVILITY, CIVILITIES, plain(self._text(Column.CIVILITY)), NO_CIVILITY),
            job_title=self._line(Column.JOB_TITLE) or None,
            language=self._word(Column.LANGUAGE, LANGUAGES, _first_word(self._text(Column.LANGUAGE)), NO_LANGUAGE),
            is_signatory=self._word(Column.IS_SIGNATORY, ANSWERS, plain(self._text(Column.IS_SIGNATORY)), NO_ANSWER),
            is_opposed=self._is_opposed(),
        )

    def _line(self, column: Column) -> str:
        try:
            return clean_line(self._text(column), MAX_NAME)
        except Invalid as refusal:
            self.complain(column, refusal.message, **refusal.values)
            return ""

    def _name(self, beside: str) -> str:
        n_problems = len(self.problems)
        first, last, whole = (self._line(each) for each in (Column.FIRST_NAME, Column.LAST_NAME, Column.NAME))
        # « Name » beside a first name is a family name, unless it repeats the first one.
        is_family = bool(whole and first) and plain(first) not in plain(whole)
        parts = (first, whole) if is_family else (whole,) if whole else (first, last)
        name = " ".join(part for part in parts if part) or beside
        column = Column.NAME if Column.NAME in self._places else Column.LAST_NAME
        if not name and len(self.problems) == n_problems:
            self.complain(column, N_("The name is missing."))
        if len(name) > MAX_NAME:
            too_long = N_("The name has %(length)s characters and may have %(max)s. Shorten it.")
            self.complain(column, too_long, length=len(name), max=MAX_NAME)
        return name

    def _email(self) -> tuple[str, str]:
        """Return the address, and the name that was copied along with it."""
        text = self._text(Column.EMAIL)
        is_list = len(text) <= LONGEST_ADDRESS
        parts = [part for part in (re.split(r":::|[;,|\n]|\s/\s", text) if is_list else [text]) if part.strip()]
        addresses = [part for part in parts if _is_address(part)] or parts
        if not addresses:
            self.complain(Column.EMAIL, N_("The e-mail address is missing."))
            return "", ""
        named = NAMED_ADDRESS.fullmatch(addresses[0]) if is_list else None
        name, address = (named[1].strip(), named[2]) if named else ("", addresses[0])
        try:
            email = clean_email(re.sub(r"^\s*mailto:", "", address, flags=re.IGNORECASE).partition("?")[0])
        except Invalid as refusal:
            self.complain(Column.EMAIL, refusal.message, **refusal.values)
            return "", name
        if len(addresses) > 1:
            self._remark(N_("Line %(line)s holds several addresses; the first is taken: %(email)s."), email=email)
        return email, name

    def _role(self) -> ContactRole | None:
        text = plain(self._text(Column.ROLE))
        inside = next((word for word in text.split() if word in ROLES and word not in {"direction", "management"}), "")
        return self._word(Column.ROLE, ROLES, text if text in ROLES else inside or text, NO_ROLE)

    def _word(self, column: Column, words: Mapping[str, Value], said: str, unknown: str) -> Value | None:
        """Return what an optional word says; one that is not known leaves things as they are, and is told."""
        if said and said not in words:
            self._remark(unknown, word=self._text(column)[:80])
        return words.get(said)

    def _is_opposed(self) -> bool:
        """Believe every mark of opposition: whoever may have objected is not written to."""
        for place in self._oppositions:
            said = plain(self._row.cell(place))
            is_agreement = AGREEMENTS.fullmatch(plain(self._headers[place])) is not None
            if ANSWERS.get(said) is False if is_agreement else bool(said) and said not in REACHABLE:
                return True
        return False
