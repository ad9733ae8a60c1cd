"""Write what respondents are told, and send it once to everybody who answered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from survey_app.action_plans.editing import EditedMeanwhile
from survey_app.action_plans.tokens import derive_told_token
from survey_app.action_plans.told.models import MAX_RECALL, Point, ToldLetter
from survey_app.action_plans.told.queries import find_letter, respondents
from survey_app.audit.service import record
from survey_app.campaigns.models import Wave, WaveState
from survey_app.errors import N_, Invalid, Refusal
from survey_app.outbox.service import MailToSend, enqueue_all
from survey_app.tokens import hash_token
from survey_app.validation import clean_line, clean_text

TOLD = "told"
MAX_TEXT = 5000


@dataclass(frozen=True)
class ToldText:
    introduction: str
    points: Sequence[Point]
    reply: str
    recall: str


def save_letter(session: Session, wave: Wave, text: ToldText, version: int, actor: str, now: datetime) -> ToldLetter:
    """Keep the lead's words; they can be changed until they are sent."""
    if wave.state is not WaveState.CLOSED:
        raise Refusal(N_("Respondents are told once the wave is closed and its sheet is sealed."))
    letter = find_letter(session, wave) or ToldLetter(wave_id=wave.id, version=0, changed_by=actor)
    _refuse_change(letter, version)
    letter.introduction, letter.reply = clean_text(text.introduction, MAX_TEXT), clean_text(text.reply, MAX_TEXT)
    letter.recall = clean_line(text.recall, MAX_RECALL)
    letter.points = [_clean(point) for point in text.points]
    letter.version, letter.changed_by, letter.changed_at = letter.version + 1, actor, now
    session.add(letter)
    session.flush()
    return letter


def _refuse_change(letter: ToldLetter, version: int) -> None:
    if letter.sent_at is not None:
        raise Refusal(N_("This page was sent to the respondents: it does not change any more."))
    if letter.version != version:
        raise EditedMeanwhile(
            N_("%(who)s changed this while you were writing. Compare below, then save again what is right."),
            who=letter.changed_by,
        )


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
    if letter.sent_at is not None:
        raise Refusal(N_("This page was sent to the respondents: it does not change any more."))
    _refuse_unfinished(letter)
    letter.sent_at = now
    letter.token_hash = hash_token(derive_told_token(token_key, wave.id, now))
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
    record(
        session,
        actor=actor,
        action="respondents_told",
        subject_type="wave",
        subject_id=wave.id,
        now=now,
        details={"n_mails": len(people)},
    )
    return len(people)


def _refuse_unfinished(letter: ToldLetter) -> None:
    for point in letter.points:
        if bool(point["said"]) != bool(point["doing"]):
            raise Invalid(N_("Say both what people said and what you do about it, or clear the whole point."))
    if not any(point["said"] for point in letter.points) and not letter.introduction:
        raise Invalid(N_("Write at least an introduction or one point."), field="introduction")
    if not letter.recall:
        raise Invalid(N_("Write the sentence that the next invitation recalls."), field="recall")
