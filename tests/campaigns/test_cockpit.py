"""The cockpit: one line per person, nudges, and the curve of the answers."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, event, func, select, update

from survey_app.campaigns.cockpit import PER_PAGE, Choice, Invitee, list_invitees, pages_of, read_choice
from survey_app.campaigns.invitations import correct_address, derive_token, nudge
from survey_app.campaigns.models import Invitation, Wave
from survey_app.campaigns.population import read_population
from survey_app.campaigns.rules import MISSING, STANDINGS, Progress, standing
from survey_app.clients.models import AddressState, Contact
from survey_app.db import Database
from survey_app.errors import Invalid, Refusal
from survey_app.outbox.models import OutgoingEmail
from survey_app.outbox.rules import MailState
from survey_app.outbox.service import hold_wave
from survey_app.responses.queries import find_visit
from tests.campaigns.conftest import ACTOR, NOW, TOKEN_KEY, Cast, SignIn


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("queued", "queued"),
        ("leased", "queued"),
        ("deferred", "queued"),
        ("held", "queued"),
        ("sent", "sent"),
        ("in_doubt", "in_doubt"),
        ("failed", "bounced"),
        ("dead", "bounced"),
    ],
)
def test_without_an_answer_the_mail_says_where_a_person_stands(state: str, expected: str) -> None:
    assert standing(Progress(mail_state=state)) == expected


def test_a_bounce_after_the_sending_shows() -> None:
    assert standing(Progress(mail_state="bounced")) == "bounced"


def test_what_the_person_did_outweighs_what_the_mail_did() -> None:
    lost = Progress(has_started=True, is_dead_address=True, mail_state="failed")
    assert standing(lost) == "started"
    assert standing(replace(lost, has_opted_out=True)) == "opted_out"
    assert standing(replace(lost, has_opted_out=True, has_declined=True)) == "declined"
    assert standing(replace(lost, has_opted_out=True, has_answered=True)) == "done"


@given(st.builds(Progress, *[st.booleans()] * 5, st.sampled_from([None, "bounced", *MailState])))
def test_every_person_stands_in_one_known_place(person: Progress) -> None:
    assert standing(person) in STANDINGS


def sent(cast: Cast) -> None:
    cast.session.execute(update(OutgoingEmail).values(state=MailState.SENT, sent_at=NOW, due_at=None))


EVERYBODY = Choice("all")


def listed(cast: Cast, wave: Wave, choice: Choice = EVERYBODY, now: datetime = NOW) -> list[Invitee]:
    cast.session.flush()
    return list_invitees(cast.session, wave, read_population(cast.session, wave), choice, now)[0]


def invite_many(cast: Cast, n: int) -> Wave:
    """Launch a wave to the cast and n people more, whose names sort after theirs."""
    cast.session.add_all(
        Contact(client=cast.client, name=f"Zoé {number:03}", email=f"zoe{number}@client.test", created_at=NOW)
        for number in range(n)
    )
    cast.session.flush()
    return cast.launch(cast.plan())


def test_every_standing_is_counted_and_listed_as_the_rule_says(cast: Cast) -> None:
    wave = invite_many(cast, len(MailState) * 2 + 5)
    people = wave.invitations
    for number, state in enumerate([*MailState, *MailState]):
        mail = cast.session.scalars(select(OutgoingEmail).filter_by(subject_id=people[number].id)).one()
        mail.state, mail.due_at = state, NOW if state in ("queued", "deferred", "in_doubt") else None
        mail.sent_at = NOW if state == "sent" else None
        mail.lease_id, mail.leased_until = ("x", NOW) if state == "leased" else (None, None)
        if number >= len(MailState):
            mail.bounced_at, mail.bounce_status = NOW, "5.2.2"
    people[-1].answered_at = people[-2].started_at = people[-3].refused_at = NOW
    people[-3].refusal_reason = "other"
    people[-4].contact.address_state = AddressState.DEAD
    people[-5].contact.opted_out_at = NOW
    lines = listed(cast, wave)
    population = read_population(cast.session, wave)
    assert population.counts == {name: [line.standing for line in lines].count(name) for name in STANDINGS}
    assert population.n_invited == len(people) == len(lines)
    assert all(population.counts.values())
    for name in STANDINGS:
        alone = listed(cast, wave, Choice(name))
        assert [line.invitation_id for line in alone] == [line.invitation_id for line in lines if line.standing == name]


def test_the_list_begins_with_those_who_have_not_answered(cast: Cast, sign_in: SignIn) -> None:
    wave = cast.launch(cast.plan())
    sent(cast)
    wave.invitations[0].answered_at = NOW
    staff, path = sign_in(), f"/waves/{wave.id}"
    page = staff.get(path)
    assert "Marc Petit" in page
    assert "Claire Dupont" not in page
    assert "Claire Dupont" in staff.get(f"{path}?state=all")
    assert "Claire Dupont" in staff.get(f"{path}?state=done")
    assert "Marc Petit" not in staff.get(f"{path}?state=done")


def test_pages_and_filters_stand_in_the_address_and_the_counts_are_of_everybody(cast: Cast, sign_in: SignIn) -> None:
    wave = invite_many(cast, 2 * PER_PAGE)
    staff, path = sign_in(), f"/waves/{wave.id}"
    first, last = staff.get(path), staff.get(f"{path}?page=3")
    assert "1 to 50 of 103" in first
    assert 'href="/waves/1?state=missing&amp;page=2"' in first
    assert "101 to 103 of 103" in last
    assert "Zoé 099" in last
    assert "Claire Dupont" not in last
    assert "103 people invited, 0 answered." in " ".join(last.split())
    assert "101 to 103 of 103" in staff.get(f"{path}?page=99")
    found = staff.get(f"{path}?q=ZOE7%40client")
    assert "Zoé 007" in found
    assert "Zoé 008" not in found
    assert "Nobody with this name" in staff.get(f"{path}?q=%25")
    assert "103 people invited" in " ".join(found.split())


def test_a_page_of_a_large_wave_costs_as_many_questions_as_one_of_a_small_one(
    cast: Cast, database: Database, sign_in: SignIn
) -> None:
    wave = invite_many(cast, 3 * PER_PAGE)
    small = cast.launch(cast.plan(date(2026, 3, 3)))
    cast.session.execute(delete(OutgoingEmail).where(OutgoingEmail.wave_id == small.id))
    cast.session.execute(delete(Invitation).where(Invitation.wave_id == small.id, Invitation.name.like("Zo%")))
    staff, counted = sign_in(), []
    listen_to = database.engine
    statements: list[str] = []
    event.listen(listen_to, "before_cursor_execute", lambda *said: statements.append(said[2]))
    for path in (f"/waves/{small.id}", f"/waves/{wave.id}?state=all&q=zo&page=2"):
        statements.clear()
        staff.get(path)
        counted.append(len([each for each in statements if each.lstrip().upper().startswith("SELECT")]))
    assert counted[1] <= counted[0] + 1
    assert counted[1] <= 20


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, Choice("missing")),
        ({"state": "gone"}, Choice("missing")),
        ({"state": "done"}, Choice("done")),
        ({"page": "-2"}, Choice("missing")),
        ({"page": "9" * 30}, Choice("missing")),
        ({"page": "²"}, Choice("missing")),
        ({"q": " a\x00  b "}, Choice("missing", "a b")),
        ({"page": "4"}, Choice("missing", "", 4)),
    ],
)
def test_an_address_that_was_cut_shows_the_default(asked: dict[str, str], expected: Choice) -> None:
    assert read_choice(asked, is_open=True) == expected


def test_once_a_wave_is_over_everybody_is_listed() -> None:
    assert read_choice({}, is_open=False) == Choice("all")


@given(st.integers(0, 1000), st.integers(1, 100))
def test_the_pages_show_everybody_once(n_found: int, asked: int) -> None:
    pages = pages_of(n_found, asked)
    assert 1 <= pages.number <= pages.last
    shown = [pages_of(n_found, number) for number in range(1, pages.last + 1)]
    assert sum(each.last_shown - each.first_shown + 1 for each in shown if n_found) == n_found


def test_those_missing_are_those_who_may_still_answer() -> None:
    assert set(STANDINGS) - MISSING == {"done", "opted_out", "declined"}


def test_everybody_missing_is_reminded_but_for_those_written_to_today(cast: Cast, sign_in: SignIn) -> None:
    wave = cast.launch(cast.plan(), now=NOW - timedelta(days=3))
    cast.session.execute(
        update(OutgoingEmail).values(state=MailState.SENT, sent_at=NOW - timedelta(days=2), due_at=None)
    )
    claire, marc, _sam = wave.invitations
    marc.answered_at = NOW
    mail = cast.session.scalars(select(OutgoingEmail).filter_by(subject_id=claire.id)).one()
    mail.sent_at = NOW - timedelta(hours=1)
    cast.session.flush()
    staff = sign_in()
    page = staff.post(f"/waves/{wave.id}/nudge?state=all", everybody="1")
    assert "1 reminder will leave." in page
    assert '<option value="all" selected>' in page
    recipients = cast.session.scalars(select(OutgoingEmail.recipient).where(OutgoingEmail.kind == "reminder"))
    assert list(recipients) == ["sam@client.test"]
    page = staff.post(f"/waves/{wave.id}/nudge", everybody="1")
    assert "No reminder leaves: those missing have a mail on its way" in page


def test_the_last_mail_counts_in_the_line_of_a_person(cast: Cast) -> None:
    wave = cast.launch(cast.plan())
    sent(cast)
    claire = wave.invitations[0]
    nudge(cast.session, wave, [claire.id], ACTOR, NOW + timedelta(days=2))
    lines = listed(cast, wave, now=NOW + timedelta(days=2))
    assert [(line.name, line.standing) for line in lines] == [
        ("Claire Dupont", "queued"),
        ("Marc Petit", "sent"),
        ("Sam Jones", "sent"),
    ]


def test_a_nudge_goes_to_those_chosen_who_are_missing_once_a_day(cast: Cast) -> None:
    wave = cast.launch(cast.plan())
    sent(cast)
    claire, marc, _sam = wave.invitations
    marc.answered_at = NOW
    chosen = [claire.id, marc.id]
    assert nudge(cast.session, wave, chosen, ACTOR, NOW + timedelta(hours=1)) == 1
    assert nudge(cast.session, wave, chosen, ACTOR, NOW + timedelta(hours=2)) == 0
    sent(cast)
    assert nudge(cast.session, wave, chosen, ACTOR, NOW + timedelta(days=1)) == 1
    recipients = cast.session.scalars(select(OutgoingEmail.recipient).where(OutgoingEmail.kind == "reminder"))
    assert list(recipients) == ["claire@client.test"] * 2


def test_a_nudge_in_the_evening_leaves_in_the_morning(cast: Cast) -> None:
    wave = cast.launch(cast.plan())
    sent(cast)
    evening = NOW + timedelta(hours=11)
    nudge(cast.session, wave, [wave.invitations[0].id], ACTOR, evening)
    due = cast.session.scalars(select(OutgoingEmail.due_at).where(OutgoingEmail.kind == "reminder")).one()
    assert due == NOW.replace(day=3, hour=7)


@pytest.mark.parametrize("case", ["past the deadline", "too late to leave", "nobody chosen"])
def test_a_nudge_that_cannot_be_is_refused(cast: Cast, case: str) -> None:
    wave = cast.launch(cast.plan())
    sent(cast)
    chosen = [] if case == "nobody chosen" else [wave.invitations[0].id]
    now = {"past the deadline": wave.ends_at, "too late to leave": wave.ends_at - timedelta(hours=3)}.get(case, NOW)
    with pytest.raises(Refusal):
        nudge(cast.session, wave, chosen, ACTOR, now)


def test_a_person_of_another_wave_is_never_nudged_from_this_one(cast: Cast) -> None:
    first, second = cast.launch(cast.plan()), cast.launch(cast.plan(date(2026, 3, 3)))
    sent(cast)
    assert nudge(cast.session, second, [first.invitations[0].id], ACTOR, NOW) == 0


def test_a_corrected_address_gets_a_new_link_and_the_old_one_opens_nothing(cast: Cast) -> None:
    wave = cast.launch(cast.plan())
    old = wave.invitations[0]
    cast.contacts[0].address_state = AddressState.DEAD
    new = correct_address(cast.session, old, " Claire.Dupont@CLIENT.test", TOKEN_KEY, ACTOR, NOW)
    assert find_visit(cast.session, derive_token(TOKEN_KEY, old.id, old.version)) is None
    visit = find_visit(cast.session, derive_token(TOKEN_KEY, new.id, new.version))
    assert visit is not None
    assert visit.invitation_id == new.id
    assert (new.email, new.is_marked, new.version) == ("claire.dupont@client.test", True, 2)
    assert cast.contacts[0].address_state is AddressState.OK
    states = cast.session.execute(
        select(OutgoingEmail.recipient, OutgoingEmail.state).where(OutgoingEmail.subject_id.in_([old.id, new.id]))
    )
    assert {tuple(row) for row in states} == {
        ("claire@client.test", MailState.CANCELLED),
        ("claire.dupont@client.test", MailState.QUEUED),
    }
    assert read_population(cast.session, wave).n_invited == 3
    assert cast.session.scalar(select(func.count()).select_from(Invitation)) == 4


@pytest.mark.parametrize(
    ("email", "sentence"),
    [
        ("claire@client.test", "already in use"),
        ("marc@client.test", "Another contact"),
        ("claire", "e-mail"),
        ("a@b.test\nBcc: x@y.test", "character"),
    ],
)
def test_a_wrong_correction_is_refused_at_its_field(cast: Cast, email: str, sentence: str) -> None:
    wave = cast.launch(cast.plan())
    with pytest.raises(Invalid, match=sentence) as refused:
        correct_address(cast.session, wave.invitations[0], email, TOKEN_KEY, ACTOR, NOW)
    assert refused.value.field == "email"


@pytest.mark.parametrize("case", ["answered", "opted out", "replaced", "late"])
def test_an_address_is_not_corrected_where_it_no_longer_matters(cast: Cast, case: str) -> None:
    wave = cast.launch(cast.plan())
    old = wave.invitations[0]
    if case == "answered":
        old.answered_at = NOW
    elif case == "opted out":
        cast.contacts[0].opted_out_at = NOW
    elif case == "replaced":
        old.revoked_at = NOW
    cast.session.flush()
    with pytest.raises(Refusal):
        correct_address(cast.session, old, "new@client.test", TOKEN_KEY, ACTOR, wave.ends_at if case == "late" else NOW)


def test_reminding_by_hand_from_the_page(cast: Cast, sign_in: SignIn) -> None:
    wave = cast.launch(cast.plan())
    sent(cast)
    staff = sign_in()
    path = f"/waves/{wave.id}"
    invitation_id = wave.invitations[0].id
    assert f'value="{invitation_id}"' in staff.get(path)
    assert "1 reminder will leave." in staff.post(f"{path}/nudge", invitation=invitation_id)
    staff.post(f"{path}/nudge", status=400)


def test_closing_is_the_main_action_once_nobody_is_missing(cast: Cast, sign_in: SignIn) -> None:
    wave = cast.launch(cast.plan())
    staff, path = sign_in(), f"/waves/{wave.id}"
    link = f'<a class="button button--%s" href="{path}/close">'
    page = staff.get(path)
    assert link % "secondary" in page
    assert link % "primary" not in page
    for invitation in wave.invitations:
        invitation.answered_at = NOW
    assert link % "primary" in staff.get(path)


def test_a_wave_whose_mails_have_not_left_offers_nobody_to_tick(cast: Cast, sign_in: SignIn) -> None:
    wave = cast.launch(cast.plan())
    staff, path = sign_in(), f"/waves/{wave.id}"
    assert ">Remind</span></th>" not in staff.get(path)
    sent(cast)
    assert ">Remind</span></th>" in staff.get(path)


def test_a_closed_wave_takes_no_nudge(cast: Cast) -> None:
    wave = cast.launch(cast.plan())
    late: datetime = wave.ends_at + timedelta(days=1)
    with pytest.raises(Refusal, match="takes no more answers"):
        nudge(cast.session, wave, [wave.invitations[0].id], ACTOR, late)


def test_paused_mails_are_told_and_resumed(cast: Cast, sign_in: SignIn) -> None:
    wave = cast.launch(cast.plan())
    hold_wave(cast.session, wave.id, "sender_refused")
    staff = sign_in()
    path = f"/waves/{wave.id}"
    assert "3 mails are paused" in staff.get(path)
    page = staff.post(f"{path}/resume")
    assert "3 mails will leave." in page
    assert "are paused" not in page
