"""Send a draft to the client's signatory, hear the answer line by line, and settle what comes back."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.agreements.content import canonical_content
from survey_app.agreements.drafting import Terms, change_commitment, refuse_frozen, remove_commitment
from survey_app.agreements.models import AgreementVersion, LineAnswer, ProposalRound, VersionState
from survey_app.agreements.queries import find_line, lock_agreement, shared_lines
from survey_app.agreements.rules import check_transition
from survey_app.agreements.service import refuse_unready, validate_version
from survey_app.agreements.vocabulary import Decision, RoundOutcome, Settlement
from survey_app.audit.service import note
from survey_app.clients.models import AddressState, Contact
from survey_app.errors import N_, Invalid, Refusal
from survey_app.outbox.service import cancel, enqueue
from survey_app.tokens import derive_token, hash_token

PROPOSAL, ANSWERED, VALIDATED = "agreement_proposal", "agreement_answered", "agreement_validated"
PURPOSE = "agreement-signatory"


@dataclass(frozen=True)
class AnswerGiven:
    """One line's answer; a counter-proposal says what it would change."""

    indicator_key: str
    decision: Decision
    threshold: Decimal | None = None
    target: Decimal | None = None
    wording: str = ""
    comment: str = ""


def propose_version(
    session: Session,
    version: AgreementVersion,
    contact: Contact,
    agency_signatory: str,
    agency_email: str,
    message: str,
    token_key: bytes,
    actor: str,
    now: datetime,
) -> ProposalRound:
    """Send the draft to the signatory: a proposal is the agency's own validation, and waits for the client's."""
    lock_agreement(session, version.agreement_id)
    session.refresh(version, ["state"])
    check_transition(version.state, VersionState.PROPOSED)
    _check_signatory(version, contact, agency_signatory)
    refuse_unready(session, version)
    sent = _open_round(version, contact, agency_signatory, agency_email, token_key, now)
    sent.message = message.strip()
    version.state = VersionState.PROPOSED
    session.flush()
    _mail(session, sent, PROPOSAL, sent.email, sent.language, now)
    _note(session, sent, "agreement_proposed", actor, now)
    return sent


def _open_round(
    version: AgreementVersion,
    contact: Contact,
    agency_signatory: str,
    agency_email: str,
    token_key: bytes,
    now: datetime,
) -> ProposalRound:
    """Begin a round with one person: what they read is what the version says at this moment."""
    number = len(version.rounds) + 1
    sent = ProposalRound(
        version_id=version.id,
        number=number,
        token_version=1,
        contact_id=contact.id,
        name=contact.name,
        email=contact.email,
        language=contact.language,
        agency_signatory=agency_signatory.strip(),
        agency_email=agency_email,
        content=canonical_content(version),
        outcome=RoundOutcome.OPEN,
        proposed_at=now,
    )
    sent.token_hash = hash_token(derive_signatory_token(token_key, sent))
    version.rounds.append(sent)
    return sent


def validate_on_paper(
    session: Session,
    version: AgreementVersion,
    contact: Contact,
    agency_signatory: str,
    client_signatory: str,
    agency_email: str,
    token_key: bytes,
    actor: str,
    now: datetime,
) -> ProposalRound:
    """Record a paper that both signed, and send both its sealed copy with the client's link to it."""
    _check_signatory(version, contact, agency_signatory)
    validate_version(session, version, agency_signatory, client_signatory, actor, now)
    sent = _open_round(version, contact, agency_signatory, agency_email, token_key, now)
    _end(sent, RoundOutcome.ACCEPTED, now)
    session.flush()
    _mail_sealed(session, sent, now)
    return sent


def _check_signatory(version: AgreementVersion, contact: Contact, agency_signatory: str) -> None:
    if not agency_signatory.strip():
        raise Invalid(N_("Write who validates for the agency."), field="agency_signatory")
    is_reachable = contact.is_active and contact.address_state is not AddressState.DEAD
    if contact.client_id != version.agreement.client_id or not is_reachable:
        raise Invalid(N_("This person cannot be written to. Choose another contact of the client."), field="contact")


def take_back(session: Session, version: AgreementVersion, actor: str, now: datetime) -> None:
    """Take a proposal back into a draft; the link that was sent then says so."""
    lock_agreement(session, version.agreement_id)
    session.refresh(version, ["state"])
    check_transition(version.state, VersionState.DRAFT)
    for sent in version.rounds:
        if sent.outcome is RoundOutcome.OPEN:
            _end(sent, RoundOutcome.WITHDRAWN, now)
            cancel(session, subject_id=sent.id, kinds=[PROPOSAL])
            _note(session, sent, "agreement_taken_back", actor, now)
    version.state = VersionState.DRAFT
    session.flush()


def lock_round(session: Session, sent: ProposalRound) -> ProposalRound:
    """Take the round for this transaction, so that two answers at once meet here and the second is told."""
    return session.scalars(
        select(ProposalRound)
        .where(ProposalRound.id == sent.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def refuse_ended(sent: ProposalRound) -> None:
    """Say why a link takes no answer any more."""
    if sent.outcome is RoundOutcome.WITHDRAWN:
        raise Refusal(N_("The agency took this proposal back. You will receive a new link with the next one."))
    if sent.outcome is RoundOutcome.ANSWERED:
        raise Refusal(
            N_("Your answer to this proposal is already recorded. The agency sends a new link with the next one.")
        )
    if sent.outcome is RoundOutcome.ACCEPTED:
        raise Refusal(N_("This agreement is already validated by both parties: nothing in it changes any more."))


def answer_round(
    session: Session,
    sent: ProposalRound,
    answers: Sequence[AnswerGiven],
    signed_name: str,
    comment: str,
    now: datetime,
) -> ProposalRound:
    """Record the signatory's answer: all lines accepted validates, anything else returns the draft to the agency."""
    sent = lock_round(session, sent)
    refuse_ended(sent)
    _check_complete(sent, answers)
    if not signed_name.strip():
        raise Invalid(N_("Write your name: the answer is given by a person."), field="signed_name")
    sent.comment = comment
    sent.answers.extend(LineAnswer(**asdict(answer)) for answer in answers)
    if all(answer.decision is Decision.ACCEPT for answer in answers):
        _accept(session, sent, signed_name, now)
    else:
        _return(session, sent, now)
    return sent


def _check_complete(sent: ProposalRound, answers: Sequence[AnswerGiven]) -> None:
    expected = [line.indicator_key for line in shared_lines(sent.version)]
    if sorted(expected) != sorted(answer.indicator_key for answer in answers):
        raise Invalid(N_("Answer every line before you send."))


def _accept(session: Session, sent: ProposalRound, signed_name: str, now: datetime) -> None:
    actor = f"{signed_name.strip()} <{sent.email}>"
    validate_version(session, sent.version, sent.agency_signatory, signed_name, actor, now)
    _end(sent, RoundOutcome.ACCEPTED, now)
    session.flush()
    _mail_sealed(session, sent, now)


def _mail_sealed(session: Session, sent: ProposalRound, now: datetime) -> None:
    _mail(session, sent, VALIDATED, sent.email, sent.language, now)
    if sent.agency_email:
        _mail(session, sent, VALIDATED, sent.agency_email, sent.version.agreement.client.language, now)


def _return(session: Session, sent: ProposalRound, now: datetime) -> None:
    check_transition(sent.version.state, VersionState.DRAFT)
    sent.version.state = VersionState.DRAFT
    _end(sent, RoundOutcome.ANSWERED, now)
    session.flush()
    if sent.agency_email:
        _mail(session, sent, ANSWERED, sent.agency_email, sent.version.agreement.client.language, now)
    _note(session, sent, "agreement_answered", f"{sent.name} <{sent.email}>", now)


def settle_answer(session: Session, answer: LineAnswer, *, is_applied: bool, actor: str, now: datetime) -> LineAnswer:
    """Apply a counter-proposal to the draft, or decline it; the next round shows the client which."""
    version = answer.round.version
    refuse_frozen(version)
    if answer.decision is Decision.ACCEPT or answer.settlement is not None or answer.round is not version.rounds[-1]:
        raise Refusal(N_("This counter-proposal is already settled."))
    line = find_line(version, answer.indicator_key)
    if is_applied and line is not None:
        if answer.decision is Decision.STRIKE:
            remove_commitment(session, line)
        else:
            change_commitment(session, line, **_proposed_terms(answer))
    answer.settlement = Settlement.APPLIED if is_applied else Settlement.DECLINED
    session.flush()
    _note(session, answer.round, f"counter_proposal_{answer.settlement.value}", actor, now)
    return answer


def _proposed_terms(answer: LineAnswer) -> Terms:
    terms = Terms()
    if answer.threshold is not None:
        terms["threshold"] = answer.threshold
    if answer.target is not None:
        terms["target"] = answer.target
    if answer.wording:
        terms["objective"] = answer.wording
    return terms


def _end(sent: ProposalRound, outcome: RoundOutcome, now: datetime) -> None:
    sent.outcome, sent.ended_at = outcome, now


def _mail(session: Session, sent: ProposalRound, kind: str, recipient: str, language: str, now: datetime) -> None:
    enqueue(
        session,
        kind=kind,
        recipient=recipient,
        language=language,
        deduplication_key=f"{kind}:{sent.id}:{recipient}"[:200],
        now=now,
        subject_id=sent.id,
        client_id=sent.version.agreement.client_id,
    )


def _note(session: Session, sent: ProposalRound, action: str, actor: str, now: datetime) -> None:
    version = sent.version
    note(session, version.agreement, action, actor, now, version=version.number, round=sent.number)


def derive_signatory_token(token_key: bytes, sent: ProposalRound) -> str:
    return derive_token(token_key, PURPOSE, sent.version_id, sent.number, sent.token_version, sent.proposed_at)


def signatory_link(public_base_url: str, token: str) -> str:
    """Write the address of the agreement's page; it starts with the configured base alone."""
    return f"{public_base_url.rstrip('/')}/a/{token}"
