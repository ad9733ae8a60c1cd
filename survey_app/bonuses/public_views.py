"""The simulator behind the signatory's personal link: the client sees what each mark would cost before signing."""

from flask import Blueprint, current_app, g, render_template, request

from survey_app.accounts.access import public
from survey_app.agreements.queries import find_round
from survey_app.bonuses.simulator import run_simulation
from survey_app.errors import N_, NotFound
from survey_app.i18n import current_language
from survey_app.web import db_session, refuse_foreign_origin

blueprint = Blueprint("bonus_simulator", __name__)
blueprint.before_request(refuse_foreign_origin)


@blueprint.get("/a/<token>/bonus")
@public
def simulator(token: str) -> str:
    found = find_round(db_session(), token)
    if found is None or found.version.bonus_scheme is None:
        raise NotFound(N_("This link opens nothing. Use the most recent one that you received, whole."))
    g.language = found.language
    simulation = run_simulation(
        db_session(), found.version, current_app.extensions["survey_catalogue"], request.args, current_language()
    )
    return render_template(
        "bonuses/simulator.html",
        version=found.version,
        agreement=found.version.agreement,
        client=found.version.agreement.client,
        simulation=simulation,
        token=token,
    )
