"""Compose the mails about plans when they leave: links are derived here and stored nowhere."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.accounts.models import User
from survey_app.action_plans.feedback import TOLD, find_letter
from survey_app.action_plans.models import (
    ActionPlan,
    CriterionAmendment,
    FeedbackLetter,
    PlanAction,
    PlanLink,
    PlanProposal,
)
from survey_app.action_plans.negotiation import AGREED, AMENDED, AMENDMENT, PROPOSAL, RETURNED, signatory_link
from survey_app.action_plans.queries import line_label, living_link
from survey_app.action_plans.reminding import ASSIGNED, DUE, ESCALATION
from survey_app.action_plans.rules import WORKING_STATES, plain
from survey_app.action_plans.tokens import derive_feedback_token, plan_link, token_of
from survey_app.action_plans.vocabulary import LinkPurpose, Outcome
from survey_app.campaigns.models import Invitation
from survey_app.clients.mails import greeting, unsubscribe_url, words_for
from survey_app.clients.models import AddressState, Agency, Civility
from survey_app.clients.queries import find_contact, still_to_be_written_to
from survey_app.formats import format_day
from survey_app.mails import ComposedEmail, Withheld, WithheldReason, render_mail
from survey_app.outbox.delivery import Composers
from survey_app.outbox.models import OutgoingEmail
from survey_app.settings import Settings


@dataclass(frozen=True)
class PlanLetter:
    """What a mail says: a few sentences, one button, why it came; in the language in force."""

    subject: str
    name: str
    paragraphs: Sequence[str]
    button: str
    link: str
    points: Sequence[str] = ()
    reason: str = ""
    civility: Civility = Civility.NEUTRAL


def _render(mail: OutgoingEmail, letter: PlanLetter, agency: Agency, unsubscribe_link: str = "") -> ComposedEmail:
    return render_mail(
        mail.kind,
        mail.language,
        {"letter": letter, "link": letter.link, "greeting": greeting(letter.name, letter.civility)},
        agency=agency,
        recipient_name=letter.name,
        reply_to=agency.privacy_contact,
        unsubscribe_url=unsubscribe_link,
    )


@dataclass(frozen=True)
class Desk:
    """What every letter about a plan needs: where links start, what derives them, and the names it says."""

    session: Session
    token_key: bytes
    base_url: str
    mail: OutgoingEmail
    plan: ActionPlan

    @property
    def names(self) -> dict[str, str]:
        client = self.plan.client
        return {"agency": client.agency.name, "client": client.name, "line": line_label(self.plan, self.mail.language)}

    @property
    def page(self) -> str:
        """Return the page of the plan for those who sign in."""
        return f"{self.base_url.rstrip('/')}/plans/{self.plan.id}"

    def personal(self, link: PlanLink) -> str:
        return plan_link(self.base_url, token_of(link, self.token_key))

    def due(self, action: PlanAction) -> str:
        day = format_day(action.due_on, self.mail.language, with_weekday=True)
        return str(gettext("%(action)s, due on %(day)s", action=action.title, day=day))


def _proposal(desk: Desk, proposal: PlanProposal) -> PlanLetter | None:
    if proposal.outcome is not Outcome.OPEN or proposal.link.revoked_at is not None:
        return None
    values = {**desk.names, "name": proposal.link.name}
    words = words_for(desk.session, desk.plan.client.agency_id, PROPOSAL, desk.mail.language, values)
    sentences = [*words.paragraphs(), *([proposal.message] if proposal.message else [])]
    link = desk.personal(proposal.link)
    return PlanLetter(words.subject, proposal.link.name, sentences, gettext("Read the plan"), link)


def _returned(desk: Desk, proposal: PlanProposal) -> PlanLetter:
    sentence = gettext("%(who)s asks for changes in the plan for “%(line)s”.", who=proposal.signed_name, **desk.names)
    points = [*proposal.remarks.values(), *([proposal.comment] if proposal.comment else [])]
    subject = gettext("%(client)s asks for changes: %(line)s", **desk.names)
    return PlanLetter(subject, "", [sentence], gettext("Open the plan"), desk.page, points)


def _agreed(desk: Desk, proposal: PlanProposal) -> PlanLetter:
    is_client, names = desk.mail.recipient == proposal.link.email, desk.names
    sentences = [
        gettext("%(agency)s and %(client)s agree on the plan for “%(line)s”. What will prove it is sealed.", **names),
        gettext("Its fingerprint (SHA-256): %(hash)s", hash=proposal.content_hash),
    ]
    return PlanLetter(
        gettext("Agreed by both: the plan for %(line)s", **names),
        proposal.link.name if is_client else "",
        sentences,
        gettext("Open the plan"),
        desk.personal(proposal.link) if is_client else desk.page,
    )


def _assigned(desk: Desk, link: PlanLink) -> PlanLetter | None:
    own = [action for action in desk.plan.actions if action.owner_email == link.email and action.ended_on is None]
    if link.revoked_at is not None or desk.plan.state not in WORKING_STATES or not own:
        return None
    return PlanLetter(
        gettext("What is yours in the plan for %(line)s", **desk.names),
        link.name,
        [gettext("You own part of the plan that brings “%(line)s” back to its level for %(client)s:", **desk.names)],
        gettext("Report on my actions"),
        desk.personal(link),
        [desk.due(action) for action in own],
    )


def _is_awaited(action: PlanAction) -> bool:
    return action.ended_on is None and action.plan.state in WORKING_STATES


def _reminder(desk: Desk, action: PlanAction) -> PlanLetter | None:
    if not _is_awaited(action) or action.owner_email != desk.mail.recipient:
        return None
    link = living_link(desk.session, desk.plan.id, LinkPurpose.ACT, action.owner_email)
    return PlanLetter(
        gettext("To report: %(action)s", action=action.title),
        action.owner,
        [gettext("This action of the plan for “%(line)s” waits for your report:", **desk.names)],
        gettext("Report on my actions"),
        desk.personal(link) if link else desk.page,
        [desk.due(action)],
    )


def _escalation(desk: Desk, action: PlanAction) -> PlanLetter | None:
    if not _is_awaited(action):
        return None
    lead = desk.session.scalar(select(User).where(User.email == desk.mail.recipient))
    sentence = gettext(
        "%(owner)s has not reported this action of the plan for “%(line)s” (%(client)s), or cannot be reached:",
        owner=action.owner,
        **desk.names,
    )
    subject = gettext("Late or without an owner: %(action)s", action=action.title)
    name = lead.name if lead else ""
    return PlanLetter(subject, name, [sentence], gettext("Open the plan"), desk.page, [desk.due(action)])


def _amendment(desk: Desk, amendment: CriterionAmendment) -> PlanLetter | None:
    link = signatory_link(desk.session, desk.plan)
    if link is None or amendment.outcome is not Outcome.OPEN:
        return None
    sentences = [
        gettext("%(agency)s asks you to agree to another success criterion for “%(line)s”.", **desk.names),
        amendment.reason,
        gettext("Until you agree, the criterion that you sealed together holds."),
    ]
    subject = gettext("A change to agree: what proves %(line)s", **desk.names)
    return PlanLetter(subject, link.name, sentences, gettext("Read the change"), desk.personal(link))


def _amended(desk: Desk, amendment: CriterionAmendment) -> PlanLetter:
    told = {"who": amendment.answered_by, "level": plain(amendment.level), **desk.names}
    sentence = (
        gettext("%(who)s agrees: “%(line)s” now has to reach %(level)s out of 10.", **told)
        if amendment.outcome is Outcome.AGREED
        else gettext("%(who)s keeps what was sealed for “%(line)s”.", **told)
    )
    subject = gettext("The answer to your amendment: %(line)s", **desk.names)
    return PlanLetter(subject, "", [sentence], gettext("Open the plan"), desk.page)


# What each kind of mail is about, and what it says of it; without a letter the mail is cancelled.
WRITERS: dict[str, tuple[type[Any], Callable[[Desk, Any], PlanLetter | None]]] = {
    PROPOSAL: (PlanProposal, _proposal),
    RETURNED: (PlanProposal, _returned),
    AGREED: (PlanProposal, _agreed),
    ASSIGNED: (PlanLink, _assigned),
    DUE: (PlanAction, _reminder),
    ESCALATION: (PlanAction, _escalation),
    AMENDMENT: (CriterionAmendment, _amendment),
    AMENDED: (CriterionAmendment, _amended),
}


@dataclass(frozen=True)
class PlanComposer:
    """Write the mail about a plan that an outgoing mail stands for."""

    token_key: bytes
    base_url: str

    def __call__(self, session: Session, mail: OutgoingEmail, now: datetime) -> ComposedEmail | Withheld:
        table, write = WRITERS[mail.kind]
        subject = session.get(table, mail.subject_id or 0)
        desk = Desk(session, self.token_key, self.base_url, mail, subject.plan) if subject else None
        letter = write(desk, subject) if desk else None
        if desk is None or letter is None:
            return Withheld(WithheldReason.CANCELLED)
        # A contact of the client is greeted by their title, a colleague by name.
        client, contact = desk.plan.client, find_contact(session, desk.plan.client, mail.recipient)
        reason = gettext(
            "You receive this mail because you take part in a plan of %(agency)s for %(client)s.", **desk.names
        )
        civility = contact.civility if contact else Civility.NEUTRAL
        return _render(mail, replace(letter, reason=reason, civility=civility), client.agency)


@dataclass(frozen=True)
class FeedbackComposer:
    """Tell a respondent what became of their answers.

    The page that the mail opens is the same for everybody, so it tells nothing of its reader.
    """

    token_key: bytes
    base_url: str

    def __call__(self, session: Session, mail: OutgoingEmail, now: datetime) -> ComposedEmail | Withheld:
        invitation = session.get(Invitation, mail.subject_id or 0)
        if invitation is None or not invitation.email:
            return Withheld(WithheldReason.ERASED)
        if invitation.contact.opted_out_at is not None:
            return Withheld(WithheldReason.OPTED_OUT)
        if invitation.contact.address_state is AddressState.DEAD:
            return Withheld(WithheldReason.DEAD_ADDRESS)
        letter = find_letter(session, invitation.wave)
        if letter is None or letter.sent_at is None:
            return Withheld(WithheldReason.CANCELLED)
        written = self._write(letter, invitation, letter.sent_at)
        unsubscribe_link = unsubscribe_url(self.token_key, self.base_url, mail)
        composed = _render(mail, written, invitation.wave.campaign.client.agency, unsubscribe_link)
        return replace(composed, still_wanted=still_to_be_written_to(invitation.contact_id))

    def _write(self, letter: FeedbackLetter, invitation: Invitation, sent_at: datetime) -> PlanLetter:
        wave = invitation.wave
        names = {"agency": wave.campaign.client.agency.name, "wave": wave.title}
        sentence = gettext("You answered “%(wave)s”. Here is what %(agency)s does about it.", **names)
        return PlanLetter(
            subject=gettext("You said, we do: what %(agency)s changes after your answers", **names),
            name=invitation.name,
            civility=invitation.civility,
            paragraphs=[sentence, *([letter.introduction] if letter.introduction else [])],
            points=[point["doing"] for point in letter.points if point["doing"]],
            button=gettext("Read what we do"),
            link=plan_link(self.base_url, f"feedback/{derive_feedback_token(self.token_key, wave.id, sent_at)}"),
            reason=gettext("You receive this mail because you answered this survey of %(agency)s.", **names),
        )


def plan_composers(settings: Settings) -> Composers:
    """Return the composers of this room by kind, for the worker."""
    token_key, base_url = settings.token_key.get_secret_value().encode(), settings.public_base_url
    return {**dict.fromkeys(WRITERS, PlanComposer(token_key, base_url)), TOLD: FeedbackComposer(token_key, base_url)}
