"""Parts: cut between assets, the same wherever the columns are cut, and together the whole."""

import numpy as np
import polars as pl
import pytest

import labelqa
from labelqa.project import parts, schema
from labelqa.project.threads import in_order
from tests.conftest import random_project


def columns(seed, n_assets=60):
    """Labels of assets, some with none or many, and annotations of labels, some with none or many."""
    rng = np.random.default_rng(seed)
    asset = np.repeat(np.arange(n_assets), rng.choice([0, 1, 3, 20], n_assets)).astype(np.uint32)
    label = np.repeat(np.arange(len(asset)), rng.choice([0, 1, 5, 40], len(asset))).astype(np.uint32)
    return n_assets, asset, label


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_bounds_are_those_of_whole_assets_however_the_columns_come(monkeypatch, seed, size):
    monkeypatch.setattr(parts, "ANNOTATIONS_AT_ONCE", 50)
    monkeypatch.setattr(parts, "PAIRS_AT_ONCE", 300)
    n_assets, asset, label = columns(seed)

    def pieces(column):
        return lambda: [column[k : k + size] for k in range(0, len(column), size)]

    bounds = parts.cut(n_assets, pieces(asset), pieces(label))
    assert len(bounds) > 3
    assert bounds.asset[0] == 0
    assert (np.diff(bounds.asset) > 0).all()
    assert bounds.asset[-1] == n_assets
    np.testing.assert_array_equal(bounds.label, np.searchsorted(asset, bounds.asset))
    np.testing.assert_array_equal(bounds.annotation, np.searchsorted(label, bounds.label))
    for k in np.flatnonzero(np.diff(bounds.asset) > 1):  # what is larger than one asset is no larger than it may be
        assert np.diff(bounds.annotation)[k] <= 50 + np.bincount(asset[label], minlength=n_assets).max()


@pytest.mark.parametrize("n_assets", [2_000, 10_001])
def test_parts_are_even_in_number_and_alike_in_size(monkeypatch, n_assets):
    monkeypatch.setattr(parts, "ANNOTATIONS_AT_ONCE", 3_000)
    asset = np.repeat(np.arange(n_assets), 3)
    label = np.repeat(np.arange(len(asset)), np.random.default_rng(0).choice([0, 1, 3], len(asset)))
    bounds = parts.cut(n_assets, lambda: (asset,), lambda: (label,))
    assert len(bounds) % 2 == 0
    np.testing.assert_allclose(np.diff(bounds.annotation), len(label) / len(bounds), rtol=0.05)


def test_what_is_small_is_not_cut():
    bounds = parts.cut(100, lambda: (np.arange(100),), lambda: (np.arange(100),))
    assert bounds.asset.tolist() == [0, 100]


def test_parts_laid_end_to_end_are_the_project(monkeypatch):
    monkeypatch.setattr(parts, "ANNOTATIONS_AT_ONCE", 20)
    project = random_project(3, n_assets=30)
    cut = list(parts.parts(project))
    assert len(cut) > 5
    for name, column in (("assets", None), ("labels", "asset"), ("annotations", "label")):
        first = {"asset": "assets", "label": "labels"}.get(column)
        tables = [
            one.project.tables[name]
            if column is None
            else one.project.tables[name].with_columns(pl.col(column) + getattr(one, first).start)
            for one in cut
        ]
        whole = pl.concat(tables).cast(schema.dtypes(schema.TABLES[name]))
        assert whole.equals(project.tables[name])


def test_a_project_without_assets_is_one_empty_part():
    empty = labelqa.Project({name: schema.empty(table) for name, table in schema.TABLES.items()})
    (part,) = parts.parts(empty)
    assert part.project.assets.height == 0


def test_results_on_threads_come_in_order_and_jobs_are_not_begun_far_ahead():
    begun = []

    def jobs():
        for k in range(100):
            begun.append(k)
            yield k

    results = in_order(lambda k: 2 * k, jobs())
    assert [next(results) for _ in range(3)] == [0, 2, 4]
    assert len(begun) < 60
    assert list(results) == [2 * k for k in range(3, 100)]
