"""Every table in one metadata: what migrations are compared with."""

import survey_app.accounts.models
import survey_app.action_plans.models
import survey_app.agreements.models
import survey_app.audit.models
import survey_app.bonuses.models
import survey_app.campaigns.models
import survey_app.catalogue.models
import survey_app.clients.models
import survey_app.measurements.models
import survey_app.outbox.models
import survey_app.responses.models
import survey_app.score_sheets.models
import survey_app.scores.models  # noqa: F401 - imported for the tables they declare
from survey_app.db import Base

metadata = Base.metadata
