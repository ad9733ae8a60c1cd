"""Plan the next wave of a recurring campaign as a draft, in time to be looked at and confirmed."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from survey_app.campaigns.dates import next_days
from survey_app.campaigns.models import Campaign, Wave
from survey_app.campaigns.schedule.rules import day_to_plan
from survey_app.campaigns.service import plan_wave
from survey_app.clock import local_day
from survey_app.formats import format_month


def list_days_to_plan(session: Session, now: datetime) -> list[tuple[int, date]]:
    """Return the campaigns whose next day is near and not planned; a day that a person cancelled stays so."""
    last_days = dict(
        session.execute(select(Wave.campaign_id, func.max(Wave.starts_on)).group_by(Wave.campaign_id)).all()
    )
    found = [(campaign, _day_to_plan(campaign, last_days.get(campaign.id), now)) for campaign in _recurring(session)]
    return [(campaign.id, day) for campaign, day in found if day is not None]


def _recurring(session: Session) -> Sequence[Campaign]:
    return session.scalars(select(Campaign).where(Campaign.recurrence != "").options(joinedload(Campaign.client))).all()


def _day_to_plan(campaign: Campaign, last_on: date | None, now: datetime) -> date | None:
    if campaign.first_on is None:
        return None
    today = local_day(now, campaign.client.time_zone)
    upcoming = next_days(campaign.recurrence, campaign.first_on, after=today - timedelta(days=1), n=1)
    return day_to_plan(upcoming[0], last_on, today) if upcoming else None


def plan_recurring_wave(session: Session, campaign: Campaign, day: date, now: datetime) -> Wave:
    """Plan the wave of this day; two workers that do so at once make one."""
    title = format_month(day, campaign.client.language)
    ends_on = day + timedelta(days=campaign.n_days_open)
    return plan_wave(session, campaign, title[:1].upper() + title[1:], day, ends_on, now)
