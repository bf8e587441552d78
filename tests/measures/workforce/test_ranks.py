"""Funnel limits, shrinkage, intervals of ranks."""

import numpy as np
import polars as pl
import pytest

from labelqa.measures.workforce.workforce import workforce
from tests.measures.workforce.small import made, rows_of


def reviewed(rng, rates, sizes):
    """Labels of labelers with known chances of acceptance; no two share an asset."""
    labels, reviews = [], []
    for who, (rate, size) in enumerate(zip(rates, sizes, strict=True)):
        for k in range(size):
            name = f"{who:02}-{k:03}"
            labels.append({"asset": name, "id": name, "labeler": f"l{who:02}", "seconds": float(rng.lognormal(3, 0.3))})
            reviews.append({"label": name, "verdict": "accepted" if rng.random() < rate else "rejected"})
    return workforce(made(labels, reviews)).ranks


def test_few_labels_are_drawn_to_the_team_more_than_many():
    rng = np.random.default_rng(1)
    table = reviewed(rng, [0.9] * 4 + [0.5] * 4, [200, 200, 5, 5] * 2).filter(pl.col("measure") == "acceptance_rate")
    moved = (table["shrunk"] - table["value"]).abs() / (table["team"] - table["value"]).abs()
    few = table["n"] == 5
    assert moved.filter(few).min() > 3 * moved.filter(~few).max()
    for row in table.to_dicts():
        inside = sorted([row["value"], row["team"]])
        assert inside[0] - 1e-12 <= row["shrunk"] <= inside[1] + 1e-12
        assert row["shrunk_low"] <= row["shrunk"] <= row["shrunk_high"]
        assert row["rank_low"] <= row["rank"] <= row["rank_high"]


def test_funnels_narrow_with_the_root_of_n():
    table = rows_of(reviewed(np.random.default_rng(2), [0.7] * 2, [400, 100]), "measure", "labeler")
    many, few = table["acceptance_rate", "l00"], table["acceptance_rate", "l01"]
    assert many["team"] == few["team"]
    assert few["funnel_high"] - few["team"] == pytest.approx(2 * (many["funnel_high"] - many["team"]))
    spread = np.sqrt(0.7 * 0.3 / 400) * 3.09
    assert many["team"] - many["funnel_low"] == pytest.approx(spread, rel=0.1)


def test_where_all_are_alike_funnels_stay_silent_and_ranks_say_so():
    """200 labelers of one skill: the 99.8 % limits leave out few, ranks run from first to last, all shrink to the team."""
    table = reviewed(np.random.default_rng(3), [0.8] * 200, [30] * 200)
    for measure in ("acceptance_rate", "seconds_per_label"):
        part = table.filter(pl.col("measure") == measure)
        assert (part["position"] != "inside").sum() <= 3
        assert (part["rank_low"] == 1).mean() > 0.95
        assert (part["rank_high"] == 200).mean() > 0.95
        assert part["shrunk"].std() < 0.4 * part["value"].std()


@pytest.mark.slow
def test_rank_intervals_hold_all_true_ranks_at_once():
    """With 95 % confidence all of 8 true ranks lie in their intervals; the share is at least 93 % of 150 runs."""
    truth = np.linspace(0.95, 0.4, 8)
    held = 0
    for seed in range(150):
        table = rows_of(reviewed(np.random.default_rng(seed), truth, [60] * 8), "measure", "labeler")
        held += all(
            table["acceptance_rate", f"l{k:02}"]["rank_low"]
            <= k + 1
            <= table["acceptance_rate", f"l{k:02}"]["rank_high"]
            for k in range(8)
        )
    assert held / 150 >= 0.93


def test_two_labels_that_agree_are_no_certainty():
    table = rows_of(reviewed(np.random.default_rng(4), [1.0, 0.5], [2, 100]), "measure", "labeler")
    row = table["acceptance_rate", "l00"]
    assert row["value"] == 1
    assert (row["rank_low"], row["rank_high"]) == (1, 2)
    assert row["position"] == "inside"


def test_less_is_better_for_time_and_rework():
    labels = [
        {"asset": f"{who}{k}", "labeler": who, "seconds": s}
        for who, s in (("fast", 10), ("slow", 90))
        for k in range(30)
    ]
    table = rows_of(workforce(made(labels)).ranks, "measure", "labeler")
    assert (table["seconds_per_label", "fast"]["rank"], table["seconds_per_label", "slow"]["rank"]) == (1, 2)
    assert table["seconds_per_label", "fast"]["position"] == "below"


def test_quadrants():
    labels = []
    for k in range(60):
        for who, seconds, boxes in (("fast", 5, 3), ("right", 50, 1), ("plain", 48, 1)):
            labels.append(
                {"asset": f"a{k}", "labeler": who, "seconds": seconds + (k % 3), "boxes": boxes if k % 5 else 1}
            )
        labels.append({"asset": f"a{k}", "labeler": "gold", "role": "benchmark", "boxes": 1})
    people = rows_of(workforce(made(labels)).labelers, "labeler")
    assert people["fast"]["quadrant"] == "fast, low"
    assert people["right"]["quadrant"] == "slow, right"


def test_without_a_name_there_is_no_rank():
    labels = [{"asset": f"a{k}", "labeler": None, "id": f"n{k}", "seconds": 5} for k in range(3)]
    work = workforce(made(labels))
    assert work.ranks.height == 0
    assert work.labelers["quadrant"].to_list() == [None]
