"""Read plans, and what stands around a line: its score, its comments, its earlier plans."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from survey_app.accounts.access import Permission, Role, Viewer
from survey_app.accounts.models import ClientAccess, User
from survey_app.action_plans.models import ActionPlan, CriterionAmendment, PlanAction, PlanLink, PlanPhase, Verdict
from survey_app.action_plans.vocabulary import LinkPurpose
from survey_app.agreements.queries import find_line
from survey_app.campaigns.models import Campaign, Wave, WaveState
from survey_app.catalogue.content import load_catalogue
from survey_app.clients.models import AddressState, Client, Contact
from survey_app.errors import N_, Invalid, NotFound
from survey_app.formats import format_number
from survey_app.scores.disclosure import Reader
from survey_app.scores.models import Score, ScoreLevel
from survey_app.scores.queries import Comment, comments_by_indicator
from survey_app.tokens import find_by_token
from survey_app.validation import MAX_EMAIL, clean_email, clean_line

MOST_WAVES = 6
OTHER = "other"
MAX_OWNER = 200


@dataclass(frozen=True)
class Comments:
    """What people wrote about a line, or how many wrote where their words may not be shown."""

    shown: list[Comment]
    n_hidden: int


def get_plan(session: Session, viewer: Viewer, plan_id: int, *, is_writing: bool = False) -> ActionPlan:
    """Return a plan of a client that the viewer works for, locked where it is about to change."""
    query = select(ActionPlan).where(ActionPlan.id == plan_id)
    plan = session.scalar(query.with_for_update().execution_options(populate_existing=True) if is_writing else query)
    if plan is None or not viewer.sees_client(plan.client_id):
        raise NotFound(N_("This plan does not exist. Choose one from the client's page."))
    return plan


def plan_of_line(session: Session, wave: Wave, indicator_key: str) -> ActionPlan:
    """Return the plan that a line of the wave started; a breach's own plan comes before a voluntary one."""
    plan = session.scalars(
        select(ActionPlan)
        .where(ActionPlan.wave_id == wave.id, ActionPlan.indicator_key == indicator_key)
        .order_by(ActionPlan.is_breach.desc(), ActionPlan.id)
        .limit(1)
    ).one_or_none()
    if plan is None:
        raise NotFound(N_("This line started no plan in this wave. The client’s page lists the plans."))
    return plan


def get_action(plan: ActionPlan, action_id: int) -> PlanAction:
    for action in plan.actions:
        if action.id == action_id:
            return action
    raise NotFound(N_("This action is not in the plan any more."))


def get_phase(plan: ActionPlan, phase_id: int) -> PlanPhase:
    for phase in plan.phases:
        if phase.id == phase_id:
            return phase
    raise NotFound(N_("This phase is not in the plan any more."))


def living_link(session: Session, plan_id: int, purpose: LinkPurpose, email: str) -> PlanLink | None:
    return session.scalar(
        select(PlanLink).where(
            PlanLink.plan_id == plan_id,
            PlanLink.purpose == purpose,
            PlanLink.email == email,
            PlanLink.revoked_at.is_(None),
        )
    )


def find_link(session: Session, token: str) -> PlanLink | None:
    """Return what a personal link opens; an unknown link and a revoked one are the same."""
    link = find_by_token(session, PlanLink, token)
    return link if link is not None and link.revoked_at is None else None


def list_plans(session: Session, client_id: int) -> Sequence[ActionPlan]:
    """Return the client's plans, newest first; a covered line comes with its leader."""
    return session.scalars(
        select(ActionPlan)
        .where(ActionPlan.client_id == client_id, ActionPlan.leader_id.is_(None))
        .options(
            joinedload(ActionPlan.wave),
            joinedload(ActionPlan.agreement_version),
            selectinload(ActionPlan.actions),
            selectinload(ActionPlan.phases),
            selectinload(ActionPlan.covered),
        )
        .order_by(ActionPlan.created_at.desc(), ActionPlan.id.desc())
    ).all()


def line_label(plan: ActionPlan, language: str) -> str:
    """Name the line as the agreement does, or as the catalogue does where the agreement says nothing."""
    line = find_line(plan.agreement_version, plan.indicator_key)
    if line is not None and line.definition.get(f"label_{language}"):
        return line.label(language)
    return load_catalogue().label(plan.indicator_key, language)


def line_score(session: Session, plan: ActionPlan) -> Score | None:
    """Return the score that opened the plan, with its interval and its counts."""
    return find_score(session, plan.wave_id, plan.indicator_key) if plan.wave_id is not None else None


def find_score(session: Session, wave_id: int, indicator_key: str) -> Score | None:
    return session.scalar(
        select(Score).where(
            Score.wave_id == wave_id, Score.level == ScoreLevel.INDICATOR, Score.subject_key == indicator_key
        )
    )


def earlier_plans(session: Session, plan: ActionPlan) -> Sequence[ActionPlan]:
    """Return the plans that the same line of this client had before, the latest first."""
    return session.scalars(
        select(ActionPlan)
        .where(
            ActionPlan.client_id == plan.client_id,
            ActionPlan.indicator_key == plan.indicator_key,
            ActionPlan.id != plan.id,
            (ActionPlan.created_at < plan.created_at)
            | ((ActionPlan.created_at == plan.created_at) & (ActionPlan.id < plan.id)),
        )
        .order_by(ActionPlan.created_at.desc(), ActionPlan.id.desc())
    ).all()


def line_comments(session: Session, plan: ActionPlan, viewer: Viewer) -> Comments:
    """Return what people wrote about the line, as far as the wave's privacy mode lets this reader read it."""
    wave, score = plan.wave, line_score(session, plan)
    if wave is None or wave.definition is None or score is None:
        return Comments([], 0)
    reader = Reader(wave.campaign.mode.value, viewer.may(Permission.SEE_NAMES))
    written = comments_by_indicator(session, wave, reader).get(plan.indicator_key, [])
    if not reader.may_see_comments(score.n_respondents):
        return Comments([], len(written))
    return Comments(written, 0)


def last_closed_number(session: Session, campaign_id: int) -> int:
    """Return the number of the last wave of the campaign that has been closed, 0 where none has."""
    query = select(func.max(Wave.number)).where(Wave.campaign_id == campaign_id, Wave.state == WaveState.CLOSED)
    return session.scalar(query) or 0


def closed_waves(session: Session, client_id: int) -> Sequence[Wave]:
    """Return the client's last closed waves, those whose respondents can be told what was done."""
    return session.scalars(
        select(Wave)
        .join(Campaign)
        .where(Campaign.client_id == client_id, Wave.state == WaveState.CLOSED)
        .order_by(Wave.closed_at.desc(), Wave.id.desc())
        .limit(MOST_WAVES)
    ).all()


def find_judging_wave(session: Session, plan: ActionPlan) -> Wave | None:
    """Return the wave that will judge the plan, where it is planned already."""
    return session.scalar(
        select(Wave)
        .where(
            Wave.campaign_id == plan.judging_campaign_id,
            Wave.number >= plan.judging_wave_number,
            Wave.state != WaveState.CANCELLED,
        )
        .order_by(Wave.number)
        .limit(1)
    )


def format_level(level: Decimal, language: str) -> str:
    """Write a threshold or a level with every decimal that was agreed: 7.25 never reads 7.3."""
    digits = max(1, -int(level.normalize().as_tuple().exponent))
    return format_number(level, digits, language)


def amendment_values(amendment: CriterionAmendment, language: str) -> dict[str, object]:
    """Return what the sentence about an amendment says: the criterion before, and the one proposed."""
    return {
        "number": amendment.number,
        "old": format_level(amendment.old_level, language),
        "new": format_level(amendment.level, language),
        "old_wave": amendment.old_wave_number,
        "wave": amendment.wave_number,
        "old_people": amendment.old_min_respondents,
        "people": amendment.min_respondents,
    }


def criterion_values(line: ActionPlan, language: str) -> dict[str, object]:
    """Return what the sentence about a criterion says, as its reader writes numbers."""
    return {
        "line": line_label(line, language),
        "level": format_level(line.success_level, language),
        "number": line.judging_wave_number,
        "campaign": line.judging_campaign.title,
        "people": line.min_respondents,
    }


@dataclass(frozen=True)
class Owner:
    """A person of the agency, a contact of the client, or anyone else with a name."""

    name: str
    email: str = ""
    user_id: int | None = None
    contact_id: int | None = None

    @property
    def choice(self) -> str:
        if self.user_id is not None:
            return f"user:{self.user_id}"
        return f"contact:{self.contact_id}" if self.contact_id is not None else OTHER


def list_users(session: Session, client_id: int) -> Sequence[User]:
    """Return the agency's people who work for the client."""
    works_for = exists().where(ClientAccess.user_id == User.id, ClientAccess.client_id == client_id)
    return session.scalars(
        select(User).where(User.active, or_(User.sees_all_clients, works_for)).order_by(User.name, User.id)
    ).all()


def list_leads(session: Session, client_id: int) -> Sequence[User]:
    """Return the quality leads of the client, or the administrators where it has none."""
    users = list_users(session, client_id)
    leads = [user for user in users if user.role is Role.QUALITY_LEAD]
    return leads or [user for user in users if user.role is Role.ADMINISTRATOR]


def list_owners(session: Session, client: Client) -> list[Owner]:
    users = [Owner(user.name, user.email, user_id=user.id) for user in list_users(session, client.id)]
    contacts = session.scalars(
        select(Contact).where(Contact.client_id == client.id, Contact.is_active).order_by(Contact.name, Contact.id)
    )
    return users + [Owner(contact.name, contact.email, contact_id=contact.id) for contact in contacts]


def resolve_owner(session: Session, client: Client, choice: str, name: str, email: str) -> Owner:
    """Return the owner that a form names, or say what is missing; somebody who has left owns nothing new."""
    if not choice:
        raise Invalid(N_("Choose who does it."), field="owner_choice")
    if choice != OTHER:
        found = next((owner for owner in list_owners(session, client) if owner.choice == choice), None)
        if found is None:
            raise Invalid(N_("This person has left. Choose somebody who is still there."), field="owner_choice")
        return found
    written = clean_line(name, MAX_OWNER)
    if not written:
        raise Invalid(N_("Name the person who does it."), field="owner_name")
    return Owner(written, clean_email(email)[:MAX_EMAIL] if email.strip() else "")


def has_left(action: PlanAction) -> bool:
    """Tell whether the owner is no longer with the agency or the client."""
    if action.owner_user is not None:
        return not action.owner_user.active
    return action.owner_contact is not None and not action.owner_contact.is_active


def is_reachable(action: PlanAction) -> bool:
    """Tell whether mail about the action reaches its owner."""
    contact = action.owner_contact
    is_dead = contact is not None and contact.address_state is AddressState.DEAD
    return bool(action.owner_email) and not has_left(action) and not is_dead


def language_of(action: PlanAction, default: str) -> str:
    person = action.owner_user or action.owner_contact
    return person.language if person else default


@dataclass
class Tally:
    """Plans counted once each; a line that another plan covers counts for its own verdict."""

    n_launched: int = 0
    n_ended: int = 0
    n_on_time: int = 0
    n_judged: int = 0
    n_effective: int = 0

    def count(self, plan: ActionPlan) -> None:
        self.n_launched += 1
        actions = (plan.leader or plan).actions
        has_ended = bool(actions) and all(action.ended_on is not None for action in actions)
        self.n_ended += has_ended
        self.n_on_time += has_ended and all(a.ended_on is not None and a.ended_on <= a.due_on for a in actions)
        verdicts = [step.verdict for step in plan.steps if step.verdict is not None]
        self.n_judged += bool(verdicts)
        self.n_effective += bool(verdicts) and verdicts[-1] is Verdict.EFFECTIVE


def plans_of_year(session: Session, viewer: Viewer, year: int) -> Sequence[ActionPlan]:
    """Return the plans opened in the year, of the clients that the viewer works for."""
    first, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    query = select(ActionPlan).where(ActionPlan.created_at >= first, ActionPlan.created_at < end)
    if viewer.client_ids is not None:
        query = query.where(ActionPlan.client_id.in_(sorted(viewer.client_ids)))
    return session.scalars(
        query.options(
            joinedload(ActionPlan.client),
            selectinload(ActionPlan.steps),
            selectinload(ActionPlan.actions),
            joinedload(ActionPlan.leader).selectinload(ActionPlan.actions),
            joinedload(ActionPlan.agreement_version),
        ).order_by(ActionPlan.id)
    ).all()


def tally(plans: Iterable[ActionPlan]) -> Tally:
    total = Tally()
    for plan in plans:
        total.count(plan)
    return total


def tally_by(plans: Iterable[ActionPlan], name: Callable[[ActionPlan], str]) -> list[tuple[str, Tally]]:
    """Count the plans by a name, the most frequent first."""
    groups: dict[str, Tally] = defaultdict(Tally)
    for plan in plans:
        groups[name(plan)].count(plan)
    return sorted(groups.items(), key=lambda group: (-group[1].n_launched, group[0]))
