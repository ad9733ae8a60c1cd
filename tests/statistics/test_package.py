"""The package as a whole: what it promises to its callers, what it loads, what its docstrings show."""

import doctest
import importlib
import inspect
import pkgutil
import subprocess
import sys
from dataclasses import FrozenInstanceError, fields, is_dataclass
from typing import Any

import numpy as np
import pytest

import survey_app.statistics as package

SIGNATURES = {
    "adjust_p_values": "p, method='bh'",
    "break_even": "scores, population, threshold",
    "decide": "scores, population, threshold, level=0.9",
    "finite_mean_interval": "scores, population, low=0, high=10, level=0.9",
    "finite_proportion_interval": "successes, n, population, level=0.95",
    "net_promoter_score": "ratings, population=None, level=0.9",
    "paired_change": "before, after",
    "proportion_difference": "s1, n1, s2, n2, level=0.95",
    "proportion_interval": "successes, n, method='wilson', level=0.95",
    "straight_lining": "answers",
    "stratified_mean": "strata, level=0.95",
    "trend": "values, times=None, level=0.95",
    "unpaired_change": "before, after",
    "usual_mean_interval": "scores, population=None, level=0.95",
    "weighted_mean": "scores, weights, population=None, level=0.95",
    "worst_case_bounds": "scores, population, low=0, high=10",
}

FIELDS = {
    "Bounds": ["low", "high"],
    "Change": ["estimate", "statistic", "p_value", "is_testable"],
    "Decision": ["state", "is_breach", "interval"],
    "Interval": ["estimate", "low", "high", "n", "method", "se", "population"],
    "Trend": ["slope", "low", "high", "statistic", "z", "p_value"],
}

# What each calculation answers, on marks that could come from a wave; intervals with the name of their method.
MARKS = ([8, 9, 10, 7, 9], 8)
ANSWERS: dict[str, tuple[tuple[Any, ...], Any]] = {
    "finite_mean_interval": (MARKS, "polya"),
    "usual_mean_interval": (([8, 9, 10, 7, 9],), "t"),
    "stratified_mean": (([([8, 9], 4, 0.5), ([7, 6], 3, 0.5)],), "approximate t"),
    "weighted_mean": (([8, 9, 7], [1, 2, 1]), "weighted t"),
    "proportion_interval": ((3, 5), "wilson"),
    "finite_proportion_interval": ((3, 5, 8), "hypergeometric"),
    "proportion_difference": ((3, 5, 1, 4), "newcombe"),
    "net_promoter_score": (([10, 9, 6],), "adjusted wald"),
    "worst_case_bounds": (MARKS, package.Bounds),
    "break_even": ((*MARKS, 7), float),
    "decide": ((*MARKS, 7), package.Decision),
    "paired_change": (([6, 7], [7, 8]), package.Change),
    "unpaired_change": (([6, 7], [7, 8]), package.Change),
    "adjust_p_values": (([0.01, 0.2],), np.ndarray),
    "trend": (([6.8, 7, 7.1],), package.Trend),
    "straight_lining": (([7, 7, 8],), int),
}

MODULES = [f"survey_app.statistics.{module.name}" for module in pkgutil.iter_modules(package.__path__)]


def plain_signature(function: Any) -> str:
    parameters = inspect.signature(function).parameters.values()
    return ", ".join(str(p.replace(annotation=inspect.Parameter.empty)) for p in parameters)


def test_it_exports_the_promised_names_and_no_others() -> None:
    assert sorted(package.__all__) == sorted([*SIGNATURES, *FIELDS])


@pytest.mark.parametrize("name", SIGNATURES)
def test_every_calculation_keeps_its_arguments(name: str) -> None:
    assert plain_signature(getattr(package, name)) == SIGNATURES[name]


@pytest.mark.parametrize("name", FIELDS)
def test_every_result_keeps_its_fields_and_is_frozen(name: str) -> None:
    result = getattr(package, name)
    assert is_dataclass(result)
    assert [field.name for field in fields(result)] == FIELDS[name]
    assert result.__dataclass_params__.frozen  # type: ignore[union-attr]


@pytest.mark.parametrize("name", SIGNATURES)
def test_every_calculation_answers_with_its_kind_of_result(name: str) -> None:
    arguments, expected = ANSWERS[name]
    result = getattr(package, name)(*arguments)
    if isinstance(expected, str):
        assert type(result) is package.Interval
        assert result.method == expected
        assert result.low <= result.estimate <= result.high
        assert result.se is None or result.se >= 0
    else:
        assert type(result) is expected


def test_a_result_cannot_be_altered() -> None:
    with pytest.raises(FrozenInstanceError):
        package.worst_case_bounds([7], 2).low = 7.0  # type: ignore[misc]


@pytest.mark.parametrize("module", MODULES)
def test_the_examples_in_the_docstrings_hold(module: str) -> None:
    assert doctest.testmod(importlib.import_module(module)).failed == 0


@pytest.mark.parametrize("name", SIGNATURES)
def test_every_calculation_is_documented_with_its_source_and_an_example(name: str) -> None:
    text = inspect.getdoc(getattr(package, name)) or ""
    assert all(f"\n{title}\n---" in text for title in ("Parameters", "Returns", "Raises", "References", "Examples"))


def test_importing_it_loads_no_heavy_library() -> None:
    code = (
        "import sys, survey_app.statistics;print(*{'numpy', 'scipy', 'flask', 'sqlalchemy'}.intersection(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_no_calculation_loads_the_slow_part_of_scipy() -> None:
    code = (
        "import sys; from survey_app.statistics import *;"
        "usual_mean_interval([7, 8]); stratified_mean([([8, 9], 4, 0.5), ([7, 6], 3, 0.5)]);"
        "proportion_interval(1, 2, 'exact');"
        "unpaired_change([1, 2], [3]); adjust_p_values([0.1]); trend([1, 2, 3]);"
        "finite_mean_interval([7, 8, 9], 5); print('scipy.stats' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
