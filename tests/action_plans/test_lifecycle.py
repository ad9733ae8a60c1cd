"""From the draft to the verdict: what may happen to a plan, and what is refused."""

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from survey_app.action_plans.editing import ActionText, PlanText, add_action, change_plan, set_criterion
from survey_app.action_plans.lifecycle import close_plan, finish_plan, reopen_plan, report_action, start_plan
from survey_app.action_plans.models import ActionPlan, PlanState
from survey_app.action_plans.negotiation import (
    agree_internally,
    answer_amendment,
    propose_amendment,
    return_plan,
    sign_plan,
    take_back,
)
from survey_app.action_plans.queries import Owner
from survey_app.action_plans.rules import MOVES, check_move
from survey_app.action_plans.service import cover, coverable, is_seal_intact, open_voluntary_plan, uncover
from survey_app.action_plans.vocabulary import ActionState, Outcome, Verdict
from survey_app.agreements.models import Obligor
from survey_app.errors import Invalid, Refusal
from survey_app.outbox.models import OutgoingEmail
from tests.action_plans.conftest import LEAD, PAST, TOKEN_KEY, Plans, criterion
from tests.scores.cast import REPORTING, RESPONSIVENESS, START

NOW = START + PAST


def kinds_sent(session: Session) -> list[tuple[str, str]]:
    rows = session.execute(select(OutgoingEmail.kind, OutgoingEmail.recipient).order_by(OutgoingEmail.id))
    return [(row.kind, row.recipient) for row in rows]


def test_a_plan_goes_from_draft_to_closed_and_each_step_stays(plans: Plans, breach: ActionPlan) -> None:
    plans.agree(breach)
    plans.do(breach)
    plans.wave(2, {RESPONSIVENESS: [8, 8, 9, 9], REPORTING: [8, 8, 9, 9]})
    assert (breach.state, breach.verdict) == (PlanState.SETTLED, Verdict.EFFECTIVE)
    close_plan(plans.session, breach, "", LEAD, NOW)
    assert [step.state.value for step in breach.steps] == [
        "drafted",
        "proposed",
        "agreed",
        "under_way",
        "done",
        "settled",
        "closed",
    ]


def test_signing_seals_the_criterion_and_tells_the_owners_and_both_parties(plans: Plans, breach: ActionPlan) -> None:
    plans.agree(breach)
    assert breach.seal is not None
    assert is_seal_intact(breach)
    assert kinds_sent(plans.session) == [
        ("plan_proposal", "valrose0@client.test"),
        ("plan_assigned", "camille@agence.test"),
        ("plan_agreed", "valrose0@client.test"),
        ("plan_agreed", "camille@agence.test"),
    ]


def test_a_plan_without_cause_or_action_is_not_proposed(plans: Plans, breach: ActionPlan) -> None:
    plans.survey.contacts[0].is_signatory = True
    with pytest.raises(Refusal, match="what went wrong"):
        plans.propose(breach)
    change_plan(plans.session, breach, PlanText("Trop tard", cause="Seul"), 1, LEAD, NOW)
    with pytest.raises(Refusal, match="at least one action"):
        plans.propose(breach)


def test_the_client_returns_a_plan_part_by_part(plans: Plans, breach: ActionPlan) -> None:
    action = plans.write(breach)
    proposal = plans.propose(breach)
    returned = return_plan(plans.session, proposal.link, {f"action:{action.id}": "Avant mai"}, "", "Hélène", NOW)
    assert returned.remarks == {f"action:{action.id}": "Avant mai"}
    assert breach.state is PlanState.DRAFTED
    again = plans.propose(breach)
    assert again.number == 2
    assert again.link is proposal.link


def test_a_return_without_a_word_is_refused(plans: Plans, breach: ActionPlan) -> None:
    plans.write(breach)
    proposal = plans.propose(breach)
    with pytest.raises(Invalid, match="what you would change"):
        return_plan(plans.session, proposal.link, {"cause": "  "}, "", "Hélène", NOW)


def test_a_plan_with_the_client_does_not_change(plans: Plans, breach: ActionPlan) -> None:
    plans.write(breach)
    plans.propose(breach)
    with pytest.raises(Refusal, match="Take the proposal back"):
        change_plan(plans.session, breach, PlanText("Autre"), breach.version, LEAD, NOW)


def test_a_proposal_taken_back_cannot_be_signed(plans: Plans, breach: ActionPlan) -> None:
    plans.write(breach)
    proposal = plans.propose(breach)
    take_back(plans.session, breach, LEAD, NOW)
    with pytest.raises(Refusal, match="Nothing in this plan waits"):
        sign_plan(plans.session, proposal.link, "Hélène", TOKEN_KEY, NOW)
    assert breach.state is PlanState.DRAFTED


@pytest.mark.parametrize("cost", [Decimal(1200), Decimal("1E+3"), Decimal("0.5")])
def test_what_was_proposed_reads_the_same_once_stored(plans: Plans, breach: ActionPlan, cost: Decimal) -> None:
    plans.write(breach).cost = cost
    proposal = plans.propose(breach)
    plans.session.expire_all()
    sign_plan(plans.session, proposal.link, "Hélène", TOKEN_KEY, NOW)
    assert proposal.outcome is Outcome.AGREED


def test_it_is_signed_once(plans: Plans, breach: ActionPlan) -> None:
    plans.write(breach)
    proposal = plans.propose(breach)
    sign_plan(plans.session, proposal.link, "Hélène", TOKEN_KEY, NOW)
    with pytest.raises(Refusal):
        sign_plan(plans.session, proposal.link, "Hélène", TOKEN_KEY, NOW)


def test_work_does_not_start_before_both_have_agreed(plans: Plans, breach: ActionPlan) -> None:
    plans.write(breach)
    with pytest.raises(Refusal, match="both parties"):
        start_plan(plans.session, breach, LEAD, NOW)


def test_the_database_refuses_work_without_a_seal(plans: Plans, breach: ActionPlan) -> None:
    breach.state = PlanState.UNDER_WAY
    with pytest.raises(IntegrityError):
        plans.session.flush()


def test_a_sealed_criterion_does_not_change(plans: Plans, breach: ActionPlan) -> None:
    plans.agree(breach)
    with pytest.raises(Refusal, match="sealed before work started"):
        set_criterion(plans.session, breach, criterion(breach, Decimal(8)), breach.version, LEAD, NOW)


def test_an_amendment_is_in_force_once_both_have_agreed(plans: Plans, breach: ActionPlan) -> None:
    plans.agree(breach)
    seal = breach.seal
    amendment = propose_amendment(plans.session, breach, criterion(breach, Decimal("7.5")), "Congés", LEAD, NOW)
    assert (breach.success_level, breach.seal) == (Decimal(7), seal)
    answer_amendment(plans.session, amendment, is_agreed=True, name="Hélène Martin", now=NOW)
    assert (breach.success_level, breach.judging_wave_number, breach.min_respondents) == (Decimal("7.5"), 3, 2)
    assert breach.seal != seal
    assert is_seal_intact(breach)
    assert (amendment.old_level, amendment.outcome, amendment.answered_by) == (
        Decimal(7),
        Outcome.AGREED,
        "Hélène Martin",
    )


def test_an_amendment_that_the_client_refuses_leaves_the_seal(plans: Plans, breach: ActionPlan) -> None:
    plans.agree(breach)
    amendment = propose_amendment(plans.session, breach, criterion(breach, Decimal(9)), "Ambition", LEAD, NOW)
    answer_amendment(plans.session, amendment, is_agreed=False, name="Hélène Martin", now=NOW)
    assert breach.success_level == 7
    with pytest.raises(Refusal, match="already has its answer"):
        answer_amendment(plans.session, amendment, is_agreed=True, name="Hélène Martin", now=NOW)


def test_an_amendment_under_the_threshold_is_refused(plans: Plans, breach: ActionPlan) -> None:
    plans.agree(breach)
    with pytest.raises(Invalid, match="threshold at least"):
        propose_amendment(plans.session, breach, criterion(breach, Decimal("6.9")), "Trop dur", LEAD, NOW)


def test_no_amendment_once_the_judging_wave_is_open(plans: Plans, breach: ActionPlan) -> None:
    plans.agree(breach)
    plans.survey.open_wave(4, number=2)
    with pytest.raises(Refusal, match="already open"):
        propose_amendment(plans.session, breach, criterion(breach, Decimal(8)), "Trop tard", LEAD, NOW)


def test_a_criterion_changed_behind_the_seal_proves_nothing(plans: Plans, breach: ActionPlan) -> None:
    breach.success_level = Decimal(9)
    plans.agree(breach)
    plans.do(breach)
    breach.success_level = Decimal("7.5")
    plans.wave(2, {RESPONSIVENESS: [8, 8, 8, 8], REPORTING: [8, 8, 9, 9]})
    assert breach.verdict is Verdict.CANNOT_TELL
    assert breach.verdict_reason == "The criterion is no longer the one that was sealed."


def test_an_action_ends_with_its_proof(plans: Plans, breach: ActionPlan) -> None:
    plans.agree(breach)
    action = breach.actions[0]
    with pytest.raises(Invalid, match="where the proof is"):
        report_action(plans.session, action, ActionState.DONE, "  ", action.version, LEAD, NOW)


def test_a_plan_is_not_done_or_closed_without_evidence(plans: Plans, breach: ActionPlan) -> None:
    plans.agree(breach)
    start_plan(plans.session, breach, LEAD, NOW)
    with pytest.raises(Refusal, match="has no proof yet"):
        finish_plan(plans.session, breach, LEAD, NOW)
    plans.wave(2, {RESPONSIVENESS: [8, 8, 9, 9], REPORTING: [8, 8, 9, 9]})
    with pytest.raises(Refusal, match="has no proof yet"):
        close_plan(plans.session, breach, "", LEAD, NOW)


def test_a_done_plan_that_no_wave_will_judge_closes_with_its_reason(plans: Plans, breach: ActionPlan) -> None:
    plans.agree(breach)
    plans.do(breach)
    with pytest.raises(Invalid, match="why none will"):
        close_plan(plans.session, breach, "", LEAD, NOW)
    close_plan(plans.session, breach, "La campagne s’arrête.", LEAD, NOW)
    assert breach.steps[-1].note == "La campagne s’arrête."


def test_a_plan_that_never_started_is_not_credited_with_the_mark(plans: Plans, breach: ActionPlan) -> None:
    plans.wave(2, {RESPONSIVENESS: [9, 9, 9, 9], REPORTING: [8, 8, 9, 9]})
    assert breach.verdict is Verdict.CANNOT_TELL
    assert "had not started" in breach.verdict_reason


def test_a_verdict_ends_a_proposal_that_waits(plans: Plans, breach: ActionPlan) -> None:
    plans.write(breach)
    proposal = plans.propose(breach)
    plans.wave(2, {RESPONSIVENESS: [6, 6, 6, 6], REPORTING: [8, 8, 9, 9]})
    assert (breach.state, proposal.outcome) == (PlanState.SETTLED, Outcome.WITHDRAWN)


def test_a_reopened_plan_keeps_its_history_and_takes_over_the_new_breach(plans: Plans, breach: ActionPlan) -> None:
    plans.agree(breach)
    plans.do(breach)
    (fresh,) = plans.wave(2, {RESPONSIVENESS: [6, 6, 6, 6], REPORTING: [8, 8, 9, 9]})
    with pytest.raises(Invalid, match="why the plan is reopened"):
        reopen_plan(plans.session, breach, " ", LEAD, NOW)
    reopen_plan(plans.session, breach, "Il faut un second relais.", LEAD, NOW)
    assert (breach.state, breach.verdict, breach.seal, breach.judging_wave_number) == (PlanState.DRAFTED, None, None, 3)
    assert fresh.leader is breach
    assert [step.verdict for step in breach.steps if step.verdict] == [Verdict.NOT_EFFECTIVE]


def test_one_plan_covers_several_lines_and_each_has_its_verdict(plans: Plans) -> None:
    first, second = plans.wave(1, {RESPONSIVENESS: [6, 6, 5, 7], REPORTING: [5, 6, 6, 6]})
    assert [plan.id for plan in coverable(plans.session, first)] == [second.id]
    cover(plans.session, first, [second.id], LEAD, NOW)
    plans.agree(first)
    assert (second.state, second.seal is None) == (PlanState.AGREED, False)
    plans.do(first)
    plans.wave(2, {RESPONSIVENESS: [8, 8, 9, 9], REPORTING: [5, 6, 6, 6]})
    assert (first.verdict, second.verdict) == (Verdict.EFFECTIVE, Verdict.NOT_EFFECTIVE)
    seal = first.seal
    reopen_plan(plans.session, second, "Encore trop bas.", LEAD, NOW)
    assert (second.leader, second.state) == (None, PlanState.DRAFTED), "what failed goes on by itself"
    assert (first.seal, first.verdict) == (seal, Verdict.EFFECTIVE)


def test_a_covered_line_can_have_its_own_plan_back(plans: Plans) -> None:
    first, second = plans.wave(1, {RESPONSIVENESS: [6, 6, 5, 7], REPORTING: [5, 6, 6, 6]})
    cover(plans.session, first, [second.id], LEAD, NOW)
    with pytest.raises(Refusal, match="handled in another plan"):
        plans.propose(second)
    uncover(plans.session, second, LEAD, NOW)
    assert second.leader is None


def test_a_voluntary_plan_needs_no_breach_and_may_cover_several_lines(plans: Plans) -> None:
    plans.wave(1, {RESPONSIVENESS: [8, 8, 8, 8], REPORTING: [9, 9, 9, 9]})
    plan = open_voluntary_plan(plans.session, plans.survey.campaign, [RESPONSIVENESS, REPORTING], LEAD, NOW)
    assert [line.indicator_key for line in plan.lines] == [RESPONSIVENESS, REPORTING]
    assert (plan.is_breach, plan.exact_score, plan.judging_wave_number) == (False, Fraction(8), 2)
    with pytest.raises(Invalid, match="at least one line"):
        open_voluntary_plan(plans.session, plans.survey.campaign, ["unknown"], LEAD, NOW)


def test_an_internal_line_is_agreed_within_the_agency_and_never_proposed(plans: Plans) -> None:
    plans.survey.promise("service_daily_rigour", is_internal=True)
    _, internal = plans.wave(
        1, {RESPONSIVENESS: [6, 6, 5, 7], REPORTING: [8, 8, 9, 9], "service_daily_rigour": [3, 3, 3, 3]}
    )
    assert internal.is_internal
    plans.write(internal)
    with pytest.raises(Refusal, match="the client never sees it"):
        plans.propose(internal)
    agree_internally(plans.session, internal, TOKEN_KEY, LEAD, NOW)
    assert internal.state is PlanState.AGREED


def test_a_client_line_opens_a_plan_that_binds_the_client(plans: Plans) -> None:
    plans.survey.promise("service_daily_rigour", obligor="client")
    opened = plans.wave(
        1, {RESPONSIVENESS: [8, 8, 8, 8], REPORTING: [8, 8, 9, 9], "service_daily_rigour": [4, 4, 4, 4]}
    )
    assert [(plan.indicator_key, plan.party) for plan in opened] == [("service_daily_rigour", Obligor.CLIENT)]


def test_what_is_not_declared_is_refused() -> None:
    for state in PlanState:
        for to in PlanState:
            if to not in MOVES[state]:
                with pytest.raises(Refusal):
                    check_move(state, to)


def test_an_action_due_before_it_starts_is_refused(plans: Plans, breach: ActionPlan) -> None:
    start = NOW.date()
    text = ActionText("Trop tôt", Obligor.AGENCY, Owner("Ana"), start - timedelta(days=1), start)
    with pytest.raises(Invalid, match="end before it starts") as refused:
        add_action(plans.session, breach, text, LEAD, NOW)
    assert refused.value.field == "due_on"
