"""Automation: fates of pre-labels counted by hand, and seconds saved against a known truth."""

import numpy as np
import polars as pl
import pytest

import labelqa
from labelqa.measures.workforce.automation import automation, left_out
from labelqa.measures.workforce.fair import usable_seconds
from labelqa.measures.workforce.saving import Saving
from labelqa.project import Builder
from labelqa.simulation.planted import planted
from labelqa.simulation.plants import Person, Setting

BOX = (10.0, 10.0, 50.0, 50.0)


def small(prediction_at="2026-01-01T00:00:00Z"):
    """Two assets with pre-labels, two without; ana labels all."""
    builder = Builder()
    builder.source("x", "example")
    for k in range(4):
        builder.asset("p", f"a{k}", width=200, height=200)
    first = builder.label("p", "a0", "p0", "model", role="prediction", created_at=prediction_at)
    builder.bbox(first, "cat", *BOX, score=0.95)
    builder.bbox(first, "cat", 100, 100, 140, 140, score=0.42)
    builder.bbox(first, "dog", 150, 10, 190, 50, score=0.05)
    builder.answer(first, "choice", "weather", ["sun"])
    second = builder.label("p", "a1", "p1", "model", role="prediction", created_at=prediction_at)
    builder.bbox(second, "dog", *BOX, score=1.0)
    times = [20.0, 10.0, 30.0, 50.0]
    made = [
        builder.label("p", f"a{k}", f"l{k}", "ana", created_at="2026-01-02T00:00:00Z", seconds=times[k])
        for k in range(4)
    ]
    builder.bbox(made[0], "cat", *BOX)
    builder.bbox(made[0], "cat", 100, 100, 140, 130)
    builder.bbox(made[0], "cat", 10, 150, 40, 190)
    builder.answer(made[0], "choice", "weather", ["rain"])
    builder.bbox(made[1], "cat", *BOX)
    for label in made[2:]:
        for x in (10, 60, 110, 160):
            builder.bbox(label, "cat", x, 10, x + 20, 40)
    return builder


def level(table, name):
    return table.filter(pl.col("level") == name)


def test_kept_edited_deleted_added():
    table = automation(labelqa.compare(small().project(), "predictions"))
    row = level(table, "project").row(0, named=True)
    # kept: the cat; edited: the second cat, the answer, the dog that is a cat; deleted: the other dog; added: a cat.
    assert [row[f"n_{name}"] for name in ("labels", "prelabels", "kept", "edited", "deleted", "added")] == [
        2,
        5,
        1,
        3,
        1,
        1,
    ]
    assert row["kept_rate"] == pytest.approx(0.2)
    assert row["added_rate"] == pytest.approx(1 / 5)
    assert row["iou"] == pytest.approx((1.0 + 0.75 + 1.0) / 3)
    assert row["advice"] is None
    assert level(table, "labeler").drop("level", "labeler").equals(level(table, "project").drop("level", "labeler"))
    classes = {row["class"]: row for row in level(table, "class").iter_rows(named=True)}
    assert [classes[name]["n_edited"] for name in ("cat", "dog", "weather")] == [1, 1, 1]
    assert classes["weather"]["iou"] is None
    assert "iou: nothing_in_both" in classes["weather"]["undefined"]


def test_bands_of_confidence():
    bands = level(automation(labelqa.compare(small().project(), "predictions")), "confidence")
    assert bands["confidence_from"].to_list() == [None, 0.0, 0.4, 0.9]
    assert bands["confidence_to"].to_list() == [None, pytest.approx(0.1), 0.5, 1.0]
    assert bands["n_prelabels"].to_list() == [1, 1, 1, 2]
    assert bands["n_added"].null_count() == bands.height
    assert bands["undefined"].str.contains("added_rate: no_confidence").all()


def test_seconds_saved_by_hand():
    row = level(automation(labelqa.compare(small().project(), "predictions")), "project").row(0, named=True)
    # The label with four marks took 20 s; two unaided ones with four took 30 and 50. The one with one mark has no like.
    assert (row["seconds_saved"], row["n_timed"], row["n_unaided"]) == (20.0, 1, 2)
    assert row["seconds_saved_low"] is None
    assert "seconds_saved interval: one_asset" in row["undefined"]


def test_a_prediction_made_afterwards_is_no_prelabel():
    comparison = labelqa.compare(small("2026-01-03T00:00:00Z").project(), "predictions")
    assert automation(comparison).height == 0
    assert left_out(comparison) == {"later_than_label": 2, "not_newest": 0}


def test_the_newest_prediction_counts():
    builder = small()
    newer = builder.label("p", "a0", "p2", "model", role="prediction", created_at="2026-01-01T12:00:00Z")
    builder.bbox(newer, "cat", *BOX, score=0.5)
    comparison = labelqa.compare(builder.project(), "predictions")
    row = level(automation(comparison), "project").row(0, named=True)
    assert (row["n_kept"], row["n_prelabels"]) == (1, 2)
    assert left_out(comparison)["not_newest"] == 1


def test_without_prelabels_there_is_nothing():
    table = automation(labelqa.compare(labelqa.demo(10, 3), "predictions"))
    assert table.height == 0
    assert "seconds_saved_low" in table.columns


def test_totals_add_up_and_the_unsure_model_should_not_prelabel():
    table = automation(labelqa.compare(planted([Person()] * 6, 300, 2, Setting(prelabel_share=0.5)), "predictions"))
    whole = level(table, "project").row(0, named=True)
    for name in ("labeler", "class", "confidence", "class_confidence"):
        part = level(table, name)
        for column in ("n_prelabels", "n_kept", "n_edited", "n_deleted"):
            assert part[column].sum() == whole[column], (name, column)
    assert level(table, "labeler")["n_added"].sum() == level(table, "class")["n_added"].sum() == whole["n_added"]
    advice = dict(level(table, "confidence").select("confidence_from", "advice").rows())
    assert [advice[k / 10] for k in (0, 1, 2)] == ["no"] * 3
    assert [advice[k / 10] for k in range(3, 10)] == ["yes"] * 7


@pytest.mark.slow
def test_interval_of_seconds_saved_holds_the_truth():
    held = []
    for seed in range(60):
        project = planted([Person()] * 6, 200, seed, Setting(prelabel_share=0.5, saves=0.4))
        comparison = labelqa.compare(project, "predictions")
        row = automation(comparison).row(0, named=True)
        saving = Saving.of(comparison, comparison.pair_rows.label_a, usable_seconds(comparison, None))
        timed = ~np.isnan(saving.saved)
        assert timed.sum() == row["n_timed"]
        marks = np.bincount(project.tables["annotations"]["label"].to_numpy(), minlength=project.labels.height)
        truth = np.mean((8 + 5 * (marks[timed] - 1)) * 0.4 * np.exp(0.35**2 / 2))
        held.append(row["seconds_saved_low"] <= truth <= row["seconds_saved_high"])
    assert np.mean(held) >= 0.88
