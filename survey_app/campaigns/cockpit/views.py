"""The page of one wave, its panel before the launch and its cockpit after it, and what can be done there."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext

from survey_app.accounts.access import Permission, requires
from survey_app.accounts.session import current_viewer
from survey_app.campaigns.blueprint import blueprint, upper_page
from survey_app.campaigns.cockpit.queries import Choice, count_held_mails, list_invitees, read_choice, read_curve
from survey_app.campaigns.cockpit.service import correct_address, get_invitation, nudge, resume_mails
from survey_app.campaigns.forms import AddressForm, ExtensionForm
from survey_app.campaigns.models import PrivacyMode, Wave, WaveState
from survey_app.campaigns.panel import read_panel
from survey_app.campaigns.population import Population, asked_page, read_population
from survey_app.campaigns.queries import get_wave
from survey_app.campaigns.rules import MISSING, RETENTION_MONTHS
from survey_app.campaigns.service import extend_wave
from survey_app.campaigns.vocabulary import MODES, PANEL_STATUSES, STANDINGS, STATES
from survey_app.clients.forms import ROLE_LABELS
from survey_app.db import transaction
from survey_app.errors import N_
from survey_app.forms import save, status_of
from survey_app.web import db_session, now, settings

NOBODY_REMINDED = N_(
    "No reminder leaves: those missing have a mail on its way or had one within the last day,"
    " or mail does not reach them."
)


@blueprint.get("/waves/<int:wave_id>")
@requires(Permission.SEE_RESULTS)
def wave(wave_id: int) -> Any:
    """Show who is missing; who is named depends on the mode, and no mark is shown here."""
    found = get_wave(db_session(), current_viewer(), wave_id)
    if found.state is WaveState.DRAFT:
        return _panel_page(found)
    if found.erased_at is not None:
        upper_pages = _upper_pages(found)
        return render_template(
            "campaigns/erased.html", wave=found, upper_pages=upper_pages, retention_months=RETENTION_MONTHS
        )
    population = read_population(db_session(), found)
    return render_template(
        "campaigns/wave.html",
        wave=found,
        counts=population.counts,
        n_invited=population.n_invited,
        n_missing=population.n_missing,
        n_held=count_held_mails(db_session(), found),
        curve=read_curve(db_session(), found, now()),
        sees_names=sees_names(found),
        may_act=current_viewer().may(Permission.MANAGE_CAMPAIGNS) and found.state is WaveState.OPEN,
        standings=STANDINGS,
        missing=MISSING,
        roles=ROLE_LABELS,
        states=STATES,
        modes=MODES,
        zone=found.campaign.client.time_zone,
        upper_pages=_upper_pages(found),
        **_listed(found, population),
    )


def _panel_page(wave: Wave) -> Any:
    """Show who will be asked, and what changed since the last wave."""
    return render_template(
        "campaigns/panel.html",
        wave=wave,
        panel=read_panel(db_session(), wave, _chosen_status(), asked_page(request.args)),
        statuses=PANEL_STATUSES,
        roles=ROLE_LABELS,
        obstacle=_explain_obstacle(wave.obstacle),
    )


def _chosen_status() -> str:
    status = request.args.get("status", "")
    return status if status in PANEL_STATUSES else ""


def _explain_obstacle(obstacle: dict[str, Any] | None) -> str:
    if obstacle is None:
        return ""
    sentence, values = obstacle["message"], obstacle["values"]
    return str(gettext(sentence, **values))


def _listed(found: Wave, population: Population) -> dict[str, Any]:
    """Return the page of people that the address asks for; nobody where the viewer may see no name."""
    choice = _choice(found)
    if not sees_names(found):
        return {"choice": choice, "invitees": []}
    invitees, pages = list_invitees(db_session(), found, population, choice, now())
    return {"choice": choice, "invitees": invitees, "pages": pages}


def _choice(found: Wave) -> Choice:
    return read_choice(request.args, is_open=found.state is WaveState.OPEN)


def sees_names(found: Wave) -> bool:
    """Tell whether the viewer may see who has answered: in the named mode anyone, else the lead."""
    return found.campaign.mode is PrivacyMode.NAMED or current_viewer().may(Permission.SEE_NAMES)


def _upper_pages(found: Wave) -> dict[str, str]:
    endpoints = {"close": "closing.confirm", "results": "scores.results", "privacy": "answering.privacy"}
    return {name: upper_page(endpoint, found.id) for name, endpoint in endpoints.items()}


@blueprint.post("/waves/<int:wave_id>/nudge")
@requires(Permission.MANAGE_CAMPAIGNS)
def remind(wave_id: int) -> Any:
    """Remind the chosen people, or everybody missing; those who answered meanwhile get nothing."""
    found = get_wave(db_session(), current_viewer(), wave_id)
    chosen = None if request.form.get("everybody") else request.form.getlist("invitation", type=int)
    with transaction(db_session()):
        n_reminded = nudge(db_session(), found, chosen, current_viewer().actor, now())
    if n_reminded:
        flash(ngettext("%(num)s reminder will leave.", "%(num)s reminders will leave.", n_reminded), "success")
    else:
        flash(gettext(NOBODY_REMINDED), "info")
    return redirect(url_for("campaigns.wave", wave_id=wave_id, **_choice(found).arguments()))


@blueprint.post("/waves/<int:wave_id>/resume")
@requires(Permission.MANAGE_CAMPAIGNS)
def resume(wave_id: int) -> Any:
    """Let the paused mails leave again."""
    found = get_wave(db_session(), current_viewer(), wave_id)
    with transaction(db_session()):
        n_resumed = resume_mails(db_session(), found, current_viewer().actor, now())
    flash(ngettext("%(num)s mail will leave.", "%(num)s mails will leave.", n_resumed), "success")
    return redirect(url_for("campaigns.wave", wave_id=wave_id))


@blueprint.route("/waves/<int:wave_id>/invitations/<int:invitation_id>/address", methods=["GET", "POST"])
@requires(Permission.MANAGE_CAMPAIGNS)
def address(wave_id: int, invitation_id: int) -> Any:
    """Correct an address: the old link dies, and the sheet will say that one changed."""
    found = get_wave(db_session(), current_viewer(), wave_id)
    invitation = get_invitation(db_session(), found, invitation_id)
    form = AddressForm(email=invitation.email)
    key = settings().token_key.get_secret_value().encode()
    if save(
        form,
        lambda session: correct_address(session, invitation, form.email.data, key, current_viewer().actor, now()),
    ):
        flash(gettext("The address is corrected: the old link is dead and a new mail leaves."), "success")
        return redirect(url_for("campaigns.wave", wave_id=wave_id))
    return render_template("campaigns/address.html", wave=found, invitation=invitation, form=form), status_of(form)


@blueprint.route("/waves/<int:wave_id>/extend", methods=["GET", "POST"])
@requires(Permission.MANAGE_CAMPAIGNS)
def extend(wave_id: int) -> Any:
    """Move the deadline further."""
    found = get_wave(db_session(), current_viewer(), wave_id)
    form = ExtensionForm()
    if save(form, lambda session: extend_wave(session, found, form.ends_on.data, current_viewer().actor, now())):
        flash(gettext("The wave is extended."), "success")
        return redirect(url_for("campaigns.wave", wave_id=wave_id))
    return render_template("campaigns/extend.html", wave=found, form=form), status_of(form)
