"""What a setting may hold is told at the start, not at each mail."""

import pytest
from pydantic import ValidationError

from survey_app.settings import Settings


@pytest.mark.parametrize("name", ["mail_sender", "bounce_address"])
@pytest.mark.parametrize(
    "value",
    [
        "Agence <enquete@agence.fr>",
        "a@agence.fr, b@agence.fr",
        "enquete",
        "é@agence.fr",
        "a@agence.fr\r\nRCPT TO:<b@agence.fr>",
    ],
)
def test_an_address_setting_takes_one_bare_address(name: str, value: str) -> None:
    with pytest.raises(ValidationError, match="one bare mail address, such as"):
        Settings(environment="test", **{name: value})  # type: ignore[arg-type]


@pytest.mark.parametrize("value", ["enquete@agence.fr", "e.nquete+nps@xn--agnce-esa.fr", ""])
def test_a_bare_bounce_address_is_taken(value: str) -> None:
    assert Settings(environment="test", bounce_address=value).bounce_address == value


def test_mails_come_from_somewhere() -> None:
    with pytest.raises(ValidationError, match="one bare mail address, such as"):
        Settings(environment="test", mail_sender="")
