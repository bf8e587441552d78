"""Every table re-derived from `pairs` and `matches` in plain Python: a number whose rows cannot be shown is not finished."""

from collections import defaultdict
from statistics import mean

import numpy as np
import polars as pl
import pytest
from scipy import stats

import labelqa
from labelqa.errors import UsageError
from labelqa.project import Builder
from tests.conftest import random_project


@pytest.fixture(scope="module", params=range(4))
def scores(request):
    return labelqa.score(random_project(request.param, n_assets=12))


def scored_labels(scores):
    """Consensus and benchmark of each label, from the pairs."""
    consensus, benchmark = defaultdict(list), {}
    for row in scores.pairs.iter_rows(named=True):
        if row["relation"] == "consensus":
            consensus[row["label_a"]].append(row["agreement"])
            consensus[row["label_b"]].append(row["agreement"])
        if row["relation"] == "benchmark":
            benchmark[row["label_a"]] = row["agreement"]
    return {label: mean(values) for label, values in consensus.items()}, benchmark


def ratio_interval(cells, confidence=0.95):
    """Linearised variance of sum(y) / sum(n) with assets as clusters; cells: asset -> [y, n]."""
    y, n = np.array(list(cells.values())).T
    ratio, groups = y.sum() / n.sum(), len(y)
    if groups < 2:
        return ratio, None, None
    variance = groups / (groups - 1) * np.sum((y - ratio * n) ** 2) / n.sum() ** 2
    half = stats.t.ppf(0.5 + confidence / 2, groups - 1) * np.sqrt(variance)
    return ratio, max(0.0, ratio - half), min(1.0, ratio + half)


def assert_measure(row, name, cells):
    if not cells or not sum(n for _, n in cells.values()):
        assert row[name] is None
        assert f"{name}: " in row["undefined"]
        return
    expected = ratio_interval({asset: cell for asset, cell in cells.items() if cell[1]})
    for column, value in zip((name, f"{name}_low", f"{name}_high"), expected, strict=True):
        assert row[column] == (None if value is None else pytest.approx(value, abs=1e-9)), column


def test_labels_and_assets(scores):
    consensus, benchmark = scored_labels(scores)
    of_asset = defaultdict(list)
    for row in scores.labels.iter_rows(named=True):
        assert row["consensus"] == (pytest.approx(consensus[row["label_id"]]) if row["label_id"] in consensus else None)
        assert row["benchmark"] == benchmark.get(row["label_id"])
        if row["consensus"] is not None:
            of_asset[row["asset_id"]].append(row["consensus"])
    for row in scores.assets.iter_rows(named=True):
        values = of_asset[row["asset_id"]]
        assert row["consensus"] == (pytest.approx(mean(values)) if values else None)
        if values:
            assert consensus[row["winning_label"]] == pytest.approx(max(values))


def test_labelers(scores):
    consensus, benchmark = scored_labels(scores)
    work = scores.labels.filter(pl.col("role") == "submitted")
    benchmark_rows = scores.matches.filter(pl.col("relation") == "benchmark")
    for row in scores.labelers.iter_rows(named=True):
        mine = work.filter(pl.col("labeler") == row["labeler"])
        assert (row["n_labels"], row["n_assets"]) == (mine.height, mine["asset_id"].n_unique())
        for name, scored in (("consensus", consensus), ("benchmark", benchmark)):
            cells = defaultdict(lambda: np.zeros(2))
            for label, asset in mine.select("label_id", "asset_id").iter_rows():
                if label in scored:
                    cells[asset] += (scored[label], 1)
            assert_measure(row, name, cells)
        counts = defaultdict(lambda: np.zeros(5))  # matched, drawn, in benchmark, similarity, matched objects
        for match in benchmark_rows.filter(pl.col("labeler_a") == row["labeler"]).iter_rows(named=True):
            matched, is_box = match["outcome"] == "matched", match["kind"] == "bbox"
            counts[match["asset_id"]] += (
                matched,
                match["annotation_a"] is not None,
                match["annotation_b"] is not None,
                match["similarity"] * (matched and is_box),
                matched and is_box,
            )
        assert_measure(row, "precision", {a: (c[0], c[1]) for a, c in counts.items()})
        assert_measure(row, "recall", {a: (c[0], c[2]) for a, c in counts.items()})
        assert_measure(row, "f1", {a: (2 * c[0], c[1] + c[2]) for a, c in counts.items()})
        assert_measure(row, "mean_iou", {a: (c[3], c[4]) for a, c in counts.items()})
        pairs = scores.pairs.filter(pl.col("relation") == "consensus")
        n_pairs = ((pairs["labeler_a"] == row["labeler"]) | (pairs["labeler_b"] == row["labeler"])).sum()
        assert row["n_pairs"] == n_pairs


def test_project(scores):
    row = scores.project.row(0, named=True)
    for name in ("consensus", "benchmark"):
        cells = {a: (v, 1) for a, v in scores.assets.select("asset_id", name).iter_rows() if v is not None}
        assert_measure(row, name, cells)
        assert row[f"n_assets_{name}"] == len(cells)
    assert row["n_assets"] == 12
    assert row["n_labels"] == scores.labelers["n_labels"].sum()
    assert row["n_matched"] == scores.matches.filter(relation="benchmark", outcome="matched").height


def test_classes(scores):
    for row in scores.classes.iter_rows(named=True):
        cls = row["class"]
        for relation in ("consensus", "benchmark"):
            of_label = defaultdict(list)
            rows = scores.matches.filter(pl.col("relation") == relation)
            there = rows.filter((pl.col("class_a") == cls) | (pl.col("class_b") == cls))
            for (asset, a, b), part in there.group_by("asset_id", "label_a", "label_b"):
                if row["kind"] == "bbox":
                    matched = part.filter(outcome="matched")
                    n_a, n_b = (part["class_a"] == cls).sum(), (part["class_b"] == cls).sum()
                    score = matched["similarity"].sum() / (n_a + n_b - matched.height)
                else:
                    score = part["similarity"].item()
                for label in (a, b) if relation == "consensus" else (a,):
                    of_label[asset, label].append(score)
            of_asset = defaultdict(list)
            for (asset, _), values in of_label.items():
                of_asset[asset].append(mean(values))
            cells = {asset: (mean(values), 1) for asset, values in of_asset.items()}
            assert_measure(row, relation, cells)
        matched = scores.matches.filter(relation="benchmark", outcome="matched", class_a=cls).height
        drawn = scores.matches.filter(relation="benchmark", class_a=cls).height
        expected = scores.matches.filter(relation="benchmark", class_b=cls).height
        assert row["precision"] == (pytest.approx(matched / drawn) if drawn else None)
        assert row["recall"] == (pytest.approx(matched / expected) if expected else None)


def test_agreement_matrix(scores):
    pairs = scores.pairs.filter(pl.col("relation") == "consensus")
    expected = pairs.group_by("labeler_a", "labeler_b").agg(
        agreement=pl.col("agreement").mean(), n_pairs=pl.len().cast(pl.Int64), n_assets=pl.col("asset_id").n_unique()
    )
    found = scores.agreement.select(expected.columns).sort("labeler_a", "labeler_b")
    assert found.select("labeler_a", "labeler_b", "n_pairs").equals(
        expected.sort("labeler_a", "labeler_b").select("labeler_a", "labeler_b", "n_pairs")
    )
    np.testing.assert_allclose(found["agreement"], expected.sort("labeler_a", "labeler_b")["agreement"])


def test_bootstrap_and_exact_intervals_are_near_the_default_on_many_assets():
    project = random_project(1, n_assets=400)
    by = {
        how: labelqa.score(project, interval=how).project.row(0, named=True)
        for how in ("cluster", "bootstrap", "exact")
    }
    assert by["bootstrap"]["consensus_low"] == pytest.approx(by["cluster"]["consensus_low"], abs=0.01)
    assert by["exact"]["consensus_low"] == pytest.approx(by["cluster"]["consensus_low"], abs=0.02)
    assert by["bootstrap"]["consensus"] == by["cluster"]["consensus"]


def test_confidence_widens_and_the_seed_matters_only_where_it_should():
    project = random_project(1, n_assets=60)
    narrow = labelqa.score(project, confidence=0.5).project.row(0, named=True)
    wide = labelqa.score(project, confidence=0.99).project.row(0, named=True)
    assert wide["consensus_low"] < narrow["consensus_low"] < narrow["consensus_high"] < wide["consensus_high"]
    assert labelqa.score(project, seed=1).project.equals(labelqa.score(project, seed=2).project)
    one, two = (labelqa.score(project, interval="bootstrap", seed=s).project["consensus_low"][0] for s in (1, 2))
    assert one != two


def test_both_empty_pairs_can_be_left_out():
    builder = Builder()
    builder.source("f", "f")
    for asset in ("x", "y"):
        builder.asset("p", asset)
        for who in ("ana", "bob"):
            label = builder.label("p", asset, f"{asset}-{who}", who)
            if asset == "y":
                builder.bbox(label, "car", 0, 0, 10, 10 if who == "ana" else 8)
    project = builder.project()
    assert labelqa.score(project).project["consensus"][0] == pytest.approx(0.9)
    left_out = labelqa.score(project, {"both_empty": "leave_out"})
    assert left_out.project.select("consensus", "n_assets_consensus").row(0) == (pytest.approx(0.8), 1)
    assert left_out.assets["consensus"].to_list() == [None, pytest.approx(0.8)]


def test_an_empty_project_gives_empty_tables_and_no_error():
    scores = labelqa.score(Builder().project())
    for name in ("project", "labelers", "assets", "labels", "classes", "agreement", "confusion", "pairs", "matches"):
        assert getattr(scores, name).height == 0, name


def test_a_lone_labeler_gets_reasons_not_zeros():
    builder = Builder()
    builder.source("f", "f")
    builder.asset("p", "x")
    builder.bbox(builder.label("p", "x", "L", "ana"), "car", 0, 0, 1, 1)
    row = labelqa.score(builder.project()).labelers.row(0, named=True)
    assert [row[name] for name in ("consensus", "benchmark", "precision", "recall", "f1", "mean_iou")] == [None] * 6
    assert row["undefined"].startswith("consensus: no_pair; benchmark: no_benchmark; precision: no_benchmark")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"interval": "clusters"}, "did you mean 'cluster'"),
        ({"confidence": 95}, "between 0 and 1"),
        ({"scheme": "defualt"}, "did you mean 'default'"),
        ({"scheme": {"treshold": 0.5}}, "did you mean 'threshold'"),
        ({"scheme": {"threshold": 1.5}}, "threshold is a number from 0 to 1"),
        ({"scheme": {"threshold": "high"}}, "threshold is a number"),
        ({"scheme": {"average": "mean"}}, "average is one of"),
        ({"scheme": "no-such.toml"}, "cannot be read as a scheme"),
    ],
)
def test_wrong_options_say_what_would_be_right(options, message):
    with pytest.raises(UsageError, match=message):
        labelqa.score(random_project(0), **options)


def test_a_scheme_from_a_file(tmp_path):
    (tmp_path / "strict.toml").write_text("threshold = 0.75\n[weights]\ncat = 2\n")
    made = labelqa.score(random_project(0), tmp_path / "strict.toml").how["scheme"]
    assert (made["name"], made["threshold"], made["weights"]) == ("strict", 0.75, {"cat": 2})


def test_a_question_without_a_defined_similarity_has_no_agreement():
    builder = Builder()
    builder.source("by hand", "by hand")
    for asset in ("a1", "a2"):
        builder.asset("p", asset)
        for k, labeler in enumerate(("ann", "bob")):
            label = builder.label("p", asset, f"{asset}-{labeler}", labeler, role="submitted")
            builder.annotation(label, "number", "length", geometry=(float(k),))  # no scale is declared
    classes = labelqa.score(builder.project()).classes
    assert classes.select("class", "consensus", "n_assets_consensus").rows() == [("length", None, 0)]
    assert "consensus: no_pair" in classes["undefined"][0]
