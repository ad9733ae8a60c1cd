"""Play the half-year: launch, deliver, answer, remind, work on the plans, close, in the order of a real one."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.accounts.models import User
from survey_app.action_plans.editing import ActionText, PlanText, add_action, change_plan
from survey_app.action_plans.lifecycle import finish_plan, report_action, start_plan
from survey_app.action_plans.models import ActionPlan
from survey_app.action_plans.negotiation import Proposer, propose_plan
from survey_app.action_plans.queries import Owner
from survey_app.action_plans.vocabulary import ActionState, CauseKind, PlanState
from survey_app.agreements.vocabulary import Obligor
from survey_app.campaigns.invitations import launch_wave
from survey_app.campaigns.models import Campaign, Wave
from survey_app.campaigns.service import plan_wave
from survey_app.clients.models import Contact
from survey_app.clock import SettableClock, local_day
from survey_app.demo.agency import ACTOR, enter_facts, set_scene
from survey_app.demo.browsing import answer, fetch, newest_link, plan_links
from survey_app.demo.cast import CAST, Person, PlayedClient
from survey_app.questionnaires import Questionnaire
from survey_app.web import settings, writing_command
from survey_app.worker import run_once

PARIS = ZoneInfo("Europe/Paris")
WAVE_DAYS = 13
SCENE_LEAD = timedelta(days=20)
SATURDAY = 5
WORK_TIME = timedelta(days=50)


def plans_of(session: Session, campaign_id: int) -> Sequence[ActionPlan]:
    """Return the campaign's plans in the order in which their lines were measured."""
    of_campaign = select(ActionPlan).join(Wave, ActionPlan.wave_id == Wave.id).where(Wave.campaign_id == campaign_id)
    return session.scalars(of_campaign.order_by(ActionPlan.id)).all()


def propose_plans(session: Session, campaign_id: int, token_key: bytes, now: datetime) -> None:
    """Write what went wrong and what will be done, and put each plan to the signatory."""
    for plan in plans_of(session, campaign_id):
        written = CAST.plans.get(plan.indicator_key, CAST.plans["any_other_line"])
        text = PlanText(nonconformity=written.wrong, cause=written.cause, cause_kind=CauseKind.METHOD)
        change_plan(session, plan, text, plan.version, ACTOR, now)
        contact = session.scalars(
            select(Contact).where(Contact.client_id == plan.client_id, Contact.is_signatory)
        ).one()
        signatory = Owner(name=contact.name, email=contact.email, contact_id=contact.id)
        owner = signatory if plan.party is Obligor.CLIENT else _owner(session)
        due_on = local_day(now + WORK_TIME, plan.client.time_zone)
        add_action(session, plan, ActionText(written.action, plan.party, owner, due_on), ACTOR, now)
        propose_plan(session, plan, contact, "", Proposer(ACTOR, CAST.lead.email), token_key, now)


def cosign(link: str, name: str) -> None:
    """Co-sign a plan on its page, as the signatory does."""
    page = fetch(link)
    form = next(form for form in page.forms if ("intent", "sign") in form.buttons)
    answer = fetch(link, {**form.values, "signed_name": name, "intent": "sign"})
    if answer.status != 200:
        raise RuntimeError(f"the plan answered {answer.status}")


def carry_out(session: Session, campaign_id: int, now: datetime) -> None:
    """Do what was agreed, with its proof."""
    for plan in plans_of(session, campaign_id):
        if plan.state is not PlanState.AGREED:
            continue
        start_plan(session, plan, ACTOR, now)
        for action in plan.actions:
            proof = f"Compte rendu du comité de suivi du {local_day(now, plan.client.time_zone):%d/%m/%Y}."
            report_action(session, action, ActionState.DONE, proof, action.version, ACTOR, now)
        finish_plan(session, plan, ACTOR, now)


def work_days(first: date) -> tuple[date, date, date]:
    """Return the days of the proposal, of the signature and of the end of the work, after a wave that began then."""
    return first + timedelta(days=20), first + timedelta(days=23), first + timedelta(days=66)


def _owner(session: Session) -> Owner:
    user = session.scalars(select(User).where(User.email == CAST.second.email)).one()
    return Owner(name=CAST.second.name, email=CAST.second.email, user_id=user.id)


@dataclass(frozen=True)
class Event:
    """Something that happens at an instant of the half-year."""

    at: datetime
    happen: Callable[[], object]


@dataclass(frozen=True)
class Stage:
    """What the play needs at hand."""

    app: Flask
    clock: SettableClock
    mail_folder: Path

    def questionnaire(self, key: str) -> Questionnaire:
        found: Questionnaire = self.app.extensions["survey_questionnaires"].get(key)
        return found


def play_half_year(stage: Stage, password: str, today: date, tell: Callable[[str], None]) -> None:
    """Play everything that has happened up to today, worker steps included."""
    stage.clock.set(_paris(today - timedelta(days=CAST.clients[0].days_ago[0]), 9) - SCENE_LEAD)
    with writing_command() as session:
        campaign_ids = set_scene(stage.app, session, password, stage.clock.now())
    for event in sorted(_events(stage, campaign_ids, today, tell), key=lambda event: event.at):
        stage.clock.set(max(event.at, stage.clock.now()))
        event.happen()
        run_once(stage.app)


def _events(stage: Stage, campaign_ids: dict[str, int], today: date, tell: Callable[[str], None]) -> Iterator[Event]:
    for played in CAST.clients:
        for index, days in enumerate(played.days_ago):
            first = _working_day(today - timedelta(days=days))
            yield from _wave_events(stage, campaign_ids[played.key], played, index, first, tell)


def _wave_events(
    stage: Stage, campaign_id: int, played: PlayedClient, index: int, first: date, tell: Callable[[str], None]
) -> Iterator[Event]:
    last = first + timedelta(days=WAVE_DAYS)

    def launch() -> None:
        tell(f"{first}  {played.name}: wave {index + 1} is launched")
        _launch(stage, campaign_id, played, index, first, last)

    yield Event(_paris(first, 10), launch)
    for place, person in enumerate(played.people):
        if person.marks[index] is not None:
            day = first + timedelta(days=1 + (place * 5 + index * 3) % (WAVE_DAYS - 2))
            yield Event(_paris(day, 9 + place, place * 7), _answering(stage, person, played, index))
    if index == 0:
        yield from _plan_events(stage, campaign_id, played, first)
    for n_days in range(1, WAVE_DAYS + 1):
        yield Event(_paris(first + timedelta(days=n_days), 8, 30), lambda: None)
    yield Event(
        _paris(last, 23, 59) + timedelta(minutes=5),
        lambda: tell(f"{last}  {played.name}: wave {index + 1} closes"),
    )


def _plan_events(stage: Stage, campaign_id: int, played: PlayedClient, first: date) -> Iterator[Event]:
    """Let the plans of the first wave be written, co-signed and carried out before the second judges them."""
    token_key = settings().token_key.get_secret_value().encode()
    proposed_on, signed_on, done_on = work_days(first)

    def write(work: Callable[[Session], None]) -> None:
        with writing_command() as session:
            work(session)

    def sign() -> None:
        for link in plan_links(stage.mail_folder, played.signatory.email):
            cosign(link, played.signatory.name)

    now = stage.clock.now
    yield Event(
        _paris(proposed_on, 11), lambda: write(lambda session: propose_plans(session, campaign_id, token_key, now()))
    )
    yield Event(_paris(signed_on, 14, 20), sign)
    yield Event(_paris(done_on, 17), lambda: write(lambda session: carry_out(session, campaign_id, now())))


def _answering(stage: Stage, person: Person, played: PlayedClient, index: int) -> Callable[[], str]:
    questionnaire = stage.questionnaire(played.questionnaire)
    indicators = {q.key: q.indicator_key or "" for q in questionnaire.rated_questions}
    return lambda: answer(
        newest_link(stage.mail_folder, person.email), person, played, index, indicators, stage.clock.advance
    )


def _launch(stage: Stage, campaign_id: int, played: PlayedClient, index: int, first: date, last: date) -> None:
    now = stage.clock.now()
    with writing_command() as session:
        campaign = session.get_one(Campaign, campaign_id)
        title = f"{played.campaign_title} – {'mesure de référence' if index == 0 else 'deuxième vague'}"
        wave = plan_wave(session, campaign, title, first, last, now)
        launch_wave(
            session,
            wave,
            stage.questionnaire(played.questionnaire),
            settings().token_key.get_secret_value().encode(),
            settings().public_base_url,
            ACTOR,
            now,
        )
        enter_facts(session, campaign.agreement, played, index, first, now)


def _paris(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), PARIS)


def _working_day(day: date) -> date:
    while day.weekday() >= SATURDAY:
        day += timedelta(days=1)
    return day
