"""Create campaigns, plan their waves, confirm, extend and cancel them; keep an agency’s own words for its mails."""

from datetime import date, datetime
from typing import TypedDict, Unpack

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from survey_app.agreements.models import Agreement
from survey_app.audit.service import note
from survey_app.campaigns.dates import end_of_day, reminder_moments
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
from survey_app.campaigns.queries import find_wording, was_launched
from survey_app.clients.models import Agency, Client, MailWording
from survey_app.clients.rules import MAX_MESSAGE, MAX_SUBJECT, PLACEHOLDERS_OF, unknown_placeholders
from survey_app.clock import local_day
from survey_app.errors import N_, Invalid, Refusal
from survey_app.outbox.service import cancel
from survey_app.questionnaires import Questionnaire
from survey_app.validation import clean_line, clean_text


class Rhythm(TypedDict, total=False):
    """When the waves of a campaign come, how long they last, and when people are reminded."""

    recurrence: Recurrence | None
    first_on: date | None
    n_days_open: int
    reminds_half_way: bool
    reminds_last_day: bool


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
    **rhythm: Unpack[Rhythm],
) -> Campaign:
    """Create a campaign under an agreement; the same title twice is the same campaign sent twice."""
    campaign = Campaign(
        client_id=client.id,
        agreement_id=agreement.id,
        title=title.strip(),
        kind=kind,
        questionnaire_key=questionnaire.key,
        mode=mode,
        disclosure=disclosure,
        created_at=now,
        **rhythm,
    )
    _check_campaign(campaign, agreement)
    session.execute(select(Agreement.id).where(Agreement.id == agreement.id).with_for_update())
    if session.scalar(select(Campaign.id).filter_by(agreement_id=agreement.id, title=campaign.title)) is not None:
        raise Refusal(
            N_("A campaign already has this title under this agreement. Open it, or choose another title."),
            field="title",
        )
    session.add(campaign)
    session.flush()
    note(session, campaign, "campaign_created", actor, now)
    return campaign


def _check_campaign(campaign: Campaign, agreement: Agreement) -> None:
    if agreement.client_id != campaign.client_id:
        raise Invalid(N_("This agreement belongs to another client. Choose one of this client’s."), field="agreement")
    if not campaign.title:
        raise Invalid(N_("Give the campaign a title."), field="title")
    if campaign.recurrence and campaign.kind is not CampaignKind.BAROMETER:
        raise Invalid(N_("A campaign review follows an event: it has no recurrence."), field="recurrence")
    if campaign.recurrence and campaign.first_on is None:
        raise Invalid(N_("Give the first day of the recurrence."), field="first_on")


def change_campaign(
    session: Session,
    campaign: Campaign,
    *,
    mode: PrivacyMode,
    disclosure: Disclosure,
    actor: str,
    now: datetime,
    **rhythm: Unpack[Rhythm],
) -> None:
    """Change what the waves to come do; once people were promised who reads them, it is tightened elsewhere."""
    session.execute(select(Campaign.id).where(Campaign.id == campaign.id).with_for_update())
    session.refresh(campaign)
    if mode is not campaign.mode and was_launched(session, campaign):
        raise Refusal(N_("People were promised this mode. Make it stricter from the page of the wave."), field="mode")
    if disclosure is not campaign.disclosure and was_launched(session, campaign):
        raise Refusal(
            N_("People were promised what the client receives. Narrow it from the page of the wave."),
            field="disclosure",
        )
    campaign.mode, campaign.disclosure = mode, disclosure
    for name, value in rhythm.items():
        setattr(campaign, name, value)
    with session.no_autoflush:
        _check_campaign(campaign, campaign.agreement)
    note(
        session,
        campaign,
        "campaign_changed",
        actor,
        now,
        mode=mode,
        disclosure=disclosure,
        recurrence=campaign.recurrence or "",
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
    note(session, wave, "wave_replanned", actor, now)


def check_period(starts_on: date, ends_on: date) -> None:
    if ends_on < starts_on:
        raise Invalid(N_("The wave ends before it starts. Choose a later last day."), field="ends_on")


def lock_wave(session: Session, wave: Wave) -> None:
    """Wait for whoever holds the wave, then read it as they left it."""
    session.flush()
    session.execute(select(Wave.id).where(Wave.id == wave.id).with_for_update())
    session.refresh(wave)


def confirm_wave(session: Session, wave: Wave, actor: str, now: datetime) -> None:
    """Confirm a planned wave, so that it opens by itself on its first day."""
    lock_wave(session, wave)
    if wave.state is not WaveState.DRAFT:
        raise Refusal(N_("This wave is no longer in preparation."))
    wave.confirmed_at, wave.confirmed_by, wave.obstacle = now, actor, None
    note(session, wave, "wave_confirmed", actor, now)


def withdraw_confirmation(session: Session, wave: Wave, actor: str, now: datetime) -> None:
    lock_wave(session, wave)
    if wave.state is not WaveState.DRAFT or wave.confirmed_at is None:
        return
    wave.confirmed_at, wave.confirmed_by = None, ""
    note(session, wave, "wave_unconfirmed", actor, now)


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
    note(session, wave, "wave_cancelled", actor, now)


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
    note(session, wave, "wave_extended", actor, now, **{"from": before.isoformat(), "to": ends_on.isoformat()})


def _move_last_reminder(session: Session, wave: Wave, now: datetime) -> None:
    campaign = wave.campaign
    session.execute(delete(Reminder).where(Reminder.wave_id == wave.id, Reminder.done_at.is_(None)))
    moments = reminder_moments(
        now, wave.ends_on, campaign.client.time_zone, half_way=False, last_day=campaign.reminds_last_day
    )
    session.add_all(Reminder(wave_id=wave.id, due_at=moment) for moment in moments)
    session.flush()


def save_wording(
    session: Session, agency: Agency, kind: str, language: str, subject: str, message: str, actor: str, now: datetime
) -> MailWording:
    """Save a wording; an unknown placeholder is refused here already, and once more at the launch."""
    subject, message = clean_line(subject, MAX_SUBJECT), clean_text(message, MAX_MESSAGE)
    _check(subject, kind, "subject")
    _check(message, kind, "message")
    wording = find_wording(session, agency.id, kind, language)
    if wording is None:
        wording = MailWording(agency_id=agency.id, kind=kind, language=language)
        session.add(wording)
    wording.subject, wording.message, wording.updated_at = subject, message, now
    session.flush()
    note(session, agency, "mail_worded", actor, now, kind=kind, language=language)
    return wording


def restore_wording(session: Session, agency: Agency, kind: str, language: str, actor: str, now: datetime) -> None:
    """Come back to the product’s own words."""
    wording = find_wording(session, agency.id, kind, language)
    if wording is not None:
        session.delete(wording)
        note(session, agency, "mail_wording_restored", actor, now, kind=kind, language=language)


def _check(text: str, kind: str, field: str) -> None:
    if not text:
        raise Invalid(N_("Write something, or come back to the product’s own words."), field=field)
    known = PLACEHOLDERS_OF[kind]
    unknown = unknown_placeholders(text, known)
    if unknown:
        raise Invalid(
            N_("%(names)s does not exist. The placeholders are %(known)s."),
            field=field,
            names=", ".join(unknown),
            known=", ".join(f"{{{name}}}" for name in known),
        )
