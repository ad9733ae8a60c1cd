"""An agreement becomes binding once, whole, and exactly as it read."""

import json
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from survey_app.agreements.content import content_hash, is_intact
from survey_app.agreements.drafting import Terms, change_commitment
from survey_app.agreements.models import AgreementVersion, Measure, VersionState
from survey_app.agreements.negotiation import propose_version
from survey_app.agreements.queries import find_line, validated_version
from survey_app.agreements.service import (
    add_commitment,
    amend_agreement,
    create_agreement,
    end_agreement,
    set_bonus_scheme,
    validate_version,
)
from survey_app.catalogue.content import load_catalogue
from survey_app.clients.models import Client
from survey_app.clock import SettableClock
from survey_app.errors import Invalid, Refusal

LEAD = "Camille Laurent <camille@agence.test>"


def validate(session: Session, version: AgreementVersion, clock: SettableClock) -> AgreementVersion:
    return validate_version(session, version, "Camille Laurent", "Hélène Dupont", LEAD, clock.now())


def test_it_freezes_the_content_with_its_hash_its_date_and_both_names(
    session: Session, drafted: AgreementVersion, clock: SettableClock
) -> None:
    validate(session, drafted, clock)
    assert drafted.state is VersionState.VALIDATED
    assert drafted.validated_at == clock.now()
    assert (drafted.agency_signatory, drafted.client_signatory) == ("Camille Laurent", "Hélène Dupont")
    assert drafted.frozen_content is not None
    assert drafted.content_hash == content_hash(drafted.frozen_content)
    assert is_intact(drafted)


def test_an_internal_line_is_no_part_of_what_both_sign(
    session: Session, drafted: AgreementVersion, clock: SettableClock
) -> None:
    validate(session, drafted, clock)
    signed = [line["indicator_key"] for line in json.loads(drafted.frozen_content or "")["lines"]]
    assert signed == ["service_reporting_quality", "time_delivery"]


def test_a_later_change_in_the_tables_shows(session: Session, drafted: AgreementVersion, clock: SettableClock) -> None:
    validate(session, drafted, clock)
    session.execute(text("UPDATE commitment SET threshold = 5000"))
    session.expire_all()
    assert not is_intact(drafted)


def test_it_refuses_an_agreement_without_lines(session: Session, draft: AgreementVersion, clock: SettableClock) -> None:
    with pytest.raises(Refusal, match="no line that the client would see"):
        validate(session, draft, clock)


def test_internal_lines_alone_bind_nobody(session: Session, draft: AgreementVersion, clock: SettableClock) -> None:
    add_commitment(session, draft, load_catalogue()["time_delivery"], is_internal=True)
    with pytest.raises(Refusal, match="no line that the client would see"):
        validate(session, draft, clock)


def test_it_refuses_weights_that_are_all_zero(session: Session, draft: AgreementVersion, clock: SettableClock) -> None:
    add_commitment(session, draft, load_catalogue()["time_delivery"], weight=Decimal(0))
    with pytest.raises(Refusal, match="Every weight is zero"):
        validate(session, draft, clock)


def test_it_is_validated_once(session: Session, drafted: AgreementVersion, clock: SettableClock) -> None:
    validate(session, drafted, clock)
    with pytest.raises(Refusal, match="already validated"):
        validate(session, drafted, clock)


@pytest.mark.parametrize(
    ("names", "field"), [((" ", "Hélène Dupont"), "agency_signatory"), (("Camille", ""), "client_signatory")]
)
def test_it_asks_for_both_names(
    session: Session, drafted: AgreementVersion, clock: SettableClock, names: tuple[str, str], field: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        validate_version(session, drafted, *names, LEAD, clock.now())
    assert refusal.value.field == field


def test_a_line_that_moves_money_needs_a_written_acceptance_while_it_has_no_baseline(
    session: Session, draft: AgreementVersion, clock: SettableClock
) -> None:
    terms = Terms(is_paying=True, target=Decimal(8), objective_on=draft.ends_on)
    line = add_commitment(session, draft, load_catalogue()["time_delivery"], **terms)
    with pytest.raises(Refusal, match="Respect des délais"):
        validate(session, draft, clock)
    change_commitment(session, line, sanction_acceptance="Both parties follow deliveries already.")
    assert validate(session, draft, clock).state is VersionState.VALIDATED


@pytest.mark.parametrize("propose", [True, False], ids=["proposed", "validated"])
def test_a_line_that_moves_money_needs_a_dated_target(
    session: Session, draft: AgreementVersion, clock: SettableClock, propose: bool
) -> None:
    accepted = Terms(is_paying=True, sanction_acceptance="Both parties accept it.")
    line = add_commitment(session, draft, load_catalogue()["time_delivery"], **accepted)

    def conclude() -> None:
        contact = draft.agreement.client.contacts[0]
        if propose:
            propose_version(session, draft, contact, "C. Laurent", "", "", b"k" * 40, LEAD, clock.now())
        else:
            validate(session, draft, clock)

    with pytest.raises(Refusal, match="Respect des délais") as refusal:
        conclude()
    assert refusal.value.field == "target"
    change_commitment(session, line, target=Decimal(8))
    with pytest.raises(Refusal, match="Respect des délais") as refusal:
        conclude()
    assert refusal.value.field == "objective_on"
    change_commitment(session, line, objective_on=draft.ends_on)
    conclude()


def test_nothing_changes_in_a_validated_version(
    session: Session, drafted: AgreementVersion, clock: SettableClock
) -> None:
    validate(session, drafted, clock)
    with pytest.raises(Refusal, match="nothing in it changes"):
        change_commitment(session, drafted.commitments[0], threshold=Decimal(5))
    with pytest.raises(Refusal, match="nothing in it changes"):
        set_bonus_scheme(session, drafted, {"currency": "EUR"}, LEAD, clock.now())


def test_an_amendment_replaces_the_version_in_force_only_when_both_validate_it(
    session: Session, drafted: AgreementVersion, clock: SettableClock
) -> None:
    validate(session, drafted, clock)
    amendment = amend_agreement(session, drafted.agreement, LEAD, clock.now())
    assert [line.indicator_key for line in amendment.commitments] == [
        line.indicator_key for line in drafted.commitments
    ]
    assert validated_version(session, drafted.agreement) is drafted
    validate(session, amendment, clock)
    assert drafted.state is VersionState.SUPERSEDED
    assert validated_version(session, drafted.agreement) is amendment
    assert is_intact(drafted)


def test_one_amendment_at_a_time(session: Session, drafted: AgreementVersion, clock: SettableClock) -> None:
    validate(session, drafted, clock)
    amend_agreement(session, drafted.agreement, LEAD, clock.now())
    with pytest.raises(Refusal, match="already under way"):
        amend_agreement(session, drafted.agreement, LEAD, clock.now())


def test_the_database_holds_one_open_version_an_agreement(
    session: Session, draft: AgreementVersion, clock: SettableClock
) -> None:
    session.add(
        AgreementVersion(
            agreement_id=draft.agreement_id,
            number=2,
            starts_on=draft.starts_on,
            ends_on=draft.ends_on,
            created_at=clock.now(),
        )
    )
    with pytest.raises(IntegrityError):
        session.flush()


def test_an_ended_agreement_stays_as_it_was(session: Session, drafted: AgreementVersion, clock: SettableClock) -> None:
    validate(session, drafted, clock)
    end_agreement(session, drafted, LEAD, clock.now())
    assert drafted.state is VersionState.ENDED
    assert validated_version(session, drafted.agreement) is None
    with pytest.raises(Refusal, match="in force"):
        amend_agreement(session, drafted.agreement, LEAD, clock.now())


def test_an_agreement_cannot_end_before_it_starts(session: Session, client: Client, clock: SettableClock) -> None:
    with pytest.raises(Invalid) as refusal:
        create_agreement(session, client, "SLA", date(2026, 6, 1), date(2026, 1, 1), LEAD, clock.now())
    assert refusal.value.field == "ends_on"


def test_an_unspecified_line_enters_once_its_measure_is_written(session: Session, draft: AgreementVersion) -> None:
    shoots = load_catalogue()["csr_zero_waste_shoots"]
    with pytest.raises(Invalid) as refusal:
        add_commitment(session, draft, shoots)
    assert refusal.value.field == "measure"
    with pytest.raises(Invalid) as refusal:
        add_commitment(session, draft, shoots, measure=Measure.FACTUAL)
    assert refusal.value.field == "written_measure"
    add_commitment(session, draft, shoots, measure=Measure.FACTUAL, written_measure="Shoots whose bins were weighed.")
    assert find_line(draft, shoots.key) is not None
