"""The planted truth is in the labels: recovered against the benchmark without labelqa's own scoring."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy.optimize import linear_sum_assignment

from labelqa.project import Project
from labelqa.simulation import demo, truth
from labelqa.simulation.draws import Draws

SEED = 5


@pytest.fixture(scope="module")
def project() -> Project:
    return demo(assets=8000, labelers=5, seed=SEED)


@pytest.fixture(scope="module")
def facts(project: Project) -> pl.DataFrame:
    """One row a labeler: what the labels show against the benchmark, beside what was planted."""
    return pl.DataFrame(_observed(project)).join(truth(5, SEED), on="labeler").sort("labeler")


def _iou(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    sides = np.minimum(a[:, None, 2:], b[None, :, 2:]) - np.maximum(a[:, None, :2], b[None, :, :2])
    both = sides.clip(0).prod(axis=2)
    return both / ((a[:, 2:] - a[:, :2]).prod(axis=1)[:, None] + (b[:, 2:] - b[:, :2]).prod(axis=1)[None] - both)


def _observed(project: Project) -> list[dict[str, object]]:
    empty = (np.empty((0, 4)), np.empty(0, str))
    boxes = {
        key: (np.array(part["geometry"].to_list()), part["class"].to_numpy())
        for (key,), part in project.annotations.filter(pl.col("kind") == "bbox").group_by("label_id")
    }
    benchmark = project.labels.filter(pl.col("role") == "benchmark").select("asset_id", truth_id="label_id")
    work = project.labels.filter((pl.col("role") == "submitted") & (pl.col("status") == "submitted"))
    rows = []
    for (labeler,), labels in work.join(benchmark, on="asset_id").group_by("labeler"):
        n_true = n_matched = n_drawn = n_vehicles = n_confused = 0
        offsets = []
        for label_id, truth_id in labels.select("label_id", "truth_id").iter_rows():
            (drawn, drawn_class), (true, true_class) = boxes.get(label_id, empty), boxes.get(truth_id, empty)
            similarity = _iou(drawn, true)
            similarity[similarity < 0.3] = 0
            i, j = linear_sum_assignment(-similarity)
            i, j = i[similarity[i, j] > 0], j[similarity[i, j] > 0]
            n_true, n_matched, n_drawn = n_true + len(true), n_matched + len(i), n_drawn + len(drawn)
            vehicle = np.isin(true_class[j], ["car", "truck"])
            n_vehicles += vehicle.sum()
            n_confused += (drawn_class[i] != true_class[j])[vehicle].sum()
            inner = (true[j] > [20, 20, -1, -1]).all(axis=1) & (true[j] < [9999, 9999, 1260, 700]).all(axis=1)
            size = np.tile(true[j][:, 2:] - true[j][:, :2], 2)
            offsets.append(((drawn[i] - true[j]) / size)[inner].ravel())
        rows.append(
            {
                "labeler": labeler,
                "n_labels": labels.height,
                "n_true": n_true,
                "missed": 1 - n_matched / n_true,
                "extra": (n_drawn - n_matched) / labels.height,
                "n_vehicles": int(n_vehicles),
                "confused": n_confused / n_vehicles,
                "jitter": np.concatenate(offsets).std(),
            }
        )
    return rows


def _close(observed: pl.Series, planted: pl.Series, n: pl.Series) -> bool:
    """Tell whether shares lie within four standard errors, doubled in square since objects come in clusters."""
    return bool(((observed - planted).abs() < 4 * (2 * (planted * (1 - planted) + 0.01) / n).sqrt()).all())


def test_benchmark_boxes_are_the_latent_truth_itself(facts: pl.DataFrame) -> None:
    """What the careful labeler draws lies closely around the benchmark, and next to nothing of it is left out."""
    (careful,) = facts.filter(pl.col("profile") == "careful").iter_rows(named=True)
    assert careful["missed"] < 0.03
    assert careful["jitter"] < 0.02


def test_miss_rate_is_recovered(facts: pl.DataFrame) -> None:
    assert facts.height == 5
    assert _close(facts["missed"], facts["miss_rate"], facts["n_true"])


def test_false_alarms_are_recovered(facts: pl.DataFrame) -> None:
    error = (facts["false_alarms"] * 2 / facts["n_labels"]).sqrt()
    assert ((facts["extra"] - facts["false_alarms"]).abs() < 4 * error).all()


def test_confusion_is_recovered(facts: pl.DataFrame) -> None:
    assert _close(facts["confused"], facts["confusion_rate"], facts["n_vehicles"])
    assert facts.sort("confused")["profile"][-1] == "confused"


def test_box_jitter_is_recovered(facts: pl.DataFrame) -> None:
    assert (facts["jitter"] / facts["box_jitter"]).is_between(0.93, 1.07).all()


def test_answer_errors_are_recovered(project: Project) -> None:
    answers = project.annotations.filter(pl.col("class") == "weather").select(
        "asset_id", "labeler", "role", pl.col("answer").list.first()
    )
    true = answers.filter(pl.col("role") == "benchmark").select("asset_id", true="answer")
    wrong = (
        answers.filter(pl.col("role") == "submitted")
        .join(true, on="asset_id")
        .group_by("labeler")
        .agg(wrong=(pl.col("answer") != pl.col("true")).mean(), n=pl.len())
        .join(truth(5, SEED), on="labeler")
    )
    assert _close(wrong["wrong"], wrong["answer_error_rate"], wrong["n"])


def test_skip_rate_is_recovered(project: Project) -> None:
    work = project.labels.filter(pl.col("role") == "submitted").group_by("labeler")
    skipped = work.agg(share=(pl.col("status") == "skipped").mean(), n=pl.len()).join(truth(5, SEED), on="labeler")
    assert _close(skipped["share"], skipped["skip_rate"], skipped["n"])


def test_speed_is_recovered(project: Project) -> None:
    """Seconds over what the planted pace says are 1 in the median, and grow with the hours of the day as planted."""
    n_boxes = project.annotations.filter(pl.col("kind") == "bbox").group_by("label_id").agg(n_boxes=pl.len())
    work = (
        project.labels.filter((pl.col("role") == "submitted") & (pl.col("status") == "submitted"))
        .join(n_boxes, on="label_id", how="left")
        .join(truth(5, SEED), on="labeler")
        .with_columns(
            hours_in=pl.col("created_at").dt.hour() + pl.col("created_at").dt.minute() / 60 - pl.col("first_hour"),
            expected=pl.col("overhead_seconds") + pl.col("box_seconds") * pl.col("n_boxes").fill_null(0),
        )
    )
    assert work.select((pl.col("hours_in") >= 0) & (pl.col("hours_in") <= pl.col("hours_a_day"))).to_series().all()
    pace = work.group_by("labeler").agg(
        (pl.col("seconds") / pl.col("expected") / (1 + pl.col("slowdown_per_hour") * pl.col("hours_in"))).median()
    )
    assert pace["seconds"].is_between(0.97, 1.03).all()


def test_difficult_assets_are_missed_more_often(project: Project) -> None:
    """Slices by lighting show it: at night fewer of the true objects are drawn."""
    benchmark = project.labels.filter(pl.col("role") == "benchmark")
    boxes = project.annotations.filter(pl.col("kind") == "bbox").join(benchmark, on="asset_id", how="semi")
    lighting = pl.col("metadata").list.get(1).struct.field("value")
    counts = (
        boxes.join(project.assets, on="asset_id")
        .group_by(lighting=lighting, role="role")
        .len()
        .pivot("role", index="lighting", values="len")
    )
    drawn = dict(counts.select("lighting", pl.col("submitted") / pl.col("benchmark")).iter_rows())
    assert set(drawn) == {"day", "dusk", "night"}
    assert drawn["night"] < drawn["day"]


@pytest.mark.parametrize("seed", range(5))
def test_profiles_are_all_there_from_four_labelers_on(seed: int) -> None:
    planted = truth(labelers=9, seed=seed)
    assert planted["labeler"].is_sorted()
    assert sorted(planted["profile"]) == ["careful", "careless", "confused"] + ["steady"] * 6
    by_profile = planted.drop("labeler").group_by("profile").mean()
    trait = {row["profile"]: row for row in by_profile.iter_rows(named=True)}
    assert trait["careless"]["miss_rate"] > trait["steady"]["miss_rate"] > trait["careful"]["miss_rate"]
    assert trait["careless"]["box_seconds"] < trait["steady"]["box_seconds"] < trait["careful"]["box_seconds"]
    assert trait["confused"]["confusion_rate"] > 5 * trait["careless"]["confusion_rate"]


def test_names_are_unique_beyond_the_list_of_names() -> None:
    names = truth(labelers=40)["labeler"]
    assert names.is_unique().all()
    assert "labeler-0040@example.com" in names


def test_draws_follow_their_distributions() -> None:
    draws, thing = Draws(1), np.arange(200_000)
    assert abs(draws.uniform("u", thing).mean() - 0.5) < 0.004
    assert abs(draws.normal("n", thing).std() - 1) < 0.01
    counts = draws.poisson(3.0, "p", thing)
    assert abs(counts.mean() - 3) < 0.02
    assert abs(counts.var() - 3) < 0.06
    shares = np.bincount(draws.pick([0.2, 0.5, 0.3], "k", thing)) / len(thing)
    assert np.abs(shares - [0.2, 0.5, 0.3]).max() < 0.005
    assert set(draws.below(4, "b", thing)) == {0, 1, 2, 3}
