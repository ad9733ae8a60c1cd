"""Read agreements, their versions and the rounds of their negotiation."""

from collections.abc import Mapping, Sequence
from fractions import Fraction

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey_app.accounts.access import Viewer
from survey_app.agreements.models import (
    Agreement,
    AgreementVersion,
    Baseline,
    Commitment,
    LineAnswer,
    ProposalRound,
    VersionState,
)
from survey_app.clients.models import Contact
from survey_app.errors import N_, NotFound
from survey_app.tokens import find_by_token

OPEN_STATES = (VersionState.DRAFT, VersionState.PROPOSED)


def get_agreement(session: Session, viewer: Viewer, agreement_id: int) -> Agreement:
    """Return an agreement of a client that the viewer works for."""
    agreement = session.get(Agreement, agreement_id)
    if agreement is None or not viewer.sees_client(agreement.client_id):
        raise NotFound(N_("There is no such agreement. Choose one from the client's page."))
    return agreement


def lock_agreement(session: Session, agreement_id: int) -> None:
    """Take the agreement for this transaction: two changes at once meet here, and the second sees the first."""
    session.execute(select(Agreement.id).where(Agreement.id == agreement_id).with_for_update())


def client_agreements(session: Session, client_id: int) -> Sequence[Agreement]:
    return session.scalars(
        select(Agreement)
        .where(Agreement.client_id == client_id)
        .order_by(Agreement.created_at.desc(), Agreement.id.desc())
    ).all()


def get_version(agreement: Agreement, number: int) -> AgreementVersion:
    for version in agreement.versions:
        if version.number == number:
            return version
    raise NotFound(N_("This agreement has no version with that number."))


def validated_version(session: Session, agreement: Agreement) -> AgreementVersion | None:
    """Return the version in force."""
    return session.scalar(
        select(AgreementVersion).where(
            AgreementVersion.agreement_id == agreement.id, AgreementVersion.state == VersionState.VALIDATED
        )
    )


def open_version(session: Session, agreement: Agreement) -> AgreementVersion | None:
    """Return the version under way: a draft, or a proposal that waits for the client."""
    return session.scalar(
        select(AgreementVersion).where(
            AgreementVersion.agreement_id == agreement.id, AgreementVersion.state.in_(OPEN_STATES)
        )
    )


def current_version(session: Session, agreement: Agreement) -> AgreementVersion:
    """Return the version that people mean by "the agreement": under way, in force, or the last one."""
    return open_version(session, agreement) or validated_version(session, agreement) or agreement.versions[-1]


def shared_lines(version: AgreementVersion) -> list[Commitment]:
    """Return the lines that the client sees."""
    return [line for line in version.commitments if not line.is_internal]


def get_line(version: AgreementVersion, line_id: int) -> Commitment:
    for line in version.commitments:
        if line.id == line_id:
            return line
    raise NotFound(N_("This line is not in the agreement any more."))


def find_line(version: AgreementVersion, indicator_key: str) -> Commitment | None:
    return next((line for line in version.commitments if line.indicator_key == indicator_key), None)


def get_answer(version: AgreementVersion, answer_id: int) -> LineAnswer:
    """Return an answer to the last round: earlier ones are history."""
    for sent in version.rounds[-1:]:
        for answer in sent.answers:
            if answer.id == answer_id:
                return answer
    raise NotFound(N_("This counter-proposal does not belong to the last round."))


def baselines(session: Session, agreement_id: int) -> Mapping[str, Fraction]:
    """Return the first mark ever measured of each line of this agreement."""
    rows = session.execute(select(Baseline.indicator_key, Baseline.mark).where(Baseline.agreement_id == agreement_id))
    return {row.indicator_key: row.mark for row in rows}


def count_respondents(session: Session, client_id: int) -> int:
    """Count the client's contacts that a survey would ask today."""
    return (
        session.scalar(
            select(func.count())
            .select_from(Contact)
            .where(Contact.client_id == client_id, Contact.is_active, Contact.opted_out_at.is_(None))
        )
        or 0
    )


def signatories(session: Session, client_id: int) -> Sequence[Contact]:
    """Return the client's active contacts, those who may sign first."""
    return session.scalars(
        select(Contact)
        .where(Contact.client_id == client_id, Contact.is_active)
        .order_by(Contact.is_signatory.desc(), Contact.name)
    ).all()


def find_round(session: Session, token: str) -> ProposalRound | None:
    """Find the round that a personal link opens; the link itself is stored nowhere."""
    return find_by_token(session, ProposalRound, token)
