"""The next objective, proposed from the baseline: ambitious and realistic."""

from decimal import Decimal
from fractions import Fraction

from survey_app.formats import round_half_up

# A third of the way that is left: far enough to be felt, near enough to be reached in one period.
SHARE_OF_THE_WAY = Fraction(1, 3)


def propose_target(baseline: Fraction, threshold: Decimal) -> Decimal:
    """Return the threshold where the baseline is below it, else a third of the way left to ten."""
    if baseline < Fraction(threshold):
        return threshold
    return round_half_up(baseline + SHARE_OF_THE_WAY * (10 - baseline), 1)
