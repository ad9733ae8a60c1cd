"""Read sheets and editions, and what a sheet says of its wave: its population, earlier results, its receipts."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, literal, null, select, union_all
from sqlalchemy.orm import Session, joinedload

from survey_app.accounts.access import Viewer
from survey_app.agreements.models import Obligor
from survey_app.campaigns.models import Campaign, Wave, WaveState
from survey_app.campaigns.population import asked_people, read_turnout
from survey_app.campaigns.population import read_population as count_standings
from survey_app.clients.models import AddressState, Client, Contact
from survey_app.errors import N_, NotFound
from survey_app.outbox.models import OutgoingEmail
from survey_app.outbox.rules import MailState
from survey_app.responses.models import Response
from survey_app.responses.rules import clean_receipt
from survey_app.score_sheets.models import Edition, ScoreSheet
from survey_app.score_sheets.snapshot import snapshot_of
from survey_app.scores.models import Score, ScoreLevel

# The rows of the sheet, and where the people of each stand.
POPULATION_ROWS = {
    "answered": ("done",),
    "silent": ("queued", "sent", "in_doubt", "started"),
    "bounced": ("bounced",),
    "opted_out": ("opted_out",),
    "declined": ("declined",),
}
MOST_WAVES = 11


def get_sheet(session: Session, viewer: Viewer, sheet_id: int) -> ScoreSheet:
    sheet = session.get(ScoreSheet, sheet_id, options=[joinedload(ScoreSheet.wave).joinedload(Wave.campaign)])
    if sheet is None or not viewer.sees_client(sheet.wave.campaign.client_id):
        raise NotFound(N_("There is no such score sheet. Choose one from the client's page."))
    return sheet


def get_edition(sheet: ScoreSheet, number: int | None) -> Edition:
    """Return one edition of a sheet, the newest where none is named."""
    for edition in sheet.editions:
        if number is None or edition.number == number:
            return edition
    raise NotFound(N_("This sheet has no edition with that number."))


def client_sheets(session: Session, client: Client) -> Sequence[ScoreSheet]:
    """Return the client's sheets, newest wave first."""
    return session.scalars(
        select(ScoreSheet)
        .join(ScoreSheet.wave)
        .join(Wave.campaign)
        .where(Campaign.client_id == client.id)
        .order_by(Wave.closed_at.desc(), ScoreSheet.id.desc())
    ).all()


def find_sheet_by_reference(session: Session, reference: str) -> ScoreSheet | None:
    return session.scalar(select(ScoreSheet).where(ScoreSheet.reference == reference.replace("\0", "")))


def find_edition(session: Session, snapshot: Mapping[str, Any], sha256: str) -> Edition | None:
    """Return the stored edition that a file carries: the same reference, number and figures."""
    return session.scalar(
        select(Edition)
        .join(Edition.sheet)
        .where(
            ScoreSheet.reference == str(snapshot.get("reference", "")).replace("\0", ""),
            Edition.number == snapshot.get("edition", 0),
            Edition.sha256 == sha256,
        )
    )


def find_sheet_of_wave(session: Session, wave_id: int) -> ScoreSheet | None:
    return session.scalar(select(ScoreSheet).where(ScoreSheet.wave_id == wave_id))


def count_sheets(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(ScoreSheet)) or 0


def outermost_editions(session: Session) -> Sequence[Edition]:
    """Return the first edition that was sealed and the last one."""
    ends = select(func.min(Edition.id)).union(select(func.max(Edition.id)))
    return session.scalars(select(Edition).where(Edition.id.in_(ends)).order_by(Edition.id)).all()


def newest_editions(session: Session) -> Iterator[Edition]:
    """Yield the newest edition of every sheet, one at a time in memory."""
    for sheet_id in session.scalars(select(ScoreSheet.id).order_by(ScoreSheet.id)).all():
        edition = session.scalar(
            select(Edition).where(Edition.sheet_id == sheet_id).order_by(Edition.number.desc()).limit(1)
        )
        if edition is not None:
            yield edition
        session.expunge_all()


def read_population(session: Session, wave: Wave) -> dict[str, Any]:
    """Return the counts that add up to the people invited, and those left out with their reasons."""
    population, turnout = count_standings(session, wave), read_turnout(session, wave)
    return {
        "invited": population.n_invited,
        "answered": population.n_answered,
        "rows": [
            {"reason": reason, "n": sum(population.counts[name] for name in standings)}
            for reason, standings in POPULATION_ROWS.items()
        ],
        "sent": _count_sent(session, wave),
        "address_changed": turnout.n_readdressed,
        "left_out": _left_out(session, wave),
        "by_role": [{"role": role, "invited": n} for role, n in sorted(turnout.by_role.items())],
    }


def _count_sent(session: Session, wave: Wave) -> int:
    counted = (
        select(func.count())
        .select_from(OutgoingEmail)
        .where(
            OutgoingEmail.wave_id == wave.id,
            OutgoingEmail.kind == "invitation",
            OutgoingEmail.state == MailState.SENT,
        )
    )
    return session.scalar(counted) or 0


def _left_out(session: Session, wave: Wave) -> dict[str, int]:
    """Count the client's people who existed at the launch and were not asked, by reason."""
    contacts = select(
        Contact.id.label("contact_id"),
        literal(1).label("is_contact"),
        Contact.opted_out_at.is_not(None).label("has_opted_out"),
        (Contact.address_state == AddressState.DEAD).label("is_dead_address"),
        Contact.is_active,
    ).where(Contact.client_id == wave.campaign.client_id, Contact.created_at <= wave.launched_at)
    asked = asked_people([wave.id], "contact_id")
    # Laid end to end with those asked, not joined to them: see the room that counts the people.
    rows = union_all(contacts, select(asked.c.contact_id, literal(0), null(), null(), null())).cte("known")
    seen = select(rows, func.count().over(partition_by=rows.c.contact_id).label("n_rows")).cte("seen")
    facts = (seen.c.has_opted_out, seen.c.is_dead_address, seen.c.is_active)
    reasons: Counter[str] = Counter()
    for row in session.execute(
        select(*facts, func.count()).where(seen.c.is_contact == 1, seen.c.n_rows == 1).group_by(*facts)
    ):
        reasons[_reason_left_out(*row[:3])] += row[3]
    return dict(sorted(reasons.items()))


def _reason_left_out(has_opted_out: bool, is_dead_address: bool, is_active: bool) -> str:
    if has_opted_out:
        return "opted_out"
    if is_dead_address:
        return "dead_address"
    return "not_chosen" if is_active else "inactive"


def earlier_results(session: Session, wave: Wave) -> list[dict[str, Any]]:
    """Return the closed waves before this one, oldest first, with their exact scores."""
    waves = session.scalars(
        select(Wave)
        .where(
            Wave.campaign_id == wave.campaign_id,
            Wave.state == WaveState.CLOSED,
            Wave.id != wave.id,
            Wave.launched_at < wave.launched_at,
        )
        .order_by(Wave.launched_at.desc(), Wave.id.desc())
        .limit(MOST_WAVES)
    ).all()
    return [_result(session, one) for one in reversed(waves)]


def _result(session: Session, wave: Wave) -> dict[str, Any]:
    scores = session.scalars(
        select(Score)
        .where(Score.wave_id == wave.id, Score.is_internal.is_(False))
        .where((Score.level == ScoreLevel.INDICATOR) | (Score.obligor == Obligor.AGENCY))
        .order_by(Score.id)
    ).all()
    return {
        "number": wave.number,
        "title": wave.title,
        "ends_on": wave.last_day,
        "overall": next((one.exact for one in scores if one.level is ScoreLevel.OVERALL), None),
        "themes": {one.subject_key: one.exact for one in scores if one.level is ScoreLevel.THEME},
        "lines": {one.subject_key: one.exact for one in scores if one.level is ScoreLevel.INDICATOR},
    }


@dataclass(frozen=True)
class ReceiptEdition:
    """One published edition, and whether its sealed list of receipts names this one."""

    edition: Edition
    is_counted: bool
    is_current: bool


@dataclass(frozen=True)
class ReceiptTrail:
    """What one code leads to: its wave, and every edition of the wave's sheet, the newest first."""

    code: str
    wave: Wave
    sheet: ScoreSheet | None
    editions: Sequence[ReceiptEdition]

    @property
    def standing(self) -> str:
        """Name the one sentence that answers "are my answers counted?"."""
        if self.wave.state is WaveState.CANCELLED:
            return "cancelled"
        if self.wave.state is not WaveState.CLOSED:
            return "waiting"
        if not self.editions:
            return "unpublished"
        return "counted" if self.editions[0].is_counted else "missing"


def trace_receipt(session: Session, typed: str) -> ReceiptTrail | None:
    """Follow a receipt, as a person types it, to the editions that name it; an unknown code leads nowhere."""
    code = clean_receipt(typed)
    wave = (
        session.scalar(select(Wave).join(Response, Response.wave_id == Wave.id).where(Response.receipt_code == code))
        if code
        else None
    )
    if wave is None:
        return None
    sheet = find_sheet_of_wave(session, wave.id)
    editions = sheet.editions if sheet else []
    return ReceiptTrail(
        code,
        wave,
        sheet,
        [
            ReceiptEdition(edition, code in snapshot_of(edition)["receipts"], is_current=place == 0)
            for place, edition in enumerate(editions)
        ],
    )
