"""The words of the portfolio: how a cell stands, who answers less; the stylesheet adds a shape."""

from survey_app.translation import lazy_gettext

STANDINGS = {
    "under": lazy_gettext("under the threshold, for sure"),
    "maybe_under": lazy_gettext("under the threshold, not for sure"),
    "maybe_above": lazy_gettext("above the threshold, not for sure"),
    "above": lazy_gettext("above the threshold, for sure"),
    "not_measurable": lazy_gettext("not measurable"),
    "hidden": lazy_gettext("hidden: too few people"),
    "absent": lazy_gettext("not in the agreement"),
}

# The stylesheet draws the same shapes on the page.
SHAPES = {
    "under": "▼",
    "maybe_under": "▽",
    "maybe_above": "○",
    "above": "●",
    "not_measurable": "–",
    "hidden": "×",
}

RATE_WORDS = {"less": lazy_gettext("(fewer)"), "more": lazy_gettext("(more)")}
