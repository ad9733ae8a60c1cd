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
OVERDUE_ACTIONS = Need(N_("Actions of a plan are overdue"), "action_plans.index")


@dataclass(frozen=True)
class Standing:
    """Where one client stands, in counts."""

    n_contacts: int
    has_agreement: bool
    n_late_waves: int
    n_overdue_actions: int


def find_needs(standing: Standing) -> list[Need]:
    """Return what needs attention, the first step of the loop first."""
    found = (
        (standing.n_contacts == 0, NO_CONTACT),
        (not standing.has_agreement, NO_AGREEMENT),
        (standing.n_late_waves > 0, LATE_WAVE),
        (standing.n_overdue_actions > 0, OVERDUE_ACTIONS),
    )
    return [need for is_needed, need in found if is_needed]
