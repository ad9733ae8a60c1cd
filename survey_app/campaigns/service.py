"""Create campaigns, plan their waves and launch them."""

from collections.abc import Callable
from datetime import date, datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from survey_app.agreements.models import Agreement
from survey_app.audit.service import record
from survey_app.campaigns.dates import end_of_day, first_mail_moment, reminder_moments
from survey_app.campaigns.invitations import invite_recipients
from survey_app.campaigns.models import (
    Campaign,
    CampaignKind,
    Disclosure,
    Invitation,
    PrivacyMode,
    Recurrence,
    Reminder,
    Wave,
    WaveState,
)
from survey_app.campaigns.queries import find_validated_version, gather_facts, was_launched
from survey_app.campaigns.rules import launch_obstacles
from survey_app.clients.models import Client
from survey_app.clock import local_day
from survey_app.errors import N_, Invalid, Refusal
from survey_app.outbox.service import cancel
from survey_app.questionnaires import Questionnaire


def create_campaign(
    session: Session,
    client: Client,
    agreement: Agreement,
    title: str,
    kind: CampaignKind,
    questionnaire: Questionnaire,
    mode: PrivacyMode,
    actor: str,
    now: datetime,
    *,
    disclosure: Disclosure = Disclosure.OVERALL,
    recurrence: Recurrence | None = None,
    first_on: date | None = None,
    n_days_open: int = 14,
    reminds_half_way: bool = True,
    reminds_last_day: bool = True,
) -> Campaign:
    """Create a campaign under an agreement; the same title twice is the same campaign sent twice."""
    title = title.strip()
    _check_campaign(agreement, client, title, kind, recurrence, first_on)
    session.execute(select(Agreement.id).where(Agreement.id == agreement.id).with_for_update())
    if session.scalar(select(Campaign.id).filter_by(agreement_id=agreement.id, title=title)) is not None:
        raise Refusal(
            N_("A campaign already has this title under this agreement. Open it, or choose another title."),
            field="title",
        )
    campaign = Campaign(
        client_id=client.id,
        agreement_id=agreement.id,
        title=title,
        kind=kind,
        questionnaire_key=questionnaire.key,
        mode=mode,
        disclosure=disclosure,
        recurrence=recurrence,
        first_on=first_on,
        n_days_open=n_days_open,
        reminds_half_way=reminds_half_way,
        reminds_last_day=reminds_last_day,
        created_at=now,
    )
    session.add(campaign)
    session.flush()
    record(
        session,
        actor=actor,
        action="campaign_created",
        subject_type="campaign",
        subject_id=campaign.id,
        now=now,
    )
    return campaign


def _check_campaign(
    agreement: Agreement,
    client: Client,
    title: str,
    kind: CampaignKind,
    recurrence: Recurrence | None,
    first_on: date | None,
) -> None:
    if agreement.client_id != client.id:
        raise Invalid(N_("This agreement belongs to another client. Choose one of this client’s."), field="agreement")
    if not title:
        raise Invalid(N_("Give the campaign a title."), field="title")
    if recurrence and kind is not CampaignKind.BAROMETER:
        raise Invalid(N_("A campaign review follows an event: it has no recurrence."), field="recurrence")
    if recurrence and first_on is None:
        raise Invalid(N_("Give the first day of the recurrence."), field="first_on")


def change_campaign(
    session: Session,
    campaign: Campaign,
    *,
    mode: PrivacyMode,
    disclosure: Disclosure,
    recurrence: Recurrence | None,
    first_on: date | None,
    n_days_open: int,
    reminds_half_way: bool,
    reminds_last_day: bool,
    actor: str,
    now: datetime,
) -> None:
    """Change what the waves to come do; once people were promised who reads them, it is tightened elsewhere."""
    session.execute(select(Campaign.id).where(Campaign.id == campaign.id).with_for_update())
    session.refresh(campaign)
    _check_campaign(campaign.agreement, campaign.client, campaign.title, campaign.kind, recurrence, first_on)
    if mode is not campaign.mode and was_launched(session, campaign):
        raise Refusal(N_("People were promised this mode. Make it stricter from the page of the wave."), field="mode")
    if disclosure is not campaign.disclosure and was_launched(session, campaign):
        raise Refusal(
            N_("People were promised what the client receives. Narrow it from the page of the wave."),
            field="disclosure",
        )
    campaign.mode, campaign.disclosure = mode, disclosure
    campaign.recurrence, campaign.first_on = recurrence, first_on
    campaign.n_days_open = n_days_open
    campaign.reminds_half_way, campaign.reminds_last_day = reminds_half_way, reminds_last_day
    record(
        session,
        actor=actor,
        action="campaign_changed",
        subject_type="campaign",
        subject_id=campaign.id,
        now=now,
        details={"mode": mode, "disclosure": disclosure, "recurrence": recurrence or ""},
    )


def plan_wave(session: Session, campaign: Campaign, title: str, starts_on: date, ends_on: date, now: datetime) -> Wave:
    """Plan a wave as a draft; the same plan sent twice is one wave."""
    check_period(starts_on, ends_on)
    session.execute(select(Campaign.id).where(Campaign.id == campaign.id).with_for_update())
    planned = {"title": title.strip(), "starts_on": starts_on, "ends_on": ends_on}
    already = session.scalar(select(Wave).filter_by(campaign_id=campaign.id, state=WaveState.DRAFT, **planned))
    if already is not None:
        return already
    last = session.scalar(select(func.max(Wave.number)).where(Wave.campaign_id == campaign.id)) or 0
    wave = Wave(
        campaign=campaign,
        number=last + 1,
        state=WaveState.DRAFT,
        created_at=now,
        ends_at=end_of_day(ends_on, campaign.client.time_zone),
        **planned,
    )
    session.add(wave)
    session.flush()
    return wave


def change_plan(
    session: Session, wave: Wave, title: str, starts_on: date, ends_on: date, actor: str, now: datetime
) -> None:
    """Change the title and the dates of a wave in preparation; a confirmation of the old dates falls."""
    lock_wave(session, wave)
    if wave.state is not WaveState.DRAFT:
        raise Refusal(N_("This wave is no longer in preparation."))
    check_period(starts_on, ends_on)
    wave.title, wave.starts_on, wave.ends_on = title.strip(), starts_on, ends_on
    wave.ends_at = end_of_day(ends_on, wave.campaign.client.time_zone)
    wave.confirmed_at, wave.confirmed_by, wave.obstacle = None, "", None
    record(session, actor=actor, action="wave_replanned", subject_type="wave", subject_id=wave.id, now=now)


def check_period(starts_on: date, ends_on: date) -> None:
    if ends_on < starts_on:
        raise Invalid(N_("The wave ends before it starts. Choose a later last day."), field="ends_on")


def launch_wave(
    session: Session,
    wave: Wave,
    questionnaire: Questionnaire,
    token_key: bytes,
    public_base_url: str,
    actor: str,
    now: datetime,
    *,
    tell: Callable[[int], object] | None = None,
) -> Wave:
    """Freeze what is asked, of whom and under which agreement, and write one mail per person.

    All or nothing; a second launch of the same wave finds it open and changes nothing.
    """
    lock_wave(session, wave)
    if wave.state is WaveState.OPEN:
        return wave
    if not token_key:
        raise Refusal(N_("The key of the personal links is not set. Set SURVEY_TOKEN_KEY, then launch."))
    wave.ends_at = end_of_day(wave.ends_on, wave.campaign.client.time_zone)
    obstacles = launch_obstacles(gather_facts(session, wave, questionnaire, public_base_url, now))
    if obstacles:
        raise obstacles[0]
    _freeze(session, wave, questionnaire, now)
    _set_reminders(session, wave, now)
    n_invited = invite_recipients(session, wave, token_key, now, tell)
    record(
        session,
        actor=actor,
        action="wave_launched",
        subject_type="wave",
        subject_id=wave.id,
        now=now,
        details={
            "invited": n_invited,
            "questionnaire": questionnaire.reference,
            "definition_hash": wave.definition_hash,
        },
    )
    return wave


def lock_wave(session: Session, wave: Wave) -> None:
    """Wait for whoever holds the wave, then read it as they left it."""
    session.flush()
    session.execute(select(Wave.id).where(Wave.id == wave.id).with_for_update())
    session.refresh(wave)


def _freeze(session: Session, wave: Wave, questionnaire: Questionnaire, now: datetime) -> None:
    version = find_validated_version(session, wave.campaign.agreement_id)
    wave.agreement_version = version
    wave.questionnaire_version = questionnaire.version
    wave.definition = questionnaire.to_canonical()
    wave.definition_hash = questionnaire.content_hash
    wave.state, wave.launched_at, wave.obstacle = WaveState.OPEN, now, None
    session.flush()


def _set_reminders(session: Session, wave: Wave, now: datetime) -> None:
    campaign = wave.campaign
    zone = campaign.client.time_zone
    moments = reminder_moments(
        first_mail_moment(wave.starts_on, now, zone),
        wave.ends_on,
        zone,
        half_way=campaign.reminds_half_way,
        last_day=campaign.reminds_last_day,
    )
    session.add_all(Reminder(wave_id=wave.id, due_at=moment) for moment in moments)
    session.flush()


def cancel_wave(session: Session, wave: Wave, actor: str, now: datetime) -> None:
    """Cancel a wave that is not closed: no mail leaves any more and its links open nothing."""
    lock_wave(session, wave)
    if wave.state is WaveState.CANCELLED:
        return
    if wave.state is WaveState.CLOSED:
        raise Refusal(N_("A closed wave is history: it cannot be cancelled. A correction is a new edition."))
    wave.state, wave.cancelled_at = WaveState.CANCELLED, now
    note_end(wave, now)
    cancel(session, wave_id=wave.id)
    # What people were still writing is promised to be erased when their wave ends, however it ends.
    session.execute(
        update(Invitation).where(Invitation.wave_id == wave.id, Invitation.draft.is_not(None)).values(draft=None)
    )
    record(session, actor=actor, action="wave_cancelled", subject_type="wave", subject_id=wave.id, now=now)


def note_end(wave: Wave, now: datetime) -> None:
    """Keep the last day on which a wave took answers: it may be closed or cancelled before its planned end."""
    wave.ended_on = min(wave.ends_on, local_day(now, wave.campaign.client.time_zone))


def extend_wave(session: Session, wave: Wave, ends_on: date, actor: str, now: datetime) -> None:
    """Give people more days; a deadline never comes nearer, and one that has passed stays passed."""
    lock_wave(session, wave)
    if wave.state is not WaveState.OPEN or now >= wave.ends_at:
        raise Refusal(N_("The deadline has passed: close the wave, and plan a new one to ask again."))
    if ends_on <= wave.ends_on:
        raise Invalid(N_("Choose a day after the present last day."), field="ends_on")
    before, wave.ends_on = wave.ends_on, ends_on
    wave.ends_at = end_of_day(ends_on, wave.campaign.client.time_zone)
    _move_last_reminder(session, wave, now)
    record(
        session,
        actor=actor,
        action="wave_extended",
        subject_type="wave",
        subject_id=wave.id,
        now=now,
        details={"from": before.isoformat(), "to": ends_on.isoformat()},
    )


def _move_last_reminder(session: Session, wave: Wave, now: datetime) -> None:
    campaign = wave.campaign
    session.execute(delete(Reminder).where(Reminder.wave_id == wave.id, Reminder.done_at.is_(None)))
    moments = reminder_moments(
        now, wave.ends_on, campaign.client.time_zone, half_way=False, last_day=campaign.reminds_last_day
    )
    session.add_all(Reminder(wave_id=wave.id, due_at=moment) for moment in moments)
    session.flush()
