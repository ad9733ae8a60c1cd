"""Who may do what: every route declares it, and what is not declared is refused."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

View = TypeVar("View", bound=Callable[..., Any])


class Role(StrEnum):
    ADMINISTRATOR = "administrator"
    QUALITY_LEAD = "quality_lead"
    ACCOUNT_MANAGER = "account_manager"
    FINANCE = "finance"


class Permission(StrEnum):
    SEE_CLIENTS = "see_clients"
    MANAGE_CLIENTS = "manage_clients"
    MANAGE_AGREEMENTS = "manage_agreements"
    MANAGE_CAMPAIGNS = "manage_campaigns"
    ENTER_FACTS = "enter_facts"
    SEE_RESULTS = "see_results"
    SEE_NAMES = "see_names"
    MANAGE_PLANS = "manage_plans"
    SEE_SHEETS = "see_sheets"
    APPROVE_SHEETS = "approve_sheets"
    SEE_PORTFOLIO = "see_portfolio"
    SEE_AUDIT = "see_audit"
    MANAGE_ACCOUNTS = "manage_accounts"


_EVERYONE = {Permission.SEE_CLIENTS, Permission.SEE_RESULTS, Permission.SEE_SHEETS}
_LEAD = _EVERYONE | {
    Permission.MANAGE_CLIENTS,
    Permission.MANAGE_AGREEMENTS,
    Permission.MANAGE_CAMPAIGNS,
    Permission.ENTER_FACTS,
    Permission.SEE_NAMES,
    Permission.MANAGE_PLANS,
    Permission.APPROVE_SHEETS,
    Permission.SEE_PORTFOLIO,
    Permission.SEE_AUDIT,
}
GRANTS: dict[Role, frozenset[Permission]] = {
    Role.ADMINISTRATOR: frozenset(Permission),
    Role.QUALITY_LEAD: frozenset(_LEAD),
    Role.ACCOUNT_MANAGER: frozenset(_EVERYONE | {Permission.ENTER_FACTS, Permission.MANAGE_PLANS}),
    Role.FINANCE: frozenset(_EVERYONE | {Permission.SEE_PORTFOLIO, Permission.APPROVE_SHEETS}),
}

PUBLIC = "public"
SIGNED_IN = "signed_in"
MAX_ACTOR = 200


def name_actor(name: str, email: str) -> str:
    """Name a person in the audit log; a very long name is cut, never the address that tells who it is."""
    room = max(0, MAX_ACTOR - len(email) - len(" <>"))
    return f"{name[:room]} <{email}>"[:MAX_ACTOR]


def names_person(actor: str) -> bool:
    """Tell a person from the worker and the command line, which have no address."""
    return "<" in actor


def same_person(actor_a: str, actor_b: str) -> bool:
    """Compare two actors by their address: a name is changed in a minute, and the address never by its owner."""
    return _identity(actor_a) == _identity(actor_b)


def _identity(actor: str) -> str:
    return actor.rpartition("<")[2].removesuffix(">").strip().casefold()


@dataclass(frozen=True)
class Viewer:
    """The signed-in person, as the rest of the product needs to know them."""

    user_id: int
    name: str
    email: str
    role: Role
    client_ids: frozenset[int] | None
    language: str

    def may(self, permission: Permission) -> bool:
        return permission in GRANTS[self.role]

    def sees_client(self, client_id: int) -> bool:
        """Tell whether this person works for the client; None stands for all of them."""
        return self.client_ids is None or client_id in self.client_ids

    @property
    def actor(self) -> str:
        return name_actor(self.name, self.email)


def requires(permission: Permission) -> Callable[[View], View]:
    """Declare the permission that a route asks of a signed-in person."""

    def declare(view: View) -> View:
        view.access = permission  # type: ignore[attr-defined]
        return view

    return declare


def signed_in(view: View) -> View:
    """Declare a route for every person who has signed in, whatever their role."""
    view.access = SIGNED_IN  # type: ignore[attr-defined]
    return view


def public(view: View) -> View:
    """Declare a route open to anyone: the link or the document is its own authority."""
    view.access = PUBLIC  # type: ignore[attr-defined]
    return view
