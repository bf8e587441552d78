"""The generator makes what it says, in all forms alike, and the smallest benchmark runs with equal results."""

import sys

import numpy as np
import pytest
import shapely

import labelqa
from benchmarks import projects, stages, table
from benchmarks.arrays import Arrays
from benchmarks.contender import Outcome, named, rivals
from benchmarks.duel import Interpreters, SkippedError, UnequalError, compare, duel
from benchmarks.generate import BLOCK, CLASSES, EXPERT, FRAME, Recipe, block, blocks
from benchmarks.outlines import Outlines
from benchmarks.store import Store

FIELDS = ("asset", "labeler", "label_id", "minute", "seconds", "label", "cls", "box", "annotation_id")
SMALL = Recipe(300, seed=5)


def same(a, b):
    return all(np.array_equal(getattr(a, field), getattr(b, field)) for field in FIELDS)


def test_the_same_seed_makes_the_same_labels_and_another_one_others():
    assert same(block(SMALL, 3), block(SMALL, 3))
    assert not same(block(SMALL, 3), block(SMALL, 4))
    assert not same(block(SMALL, 3), block(Recipe(300, seed=6), 3))


def test_a_small_set_is_the_beginning_of_a_large_one():
    large = list(blocks(Recipe(BLOCK + 500, seed=5)))
    (small,) = blocks(SMALL)
    assert [part.n_assets for part in large] == [BLOCK, 500]
    assert large[1].asset.min() == BLOCK
    assert same(small, large[0].head(300))


def test_labels_are_as_described():
    made = block(Recipe(BLOCK), 0)
    low, high = made.box[:, :2], made.box[:, :2] + made.box[:, 2:]
    assert (low >= 0).all()
    assert (high <= np.array(FRAME) + 1e-9).all()
    assert (made.box[:, 2:] > 1.9).all()
    assert (np.diff(made.label) >= 0).all()
    assert set(made.cls.tolist()) == set(range(len(CLASSES)))
    assert len(set(made.annotation_id.tolist())) == len(made.annotation_id)
    per_asset = np.bincount(made.asset[made.labeler != EXPERT])
    assert (per_asset == 3).all()
    assert 60 < (made.labeler == EXPERT).sum() < 140
    assert 6 < len(made.label) / len(made.asset) < 10


def test_objects_can_be_as_many_on_every_asset():
    (made,) = blocks(Recipe(2, objects=500, benchmark_share=0.0))
    assert (np.abs(np.bincount(made.label) - 500) < 100).all()


def test_all_forms_hold_the_same_labels(tmp_path, monkeypatch):
    monkeypatch.setattr(projects, "BLOCKS_AT_ONCE", 1)
    recipe, store = Recipe(BLOCK + 50, seed=5), Store(tmp_path)
    project = projects.build(recipe)
    assert project.problems.is_empty()
    assert labelqa.read(store.get(recipe, "project")).equals(project)

    export = labelqa.read(store.get(recipe, "export.ndjson"))
    assert export.problems.is_empty()
    assert export.tables["annotations"].equals(project.tables["annotations"])
    assert export.labels.select("label_id", "labeler", "role").equals(
        project.labels.select("label_id", "labeler", "role")
    )

    arrays = Arrays.read(store.get(recipe, "arrays.npz"))
    compared = labelqa.compare(project).pair_rows, labelqa.compare(project, "benchmark").pair_rows
    assert arrays.n_pairs == sum(map(len, compared))
    assert len(arrays.boxes) == project.annotations.height


def test_the_smallest_benchmark_runs_and_the_results_agree(tmp_path):
    pytest.importorskip("scipy")
    recipe = named("numpy_scipy").recipe(50, 0)
    done = duel("numpy_scipy", recipe, Store(tmp_path), Interpreters({}), rounds=1, budget=1.0)
    assert done.compared.startswith("equal: ")
    assert done.ratio() > 0
    assert table.rival_row(done).startswith("| numpy + scipy loop | 50 |")


@pytest.mark.parametrize("name", ["shapely_polygons", "pycocotools_masks"])
def test_areas_agree_with_those_of_others(name, tmp_path):
    pytest.importorskip("pycocotools")
    done = duel(name, Recipe(20), Store(tmp_path), Interpreters({}), rounds=1, budget=1.0)
    assert done.compared.startswith("equal: ")


def test_outlines_do_not_cross_themselves():
    made = Outlines.made(Recipe(30, seed=5))
    ring = np.repeat(np.arange(len(made.size)), made.size)
    assert shapely.is_valid(shapely.polygons(shapely.linearrings(made.xy, indices=ring))).all()
    assert 30 < made.size.mean() < 40
    assert made.size.max() > 100


def test_what_is_not_installed_is_skipped_with_the_reason(tmp_path):
    given = Interpreters.of([sys.executable, f"hotcoco={tmp_path / 'no-python'}"])
    assert given.of_rival("cocoeval") == sys.executable
    with pytest.raises(SkippedError, match="no-python"):
        duel("hotcoco", Recipe(50), Store(tmp_path), given, rounds=1, budget=1.0)


def test_unequal_results_are_noticed():
    rival = named("numpy_scipy")
    assert compare(rival, Outcome(10, 8.0), Outcome(10, 8.0)) == "equal: 10 matched, sum of IoU to the bit"
    with pytest.raises(UnequalError):
        compare(rival, Outcome(10, 8.0), Outcome(11, 8.0))
    with pytest.raises(UnequalError):
        compare(rival, Outcome(10, 8.0), Outcome(10, 8.0001))


def test_every_rival_says_what_it_does():
    for name, rival in rivals().items():
        assert rival.title, name
        assert rival.work, name
        assert named(rival.against).against is None
    assert "score" in stages.names()


def test_rows_of_the_same_name_and_size_are_replaced():
    text = "<!-- work -->\n<!-- /work -->\n<!-- labelqa -->\n<!-- /labelqa -->\n<!-- machine -->\n<!-- /machine -->\n"
    first = table.updated(text, {"labelqa": ["| a | 1,000 | 1 |", "| b 1.0 | 20 | 1 |"]}, fresh=False)
    second = table.updated(first, {"labelqa": ["| a | 900 | 2 |", "| b 1.1 | 20 | 2 |"]}, fresh=False)
    kept = second.partition("<!-- labelqa -->")[2].partition("<!-- /labelqa -->")[0].splitlines()[3:]
    assert kept == ["| a | 900 | 2 |", "| a | 1,000 | 1 |", "| b 1.1 | 20 | 2 |"]
    third = table.updated(second, {"labelqa": ["| c | 1 | 3 |"]}, fresh=True)
    assert "| a |" not in third
