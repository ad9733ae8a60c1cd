"""The form of what respondents are told; its points are read beside it, one pair for each plan."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _
from wtforms import StringField, TextAreaField

from survey_app.action_plans.forms import VersionedForm
from survey_app.action_plans.told.models import MAX_RECALL, Point
from survey_app.action_plans.told.service import MAX_TEXT, ToldText
from survey_app.validation import CleanLine, CleanText

MAX_POINTS = 60


class ToldForm(VersionedForm):
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


def read_text(form: ToldForm, points: list[Point]) -> ToldText:
    return ToldText(form.introduction.data or "", points, form.reply.data or "", form.recall.data or "")
