"""How often gates err, by simulation: a bad project let through, a good labeler stopped."""

import numpy as np
import polars as pl
import pytest

import labelqa
from labelqa.gates.decide import Bounds, decide
from labelqa.gates.figures import Figures
from labelqa.gates.gate import gate
from labelqa.gates.policy import Rule
from labelqa.gates.worsening import differences, worsened
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


# --- against a baseline --------------------------------------------------------------------------------------------


def cells(values, assets):
    """Give values [rows, assets] as cells of that many rows; `assets` are their numbers."""
    rows, n = values.shape
    return pl.DataFrame({
        "row": np.repeat(np.arange(rows), n).astype(np.uint32), "asset_project": ["p"] * values.size,
        "asset_id": [f"a{k}" for k in assets] * rows, "above": values.ravel(), "below": np.ones(values.size),
    })  # fmt: skip


def alarms(new, old, seed):
    """Tell whether any row is found worse."""
    rule = Rule("r", "benchmark", "labeler", 0.5)
    return bool((worsened(rule, differences(cells(*new), cells(*old), True, seed), seed).outcome == "fail").any())


def unchanged(kind, make, rng, n_rows):
    """Draw two runs of like quality; an asset that both have may be labeled anew, or be as it was."""
    old = make(rng, (n_rows, 80))
    if kind == "same assets, labeled anew":
        return (make(rng, (n_rows, 80)), range(80)), (old, range(80))
    if kind == "other assets":
        return (make(rng, (n_rows, 50)), range(100, 150)), (old, range(80))
    if kind == "many more assets":
        return (make(rng, (n_rows, 400)), range(100, 500)), (old, range(80))
    new = np.concatenate([old[:, :60], make(rng, (n_rows, 40))], axis=1)
    return (new, [*range(60), *range(100, 140)]), (old, range(80))


KINDS = ["same assets, labeled anew", "other assets", "many more assets", "some as they were, some new"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("draw", "n_rows", "n_runs"),
    [*((draw, 1, 300) for draw in DRAWS), ("mostly perfect", 5, 200), ("mostly perfect", 500, 8)],
)
def test_a_run_that_is_no_worse_is_stopped_at_most_at_the_rate(draw, kind, n_rows, n_runs):
    make, _ = DRAWS[draw]
    rng = np.random.default_rng(n_rows + 7 * KINDS.index(kind))
    wrong = sum(alarms(*unchanged(kind, make, rng, n_rows), seed) for seed in range(n_runs))
    assert wrong / n_runs <= most_allowed(RATE, n_runs)


@pytest.mark.parametrize("kind", KINDS)
def test_a_run_that_is_much_worse_is_found(kind):
    rng, n_runs, found = np.random.default_rng(11), 60, 0
    for seed in range(n_runs):
        (new, assets), old = unchanged(kind, mostly_perfect, rng, 1)
        found += alarms((new * (rng.random(new.shape) < 0.7), assets), old, seed)
    assert found / n_runs > 0.9


def test_a_worsening_that_is_allowed_is_found_at_most_at_the_rate():
    rng, n_runs, wrong = np.random.default_rng(12), 500, 0
    rule = Rule("r", "benchmark", "labeler", 0.5, worsening=0.1)
    for seed in range(n_runs):
        old, new = ((rng.random((1, 60)) < chance).astype(float) for chance in (0.9, 0.8))
        found = differences(cells(new, range(60)), cells(old, range(60)), True, seed)
        wrong += worsened(rule, found, seed).outcome[0] == "fail"
    assert wrong / n_runs <= most_allowed(RATE, n_runs)


def test_whole_projects_of_like_quality_are_stopped_at_most_at_the_rate():
    rng, n_runs, wrong = np.random.default_rng(13), 60, 0
    rule = {"measure": "benchmark", "level": "labeler", "at_least": 0.01}
    for _ in range(n_runs):
        runs = [answered({name: (rng.random(30) < 0.9).tolist() for name in ("ann", "bob")}) for _ in range(2)]
        found = gate(runs[0], {"rules": {"r": rule}}, baseline=labelqa.score(runs[1]))
        wrong += found["r, baseline"].outcome == "fail"
    assert wrong / n_runs <= most_allowed(RATE, n_runs)
