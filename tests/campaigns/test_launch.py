"""Launching freezes what is asked, of whom and under which agreement; all or nothing, once."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import delete, func, select, text

from survey_app.agreements.models import Measure, VersionState
from survey_app.audit.models import AuditEntry
from survey_app.campaigns.invitations import derive_token, launch_wave
from survey_app.campaigns.models import Invitation, WaveState
from survey_app.campaigns.queries import is_baseline, previous_wave
from survey_app.campaigns.service import cancel_wave, extend_wave, plan_wave
from survey_app.clients.models import AddressState, Contact, MailWording
from survey_app.errors import Invalid, Refusal
from survey_app.outbox.models import OutgoingEmail
from survey_app.outbox.rules import MailState
from survey_app.questionnaires import Questionnaire
from survey_app.responses.queries import find_visit
from tests.campaigns.conftest import ACTOR, NOW, TOKEN_KEY, Cast


def test_it_freezes_the_questionnaire_the_agreement_and_the_population(cast: Cast) -> None:
    wave = cast.launch(cast.plan())
    assert wave.state is WaveState.OPEN
    assert wave.launched_at == NOW
    assert wave.agreement_version is cast.version
    assert wave.definition_hash == cast.questionnaire.content_hash
    assert Questionnaire.from_canonical(wave.definition or {}) == cast.questionnaire
    assert [each.email for each in wave.invitations] == [each.email for each in cast.contacts]
    cast.contacts[0].name = "Renamed later"
    cast.session.flush()
    assert wave.invitations[0].name == "Claire Dupont"


def test_it_writes_one_mail_per_person_and_no_link_anywhere(cast: Cast) -> None:
    wave = cast.launch(cast.plan())
    mails = cast.session.scalars(select(OutgoingEmail).order_by(OutgoingEmail.id)).all()
    assert [mail.recipient for mail in mails] == [each.email for each in cast.contacts]
    assert {(mail.kind, mail.wave_id, mail.client_id, mail.state) for mail in mails} == {
        ("invitation", wave.id, cast.client.id, MailState.QUEUED)
    }
    tokens = [derive_token(TOKEN_KEY, each.id, each.version) for each in wave.invitations]
    stored = " ".join(str(vars(row)) for row in (*mails, *wave.invitations))
    assert not [token for token in tokens if token in stored]


def test_the_link_opens_the_invitation_until_it_is_revoked(cast: Cast) -> None:
    wave = cast.launch(cast.plan())
    first = wave.invitations[0]
    token = derive_token(TOKEN_KEY, first.id, 1)
    visit = find_visit(cast.session, token)
    assert visit is not None
    assert visit.invitation_id == first.id
    first.revoked_at = NOW
    cast.session.flush()
    assert find_visit(cast.session, token) is None


@pytest.mark.parametrize("token", ["", "unknown", "x" * 5000, "\x00", "é"])
def test_an_unknown_link_opens_nothing(cast: Cast, token: str) -> None:
    cast.launch(cast.plan())
    assert find_visit(cast.session, token) is None


def test_a_second_launch_changes_nothing(cast: Cast) -> None:
    wave = cast.launch(cast.plan())
    again = cast.launch(wave, now=NOW + timedelta(seconds=1))
    assert again.launched_at == NOW
    assert cast.session.scalar(select(func.count()).select_from(Invitation)) == 3
    assert cast.session.scalar(select(func.count()).select_from(OutgoingEmail)) == 3
    launches = select(func.count()).where(AuditEntry.action == "wave_launched")
    assert cast.session.scalar(launches) == 1


def test_the_deadline_is_the_end_of_the_last_day_at_the_client_s(cast: Cast) -> None:
    cast.client.time_zone = "America/New_York"
    wave = cast.launch(cast.plan(ends_on=date(2026, 3, 20)), now=NOW + timedelta(hours=6))
    assert wave.ends_at == datetime(2026, 3, 21, 4, 0, tzinfo=UTC)


def test_mails_of_an_evening_launch_wait_for_the_next_working_day(cast: Cast) -> None:
    friday_evening = datetime(2026, 3, 6, 19, 30, tzinfo=UTC)
    cast.launch(cast.plan(), now=friday_evening)
    due = cast.session.scalars(select(OutgoingEmail.due_at)).all()
    assert set(due) == {datetime(2026, 3, 9, 7, 0, tzinfo=UTC)}


def test_reminders_are_set_at_the_launch(cast: Cast) -> None:
    wave = cast.launch(cast.plan())
    assert [each.due_at for each in wave.reminders] == [
        datetime(2026, 3, 11, 8, 30, tzinfo=UTC),
        datetime(2026, 3, 20, 8, 30, tzinfo=UTC),
    ]


@pytest.mark.parametrize("change", ["inactive", "opted out", "dead"])
def test_it_does_not_ask_those_who_left_opted_out_or_cannot_be_reached(cast: Cast, change: str) -> None:
    contact = cast.contacts[0]
    contact.is_active = change != "inactive"
    contact.opted_out_at = NOW if change == "opted out" else None
    contact.address_state = AddressState.DEAD if change == "dead" else AddressState.OK
    wave = cast.launch(cast.plan())
    assert [each.name for each in wave.invitations] == ["Marc Petit", "Sam Jones"]


def test_a_soft_bounce_is_asked_again(cast: Cast) -> None:
    cast.contacts[0].address_state = AddressState.SOFT
    assert len(cast.launch(cast.plan()).invitations) == 3


def assert_refused(cast: Cast, sentence: str, base_url: str = "http://localhost", now: datetime = NOW) -> None:
    wave = cast.plan()
    with pytest.raises(Refusal, match=sentence):
        cast.launch(wave, base_url=base_url, now=now)
    assert wave.state is WaveState.DRAFT
    assert wave.definition is None
    assert not cast.session.scalar(select(func.count()).select_from(Invitation))
    assert not cast.session.scalar(select(func.count()).select_from(OutgoingEmail))


def test_it_refuses_without_a_validated_version(cast: Cast) -> None:
    cast.version.state, cast.version.validated_at, cast.version.content_hash = VersionState.DRAFT, None, None
    assert_refused(cast, "No version of the agreement is validated")


def test_it_refuses_an_agreement_without_lines(cast: Cast) -> None:
    cast.version.commitments.clear()
    assert_refused(cast, "The agreement has no line")


def test_it_refuses_without_a_base_address(cast: Cast) -> None:
    assert_refused(cast, "SURVEY_PUBLIC_BASE_URL", base_url="")


def test_it_refuses_when_nobody_can_be_reached(cast: Cast) -> None:
    for contact in cast.contacts:
        contact.is_active = False
    assert_refused(cast, "No contact has a usable address")


def test_it_refuses_a_questionnaire_that_measures_no_line(cast: Cast) -> None:
    for line in cast.version.commitments:
        line.measure = Measure.FACTUAL
    assert_refused(cast, "measures none of the agreement’s survey lines")


def test_it_refuses_past_the_deadline(cast: Cast) -> None:
    assert_refused(cast, "deadline of this wave has passed", now=datetime(2026, 3, 20, 23, 0, tzinfo=UTC))


def test_it_refuses_when_no_mail_can_leave_before_the_deadline(cast: Cast) -> None:
    assert_refused(cast, "none can before this deadline", now=datetime(2026, 3, 20, 18, 30, tzinfo=UTC))


def test_an_unknown_placeholder_in_the_agency_s_wording_blocks_the_launch(cast: Cast) -> None:
    cast.session.add(
        MailWording(
            agency_id=cast.agency.id,
            kind="invitation",
            language="fr",
            subject="{agence}",
            message="Bonjour",
            updated_at=NOW,
        )
    )
    assert_refused(cast, r"uses \{agence\}")


def test_a_cancelled_wave_cannot_be_launched(cast: Cast) -> None:
    wave = cast.plan()
    cancel_wave(cast.session, wave, ACTOR, NOW)
    with pytest.raises(Refusal, match="closed or cancelled"):
        cast.launch(wave)


def test_cancelling_stops_the_mails(cast: Cast) -> None:
    wave = cast.launch(cast.plan())
    cancel_wave(cast.session, wave, ACTOR, NOW)
    cancel_wave(cast.session, wave, ACTOR, NOW)
    assert wave.state is WaveState.CANCELLED
    assert set(cast.session.scalars(select(OutgoingEmail.state))) == {MailState.CANCELLED}


def test_the_baseline_is_the_first_wave_launched_under_the_agreement(cast: Cast) -> None:
    first, second, third = (cast.plan(date(2026, 3, day)) for day in (2, 3, 4))
    assert is_baseline(cast.session, first)
    cast.launch(second)
    assert is_baseline(cast.session, second)
    assert not is_baseline(cast.session, first)
    cast.launch(first, now=NOW + timedelta(days=1))
    assert not is_baseline(cast.session, first)
    assert previous_wave(cast.session, first) is second
    assert previous_wave(cast.session, second) is None
    assert previous_wave(cast.session, third) is first


def test_a_cancelled_wave_is_no_baseline(cast: Cast) -> None:
    first, second = cast.launch(cast.plan()), cast.plan(date(2026, 3, 3))
    cancel_wave(cast.session, first, ACTOR, NOW)
    assert is_baseline(cast.session, second)
    assert previous_wave(cast.session, second) is None


def test_the_same_plan_sent_twice_is_one_wave(cast: Cast) -> None:
    assert cast.plan() is cast.plan()


def test_a_wave_that_ends_before_it_starts_is_refused(cast: Cast) -> None:
    with pytest.raises(Invalid, match="ends before it starts"):
        plan_wave(cast.session, cast.campaign, "Wave", date(2026, 3, 2), date(2026, 3, 1), NOW)


def test_extending_moves_the_deadline_and_the_last_reminder(cast: Cast) -> None:
    wave = cast.launch(cast.plan())
    extend_wave(cast.session, wave, date(2026, 3, 27), ACTOR, NOW + timedelta(days=15))
    cast.session.refresh(wave)
    assert wave.ends_at == datetime(2026, 3, 27, 23, 0, tzinfo=UTC)
    assert [each.due_at.date() for each in wave.reminders] == [date(2026, 3, 27)]


def test_a_deadline_never_comes_nearer_nor_comes_back(cast: Cast) -> None:
    wave = cast.launch(cast.plan())
    with pytest.raises(Invalid, match="after the present last day"):
        extend_wave(cast.session, wave, date(2026, 3, 20), ACTOR, NOW)
    with pytest.raises(Refusal, match="deadline has passed"):
        extend_wave(cast.session, wave, date(2026, 3, 30), ACTOR, wave.ends_at)


def test_a_contact_with_a_new_identity_never_gets_an_old_link(cast: Cast) -> None:
    wave = cast.launch(cast.plan())
    before = {each.token_hash for each in wave.invitations}
    cast.session.execute(delete(Invitation))
    cast.session.add(Contact(client=cast.client, name="New", email="new@client.test", created_at=NOW))
    cast.session.flush()
    after = {each.token_hash for each in cast.launch(cast.plan(date(2026, 3, 3))).invitations}
    assert not before & after


def test_a_link_that_left_after_the_backup_opens_nothing_once_it_is_restored(cast: Cast) -> None:
    """A restored backup has forgotten the launch, and every counter that the launch had moved."""
    wave = cast.plan()
    cast.session.commit()
    cast.launch(wave)
    links = [derive_token(TOKEN_KEY, each.id, each.version) for each in wave.invitations]
    cast.session.rollback()
    if cast.session.get_bind().dialect.name == "postgresql":
        cast.session.execute(text("SELECT setval(pg_get_serial_sequence('invitation', 'id'), 1, false)"))
    cast.session.delete(cast.contacts[0])
    cast.launch(wave)
    assert len(wave.invitations) == 2
    assert [find_visit(cast.session, link) for link in links] == [None] * 3


def test_it_refuses_without_a_key_for_the_links(cast: Cast) -> None:
    with pytest.raises(Refusal, match="SURVEY_TOKEN_KEY"):
        launch_wave(cast.session, cast.plan(), cast.questionnaire, b"", "http://localhost", ACTOR, NOW)
