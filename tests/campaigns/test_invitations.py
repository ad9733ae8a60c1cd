"""The personal link: derived, unguessable, and known to the database by its hash alone."""

from hypothesis import given
from hypothesis import strategies as st

from survey_app.campaigns.invitations import derive_token, personal_link
from survey_app.tokens import hash_token

KEY = b"k" * 32


@given(st.integers(1, 2**40), st.integers(1, 50), st.integers(1, 2**40), st.integers(1, 50))
def test_each_invitation_and_version_has_a_token_of_its_own(one: int, version: int, other: int, later: int) -> None:
    same = (one, version) == (other, later)
    assert (derive_token(KEY, one, version) == derive_token(KEY, other, later)) is same


def test_a_token_holds_256_bits_and_fits_an_address() -> None:
    token = derive_token(KEY, 1, 1)
    assert len(token) == 43
    assert token.replace("-", "").replace("_", "").isalnum()


def test_another_key_makes_another_token() -> None:
    assert derive_token(KEY, 1, 1) != derive_token(b"x" * 32, 1, 1)


def test_the_link_starts_with_the_base_address() -> None:
    assert personal_link("https://survey.example.com/", "abc") == "https://survey.example.com/r/abc"


def test_any_text_can_be_hashed() -> None:
    assert len(hash_token("\udcff é")) == 64
