"""Pages of a client's campaigns and of their planned waves."""

from datetime import timedelta
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext

from survey_app.accounts.access import Permission, requires
from survey_app.accounts.session import current_viewer
from survey_app.campaigns import launch_views
from survey_app.campaigns.blueprint import blueprint, library, questionnaire_of
from survey_app.campaigns.cockpit import views as cockpit_views
from survey_app.campaigns.dates import local_day, next_days, next_working_day
from survey_app.campaigns.forms import CampaignForm, SettingsForm, WaveForm, show_refusal
from survey_app.campaigns.mails import views as mail_views
from survey_app.campaigns.models import Campaign, CampaignKind, Disclosure, PrivacyMode
from survey_app.campaigns.queries import get_campaign, get_wave, list_agreements, list_campaigns, was_launched
from survey_app.campaigns.service import change_campaign, change_plan, create_campaign, plan_wave
from survey_app.campaigns.vocabulary import DISCLOSURES, KINDS, MODES, STATES
from survey_app.clients.models import Client
from survey_app.clients.queries import get_client
from survey_app.db import transaction
from survey_app.errors import Refusal
from survey_app.i18n import current_language
from survey_app.web import db_session, explain, now

__all__ = ["blueprint", "cockpit_views", "launch_views", "mail_views"]


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
    if form.validate_on_submit():
        try:
            with transaction(db_session()):
                campaign = _create(client, form)
            return redirect(url_for("campaigns.show", campaign_id=campaign.id))
        except Refusal as refusal:
            show_refusal(form, refusal, explain(refusal))
            client = get_client(db_session(), current_viewer(), client_key)
    return render_template("campaigns/create.html", client=client, form=form, agreements=agreements)


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
    if form.validate_on_submit():
        try:
            with transaction(db_session()):
                change_campaign(
                    db_session(),
                    campaign,
                    mode=form.wanted_mode(campaign.mode),
                    disclosure=form.wanted_disclosure(campaign.disclosure),
                    recurrence=form.recurrence.data,
                    first_on=form.first_on.data,
                    n_days_open=form.n_days_open.data,
                    reminds_half_way=form.reminds_half_way.data,
                    reminds_last_day=form.reminds_last_day.data,
                    actor=current_viewer().actor,
                    now=now(),
                )
            flash(gettext("The campaign is changed."), "success")
            return redirect(url_for("campaigns.show", campaign_id=campaign_id))
        except Refusal as refusal:
            show_refusal(form, refusal, explain(refusal))
    return render_template("campaigns/change.html", campaign=campaign, form=form)


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
    if form.validate_on_submit():
        try:
            with transaction(db_session()):
                wave = plan_wave(db_session(), campaign, form.title.data, form.starts_on.data, form.ends_on.data, now())
            flash(gettext("The wave is planned. Nothing is sent before you launch it."), "success")
            return redirect(url_for("campaigns.wave", wave_id=wave.id))
        except Refusal as refusal:
            show_refusal(form, refusal, explain(refusal))
            campaign = get_campaign(db_session(), current_viewer(), campaign_id)
    elif not form.is_submitted():
        _suggest(form, campaign)
    return render_template("campaigns/plan.html", campaign=campaign, form=form)


@blueprint.route("/waves/<int:wave_id>/plan", methods=["GET", "POST"])
@requires(Permission.MANAGE_CAMPAIGNS)
def replan(wave_id: int) -> Any:
    """Change the dates of a wave in preparation."""
    wave = get_wave(db_session(), current_viewer(), wave_id)
    form = WaveForm(obj=wave)
    if form.validate_on_submit():
        try:
            with transaction(db_session()):
                change_plan(
                    db_session(),
                    wave,
                    form.title.data,
                    form.starts_on.data,
                    form.ends_on.data,
                    current_viewer().actor,
                    now(),
                )
            flash(gettext("The wave has its new dates."), "success")
            return redirect(url_for("campaigns.wave", wave_id=wave_id))
        except Refusal as refusal:
            show_refusal(form, refusal, explain(refusal))
    return render_template("campaigns/replan.html", wave=wave, form=form)


def _suggest(form: WaveForm, campaign: Campaign) -> None:
    today = next_working_day(local_day(now(), campaign.client.time_zone))
    starts_on = next((day for day in _upcoming(campaign) if day >= today), today)
    title = gettext("Wave %(number)s", number=len(campaign.waves) + 1)
    form.suggest(title, starts_on, starts_on + timedelta(days=campaign.n_days_open))
