"""Real rows by 43 workers and an expert."""

import csv

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy.optimize import linear_sum_assignment

from labelqa.formats.read import read
from labelqa.formats.readers.table import read_frame
from labelqa.project import Builder


@pytest.fixture(scope="module")
def path(data):
    return data / "pedestrians" / "table.csv"


@pytest.fixture(scope="module")
def project(path):
    return read(path)


def test_every_row_is_read(project):
    assert (project.assets.height, project.labels.height, project.annotations.height) == (1448, 11074, 12983)
    assert project.labelers.height == 44
    assert project.labels.filter(role="benchmark").height == 938
    assert project.sources["n_skipped"].item() == 0
    assert project.problems.select("severity", "field").unique().rows() == [("warning", "geometry")]
    assert project.labels["seconds"].null_count() > 0


def test_it_holds_the_numbers_of_the_file_to_the_last_bit(project, path):
    with path.open(newline="") as text:
        sides = [[float(row[side]) for side in "xywh"] for row in csv.DictReader(text) if row["class"]]
    expected = sorted((x, y, x + w, y + h) for x, y, w, h in sides)
    assert sorted(tuple(box) for box in project.annotations["geometry"].to_list()) == expected


@pytest.mark.parametrize("reader", [pl.read_csv, pd.read_csv])
def test_frames_give_an_equal_project(project, path, reader):
    builder = Builder()
    read_frame(reader(path), builder, str(path))
    assert builder.project().equals(project)


def test_matches_of_the_workers_with_the_expert(project):
    """The published total, counted here without labelqa's comparer."""
    boxes = {
        key: np.array(part.to_list()).reshape(-1, 4)
        for key, part in project.annotations.group_by("label_id").agg("geometry").iter_rows()
        for part in [pl.Series(part)]
    }
    expert = dict(project.labels.filter(role="benchmark").select("asset_id", "label_id").iter_rows())
    empty = np.empty((0, 4))
    total = []
    for asset_id, label_id in project.labels.filter(role="submitted").select("asset_id", "label_id").iter_rows():
        if asset_id in expert:
            similarity = _iou(boxes.get(label_id, empty), boxes.get(expert[asset_id], empty))
            similarity[similarity < 0.5] = 0
            row, column = linear_sum_assignment(-similarity)
            total.extend(similarity[row, column][similarity[row, column] > 0.5 + 1e-9])
    assert len(total) == 6883
    assert sum(total) == pytest.approx(5339.342349, abs=1e-6)


def _iou(a, b):
    sides = np.minimum(a[:, None, 2:], b[None, :, 2:]) - np.maximum(a[:, None, :2], b[None, :, :2])
    both = sides.clip(0).prod(axis=2)
    return both / ((a[:, 2:] - a[:, :2]).prod(axis=1)[:, None] + (b[:, 2:] - b[:, :2]).prod(axis=1)[None] - both)
