"""The shared columns, re-derived in plain Python; totals that add up; results that do not depend on order."""

from collections import defaultdict

import numpy as np
import polars as pl
import pytest
from scipy import stats

import labelqa
from labelqa.measures.workforce.workforce import TABLES, workforce
from tests.measures.workforce.small import at, made, rows_of

RATES = {"currency": "EUR", "default": {"per_hour": 18, "per_annotation": 0.01}}
SUMS = (
    "n_labels", "n_annotations", "n_skipped", "labeling_seconds", "active_seconds", "n_timed", "n_outliers",
    "n_overlaps", "n_consensus", "n_benchmark", "n_reviewed", "n_sent_back", "review_seconds", "n_approval_times",
    "cost", "n_costed", "review_cost",
)  # fmt: skip


def crowd(seed, shuffled=None):
    """Labels of every role, with and without time, skipped, reviewed, by nobody."""
    rng = np.random.default_rng(seed)
    labels, reviews = [], []
    for k in range(60):
        for labeler in ("ann", "bob", "cat", None):
            if rng.random() < 0.4:
                continue
            row = {
                "project": f"p{k % 2}", "asset": f"a{k:02}", "labeler": labeler, "id": f"{k:02}/{labeler}",
                "batch": [None, "pilot", "main"][k % 3], "boxes": list(rng.choice(["cat", "dog"], rng.integers(0, 4))),
            }  # fmt: skip
            if rng.random() < 0.9:
                row["at"] = at(float(rng.integers(0, 6000)))
            if rng.random() < 0.9:
                row["seconds"] = round(float(rng.lognormal(3, 1)), 3)
            if rng.random() < 0.1:
                row |= {"status": "skipped", "boxes": []}
            elif rng.random() < 0.5:
                row["review_seconds"] = round(float(rng.lognormal(2, 1)), 3)
                reviews.append({
                    "label": row["id"], "verdict": str(rng.choice(["accepted", "rejected"])), "reviewer": "rita",
                    "at": at(7000 + k),
                })  # fmt: skip
            labels.append(row)
        if k % 4 == 0:
            labels.append({"project": f"p{k % 2}", "asset": f"a{k:02}", "labeler": "gold", "role": "benchmark",
                           "id": f"gold/{k}", "boxes": ["cat"], "seconds": 1e6, "at": at(k)})  # fmt: skip
            labels.append({"project": f"p{k % 2}", "asset": f"a{k:02}", "labeler": "model", "role": "prediction",
                           "id": f"model/{k}", "boxes": ["cat"], "seconds": 1e6, "at": at(k)})  # fmt: skip
    order = None if shuffled is None else np.random.default_rng(shuffled)
    return labels, reviews, made(labels, reviews, shuffled=order)


@pytest.fixture(scope="module", params=range(3))
def case(request):
    labels, reviews, project = crowd(request.param)
    return labels, reviews, workforce(project, rates=RATES, every="day")


def interval(cells, upper=np.inf):
    y, n = np.array([cell for cell in cells.values() if cell[1] or cell[0]]).T
    value, count = y.sum() / n.sum(), len(y)
    if count < 2:
        return value, None, None
    spread = np.sqrt(count / (count - 1) * ((y - value * n) ** 2).sum()) / n.sum()
    half = stats.t.ppf(0.975, count - 1) * spread
    return value, max(0.0, value - half), min(upper, value + half)


def assert_ratio(row, name, cells, upper=np.inf):
    if not sum(n for _, n in cells.values()):
        assert row[name] is None
        assert f"{name}: " in row["undefined"]
        return
    for column, wanted in zip((name, f"{name}_low", f"{name}_high"), interval(cells, upper), strict=True):
        assert row[column] == (None if wanted is None else pytest.approx(wanted, rel=1e-9, abs=1e-12)), column


def test_labelers_by_hand(case):
    labels, reviews, work = case
    caps = work.how["time"]["caps"]
    verdict = {review["label"]: review["verdict"] for review in reviews}
    mine = defaultdict(list)
    for row in labels:
        if row.get("role", "submitted") == "submitted":
            mine[row["labeler"]].append(row)
    table = rows_of(work.labelers, "labeler")
    assert set(table) == set(mine) == {"ann", "bob", "cat", None}
    for labeler, rows in mine.items():
        found, done = table[labeler], [row for row in rows if "status" not in row]
        assert found["n_labels"] == len(done)
        assert found["n_skipped"] == len(rows) - len(done)
        assert found["n_annotations"] == sum(len(row["boxes"]) for row in done)
        assert found["n_assets"] == len({row["asset"] for row in done})
        assert found["n_days"] == len({row["at"][:10] for row in rows if "at" in row})
        assert found["labeling_seconds"] == pytest.approx(sum(row.get("seconds", 0) for row in rows))
        timed = [row for row in done if "seconds" in row]
        assert found["n_timed"] == len(timed)
        active = {row["id"]: min(row["seconds"], caps[row["project"]]) for row in rows if "seconds" in row}
        assert found["active_seconds"] == pytest.approx(sum(active.values()))
        cells = {row["asset"]: (active[row["id"]], 1) for row in timed}
        assert_ratio(found, "seconds_per_label", cells)
        assert found["labels_per_hour"] == pytest.approx(3600 / found["seconds_per_label"])
        assert found["labels_per_hour_low"] == pytest.approx(3600 / found["seconds_per_label_high"])
        assert found["seconds_per_annotation"] == pytest.approx(
            sum(active[row["id"]] for row in timed) / sum(len(row["boxes"]) for row in timed)
        )
        reviewed = [row for row in done if row["id"] in verdict]
        assert found["n_reviewed"] == len(reviewed)
        accepted = {row["asset"]: (verdict[row["id"]] == "accepted", 1) for row in reviewed}
        assert_ratio(found, "acceptance_rate", accepted, 1)
        back = {row["asset"]: (verdict.get(row["id"]) == "rejected", 1) for row in done}
        assert_ratio(found, "rework_rate", back, 1)
        cost = {
            row["id"]: 18 * active[row["id"]] / 3600 + 0.01 * len(row["boxes"]) for row in rows if row["id"] in active
        }
        assert found["cost"] == pytest.approx(sum(cost.values()))
        whole = {
            row["asset"]: (cost[row["id"]], row["id"] in {r["id"] for r in done}) for row in rows if row["id"] in cost
        }
        assert_ratio(found, "cost_per_label", whole)
        paid = {
            row["asset"]: (cost[row["id"]], verdict[row["id"]] == "accepted") for row in reviewed if row["id"] in cost
        }
        assert_ratio(found, "cost_per_accepted_label", paid)


def test_quality_is_that_of_the_scores(case):
    _, _, work = case
    theirs = rows_of(work.scores.labelers, "labeler")
    for row in work.labelers.filter(pl.col("labeler").is_not_null()).to_dicts():
        for name in ("consensus", "benchmark"):
            for end in ("", "_low", "_high"):
                assert row[name + end] == theirs[row["labeler"]][name + end]
    ours = work.project.select("project_id", "consensus", "consensus_low", "benchmark", "benchmark_high")
    assert ours.equals(work.scores.project.select(ours.columns))


@pytest.mark.parametrize("table", ["labelers", "timeline", "labeler_timeline", "batches", "datasets"])
def test_totals_add_up(case, table):
    _, _, work = case
    for name in SUMS:
        assert getattr(work, table)[name].sum() == pytest.approx(work.project[name].sum()), name


def test_classes_add_up(case):
    _, _, work = case
    for name in ("n_annotations", "labeling_seconds", "active_seconds", "cost"):
        assert work.classes[name].sum() == pytest.approx(work.project[name].sum()), name


def test_classes_by_hand(case):
    labels, _, work = case
    done = [row for row in labels if row.get("role", "submitted") == "submitted" and "status" not in row]
    found = rows_of(work.classes, "project_id", "class")
    for project in ("p0", "p1"):
        for cls in ("cat", "dog"):
            having = [row for row in done if row["project"] == project and cls in row["boxes"]]
            row = found[project, cls]
            assert row["n_annotations"] == sum(list(one["boxes"]).count(cls) for one in having)
            assert row["n_labels"] == len(having)
            assert row["n_assets"] == len({one["asset"] for one in having})
            shared = [
                one["seconds"] * list(one["boxes"]).count(cls) / len(one["boxes"]) for one in having if "seconds" in one
            ]
            assert row["labeling_seconds"] == pytest.approx(sum(shared))
        empty = [row for row in done if row["project"] == project and not row["boxes"]]
        assert found[project, None]["n_labels"] == len(empty)


def test_benchmark_and_prediction_labels_are_no_ones_work(case):
    _, _, work = case
    assert not {"gold", "model"} & set(work.labelers["labeler"])
    assert work.project["labeling_seconds"].sum() < 1e6
    assert set(work.labels["labeler"].drop_nulls()) == {"ann", "bob", "cat"}


def test_the_order_of_records_does_not_show_in_a_bit():
    first, second = (workforce(crowd(5, shuffled)[2], rates=RATES) for shuffled in (1, 2))
    for name in TABLES:
        assert getattr(first, name).equals(getattr(second, name)), name


@pytest.mark.parametrize("method", ["bootstrap", "exact"])
def test_intervals_are_made_as_asked(method):
    project = crowd(1)[2]
    work = workforce(project, interval=method, confidence=0.9, seed=3)
    scores = labelqa.score(project, interval=method, confidence=0.9, seed=3)
    known = work.labelers.filter(pl.col("labeler").is_not_null())
    assert known["consensus_low"].to_list() == scores.labelers["consensus_low"].to_list()
    assert (known["acceptance_rate_low"] <= known["acceptance_rate"]).all()


def test_scores_that_are_there_are_taken():
    project = labelqa.demo(assets=15, labelers=3)
    scores = labelqa.score(project)
    assert workforce(project, scores=scores).scores is scores
    for wrong in ({"project": labelqa.demo(assets=15, labelers=3)}, {"project": project, "scheme": "clip"}):
        with pytest.raises(labelqa.UsageError, match="another project or scheme"):
            workforce(**wrong, scores=scores)


@pytest.mark.parametrize(
    "wrong", [{"labels_per_asset": 0}, {"labels_per_asset": 1.5}, {"more_labelers": -1}, {"labels_per_asset": "3"}]
)
def test_numbers_out_of_range(wrong):
    with pytest.raises(labelqa.UsageError, match="whole number"):
        workforce(labelqa.demo(assets=3, labelers=2), **wrong)


def test_a_project_without_labels():
    work = workforce(made([], assets=[("p", "a1"), ("p", "a2")]), rates=RATES, every="week")
    assert work.labelers.height == work.timeline.height == work.labels.height == work.sittings.height == 0
    (project,) = work.project.to_dicts()
    assert (project["n_labels"], project["cost"]) == (0, None)
    assert work.forecast["n_labels_left"].to_list() == [2, 2]
    assert workforce(made([])).project.height == 0


def test_vertices_are_counted_where_all_is_outlined():
    builder = labelqa.project.Builder()
    builder.source("x", "x")
    for k, kinds in enumerate((["polygon", "polyline"], ["polygon", "bbox"], [])):
        builder.asset("p", f"a{k}", width=100, height=100)
        label = builder.label("p", f"a{k}", f"l{k}", "ann", seconds=70.0)
        for kind in kinds:
            if kind == "bbox":
                builder.bbox(label, "c", 0, 0, 5, 5)
            else:
                points = [0.0, 0, 9, 0, 9, 9] if kind == "polygon" else [0.0, 0, 5, 5, 9, 0, 9, 9]
                builder.annotation(label, kind, "c", points)
    (ann,) = workforce(builder.project()).labelers.to_dicts()
    assert ann["seconds_per_vertex"] == pytest.approx(70 / 7)
    assert ann["seconds_per_annotation"] == pytest.approx(210 / 4)
