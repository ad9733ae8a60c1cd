"""Pages that launch a wave: the panel, the mails, the confirmation."""

from collections.abc import Sequence
from typing import Any

from flask import Response, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from survey_app.accounts.access import Permission, requires
from survey_app.accounts.session import current_viewer
from survey_app.campaigns.blueprint import blueprint, questionnaire_of, upper_page
from survey_app.campaigns.dates import first_mail_moment, local_day, reminder_moments
from survey_app.campaigns.mails.preview import preview_letter
from survey_app.campaigns.models import Wave, WaveState
from survey_app.campaigns.paging import asked_page
from survey_app.campaigns.panel import read_panel
from survey_app.campaigns.queries import find_recipient, find_validated_version, get_wave, list_recipients
from survey_app.campaigns.readiness import gather_facts, survey_lines
from survey_app.campaigns.rules import launch_obstacles, launch_remarks, unasked_lines
from survey_app.campaigns.schedule.service import confirm_wave, withdraw_confirmation
from survey_app.campaigns.service import cancel_wave, launch_wave
from survey_app.campaigns.vocabulary import DISCLOSURES, MAIL_KINDS, MODES, PANEL_STATUSES
from survey_app.catalogue.loading import Catalogue
from survey_app.clients.forms import ROLE_LABELS
from survey_app.clients.models import Contact
from survey_app.db import transaction
from survey_app.errors import N_, NotFound
from survey_app.i18n import current_language
from survey_app.questionnaires import Questionnaire
from survey_app.web import db_session, explain, now, settings

MAX_SHOWN = 200
# The page is the mail itself: it may style itself, and do nothing else.
MAIL_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; sandbox"


def panel_page(wave: Wave) -> Any:
    """Show who will be asked, and what changed since the last wave."""
    return render_template(
        "campaigns/panel.html",
        wave=wave,
        panel=read_panel(db_session(), wave, _chosen_status(), asked_page(request.args)),
        statuses=PANEL_STATUSES,
        roles=ROLE_LABELS,
        obstacle=_told(wave.obstacle),
    )


def _chosen_status() -> str:
    status = request.args.get("status", "")
    return status if status in PANEL_STATUSES else ""


def _told(obstacle: dict[str, Any] | None) -> str:
    if obstacle is None:
        return ""
    sentence, values = obstacle["message"], obstacle["values"]
    return str(gettext(sentence, **values))


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
