"""Time hygiene: raw and capped, inferred from gaps, flagged, or not in the export."""

import math

import numpy as np
import pytest

from labelqa.errors import UsageError
from labelqa.measures.workforce.workforce import workforce
from tests.measures.workforce.small import at, made, rows_of


def timed(seconds, **more):
    return [{"asset": f"a{k:03}", "labeler": "ann", "seconds": s, **more} for k, s in enumerate(seconds)]


def test_the_cap_is_the_95th_percentile_by_nearest_rank_and_named():
    work = workforce(made(timed(range(1, 41))))
    (project,) = work.project.to_dicts()
    assert project["cap_seconds"] == 38  # ceil(0.95 * 40) = 38th of 1..40
    assert project["cap_rule"] == "95th percentile of the project's labels"
    assert project["labeling_seconds"] == sum(range(1, 41))
    assert project["active_seconds"] == sum(range(1, 39)) + 2 * 38
    assert work.labels["active_seconds"].max() == 38


def test_a_cap_that_is_given_counts_everywhere_and_is_named():
    work = workforce(made(timed([10, 400, 11_000])), cap=300)
    assert work.project["active_seconds"].to_list() == [610]
    assert work.project["cap_rule"].to_list() == ["given: 300 seconds"]
    for wrong in (0, -1, math.inf, math.nan):
        with pytest.raises(UsageError, match="cap"):
            workforce(made(timed([10])), cap=wrong)


def test_skipped_labels_do_not_move_the_cap_and_are_capped_by_it():
    rows = [*timed([10] * 20), {"asset": "z", "labeler": "ann", "seconds": 500, "status": "skipped"}]
    (project,) = workforce(made(rows)).project.to_dicts()
    assert project["cap_seconds"] == 10
    assert (project["labeling_seconds"], project["active_seconds"], project["skipped_seconds"]) == (700, 210, 10)
    assert project["seconds_per_label"] == 10  # skips are no labels


def test_every_project_has_its_own_cap():
    rows = timed([10] * 20, project="fast") + timed([1000] * 20, project="slow")
    for row in rows:
        row["id"] = f"{row['project']}/{row['asset']}"
    assert workforce(made(rows)).how["time"]["caps"] == {"fast": 10, "slow": 1000}


def test_seconds_come_from_gaps_within_sittings_where_there_are_only_times():
    minutes = [0, 1, 3, 100, 101, 111]  # a pause of 97 minutes
    rows = [{"asset": f"a{k}", "labeler": "ann", "at": at(m)} for k, m in enumerate(minutes)]
    rows.append({"asset": "a0", "labeler": "bob", "at": at(2)})  # somebody else's does not count
    work = workforce(made(rows))
    labels = rows_of(work.labels, "labeler", "asset_id")
    assert [labels["ann", f"a{k}"]["labeling_seconds"] for k in range(6)] == [None, 60, 120, None, 60, 600]
    assert [labels["ann", f"a{k}"]["sitting"] for k in range(6)] == [0, 0, 0, 1, 1, 1]
    assert [labels["ann", f"a{k}"]["time_source"] for k in range(2)] == [None, "inferred"]
    ann, bob = work.labelers.to_dicts()
    assert (ann["n_labels"], ann["n_timed"], ann["time_source"], ann["labeling_seconds"]) == (6, 4, "inferred", 840)
    assert (bob["n_timed"], bob["seconds_per_label"]) == (0, None)
    assert "seconds_per_label: no_timed_label" in bob["undefined"]


def test_stated_seconds_are_never_mixed_with_inferred_ones():
    rows = [{"asset": f"a{k}", "labeler": "ann", "at": at(k), "seconds": 20 if k else None} for k in range(4)]
    work = workforce(made(rows))
    assert work.labels["labeling_seconds"].to_list() == [None, 20, 20, 20]
    assert work.labelers["time_source"].to_list() == ["export"]


def test_without_any_time_it_is_not_in_the_export():
    (ann,) = workforce(made([{"asset": "a", "labeler": "ann", "boxes": 2}])).labelers.to_dicts()
    assert ann["n_labels"] == 1
    for name in ("labeling_seconds", "active_seconds", "seconds_per_label", "labels_per_hour", "labels_per_day"):
        assert ann[name] is None, name
    assert "seconds_per_label: not_in_export" in ann["undefined"]
    assert "labels_per_hour: not_in_export" in ann["undefined"]


def test_sittings_end_where_somebody_is_idle_not_where_a_label_is_long():
    rows = [
        {"asset": "a0", "labeler": "ann", "at": at(0), "seconds": 60},
        {"asset": "a1", "labeler": "ann", "at": at(50), "seconds": 49 * 60},  # worked all the time
        {"asset": "a2", "labeler": "ann", "at": at(100), "seconds": 60},  # idle for 49 minutes
    ]
    sittings = workforce(made(rows), cap=10_000).sittings.to_dicts()
    assert [(row["n_labels"], row["active_seconds"]) for row in sittings] == [(2, 3000), (1, 60)]
    assert sittings[0]["hours"] == pytest.approx(50 / 60)


def test_outliers_are_flagged_and_kept():
    work = workforce(made(timed([9, 10, 10, 10, 11, 12, 9, 11, 10, 10, 11_000, 0.6])))
    flagged = {row["labeling_seconds"]: row["outlier"] for row in work.labels.to_dicts() if row["outlier"]}
    assert flagged == {11_000: "long", 0.6: "short"}
    assert work.labelers["n_outliers"].to_list() == [2]
    assert work.labelers["n_labels"].to_list() == [12]


def test_labels_that_state_more_time_than_there_was():
    rows = [
        {"asset": "a0", "labeler": "ann", "at": at(0), "seconds": 5000},  # nothing before it
        {"asset": "a1", "labeler": "ann", "at": at(1), "seconds": 61},
        {"asset": "a2", "labeler": "ann", "at": at(2), "seconds": 59},
        {"asset": "a3", "labeler": "ann", "at": at(3), "changed": at(4), "seconds": 100},  # changed later
        {"asset": "a4", "labeler": "ann", "seconds": 100},  # nobody knows when
    ]
    work = workforce(made(rows))
    assert work.labels["overlaps"].to_list() == [False, True, False, False, False]
    assert work.project["n_overlaps"].to_list() == [1]


def test_zero_seconds_divide_nothing():
    (ann,) = workforce(made(timed([0.0, 0.0]))).labelers.to_dicts()
    assert ann["seconds_per_label"] == 0
    assert ann["labels_per_hour"] is None


def test_median_scale_flags_few_of_a_lognormal():
    seconds = np.exp(np.random.default_rng(0).normal(3, 0.5, 4000))
    assert workforce(made(timed(np.round(seconds, 6).tolist()))).project["n_outliers"].item() < 10
