"""Pages of a client’s campaigns, and of the mails that an agency writes in its own words."""

from datetime import date, timedelta
from typing import Any

from flask import Blueprint, abort, current_app, flash, redirect, render_template, url_for
from flask_babel import force_locale, gettext

from survey_app.accounts.access import Permission, requires
from survey_app.accounts.session import current_viewer
from survey_app.campaigns.dates import next_days
from survey_app.campaigns.forms import CampaignForm, SettingsForm, WordingForm
from survey_app.campaigns.models import Campaign, CampaignKind, Disclosure, PrivacyMode, Wave
from survey_app.campaigns.queries import (
    find_wording,
    get_campaign,
    list_agreements,
    list_campaigns,
    list_wordings,
    was_launched,
)
from survey_app.campaigns.service import change_campaign, create_campaign, restore_wording, save_wording
from survey_app.campaigns.vocabulary import DISCLOSURES, KINDS, LANGUAGE_NAMES, MODES, STATES, WORDED_KINDS
from survey_app.clients.mails import wording_for
from survey_app.clients.models import Client
from survey_app.clients.queries import get_agency, get_client
from survey_app.clients.rules import PLACEHOLDERS_OF
from survey_app.db import transaction
from survey_app.errors import N_, Refusal
from survey_app.forms import save, status_of
from survey_app.i18n import current_language
from survey_app.questionnaires import Library, Questionnaire, UnknownQuestionnaireError
from survey_app.translation import LANGUAGES
from survey_app.web import db_session, now

blueprint = Blueprint("campaigns", __name__)


def library() -> Library:
    found: Library = current_app.extensions["survey_questionnaires"]
    return found


def questionnaire_of(key: str) -> Questionnaire:
    """Return the latest published version, or say that the folder no longer holds it."""
    try:
        return library().get(key)
    except UnknownQuestionnaireError:
        raise Refusal(
            N_("The questionnaire %(key)s is no longer published. Put it back into the folder, then go on."), key=key
        ) from None


def frozen_or_current(wave: Wave) -> Questionnaire:
    """Return what the wave asks: frozen once launched, the latest published version before."""
    if wave.definition is not None:
        return Questionnaire.from_canonical(wave.definition)
    return questionnaire_of(wave.campaign.questionnaire_key)


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
        **form.rhythm,
    )


@blueprint.get("/campaigns/<int:campaign_id>")
@requires(Permission.SEE_CLIENTS)
def show(campaign_id: int) -> Any:
    campaign = get_campaign(db_session(), current_viewer(), campaign_id)
    return render_template(
        "campaigns/show.html",
        campaign=campaign,
        upcoming=upcoming_days(campaign),
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
        actor=current_viewer().actor,
        now=now(),
        **form.rhythm,
    )


def upcoming_days(campaign: Campaign) -> list[date]:
    """Return the next days of the campaign’s recurrence that have no wave yet."""
    if not campaign.recurrence or campaign.first_on is None:
        return []
    last = max((wave.starts_on for wave in campaign.waves), default=campaign.first_on - timedelta(days=1))
    return next_days(campaign.recurrence, campaign.first_on, after=last)


@blueprint.get("/mail-wordings")
@requires(Permission.MANAGE_CAMPAIGNS)
def wordings() -> Any:
    own = {(each.kind, each.language) for each in list_wordings(db_session(), get_agency(db_session()).id)}
    places = [(kind, language, (kind, language) in own) for kind in WORDED_KINDS for language in LANGUAGES]
    return render_template("campaigns/wordings.html", places=places, kinds=WORDED_KINDS, language_names=LANGUAGE_NAMES)


@blueprint.route("/mail-wordings/<kind>/<mail_language>", methods=["GET", "POST"])
@requires(Permission.MANAGE_CAMPAIGNS)
def wording(kind: str, mail_language: str) -> Any:
    """Edit one mail's subject and message; what frames them is the same for everyone."""
    _check_place(kind, mail_language)
    agency = get_agency(db_session())
    with force_locale(mail_language):
        words = wording_for(db_session(), agency.id, kind, mail_language)
    form = WordingForm(subject=words.subject, message=words.message)
    if save(
        form,
        lambda session: save_wording(
            session,
            agency,
            kind,
            mail_language,
            form.subject.data,
            form.message.data,
            current_viewer().actor,
            now(),
        ),
    ):
        flash(gettext("The wording is saved. Mails that have not left yet will use it."), "success")
        return redirect(url_for("campaigns.wordings"))
    page = render_template(
        "campaigns/wording.html",
        form=form,
        kind=kind,
        mail_language=mail_language,
        kinds=WORDED_KINDS,
        language_names=LANGUAGE_NAMES,
        placeholders=PLACEHOLDERS_OF[kind],
        is_own=find_wording(db_session(), agency.id, kind, mail_language) is not None,
    )
    return page, status_of(form)


@blueprint.post("/mail-wordings/<kind>/<mail_language>/restore")
@requires(Permission.MANAGE_CAMPAIGNS)
def restore(kind: str, mail_language: str) -> Any:
    _check_place(kind, mail_language)
    with transaction(db_session()):
        restore_wording(db_session(), get_agency(db_session()), kind, mail_language, current_viewer().actor, now())
    flash(gettext("The product’s own words are back."), "success")
    return redirect(url_for("campaigns.wordings"))


def _check_place(kind: str, mail_language: str) -> None:
    if kind not in WORDED_KINDS or mail_language not in LANGUAGES:
        abort(404)
