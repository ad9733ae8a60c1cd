"""A personal link opens the row it was made for, and no other that bears the same numbers after a restore."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest

from survey_app.accounts.models import PasswordReset
from survey_app.accounts.service import derive_reset_token
from survey_app.action_plans.models import PlanLink
from survey_app.action_plans.tokens import derive_calendar_token, derive_feedback_token, token_of
from survey_app.action_plans.vocabulary import LinkPurpose
from survey_app.agreements.models import ProposalRound
from survey_app.agreements.negotiation import derive_signatory_token
from survey_app.score_sheets.models import SheetRecipient
from survey_app.score_sheets.sending import derive_recipient_token
from survey_app.scores.models import ResultLink
from survey_app.scores.sharing import derive_results_token
from survey_app.tokens import derive_token

KEY = b"k" * 32
MADE = datetime(2026, 3, 2, 9, 0, 0, 123456, tzinfo=UTC)
LINKS: dict[str, Callable[[datetime], str]] = {
    "agreement": lambda at: derive_signatory_token(
        KEY, ProposalRound(version_id=1, number=1, token_version=1, proposed_at=at)
    ),
    "plan": lambda at: token_of(PlanLink(plan_id=1, number=1, purpose=LinkPurpose.SIGN, created_at=at), KEY),
    "what became of the answers": lambda at: derive_feedback_token(KEY, 1, at),
    "calendar": lambda at: derive_calendar_token(KEY, 1, 1, at),
    "results": lambda at: derive_results_token(KEY, ResultLink(wave_id=1, contact_id=1, token_version=1, shared_at=at)),
    "sheet": lambda at: derive_recipient_token(
        KEY, SheetRecipient(sheet_id=1, email="helene@client.test", token_version=1, sent_at=at)
    ),
    "password": lambda at: derive_reset_token(KEY, PasswordReset(id=1, requested_at=at)),
}


@pytest.mark.parametrize("link", LINKS.values(), ids=LINKS)
def test_the_next_row_of_the_same_number_has_another_link(link: Callable[[datetime], str]) -> None:
    assert link(MADE) != link(MADE + timedelta(microseconds=1))
    assert link(MADE) == link(MADE.astimezone(timezone(timedelta(hours=2)))), "the zone it is read in changes nothing"


def test_no_kind_of_link_opens_what_another_opens() -> None:
    assert len({link(MADE).removeprefix("1-") for link in LINKS.values()}) == len(LINKS)


def test_a_token_holds_256_bits_and_fits_an_address() -> None:
    token = derive_token(KEY, "invitation", 1, 1)
    assert len(token) == 43
    assert token.replace("-", "").replace("_", "").isalnum()
