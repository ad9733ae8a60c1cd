"""All staff pages of the facts and the evidence, on one blueprint."""

from survey_app.measurements import evidence_views
from survey_app.measurements.views import blueprint

__all__ = ["blueprint", "evidence_views"]
