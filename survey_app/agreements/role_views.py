"""The page on which a draft fixes the part of each role."""

from decimal import Decimal
from typing import Any

from flask import redirect, render_template, url_for
from flask_wtf import FlaskForm

from survey_app.accounts.access import Permission, requires
from survey_app.agreements.blueprint import blueprint, find_agreement
from survey_app.agreements.fields import NumberField
from survey_app.agreements.queries import current_version
from survey_app.agreements.role_shares import set_role_shares
from survey_app.clients.forms import ROLE_LABELS
from survey_app.clients.models import ContactRole
from survey_app.forms import save, status_of
from survey_app.web import db_session


class RoleSharesForm(FlaskForm):  # type: ignore[misc] # Flask-WTF publishes no types
    """One share a role, in percent."""

    marketing = NumberField(ROLE_LABELS[ContactRole.MARKETING])
    purchasing = NumberField(ROLE_LABELS[ContactRole.PURCHASING])
    management = NumberField(ROLE_LABELS[ContactRole.MANAGEMENT])
    cost_control = NumberField(ROLE_LABELS[ContactRole.COST_CONTROL])
    other = NumberField(ROLE_LABELS[ContactRole.OTHER])


@blueprint.route("/agreements/<int:agreement_id>/roles", methods=["GET", "POST"])
@requires(Permission.MANAGE_AGREEMENTS)
def roles(agreement_id: int) -> Any:
    """Fix the part of each role, or let people count alike."""
    draft = current_version(db_session(), find_agreement(agreement_id))
    written = {role: Decimal(share) * 100 for role, share in (draft.role_shares or {}).items()}
    form = RoleSharesForm(data=written)
    asked = [role.value for role in ContactRole]
    if save(form, lambda session: set_role_shares(session, draft, {role: form[role].data for role in asked})):
        return redirect(url_for("agreements.show", agreement_id=agreement_id))
    return render_template("agreements/roles.html", version=draft, form=form), status_of(form)
