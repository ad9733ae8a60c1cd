"""What a mail about a plan says: a few sentences, one button, why it came."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from flask_babel import gettext

from survey_app.action_plans.models import ActionPlan
from survey_app.clients.mails import greeting
from survey_app.clients.models import Agency, Civility
from survey_app.mails import ComposedEmail, render_mail


@dataclass(frozen=True)
class PlanLetter:
    """The parts of one mail, in the language in force."""

    subject: str
    name: str
    paragraphs: Sequence[str]
    button: str
    link: str
    reason: str
    points: Sequence[str] = field(default_factory=tuple)
    unsubscribe_link: str = ""
    civility: Civility = Civility.NEUTRAL


def render_letter(kind: str, letter: PlanLetter, agency: Agency, language: str) -> ComposedEmail:
    """Render a mail about a plan, or to those who answered; called under its language."""
    return render_mail(
        kind,
        language,
        {"letter": letter, "link": letter.link, "greeting": greeting(letter.name, letter.civility)},
        agency=agency,
        recipient_name=letter.name,
        reply_to=agency.privacy_contact,
        unsubscribe_url=letter.unsubscribe_link,
    )


def why_for(plan: ActionPlan) -> str:
    """Say why a person at work receives a mail about a plan."""
    names = {"agency": plan.client.agency.name, "client": plan.client.name}
    return str(gettext("You receive this mail because you take part in a plan of %(agency)s for %(client)s.", **names))
