"""Write agreements: start one, change its scheme, validate it by both parties, amend it, end it."""

import json
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from sqlalchemy.orm import Session

from survey_app.agreements.content import canonical_content, canonical_json, content_hash, plain_decimal
from survey_app.agreements.drafting import add_commitment as add_commitment
from survey_app.agreements.drafting import refuse_frozen
from survey_app.agreements.models import (
    Agreement,
    AgreementVersion,
    Baseline,
    Commitment,
    VersionState,
)
from survey_app.agreements.queries import (
    baselines,
    count_respondents,
    lock_agreement,
    open_version,
    validated_version,
)
from survey_app.agreements.rules import (
    check_acceptances,
    check_dated_targets,
    check_period,
    check_ready,
    check_transition,
    sanction_flags,
)
from survey_app.agreements.vocabulary import SanctionFlag
from survey_app.audit.service import note
from survey_app.clients.models import Client
from survey_app.errors import N_, Invalid, Refusal

UNCOPIED = frozenset({"id", "version_id"})
WHOLE = Decimal(100)


def create_agreement(
    session: Session, client: Client, title: str, starts_on: date, ends_on: date, actor: str, now: datetime
) -> AgreementVersion:
    """Start an agreement with an empty draft, its version 1."""
    check_period(starts_on, ends_on)
    if not title.strip():
        raise Invalid(N_("Give the agreement a title, for example “Service agreement 2026”."), field="title")
    agreement = Agreement(client_id=client.id, client=client, title=title.strip(), created_at=now)
    session.add(agreement)
    version = AgreementVersion(agreement=agreement, number=1, starts_on=starts_on, ends_on=ends_on, created_at=now)
    session.add(version)
    session.flush()
    note(session, version.agreement, "agreement_created", actor, now, version=version.number)
    return version


def set_period(
    session: Session, version: AgreementVersion, starts_on: date, ends_on: date, rounding_digits: int
) -> None:
    refuse_frozen(version)
    check_period(starts_on, ends_on)
    version.starts_on, version.ends_on, version.rounding_digits = starts_on, ends_on, rounding_digits
    session.flush()


def set_bonus_scheme(
    session: Session, version: AgreementVersion, scheme: dict[str, Any], actor: str, now: datetime
) -> None:
    """Write the scale of the variable pay into a draft; amounts and marks are strings, so they stay exact."""
    refuse_frozen(version)
    version.bonus_scheme = json.loads(json.dumps(scheme, default=str))
    session.flush()
    note(session, version.agreement, "bonus_scheme_set", actor, now, version=version.number)


def flagged_lines(session: Session, version: AgreementVersion) -> list[tuple[Commitment, tuple[SanctionFlag, ...]]]:
    """Return each line with what makes its money doubtful, as it stands today."""
    agreement = version.agreement
    measured = baselines(session, agreement.id)
    n_respondents = count_respondents(session, agreement.client_id)
    return [
        (line, sanction_flags(line, n_respondents=n_respondents, has_baseline=line.indicator_key in measured))
        for line in version.commitments
    ]


def refuse_unready(session: Session, version: AgreementVersion) -> None:
    """Refuse to propose or validate what binds nobody, pays without a dated target or punishes without a word."""
    check_ready(version.commitments)
    names = {line.indicator_key: line.label(version.agreement.client.language) for line in version.commitments}
    check_dated_targets(version.commitments, names, version.starts_on, version.ends_on)
    check_acceptances(flagged_lines(session, version), names)


def validate_version(
    session: Session,
    version: AgreementVersion,
    agency_signatory: str,
    client_signatory: str,
    actor: str,
    now: datetime,
) -> AgreementVersion:
    """Freeze what both parties validated: content, hash, date and names; it replaces the one in force."""
    lock_agreement(session, version.agreement_id)
    session.refresh(version, ["state"])
    check_transition(version.state, VersionState.VALIDATED)
    _check_names(agency_signatory, client_signatory)
    refuse_unready(session, version)
    previous = validated_version(session, version.agreement)
    if previous is not None:
        check_transition(previous.state, VersionState.SUPERSEDED)
        previous.state = VersionState.SUPERSEDED
        session.flush()
    version.agency_signatory, version.client_signatory = agency_signatory.strip(), client_signatory.strip()
    version.frozen_content = canonical_json(canonical_content(version))
    version.content_hash = content_hash(version.frozen_content)
    version.state, version.validated_at = VersionState.VALIDATED, now
    session.flush()
    note(
        session, version.agreement, "agreement_validated", actor, now, version=version.number, hash=version.content_hash
    )
    return version


def _check_names(agency_signatory: str, client_signatory: str) -> None:
    if not agency_signatory.strip():
        raise Invalid(N_("Write who validates for the agency."), field="agency_signatory")
    if not client_signatory.strip():
        raise Invalid(N_("Write who validates for the client."), field="client_signatory")


def amend_agreement(session: Session, agreement: Agreement, actor: str, now: datetime) -> AgreementVersion:
    """Start the next version as a copy of the one in force, which holds until both validate the new one."""
    lock_agreement(session, agreement.id)
    in_force = validated_version(session, agreement)
    if in_force is None:
        raise Refusal(N_("Only an agreement in force can be amended. Validate the first version before."))
    if open_version(session, agreement) is not None:
        raise Refusal(N_("An amendment is already under way. Finish it before you start another one."))
    version = AgreementVersion(
        agreement=agreement,
        number=agreement.versions[-1].number + 1,
        starts_on=in_force.starts_on,
        ends_on=in_force.ends_on,
        rounding_digits=in_force.rounding_digits,
        bonus_scheme=in_force.bonus_scheme,
        role_shares=in_force.role_shares,
        created_at=now,
    )
    session.add(version)
    session.flush()
    version.commitments.extend(_copy(line) for line in in_force.commitments)
    session.flush()
    note(session, version.agreement, "agreement_amended", actor, now, version=version.number)
    return version


def _copy(line: Commitment) -> Commitment:
    kept = {column.key: getattr(line, column.key) for column in Commitment.__table__.columns}
    return Commitment(**{name: value for name, value in kept.items() if name not in UNCOPIED})


def end_agreement(session: Session, version: AgreementVersion, actor: str, now: datetime) -> None:
    """End the version in force: nothing new is measured under it, and what it gave stays as it is."""
    check_transition(version.state, VersionState.ENDED)
    version.state = VersionState.ENDED
    session.flush()
    note(session, version.agreement, "agreement_ended", actor, now, version=version.number)


def record_baselines(
    session: Session,
    agreement: Agreement,
    marks: Mapping[str, Fraction | None],
    measured_on: date,
    now: datetime,
) -> int:
    """Keep the first mark of each line as its reference; a later measure never replaces it."""
    known = baselines(session, agreement.id)
    first = {key: mark for key, mark in marks.items() if mark is not None and key not in known}
    session.add_all(
        Baseline(agreement_id=agreement.id, indicator_key=key, mark=mark, measured_on=measured_on, created_at=now)
        for key, mark in first.items()
    )
    session.flush()
    return len(first)


def set_role_shares(session: Session, version: AgreementVersion, percents: Mapping[str, Decimal | None]) -> None:
    """Write the shares into a draft; with none of them people count alike."""
    refuse_frozen(version)
    given = {role: percent for role, percent in percents.items() if percent}
    if any(percent < 0 for percent in given.values()):
        raise Invalid(N_("A share cannot be negative. Leave a role empty that counts for nothing."))
    if given and (len(given) < 2 or sum(given.values()) != WHOLE):
        raise Invalid(N_("The shares of at least two roles must add up to 100. Leave all empty to count people alike."))
    shares = {role: plain_decimal(percent / WHOLE) or "0" for role, percent in given.items()}
    version.role_shares = shares or None
    session.flush()
