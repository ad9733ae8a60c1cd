"""Decide what a campaign and its waves may do; no database and no web here."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from survey_app.campaigns.dates import first_mail_moment
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
    found = [_state_obstacle(facts)]
    found.append(_deadline_obstacle(facts))
    if not facts.public_base_url:
        found.append(
            Refusal(
                N_("The address that personal links start with is not set. Set SURVEY_PUBLIC_BASE_URL, then launch.")
            )
        )
    found.extend(_agreement_obstacles(facts))
    if not facts.n_recipients:
        found.append(Refusal(N_("No contact has a usable address. Add or correct a contact, then launch.")))
    if facts.unknown_placeholders:
        found.append(
            Refusal(
                N_("The mail wording uses %(names)s, which does not exist. Correct the wording, then launch."),
                names=", ".join(facts.unknown_placeholders),
            )
        )
    return [obstacle for obstacle in found if obstacle is not None]


def _state_obstacle(facts: LaunchFacts) -> Refusal | None:
    if facts.state == "draft":
        return None
    return Refusal(N_("This wave is closed or cancelled. Plan a new wave to ask again."))


def _deadline_obstacle(facts: LaunchFacts) -> Refusal | None:
    if facts.now >= facts.ends_at:
        return Refusal(N_("The deadline of this wave has passed. Choose a later one, then launch."))
    if first_mail_moment(facts.starts_on, facts.now, facts.zone) >= facts.ends_at:
        return Refusal(
            N_("Mail leaves on working days from 8 to 19 h: none can before this deadline. Choose a later one.")
        )
    return None


def _agreement_obstacles(facts: LaunchFacts) -> list[Refusal]:
    if not facts.has_validated_version:
        return [Refusal(N_("No version of the agreement is validated. Have it validated, then launch."))]
    if not facts.n_lines:
        return [Refusal(N_("The agreement has no line. Add at least one commitment in a new version."))]
    if not facts.survey_lines & facts.asked_indicators:
        return [
            Refusal(
                N_("The questionnaire measures none of the agreement’s survey lines. Choose another questionnaire.")
            )
        ]
    return []


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
