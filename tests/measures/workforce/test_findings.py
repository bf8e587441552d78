"""Findings: what is planted is found, with the rows behind it; nobody else is accused."""

import numpy as np
import polars as pl
import pytest

from labelqa.comparison import Scheme
from labelqa.comparison.comparer import compare_relations
from labelqa.errors import UsageError
from labelqa.measures.workforce.findings.confused_classes import confused_classes
from labelqa.measures.workforce.findings.contested_assets import _all_but_one, _best_of_others
from labelqa.measures.workforce.findings.screen import Screen
from labelqa.measures.workforce.findings.search import DETECTORS, findings
from labelqa.measures.workforce.findings.seen import Seen
from labelqa.project import Builder
from labelqa.simulation.planted import planted
from labelqa.simulation.plants import Person, Setting

USUAL = [Person()] * 7
CULPRIT = "labeler-01"


def looked(project, **options):
    return findings(compare_relations(project, ("benchmark", "consensus", "self"), Scheme()), **options)


PLANTED = {
    "fast_and_poor": Person(pace=0.4, miss_rate=0.35, jitter=0.06),
    "copies": Person(copies=3, copied_share=0.5),
    "same_answer": Person(always="clear"),
    "drift": Person(worse_from=0.5, worse_by=3.0),
    "overused_class": Person(overuses=("truck", 0.2)),
}


@pytest.mark.parametrize("finding", PLANTED)
def test_what_is_planted_is_found_and_nothing_else(finding):
    project = planted([PLANTED[finding], *USUAL], 900, 1)
    found = looked(project)
    assert found.table.select("finding", "labeler").rows() == [(finding, CULPRIT)]
    row = found.table.row(0, named=True)
    assert row["q_value"] <= row["rate"] == 0.05 / len(DETECTORS)
    assert row["p_value"] <= row["q_value"]
    assert CULPRIT in row["sentence"]
    behind = found.evidence.filter(pl.col("number") == 1)
    assert behind.height == row["n_rows"] > 0
    assert row["label_ids"] == behind["label_id"].unique(maintain_order=True).head(20).to_list()
    labels = project.labels.select("label_id", "labeler")
    assert behind.join(labels, on="label_id")["labeler"].unique().to_list() == [CULPRIT]


@pytest.mark.parametrize(("trait", "size", "words"), [("grows", 0.08, "larger"), ("shifts", 0.06, "further right")])
def test_biased_outlines(trait, size, words):
    found = looked(planted([Person(**{trait: size}), *USUAL], 300, 2)).table
    assert found.select("finding", "labeler").rows() == [("biased_outline", CULPRIT)]
    assert words in found["sentence"][0]
    assert found["effect"][0] == pytest.approx(size, abs=0.01)


def test_with_a_benchmark_everybody_can_be_biased():
    found = looked(planted([Person(grows=-0.08)] * 5, 200, 2, Setting(benchmark_share=0.3))).table
    biased = found.filter(pl.col("finding") == "biased_outline")
    assert biased["labeler"].n_unique() == 5
    assert biased["sentence"].str.contains("smaller than the benchmark").all()
    assert looked(planted([Person(grows=-0.08)] * 5, 200, 2)).table.height == 0


def test_copier_is_the_one_who_came_later_and_the_geometry_is_shown():
    project = planted([PLANTED["copies"], *USUAL], 600, 5)
    found = looked(project)
    row = found.table.row(0, named=True)
    assert (row["labeler"], row["other"]) == (CULPRIT, "labeler-04")
    boxes = project.annotations.select("label_id", "annotation_id", "geometry")
    behind = found.evidence.join(boxes, on=["label_id", "annotation_id"]).join(
        boxes, left_on=["other_label_id", "other_annotation_id"], right_on=["label_id", "annotation_id"]
    )
    assert behind.height == row["n_rows"]
    off = (behind["geometry"].explode() - behind["geometry_right"].explode()).abs()
    assert off.max() < 5.0


def test_outlines_kept_from_a_prelabel_are_no_copies():
    found = looked(planted([Person()] * 6, 300, 3, Setting(prelabel_share=0.7)))
    assert "copies" not in found.table["finding"]
    copied = found.how.filter(pl.col("finding") == "copies")
    assert copied["n_tested"].item() > 0


def test_drift_is_dated():
    row = looked(planted([PLANTED["drift"], *USUAL], 900, 1)).table.row(0, named=True)
    # The project runs for 225 hours from 3 March, 8 o'clock; the change is half way.
    assert row["since"].date().isoformat() in ("2025-03-07", "2025-03-08")
    assert row["effect"] < -0.03


def test_classes_that_everybody_confuses_are_nobodys_fault():
    found = looked(planted(USUAL, 900, 1, Setting(mixed_up=0.15))).table
    assert found["finding"].to_list() == ["confused_classes"]
    row = found.row(0, named=True)
    assert (row["class"], row["other_class"], row["labeler"]) == ("car", "truck", None)
    assert row["n"] == 7


@pytest.mark.parametrize(
    ("people", "setting"),
    [
        (USUAL, Setting(mixed_up=0.15)),
        (USUAL, Setting(mixed_up=0.04, benchmark_share=0.2)),
        ([Person(confusion=0.2)] * 3 + [Person(confusion=0.0)] * 4, Setting()),
        ([Person(confusion=0.3), *USUAL], Setting(benchmark_share=0.5)),
    ],
)
def test_what_counts_alone_settle_needs_no_rows(people, setting, monkeypatch):
    comparison = compare_relations(planted(people, 500, 1, setting), ("benchmark", "consensus", "self"), Scheme())
    seen = Seen.of(comparison)
    quick = confused_classes(seen).rows
    asked = []
    monkeypatch.setattr(Screen, "effects", lambda *cells: asked.append(cells))
    slow = confused_classes(seen).rows
    assert len(asked) == slow.height == quick.height > 3
    assert quick["p_value"].to_list() == slow["p_value"].to_list()
    assert quick["effect"].to_list() == pytest.approx(slow["effect"].to_list(), abs=1e-12)
    assert quick.drop("effect", "p_value").equals(slow.drop("effect", "p_value"))


def test_one_confused_labeler_is_no_problem_of_the_ontology():
    found = looked(planted([Person(overuses=("truck", 0.4)), *USUAL], 900, 1)).table
    assert found["finding"].to_list() == ["overused_class"]


def test_assets_nobody_agrees_on():
    project = planted(USUAL, 900, 4, Setting(labels_each=4, unclear_share=0.02, asks=False))
    found = looked(project)
    contested = found.table.filter(pl.col("finding") == "contested_asset")
    assert found.table.height == contested.height >= 3
    assert contested["effect"].max() < 0.5
    behind = found.evidence.filter(pl.col("number") == 1)
    assert behind.height == 6
    assert behind["asset_id"].unique().to_list() == [contested["asset_id"][0]]
    assert behind["value"].max() < 0.5


def test_order_of_input_does_not_matter():
    project = planted([Person(grows=0.08, always="clear"), *USUAL], 120, 1)
    rng = np.random.default_rng(3)
    builder = Builder()
    builder.source("shuffled", "example")
    labels, marks = project.labels.to_dicts(), project.annotations.partition_by("label_id", as_dict=True)
    for asset in project.assets["asset_id"].sample(fraction=1.0, shuffle=True, seed=2):
        builder.asset("planted", asset, width=1280, height=720)
    for k in rng.permutation(len(labels)).tolist():
        one = labels[k]
        time = one["created_at"].isoformat()
        label = builder.label(
            "planted", one["asset_id"], one["label_id"], one["labeler"], seconds=one["seconds"], created_at=time
        )
        for mark in marks[(one["label_id"],)].sample(fraction=1.0, shuffle=True, seed=k).iter_rows(named=True):
            geometry, answer = mark["geometry"] or (), mark["answer"]
            builder.annotation(label, mark["kind"], mark["class"], geometry, answer=answer)
    again, first = looked(builder.project()), looked(project)
    assert first.table.height >= 2
    assert again.table.drop("label_ids").equals(first.table.drop("label_ids"))
    assert again.how.equals(first.how)


def test_what_cannot_be_tested_says_why():
    found = looked(Builder().project())
    assert found.table.height == found.evidence.height == 0
    assert found.how["n_tested"].sum() == 0
    assert found.how["reason"].null_count() == 0
    assert found.how["method"].str.len_chars().min() > 50
    two = looked(planted([Person()] * 2, 40, 1, Setting(labels_each=2))).how
    assert two.filter(pl.col("finding").is_in(["drift", "contested_asset"]))["n_tested"].to_list() == [0, 0]


def test_rate_is_a_share():
    with pytest.raises(UsageError, match="between 0 and 1"):
        looked(Builder().project(), rate=1.0)


def test_chance_that_all_but_one_go_astray():
    rate = np.array([0.1, 0.2, 0.3])
    expected = 0.1 * 0.2 * 0.3 + 0.9 * 0.2 * 0.3 + 0.1 * 0.8 * 0.3 + 0.1 * 0.2 * 0.7
    assert _all_but_one(np.zeros(3, np.int64), rate, 1)[0] == pytest.approx(expected)


def test_best_agreement_of_the_others():
    a, b = np.array([0, 0, 0, 1, 1, 2, 4]), np.array([1, 2, 3, 2, 3, 3, 5])
    agreement = np.array([0.9, 0.1, 0.2, 0.8, 0.3, 0.4, 0.5])
    asset = np.array([0] * 6 + [1])
    found = _best_of_others(a, b, asset, agreement, np.arange(6), np.array([0, 0, 0, 0, 1, 1]))
    assert found.tolist() == [0.8, 0.4, 0.9, 0.9, -np.inf, -np.inf]
