"""The button that closes a wave."""

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from survey_app.accounts.access import Permission, requires
from survey_app.accounts.session import current_viewer
from survey_app.campaigns.queries import get_wave
from survey_app.closing.service import close_wave, lines_without_fact
from survey_app.db import transaction
from survey_app.score_sheets.signing import signing_key_bytes
from survey_app.scores.queries import count_answered, count_invited
from survey_app.web import db_session, now, settings

blueprint = Blueprint("closing", __name__)


@blueprint.get("/waves/<int:wave_id>/close")
@requires(Permission.MANAGE_CAMPAIGNS)
def confirm(wave_id: int) -> str:
    session = db_session()
    wave = get_wave(session, current_viewer(), wave_id)
    return render_template(
        "closing/confirm.html",
        wave=wave,
        lines=lines_without_fact(session, wave),
        is_early=now() < wave.ends_at,
        n_invited=count_invited(session, wave),
        n_answered=count_answered(session, wave),
    )


@blueprint.post("/waves/<int:wave_id>/close")
@requires(Permission.MANAGE_CAMPAIGNS)
def close(wave_id: int) -> Response:
    session, viewer = db_session(), current_viewer()
    with transaction(session):
        get_wave(session, viewer, wave_id)
        close_wave(
            session,
            wave_id,
            current_app.extensions["survey_catalogue"],
            signing_key_bytes(settings()),
            viewer.actor,
            now(),
        )
    flash(gettext("The wave is closed: scores, plans and score sheet are ready."), "success")
    return redirect(url_for("scores.results", wave_id=wave_id))
