"""How often gates err, by simulation: a bad project let through, a good labeler stopped."""

import numpy as np
import pytest

from labelqa.gates.decide import Bounds, decide
from labelqa.gates.figures import Figures
from labelqa.gates.gate import gate
from labelqa.gates.policy import Rule
from labelqa.measures.estimate import Evidence
from labelqa.project import Builder
from tests.gates.answers import answered

pytestmark = pytest.mark.slow

RATE = 0.05


def bounds(n_assets):
    builder = Builder()
    builder.source("made", "made")
    for k in range(n_assets):
        builder.asset("p", f"a{k:05}")
    return Bounds(builder.project())


def figures(scores):
    """Give each row of scores [rows, assets] as one row of a level."""
    import polars as pl

    rows, assets = scores.shape
    group, asset = np.repeat(np.arange(rows), assets), np.tile(np.arange(assets), rows)
    evidence = Evidence(group, asset, scores.ravel(), np.ones(scores.size))
    frame = pl.DataFrame({"labeler": [f"p{k}" for k in range(rows)]})
    return Figures(frame, np.arange(rows), rows, {"benchmark": evidence})


def mostly_perfect(rng, shape):
    """Nine of ten perfect, the rest uniform: mean 0.95; what t and percentile intervals are worst at."""
    return np.where(rng.random(shape) < 0.9, 1.0, rng.random(shape))


DRAWS = {
    "mostly perfect": (mostly_perfect, 0.95),
    "all or nothing": (lambda rng, shape: (rng.random(shape) < 0.9).astype(float), 0.9),
    "even": (lambda rng, shape: rng.random(shape), 0.5),
}


def most_allowed(rate, n):
    """Give the share that a true rate exceeds in fewer than 1 in 1,000 simulations."""
    return rate + 3.1 * np.sqrt(rate * (1 - rate) / n)


@pytest.mark.parametrize("draw", DRAWS)
@pytest.mark.parametrize("n_assets", [10, 30, 200])
def test_assure_lets_a_project_just_below_the_limit_pass_at_most_at_the_rate(draw, n_assets):
    make, mean = DRAWS[draw]
    n, rng = 4000, np.random.default_rng(n_assets)
    rule = Rule("r", "benchmark", "labeler", mean + 1e-6, True, "assure")
    found = decide(rule, figures(make(rng, (n, n_assets))), np.arange(n), bounds(n_assets))
    assert np.mean(found.outcome == "pass") <= most_allowed(RATE, n)


@pytest.mark.parametrize("draw", DRAWS)
@pytest.mark.parametrize(("n_labelers", "n_runs"), [(5, 800), (500, 60)])
def test_detect_fails_any_labeler_at_the_limit_at_most_at_the_rate(draw, n_labelers, n_runs):
    make, mean = DRAWS[draw]
    rng, at = np.random.default_rng(n_labelers), bounds(40)
    rule = Rule("r", "benchmark", "labeler", mean, True, "detect")
    wrong = 0
    for _ in range(n_runs):
        found = decide(rule, figures(make(rng, (n_labelers, 40))), np.arange(n_labelers), at)
        wrong += bool((found.outcome == "fail").any())
    assert wrong / n_runs <= most_allowed(RATE, n_runs)


def test_detect_holds_its_rate_beside_labelers_who_are_surely_bad_and_finds_them():
    make, mean = DRAWS["all or nothing"]
    rng, at, n_runs = np.random.default_rng(7), bounds(60), 400
    rule = Rule("r", "benchmark", "labeler", mean, True, "detect")
    wrong = missed = 0
    for _ in range(n_runs):
        scores = make(rng, (20, 60))
        scores[:15] = rng.random((15, 60)) < 0.4
        found = decide(rule, figures(scores), np.arange(20), at)
        wrong += bool((found.outcome[15:] == "fail").any())
        missed += int((found.outcome[:15] != "fail").sum())
    assert wrong / n_runs <= most_allowed(RATE, n_runs)
    assert missed / (15 * n_runs) < 0.05


def test_whole_projects_just_below_the_limit_pass_at_most_at_the_rate():
    rng, n_runs, passed = np.random.default_rng(3), 300, 0
    for _ in range(n_runs):
        project = answered({"ann": (rng.random(40) < 0.9).tolist()})
        rule = {"measure": "benchmark", "at_least": 0.9}
        passed += gate(project, {"rules": {"r": rule}}).exit_code == 0
    assert passed / n_runs <= most_allowed(RATE, n_runs)


def test_assure_passes_a_project_that_is_clearly_above():
    rng, n = np.random.default_rng(9), 500
    rule = Rule("r", "benchmark", "labeler", 0.85, True, "assure")
    found = decide(rule, figures(mostly_perfect(rng, (n, 200))), np.arange(n), bounds(200))
    assert np.mean(found.outcome == "pass") > 0.95
