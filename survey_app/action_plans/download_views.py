"""Plans and actions as files to keep and to send."""

from flask import Response
from flask_babel import gettext as _

from survey_app.accounts.access import Permission, requires
from survey_app.accounts.session import current_viewer
from survey_app.action_plans.document import plans_pdf
from survey_app.action_plans.queries import get_plan, line_label, list_plans
from survey_app.action_plans.views import blueprint
from survey_app.action_plans.workbook import actions_xlsx
from survey_app.clients.queries import get_client
from survey_app.i18n import current_language
from survey_app.web import db_session, today

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _download(content: bytes, mimetype: str, name: str) -> Response:
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, mimetype=mimetype, headers=disposition)


@blueprint.get("/plans/<int:plan_id>.pdf")
@requires(Permission.SEE_RESULTS)
def plan_pdf(plan_id: int) -> Response:
    plan, language = get_plan(db_session(), current_viewer(), plan_id), current_language()
    leader = plan.leader or plan
    content = plans_pdf(line_label(leader, language), [leader], today(leader.client.time_zone), language)
    return _download(content, "application/pdf", f"plan-{plan_id}.pdf")


@blueprint.get("/clients/<client_key>/plans.pdf")
@requires(Permission.SEE_RESULTS)
def client_pdf(client_key: str) -> Response:
    """Give the client's whole progress plan; lines that the client never sees stay out of it."""
    client, language = get_client(db_session(), current_viewer(), client_key), current_language()
    plans = [plan for plan in list_plans(db_session(), client.id) if not plan.is_internal]
    title = _("Progress plan of %(client)s", client=client.name)
    return _download(
        plans_pdf(title, plans, today(client.time_zone), language), "application/pdf", f"plans-{client.key}.pdf"
    )


@blueprint.get("/clients/<client_key>/plans.xlsx")
@requires(Permission.SEE_RESULTS)
def client_xlsx(client_key: str) -> Response:
    client = get_client(db_session(), current_viewer(), client_key)
    content = actions_xlsx(list_plans(db_session(), client.id), current_language())
    return _download(content, XLSX, f"plans-{client.key}.xlsx")
