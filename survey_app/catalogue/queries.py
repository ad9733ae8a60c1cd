"""Read the catalogue as one agency sees it: the 45 indicators and its own."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.catalogue.content import Catalogue, Indicator, load_catalogue, read_named
from survey_app.catalogue.models import OwnIndicator
from survey_app.errors import N_, NotFound

OWN_REFERENCE = "+"


def own_indicators(session: Session, agency_id: int | None = None) -> Sequence[OwnIndicator]:
    """Return an agency's own indicators, or everyone's."""
    query = select(OwnIndicator).order_by(OwnIndicator.label_en)
    return session.scalars(query if agency_id is None else query.where(OwnIndicator.agency_id == agency_id)).all()


def get_own_indicator(session: Session, agency_id: int, key: str) -> OwnIndicator:
    found = session.scalar(select(OwnIndicator).where(OwnIndicator.agency_id == agency_id, OwnIndicator.key == key))
    if found is None:
        raise NotFound(N_("There is no such indicator. Choose one from the catalogue."))
    return found


def agency_catalogue(session: Session, agency_id: int | None) -> Catalogue:
    """Return the 45 indicators followed by the agency's own."""
    own = own_indicators(session, agency_id)
    return Catalogue((*load_catalogue().values(), *(as_indicator(row) for row in own)))


def get_indicator(session: Session, agency_id: int, key: str) -> Indicator:
    known = load_catalogue()
    return known[key] if key in known else as_indicator(get_own_indicator(session, agency_id, key))


def label(session: Session, agency_id: int | None, key: str, language: str) -> str:
    """Name an indicator, the catalogue's or the agency's own: the one way from a key to words."""
    known = load_catalogue()
    return known.label(key, language) if key in known else agency_catalogue(session, agency_id).label(key, language)


def as_indicator(row: OwnIndicator) -> Indicator:
    texts: dict[str, Any] = {
        name: getattr(row, name)
        for name in (
            "key",
            "theme",
            "label_fr",
            "label_en",
            "purpose_fr",
            "purpose_en",
            "measure",
            "occasion",
            "obligor",
            "unit",
            "direction",
            "expression",
        )
    }
    return Indicator(
        **texts,
        reference=OWN_REFERENCE,
        formula=row.expression,
        printed_target=None,
        note="",
        counts=read_named(list(row.counts)),
    )
