"""The part of each role in a survey score: fixed by the agreement, whoever answers."""

from collections.abc import Mapping
from decimal import Decimal

from sqlalchemy.orm import Session

from survey_app.agreements.content import plain_decimal
from survey_app.agreements.drafting import refuse_frozen
from survey_app.agreements.models import AgreementVersion
from survey_app.errors import N_, Invalid

WHOLE = Decimal(100)


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
