"""What the pages of the room share: their blueprint, the words of their templates, the page of one version."""

from typing import Any

from flask import Blueprint

from survey_app.accounts.access import Permission
from survey_app.accounts.session import current_viewer
from survey_app.agreements.content import is_intact
from survey_app.agreements.forms import shown_number
from survey_app.agreements.models import Agreement, AgreementVersion, Commitment, VersionState
from survey_app.agreements.queries import baselines, get_agreement, shared_lines, validated_version
from survey_app.agreements.rules import MANY_LINES, agreement_steps, is_crowded
from survey_app.agreements.service import flagged_lines
from survey_app.agreements.vocabulary import (
    DECISIONS,
    FLAGS,
    FREQUENCIES,
    OUTCOMES,
    SETTLEMENTS,
    STATES,
    THEMES,
    Obligor,
)
from survey_app.agreements.wording import bonus_facts, line_facts, line_title, shown_term
from survey_app.catalogue.vocabulary import MEASURES, OBLIGORS
from survey_app.i18n import current_language
from survey_app.web import db_session


def parties(lines: list[dict[str, Any]]) -> list[tuple[bool, list[dict[str, Any]]]]:
    """Part the lines that the client owes from the others; a side without lines is left out."""
    sides = [(side, [line for line in lines if (line["obligor"] == "client") is side]) for side in (False, True)]
    return [(side, owed) for side, owed in sides if owed]


def template_words() -> dict[str, Any]:
    return {
        "shown_number": shown_number,
        "line_facts": line_facts,
        "line_title": line_title,
        "shown_term": shown_term,
        "parties": parties,
        "bonus_facts": bonus_facts,
    }


blueprint = Blueprint("agreements", __name__)
blueprint.context_processor(template_words)


def find_agreement(agreement_id: int) -> Agreement:
    return get_agreement(db_session(), current_viewer(), agreement_id)


def overview(version: AgreementVersion) -> dict[str, Any]:
    """Return what the template needs; nothing is computed there."""
    session = db_session()
    flags = {line.id: found for line, found in flagged_lines(session, version)}
    measured = baselines(session, version.agreement_id)
    in_force = validated_version(session, version.agreement)
    is_frozen = version.content_hash is not None
    return {
        "agreement": version.agreement,
        "client": version.agreement.client,
        "version": version,
        "groups": _by_party(version),
        "flags": flags,
        "baselines": measured,
        "in_force": in_force,
        "n_shared": len(shared_lines(version)),
        "many_lines": MANY_LINES,
        "is_crowded": is_crowded(len(version.commitments)),
        "is_intact": is_intact(version) if is_frozen else None,
        "unaccepted": [line for line in version.commitments if flags[line.id] and not line.sanction_acceptance.strip()],
        "steps": steps_of(version, has_baseline=bool(measured)),
        "may_manage": current_viewer().may(Permission.MANAGE_AGREEMENTS),
        "may_edit": version.state is VersionState.DRAFT and current_viewer().may(Permission.MANAGE_AGREEMENTS),
        "labels": _labels(version),
        "zone": version.agreement.client.time_zone,
        "words": {
            "obligors": OBLIGORS,
            "measures": MEASURES,
            "states": STATES,
            "flags": FLAGS,
            "themes": THEMES,
            "frequencies": FREQUENCIES,
            "decisions": DECISIONS,
            "outcomes": OUTCOMES,
            "settlements": SETTLEMENTS,
        },
    }


def _labels(version: AgreementVersion) -> dict[str, str]:
    """Name every line that ever stood in a round, even one struck since."""
    language = current_language()
    named = {line.indicator_key: line.label(language) for line in version.commitments}
    for sent in version.rounds:
        for line in sent.content["lines"]:
            named.setdefault(line["indicator_key"], line_title(line, language))
    return named


def steps_of(version: AgreementVersion, *, has_baseline: bool) -> list[Any]:
    lines = shared_lines(version)
    is_validated = version.state not in {VersionState.DRAFT, VersionState.PROPOSED}
    n_dated = sum(1 for line in lines if line.objective_on is not None or line.target is not None)
    return agreement_steps(n_lines=len(lines), n_dated=n_dated, is_validated=is_validated, has_baseline=has_baseline)


def _by_party(version: AgreementVersion) -> list[tuple[bool, list[Commitment]]]:
    """Part the client's own commitments from the rest: they never lower the agency's mark."""
    owed_by_client = [line for line in version.commitments if line.obligor is Obligor.CLIENT]
    others = [line for line in version.commitments if line.obligor is not Obligor.CLIENT]
    return [(is_client, lines) for is_client, lines in ((False, others), (True, owed_by_client)) if lines]
