"""The documents that a contract's lines rest on, in sentences."""

from collections.abc import Iterator
from typing import Any

from survey_app.errors import N_
from survey_app.score_sheets.wording import Words


def explain_document(document: dict[str, Any], say: Words) -> Iterator[str]:
    """Tell how a document stood when the sheet was sealed: its review, its end, its last test."""
    named = {"title": document["title"], "owner": document["owner"], "day": say.day(document["reviewed_on"])}
    if document["expires_on"] is None:
        yield say(N_("Document “%(title)s”, kept by %(owner)s, reviewed on %(day)s."), **named)
    else:
        yield say(
            N_("Document “%(title)s”, kept by %(owner)s, reviewed on %(day)s, in force until %(end)s."),
            end=say.day(document["expires_on"]),
            **named,
        )
    if document["tests"]:
        last = max(document["tests"], key=lambda test: str(test["tested_on"]))
        told = N_("Its test of %(day)s passed.") if last["is_passed"] else N_("Its test of %(day)s failed.")
        yield say(told, day=say.day(last["tested_on"]))
