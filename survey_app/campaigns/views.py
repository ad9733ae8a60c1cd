"""Pages of a client's campaigns, of their planned waves, and of the launch: the mails, the confirmation."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from flask import Response, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from survey_app.accounts.access import Permission, requires
from survey_app.accounts.session import current_viewer
from survey_app.campaigns.blueprint import blueprint, library, questionnaire_of, upper_page
from survey_app.campaigns.cockpit import views as cockpit_views
from survey_app.campaigns.dates import first_mail_moment, next_days, next_working_day, reminder_moments
from survey_app.campaigns.forms import CampaignForm, SettingsForm, WaveForm
from survey_app.campaigns.mails import views as mail_views
from survey_app.campaigns.mails.letters import preview_letter
from survey_app.campaigns.models import Campaign, CampaignKind, Disclosure, PrivacyMode, Wave, WaveState
from survey_app.campaigns.queries import (
    find_recipient,
    find_validated_version,
    gather_facts,
    get_campaign,
    get_wave,
    list_agreements,
    list_campaigns,
    list_recipients,
    survey_lines,
    was_launched,
)
from survey_app.campaigns.rules import launch_obstacles, launch_remarks, unasked_lines
from survey_app.campaigns.schedule.service import confirm_wave, withdraw_confirmation
from survey_app.campaigns.service import (
    cancel_wave,
    change_campaign,
    change_plan,
    create_campaign,
    launch_wave,
    plan_wave,
)
from survey_app.campaigns.vocabulary import DISCLOSURES, KINDS, MAIL_KINDS, MODES, STATES
from survey_app.catalogue.content import Catalogue
from survey_app.clients.models import Client, Contact
from survey_app.clients.queries import get_client
from survey_app.clock import local_day
from survey_app.db import transaction
from survey_app.errors import N_, NotFound
from survey_app.forms import save, status_of
from survey_app.i18n import current_language
from survey_app.questionnaires import Questionnaire
from survey_app.web import db_session, explain, now, settings

__all__ = ["blueprint", "cockpit_views", "mail_views"]


@blueprint.get("/clients/<client_key>/campaigns")
@requires(Permission.SEE_CLIENTS)
def index(client_key: str) -> Any:
    client = get_client(db_session(), current_viewer(), client_key)
    campaigns = list_campaigns(db_session(), client)
    return render_template("campaigns/index.html", client=client, campaigns=campaigns, kinds=KINDS, states=STATES)


@blueprint.route("/clients/<client_key>/campaigns/new", methods=["GET", "POST"])
@requires(Permission.MANAGE_CAMPAIGNS)
def create(client_key: str) -> Any:
    """Create a campaign; a refusal stands beside its field and nothing typed is lost."""
    client = get_client(db_session(), current_viewer(), client_key)
    form = CampaignForm()
    agreements = list_agreements(db_session(), client)
    form.offer(agreements, library().latest(), current_language())
    made: list[Campaign] = []
    if save(form, lambda _session: made.append(_create(client, form))):
        return redirect(url_for("campaigns.show", campaign_id=made[0].id))
    return render_template("campaigns/create.html", client=client, form=form, agreements=agreements), status_of(form)


def _create(client: Client, form: CampaignForm) -> Campaign:
    agreement = next(each for each in list_agreements(db_session(), client) if each.id == form.agreement.data)
    return create_campaign(
        db_session(),
        client,
        agreement,
        form.title.data,
        CampaignKind(form.kind.data),
        questionnaire_of(form.questionnaire.data),
        PrivacyMode(form.mode.data),
        current_viewer().actor,
        now(),
        disclosure=Disclosure(form.disclosure.data),
        recurrence=form.chosen_recurrence,
        first_on=form.first_on.data,
        n_days_open=form.n_days_open.data,
        reminds_half_way=form.reminds_half_way.data,
        reminds_last_day=form.reminds_last_day.data,
    )


@blueprint.get("/campaigns/<int:campaign_id>")
@requires(Permission.SEE_CLIENTS)
def show(campaign_id: int) -> Any:
    campaign = get_campaign(db_session(), current_viewer(), campaign_id)
    return render_template(
        "campaigns/show.html",
        campaign=campaign,
        upcoming=_upcoming(campaign),
        kinds=KINDS,
        modes=MODES,
        disclosures=DISCLOSURES,
        states=STATES,
        questionnaire=questionnaire_of(campaign.questionnaire_key),
    )


@blueprint.route("/campaigns/<int:campaign_id>/settings", methods=["GET", "POST"])
@requires(Permission.MANAGE_CAMPAIGNS)
def change(campaign_id: int) -> Any:
    """Change the rhythm, the reminders and the mode of a campaign."""
    campaign = get_campaign(db_session(), current_viewer(), campaign_id)
    form = SettingsForm(obj=campaign)
    if was_launched(db_session(), campaign):
        del form.mode, form.disclosure
    if save(form, lambda _session: _change(campaign, form)):
        flash(gettext("The campaign is changed."), "success")
        return redirect(url_for("campaigns.show", campaign_id=campaign_id))
    return render_template("campaigns/change.html", campaign=campaign, form=form), status_of(form)


def _change(campaign: Campaign, form: SettingsForm) -> None:
    change_campaign(
        db_session(),
        campaign,
        mode=form.wanted_mode(campaign.mode),
        disclosure=form.wanted_disclosure(campaign.disclosure),
        recurrence=form.chosen_recurrence,
        first_on=form.first_on.data,
        n_days_open=form.n_days_open.data,
        reminds_half_way=form.reminds_half_way.data,
        reminds_last_day=form.reminds_last_day.data,
        actor=current_viewer().actor,
        now=now(),
    )


def _upcoming(campaign: Campaign) -> list[Any]:
    if not campaign.recurrence or campaign.first_on is None:
        return []
    last = max((wave.starts_on for wave in campaign.waves), default=campaign.first_on - timedelta(days=1))
    return next_days(campaign.recurrence, campaign.first_on, after=last)


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
    starts_on = next((day for day in _upcoming(campaign) if day >= today), today)
    title = gettext("Wave %(number)s", number=len(campaign.waves) + 1)
    form.suggest(title, starts_on, starts_on + timedelta(days=campaign.n_days_open))


MAX_SHOWN = 200
# The page is the mail itself: it may style itself, and do nothing else.
MAIL_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; sandbox"


@blueprint.get("/waves/<int:wave_id>/mails")
@requires(Permission.MANAGE_CAMPAIGNS)
def mails(wave_id: int) -> Any:
    """Show the mail that each person will get, but for the links, which no page ever shows."""
    wave = get_wave(db_session(), current_viewer(), wave_id)
    recipients = list_recipients(db_session(), wave.campaign.client_id, MAX_SHOWN)
    contact, kind = _choice(wave)
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
        test_url=upper_page("answering.rehearse", wave.id),
    )


@blueprint.get("/waves/<int:wave_id>/mails/layout")
@requires(Permission.MANAGE_CAMPAIGNS)
def mail_layout(wave_id: int) -> Any:
    """Show one mail as mail programs lay it out: its styles are inline, as theirs must be."""
    wave = get_wave(db_session(), current_viewer(), wave_id)
    contact, kind = _choice(wave)
    if contact is None:
        raise NotFound(N_("This person will get no mail. Choose one of the wave’s recipients."))
    letter = preview_letter(db_session(), wave, contact, kind, frozen_or_current(wave))
    return Response(letter.html, headers={"Content-Security-Policy": MAIL_POLICY})


def _choice(wave: Wave) -> tuple[Contact | None, str]:
    """Return the recipient and the mail that the address names; the first of all by default."""
    wanted = request.args.get("contact", type=int)
    contact = find_recipient(db_session(), wave.campaign.client_id, wanted)
    kind = request.args.get("kind", "invitation")
    return contact, kind if kind in MAIL_KINDS else "invitation"


def frozen_or_current(wave: Wave) -> Questionnaire:
    """Return what the wave asks: frozen once launched, the latest published version before."""
    if wave.definition is not None:
        return Questionnaire.from_canonical(wave.definition)
    return questionnaire_of(wave.campaign.questionnaire_key)


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
        reminders=_reminders(wave, zone),
        obstacles=[explain(obstacle) for obstacle in launch_obstacles(facts)],
        remarks=[gettext(remark.message, **remark.values) for remark in launch_remarks(facts)],
        unasked=_labels(unasked_lines(survey_lines(version), questionnaire.indicator_keys)),
        leaves_at=first_mail_moment(wave.starts_on, now(), zone),
        may_wait=local_day(now(), zone) < wave.starts_on,
    )


def _labels(indicator_keys: Sequence[str]) -> list[str]:
    catalogue: Catalogue = current_app.extensions["survey_catalogue"]
    return [catalogue.label(key, current_language()) for key in indicator_keys]


def _reminders(wave: Wave, zone: str) -> list[Any]:
    campaign = wave.campaign
    return reminder_moments(
        first_mail_moment(wave.starts_on, now(), zone),
        wave.ends_on,
        zone,
        half_way=campaign.reminds_half_way,
        last_day=campaign.reminds_last_day,
    )


@blueprint.post("/waves/<int:wave_id>/launch")
@requires(Permission.MANAGE_CAMPAIGNS)
def launch(wave_id: int) -> Any:
    """Launch the wave; a second click finds it launched and says so."""
    wave = get_wave(db_session(), current_viewer(), wave_id)
    questionnaire = questionnaire_of(wave.campaign.questionnaire_key)
    key = settings().token_key.get_secret_value().encode()
    with transaction(db_session()):
        launch_wave(db_session(), wave, questionnaire, key, settings().public_base_url, current_viewer().actor, now())
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
