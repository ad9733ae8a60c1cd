"""One row of what a client has, so that the walk over all routes finds something behind each number."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from survey_app.action_plans.models import ActionPlan, PlanAction
from survey_app.agreements.models import Agreement, AgreementVersion
from survey_app.agreements.vocabulary import Obligor
from survey_app.campaigns.models import Campaign, CampaignKind, PrivacyMode, Wave
from survey_app.clients.models import Client
from survey_app.db import transaction

STARTS_ON, ENDS_ON = date(2026, 3, 2), date(2026, 3, 20)


def build_world(session: Session, client_id: int, now: datetime) -> None:
    """Give the client an agreement, a campaign, a wave and a plan, each the first of its kind."""
    with transaction(session):
        client = session.get_one(Client, client_id)
        agreement = Agreement(client=client, title="SLA 2026", created_at=now)
        version = AgreementVersion(
            agreement=agreement, number=1, starts_on=STARTS_ON, ends_on=date(2026, 12, 31), created_at=now
        )
        campaign = Campaign(
            client=client,
            agreement=agreement,
            title="Baromètre",
            kind=CampaignKind.BAROMETER,
            questionnaire_key="quarterly_barometer",
            mode=PrivacyMode.NAMED,
            created_at=now,
        )
        wave = Wave(
            campaign=campaign,
            number=1,
            title="Mars 2026",
            starts_on=STARTS_ON,
            ends_on=ENDS_ON,
            ends_at=datetime(2026, 3, 20, 22, 59, tzinfo=now.tzinfo),
            created_at=now,
        )
        plan = ActionPlan(
            client=client,
            agreement_version=version,
            indicator_key="service_responsiveness",
            is_breach=False,
            party=Obligor.AGENCY,
            threshold=Decimal(7),
            success_level=Decimal(7),
            judging_campaign=campaign,
            judging_wave_number=2,
            created_at=now,
        )
        plan.actions.append(
            PlanAction(position=1, title="Répondre sous deux jours", party=Obligor.AGENCY, owner="Lead", due_on=ENDS_ON)
        )
        session.add_all([agreement, version, campaign, wave, plan])
