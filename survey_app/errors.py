"""What the product refuses to do, in sentences that say what to do next."""

from typing import Protocol, runtime_checkable


def N_(text: str) -> str:
    """Mark a sentence for translation where the language of the reader is not known yet."""
    return text


@runtime_checkable
class Spoken(Protocol):
    """What people call otherwise in each language: a period, a text."""

    def in_language(self, language: str) -> str: ...


class Refusal(Exception):
    """A request that the rules do not allow; the whole transaction is undone.

    Its values are put into the sentence; a `Spoken` one or a day as the reader's language writes it.
    """

    status = 409

    def __init__(self, message: str, *, field: str | None = None, **values: object) -> None:
        self.message = message
        self.field = field
        self.values = values
        super().__init__(message % values if values else message)


class Invalid(Refusal):
    """Input that cannot be read as what was asked."""

    status = 400


class NotFound(Refusal):
    """Something that does not exist, or that the reader may not know exists."""

    status = 404
