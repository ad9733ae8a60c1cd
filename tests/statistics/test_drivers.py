"""Johnson's relative weights, against R."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from survey_app.statistics import relative_weights

# R: mtcars[, c("mpg", "cyl", "disp", "hp", "wt", "gear")] (Henderson and Velleman 1981).
MTCARS = [
    [21.0, 6, 160.0, 110, 2.620, 4],
    [21.0, 6, 160.0, 110, 2.875, 4],
    [22.8, 4, 108.0, 93, 2.320, 4],
    [21.4, 6, 258.0, 110, 3.215, 3],
    [18.7, 8, 360.0, 175, 3.440, 3],
    [18.1, 6, 225.0, 105, 3.460, 3],
    [14.3, 8, 360.0, 245, 3.570, 3],
    [24.4, 4, 146.7, 62, 3.190, 4],
    [22.8, 4, 140.8, 95, 3.150, 4],
    [19.2, 6, 167.6, 123, 3.440, 4],
    [17.8, 6, 167.6, 123, 3.440, 4],
    [16.4, 8, 275.8, 180, 4.070, 3],
    [17.3, 8, 275.8, 180, 3.730, 3],
    [15.2, 8, 275.8, 180, 3.780, 3],
    [10.4, 8, 472.0, 205, 5.250, 3],
    [10.4, 8, 460.0, 215, 5.424, 3],
    [14.7, 8, 440.0, 230, 5.345, 3],
    [32.4, 4, 78.7, 66, 2.200, 4],
    [30.4, 4, 75.7, 52, 1.615, 4],
    [33.9, 4, 71.1, 65, 1.835, 4],
    [21.5, 4, 120.1, 97, 2.465, 3],
    [15.5, 8, 318.0, 150, 3.520, 3],
    [15.2, 8, 304.0, 150, 3.435, 3],
    [13.3, 8, 350.0, 245, 3.840, 3],
    [19.2, 8, 400.0, 175, 3.845, 3],
    [27.3, 4, 79.0, 66, 1.935, 4],
    [26.0, 4, 120.3, 91, 2.140, 5],
    [30.4, 4, 95.1, 113, 1.513, 5],
    [15.8, 8, 351.0, 264, 3.170, 5],
    [19.7, 6, 145.0, 175, 2.770, 5],
    [15.0, 8, 301.0, 335, 3.570, 5],
    [21.4, 4, 121.0, 109, 2.780, 4],
]
MPG = [row[0] for row in MTCARS]


@pytest.mark.parametrize(
    ("columns", "weights", "r_squared"),
    [
        # R, rwa: rwa(mtcars, "mpg", c("cyl", "disp", "hp", "gear")) -> Raw.RelWeight, $rsquare
        ((1, 2, 3, 5), [0.2284797, 0.2221469, 0.2321744, 0.0963886], 0.7791896),
        # R, rwa: rwa_multiregress(mtcars, "mpg", c("cyl", "disp", "hp", "wt"))
        ((1, 2, 3, 4), [0.2096904, 0.1883043, 0.1799590, 0.2706812], 0.8486),
    ],
)
def test_it_matches_r_on_mtcars(columns: tuple[int, ...], weights: list[float], r_squared: float) -> None:
    result = relative_weights([[row[c] for c in columns] for row in MTCARS], MPG)
    assert result.weights == pytest.approx(weights, abs=5e-8)
    assert result.r_squared == pytest.approx(r_squared, abs=5.1e-5)
    assert result.weights.sum() == pytest.approx(result.r_squared)


def test_uncorrelated_predictors_get_their_squared_correlations() -> None:
    predictors = [[1, 1], [1, -1], [-1, 1], [-1, -1]]
    result = relative_weights(predictors, [3, 1, -1, -3])
    assert result.weights == pytest.approx([0.8, 0.2])
    assert result.r_squared == pytest.approx(1.0)


@settings(max_examples=40)
@given(st.integers(0, 10_000))
def test_the_weights_share_out_the_r_squared_of_the_regression(seed: int) -> None:
    generator = np.random.default_rng(seed)
    predictors = generator.normal(size=(12, 3)) + generator.normal(size=(12, 1))
    outcome = predictors @ [1.0, 0.5, 0.0] + generator.normal(size=12)
    result = relative_weights(predictors, outcome)
    design = np.column_stack((np.ones(12), predictors))
    residual = outcome - design @ np.linalg.lstsq(design, outcome)[0]
    assert result.r_squared == pytest.approx(1 - residual.var() / outcome.var())
    assert (result.weights >= 0).all()
    turned = relative_weights(predictors[::-1, ::-1] * 3 + 1, outcome[::-1] * 2)
    assert turned.weights[::-1] == pytest.approx(result.weights)


def test_the_result_cannot_be_altered() -> None:
    with pytest.raises(ValueError, match="read-only"):
        relative_weights([[1], [2], [4]], [1, 2, 3]).weights[0] = 0


@pytest.mark.parametrize(
    ("predictors", "outcome", "sentence"),
    [
        ([], [], "empty"),
        ([[1, 2], [2, 1], [3, 5], [4, 4]], [1, 2, 3], "4 rows of predictors and 3 outcomes"),
        ([[1, 2], [2, 1], [3, 5]], [1, 2, 3], "need more than 3 respondents"),
        ([[1, 2], [2, 4], [3, 6], [5, 10]], [1, 2, 3, 3], "determined by the others"),
        ([[1, 7], [2, 7], [3, 7], [5, 7]], [1, 2, 3, 3], "predictors holds a column that does not vary"),
        ([[1, 7], [2, 6], [3, 7], [5, 7]], [3, 3, 3, 3], "outcome holds a column that does not vary"),
    ],
)
def test_it_says_what_is_wrong(predictors: list[list[int]], outcome: list[int], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        relative_weights(predictors, outcome)
