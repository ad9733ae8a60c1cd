"""Issue a sheet as a frozen, signed edition; contest a line, answer, correct, and approve what remains."""

import base64
import hashlib
import hmac
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.audit.queries import entries_about
from survey_app.audit.service import note, seal_entries
from survey_app.bonuses.service import compute_bonus
from survey_app.campaigns.models import Wave, WaveState
from survey_app.catalogue.content import Catalogue
from survey_app.errors import N_, Invalid, NotFound, Refusal
from survey_app.score_sheets.content import gather_content
from survey_app.score_sheets.models import (
    MAX_CONTEST,
    Approval,
    Contest,
    ContestOutcome,
    Edition,
    Party,
    ScoreSheet,
)
from survey_app.score_sheets.rules import check_answer, check_approval, check_contest
from survey_app.score_sheets.signing import sign
from survey_app.score_sheets.snapshot import canonical_json, digest, plain, snapshot_of
from survey_app.scores.queries import wave_scores
from survey_app.validation import clean_text

REFERENCE_BYTES = 5


def issue_sheet(
    session: Session,
    wave: Wave,
    catalogue: Catalogue,
    signing_key: bytes,
    actor: str,
    now: datetime,
    reason: str = "",
) -> Edition:
    """Freeze the wave's result as the next edition of its sheet; a correction says why it is one."""
    if wave.state is not WaveState.CLOSED:
        raise Refusal(N_("Only a closed wave has a score sheet. Close the wave first."))
    if wave.erased_at is not None:
        raise Refusal(
            N_("The answers behind this sheet were erased, as people were promised. Its last edition stands.")
        )
    sheet = _find_or_start_sheet(session, wave, signing_key)
    number = len(sheet.editions) + 1
    if number > 1 and not reason.strip():
        raise Invalid(N_("Write why this new edition replaces the one before."), field="reason")
    note_deed(session, sheet, "sheet_issued", actor, now, edition=number)
    head = seal_entries(session)
    snapshot = canonical_json(gather_content(session, sheet, number, catalogue, head, now, reason.strip()))
    edition = Edition(
        sheet=sheet,
        number=number,
        snapshot=snapshot,
        sha256=digest(snapshot),
        signature=sign(signing_key, snapshot.encode()),
        reason=reason.strip(),
        issued_by=actor,
        issued_at=now,
    )
    session.add(edition)
    session.flush()
    session.expire(sheet, ["editions"])
    return edition


def _find_or_start_sheet(session: Session, wave: Wave, signing_key: bytes) -> ScoreSheet:
    # Two editions at once meet at the wave's row, and the second is numbered after the first.
    session.execute(select(Wave.id).where(Wave.id == wave.id).with_for_update())
    sheet = session.scalar(select(ScoreSheet).where(ScoreSheet.wave_id == wave.id))
    if sheet is None:
        sheet = ScoreSheet(wave=wave, reference=_derive_reference(wave, signing_key))
        session.add(sheet)
        session.flush()
    return sheet


def _derive_reference(wave: Wave, signing_key: bytes) -> str:
    """Derive a reference that people can read aloud and nobody can guess from another one."""
    campaign = wave.campaign
    version = wave.agreement_version
    identity = "|".join(
        str(part)
        for part in (
            campaign.client.key,
            campaign.title,
            wave.number,
            wave.definition_hash,
            version and version.content_hash,
            wave.launched_at and int(wave.launched_at.timestamp()),
            campaign.id,
            wave.id,
        )
    )
    drawn = hmac.new(signing_key, f"score-sheet:{identity}".encode(), hashlib.sha256).digest()[:REFERENCE_BYTES]
    year = wave.last_day.year
    return f"FS-{year}-{base64.b32encode(drawn).decode()}"


def raise_contest(
    session: Session, sheet: ScoreSheet, line: str, party: Party, author: str, reason: str, actor: str, now: datetime
) -> Contest:
    """Note one party's objection to one line, with its reason."""
    snapshot = snapshot_of(sheet.editions[0])
    is_contested = any(
        one.indicator_key == line and one.party is party and one.outcome is ContestOutcome.OPEN
        for one in sheet.contests
    )
    check_contest(
        sheet.wave.closed_at or now, now, line, {one["key"] for one in snapshot["lines"]}, is_contested=is_contested
    )
    contest = Contest(
        sheet=sheet,
        indicator_key=line,
        party=party,
        author=author,
        reason=_clean(reason, "reason"),
        raised_at=now,
        outcome=ContestOutcome.OPEN,
    )
    session.add(contest)
    session.flush()
    note_deed(session, sheet, "line_contested", actor, now, line=line, party=party.value)
    return contest


def answer_contest(
    session: Session, contest: Contest, by: Party, outcome: ContestOutcome, answer: str, actor: str, now: datetime
) -> None:
    """Let the other party answer an objection, once: the figure stands, or both set the line aside."""
    _check_open(session, contest)
    if outcome not in (ContestOutcome.STANDS, ContestOutcome.SET_ASIDE):
        raise Invalid(N_("Choose whether the figure stands or the line is set aside."), field="outcome")
    check_answer(
        is_own=contest.party is by,
        sets_aside=outcome is ContestOutcome.SET_ASIDE,
        closed_at=contest.sheet.wave.closed_at or now,
        now=now,
        is_approved=contest.sheet.editions[0].approval is not None,
    )
    contest.outcome, contest.answer = outcome, _clean(answer, "answer")
    contest.answered_by, contest.answered_at = actor, now
    session.flush()
    details = {"line": contest.indicator_key, "outcome": outcome.value, "party": by.value}
    note_deed(session, contest.sheet, "contest_answered", actor, now, **details)


def withdraw_contest(session: Session, contest: Contest, by: Party, actor: str, now: datetime) -> None:
    """Take back one's own objection while it is open."""
    _check_open(session, contest)
    if contest.party is not by:
        raise Refusal(N_("This objection is the other party's. Answer it."))
    contest.outcome, contest.answered_by, contest.answered_at = ContestOutcome.WITHDRAWN, actor, now
    session.flush()
    line = contest.indicator_key
    note_deed(session, contest.sheet, "contest_withdrawn", actor, now, line=line, party=by.value)


def _check_open(session: Session, contest: Contest) -> None:
    """Refuse what is settled already, also by somebody who was faster."""
    session.refresh(contest, with_for_update=True)
    if contest.outcome is not ContestOutcome.OPEN:
        raise Refusal(N_("This objection is already answered. A correction is a new edition with its reason."))


def correct_sheet(
    session: Session,
    sheet: ScoreSheet,
    catalogue: Catalogue,
    signing_key: bytes,
    reason: str,
    actor: str,
    now: datetime,
) -> Edition:
    """Issue a new edition: lines set aside pay as not measurable, and the old edition stays as it was.

    A line is set aside within the window or not at all; the edition that carries it may come later.
    """
    if not reason.strip():
        raise Invalid(N_("Write why this new edition replaces the one before."), field="reason")
    _lock(session, sheet)
    set_aside = {one.indicator_key for one in sheet.contests if one.outcome is ContestOutcome.SET_ASIDE}
    compute_bonus(session, sheet.wave, wave_scores(session, sheet.wave), actor, now, set_aside)
    return issue_sheet(session, sheet.wave, catalogue, signing_key, actor, now, _clean(reason, "reason"))


def approve_sheet(session: Session, sheet: ScoreSheet, sha256: str, approver: str, now: datetime) -> Approval:
    """Let a second person say that the edition they read may be paid; said twice it stays said once."""
    _lock(session, sheet)
    edition = sheet.editions[0]
    if edition.approval is not None and edition.sha256 == sha256:
        return edition.approval
    _check_approval(session, sheet, sha256, approver, now)
    approval = Approval(edition=edition, approved_by=approver, approved_at=now)
    session.add(approval)
    session.flush()
    note_deed(session, sheet, "sheet_approved", approver, now, edition=edition.number, sha256=edition.sha256)
    return approval


def why_not_approve(session: Session, sheet: ScoreSheet, approver: str, now: datetime) -> Refusal | None:
    """Return what a person who asks to approve the newest edition would be told, None where they may."""
    try:
        _check_approval(session, sheet, sheet.editions[0].sha256, approver, now)
    except Refusal as refusal:
        return refusal
    return None


def _check_approval(session: Session, sheet: ScoreSheet, sha256: str, approver: str, now: datetime) -> None:
    edition = sheet.editions[0]
    bonus = snapshot_of(edition)["bonus"]
    check_approval(
        amount=Decimal(bonus["amount"]) if bonus else None,
        issued_by=edition.issued_by,
        launched_by=_launched_by(session, sheet.wave),
        approver=approver,
        closed_at=sheet.wave.closed_at or now,
        now=now,
        is_newest=edition.sha256 == sha256,
        has_open_contest=any(one.outcome is ContestOutcome.OPEN for one in sheet.contests),
        tells_all=not untold_contests(sheet),
    )


def untold_contests(sheet: ScoreSheet) -> list[Contest]:
    """Return the objections of which the newest edition does not say what became of them."""
    printed = snapshot_of(sheet.editions[0])["contests"]
    told = {(one["line"], one["party"], one["raised_at"], one["outcome"]) for one in printed}
    known = {one[:3] for one in told}
    return [
        one
        for one in sheet.contests
        if (*_identity(one), one.outcome.value) not in told
        and (one.outcome is not ContestOutcome.WITHDRAWN or _identity(one) in known)
    ]


def _identity(contest: Contest) -> tuple[str, str, str]:
    return contest.indicator_key, contest.party.value, plain(contest.raised_at)


def _lock(session: Session, sheet: ScoreSheet) -> None:
    """Let a new edition and an approval wait for one another, and read what the other one wrote."""
    session.execute(select(Wave.id).where(Wave.id == sheet.wave_id).with_for_update())
    session.expire(sheet, ["editions", "contests"])


def _launched_by(session: Session, wave: Wave) -> str:
    launches = [one.actor for one in entries_about(session, "wave", wave.id) if one.action == "wave_launched"]
    return launches[-1] if launches else ""


def read_outcome(asked: str) -> ContestOutcome:
    """Read what a form's button says; anything else answers nothing."""
    return ContestOutcome(asked) if asked in set(ContestOutcome) else ContestOutcome.OPEN


def get_contest(sheet: ScoreSheet, contest_id: int) -> Contest:
    for contest in sheet.contests:
        if contest.id == contest_id:
            return contest
    raise NotFound(N_("There is no such objection on this sheet."))


def _clean(text: str, field: str) -> str:
    try:
        cleaned = clean_text(text, MAX_CONTEST)
    except Invalid as refusal:
        raise Invalid(refusal.message, field=field, **refusal.values) from None
    if not cleaned:
        raise Invalid(N_("Write the reason: the other party will read it on the sheet."), field=field)
    return cleaned


def note_deed(session: Session, sheet: ScoreSheet, action: str, actor: str, now: datetime, **details: object) -> None:
    """Enter in the audit log what somebody did with a sheet."""
    note(session, sheet, action, actor, now, reference=sheet.reference, **details)
