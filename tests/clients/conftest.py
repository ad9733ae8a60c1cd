"""The cast, for the tests of the clients."""

import pytest
from sqlalchemy.orm import Session

from survey_app.clock import SettableClock
from tests.cast import Cast, assemble_cast


@pytest.fixture
def cast(session: Session, clock: SettableClock) -> Cast:
    return assemble_cast(session, clock)
