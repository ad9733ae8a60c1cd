"""Who was asked, who answered, who is missing: one person in one place, and the same numbers wherever they are read."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from survey_app.accounts.access import Role
from survey_app.accounts.models import User
from survey_app.agreements.models import Agreement
from survey_app.campaigns.cockpit import Choice, list_invitees, read_curve
from survey_app.campaigns.commands import waves
from survey_app.campaigns.invitations import derive_token, invite_again, launch_wave, remind_missing
from survey_app.campaigns.models import CampaignKind, Invitation, PrivacyMode, Wave
from survey_app.campaigns.population import read_population, read_turnouts
from survey_app.campaigns.schedule import list_digest_lines
from survey_app.campaigns.service import create_campaign, plan_wave
from survey_app.clients.models import AddressState, Client, Contact, ContactRole
from survey_app.outbox.models import OutgoingEmail
from survey_app.outbox.rules import MailState
from survey_app.responses.queries import find_visit
from survey_app.score_sheets.queries import POPULATION_ROWS
from survey_app.score_sheets.queries import read_population as sheet_population
from survey_app.scores.queries import count_invited
from survey_app.scores.service import asked_people
from tests.campaigns.conftest import ACTOR, BASE_URL, NOW, TOKEN_KEY, Cast, SignIn, validated_version

SITUATIONS = (
    "answered",
    "answered, then the link was replaced",
    "silent behind a replaced link",
    "declined",
    "opted out",
    "declined and opted out",
    "bounced",
    "bounced, then the reminder arrived",
    "reminder bounced",
    "dead address",
    "started behind a dead address",
    "silent",
    "in doubt",
    "not sent yet",
)
EXPECTED = {
    "queued": 2,
    "sent": 2,
    "in_doubt": 1,
    "bounced": 3,
    "opted_out": 1,
    "declined": 2,
    "started": 1,
    "done": 2,
}


@pytest.fixture
def crowd(cast: Cast) -> Wave:
    """Launch a wave to one person for each situation, beside another campaign of theirs and another client's wave."""
    for contact in cast.contacts:
        contact.is_active = False
    roles = list(ContactRole)
    people = [
        Contact(client=cast.client, name=name, email=f"p{n}@client.test", role=roles[n % len(roles)], created_at=NOW)
        for n, name in enumerate(SITUATIONS)
    ]
    cast.session.add_all(people)
    cast.session.flush()
    wave = cast.launch(cast.plan())
    _launch_others(cast, people)
    cast.session.execute(update(OutgoingEmail).values(state=MailState.SENT, sent_at=NOW, due_at=None))
    by_name = {invitation.name: invitation for invitation in wave.invitations}
    for name, invitation in by_name.items():
        _put(cast, invitation, name)
    cast.session.flush()
    cast.session.expire_all()
    return wave


def _put(cast: Cast, invitation: Invitation, situation: str) -> None:
    _mail(cast, invitation, situation)
    if situation.startswith("answered"):
        invitation.answered_at = NOW
    if situation.startswith("started"):
        invitation.started_at = NOW
    if situation.startswith("declined"):
        invitation.refused_at, invitation.refusal_reason = NOW, "other"
    if "opted out" in situation:
        invitation.contact.opted_out_at = NOW
    if "dead address" in situation:
        invitation.contact.address_state = AddressState.DEAD
    if "replaced" in situation:
        _replace(cast, invitation)


def _mail(cast: Cast, invitation: Invitation, situation: str) -> None:
    mail = cast.session.scalars(select(OutgoingEmail).filter_by(subject_id=invitation.id)).one()
    if situation.startswith("bounced"):
        mail.bounced_at, mail.bounce_status = NOW, "5.1.1"
    if "reminder" in situation:
        _remind(cast, invitation, mail)
    if situation in ("in doubt", "not sent yet"):
        mail.state = MailState.IN_DOUBT if situation == "in doubt" else MailState.QUEUED
        mail.sent_at, mail.due_at = None, NOW


def _remind(cast: Cast, invitation: Invitation, first: OutgoingEmail) -> None:
    is_lost = invitation.name == "reminder bounced"
    cast.session.add(
        OutgoingEmail(
            kind="reminder",
            recipient=invitation.email,
            domain="client.test",
            language="fr",
            deduplication_key=f"reminder:{invitation.id}",
            subject_id=invitation.id,
            wave_id=invitation.wave_id,
            client_id=first.client_id,
            created_at=NOW,
            state=MailState.SENT,
            sent_at=NOW,
            bounced_at=NOW if is_lost else None,
            bounce_status="5.1.1" if is_lost else None,
        )
    )


def _replace(cast: Cast, invitation: Invitation) -> None:
    """Give a new link, whose role is the one that the contact has by now."""
    invitation.contact.role = next(role for role in ContactRole if role is not invitation.role)
    invitation.contact.email = f"new-{invitation.contact.email}"
    invite_again(cast.session, invitation, TOKEN_KEY, ACTOR, NOW)


def _launch_others(cast: Cast, people: list[Contact]) -> None:
    """Ask the same people in another campaign, where all have answered, and another client's one person."""
    campaign = create_campaign(
        cast.session,
        cast.client,
        cast.agreement,
        "Another campaign",
        CampaignKind.BAROMETER,
        cast.questionnaire,
        PrivacyMode.NAMED,
        ACTOR,
        NOW,
    )
    other = plan_wave(cast.session, campaign, "Other", date(2026, 3, 2), date(2026, 3, 20), NOW)
    cast.launch(other)
    client = Client(agency=cast.agency, key="other", name="Autre", created_at=NOW)
    agreement = Agreement(client=client, title="SLA", created_at=NOW)
    person = Contact(client=client, name="Zoé Roux", email="zoe@other.test", created_at=NOW)
    cast.session.add_all([client, agreement, validated_version(agreement), person])
    cast.session.flush()
    theirs = create_campaign(
        cast.session, client, agreement, "C", CampaignKind.BAROMETER, cast.questionnaire, PrivacyMode.NAMED, ACTOR, NOW
    )
    their_wave = plan_wave(cast.session, theirs, "Theirs", date(2026, 3, 2), date(2026, 3, 20), NOW)
    launch_wave(cast.session, their_wave, cast.questionnaire, TOKEN_KEY, BASE_URL, ACTOR, NOW)
    cast.session.execute(
        update(Invitation).where(Invitation.wave_id.in_([other.id, their_wave.id])).values(answered_at=NOW)
    )


def test_every_person_stands_in_one_place_and_the_counts_add_up(cast: Cast, crowd: Wave) -> None:
    population = read_population(cast.session, crowd)
    assert population.counts == EXPECTED
    assert population.n_invited == len(SITUATIONS)
    assert population.n_answered + population.n_missing + 3 == population.n_invited
    listed, pages = list_invitees(cast.session, crowd, population, Choice("all"), NOW)
    assert sorted(line.name for line in listed) == sorted(SITUATIONS)
    assert pages.n_found == len(SITUATIONS)
    stands = {line.name: line.standing for line in listed}
    assert stands["answered, then the link was replaced"] == "done"
    assert stands["declined and opted out"] == "declined"
    assert stands["bounced, then the reminder arrived"] == "sent"
    assert stands["reminder bounced"] == "bounced"
    assert stands["started behind a dead address"] == "started"


def test_a_person_whose_role_changed_counts_once_in_the_role_of_the_link_that_counts(cast: Cast, crowd: Wave) -> None:
    turnout = read_turnouts(cast.session, [crowd.id])[crowd.id]
    assert sum(turnout.by_role.values()) == turnout.n_invited == len(SITUATIONS)
    launched = {row.name: row.role for row in crowd.invitations if row.version == 1}
    answered, silent = "answered, then the link was replaced", "silent behind a replaced link"
    expected = [role for name, role in launched.items() if name != silent]
    expected.append(next(row.role for row in crowd.invitations if row.name == silent and row.version == 2))
    assert launched[answered] in expected
    assert dict(turnout.by_role) == {role.value: expected.count(role) for role in set(expected)}
    assert turnout.n_readdressed == 1


def test_several_waves_are_counted_at_once_and_each_by_itself(cast: Cast, crowd: Wave) -> None:
    ids = list(cast.session.scalars(select(Wave.id).order_by(Wave.id)))
    turnouts = read_turnouts(cast.session, ids)
    assert [(turnouts[each].n_invited, turnouts[each].n_answered) for each in ids] == [(14, 2), (14, 14), (1, 1)]
    assert read_turnouts(cast.session, []) == {}


Numbers = tuple[int, int]


def on_the_page(cast: Cast, wave: Wave, sign_in: SignIn, app: Flask) -> Numbers:
    page = " ".join(sign_in().get(f"/waves/{wave.id}").split())
    return numbers(page, r"(\d+) people invited, (\d+) answered")


def on_the_sheet(cast: Cast, wave: Wave, sign_in: SignIn, app: Flask) -> Numbers:
    found = sheet_population(cast.session, wave)
    assert sum(row["n"] for row in found["rows"]) == found["invited"]
    assert sum(row["invited"] for row in found["by_role"]) == found["invited"]
    assert [row["reason"] for row in found["rows"]] == list(POPULATION_ROWS)
    assert found["left_out"] == {"inactive": 3}
    return found["invited"], found["answered"]


def in_the_digest(cast: Cast, wave: Wave, sign_in: SignIn, app: Flask) -> Numbers:
    sign_in()
    lead = cast.session.scalars(select(User).where(User.role == Role.QUALITY_LEAD)).one()
    line = next(each for each in list_digest_lines(cast.session, lead, NOW) if each.wave is wave)
    return line.turnout.n_invited, line.turnout.n_answered


def on_the_home_page(cast: Cast, wave: Wave, sign_in: SignIn, app: Flask) -> Numbers:
    page = " ".join(sign_in().get("/").split())
    n_answered, n_invited = numbers(page, re.escape(wave.title) + r" – answers: (\d+) of (\d+)")
    return n_invited, n_answered


def from_the_command(cast: Cast, wave: Wave, sign_in: SignIn, app: Flask) -> Numbers:
    wave_id = wave.id
    cast.session.commit()
    said = app.test_cli_runner().invoke(waves, ["status", str(wave_id)]).stdout
    return numbers(said, r"(\d+) invited:.* done (\d+)")


def in_the_curve(cast: Cast, wave: Wave, sign_in: SignIn, app: Flask) -> Numbers:
    course = read_curve(cast.session, wave, NOW + timedelta(hours=1)).this
    return course.n_invited, course.by_day[-1]


def in_the_scores(cast: Cast, wave: Wave, sign_in: SignIn, app: Flask) -> Numbers:
    assert wave.agreement_version is not None
    wave.agreement_version.role_shares = {"marketing": "0.5", "purchasing": "0.5"}
    asked = asked_people(cast.session, wave, wave.agreement_version)
    assert sum(asked.n_by_role.values()) == asked.n_invited == count_invited(cast.session, wave)
    return asked.n_invited, 2


def numbers(text: str, pattern: str) -> Numbers:
    found = re.search(pattern, text)
    assert found is not None, text
    return int(found[1]), int(found[2])


@pytest.mark.parametrize(
    "read",
    [
        on_the_page,
        on_the_sheet,
        in_the_digest,
        on_the_home_page,
        from_the_command,
        in_the_curve,
        in_the_scores,
    ],
)
def test_whoever_counts_the_people_of_a_wave_counts_the_same(
    cast: Cast, crowd: Wave, sign_in: SignIn, app: Flask, read: Callable[..., Numbers]
) -> None:
    assert read(cast, crowd, sign_in, app) == (len(SITUATIONS), 2)


def test_reminders_go_to_those_missing_whom_a_mail_has_reached(cast: Cast, crowd: Wave) -> None:
    later = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)
    missing = {"silent", "bounced, then the reminder arrived", "reminder bounced"}
    assert remind_missing(cast.session, crowd, later) == len(missing)
    written = select(Invitation.name).where(Invitation.reminded_at == later)
    assert set(cast.session.scalars(written)) == missing


def test_the_door_opens_to_the_link_that_is_alive(cast: Cast, crowd: Wave) -> None:
    counted = 0
    for invitation in crowd.invitations:
        visit = find_visit(cast.session, derive_token(TOKEN_KEY, invitation.id, invitation.version))
        assert (visit is None) == (invitation.revoked_at is not None)
        counted += visit is not None
    assert counted == read_population(cast.session, crowd).n_invited


def test_a_wave_of_nobody_counts_nobody(cast: Cast) -> None:
    wave = cast.plan()
    population = read_population(cast.session, wave)
    assert set(population.counts.values()) == {0}
    assert list_invitees(cast.session, wave, population, Choice("all"), NOW)[0] == []
