"""Choose indicators from the catalogue."""

from collections.abc import Collection
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from sqlalchemy.orm import Session

from survey_app.accounts.access import Permission, requires
from survey_app.agreements.blueprint import blueprint, find_agreement
from survey_app.agreements.drafting import add_commitment, refuse_frozen
from survey_app.agreements.models import AgreementVersion
from survey_app.agreements.queries import current_version
from survey_app.agreements.rules import MANY_LINES, is_crowded
from survey_app.agreements.wording import OBLIGORS, PRINTED_MEASURES, THEMES
from survey_app.catalogue.queries import agency_catalogue
from survey_app.catalogue.rules import find_indicators, formula_in_words
from survey_app.errors import N_, Invalid
from survey_app.forms import attempt
from survey_app.i18n import current_language
from survey_app.web import db_session, explain


@blueprint.get("/agreements/<int:agreement_id>/lines/add")
@requires(Permission.MANAGE_AGREEMENTS)
def picker(agreement_id: int) -> Any:
    """Show the catalogue by theme, with a search."""
    draft = current_version(db_session(), find_agreement(agreement_id))
    refuse_frozen(draft)
    return _page(draft)


def _page(draft: AgreementVersion, ticked: Collection[str] = (), problem: str = "") -> str:
    catalogue = agency_catalogue(db_session(), draft.agreement.client.agency_id)
    words = request.args.get("q", "")[:100]
    return render_template(
        "agreements/picker.html",
        version=draft,
        agreement=draft.agreement,
        client=draft.agreement.client,
        found=find_indicators(catalogue, words, current_language()),
        q=words,
        themes=THEMES,
        measures=PRINTED_MEASURES,
        obligors=OBLIGORS,
        chosen={line.indicator_key for line in draft.commitments},
        many_lines=MANY_LINES,
        ticked=ticked,
        problem=problem,
        in_words={key: formula_in_words(each, current_language()) for key, each in catalogue.items()},
    )


@blueprint.post("/agreements/<int:agreement_id>/lines/add")
@requires(Permission.MANAGE_AGREEMENTS)
def pick(agreement_id: int) -> Any:
    """Add the indicators that were ticked; those already in the agreement stay as they are."""
    draft = current_version(db_session(), find_agreement(agreement_id))
    catalogue = agency_catalogue(db_session(), draft.agreement.client.agency_id)
    chosen = {line.indicator_key for line in draft.commitments}
    wanted = [key for key in dict.fromkeys(request.form.getlist("key")) if key in catalogue and key not in chosen]

    def add(session: Session) -> None:
        if not wanted:
            raise Invalid(N_("Tick at least one indicator, then add it."))
        for key in wanted:
            add_commitment(session, draft, catalogue[key])

    refusal = attempt(add)
    if refusal is not None:
        return _page(draft, wanted, explain(refusal)), refusal.status
    flash(ngettext("One line added.", "%(num)s lines added.", len(wanted)), "success")
    if is_crowded(len(draft.commitments)):
        flash(
            gettext(
                "You have %(n)s lines. Few indicators steer better: past %(many)s, attention scatters.",
                n=len(draft.commitments),
                many=MANY_LINES,
            ),
            "warning",
        )
    return redirect(url_for("agreements.show", agreement_id=agreement_id))
