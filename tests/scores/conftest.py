"""A client's survey in the database, built mark by mark, for every test about scores."""

import pytest
from sqlalchemy.orm import Session

from tests.scores.cast import Survey


@pytest.fixture
def survey(session: Session) -> Survey:
    return Survey.set_up(session)


@pytest.fixture
def survey_of_three(session: Session) -> Survey:
    """A survey whose questionnaire asks three questions on the agency's responsiveness."""
    return Survey.set_up(session, questionnaire="annual_review")
