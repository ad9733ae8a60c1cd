"""Give the client its own view of the results: choose who receives the link, see who has it."""

from collections.abc import Collection

from flask import flash, redirect, render_template, request, url_for
from flask_babel import ngettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from survey_app.accounts.access import Permission, requires
from survey_app.accounts.session import current_viewer
from survey_app.campaigns.queries import get_wave
from survey_app.clients.queries import list_contacts
from survey_app.db import transaction
from survey_app.errors import N_, Invalid, NotFound
from survey_app.forms import attempt
from survey_app.scores.models import ResultLink
from survey_app.scores.sharing import list_links, may_write, revoke_link, share_results
from survey_app.scores.views import blueprint
from survey_app.web import db_session, explain, now, settings


@blueprint.get("/waves/<int:wave_id>/results/share")
@requires(Permission.MANAGE_CAMPAIGNS)
def share(wave_id: int) -> str:
    return _page(wave_id)


def _page(wave_id: int, problem: str = "", ticked: Collection[str] = ()) -> str:
    wave = get_wave(db_session(), current_viewer(), wave_id)
    links = {link.contact_id: link for link in list_links(db_session(), wave) if link.revoked_at is None}
    contacts = [each for each in list_contacts(db_session(), wave.campaign.client) if each.is_active]
    without_link = [each for each in contacts if each.id not in links]
    return render_template(
        "scores/share.html",
        wave=wave,
        contacts=contacts,
        offered=[each for each in without_link if may_write(each)],
        unreachable=[each for each in without_link if not may_write(each)],
        links=links,
        problem=problem,
        ticked=ticked,
    )


@blueprint.post("/waves/<int:wave_id>/results/share")
@requires(Permission.MANAGE_CAMPAIGNS)
def send_links(wave_id: int) -> Response | tuple[str, int]:
    """Write to those who were ticked; a contact of another client is refused."""
    wave = get_wave(db_session(), current_viewer(), wave_id)
    ticked = set(request.form.getlist("contact"))
    given: list[ResultLink] = []

    def share_with_ticked(session: Session) -> None:
        if not ticked:
            raise Invalid(N_("Tick at least one person."))
        chosen = [each for each in list_contacts(session, wave.campaign.client) if str(each.id) in ticked]
        key = settings().token_key.get_secret_value().encode()
        given.extend(share_results(session, wave, chosen, key, current_viewer().actor, now()))

    refusal = attempt(share_with_ticked)
    if refusal is not None:
        return _page(wave_id, explain(refusal), ticked), refusal.status
    flash(ngettext("%(num)s mail will leave.", "%(num)s mails will leave.", len(given)), "success")
    return redirect(url_for("scores.share", wave_id=wave_id))


@blueprint.post("/waves/<int:wave_id>/results/share/<int:link_id>/withdraw")
@requires(Permission.MANAGE_CAMPAIGNS)
def withdraw(wave_id: int, link_id: int) -> Response:
    wave = get_wave(db_session(), current_viewer(), wave_id)
    with transaction(db_session()) as session:
        link = session.get(ResultLink, link_id)
        if link is None or link.wave_id != wave.id:
            raise NotFound(N_("This link is not one of this wave."))
        revoke_link(session, link, current_viewer().actor, now())
    return redirect(url_for("scores.share", wave_id=wave_id))
