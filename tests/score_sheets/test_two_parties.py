"""What neither party, nor one person alone, can do to the money of a sheet."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from survey_app.accounts.access import Role, name_actor, same_person
from survey_app.audit.service import record
from survey_app.campaigns.models import PrivacyMode
from survey_app.clients.models import Contact, ContactRole
from survey_app.clock import SettableClock
from survey_app.db import Database, transaction
from survey_app.errors import Invalid, Refusal
from survey_app.score_sheets.checking import recomputed_differences
from survey_app.score_sheets.commands import sheets
from survey_app.score_sheets.models import Contest, ContestOutcome, Edition, Party, SheetRecipient
from survey_app.score_sheets.sending import derive_recipient_token, send_sheet
from survey_app.score_sheets.service import (
    answer_contest,
    approve_sheet,
    correct_sheet,
    raise_contest,
    withdraw_contest,
)
from survey_app.score_sheets.sheet import show_sheet
from survey_app.score_sheets.snapshot import seal_edition, snapshot_of
from survey_app.score_sheets.wording import explain_line, words_for
from survey_app.score_sheets.xlsx.workbook import build_workbook
from tests.cast import look
from tests.score_sheets.conftest import ACTOR, KEY, LINES, Stage, enter, make_stage, marks

LEAD, SECOND = ACTOR, "Omar Benali <omar@agence.test>"
CLIENT = "Claire Dupont"


def contest(session: Session, edition: Edition, party: Party, line: str = LINES[2]) -> Contest:
    at = edition.issued_at + timedelta(days=1)
    return raise_contest(session, edition.sheet, line, party, "Somebody", "The brief changed.", "Somebody", at)


def settle(session: Session, one: Contest, by: Party, outcome: ContestOutcome, n_days: int = 2) -> None:
    answer_contest(session, one, by, outcome, "Read.", "Somebody", one.raised_at + timedelta(days=n_days))


def test_a_person_is_told_by_their_address() -> None:
    assert same_person("Léa <lea@agence.test>", "Other <x> <LEA@agence.test>")
    assert not same_person("Léa <lea@agence.test>", "Léa <other@agence.test>")
    assert same_person(name_actor("L" * 250, "lea@agence.test"), name_actor("Léa", "lea@agence.test"))
    assert not same_person(name_actor("L" * 250, "lea@agence.test"), name_actor("L" * 250, "omar@agence.test"))


@pytest.mark.parametrize("party", list(Party))
@pytest.mark.parametrize("outcome", [ContestOutcome.STANDS, ContestOutcome.SET_ASIDE])
def test_nobody_answers_their_own_objection(
    session: Session, edition: Edition, party: Party, outcome: ContestOutcome
) -> None:
    one = contest(session, edition, party)
    with pytest.raises(Refusal, match="The other party answers"):
        settle(session, one, party, outcome)
    other = Party.CLIENT if party is Party.AGENCY else Party.AGENCY
    settle(session, one, other, outcome)
    assert one.outcome is outcome


def test_an_objection_is_withdrawn_by_its_party_alone(session: Session, edition: Edition) -> None:
    one, at = contest(session, edition, Party.CLIENT), edition.issued_at + timedelta(days=2)
    with pytest.raises(Refusal, match="the other party's"):
        withdraw_contest(session, one, Party.AGENCY, LEAD, at)
    withdraw_contest(session, one, Party.CLIENT, CLIENT, at)
    assert one.outcome is ContestOutcome.WITHDRAWN
    contest(session, edition, Party.CLIENT)


def test_no_line_is_set_aside_after_the_window(session: Session, edition: Edition) -> None:
    late, early = contest(session, edition, Party.CLIENT), contest(session, edition, Party.CLIENT, LINES[0])
    with pytest.raises(Refusal, match="time to set a line aside is over"):
        settle(session, late, Party.AGENCY, ContestOutcome.SET_ASIDE, n_days=9)
    settle(session, late, Party.AGENCY, ContestOutcome.STANDS, n_days=9)
    settle(session, early, Party.AGENCY, ContestOutcome.SET_ASIDE)


@pytest.mark.parametrize("n_days", [3, 10, 40])
def test_a_line_set_aside_in_time_is_carried_by_the_next_edition_whenever_it_is_issued(
    session: Session, stage: Stage, edition: Edition, n_days: int
) -> None:
    settle(session, contest(session, edition, Party.CLIENT), Party.AGENCY, ContestOutcome.SET_ASIDE)
    sheet, at = edition.sheet, edition.issued_at + timedelta(days=n_days)
    newest = correct_sheet(session, sheet, stage.catalogue, KEY, "Both agreed.", LEAD, at)
    reasons = {part["subject_key"]: part["reason"] for part in snapshot_of(newest)["bonus"]["trace"]["parts"]}
    assert reasons[LINES[2]] == "not_measurable"
    later = correct_sheet(session, sheet, stage.catalogue, KEY, "A typing mistake.", LEAD, at + timedelta(days=20))
    assert snapshot_of(later)["bonus"] == snapshot_of(newest)["bonus"], "the line stays set aside"
    assert approve_sheet(session, sheet, later.sha256, SECOND, at + timedelta(days=20)).edition is later


@pytest.mark.parametrize(("rule", "follows"), [("neutral", "goes to the others"), ("carried_over", "is carried over")])
def test_a_line_that_both_parties_set_aside_is_not_called_unmeasurable(
    session: Session, stage: Stage, rule: str, follows: str
) -> None:
    """Its mark stands among the results: the money has to say why it does not count."""
    stage.version.bonus_scheme = {"amount": "12000", "not_measurable": rule}
    stage.issue(stage.close_wave(marks((7, 7, 7, 7), (7, 7, 7, 7), (7, 7, 7, 7))))
    edition = stage.issue(stage.close_wave(marks((8, 9, 8, 7), (None, None, None, None), (6, 6, 7, 9))))
    sheet, at = edition.sheet, edition.issued_at + timedelta(days=1)
    contest = raise_contest(session, sheet, LINES[0], Party.CLIENT, CLIENT, "We were three.", CLIENT, at)
    answer_contest(session, contest, Party.AGENCY, ContestOutcome.SET_ASIDE, "Agreed.", ACTOR, at)
    newest = correct_sheet(session, sheet, stage.catalogue, KEY, "It carries the answer.", ACTOR, at)
    sealed = seal_edition(newest, KEY)
    money = show_sheet(sealed, "en").money
    assert money is not None
    reasons = [part.reason for part in money.parts]
    assert reasons[:2] == [f"set aside by both parties: its share {follows}", f"not measurable: its share {follows}"]
    rows = CalamineWorkbook.from_filelike(BytesIO(build_workbook(sealed, "en"))).get_sheet_by_name("Bonus").to_python()
    assert [row[8] for row in rows[6:8]] == reasons[:2]


@pytest.mark.parametrize("outcome", [ContestOutcome.SET_ASIDE, ContestOutcome.STANDS])
def test_nobody_approves_an_edition_that_does_not_tell_what_was_settled(
    session: Session, stage: Stage, edition: Edition, outcome: ContestOutcome
) -> None:
    """Otherwise finance would pay an amount that both parties no longer stand by."""
    settle(session, contest(session, edition, Party.CLIENT), Party.AGENCY, outcome)
    sheet, at = edition.sheet, edition.issued_at + timedelta(days=11)
    with pytest.raises(Refusal, match="settled after this edition"):
        approve_sheet(session, sheet, edition.sha256, SECOND, at)
    newest = correct_sheet(session, sheet, stage.catalogue, KEY, "It tells the objection.", LEAD, at)
    assert [one["outcome"] for one in snapshot_of(newest)["contests"]] == [outcome.value]
    assert approve_sheet(session, sheet, newest.sha256, SECOND, at).edition is newest


def test_an_edition_that_prints_an_objection_withdrawn_since_is_replaced_first(
    session: Session, stage: Stage, edition: Edition
) -> None:
    one, at = contest(session, edition, Party.CLIENT), edition.issued_at + timedelta(days=11)
    printed = correct_sheet(session, edition.sheet, stage.catalogue, KEY, "It tells the objection.", LEAD, at)
    withdraw_contest(session, one, Party.CLIENT, CLIENT, at)
    with pytest.raises(Refusal, match="settled after this edition"):
        approve_sheet(session, edition.sheet, printed.sha256, SECOND, at)
    last = correct_sheet(session, edition.sheet, stage.catalogue, KEY, "It was withdrawn.", LEAD, at)
    assert approve_sheet(session, edition.sheet, last.sha256, SECOND, at).edition is last


def test_nobody_approves_while_an_objection_is_open(session: Session, edition: Edition) -> None:
    one, at = contest(session, edition, Party.AGENCY), edition.issued_at + timedelta(days=11)
    with pytest.raises(Refusal, match="still open"):
        approve_sheet(session, edition.sheet, edition.sha256, SECOND, at)
    withdraw_contest(session, one, Party.AGENCY, LEAD, at)
    assert approve_sheet(session, edition.sheet, edition.sha256, SECOND, at).edition is edition


def test_the_edition_that_was_read_is_the_one_approved(session: Session, stage: Stage, edition: Edition) -> None:
    read, at = edition.sha256, edition.issued_at + timedelta(days=11)
    newest = stage.issue(edition.sheet.wave, reason="A typing mistake.")
    for sha256 in (read, ""):
        with pytest.raises(Refusal, match="A newer edition"):
            approve_sheet(session, edition.sheet, sha256, SECOND, at)
    assert approve_sheet(session, edition.sheet, newest.sha256, SECOND, at).edition is newest


@pytest.mark.parametrize(("issuer", "is_refused"), [("worker", True), ("command line", True), (LEAD, False)])
def test_whoever_launched_a_wave_that_closed_by_itself_does_not_approve_it(
    session: Session, edition: Edition, issuer: str, is_refused: bool
) -> None:
    wave, at = edition.sheet.wave, edition.issued_at + timedelta(days=11)
    record(session, actor=SECOND, action="wave_launched", subject_type="wave", subject_id=wave.id, now=at)
    edition.issued_by = issuer
    session.flush()
    if is_refused:
        with pytest.raises(Refusal, match="You launched this wave"):
            approve_sheet(session, edition.sheet, edition.sha256, "Renamed <omar@agence.test>", at)
    third = SECOND if not is_refused else "Camille <camille@agence.test>"
    assert approve_sheet(session, edition.sheet, edition.sha256, third, at).approved_by == third


@pytest.mark.parametrize("email", ["lea@agence.test", "stranger@elsewhere.test"])
def test_a_sheet_goes_to_the_client_s_contacts_alone(
    app: Flask, session: Session, edition: Edition, email: str
) -> None:
    sheet, at = edition.sheet, edition.issued_at
    session.commit()
    enter(app, "lea@agence.test", "Léa Bernard", Role.QUALITY_LEAD)
    with pytest.raises(Invalid) as refusal:
        send_sheet(session, sheet, "Léa", email, "fr", b"key", LEAD, at)
    assert refusal.value.field == "email"
    assert send_sheet(session, sheet, CLIENT, "contact0@client.test", "fr", b"key", LEAD, at).email


def test_a_colleague_s_mailbox_is_no_contact_under_another_spelling(
    app: Flask, session: Session, edition: Edition, stage: Stage
) -> None:
    stage.contacts[0].email = "lea+client@agence.test"
    session.commit()
    enter(app, "lea@agence.test", "Léa Bernard", Role.QUALITY_LEAD)
    with pytest.raises(Invalid, match="colleague"):
        send_sheet(session, edition.sheet, CLIENT, "lea+client@agence.test", "fr", b"key", LEAD, edition.issued_at)


@pytest.mark.parametrize(
    "deletion",
    [
        "DELETE FROM audit_entry WHERE number = 1",
        (
            "DELETE FROM audit_entry WHERE number >= (SELECT sealed.number FROM"
            " (SELECT max(number) AS number FROM audit_entry WHERE action = 'sheet_issued') AS sealed)"
        ),
    ],
)
def test_the_check_finds_entries_deleted_from_the_log(
    app: Flask, session: Session, edition: Edition, deletion: str
) -> None:
    session.commit()
    assert app.test_cli_runner().invoke(sheets, ["check"]).exit_code == 0
    with transaction(session):
        session.execute(text(deletion))
    assert app.test_cli_runner().invoke(sheets, ["check"]).exit_code == 1


@pytest.fixture
def link_of(app: Flask, session: Session, edition: Edition, clock: SettableClock) -> Callable[[], str]:
    """Send the sheet to a contact of the client, one day after the close, and give their link."""
    clock.set(edition.issued_at + timedelta(days=1))
    app.config["WTF_CSRF_ENABLED"] = False
    key = app.extensions["survey_settings"].token_key.get_secret_value().encode()
    send_sheet(session, edition.sheet, CLIENT, "contact0@client.test", "en", key, LEAD, clock.now())
    session.commit()
    return lambda: f"/s/r/{derive_recipient_token(key, session.scalars(select(SheetRecipient)).one())}"


def test_only_the_client_s_link_sets_aside_what_the_agency_contests(
    app: Flask, database: Database, edition: Edition, link_of: Callable[[], str], session: Session
) -> None:
    sheet_id, link = edition.sheet_id, link_of()
    session.commit()
    lead, visitor = enter(app, "camille@agence.test", "Camille", Role.QUALITY_LEAD), app.test_client()
    lead.post(f"/sheets/{sheet_id}/contests", data={"line": LINES[2], "reason": "The brief changed twice."})
    (number,) = look(database, select(Contest.id))
    form = {"outcome": "set_aside", "answer": "We agree."}
    assert lead.post(f"/sheets/{sheet_id}/contests/{number}", data=form).status_code == 409
    assert f"{link}/contests/{number}" in visitor.get(link).get_data(as_text=True)
    assert visitor.post(f"{link}/contests/{number}", data={"outcome": "set_aside"}).status_code == 400
    assert visitor.post(f"{link}/contests/{number}", data=form).status_code == 302
    assert look(database, select(Contest.outcome)) == [ContestOutcome.SET_ASIDE]
    lead.post(f"/sheets/{sheet_id}/editions", data={"edition_reason": "Both set a line aside."})
    told = "Answer of Claire Dupont &lt;contact0@client.test&gt;: We agree."
    assert told in visitor.get(link).get_data(as_text=True), "whoever spoke for the client is named on the sheet"


@pytest.mark.parametrize("change", [{"is_active": False}, {"email": "somebody.else@client.test"}])
def test_the_link_of_somebody_who_left_the_client_opens_nothing(
    app: Flask, session: Session, link_of: Callable[[], str], change: dict[str, object]
) -> None:
    link, visitor = link_of(), app.test_client()
    assert visitor.get(link).status_code == 200
    with transaction(session):
        session.execute(update(Contact).where(Contact.email == "contact0@client.test").values(**change))
    assert visitor.get(link).status_code == 404
    assert visitor.get(f"{link}/sheet.pdf").status_code == 404
    assert visitor.post(f"{link}/contest", data={"line": LINES[0], "reason": "We were three."}).status_code == 404
    assert not session.scalars(select(Contest)).all()


def test_each_party_withdraws_its_objection_on_its_own_page(
    app: Flask, database: Database, edition: Edition, link_of: Callable[[], str], session: Session
) -> None:
    sheet_id, link = edition.sheet_id, link_of()
    session.commit()
    lead, visitor = enter(app, "camille@agence.test", "Camille", Role.QUALITY_LEAD), app.test_client()
    lead.post(f"/sheets/{sheet_id}/contests", data={"line": LINES[0], "reason": "Wrong month."})
    visitor.post(f"{link}/contest", data={"line": LINES[0], "reason": "We were three."})
    pages: dict[Party, tuple[FlaskClient, str, str]] = {
        Party.AGENCY: (lead, f"/sheets/{sheet_id}", f"/sheets/{sheet_id}"),
        Party.CLIENT: (visitor, link, link),
    }
    for one in look(database, select(Contest)):
        browser, page, place = pages[one.party]
        assert f"{place}/contests/{one.id}/withdraw" in browser.get(page).get_data(as_text=True)
        assert browser.post(f"{place}/contests/{one.id}/withdraw").status_code == 302
    assert set(look(database, select(Contest.outcome))) == {ContestOutcome.WITHDRAWN}


def quiet_stage(session: Session, mode: PrivacyMode, n_answered: int) -> Edition:
    """Give the sheet of a wave where so many of twelve people answered."""
    stage = make_stage(session, n_contacts=12)
    stage.campaign.mode = mode
    given = [*[6, 9, 8, 7, 9, 6, 8, 7, 9, 8, 7, 6][:n_answered], *[None] * (12 - n_answered)]
    return stage.issue(stage.close_wave(marks(given, [8] * 12, given)))


@pytest.mark.parametrize("mode", [PrivacyMode.CONFIDENTIAL, PrivacyMode.ANONYMOUS])
@pytest.mark.parametrize(
    ("n", "has_score", "has_marks"),
    [(0, False, False), (4, False, False), (5, True, False), (9, True, False), (10, True, True)],
)
def test_a_sheet_tells_nobody_s_mark_where_names_were_promised_away(
    session: Session, mode: PrivacyMode, n: int, has_score: bool, has_marks: bool
) -> None:
    edition = quiet_stage(session, mode, n)
    snapshot = snapshot_of(edition)
    line = snapshot["lines"][0]
    assert line["n"] == n
    assert (line["exact"] is not None, line["marks"] is not None) == (has_score, has_marks)
    assert (line["marks_total"] is None) == (0 < n < 5)
    assert (line["state"] == "not_measurable") == (not has_score)
    assert line["best"] is None or has_score
    assert (line["usual_low"] is not None) == has_marks, "a few whole marks follow from their sum and their spread"
    assert recomputed_differences(snapshot) == []
    told = " ".join(explain_line(line, (), (), words_for(snapshot, "en")))
    assert ("Too few people answered" in told) == (0 < n < 5)
    assert build_workbook(seal_edition(edition, KEY), "en")


@pytest.mark.parametrize(("mode", "has_bounds"), [(PrivacyMode.CONFIDENTIAL, False), (PrivacyMode.NAMED, True)])
def test_bounds_beside_a_score_over_roles_tell_nothing_of_a_small_role(
    session: Session, mode: PrivacyMode, *, has_bounds: bool
) -> None:
    stage = make_stage(session, n_contacts=10)
    stage.campaign.mode = mode
    stage.version.role_shares = {"marketing": "0.5", "purchasing": "0.5"}
    for contact in stage.contacts[7:]:
        contact.role = ContactRole.PURCHASING
    session.flush()
    rows = [8, 8, 8, 8, 8, 8, 8, 3, 4, None]
    edition = stage.issue(stage.close_wave(marks(rows, rows, rows)))
    line = snapshot_of(edition)["lines"][0]
    assert line["exact"] == "23/4"
    assert [line[name] is not None for name in ("low", "high", "worst", "best")] == [has_bounds] * 4
    # 7 a + 2 b = 63 beside (a + b) / 2 = 23/4 gives b = 3.5, what the two of purchasing said on average.
    assert [line[name] is not None for name in ("marks", "marks_total")] == [has_bounds] * 2
    # 7 of 7 marketing: 8; 2 of 3 purchasing, the third from 0 to 10: 7/3 to 17/3.
    assert not has_bounds or (line["worst"], line["best"]) == ("5.166667", "6.833333")
    assert recomputed_differences(snapshot_of(edition)) == []
    assert build_workbook(seal_edition(edition, KEY), "en")


def test_a_named_sheet_counts_every_answer(session: Session) -> None:
    line = snapshot_of(quiet_stage(session, PrivacyMode.NAMED, 2))["lines"][0]
    assert (line["exact"], line["marks"]) == ("15/2", ["6", "9"])


def test_no_money_rests_on_four_people_who_were_promised_silence(session: Session) -> None:
    stage = make_stage(session, n_contacts=6)
    stage.campaign.mode = PrivacyMode.CONFIDENTIAL
    stage.close_wave(marks([7] * 6, [7] * 6, [7] * 6))
    edition = stage.issue(stage.close_wave(marks([2, 2, 2, 2, None, None], [9] * 6, [9] * 6)))
    parts = {one["subject_key"]: one for one in snapshot_of(edition)["bonus"]["trace"]["parts"]}
    assert parts[LINES[0]]["reason"] == "not_measurable"
    assert Decimal(parts[LINES[0]]["paid"]) == 0
    assert all(plan["line"] != LINES[0] for plan in snapshot_of(edition)["plans"])
