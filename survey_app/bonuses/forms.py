"""The editor of a scheme: what people type, and the scheme that it makes."""

from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import RadioField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import Optional

from survey_app.agreements.models import Commitment
from survey_app.bonuses.scheme import BonusScheme, Levels, Points, Steps
from survey_app.errors import N_, Invalid
from survey_app.validation import CleanLine, CleanText

MAX_NUMBER, MAX_LEVELS, MAX_ACCEPTANCE = 24, 600, 2000
CURVE_KEYS = {
    "linear": ("start", "full", "start_percent", "below_percent"),
    "all_or_nothing": ("at", "below_percent"),
    "steps": ("below_percent",),
    "levels": ("below_percent",),
    "points": (),
}
# Where the reader of a scheme says something is wrong, and the field that shows it.
FIELDS = {**dict.fromkeys(("curve", "parts", "gates"), "shape"), "malus": "malus_acceptance", "prorata": "prorata_part"}


def number_field(label: Any, help_text: Any = "") -> StringField:
    return StringField(
        label, validators=[Optional(), CleanLine(MAX_NUMBER)], description=help_text, render_kw={"inputmode": "decimal"}
    )


class SchemeForm(FlaskForm):
    kind = RadioField(
        lazy_gettext("What is at stake?"),
        choices=[
            SelectChoice("fixed", lazy_gettext("A fixed amount")),
            SelectChoice("fees", lazy_gettext("A share of the fees")),
        ],
        default="fixed",
    )
    amount = number_field(lazy_gettext("Amount"), lazy_gettext("For the whole period, for example 24000."))
    fees = number_field(lazy_gettext("Fees of the period"))
    percent = number_field(lazy_gettext("Share of the fees, in %"), lazy_gettext("For example 8."))
    currency = SelectField(
        lazy_gettext("Currency"), choices=[SelectChoice(code, code) for code in ("EUR", "GBP", "USD", "CHF")]
    )
    scope = SelectField(
        lazy_gettext("What earns it?"),
        choices=[
            SelectChoice("lines", lazy_gettext("The lines that pay")),
            SelectChoice("themes", lazy_gettext("The themes")),
            SelectChoice("overall", lazy_gettext("The overall mark")),
        ],
    )
    shape = SelectField(
        lazy_gettext("How does a mark earn it?"),
        choices=[
            SelectChoice("linear", lazy_gettext("Evenly, from one mark to another")),
            SelectChoice("steps", lazy_gettext("In tiers")),
            SelectChoice("levels", lazy_gettext("Four levels: minimum, required, inflection, incentive")),
            SelectChoice("all_or_nothing", lazy_gettext("All or nothing")),
            SelectChoice("points", lazy_gettext("A broken line")),
        ],
    )
    start = number_field(lazy_gettext("From the mark"), lazy_gettext("Empty: each line's own threshold."))
    full = number_field(lazy_gettext("All from the mark"), lazy_gettext("Empty: each line's own target, or 10."))
    start_percent = number_field(lazy_gettext("Earned at the first mark, in %"), lazy_gettext("Empty: nothing."))
    levels = TextAreaField(
        lazy_gettext("Levels"),
        validators=[Optional(), CleanText(MAX_LEVELS)],
        description=lazy_gettext(
            "For tiers, levels, a broken line: mark = percentage, one a line, for example 7 = 50."
        ),
        render_kw={"rows": 4},
    )
    below_percent = number_field(
        lazy_gettext("Under the first mark, in %"), lazy_gettext("Empty: nothing. A negative figure is a deduction.")
    )
    cap = number_field(lazy_gettext("Cap"))
    floor = number_field(lazy_gettext("Guaranteed amount"))
    prorata_part = number_field(lazy_gettext("Months that this bonus pays"), lazy_gettext("For example 6, of 12."))
    prorata_whole = number_field(lazy_gettext("Months of the whole period"))
    not_measurable = SelectField(
        lazy_gettext("A line that cannot be measured"),
        choices=[
            SelectChoice("neutral", lazy_gettext("is neutral: its share goes to the others")),
            SelectChoice("carried_over", lazy_gettext("is carried over to its next measure")),
        ],
    )
    inconclusive = SelectField(
        lazy_gettext("An inconclusive line"),
        choices=[
            SelectChoice("point_estimate", lazy_gettext("is paid on its mark")),
            SelectChoice("only_when_met", lazy_gettext("is paid only when its threshold is met for certain")),
        ],
    )
    malus_most = number_field(lazy_gettext("Deduction, at most"), lazy_gettext("Empty: upside only, the usual choice."))
    malus_acceptance = TextAreaField(
        lazy_gettext("Why both parties accept a deduction"),
        validators=[Optional(), CleanText(MAX_ACCEPTANCE)],
        render_kw={"rows": 2},
    )


def typed_scheme(form: SchemeForm, typed: Mapping[str, str], lines: Iterable[Commitment]) -> dict[str, Any]:
    """Return the scheme that was typed, as the agreement would store it; an empty field is left out."""
    stake = ("amount",) if form.kind.data == "fixed" else ("fees", "percent")
    named = (*stake, "currency", "scope", "cap", "floor", "not_measurable", "inconclusive")
    malus = {"most": form.malus_most.data, "acceptance": form.malus_acceptance.data or ""}
    return {
        **{name: form[name].data for name in named if form[name].data},
        "curve": _typed_curve(form),
        **({"malus": malus} if form.malus_most.data else {}),
        **_typed_prorata(form),
        **_typed_subjects(typed, [line.indicator_key for line in lines]),
    }


def _typed_curve(form: SchemeForm) -> dict[str, Any]:
    shape = str(form.shape.data)
    values = {"at": form.start.data, **{name: form[name].data for name in CURVE_KEYS["linear"]}}
    curve: dict[str, Any] = {"shape": shape, **{name: values[name] for name in CURVE_KEYS[shape] if values[name]}}
    if shape in ("steps", "points"):
        curve[shape] = _typed_levels(form.levels.data or "")
    if shape == "levels":
        curve |= _four_levels(_typed_levels(form.levels.data or ""))
    return curve


def _typed_levels(text: str) -> list[list[str]]:
    rows = [line.replace("%", "").split("=") for line in text.splitlines() if line.strip()]
    if any(len(row) != 2 for row in rows):
        raise Invalid(N_("Write each level on its own line as mark = percentage, for example 7 = 50."), field="levels")
    return [[mark.strip(), percent.strip()] for mark, percent in rows]


def _four_levels(rows: list[list[str]]) -> dict[str, Any]:
    names = ("minimum", "required", "inflection", "incentive")
    if len(rows) != len(names):
        raise Invalid(N_("Write four levels: minimum, required, inflection, incentive."), field="levels")
    return {**{name: row[0] for name, row in zip(names, rows, strict=True)}, "percents": [row[1] for row in rows]}


def _typed_prorata(form: SchemeForm) -> dict[str, Any]:
    part, whole = form.prorata_part.data, form.prorata_whole.data
    if not part and not whole:
        return {}
    if not (part or "").isdecimal() or not (whole or "").isdecimal():
        raise Invalid(N_("Write both numbers of months in figures, for example 6 and 12."), field="prorata_part")
    return {"prorata": {"part": int(part or 0), "whole": int(whole or 0)}}


def _typed_subjects(typed: Mapping[str, str], keys: list[str]) -> dict[str, Any]:
    parts = [{"subject": key, "share": share} for key in keys if (share := typed.get(f"share-{key}", "").strip())]
    gates = [
        {"subject": key, **({"minimum": minimum} if (minimum := typed.get(f"minimum-{key}", "").strip()) else {})}
        for key in (*keys, "overall")
        if typed.get(f"gate-{key}")
    ]
    return {**({"parts": parts} if parts else {}), **({"gates": gates} if gates else {})}


def fill_form(form: SchemeForm, scheme: BonusScheme) -> None:
    """Show a stored scheme in the editor's fields."""
    stored = scheme.canonical()
    form.kind.data = "fixed" if scheme.amount is not None else "fees"
    for name in ("amount", "fees", "percent", "currency", "scope", "cap", "floor", "not_measurable", "inconclusive"):
        form[name].data = stored.get(name, getattr(scheme, name))
    curve = scheme.curve.model_dump(mode="json")
    form.shape.data = curve["shape"]
    for name in CURVE_KEYS["linear"]:
        form[name].data = None if curve.get(name) in (None, "0") else curve[name]
    form.start.data = curve.get("start") or curve.get("at")
    form.levels.data = _written_levels(scheme)
    if scheme.malus is not None:
        form.malus_most.data, form.malus_acceptance.data = stored["malus"]["most"], scheme.malus.acceptance
    if scheme.prorata is not None:
        form.prorata_part.data, form.prorata_whole.data = str(scheme.prorata.part), str(scheme.prorata.whole)


def _written_levels(scheme: BonusScheme) -> str:
    curve = scheme.curve
    if not isinstance(curve, Steps | Levels | Points):
        return ""
    points = curve.steps if isinstance(curve, Steps) else curve.points
    return "\n".join(f"{mark.normalize():f} = {percent.normalize():f}" for mark, percent in points)


def stored_subjects(scheme: BonusScheme | None) -> dict[str, str]:
    """Return the shares and gates of a stored scheme under the names of the editor's fields."""
    if scheme is None:
        return {}
    shares = {f"share-{part.subject}": f"{part.share.normalize():f}" for part in scheme.parts}
    gates = {f"gate-{gate.subject}": "on" for gate in scheme.gates}
    minimums = {
        f"minimum-{gate.subject}": f"{gate.minimum.normalize():f}" for gate in scheme.gates if gate.minimum is not None
    }
    return {**shares, **gates, **minimums}
