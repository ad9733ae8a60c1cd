"""The sealed PDF and the links: what people typed is shown and never obeyed, and no row holds a link."""

from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import inspect, text
from sqlalchemy.orm import Session

from survey_app.agreements.content import canonical_content, load_starting_points
from survey_app.agreements.document import Seal, agreement_pdf
from survey_app.agreements.drafting import start_from
from survey_app.agreements.models import AgreementVersion
from survey_app.agreements.negotiation import derive_signatory_token, propose_version
from survey_app.agreements.queries import find_round
from survey_app.campaigns.invitations import derive_token
from survey_app.catalogue.content import load_catalogue
from survey_app.clock import SettableClock
from survey_app.errors import Invalid
from tests.documents import NAMES, RIGHT_TO_LEFT_NAMES, assert_it_prints_every_name, on_another_machine, read_pdf

KEY = b"test-token-key-of-more-than-32-characters"
LEAD = "Camille Laurent <camille@agence.test>"
SEAL = Seal("Camille Laurent", "Hélène Dupont", datetime(2026, 3, 2, 9, tzinfo=UTC), "ab" * 32, "Europe/Paris")
NASTY = '<img src="/etc/passwd"/> <b>gras & </i> ]]> \x00\x07 \u202e مرحبا Łódź'


GATED = {
    "fees": "100000",
    "percent": "5",
    "cap": "4000",
    "floor": "500",
    "gates": [{"subject": "time_delivery", "minimum": "6.5"}, {"subject": "overall"}],
}


def test_the_document_says_the_terms_the_seal_and_nothing_internal(app: Flask, drafted: AgreementVersion) -> None:
    content = canonical_content(drafted)
    content["lines"][0]["objective"] = NASTY
    with app.app_context():
        french = read_pdf(agreement_pdf(content, SEAL, "fr"))
        english = read_pdf(agreement_pdf(content, None, "en"))
    assert "Qualité du reporting" in french
    assert '<img src="/etc/passwd"/> <b>gras & </i>' in french.replace("\n", " ")
    assert "Validé le 2 mars 2026" in french
    assert "ab" * 32 in french.replace("\n", "")
    assert "Enjeux techniques" not in french
    assert "Draft: it binds nobody" in english


def test_the_document_says_the_money_at_stake(app: Flask, drafted: AgreementVersion) -> None:
    with app.app_context():
        without = read_pdf(agreement_pdf(canonical_content(drafted), SEAL, "en"))
        gated = read_pdf(agreement_pdf({**canonical_content(drafted), "bonus_scheme": GATED}, SEAL, "en"))
        fixed = read_pdf(
            agreement_pdf({**canonical_content(drafted), "bonus_scheme": {"amount": "12000.5"}}, SEAL, "fr")
        )
    assert "At stake" not in without
    assert "5% of fees of €100,000.00, that is €5,000.00" in gated
    limits, gates = ("€4,000.00", "€500.00"), ("6.5 out of ten", "The overall mark: its own threshold")
    for words in (*limits, *gates, "fingerprint covers"):
        assert words in " ".join(gated.split()), words
    assert "Prime" in fixed
    assert "12 000,50 €" in " ".join(fixed.split())


def test_the_same_content_gives_the_same_bytes_on_every_machine(
    app: Flask, drafted: AgreementVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = canonical_content(drafted)
    content["lines"][0]["objective"] = f"{NAMES} {RIGHT_TO_LEFT_NAMES}"
    with app.app_context():
        document = agreement_pdf(content, SEAL, "fr")
        assert agreement_pdf(content, SEAL, "fr") == document
        with on_another_machine(monkeypatch):
            assert agreement_pdf(content, SEAL, "fr") == document
    assert_it_prints_every_name(document)


def test_no_row_holds_a_link_and_no_other_key_opens_it(
    session: Session, drafted: AgreementVersion, clock: SettableClock
) -> None:
    contact = drafted.agreement.client.contacts[0]
    sent = propose_version(session, drafted, contact, "C. Laurent", "c@agence.test", "", KEY, LEAD, clock.now())
    token = derive_signatory_token(KEY, sent)
    assert find_round(session, token) is sent
    assert find_round(session, derive_signatory_token(b"x" * 40, sent)) is None
    assert find_round(session, derive_token(KEY, sent.id, 1)) is None
    assert find_round(session, token + "\x00") is None
    assert find_round(session, token * 3) is None
    for table in inspect(session.connection()).get_table_names():
        for row in session.execute(text(f'SELECT * FROM "{table}"')):  # noqa: S608 - the names come from the database
            assert token not in str(row)


def test_a_contact_of_another_client_cannot_sign(
    session: Session, drafted: AgreementVersion, clock: SettableClock
) -> None:
    contact = drafted.agreement.client.contacts[0]
    contact.is_active = False
    with pytest.raises(Invalid) as refusal:
        propose_version(session, drafted, contact, "C. Laurent", "", "", KEY, LEAD, clock.now())
    assert refusal.value.field == "contact"


@pytest.mark.parametrize("key", list(load_starting_points()))
def test_every_starting_point_fills_a_draft(session: Session, draft: AgreementVersion, key: str) -> None:
    point = load_starting_points()[key]
    start_from(session, draft, point, load_catalogue())
    assert [line.indicator_key for line in draft.commitments] == [line.key for line in point.lines]
    assert point.title_fr
    assert point.title_en
    assert all(
        line.written_measure for line in draft.commitments if line.definition["printed_measure"] == "unspecified"
    )


def test_the_light_one_has_eight_lines_and_none_is_past_the_gentle_warning() -> None:
    points = load_starting_points()
    assert len(points["light"].lines) == 8
    assert all(len(point.lines) <= 15 for point in points.values())
    assert len(points) >= 6
