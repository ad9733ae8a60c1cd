"""Forms of the plans; what they cannot know, the service checks."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import (
    DecimalField,
    EmailField,
    HiddenField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from survey_app.action_plans.editing import MAX_TEXT
from survey_app.action_plans.feedback import FeedbackText
from survey_app.action_plans.models import MAX_RECALL, ActionPlan, Point
from survey_app.action_plans.queries import MAX_OWNER, OTHER
from survey_app.action_plans.rules import Criterion, plain
from survey_app.action_plans.vocabulary import ACTION_STATES, CAUSES
from survey_app.catalogue.vocabulary import OBLIGORS
from survey_app.clients.models import Contact
from survey_app.forms import FILL_IN, DayField, choices
from survey_app.validation import CleanLine, CleanText, Email

A_DATE = _("Write a date, like 2026-12-11.")
A_NUMBER = _("Write a number.")
MAX_POINTS = 60


class Amount(DecimalField):
    """A number that French hands write with a comma and with spaces between the thousands."""

    def _value(self) -> str:
        """Show what is stored without the zeros of its column: 7, not 7.000."""
        if self.places is None and not self.raw_data and self.data is not None:
            return plain(self.data)
        return str(super()._value())

    def process_formdata(self, valuelist: list[Any]) -> None:
        kept = [str(value).replace(",", ".") for value in valuelist]
        super().process_formdata(["".join(value.split()) for value in kept])


def read_version(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


class VersionedForm(FlaskForm):
    """A form that remembers which version it was opened on."""

    version = HiddenField(default="0")

    @property
    def seen_version(self) -> int:
        return read_version(str(self.version.data or ""))

    def build_on(self, version: int) -> None:
        """Let the next sending of this form build on the version that the page shows."""
        self.version.raw_data = None
        self.version.data = str(version)


class PlanForm(VersionedForm):
    nonconformity = TextAreaField(
        _("What went wrong"),
        [CleanText(MAX_TEXT)],
        description=_("The facts behind the mark, in words that both sides recognise."),
    )
    cause = TextAreaField(
        _("Cause"),
        [CleanText(MAX_TEXT)],
        description=_("What you can change so that it does not happen again: not who is to blame."),
    )
    cause_kind = SelectField(_("Kind of cause"), choices=[SelectChoice(value="", label=_("Choose")), *choices(CAUSES)])
    constraints = TextAreaField(
        _("Constraints"), [CleanText(MAX_TEXT)], description=_("What cannot change: dates, budget, rules.")
    )
    actors = TextAreaField(
        _("People concerned"), [CleanText(MAX_TEXT)], description=_("Who takes part, in the agency and at the client.")
    )


class CriterionForm(VersionedForm):
    success_level = Amount(
        _("Mark to reach, out of 10"),
        [InputRequired(A_NUMBER)],
        places=None,
        description=_("The threshold at least."),
    )
    judging_wave_number = IntegerField(
        _("Number of the wave that judges"), [InputRequired(A_NUMBER), NumberRange(1, 10_000, A_NUMBER)]
    )
    min_respondents = IntegerField(
        _("Fewest people who must answer for the wave to tell"),
        [InputRequired(A_NUMBER), NumberRange(1, 10_000, A_NUMBER)],
    )

    def criterion(self, plan: ActionPlan) -> Criterion:
        """Return what was typed as the criterion of the plan's line."""
        return Criterion(
            plan.indicator_key,
            Decimal(self.success_level.data),
            plan.judging_campaign_id,
            self.judging_wave_number.data,
            self.min_respondents.data,
        )


class AmendmentForm(CriterionForm):
    reason = TextAreaField(_("Reason of the change"), [DataRequired(FILL_IN), CleanText(MAX_TEXT)])


class PhaseForm(VersionedForm):
    title = StringField(_("Phase"), [DataRequired(FILL_IN), CleanLine(200)])
    starts_on = DayField(_("First day"), [InputRequired(A_DATE)])
    ends_on = DayField(_("Last day"), [InputRequired(A_DATE)])


class ActionForm(VersionedForm):
    title = StringField(_("What is to be done"), [DataRequired(FILL_IN), CleanLine(500)])
    party = SelectField(_("Who commits"), choices=choices(OBLIGORS))
    owner_choice = SelectField(_("Owner"), description=_("They receive a link of their own to report."))
    owner_name = StringField(_("Name, if it is somebody else"), [CleanLine(MAX_OWNER)])
    owner_email = EmailField(_("Their e-mail address"), [Email()])
    starts_on = DayField(_("Start"), [Optional()])
    due_on = DayField(_("Due date"), [InputRequired(A_DATE)])
    phase_id = SelectField(_("Phase"), coerce=int)
    cost = Amount(_("Cost in euros"), [Optional()], places=None)

    def offer(self, owners: list[tuple[str, str]], phases: list[tuple[int, str]]) -> None:
        """Offer the people and phases there are; the first choice of each stands for none of them."""
        people = [("", _("Choose")), *owners, (OTHER, _("Somebody else"))]
        self.owner_choice.choices = [SelectChoice(value=value, label=label) for value, label in people]
        self.phase_id.choices = [SelectChoice(value=str(n), label=label) for n, label in [(0, _("No phase")), *phases]]


class ReportForm(VersionedForm):
    state = SelectField(_("Where it stands"), choices=choices(ACTION_STATES))
    evidence = TextAreaField(
        _("Proof"),
        [CleanText(MAX_TEXT)],
        description=_("A document, a link, a date; where an action is dropped, the reason."),
    )


class ProposalForm(FlaskForm):
    contact = SelectField(_("Who signs for the client"), coerce=int)
    message = TextAreaField(_("A word with the proposal"), [CleanText(2000)])

    def offer(self, contacts: Sequence[Contact]) -> None:
        self.contact.choices = [SelectChoice(str(c.id), f"{c.name} <{c.email}>") for c in contacts]


class Ticks(SelectMultipleField):
    """A list of boxes to tick."""

    option_widget = CheckboxInput()
    widget = ListWidget(prefix_label=False)


class VoluntaryForm(FlaskForm):
    lines = Ticks(
        _("Lines of the agreement"),
        description=_("One plan may cover several lines: each keeps its own verdict."),
    )

    def offer(self, lines: Sequence[tuple[str, str]]) -> None:
        self.lines.choices = [SelectChoice(key, label) for key, label in lines]


class CoverForm(FlaskForm):
    lines = Ticks(
        _("Other plans to handle in this one"),
        coerce=int,
    )

    def offer(self, plans: Sequence[tuple[int, str]]) -> None:
        self.lines.choices = [SelectChoice(str(number), label) for number, label in plans]


class MoveForm(FlaskForm):
    note = TextAreaField(_("Note"), [CleanText(MAX_TEXT)])


class FeedbackForm(VersionedForm):
    introduction = TextAreaField(
        _("Introduction"), [CleanText(MAX_TEXT)], description=_("Thank them, and say how many answered.")
    )
    reply = TextAreaField(
        _("The agency's reply"),
        [CleanText(MAX_TEXT)],
        description=_("What you cannot change, and why; what you ask of the client."),
    )
    recall = StringField(
        _("What the next invitation recalls"),
        [CleanLine(MAX_RECALL)],
        description=_("One short sentence, like: a second contact answers you during holidays."),
    )


def read_points(fields: Mapping[str, str], plan_ids: list[int]) -> list[Point]:
    """Read the pair of texts of each plan."""
    return [
        {"plan_id": plan_id, "said": fields.get(f"said-{plan_id}", ""), "doing": fields.get(f"doing-{plan_id}", "")}
        for plan_id in plan_ids[:MAX_POINTS]
    ]


def read_text(form: FeedbackForm, points: list[Point]) -> FeedbackText:
    return FeedbackText(form.introduction.data or "", points, form.reply.data or "", form.recall.data or "")
