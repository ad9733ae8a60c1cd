"""The pages of one wave: its plan, its mails, its launch, then its cockpit and what can be done there."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from flask import Response, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext

from survey_app.accounts.access import Permission, requires
from survey_app.accounts.session import current_viewer
from survey_app.campaigns.cockpit import (
    Choice,
    asked_page,
    count_held_mails,
    list_invitees,
    read_choice,
    read_curve,
    read_panel,
)
from survey_app.campaigns.dates import first_mail_moment, next_working_day
from survey_app.campaigns.forms import AddressForm, ExtensionForm, WaveForm
from survey_app.campaigns.invitations import (
    correct_address,
    get_invitation,
    launch_wave,
    nudge,
    reminders_of,
    resume_mails,
)
from survey_app.campaigns.mails import preview_letter
from survey_app.campaigns.models import Campaign, PrivacyMode, Wave, WaveState
from survey_app.campaigns.population import Population, read_population
from survey_app.campaigns.queries import (
    find_recipient,
    find_validated_version,
    gather_facts,
    get_campaign,
    get_wave,
    list_recipients,
    survey_lines,
)
from survey_app.campaigns.rules import MISSING, RETENTION_MONTHS, launch_obstacles, launch_remarks, unasked_lines
from survey_app.campaigns.service import (
    cancel_wave,
    change_plan,
    confirm_wave,
    extend_wave,
    plan_wave,
    withdraw_confirmation,
)
from survey_app.campaigns.views import blueprint as blueprint
from survey_app.campaigns.views import frozen_or_current, questionnaire_of, upcoming_days
from survey_app.campaigns.vocabulary import DISCLOSURES, MAIL_KINDS, MODES, PANEL_STATUSES, STANDINGS, STATES
from survey_app.catalogue.content import Catalogue
from survey_app.clients.forms import ROLE_LABELS
from survey_app.clients.models import Contact
from survey_app.clock import local_day
from survey_app.db import transaction
from survey_app.errors import N_, NotFound
from survey_app.forms import save, status_of
from survey_app.i18n import current_language
from survey_app.web import db_session, explain, now, settings, token_key

MAX_SHOWN = 200
# The page is the mail itself: it may style itself, and do nothing else.
MAIL_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; sandbox"
NOBODY_REMINDED = N_(
    "No reminder leaves: those missing have a mail on its way or had one within the last day,"
    " or mail does not reach them."
)


@blueprint.route("/campaigns/<int:campaign_id>/waves/new", methods=["GET", "POST"])
@requires(Permission.MANAGE_CAMPAIGNS)
def plan(campaign_id: int) -> Any:
    """Plan a wave; its dates are suggested from the campaign's rhythm."""
    campaign = get_campaign(db_session(), current_viewer(), campaign_id)
    form = WaveForm()
    if not form.is_submitted():
        _suggest(form, campaign)
    made: list[Wave] = []
    if save(
        form,
        lambda session: made.append(
            plan_wave(session, campaign, form.title.data, form.starts_on.data, form.ends_on.data, now())
        ),
    ):
        flash(gettext("The wave is planned. Nothing is sent before you launch it."), "success")
        return redirect(url_for("campaigns.wave", wave_id=made[0].id))
    return render_template("campaigns/plan.html", campaign=campaign, form=form), status_of(form)


@blueprint.route("/waves/<int:wave_id>/plan", methods=["GET", "POST"])
@requires(Permission.MANAGE_CAMPAIGNS)
def replan(wave_id: int) -> Any:
    """Change the dates of a wave in preparation."""
    wave = get_wave(db_session(), current_viewer(), wave_id)
    form = WaveForm(obj=wave)
    if save(
        form,
        lambda session: change_plan(
            session, wave, form.title.data, form.starts_on.data, form.ends_on.data, current_viewer().actor, now()
        ),
    ):
        flash(gettext("The wave has its new dates."), "success")
        return redirect(url_for("campaigns.wave", wave_id=wave_id))
    return render_template("campaigns/replan.html", wave=wave, form=form), status_of(form)


def _suggest(form: WaveForm, campaign: Campaign) -> None:
    today = next_working_day(local_day(now(), campaign.client.time_zone))
    starts_on = next((day for day in upcoming_days(campaign) if day >= today), today)
    title = gettext("Wave %(number)s", number=len(campaign.waves) + 1)
    form.suggest(title, starts_on, starts_on + timedelta(days=campaign.n_days_open))


@blueprint.get("/waves/<int:wave_id>/mails")
@requires(Permission.MANAGE_CAMPAIGNS)
def mails(wave_id: int) -> Any:
    """Show the mail that each person will get, but for the links, which no page ever shows."""
    wave = get_wave(db_session(), current_viewer(), wave_id)
    recipients = list_recipients(db_session(), wave.campaign.client_id, MAX_SHOWN)
    contact, kind = _chosen_mail(wave)
    if contact is not None and contact not in recipients:
        recipients = [contact, *recipients]
    letter = contact and preview_letter(db_session(), wave, contact, kind, frozen_or_current(wave))
    return render_template(
        "campaigns/mails.html",
        wave=wave,
        recipients=recipients,
        chosen=contact,
        kind=kind,
        letter=letter,
        kinds=MAIL_KINDS,
    )


@blueprint.get("/waves/<int:wave_id>/mails/layout")
@requires(Permission.MANAGE_CAMPAIGNS)
def mail_layout(wave_id: int) -> Any:
    """Show one mail as mail programs lay it out: its styles are inline, as theirs must be."""
    wave = get_wave(db_session(), current_viewer(), wave_id)
    contact, kind = _chosen_mail(wave)
    if contact is None:
        raise NotFound(N_("This person will get no mail. Choose one of the wave’s recipients."))
    letter = preview_letter(db_session(), wave, contact, kind, frozen_or_current(wave))
    return Response(letter.html, headers={"Content-Security-Policy": MAIL_POLICY})


def _chosen_mail(wave: Wave) -> tuple[Contact | None, str]:
    """Return the recipient and the mail that the address names; the first of all by default."""
    wanted = request.args.get("contact", type=int)
    contact = find_recipient(db_session(), wave.campaign.client_id, wanted)
    kind = request.args.get("kind", "invitation")
    return contact, kind if kind in MAIL_KINDS else "invitation"


@blueprint.get("/waves/<int:wave_id>/confirm")
@requires(Permission.MANAGE_CAMPAIGNS)
def confirm(wave_id: int) -> Any:
    """Show everything that the launch will freeze and send, and what stands in its way."""
    wave = get_wave(db_session(), current_viewer(), wave_id)
    if wave.state is not WaveState.DRAFT:
        return redirect(url_for("campaigns.wave", wave_id=wave.id))
    questionnaire = questionnaire_of(wave.campaign.questionnaire_key)
    facts = gather_facts(db_session(), wave, questionnaire, settings().public_base_url, now())
    version = find_validated_version(db_session(), wave.campaign.agreement_id)
    zone = wave.campaign.client.time_zone
    return render_template(
        "campaigns/confirm.html",
        wave=wave,
        questionnaire=questionnaire,
        version=version,
        modes=MODES,
        disclosures=DISCLOSURES,
        zone=zone,
        n_recipients=facts.n_recipients,
        reminders=reminders_of(wave, now()),
        obstacles=[explain(obstacle) for obstacle in launch_obstacles(facts)],
        remarks=[gettext(remark.message, **remark.values) for remark in launch_remarks(facts)],
        unasked=_labels(unasked_lines(survey_lines(version), questionnaire.indicator_keys)),
        leaves_at=first_mail_moment(wave.starts_on, now(), zone),
        may_wait=local_day(now(), zone) < wave.starts_on,
    )


def _labels(indicator_keys: Sequence[str]) -> list[str]:
    catalogue: Catalogue = current_app.extensions["survey_catalogue"]
    return [catalogue.label(key, current_language()) for key in indicator_keys]


@blueprint.post("/waves/<int:wave_id>/launch")
@requires(Permission.MANAGE_CAMPAIGNS)
def launch(wave_id: int) -> Any:
    """Launch the wave; a second click finds it launched and says so."""
    wave = get_wave(db_session(), current_viewer(), wave_id)
    questionnaire = questionnaire_of(wave.campaign.questionnaire_key)
    with transaction(db_session()):
        launch_wave(
            db_session(), wave, questionnaire, token_key(), settings().public_base_url, current_viewer().actor, now()
        )
    flash(gettext("The wave is launched. Follow the answers here."), "success")
    return redirect(url_for("campaigns.wave", wave_id=wave_id))


@blueprint.post("/waves/<int:wave_id>/schedule")
@requires(Permission.MANAGE_CAMPAIGNS)
def schedule(wave_id: int) -> Any:
    """Confirm a wave that opens by itself on its first day, or take the confirmation back."""
    wave = get_wave(db_session(), current_viewer(), wave_id)
    with transaction(db_session()):
        if wave.confirmed_at is None:
            confirm_wave(db_session(), wave, current_viewer().actor, now())
            sentence = gettext("The wave is confirmed: it opens by itself on its first day.")
        else:
            withdraw_confirmation(db_session(), wave, current_viewer().actor, now())
            sentence = gettext("The confirmation is withdrawn: nothing leaves by itself.")
    flash(sentence, "success")
    return redirect(url_for("campaigns.wave", wave_id=wave_id))


@blueprint.post("/waves/<int:wave_id>/cancel")
@requires(Permission.MANAGE_CAMPAIGNS)
def cancel(wave_id: int) -> Any:
    wave = get_wave(db_session(), current_viewer(), wave_id)
    with transaction(db_session()):
        cancel_wave(db_session(), wave, current_viewer().actor, now())
    flash(gettext("The wave is cancelled: no more mail leaves and its links open nothing."), "success")
    return redirect(url_for("campaigns.show", campaign_id=wave.campaign_id))


@blueprint.get("/waves/<int:wave_id>")
@requires(Permission.SEE_RESULTS)
def wave(wave_id: int) -> Any:
    """Show who is missing; who is named depends on the mode, and no mark is shown here."""
    found = get_wave(db_session(), current_viewer(), wave_id)
    if found.state is WaveState.DRAFT:
        return _panel_page(found)
    if found.erased_at is not None:
        return render_template("campaigns/erased.html", wave=found, retention_months=RETENTION_MONTHS)
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
        **_listed(found, population),
    )


def _panel_page(wave: Wave) -> Any:
    """Show who will be asked, and what changed since the last wave."""
    status = request.args.get("status", "")
    sentence, values = (wave.obstacle["message"], wave.obstacle["values"]) if wave.obstacle else ("", {})
    return render_template(
        "campaigns/panel.html",
        wave=wave,
        panel=read_panel(db_session(), wave, status if status in PANEL_STATUSES else "", asked_page(request.args)),
        statuses=PANEL_STATUSES,
        roles=ROLE_LABELS,
        obstacle=gettext(sentence, **values) if sentence else "",
    )


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
    if save(
        form,
        lambda session: correct_address(
            session, invitation, form.email.data, token_key(), current_viewer().actor, now()
        ),
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
