"""The pages by which a lead creates, plans, launches and follows a wave by hand."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from survey_app.accounts.access import Role
from survey_app.accounts.models import ClientAccess, User
from survey_app.campaigns.invitations import derive_token
from survey_app.campaigns.models import Campaign, Disclosure, Invitation, PrivacyMode, Recurrence, Wave, WaveState
from survey_app.clients.models import AddressState, Client, Contact
from survey_app.outbox.models import OutgoingEmail
from tests.campaigns.conftest import NOW, TOKEN_KEY, Cast, SignIn


def test_a_lead_creates_a_campaign_plans_a_wave_and_launches_it(cast: Cast, sign_in: SignIn) -> None:
    staff = sign_in()
    page = staff.post(
        "/clients/client/campaigns/new",
        title="Half-year review",
        agreement=cast.agreement.id,
        kind="barometer",
        questionnaire="quarterly_barometer",
        mode="named",
        disclosure="overall",
        recurrence="half_yearly",
        first_on="2026-03-02",
        n_days_open=18,
        reminds_half_way="y",
        reminds_last_day="y",
    )
    assert "2 March 2026" in page
    campaign = cast.session.scalars(select(Campaign).where(Campaign.title == "Half-year review")).one()
    form = staff.get(f"/campaigns/{campaign.id}/waves/new")
    assert 'value="2026-03-02"' in form
    assert 'value="2026-03-20"' in form
    page = staff.post(
        f"/campaigns/{campaign.id}/waves/new", title="March", starts_on="2026-03-02", ends_on="2026-03-20"
    )
    assert "Who will be asked?" in page
    assert "claire@client.test" in page
    wave = cast.session.scalars(select(Wave)).one()
    assert "Bonjour Madame Dupont" in staff.get(f"/waves/{wave.id}/mails")
    page = staff.get(f"/waves/{wave.id}/confirm")
    assert "Overall results: mean, number of answers and interval, no single mark" in page
    assert "20 March 2026" in page
    assert "Quarterly barometer – version 1" in page
    assert "quarterly_barometer" not in page
    page = staff.post(f"/waves/{wave.id}/launch")
    assert "The wave is launched" in page
    assert "3 people invited, 0 answered." in page
    page = staff.post(f"/waves/{wave.id}/launch")
    assert cast.session.scalar(select(func.count()).select_from(OutgoingEmail)) == 3


def test_no_page_ever_shows_a_personal_link(cast: Cast, sign_in: SignIn) -> None:
    wave = cast.launch(cast.plan())
    staff = sign_in()
    tokens = [derive_token(TOKEN_KEY, each.id, each.version) for each in wave.invitations]
    pages = [f"/waves/{wave.id}", f"/waves/{wave.id}/mails", f"/waves/{wave.id}/mails/layout?kind=reminder"]
    pages += [f"/waves/{wave.id}/invitations/{each.id}/address" for each in wave.invitations]
    for page in pages:
        shown = staff.get(page)
        assert not [token for token in tokens if token in shown]
        assert "http://localhost/r/" not in shown


def test_the_launch_page_says_what_stands_in_the_way(cast: Cast, sign_in: SignIn) -> None:
    for contact in cast.contacts:
        contact.is_active = False
    wave = cast.plan()
    staff = sign_in()
    page = staff.get(f"/waves/{wave.id}/confirm")
    assert "No contact has a usable address" in page
    assert f'action="/waves/{wave.id}/launch"' not in page
    assert "No contact has a usable address" in staff.post(f"/waves/{wave.id}/launch", status=409)
    assert "Nobody can be asked yet" in staff.get(f"/waves/{wave.id}")
    assert "Nobody can be asked yet" in staff.get(f"/waves/{wave.id}/mails")


def test_the_panel_says_who_joined_left_bounced_and_opted_out(cast: Cast, sign_in: SignIn) -> None:
    cast.launch(cast.plan())
    second = cast.plan(date(2026, 3, 10), date(2026, 3, 25))
    cast.contacts[0].is_active = False
    cast.contacts[1].opted_out_at = NOW
    staff = sign_in()
    page = staff.get(f"/waves/{second.id}")
    assert "1 person will be asked." in page
    for status, label in (("left", "Has left"), ("opted_out", "Has opted out"), ("kept", "As last time")):
        path = f"/waves/{second.id}?status={status}"
        assert f'<dt>{label}</dt><dd><a href="{path}#people">1</a></dd>' in page
        names = [contact.name for contact in cast.contacts if contact.name in staff.get(path)]
        assert len(names) == 1
    assert "Has left <span" in page


def test_a_panel_of_any_size_has_pages_and_puts_what_changed_first(cast: Cast, sign_in: SignIn) -> None:
    cast.launch(cast.plan())
    second = cast.plan(date(2026, 3, 10), date(2026, 3, 25))
    cast.session.add_all(
        Contact(client=cast.client, name=f"Abel {number:03}", email=f"abel{number}@client.test", created_at=NOW)
        for number in range(120)
    )
    cast.session.add(
        Contact(client=cast.client, name="Never", email="never@client.test", is_active=False, created_at=NOW)
    )
    cast.contacts[1].address_state = AddressState.DEAD
    staff, path = sign_in(), f"/waves/{second.id}"
    first, last = staff.get(path), staff.get(f"{path}?page=3")
    assert "122 people will be asked." in first
    assert "1 to 50 of 123" in first
    assert "Claire Dupont" not in first
    assert last.index("Abel 119") < last.index("Marc Petit") < last.index("Claire Dupont")
    assert "Never" not in first + last
    assert "Sam Jones" in staff.get(f"{path}?status=kept&page=9")
    everybody = staff.get(f"{path}?status=nonsense")
    assert "1 to 50 of 123" in everybody


def test_anybody_s_mail_can_be_read_before_the_launch(cast: Cast, sign_in: SignIn) -> None:
    wave = cast.plan()
    staff, sam = sign_in(), cast.contacts[2]
    assert f'href="/waves/{wave.id}/mails?contact={sam.id}"' in staff.get(f"/waves/{wave.id}")
    assert "Sam Jones &lt;sam@client.test&gt;" in staff.get(f"/waves/{wave.id}/mails?contact={sam.id}")


def test_a_wrong_form_keeps_what_was_typed(cast: Cast, sign_in: SignIn) -> None:
    staff = sign_in()
    page = staff.post(
        "/clients/client/campaigns/new",
        status=409,
        title="Baromètre 2026",
        agreement=cast.agreement.id,
        kind="barometer",
        questionnaire="quarterly_barometer",
        mode="named",
        disclosure="overall",
        recurrence="",
        n_days_open=14,
    )
    assert "A campaign already has this title" in page
    assert 'value="Baromètre 2026"' in page
    page = staff.post(
        "/clients/client/campaigns/new",
        status=400,
        title="Other",
        agreement=cast.agreement.id,
        kind="barometer",
        questionnaire="quarterly_barometer",
        mode="named",
        disclosure="overall",
        recurrence="every_two_months",
        n_days_open=14,
    )
    assert "Give the first day of the recurrence." in page
    assert '<option selected value="every_two_months">' in page
    page = staff.post(
        f"/campaigns/{cast.campaign.id}/waves/new",
        status=400,
        title="March",
        starts_on="2026-03-20",
        ends_on="2026-03-02",
    )
    assert "The wave ends before it starts" in page
    assert cast.session.scalar(select(func.count()).select_from(Wave)) == 0


def test_the_cockpit_shows_where_each_person_stands_and_no_mark(cast: Cast, sign_in: SignIn) -> None:
    wave = cast.launch(cast.plan())
    wave.invitations[0].answered_at = NOW + timedelta(hours=1)
    staff = sign_in()
    page = staff.get(f"/waves/{wave.id}")
    assert "3 people invited, 1 answered." in page
    assert "<polyline" in page
    assert "Waiting to be sent" in page
    assert "The marks stay hidden until the wave is closed" in page


@pytest.mark.parametrize("mode", [PrivacyMode.CONFIDENTIAL, PrivacyMode.ANONYMOUS])
def test_outside_the_named_mode_the_account_team_sees_no_name(cast: Cast, sign_in: SignIn, mode: PrivacyMode) -> None:
    cast.campaign.mode = mode
    wave = cast.launch(cast.plan())
    staff = sign_in(Role.ACCOUNT_MANAGER)
    page = staff.get(f"/waves/{wave.id}")
    assert "3 people invited" in page
    assert "Claire Dupont" not in page


def test_a_wave_of_another_client_does_not_exist(cast: Cast, sign_in: SignIn) -> None:
    wave = cast.launch(cast.plan())
    staff = sign_in(works_for_client=False)
    for path in (f"/waves/{wave.id}", f"/waves/{wave.id}/confirm", f"/campaigns/{cast.campaign.id}"):
        staff.get(path, status=404)
    staff.post(f"/waves/{wave.id}/cancel", status=404)
    cast.session.refresh(wave)
    assert wave.state is WaveState.OPEN


def test_an_account_manager_follows_but_does_not_launch(cast: Cast, sign_in: SignIn) -> None:
    wave = cast.plan()
    staff = sign_in(Role.ACCOUNT_MANAGER)
    staff.post(f"/waves/{wave.id}/launch", status=403)
    cast.session.refresh(wave)
    assert wave.state is WaveState.DRAFT


def test_correcting_an_address_kills_the_old_link_and_marks_the_new_invitation(cast: Cast, sign_in: SignIn) -> None:
    wave = cast.launch(cast.plan())
    old = wave.invitations[0]
    staff = sign_in()
    page = staff.post(f"/waves/{wave.id}/invitations/{old.id}/address", status=400, email="nobody")
    assert "is not an e-mail address" in page
    page = staff.post(f"/waves/{wave.id}/invitations/{old.id}/address", email=" C.Dupont@Client.test ")
    assert "(address changed after the launch)" in page
    cast.session.expire_all()
    assert old.revoked_at == NOW
    new = cast.session.scalars(select(Invitation).where(Invitation.is_marked)).one()
    assert (new.email, new.version, new.contact.email) == ("c.dupont@client.test", 2, "c.dupont@client.test")


def test_extending_and_cancelling_by_hand(cast: Cast, sign_in: SignIn) -> None:
    wave = cast.launch(cast.plan())
    staff = sign_in()
    page = staff.post(f"/waves/{wave.id}/extend", status=400, ends_on="2026-03-01")
    assert "Choose a day after the present last day." in page
    page = staff.post(f"/waves/{wave.id}/extend", status=400, ends_on="9999-12-31")
    assert "Choose a day from 1 January 1990 to 31 December 2099." in page
    page = staff.post(f"/waves/{wave.id}/extend", ends_on="2026-03-27")
    assert "27 March 2026" in page
    page = staff.post(f"/waves/{wave.id}/cancel")
    assert "The wave is cancelled" in page
    assert "Cancelled" in staff.get(f"/waves/{wave.id}")


def test_the_pages_speak_french(cast: Cast, sign_in: SignIn) -> None:
    wave = cast.launch(cast.plan())
    staff = sign_in(language="fr")
    page = staff.get(f"/waves/{wave.id}")
    assert "Qui n’a pas encore répondu ?" in page.replace("\u00a0", " ")


def test_the_dates_of_a_wave_in_preparation_can_change(cast: Cast, sign_in: SignIn) -> None:
    wave = cast.plan()
    staff, path = sign_in(), f"/waves/{wave.id}/plan"
    assert 'value="2026-03-20"' in staff.get(path)
    fields: dict[str, Any] = {"title": "Spring", "starts_on": "2026-03-09", "ends_on": "2026-03-01"}
    assert "The wave ends before it starts" in staff.post(path, status=400, **fields)
    assert "Spring" in staff.post(path, **fields | {"ends_on": "2026-03-27"})
    cast.session.refresh(wave)
    assert (wave.starts_on, wave.ends_on) == (date(2026, 3, 9), date(2026, 3, 27))
    staff.post(f"/waves/{wave.id}/launch")
    assert "no longer in preparation" in staff.post(path, status=409, **fields | {"ends_on": "2026-04-01"})


def test_confirming_dates_and_withdrawing_them(cast: Cast, sign_in: SignIn) -> None:
    wave = cast.plan(date(2026, 3, 9), date(2026, 3, 27))
    staff, path = sign_in(), f"/waves/{wave.id}"
    assert "Open it by itself on 9 March 2026" in staff.get(f"{path}/confirm")
    assert "it opens by itself on Monday 9 March 2026" in staff.post(f"{path}/schedule")
    assert "The confirmation is withdrawn" in staff.post(f"{path}/schedule")


def test_a_wave_cancelled_in_preparation_still_has_its_page(cast: Cast, sign_in: SignIn) -> None:
    wave = cast.plan()
    staff = sign_in()
    staff.post(f"/waves/{wave.id}/cancel")
    assert "Nobody was invited." in staff.get(f"/waves/{wave.id}")


def test_the_settings_of_a_campaign_can_change_and_the_promise_until_a_launch(cast: Cast, sign_in: SignIn) -> None:
    staff, path = sign_in(), f"/campaigns/{cast.campaign.id}/settings"
    fields: dict[str, Any] = {
        "mode": "confidential",
        "disclosure": "marks",
        "recurrence": "yearly",
        "first_on": "2026-03-02",
        "n_days_open": 10,
    }
    assert "The campaign is changed." in staff.post(path, **fields)
    cast.session.refresh(cast.campaign)
    assert cast.campaign.mode is PrivacyMode.CONFIDENTIAL
    assert not cast.campaign.reminds_half_way
    cast.launch(cast.plan())
    assert cast.campaign.disclosure is Disclosure.MARKS
    assert not {'name="mode"', 'name="disclosure"'} & set(re.findall(r'name="[a-z]+"', staff.get(path)))
    staff.post(path, **fields | {"mode": "named", "disclosure": "overall"})
    cast.session.refresh(cast.campaign)
    assert (cast.campaign.mode, cast.campaign.disclosure) == (PrivacyMode.CONFIDENTIAL, Disclosure.MARKS)
    assert cast.campaign.recurrence is Recurrence.YEARLY
    assert '<option selected value="yearly">Every year' in staff.get(path)
    assert "Not a valid choice" in staff.post(path, status=400, **fields | {"recurrence": "FREQ=DAILY"})
    assert "Give the first day of the recurrence." in staff.post(path, status=400, **fields | {"first_on": ""})
    staff.post(path, **fields | {"recurrence": ""})
    cast.session.refresh(cast.campaign)
    assert cast.campaign.recurrence is None


def test_an_agency_edits_its_mails_and_comes_back(cast: Cast, sign_in: SignIn) -> None:
    staff, path = sign_in(), "/mail-wordings/reminder/en"
    assert "Your opinion still counts: {agency}, until {deadline}" in staff.get(path)
    assert "<td>In English</td>" in staff.get("/mail-wordings")
    page = staff.post(path, status=400, subject="Please {agence}", message="Answer")
    assert "{agence} does not exist" in page
    assert 'value="Please {agence}"' in page
    assert "The wording is saved" in staff.post(path, subject="Please, {name}", message="Answer")
    assert "Please, {name}" in staff.get(path)
    assert "own words are back" in staff.post(f"{path}/restore")
    assert "Your opinion still counts" in staff.get(path)
    staff.get("/mail-wordings/receipt/en", status=404)
    staff.get("/mail-wordings/reminder/de", status=404)


def test_who_may_not_manage_campaigns_is_offered_nothing_to_manage(cast: Cast, sign_in: SignIn) -> None:
    wave = cast.plan()
    paths = ["/clients/client/campaigns", f"/campaigns/{cast.campaign.id}", f"/waves/{wave.id}"]
    staff = sign_in(Role.ACCOUNT_MANAGER)
    for path in paths:
        page = staff.get(path)
        assert "/new" not in page
        assert "/settings" not in page
        assert "/confirm" not in page
        assert "/cancel" not in page


def test_each_empty_page_leads_to_the_next_step(cast: Cast, sign_in: SignIn) -> None:
    staff, new = sign_in(), Client(agency=cast.agency, key="new", name="Maison Neuve", created_at=NOW)
    cast.session.add(new)
    cast.session.flush()
    cast.session.add(ClientAccess(user_id=cast.session.scalars(select(User.id)).one(), client_id=new.id))
    assert 'href="/clients/new/agreements/new"' in staff.get("/clients/new/campaigns/new")
    assert staff.get("/clients/new/campaigns").count('href="/clients/new/campaigns/new"') == 1
    assert 'href="/clients/new/campaigns/new"' in staff.get("/clients/new/plans/new")
    assert 'href="/clients/new/plans/new"' not in staff.get("/clients/new/plans")
    assert 'href="/clients/client/plans/new"' in staff.get("/clients/client/plans")


def test_a_campaign_without_waves_offers_planning_the_first_one_once(cast: Cast, sign_in: SignIn) -> None:
    staff, path = sign_in(), f"/campaigns/{cast.campaign.id}"
    assert staff.get(path).count(f'href="{path}/waves/new"') == 1
    cast.plan()
    assert staff.get(path).count(f'href="{path}/waves/new"') == 1


def test_every_cell_of_the_panel_is_named_on_a_phone(cast: Cast, sign_in: SignIn) -> None:
    page = sign_in().get(f"/waves/{cast.plan().id}")
    assert 'class="table table--stacked"' in page
    assert page.count('data-label="Role"') == len(cast.contacts)


def test_the_page_of_the_mode_leads_back_to_the_wave(cast: Cast, sign_in: SignIn) -> None:
    wave = cast.launch(cast.plan())
    page = sign_in().get(f"/waves/{wave.id}/privacy")
    assert page.count(f'href="/waves/{wave.id}"') == 2
    assert "Change the promise" in page
