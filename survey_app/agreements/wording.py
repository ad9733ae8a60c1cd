"""How the terms of an agreement read in the reader's language: labels, lines, money at stake."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from flask_babel import gettext

from survey_app.agreements.vocabulary import DIRECTIONS, FIELDS, FREQUENCIES, MEASURES, OBLIGORS, THEMES
from survey_app.catalogue.content import load_catalogue
from survey_app.catalogue.rules import parse_formula
from survey_app.clients.forms import ROLE_LABELS
from survey_app.clients.models import ContactRole
from survey_app.errors import N_
from survey_app.formats import HARD_SPACE, format_day, format_money

ENUMS: Mapping[str, Mapping[str, Any]] = {
    "obligor": {key.value: label for key, label in OBLIGORS.items()},
    "measure": {key.value: label for key, label in MEASURES.items()},
    "frequency": {key.value: label for key, label in FREQUENCIES.items()},
    "direction": {key.value: label for key, label in DIRECTIONS.items()},
}
NUMBERS = frozenset({"threshold", "target", "weight"})
SCOPES = {"lines": N_("The lines that pay"), "themes": N_("The themes"), "overall": N_("The overall mark")}
LIMITS = {"cap": N_("Cap"), "floor": N_("Guaranteed amount")}


def line_title(line: Mapping[str, Any], language: str) -> str:
    definition = line["definition"]
    reference = definition.get("reference", "")
    label = definition.get(f"label_{language}") or line["indicator_key"]
    return f"{reference}{HARD_SPACE} {label}" if reference.isalnum() else str(label)


def line_formula(line: Mapping[str, Any], language: str) -> str:
    """Write the line's formula with the names of its counts."""
    definition = line["definition"]
    if not definition.get("expression") or line["measure"] == "survey":
        return ""
    labels = {count["key"]: count[f"label_{language}"] for count in definition["counts"]}
    return parse_formula(definition["expression"]).readable(labels)


def shown_term(name: str, value: Any, line: Mapping[str, Any], language: str) -> str:
    """Write one term of a line as people read it."""
    if value in (None, "", [], {}):
        return "–"
    if name in ENUMS:
        return str(ENUMS[name][value])
    if name in NUMBERS:
        return plain_number(value, language)
    if isinstance(value, bool):
        return str(gettext("Yes") if value else gettext("No"))
    writer = _WRITERS.get(name)
    return writer(value, line, language) if writer else str(value)


def _write_day(value: str, _line: Mapping[str, Any], language: str) -> str:
    return format_day(date.fromisoformat(value), language)


def _write_share(value: str, _line: Mapping[str, Any], language: str) -> str:
    return percent(Decimal(value) * 100, language)


def _write_conversion(rows: list[list[str]], line: Mapping[str, Any], language: str) -> str:
    is_percent = line["definition"].get("unit") in {"percent", "evidence", "note_10"}
    facts = [percent(Decimal(fact), language) if is_percent else plain_number(fact, language) for fact, _ in rows]
    return _semicolon(language).join(
        f"{fact} → {plain_number(mark, language)}" for fact, (_, mark) in zip(facts, rows, strict=True)
    )


def _semicolon(language: str) -> str:
    return f"{HARD_SPACE}; " if language == "fr" else "; "


def _write_parameters(values: Mapping[str, str], line: Mapping[str, Any], language: str) -> str:
    names = parameter_labels(line["indicator_key"], line["definition"], language)
    colon = f"{HARD_SPACE}: " if language == "fr" else ": "
    return _semicolon(language).join(f"{names.get(key, key)}{colon}{value}" for key, value in values.items() if value)


def _write_definition(value: Mapping[str, Any], _line: Mapping[str, Any], language: str) -> str:
    return str(value.get(f"label_{language}", ""))


def _write_role_shares(shares: Mapping[str, str], _line: Mapping[str, Any], language: str) -> str:
    return ", ".join(
        f"{ROLE_LABELS[ContactRole(role)]} {percent(Decimal(share) * 100, language)}" for role, share in shares.items()
    )


_WRITERS: Mapping[str, Callable[[Any, Mapping[str, Any], str], str]] = {
    "objective_on": _write_day,
    "starts_on": _write_day,
    "ends_on": _write_day,
    "survey_share": _write_share,
    "role_shares": _write_role_shares,
    "conversion": _write_conversion,
    "parameters": _write_parameters,
    "definition": _write_definition,
}
SHOWN = (
    "obligor",
    "measure",
    "written_measure",
    "threshold",
    "target",
    "weight",
    "objective",
    "objective_on",
    "frequency",
    "survey_share",
    "conversion",
    "parameters",
    "accountable",
)


def line_facts(line: Mapping[str, Any], language: str) -> list[tuple[str, str]]:
    """Return the terms of a line with their names, leaving out what was left empty."""
    rows = [(str(FIELDS[name]), shown_term(name, line[name], line, language)) for name in SHOWN]
    formula = line_formula(line, language)
    if formula:
        rows.insert(3, (gettext("Formula"), formula))
    if line["is_paying"]:
        rows.append((str(FIELDS["is_paying"]), line["sanction_acceptance"] or gettext("Yes")))
    return [(label, text) for label, text in rows if text != "–"]


def parameter_labels(indicator_key: str, definition: Mapping[str, Any], language: str) -> dict[str, str]:
    """Name the blanks that the parties filled in."""
    known = load_catalogue()
    parameters = known[indicator_key].parameters if indicator_key in known else ()
    labels = {each.key: each.label(language) for each in parameters}
    unit = definition.get("evidence", {}).get(f"limit_unit_{language}", "")
    labels["evidence_limit"] = gettext("At most (%(unit)s)", unit=unit)
    return labels


def percent(value: Decimal, language: str) -> str:
    return plain_number(value, language) + (f"{HARD_SPACE}%" if language == "fr" else "%")


def plain_number(value: Decimal | str, language: str) -> str:
    text = format(Decimal(value).normalize(), "f")
    return text.replace(".", ",") if language == "fr" else text


def bonus_facts(content: Mapping[str, Any], language: str) -> list[tuple[str, str]]:
    """Return the terms of the bonus with their names; nothing where the agreement pays none."""
    scheme = content.get("bonus_scheme")
    if not scheme:
        return []
    rows = [
        (gettext("At stake"), _stake(scheme, language)),
        (gettext("What earns it?"), gettext(SCOPES[scheme.get("scope", "lines")])),
    ]
    rows += [
        (gettext(label), _money(scheme[name], scheme, language))
        for name, label in LIMITS.items()
        if scheme.get(name) is not None
    ]
    return rows + _conditions(scheme, content, language)


def _stake(scheme: Mapping[str, Any], language: str) -> str:
    if scheme.get("amount") is not None:
        return _money(scheme["amount"], scheme, language)
    fees, share = Decimal(scheme["fees"]), Decimal(scheme["percent"])
    amounts = {"fees": _money(fees, scheme, language), "amount": _money(fees * share / 100, scheme, language)}
    return str(
        gettext("%(percent)s of fees of %(fees)s, that is %(amount)s", percent=percent(share, language), **amounts)
    )


def _conditions(scheme: Mapping[str, Any], content: Mapping[str, Any], language: str) -> list[tuple[str, str]]:
    """Say what closes the pay, what may be deducted and the part of the period that is paid."""
    rows: list[tuple[str, str]] = []
    if scheme.get("gates"):
        written = " ; ".join(_gate(gate, content, language) for gate in scheme["gates"])
        rows.append((gettext("Nothing is paid below"), written))
    if scheme.get("malus"):
        rows.append((gettext("Limit of the deduction"), _money(scheme["malus"]["most"], scheme, language)))
    if scheme.get("prorata"):
        rows.append((gettext("Part of the period"), f"{scheme['prorata']['part']} / {scheme['prorata']['whole']}"))
    return rows


def _gate(gate: Mapping[str, Any], content: Mapping[str, Any], language: str) -> str:
    name, minimum = _subject(gate["subject"], content, language), gate.get("minimum")
    if minimum is None:
        return str(gettext("%(subject)s: its own threshold", subject=name))
    return str(gettext("%(subject)s: %(mark)s out of ten", subject=name, mark=plain_number(minimum, language)))


def _subject(key: str, content: Mapping[str, Any], language: str) -> str:
    titles = {line["indicator_key"]: line_title(line, language) for line in content["lines"]}
    themes = {str(theme): str(label) for theme, label in THEMES.items()}
    return titles.get(key) or themes.get(key) or gettext(SCOPES.get(key, key))


def _money(amount: Decimal | str, scheme: Mapping[str, Any], language: str) -> str:
    return format_money(Fraction(str(amount)), scheme.get("currency", "EUR"), language)
