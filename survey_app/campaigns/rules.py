"""Decide what a campaign and its waves may do, where each person stands, and what is due."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from survey_app.campaigns.dates import first_mail_moment, is_sending_moment, is_working_day
from survey_app.clock import local_day
from survey_app.errors import N_, Refusal

# How long answers are kept, said in the first mail and on the form, and held by the purge.
RETENTION_MONTHS = 36
# Under this many people, a confidential or anonymous result can never be shown.
MIN_SHOWN = 5
# Under this many marks, a picture of each of them tells who gave which.
MIN_DISTRIBUTION = 10
STRICTNESS = ("named", "confidential", "anonymous")
NARROWNESS = ("marks", "overall")


@dataclass(frozen=True)
class Remark:
    """A sentence worth reading before launching; it forbids nothing."""

    message: str
    values: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class LaunchFacts:
    """All that decides whether a wave may be launched."""

    now: datetime
    starts_on: date
    ends_at: datetime
    zone: str
    state: str
    public_base_url: str
    has_validated_version: bool
    n_lines: int
    survey_lines: frozenset[str]
    asked_indicators: frozenset[str]
    n_recipients: int
    mode: str
    has_privacy_contact: bool = True
    unknown_placeholders: Sequence[str] = ()


def launch_obstacles(facts: LaunchFacts) -> list[Refusal]:
    """List what forbids the launch, each with what to do about it, the first to mend first."""
    names = ", ".join(facts.unknown_placeholders)
    obstacles = (
        (facts.state != "draft", N_("This wave is closed or cancelled. Plan a new wave to ask again.")),
        *_deadline_obstacles(facts),
        (
            not facts.public_base_url,
            N_("The address that personal links start with is not set. Set SURVEY_PUBLIC_BASE_URL, then launch."),
        ),
        *_agreement_obstacles(facts),
        (not facts.n_recipients, N_("No contact has a usable address. Add or correct a contact, then launch.")),
        (bool(names), N_("The mail wording uses %(names)s, which does not exist. Correct the wording, then launch.")),
    )
    return [Refusal(sentence, names=names) for holds, sentence in obstacles if holds]


Obstacles = tuple[tuple[bool, str], ...]


def _deadline_obstacles(facts: LaunchFacts) -> Obstacles:
    has_passed = facts.now >= facts.ends_at
    leaves_late = first_mail_moment(facts.starts_on, facts.now, facts.zone) >= facts.ends_at
    return (
        (has_passed, N_("The deadline of this wave has passed. Choose a later one, then launch.")),
        (
            leaves_late and not has_passed,
            N_("Mail leaves on working days from 8 to 19 h: none can before this deadline. Choose a later one."),
        ),
    )


def _agreement_obstacles(facts: LaunchFacts) -> Obstacles:
    """Say what the agreement wants for; without a validated version, nothing is known of its lines."""
    is_asked = bool(facts.survey_lines & facts.asked_indicators)
    return (
        (
            not facts.has_validated_version,
            N_("No version of the agreement is validated. Have it validated, then launch."),
        ),
        (
            facts.has_validated_version and not facts.n_lines,
            N_("The agreement has no line. Add at least one commitment in a new version."),
        ),
        (
            facts.has_validated_version and facts.n_lines > 0 and not is_asked,
            N_("The questionnaire measures none of the agreement’s survey lines. Choose another questionnaire."),
        ),
    )


def launch_remarks(facts: LaunchFacts) -> list[Remark]:
    """List what deserves a second look before launching."""
    remarks = []
    if facts.mode != "named" and facts.n_recipients < MIN_SHOWN:
        remarks.append(
            Remark(
                N_("Under %(n)s recipients, no result of this mode can ever be shown: choose the named mode."),
                {"n": MIN_SHOWN},
            )
        )
    if not facts.has_privacy_contact:
        remarks.append(
            Remark(N_("The agency has no privacy contact: people will be told to object by replying to the mail."))
        )
    return remarks


def unasked_lines(survey_lines: Collection[str], asked_indicators: Collection[str]) -> list[str]:
    """List the lines that a survey should measure and that the questionnaire has no question for."""
    return [key for key in survey_lines if key not in asked_indicators]


def may_tighten(current: str, wanted: str) -> bool:
    """Tell whether the mode becomes stricter: what was promised to people is never loosened."""
    return STRICTNESS.index(wanted) >= STRICTNESS.index(current)


def may_narrow(current: str, wanted: str) -> bool:
    """Tell whether the client receives the same or less: what was withheld by promise is never handed out."""
    return NARROWNESS.index(wanted) >= NARROWNESS.index(current)


def panel_status(*, was_asked: bool, is_active: bool, has_opted_out: bool, is_reachable: bool) -> str | None:
    """Tell how a contact stands towards the panel of the last wave; None for one who never was in it."""
    if not is_active:
        return "left" if was_asked else None
    if has_opted_out:
        return "opted_out"
    if not is_reachable:
        return "bounced"
    return "kept" if was_asked else "joined"


# Where a person asked stands; every one is in exactly one place, so that the counts add up to the population.
STANDINGS = ("queued", "sent", "in_doubt", "bounced", "opted_out", "declined", "started", "done")
# Those who have not answered and still may.
MISSING = frozenset({"queued", "sent", "in_doubt", "bounced", "started"})
NOT_LEFT_YET = frozenset({"queued", "leased", "deferred", "held"})
BOUNCED = "bounced"
UNDELIVERABLE = frozenset({"failed", "dead", BOUNCED})
MIN_BETWEEN_REMINDERS = timedelta(hours=20)


@dataclass(frozen=True)
class Progress:
    """What is known of a person asked and of the last mail to them, without the content of an answer."""

    has_answered: bool = False
    has_declined: bool = False
    has_opted_out: bool = False
    has_started: bool = False
    is_dead_address: bool = False
    # The last mail's state in the outbox, or that it bounced after it was sent.
    mail_state: str | None = None


def standing(person: Progress) -> str:
    """Tell in one word where a person stands; what the person did outweighs what the mail did."""
    deeds = (
        (person.has_answered, "done"),
        (person.has_declined, "declined"),
        (person.has_opted_out, "opted_out"),
        (person.has_started, "started"),
    )
    return next((name for is_done, name in deeds if is_done), "") or _mail_standing(person)


def _mail_standing(person: Progress) -> str:
    if person.is_dead_address or person.mail_state in UNDELIVERABLE:
        return "bounced"
    if person.mail_state == "in_doubt":
        return "in_doubt"
    return "queued" if person.mail_state is None or person.mail_state in NOT_LEFT_YET else "sent"


def may_nudge(one_standing: str, reminded_at: datetime | None, now: datetime) -> bool:
    """Tell whether a person may be reminded by hand: missing, reached, and not already today."""
    if one_standing not in ("sent", "started"):
        return False
    return reminded_at is None or now - reminded_at >= MIN_BETWEEN_REMINDERS


WAVE_MAILS = ("invitation", "reminder")


class Addressee(NamedTuple):
    """Whom a mail goes to, as they stand at the moment of sending."""

    id: int
    version: int
    email: str
    name: str
    civility: Any
    language: str
    wave_id: int
    revoked_at: datetime | None
    answered_at: datetime | None
    refused_at: datetime | None
    opted_out_at: datetime | None
    address_state: str
    wave_state: str
    ends_on: date
    ends_at: datetime


def withheld_reason(person: Addressee, now: datetime) -> str | None:
    """Tell why a mail must not leave any more, or None where it may."""
    reasons = (
        (person.revoked_at is not None, "cancelled"),
        (person.answered_at is not None, "answered"),
        (person.refused_at is not None or person.opted_out_at is not None, "opted_out"),
        (person.address_state == "dead", "dead_address"),
        (person.wave_state != "open", "cancelled"),
        (now >= person.ends_at, "late"),
    )
    return next((reason for holds, reason in reasons if holds), None)


PLANNED_AHEAD = timedelta(days=21)


class Step(StrEnum):
    OPEN = "open"
    RENEW = "renew"
    REMIND = "remind"
    CLOSE = "close"


@dataclass(frozen=True)
class WaveSchedule:
    """All that decides what is due for one wave."""

    state: str
    is_confirmed: bool
    starts_on: date
    ends_at: datetime
    zone: str
    reminders_due: Sequence[datetime] = ()
    n_changed_addresses: int = 0


def due_steps(wave: WaveSchedule, now: datetime) -> list[Step]:
    """List what is to be done now for a wave, in order."""
    if wave.state == "draft":
        return [Step.OPEN] if _is_due_to_open(wave, now) else []
    if wave.state != "open":
        return []
    if now >= wave.ends_at:
        return [Step.CLOSE]
    renews = [Step.RENEW] if wave.n_changed_addresses else []
    return renews + ([Step.REMIND] if _is_reminder_due(wave, now) else [])


def _is_due_to_open(wave: WaveSchedule, now: datetime) -> bool:
    has_come = wave.is_confirmed and local_day(now, wave.zone) >= wave.starts_on
    return has_come and now < wave.ends_at and is_sending_moment(now, wave.zone)


def _is_reminder_due(wave: WaveSchedule, now: datetime) -> bool:
    """Tell whether a reminder waits; after an outage all that were missed make one."""
    return any(due <= now for due in wave.reminders_due) and is_sending_moment(now, wave.zone)


def is_digest_day(day: date) -> bool:
    """Tell whether the lead gets a digest that day: the first working day of the week."""
    monday = day - timedelta(days=day.weekday())
    week = (monday + timedelta(days=offset) for offset in range(5))
    return next((each for each in week if is_working_day(each)), None) == day


def day_to_plan(next_on: date, last_on: date | None, today: date) -> date | None:
    """Return the day of a recurrence that is near enough to be planned as a draft, once."""
    is_near = today <= next_on <= today + PLANNED_AHEAD
    return next_on if is_near and (last_on is None or next_on > last_on) else None
