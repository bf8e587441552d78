"""Fair comparison: nearer the truth than raw numbers where work is shared out unequally, and null where it must be."""

import numpy as np
import polars as pl
import pytest
from scipy.stats import kendalltau

from labelqa.comparison import Scheme
from labelqa.comparison.comparer import compare_relations
from labelqa.measures.workforce.fair import Fits, fair_comparison
from labelqa.project import Builder
from labelqa.simulation.planted import planted
from labelqa.simulation.plants import Person, Setting


def compared(project):
    return compare_relations(project, ("benchmark", "consensus", "self"), Scheme())


def fair(project, seconds=None):
    comparison = compared(project)
    return fair_comparison(Fits.of(comparison, seconds), comparison)


def unequal(seed, assets=400):
    """Ten labelers, each better and faster than the one before; the harder an asset, the better who gets it."""
    people = [Person(jitter=0.075 - 0.006 * k, miss_rate=0.15 - 0.012 * k, pace=1.6 - 0.1 * k) for k in range(10)]
    setting = Setting(unequal=1.2, hardness=1.5, benchmark_share=0.5)
    return fair(planted(people, assets, seed, setting)).filter(pl.col("labeler") != "expert")


def test_adjusted_order_is_nearer_the_truth():
    """Mean Kendall tau with the true order over six projects: raw .44, .55, .46; adjusted .79, .80, .97."""
    tau = {}
    for seed in range(6):
        table = unequal(seed)
        assert table.height == 10
        for name, sign in (("consensus", 1), ("benchmark", 1), ("time", -1)):
            for which in ("raw", "adjusted"):
                found = kendalltau(np.arange(10), sign * table[f"{name}_{which}"].to_numpy())[0]
                tau.setdefault((name, which), []).append(found)
    mean = {key: np.mean(values) for key, values in tau.items()}
    for name, least in (("consensus", 0.2), ("benchmark", 0.15), ("time", 0.4)):
        assert mean[name, "adjusted"] - mean[name, "raw"] > least, mean
    assert mean["time", "adjusted"] > 0.9
    assert mean["consensus", "adjusted"] > 0.7


@pytest.mark.slow
def test_intervals_of_pace_hold_the_truth():
    held = []
    for seed in range(60):
        pace = np.linspace(0.7, 1.4, 6)
        people = [Person(pace=value, miss_rate=0.0) for value in pace]
        table = fair(planted(people, 60, seed, Setting(unequal=1.0, hardness=1.0)), seconds=None)
        n = table["time_assets"].to_numpy()
        truth = np.log(pace) - n @ np.log(pace) / n.sum()
        low, high = (np.log(table[f"time_factor_{end}"].to_numpy()) for end in ("low", "high"))
        held.append((low <= truth) & (truth <= high))
    assert 0.92 < np.mean(held) < 0.98


def two_teams(n_labels=3):
    """Two teams that share no asset, and a labeler who is always alone."""
    builder = Builder()
    builder.source("teams", "example")
    rng = np.random.default_rng(0)
    teams = [("ana", "ben", "cleo", "dan"), ("eva", "fay", "gus")]
    for k in range(12):
        asset = f"a{k:02d}"
        builder.asset("p", asset, width=100, height=100)
        team = teams[k % 2] if k < 10 else ("zoe",)
        for who in team[:n_labels] if k % 3 else team[-n_labels:]:
            label = builder.label("p", asset, f"{asset}/{who}", who, seconds=float(rng.uniform(10, 20)))
            builder.bbox(label, "cat", 10, 10, 50 + float(rng.integers(0, 9)), 50)
    return builder.project()


def test_teams_that_share_nothing_are_not_compared():
    table = fair(two_teams())
    rows = {row["labeler"]: row for row in table.iter_rows(named=True)}
    assert [rows[name]["consensus_group"] for name in ("ana", "eva", "zoe")] == [0, 1, None]
    assert rows["eva"]["consensus_adjusted"] is None
    assert rows["eva"]["consensus_effect"] is not None
    assert "consensus_adjusted: other_group" in rows["eva"]["undefined"]
    assert rows["zoe"]["time_factor"] is None
    assert "time: nothing_shared" in rows["zoe"]["undefined"]
    assert rows["zoe"]["time_raw"] is not None
    assert "benchmark: no_evidence" in rows["ana"]["undefined"]
    assert rows["ana"]["consensus_adjusted_low"] <= rows["ana"]["consensus_adjusted"]


def test_two_labels_of_an_asset_give_no_skill_but_a_speed():
    table = fair(two_teams(n_labels=2))
    assert table["consensus_effect"].null_count() == table.height
    assert table["consensus_raw"].null_count() == 1
    assert table.filter(pl.col("labeler") == "ana")["time_factor"].null_count() == 0


def test_raw_numbers_are_the_plain_means():
    project = planted([Person()] * 4, 30, 3, Setting(benchmark_share=0.5))
    comparison = compared(project)
    table = fair_comparison(Fits.of(comparison), comparison)
    pairs = comparison.pairs.filter(pl.col("relation") == "benchmark")
    for row in table.iter_rows(named=True):
        mine = pairs.filter(pl.col("labeler_a") == row["labeler"])["agreement"]
        assert row["benchmark_raw"] == pytest.approx(mine.mean())
        assert row["benchmark_n"] == len(mine)
        mine = project.labels.filter(pl.col("labeler") == row["labeler"], pl.col("role") == "submitted")["seconds"]
        assert row["time_raw"] == pytest.approx(float(np.exp(mine.clip(upper_bound=300).log().mean())))


def test_seconds_that_are_given_are_taken():
    project = planted([Person()] * 4, 30, 3)
    seconds = np.full(project.labels.height, 7.0)
    seconds[0] = np.inf
    table = fair(project, seconds)
    assert table["time_raw"].to_numpy() == pytest.approx(7.0)
    assert table["time_factor"].to_numpy() == pytest.approx(1.0)
    assert table["time_n"].sum() == project.labels.height - 1


def test_empty_project():
    assert fair(Builder().project()).height == 0
