"""What respondents are told after a wave: “you said, we did”, written once, sent once, recalled at the next one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from survey_app.action_plans.editing import MAX_TEXT, refuse_stale
from survey_app.action_plans.models import MAX_RECALL, ActionPlan, FeedbackLetter, Point
from survey_app.action_plans.tokens import derive_feedback_token
from survey_app.audit.service import note
from survey_app.campaigns.models import Campaign, Invitation, Wave, WaveState
from survey_app.clients.models import AddressState, Contact
from survey_app.errors import N_, Invalid, Refusal
from survey_app.outbox.service import MailToSend, enqueue_all
from survey_app.tokens import hash_token
from survey_app.validation import clean_line, clean_text

# The kind of the letter's mail.
TOLD = "told"


def find_letter(session: Session, wave: Wave) -> FeedbackLetter | None:
    return session.scalar(select(FeedbackLetter).where(FeedbackLetter.wave_id == wave.id))


def tellable_plans(session: Session, wave: Wave) -> Sequence[ActionPlan]:
    """Return the plans that answer the wave and that its respondents may know of."""
    return session.scalars(
        select(ActionPlan)
        .where(ActionPlan.wave_id == wave.id, ~ActionPlan.is_internal, ActionPlan.leader_id.is_(None))
        .order_by(ActionPlan.id)
    ).all()


def respondents(session: Session, wave: Wave) -> Sequence[Invitation]:
    """Return those who answered and can still be written to: who answered is known in every mode, what is not."""
    return session.scalars(
        select(Invitation)
        .join(Contact)
        .where(
            Invitation.wave_id == wave.id,
            Invitation.answered_at.is_not(None),
            Invitation.revoked_at.is_(None),
            Invitation.email != "",
            Contact.opted_out_at.is_(None),
            Contact.address_state != AddressState.DEAD,
        )
        .options(joinedload(Invitation.contact))
        .order_by(Invitation.id)
    ).all()


def last_recall(session: Session, wave: Wave) -> str:
    """Return what the lead asked the next invitation of this client to recall, or nothing."""
    found = session.scalar(
        select(FeedbackLetter.recall)
        .join(Wave, Wave.id == FeedbackLetter.wave_id)
        .join(Campaign, Campaign.id == Wave.campaign_id)
        .where(
            Campaign.client_id == wave.campaign.client_id,
            FeedbackLetter.wave_id != wave.id,
            FeedbackLetter.sent_at.is_not(None),
            FeedbackLetter.sent_at <= (wave.launched_at or FeedbackLetter.sent_at),
        )
        .order_by(FeedbackLetter.sent_at.desc(), FeedbackLetter.id.desc())
        .limit(1)
    )
    return found or ""


@dataclass(frozen=True)
class FeedbackText:
    introduction: str
    points: Sequence[Point]
    reply: str
    recall: str


def save_letter(
    session: Session, wave: Wave, text: FeedbackText, version: int, actor: str, now: datetime
) -> FeedbackLetter:
    """Keep the lead's words; they can be changed until they are sent."""
    if wave.state is not WaveState.CLOSED:
        raise Refusal(N_("Respondents are told once the wave is closed and its sheet is sealed."))
    letter = find_letter(session, wave) or FeedbackLetter(wave_id=wave.id, version=0, changed_by=actor)
    _refuse_sent(letter)
    refuse_stale(letter, version)
    letter.introduction, letter.reply = (
        clean_text(text.introduction, MAX_TEXT),
        clean_text(text.reply, MAX_TEXT),
    )
    letter.recall = clean_line(text.recall, MAX_RECALL)
    letter.points = [_clean(point) for point in text.points]
    letter.version, letter.changed_by, letter.changed_at = letter.version + 1, actor, now
    session.add(letter)
    session.flush()
    return letter


def _refuse_sent(letter: FeedbackLetter) -> None:
    if letter.sent_at is not None:
        raise Refusal(N_("This page was sent to the respondents: it does not change any more."))


def _clean(point: Point) -> Point:
    return {
        "plan_id": point["plan_id"],
        "said": clean_text(point["said"], MAX_TEXT),
        "doing": clean_text(point["doing"], MAX_TEXT),
    }


def send_letter(session: Session, wave: Wave, token_key: bytes, actor: str, now: datetime) -> int:
    """Send the page's address to everybody who answered, once; return to how many."""
    letter = find_letter(session, wave)
    if letter is None:
        raise Refusal(N_("Write the page and save it before you send it."))
    _refuse_sent(letter)
    _refuse_unfinished(letter)
    letter.sent_at = now
    letter.token_hash = hash_token(derive_feedback_token(token_key, wave.id, now))
    people = respondents(session, wave)
    enqueue_all(
        session,
        [
            MailToSend(
                kind=TOLD,
                recipient=person.email,
                language=person.language,
                subject_id=person.id,
                deduplication_key=f"{TOLD}:{letter.id}:{person.id}",
                wave_id=wave.id,
                client_id=wave.campaign.client_id,
            )
            for person in people
        ],
        now,
    )
    note(session, wave, "respondents_told", actor, now, n_mails=len(people))
    return len(people)


def _refuse_unfinished(letter: FeedbackLetter) -> None:
    for point in letter.points:
        if bool(point["said"]) != bool(point["doing"]):
            raise Invalid(N_("Say both what people said and what you do about it, or clear the whole point."))
    if not any(point["said"] for point in letter.points) and not letter.introduction:
        raise Invalid(N_("Write at least an introduction or one point."), field="introduction")
    if not letter.recall:
        raise Invalid(N_("Write the sentence that the next invitation recalls."), field="recall")


def recall_last_answers(session: Session, wave: Wave) -> str:
    """Return the sentence in the language in force, or nothing where nobody was told anything yet."""
    recall = last_recall(session, wave)
    return gettext("You said, we do: %(recall)s", recall=recall) if recall else ""
