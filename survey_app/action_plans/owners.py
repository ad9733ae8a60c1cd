"""Who may own an action, and whether its owner is still there."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from survey_app.accounts.access import Role
from survey_app.accounts.models import ClientAccess, User
from survey_app.action_plans.models import PlanAction
from survey_app.clients.models import AddressState, Client, Contact
from survey_app.errors import N_, Invalid
from survey_app.validation import MAX_EMAIL, clean_email, clean_line

OTHER = "other"
MAX_OWNER = 200


@dataclass(frozen=True)
class Owner:
    """A person of the agency, a contact of the client, or anyone else with a name."""

    name: str
    email: str = ""
    user_id: int | None = None
    contact_id: int | None = None

    @property
    def choice(self) -> str:
        if self.user_id is not None:
            return f"user:{self.user_id}"
        return f"contact:{self.contact_id}" if self.contact_id is not None else OTHER


def list_users(session: Session, client_id: int) -> Sequence[User]:
    """Return the agency's people who work for the client."""
    works_for = exists().where(ClientAccess.user_id == User.id, ClientAccess.client_id == client_id)
    return session.scalars(
        select(User).where(User.active, or_(User.sees_all_clients, works_for)).order_by(User.name, User.id)
    ).all()


def list_leads(session: Session, client_id: int) -> Sequence[User]:
    """Return the quality leads of the client, or the administrators where it has none."""
    users = list_users(session, client_id)
    leads = [user for user in users if user.role is Role.QUALITY_LEAD]
    return leads or [user for user in users if user.role is Role.ADMINISTRATOR]


def list_owners(session: Session, client: Client) -> list[Owner]:
    users = [Owner(user.name, user.email, user_id=user.id) for user in list_users(session, client.id)]
    contacts = session.scalars(
        select(Contact).where(Contact.client_id == client.id, Contact.is_active).order_by(Contact.name, Contact.id)
    )
    return users + [Owner(contact.name, contact.email, contact_id=contact.id) for contact in contacts]


def resolve_owner(session: Session, client: Client, choice: str, name: str, email: str) -> Owner:
    """Return the owner that a form names, or say what is missing; somebody who has left owns nothing new."""
    if not choice:
        raise Invalid(N_("Choose who does it."), field="owner_choice")
    if choice != OTHER:
        found = next((owner for owner in list_owners(session, client) if owner.choice == choice), None)
        if found is None:
            raise Invalid(N_("This person has left. Choose somebody who is still there."), field="owner_choice")
        return found
    written = clean_line(name, MAX_OWNER)
    if not written:
        raise Invalid(N_("Name the person who does it."), field="owner_name")
    return Owner(written, clean_email(email)[:MAX_EMAIL] if email.strip() else "")


def has_left(action: PlanAction) -> bool:
    """Tell whether the owner is no longer with the agency or the client."""
    if action.owner_user is not None:
        return not action.owner_user.active
    return action.owner_contact is not None and not action.owner_contact.is_active


def is_reachable(action: PlanAction) -> bool:
    """Tell whether mail about the action reaches its owner."""
    contact = action.owner_contact
    is_dead = contact is not None and contact.address_state is AddressState.DEAD
    return bool(action.owner_email) and not has_left(action) and not is_dead


def language_of(action: PlanAction, default: str) -> str:
    person = action.owner_user or action.owner_contact
    return person.language if person else default
