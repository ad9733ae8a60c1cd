"""Who may contest, answer and approve a sheet, and until when."""

from collections.abc import Collection
from datetime import datetime, timedelta
from decimal import Decimal

from survey_app.accounts.access import names_person, same_person
from survey_app.errors import N_, Refusal

CONTEST_DAYS = 10


def contest_deadline(closed_at: datetime) -> datetime:
    """Return the end of the window in which either party may contest a line."""
    return closed_at + timedelta(days=CONTEST_DAYS)


def check_contest(closed_at: datetime, now: datetime, line: str, lines: Collection[str], *, is_contested: bool) -> None:
    """Refuse a contest that comes too late, names no line of the sheet, or says again what is already open."""
    if now >= contest_deadline(closed_at):
        raise Refusal(
            N_("The time to contest is over. Agree on a correction: it becomes a new edition with its reason.")
        )
    if line not in lines:
        raise Refusal(N_("Choose the line that you contest."), field="line")
    if is_contested:
        raise Refusal(
            N_("You already contest this line. Wait for the answer, or withdraw your objection."), field="line"
        )


def check_answer(*, is_own: bool, sets_aside: bool, closed_at: datetime, now: datetime, is_approved: bool) -> None:
    """Refuse an answer to one's own objection, and a line set aside once the amount may be due."""
    if is_own:
        raise Refusal(
            N_(
                "The other party answers this objection: the agency answers the client's, and the client answers the"
                " agency's through their link. You may withdraw your own."
            )
        )
    if sets_aside and (is_approved or now >= contest_deadline(closed_at)):
        raise Refusal(N_("The time to set a line aside is over. Answer that the figure stands."))


def check_approval(
    *,
    amount: Decimal | None,
    issued_by: str,
    launched_by: str,
    approver: str,
    closed_at: datetime,
    now: datetime,
    is_newest: bool,
    has_open_contest: bool,
    tells_all: bool,
) -> None:
    """Refuse what is no second person's approval of the newest edition after the contest window.

    What both parties settled in time counts whenever it is printed: until an edition carries it, nothing is paid.
    """
    if not is_newest:
        raise Refusal(N_("A newer edition replaces this one. Approve the newest."))
    if not amount:
        raise Refusal(N_("This sheet moves no money: it needs no approval."))
    if same_person(issued_by, approver):
        raise Refusal(N_("You issued this edition: a second person of the agency must approve it."))
    if not names_person(issued_by) and same_person(launched_by, approver):
        raise Refusal(N_("You launched this wave, which closed by itself: a second person must approve its sheet."))
    if now < contest_deadline(closed_at):
        raise Refusal(N_("Either party may still contest a line. Approve the sheet once that time is over."))
    if has_open_contest:
        raise Refusal(N_("An objection is still open. It is answered or withdrawn first, then the sheet is approved."))
    if not tells_all:
        raise Refusal(
            N_(
                "An objection was settled after this edition was issued. Issue a new edition, which carries it, then"
                " approve that one."
            )
        )
