"""Gather one edition: everything that a reader could ask of a sheet, so that rendering never looks anything up."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.action_plans.models import ActionPlan
from survey_app.agreements.models import AgreementVersion, Commitment
from survey_app.bonuses.models import Bonus
from survey_app.bonuses.queries import current_bonus
from survey_app.campaigns.models import Wave
from survey_app.campaigns.queries import is_baseline
from survey_app.catalogue.content import Catalogue
from survey_app.errors import N_, Refusal
from survey_app.measurements.models import EvidenceDocument, Measurement
from survey_app.measurements.queries import documents_of_wave, facts_of_wave, read_counts
from survey_app.measurements.rules import counts_asked
from survey_app.questionnaires import Questionnaire
from survey_app.responses.models import Response
from survey_app.score_sheets.lines import describe_line, describe_mean, line_labels
from survey_app.score_sheets.models import Contest, ScoreSheet
from survey_app.score_sheets.queries import earlier_results, read_population
from survey_app.score_sheets.rules import contest_deadline
from survey_app.score_sheets.snapshot import FORMAT
from survey_app.scores.models import Score, ScoreLevel
from survey_app.scores.queries import respondent_marks, wave_scores
from survey_app.scores.rules import FACT_METHOD, LEVEL, MEAN_METHOD, MIXED_METHOD, ROLES_METHOD, SURVEY_METHOD
from survey_app.scores.service import asked_people

METHOD_VERSION = "method/1"


def gather_content(
    session: Session, sheet: ScoreSheet, number: int, catalogue: Catalogue, audit_head: str, now: datetime, reason: str
) -> dict[str, Any]:
    """Return the whole snapshot; the agency's internal lines are no part of it."""
    wave = sheet.wave
    version = wave.agreement_version
    if version is None:
        raise Refusal(N_("This wave was never launched: there is nothing to put on a sheet."))
    scores = wave_scores(session, wave)
    facts = facts_of_wave(session, wave)
    labels = {line.indicator_key: line_labels(line, catalogue) for line in version.commitments if not line.is_internal}
    return {
        "format": FORMAT,
        "reference": sheet.reference,
        "edition": number,
        "reason": reason,
        "supersedes": sheet.editions[0].sha256 if number > 1 else None,
        "issued_at": now,
        "audit_head": audit_head,
        **_parties(wave),
        "wave": _describe_wave(session, wave),
        "agreement": _describe_agreement(version),
        "questionnaire": _describe_questionnaire(wave),
        "population": read_population(session, wave),
        "receipts": sorted(session.scalars(select(Response.receipt_code).where(Response.wave_id == wave.id))),
        "lines": _describe_lines(session, wave, version, scores, catalogue, facts),
        "means": [
            describe_mean(score, version.rounding_digits) for score in scores if score.level is not ScoreLevel.INDICATOR
        ],
        "facts": _describe_facts(facts, version),
        "evidence": _describe_evidence(session, wave, set(labels)),
        "earlier": earlier_results(session, wave),
        "plans": [_describe_plan(plan, labels) for plan in _plans(session, wave) if plan.indicator_key in labels],
        "contests": [
            _describe_contest(contest, labels) for contest in sheet.contests if contest.indicator_key in labels
        ],
        "contest_until": contest_deadline(wave.closed_at or now),
        "bonus": describe_bonus(current_bonus(session, wave)),
        "method": {
            "version": METHOD_VERSION,
            "level": format(LEVEL, ".2f"),
            "survey": SURVEY_METHOD,
            "facts": FACT_METHOD,
            "mixed": MIXED_METHOD,
            "means": MEAN_METHOD,
            "roles": ROLES_METHOD,
        },
    }


def _parties(wave: Wave) -> dict[str, Any]:
    client = wave.campaign.client
    agency = client.agency
    return {
        "agency": {"name": agency.name, "address": agency.postal_address, "accent": agency.accent_colour},
        "client": {
            "key": client.key,
            "name": client.name,
            "language": client.language,
            "time_zone": client.time_zone,
        },
    }


def _describe_wave(session: Session, wave: Wave) -> dict[str, Any]:
    campaign = wave.campaign
    return {
        "title": wave.title,
        "number": wave.number,
        "campaign": campaign.title,
        "kind": campaign.kind.value,
        "mode": campaign.mode.value,
        "disclosure": campaign.disclosure.value,
        "starts_on": wave.starts_on,
        "ends_on": wave.last_day,
        "launched_at": wave.launched_at,
        "closed_at": wave.closed_at,
        "is_baseline": is_baseline(session, wave),
    }


def _describe_agreement(version: AgreementVersion) -> dict[str, Any]:
    return {
        "title": version.agreement.title,
        "version": version.number,
        "hash": version.content_hash,
        "starts_on": version.starts_on,
        "ends_on": version.ends_on,
        "validated_at": version.validated_at,
        "agency_signatory": version.agency_signatory,
        "client_signatory": version.client_signatory,
        "rounding_digits": version.rounding_digits,
    }


def _describe_questionnaire(wave: Wave) -> dict[str, Any]:
    questionnaire = Questionnaire.from_canonical(wave.definition or {})
    return {
        "key": questionnaire.key,
        "version": questionnaire.version,
        "hash": wave.definition_hash,
        "title": {"fr": questionnaire.title.fr, "en": questionnaire.title.en},
    }


def _describe_lines(
    session: Session,
    wave: Wave,
    version: AgreementVersion,
    scores: Sequence[Score],
    catalogue: Catalogue,
    facts: Sequence[Measurement],
) -> list[dict[str, Any]]:
    asked = asked_people(session, wave, version)
    questionnaire = Questionnaire.from_canonical(wave.definition or {})
    marks = respondent_marks(session, wave, questionnaire, by_role=bool(asked.role_shares))
    by_key = {score.subject_key: score for score in scores if score.level is ScoreLevel.INDICATOR}
    return [
        describe_line(
            line,
            by_key[line.indicator_key],
            marks.get(line.indicator_key, ()),
            asked,
            wave,
            catalogue,
            version.rounding_digits,
            [read_counts(row) for row in facts if row.indicator_key == line.indicator_key],
        )
        for line in version.commitments
        if not line.is_internal and line.indicator_key in by_key
    ]


def _plans(session: Session, wave: Wave) -> Sequence[ActionPlan]:
    """Return the plans that this wave opened or settled, and those still running on the same campaign."""
    return session.scalars(
        select(ActionPlan)
        .join(Wave, ActionPlan.wave_id == Wave.id)
        .where(
            Wave.campaign_id == wave.campaign_id,
            Wave.launched_at <= wave.launched_at,
            (ActionPlan.settled_by_wave_id == wave.id) | ActionPlan.verdict.is_(None) | (ActionPlan.wave_id == wave.id),
        )
        .order_by(ActionPlan.wave_id, ActionPlan.id)
    ).all()


def _describe_plan(plan: ActionPlan, labels: dict[str, dict[str, str]]) -> dict[str, Any]:
    return {
        "line": plan.indicator_key,
        "label": labels[plan.indicator_key],
        "party": plan.party.value,
        "opened_by_wave": plan.wave.number if plan.wave else None,
        "state": plan.state.value,
        "exact": plan.exact_score,
        "threshold": plan.threshold,
        "success_level": plan.success_level,
        "cause": plan.cause,
        "verdict": plan.verdict.value if plan.verdict else None,
        "verdict_reason": plan.verdict_reason,
        "settled_by_wave": plan.settled_by.number if plan.settled_by else None,
        "actions": [
            {
                "title": action.title,
                "party": action.party.value,
                "owner": action.owner,
                "due_on": action.due_on,
                "state": action.state.value,
            }
            for action in plan.actions
        ],
    }


def _describe_contest(contest: Contest, labels: dict[str, dict[str, str]]) -> dict[str, Any]:
    return {
        "line": contest.indicator_key,
        "label": labels[contest.indicator_key],
        "party": contest.party.value,
        "author": contest.author,
        "reason": contest.reason,
        "raised_at": contest.raised_at,
        "outcome": contest.outcome.value,
        "answer": contest.answer,
        "answered_by": contest.answered_by,
        "answered_at": contest.answered_at,
    }


def describe_bonus(bonus: Bonus | None) -> dict[str, Any] | None:
    if bonus is None:
        return None
    return {
        "amount": format(bonus.amount, ".2f"),
        "currency": bonus.currency,
        "is_baseline": bonus.is_baseline,
        "trace": bonus.trace,
    }


def _describe_facts(rows: Sequence[Measurement], version: AgreementVersion) -> list[dict[str, Any]]:
    """Return the validated counts that gave this wave its marks, line by line and period by period."""
    lines = {line.indicator_key: line for line in version.commitments if not line.is_internal}
    ordered = sorted(rows, key=lambda row: (row.indicator_key, row.starts_on))
    return [_describe_fact(row, lines[row.indicator_key]) for row in ordered if row.indicator_key in lines]


def _describe_fact(row: Measurement, line: Commitment) -> dict[str, Any]:
    asked = {count.key: {"fr": count.label_fr, "en": count.label_en} for count in counts_asked(line)}
    return {
        "line": row.indicator_key,
        "period": row.period_key,
        "starts_on": row.starts_on,
        "ends_on": row.ends_on,
        "counts": dict(sorted(row.counts.items())),
        "count_labels": {key: asked[key] for key in sorted(row.counts) if key in asked},
        "value": row.value,
        "validated_by": row.validated_by,
        "validated_at": row.validated_at,
        "files": sorted(file.sha256 for file in row.files),
    }


def _describe_evidence(session: Session, wave: Wave, keys: set[str]) -> list[dict[str, Any]]:
    """Return the validated documents that the contract's lines rest on, with the hashes of their files."""
    documents = documents_of_wave(session, wave)
    return [_describe_document(documents[key]) for key in sorted(documents) if key in keys]


def _describe_document(document: EvidenceDocument) -> dict[str, Any]:
    return {
        "line": document.indicator_key,
        "title": document.title,
        "owner": document.owner,
        "reviewed_on": document.reviewed_on,
        "expires_on": document.expires_on,
        "validated_at": document.validated_at,
        "tests": [
            {"tested_on": test.tested_on, "is_passed": test.is_passed, "measured": test.measured}
            for test in document.tests
        ],
        "files": sorted(file.sha256 for file in document.files),
    }
