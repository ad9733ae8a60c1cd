"""What happens by itself: waves open, people are reminded, nothing twice and nothing at night."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from survey_app.accounts.access import Role
from survey_app.accounts.models import ClientAccess, User
from survey_app.campaigns.dates import is_sending_moment
from survey_app.campaigns.models import Campaign, Invitation, Recurrence, Reminder, Wave, WaveState
from survey_app.campaigns.rules import Step, WaveSchedule, due_steps, is_digest_day
from survey_app.campaigns.schedule import Ticker
from survey_app.campaigns.service import confirm_wave
from survey_app.clients.models import AddressState
from survey_app.db import Database
from survey_app.outbox.models import OutgoingEmail
from survey_app.outbox.rules import MailState
from survey_app.questionnaires import load_library
from survey_app.settings import PROJECT_DIR
from tests.campaigns.conftest import ACTOR, BASE_URL, NOW, TOKEN_KEY, Cast

PARIS = "Europe/Paris"
HALF_WAY = datetime(2026, 3, 11, 8, 30, tzinfo=UTC)
LAST_DAY = datetime(2026, 3, 20, 8, 30, tzinfo=UTC)
TickerOf = Callable[..., Ticker]


@pytest.fixture
def ticker_of(database: Database, cast: Cast) -> TickerOf:
    """Give a ticker of its own, as each worker has one, over what the test has written."""
    closed: list[datetime] = []

    def make(base_url: str = BASE_URL) -> Ticker:
        cast.session.commit()
        library = load_library(PROJECT_DIR / "questionnaires")
        return Ticker(database, library, TOKEN_KEY, base_url, PARIS, closed.append)

    return make


def mark_all_sent(cast: Cast) -> None:
    values = {"state": MailState.SENT, "sent_at": NOW, "due_at": None}
    cast.session.execute(update(OutgoingEmail).values(**values))


def reminders(cast: Cast) -> list[str]:
    found = cast.session.scalars(select(OutgoingEmail.recipient).where(OutgoingEmail.kind == "reminder"))
    recipients = sorted(found)
    cast.session.rollback()
    return recipients


def test_a_confirmed_wave_opens_on_its_first_day_in_sending_hours(cast: Cast, ticker_of: TickerOf) -> None:
    wave = cast.plan(date(2026, 3, 9), date(2026, 3, 27))
    confirm_wave(cast.session, wave, ACTOR, NOW)
    ticker = ticker_of()
    assert ticker.tick(datetime(2026, 3, 6, 10, 0, tzinfo=UTC)) == []
    assert ticker.tick(datetime(2026, 3, 9, 6, 59, tzinfo=UTC)) == []
    assert ticker.tick(datetime(2026, 3, 9, 7, 0, tzinfo=UTC)) == [(wave.id, Step.OPEN)]
    cast.session.refresh(wave)
    assert wave.state is WaveState.OPEN
    assert len(wave.invitations) == 3


def test_a_wave_that_nobody_confirmed_stays_shut(cast: Cast, ticker_of: TickerOf) -> None:
    cast.plan()
    assert ticker_of().tick(NOW) == []


def test_what_stops_a_wave_from_opening_is_told_and_tried_again(cast: Cast, ticker_of: TickerOf) -> None:
    wave = cast.plan()
    confirm_wave(cast.session, wave, ACTOR, NOW)
    assert ticker_of(base_url="").tick(NOW) == []
    cast.session.refresh(wave)
    assert "SURVEY_PUBLIC_BASE_URL" in (wave.obstacle or {})["message"]
    assert ticker_of().tick(NOW) == [(wave.id, Step.OPEN)]
    cast.session.refresh(wave)
    assert wave.obstacle is None


def test_reminders_go_to_those_missing_only(cast: Cast, ticker_of: TickerOf) -> None:
    wave = cast.launch(cast.plan())
    mark_all_sent(cast)
    wave.invitations[0].answered_at = NOW
    ticker = ticker_of()
    assert ticker.tick(HALF_WAY - timedelta(seconds=1)) == []
    assert ticker.tick(HALF_WAY) == [(wave.id, Step.REMIND)]
    assert reminders(cast) == ["marc@client.test", "sam@client.test"]
    assert ticker.tick(HALF_WAY + timedelta(hours=1)) == []


@pytest.mark.parametrize("change", ["bounced", "opted out", "dead", "refused", "never sent", "inactive"])
def test_those_who_cannot_or_will_not_be_reached_get_no_reminder(cast: Cast, ticker_of: TickerOf, change: str) -> None:
    wave = cast.launch(cast.plan())
    mark_all_sent(cast)
    invitation, contact = wave.invitations[0], cast.contacts[0]
    mail = cast.session.scalars(select(OutgoingEmail).filter_by(recipient="claire@client.test")).one()
    if change == "bounced":
        mail.bounced_at, mail.bounce_status = NOW, "4.2.2"
    elif change == "opted out":
        contact.opted_out_at = NOW
    elif change == "dead":
        contact.address_state = AddressState.DEAD
    elif change == "refused":
        invitation.refused_at, invitation.refusal_reason = NOW, "other"
    elif change == "never sent":
        mail.state, mail.sent_at = MailState.FAILED, None
    else:
        contact.is_active = False
    ticker_of().tick(HALF_WAY)
    assert reminders(cast) == ["marc@client.test", "sam@client.test"]


def test_after_an_outage_one_reminder_leaves_and_not_two(cast: Cast, ticker_of: TickerOf) -> None:
    wave = cast.launch(cast.plan())
    mark_all_sent(cast)
    assert ticker_of().tick(LAST_DAY + timedelta(hours=2)) == [(wave.id, Step.REMIND)]
    assert len(reminders(cast)) == 3
    assert cast.session.scalar(select(func.count()).where(Reminder.done_at.is_(None))) == 0


def test_no_reminder_leaves_at_night_nor_past_the_deadline(cast: Cast, ticker_of: TickerOf) -> None:
    wave = cast.launch(cast.plan())
    mark_all_sent(cast)
    ticker, deadline = ticker_of(), wave.ends_at
    cast.session.rollback()
    assert ticker.tick(datetime(2026, 3, 20, 18, 30, tzinfo=UTC)) == []
    assert ticker.tick(deadline) == [(1, Step.CLOSE)]
    assert reminders(cast) == []


def test_the_deadline_calls_the_closing_that_was_brought_along(cast: Cast, ticker_of: TickerOf) -> None:
    wave = cast.launch(cast.plan())
    ticker = ticker_of()
    closed: list[datetime] = []
    ticker.close_due = closed.append
    deadline = wave.ends_at
    cast.session.rollback()
    ticker.tick(deadline - timedelta(seconds=1))
    assert closed == []
    ticker.tick(deadline)
    assert closed == [deadline]


def test_nobody_is_reminded_twice_within_a_day(cast: Cast, ticker_of: TickerOf) -> None:
    wave = cast.launch(cast.plan())
    mark_all_sent(cast)
    wave.invitations[0].reminded_at = HALF_WAY - timedelta(hours=3)
    ticker_of().tick(HALF_WAY)
    assert reminders(cast) == ["marc@client.test", "sam@client.test"]


def test_ticks_that_overlap_do_each_thing_once(cast: Cast, ticker_of: TickerOf) -> None:
    first = cast.launch(cast.plan())
    mark_all_sent(cast)
    second = cast.plan(date(2026, 3, 11), date(2026, 3, 27))
    confirm_wave(cast.session, second, ACTOR, NOW)
    tickers = [ticker_of() for _ in range(6)]
    expected = [(first.id, Step.REMIND), (second.id, Step.OPEN)]
    cast.session.rollback()
    with ThreadPoolExecutor(6) as pool:
        taken = [step for steps in pool.map(lambda ticker: ticker.tick(HALF_WAY), tickers) for step in steps]
    assert sorted(taken) == sorted(expected)
    assert len(reminders(cast)) == 3
    invited = select(func.count()).where(Invitation.wave_id == expected[1][0])
    assert cast.session.scalar(invited) == 3


def test_an_address_changed_on_the_contact_s_page_kills_the_old_link(cast: Cast, ticker_of: TickerOf) -> None:
    wave = cast.launch(cast.plan())
    cast.contacts[0].email = "c.dupont@client.test"
    assert ticker_of().tick(NOW) == [(wave.id, Step.RENEW)]
    old, new = cast.session.scalars(
        select(Invitation).where(Invitation.contact_id == cast.contacts[0].id).order_by(Invitation.version)
    )
    assert (old.revoked_at, new.email, new.is_marked) == (NOW, "c.dupont@client.test", True)
    mails = select(OutgoingEmail.state).where(OutgoingEmail.subject_id == old.id)
    assert cast.session.scalars(mails).all() == [MailState.CANCELLED]
    assert ticker_of().tick(NOW + timedelta(minutes=5)) == []


def test_the_next_wave_of_a_rhythm_is_planned_once_and_waits(cast: Cast, ticker_of: TickerOf) -> None:
    cast.campaign.recurrence, cast.campaign.first_on = Recurrence.QUARTERLY, date(2026, 3, 16)
    ticker = ticker_of()
    ticker.tick(datetime(2026, 2, 20, 9, 0, tzinfo=UTC))
    assert cast.session.scalar(select(func.count()).select_from(Wave)) == 0
    cast.session.rollback()
    for minute in range(0, 30, 10):
        ticker.tick(NOW + timedelta(minutes=minute))
    wave = cast.session.scalars(select(Wave)).one()
    assert (wave.state, wave.starts_on, wave.title) == (WaveState.DRAFT, date(2026, 3, 16), "Mars 2026")
    assert wave.ends_on == date(2026, 3, 30)


def lead(cast: Cast, works_for_client: bool = True) -> User:
    user = User(
        email="lea@agence.test",
        name="Léa Bernard",
        password="-",
        role=Role.QUALITY_LEAD,
        language="fr",
        created_at=NOW,
    )
    cast.session.add(user)
    cast.session.flush()
    if works_for_client:
        cast.session.add(ClientAccess(user_id=user.id, client_id=cast.client.id))
    return user


def digests(cast: Cast) -> list[str]:
    keys = select(OutgoingEmail.deduplication_key).where(OutgoingEmail.kind == "digest")
    found = list(cast.session.scalars(keys))
    cast.session.rollback()
    return found


def test_the_lead_gets_one_digest_on_the_first_working_day_of_the_week(cast: Cast, ticker_of: TickerOf) -> None:
    cast.launch(cast.plan())
    lead(cast)
    monday = datetime(2026, 3, 9, 7, 0, tzinfo=UTC)
    for moment in (monday - timedelta(minutes=5), monday, monday + timedelta(hours=2), monday + timedelta(days=1)):
        ticker_of().tick(moment)
    assert digests(cast) == ["digest:1:2026-03-09"]


@pytest.mark.parametrize("case", ["no wave", "another client's"])
def test_a_lead_with_nothing_to_read_gets_no_digest(cast: Cast, ticker_of: TickerOf, case: str) -> None:
    if case != "no wave":
        cast.launch(cast.plan())
    lead(cast, works_for_client=case == "no wave")
    ticker_of().tick(datetime(2026, 3, 9, 8, 0, tzinfo=UTC))
    assert digests(cast) == []


def test_digests_come_on_tuesday_after_a_holiday_monday() -> None:
    assert not is_digest_day(date(2026, 4, 6))
    assert is_digest_day(date(2026, 4, 7))
    assert not is_digest_day(date(2026, 4, 8))
    assert not any(is_digest_day(date(2026, 4, 11) + timedelta(days=offset)) for offset in (0, 1))


INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


@given(
    st.sampled_from(["draft", "open", "closed", "cancelled"]),
    st.booleans(),
    INSTANTS,
    INSTANTS,
    st.lists(INSTANTS, max_size=2),
    st.integers(0, 1),
)
def test_nothing_leaves_at_the_wrong_time(
    state: str, is_confirmed: bool, now: datetime, ends_at: datetime, due: list[datetime], n_changed: int
) -> None:
    starts_on = ends_at.date() - timedelta(days=14)
    wave = WaveSchedule(state, is_confirmed, starts_on, ends_at, PARIS, due, n_changed)
    steps = due_steps(wave, now)
    if now >= ends_at:
        assert steps in ([], [Step.CLOSE])
    if {Step.OPEN, Step.REMIND} & set(steps):
        assert is_sending_moment(now, PARIS)
        local = now.astimezone(ZoneInfo(PARIS))
        assert time(8) <= local.time() < time(19)
        assert local.weekday() < 5
    if state in ("closed", "cancelled"):
        assert steps == []
    assert (Step.CLOSE in steps) is (state == "open" and now >= ends_at)


def test_the_rhythm_of_a_campaign_without_one_plans_nothing(cast: Cast, ticker_of: TickerOf) -> None:
    assert cast.session.scalars(select(Campaign)).one().recurrence is None
    ticker_of().tick(NOW)
    assert cast.session.scalar(select(func.count()).select_from(Wave)) == 0


def test_one_wave_that_fails_does_not_hold_the_others(cast: Cast, ticker_of: TickerOf) -> None:
    broken, sound = cast.plan(), cast.plan(date(2026, 3, 2), date(2026, 3, 27))
    other = Campaign(
        client_id=cast.client.id,
        agreement_id=cast.agreement.id,
        title="Gone",
        kind=cast.campaign.kind,
        questionnaire_key="gone",
        mode=cast.campaign.mode,
        created_at=NOW,
    )
    cast.session.add(other)
    broken.campaign = other
    for wave in (broken, sound):
        confirm_wave(cast.session, wave, ACTOR, NOW)
    assert ticker_of().tick(NOW) == [(sound.id, Step.OPEN)]


def test_no_reminder_follows_an_invitation_of_the_same_day(cast: Cast, ticker_of: TickerOf) -> None:
    cast.launch(cast.plan())
    mark_all_sent(cast)
    cast.session.execute(update(OutgoingEmail).values(sent_at=HALF_WAY - timedelta(hours=1)))
    ticker_of().tick(HALF_WAY)
    assert reminders(cast) == []
