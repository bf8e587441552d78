"""A Zooniverse export that nobody here wrote: outlines of cats by volunteers."""

import csv
import json
from collections import Counter
from datetime import datetime

import polars as pl
import pytest

from labelqa.errors import FormatError
from labelqa.formats.read import read


@pytest.fixture(scope="module")
def path(data):
    return data / "cats" / "cat-project-classifications.csv"


@pytest.fixture(scope="module")
def project(path):
    return read(path)


@pytest.fixture(scope="module")
def rows(path):
    csv.field_size_limit(1 << 30)
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


def marks(row):
    return [mark for task in json.loads(row["annotations"]) for mark in task["value"]]


def test_every_classification_is_a_label_and_every_mark_an_outline(project, rows):
    outlines = project.annotations
    assert outlines["kind"].unique().to_list() == ["polygon"]
    assert project.labels.height == len(rows) == 153
    assert project.assets.height == len({row["subject_ids"] for row in rows}) == 30
    counts = dict(outlines.group_by("label_id").len().rows())
    assert counts == {row["classification_id"]: len(marks(row)) for row in rows if marks(row)}
    assert outlines.height == sum(counts.values()) == 184
    assert project.labels["n_unread"].sum() == 0
    assert project.problems.filter(severity="error").is_empty()


def test_the_version_that_the_project_itself_aggregates_has_157_of_the_outlines(data, project, rows):
    final = [row["classification_id"] for row in rows if row["workflow_version"] == "13.19"]
    assert project.annotations.filter(pl.col("label_id").is_in(final)).height == 157
    with (data / "cats" / "polygon_extractor_extractions.csv").open(newline="") as stream:
        cells = [row[name] for row in csv.DictReader(stream) for name in row if name.endswith("_pathX")]
    assert sum(len(json.loads(cell)) for cell in cells if cell) == 157


def test_corners(project, rows):
    expected = Counter()
    for row in rows:
        for mark in marks(row):
            across, along = mark.get("pathX"), mark.get("pathY")
            points = list(zip(across, along, strict=True)) if across else [(p["x"], p["y"]) for p in mark["points"]]
            points = points[:-1] if points[0] == points[-1] else points
            expected[row["classification_id"], tuple(number for point in points for number in point)] += 1
    found = Counter(
        (label, tuple(numbers)) for label, numbers in project.annotations.select("label_id", "geometry").rows()
    )
    assert found == expected


def test_times_and_volunteers(project, rows):
    seconds, who = {}, {}
    for row in rows:
        metadata = json.loads(row["metadata"])
        started, finished = (datetime.fromisoformat(metadata[name]) for name in ("started_at", "finished_at"))
        seconds[row["classification_id"]] = (finished - started).total_seconds()
        who[row["classification_id"]] = row["user_name"]
    assert dict(project.labels.select("label_id", "seconds").rows()) == pytest.approx(seconds)
    assert project.labels["seconds"].sum() == pytest.approx(4004.007)
    assert dict(project.labels.select("label_id", "labeler").rows()) == who
    assert project.labelers.height == 19
    assert project.labels["created_at"].null_count() == 0


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("polygon_extractor_extractions.csv", "'extractor' among the columns"),
        ("polygon_reducer_reductions_median.csv", "'reducer' among the columns"),
        ("polygon_reducer_reductions_union.csv", "'reducer' among the columns"),
    ],
)
def test_aggregations_are_refused_with_a_reason(data, name, reason):
    with pytest.raises(FormatError) as error:
        read(data / "cats" / name)
    assert error.value.refusals["zooniverse"].startswith(reason)
