"""What asks for a person, decided from counts alone."""

from dataclasses import dataclass

from survey_app.errors import N_


@dataclass(frozen=True)
class Need:
    """What is asked of a person, and the client's page where they do it."""

    sentence: str
    endpoint: str


# In the order of the loop, from the agreement to the plans.
NO_CONTACT = Need(N_("Nobody to ask yet: add contacts"), "clients.show")
NO_AGREEMENT = Need(N_("No agreement in force: build one and have it accepted"), "agreements.index")
LATE_WAVE = Need(N_("A wave is past its deadline: close it"), "campaigns.index")
UNAPPROVED_SHEET = Need(N_("A score sheet that moves money waits for a second person"), "score_sheets.index")
DRAFTED_PLANS = Need(N_("Improvement plans are to be prepared and proposed"), "action_plans.index")
OVERDUE_ACTIONS = Need(N_("Actions of a plan are overdue"), "action_plans.index")


@dataclass(frozen=True)
class Standing:
    """Where one client stands, in counts."""

    n_contacts: int
    has_agreement: bool
    n_late_waves: int
    n_overdue_actions: int
    n_unapproved_sheets: int = 0
    n_drafted_plans: int = 0


def find_needs(standing: Standing) -> list[Need]:
    """Return what needs attention, the first step of the loop first."""
    found = (
        (standing.n_contacts == 0, NO_CONTACT),
        (not standing.has_agreement, NO_AGREEMENT),
        (standing.n_late_waves > 0, LATE_WAVE),
        (standing.n_unapproved_sheets > 0, UNAPPROVED_SHEET),
        (standing.n_drafted_plans > 0, DRAFTED_PLANS),
        (standing.n_overdue_actions > 0, OVERDUE_ACTIONS),
    )
    return [need for is_needed, need in found if is_needed]
