"""What the scale of the variable pay puts at stake, in words: the same on the client's page and in the PDF."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from flask_babel import gettext

from survey_app.agreements.reading import line_title, percent, plain_number
from survey_app.agreements.wording import THEMES
from survey_app.errors import N_
from survey_app.formats import format_money

SCOPES = {"lines": N_("The lines that pay"), "themes": N_("The themes"), "overall": N_("The overall mark")}
LIMITS = {"cap": N_("Cap"), "floor": N_("Guaranteed amount")}


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
