"""The scale of the variable pay as the agreement stores it: strict, exact, frozen with the agreement."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, ValidationError, model_validator

from survey_app.errors import N_, Invalid

MAX_DIGITS = 18


def _read_exact(value: object) -> Decimal:
    """Read a number as written, never through a float: 0.1 must stay one tenth."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise ValueError("write numbers as text")
    text = str(value).strip().replace("\u202f", "").replace("\u00a0", "").replace(" ", "").replace(",", ".")
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise ValueError("not a number") from None
    if not number.is_finite() or len(text) > MAX_DIGITS or "e" in text.lower():
        raise ValueError("not a plain number")
    return number


def _write_exact(number: Decimal) -> str:
    return format(number.normalize(), "f") if number else "0"


Exact = Annotated[Decimal, BeforeValidator(_read_exact), PlainSerializer(_write_exact, return_type=str)]
Mark = Annotated[Exact, Field(ge=0, le=10)]
Money = Annotated[Exact, Field(ge=0, le=Decimal(10) ** 11)]
Percent = Annotated[Exact, Field(ge=-1000, le=1000)]
Step = tuple[Mark, Percent]


class Strict(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


def _check_rising(points: tuple[Step, ...], below: Decimal) -> None:
    rises = all(low < high and before <= after for (low, before), (high, after) in pairwise(points))
    if not rises or below > points[0][1]:
        raise ValueError(N_("From one level to the next the mark must rise and the pay must not fall."))


class Linear(Strict):
    """Pay grows evenly between two marks; left out, they are the line's own threshold and target."""

    shape: Literal["linear"]
    start: Mark | None = None
    full: Mark | None = None
    start_percent: Percent = Decimal(0)
    below_percent: Percent = Decimal(0)

    @model_validator(mode="after")
    def _ends_in_order(self) -> Self:
        if self.start is not None and self.full is not None and self.full <= self.start:
            raise ValueError(N_("Full pay must be reached at a higher mark than the one where pay starts."))
        if not self.below_percent <= self.start_percent <= 100:
            raise ValueError(N_("Pay must not fall when the mark rises: check the percentages of the line."))
        return self


class AllOrNothing(Strict):
    """All from one mark on, nothing under it; left out, the mark is the line's own threshold."""

    shape: Literal["all_or_nothing"]
    at: Mark | None = None
    below_percent: Percent = Decimal(0)


class Steps(Strict):
    """Tiers: each holds from its mark up to the next."""

    shape: Literal["steps"]
    steps: Annotated[tuple[Step, ...], Field(min_length=1, max_length=12)]
    below_percent: Percent = Decimal(0)

    @model_validator(mode="after")
    def _rising(self) -> Self:
        _check_rising(self.steps, self.below_percent)
        return self


class Levels(Strict):
    """The four levels of a measure; pay grows evenly from one to the next and is nothing under the minimum."""

    shape: Literal["levels"]
    minimum: Mark
    required: Mark
    inflection: Mark
    incentive: Mark
    percents: tuple[Percent, Percent, Percent, Percent] = (Decimal(0), Decimal(50), Decimal(80), Decimal(100))
    below_percent: Percent = Decimal(0)

    @property
    def points(self) -> tuple[Step, ...]:
        marks = (self.minimum, self.required, self.inflection, self.incentive)
        return tuple(zip(marks, self.percents, strict=True))

    @model_validator(mode="after")
    def _rising(self) -> Self:
        _check_rising(self.points, self.below_percent)
        return self


class Points(Strict):
    """Any broken line: pay between two points grows evenly, and the ends hold beyond them."""

    shape: Literal["points"]
    points: Annotated[tuple[Step, ...], Field(min_length=2, max_length=12)]

    @model_validator(mode="after")
    def _rising(self) -> Self:
        _check_rising(self.points, self.points[0][1])
        return self


Curve = Annotated[Linear | AllOrNothing | Steps | Levels | Points, Field(discriminator="shape")]
Subject = Annotated[str, Field(min_length=1, max_length=64)]


class Part(Strict):
    """What one line, theme or the whole is worth: its share of the base and, if it differs, its curve."""

    subject: Subject
    share: Annotated[Exact, Field(gt=0, le=1_000_000)]
    curve: Curve | None = None


class Gate(Strict):
    """Nothing is paid while this subject is strictly below its minimum."""

    subject: Subject
    minimum: Mark | None = None


class Malus(Strict):
    """A deduction exists only where it is written, limited and accepted."""

    most: Annotated[Money, Field(gt=0)]
    acceptance: Annotated[str, Field(min_length=10, max_length=2000)]


class Prorata(Strict):
    """The part of the period that this bonus pays: 6 months of 12."""

    part: Annotated[int, Field(ge=1, le=3660)]
    whole: Annotated[int, Field(ge=1, le=3660)]
    unit: Literal["months", "days"] = "months"

    @model_validator(mode="after")
    def _part_of_the_whole(self) -> Self:
        if self.part > self.whole:
            raise ValueError(N_("The part that is paid cannot be longer than the whole period."))
        return self


class BonusScheme(Strict):
    """How marks become money. Amounts, cap and floor are those of a whole period; the part paid comes last."""

    amount: Money | None = None
    fees: Money | None = None
    percent: Annotated[Exact, Field(gt=0, le=100)] | None = None
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "EUR"
    scope: Literal["lines", "themes", "overall"] = "lines"
    curve: Curve = Linear(shape="linear")
    parts: Annotated[tuple[Part, ...], Field(max_length=200)] = ()
    gates: Annotated[tuple[Gate, ...], Field(max_length=50)] = ()
    cap: Money | None = None
    floor: Money | None = None
    malus: Malus | None = None
    prorata: Prorata | None = None
    not_measurable: Literal["neutral", "carried_over"] = "neutral"
    inconclusive: Literal["point_estimate", "only_when_met"] = "point_estimate"

    @property
    def base(self) -> Decimal:
        """Return the money at stake over a whole period."""
        if self.amount is not None:
            return self.amount
        return (self.fees or Decimal(0)) * (self.percent or Decimal(0)) / 100

    def canonical(self) -> dict[str, Any]:
        """Return the scheme as JSON values with every number as text."""
        return self.model_dump(mode="json", exclude_defaults=True)

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        is_fixed, is_share = self.amount is not None, self.fees is not None and self.percent is not None
        if is_fixed == is_share or (is_fixed and (self.fees is not None or self.percent is not None)):
            raise ValueError(N_("State either a fixed amount, or the fees and the percentage of them."))
        if self.cap is not None and self.floor is not None and self.floor > self.cap:
            raise ValueError(N_("The guaranteed amount cannot exceed the cap."))
        if self.scope != "lines" and self.inconclusive == "only_when_met":
            raise ValueError(N_("Only lines can be inconclusive: pay themes and the whole on their mark."))
        if len({part.subject for part in self.parts}) != len(self.parts):
            raise ValueError(N_("The same line has two shares. Keep one."))
        if self.malus is None and any(lowest_percent(curve) < 0 for curve in self.curves):
            raise ValueError(N_("A deduction must be written: state its limit and why both parties accept it."))
        return self

    @property
    def curves(self) -> tuple[Linear | AllOrNothing | Steps | Levels | Points, ...]:
        return (self.curve, *(part.curve for part in self.parts if part.curve is not None))


def lowest_percent(curve: Linear | AllOrNothing | Steps | Levels | Points) -> Decimal:
    """Return the least that a curve pays; the same for all shapes, since pay never falls when a mark rises."""
    return curve.points[0][1] if isinstance(curve, Points) else curve.below_percent


def read_scheme(stored: Mapping[str, Any]) -> BonusScheme:
    """Read a scheme, or say in one sentence what is wrong and where."""
    try:
        return BonusScheme.model_validate(_tuples(stored))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(step) for step in first["loc"])
        if first["type"] == "value_error" and str(first["ctx"]["error"])[:1].isupper():
            raise Invalid(str(first["ctx"]["error"]), field=place or None) from None
        raise Invalid(
            N_("The bonus scheme cannot be read at “%(place)s”. Correct that value and save again."),
            field=place or None,
            place=place,
        ) from None


def _tuples(value: Any) -> Any:
    """Turn JSON's lists into the tuples that a frozen scheme holds."""
    if isinstance(value, Mapping):
        return {key: _tuples(each) for key, each in value.items()}
    return tuple(_tuples(each) for each in value) if isinstance(value, list | tuple) else value
