"""Outlines of cats by volunteers: mean polygon IoU of a cluster, as Zooniverse's own aggregation worked it out."""

import csv
import json
import sys
from itertools import combinations

import numpy as np
import polars as pl
import pytest
from shapely import Polygon

from labelqa.kinds import polygon

REDUCTIONS = ("polygon_reducer_reductions_median.csv", "polygon_reducer_reductions_union.csv")
_TOOLS = ("data.frame0.T0_toolIndex0", "data.frame0.T0_toolIndex1")
_TWO_LOOPS = ("458023", 1)
"""Subject and cluster with an outline in two loops, of which that program keeps one."""


def _rows(path):
    csv.field_size_limit(sys.maxsize)
    with path.open(newline="") as file:
        yield from csv.DictReader(file)


@pytest.fixture(scope="module")
def outlines(data):
    """Give the outlines of each subject and tool, in the order of the file."""
    found = {}
    for row in _rows(data / "cats" / "polygon_extractor_extractions.csv"):
        for tool in _TOOLS:
            if row[f"{tool}_pathX"]:
                paths = zip(json.loads(row[f"{tool}_pathX"]), json.loads(row[f"{tool}_pathY"]), strict=True)
                found.setdefault((row["subject_id"], tool), []).extend(np.column_stack(path) for path in paths)
    return found


def _clusters(data, outlines):
    """Give subject, number of the cluster, its outlines and its stated consensus."""
    for name in REDUCTIONS:
        for row in _rows(data / "cats" / name):
            for tool in _TOOLS:
                if not row[f"{tool}_consensus"]:
                    continue
                drawn = outlines[row["subject_id"], tool]
                labels = json.loads(row[f"{tool}_cluster_labels"])
                assert len(labels) == len(drawn)
                for cluster, stated in enumerate(json.loads(row[f"{tool}_consensus"])):
                    members = [o for o, label in zip(drawn, labels, strict=True) if label == cluster]
                    yield (row["subject_id"], cluster), members, stated


def _off(clusters):
    """Give how far each cluster's mean IoU is from the stated consensus."""
    for key, members, stated in clusters:
        one, other = zip(*combinations(members, 2), strict=True)
        yield key, abs(polygon.iou(one, other).mean() - stated)


def test_mean_iou_of_every_cluster_is_the_stated_consensus(data, outlines):
    """That program repairs an outline that crosses itself by a buffer of 0, which we do to those first."""
    repaired = {
        key: [o if Polygon(o).is_valid else Polygon(o).buffer(0) for o in each] for key, each in outlines.items()
    }
    off = list(_off(_clusters(data, repaired)))
    assert sum(len(drawn) for drawn in outlines.values()) == 157
    assert (len(off), sum(difference < 1e-6 for _, difference in off)) == (62, 60)
    assert {key for key, difference in off if difference >= 1e-6} == {_TWO_LOOPS}
    assert max(difference for _, difference in off) < 3e-5


def test_the_even_odd_rule_differs_only_where_an_outline_crosses_itself(data, outlines):
    """A buffer of 0 drops loops that turn the other way; the even-odd rule keeps them. They are small in these."""
    n_simple = 0
    for (_, members, _), (_, difference) in zip(
        _clusters(data, outlines), _off(_clusters(data, outlines)), strict=True
    ):
        simple = all(Polygon(outline).is_valid for outline in members)
        assert difference < (1e-6 if simple else 2e-3)
        n_simple += simple
    assert n_simple == 38


def test_the_outlines_that_cross_themselves_are_told(outlines):
    """Shapely's own check, one by one, finds the same."""
    drawn = [outline for each in outlines.values() for outline in each]
    rows = pl.DataFrame({"geometry": [o.ravel().tolist() for o in drawn], "parts": [[len(o)] for o in drawn]})
    assert polygon.repaired(rows).tolist() == [not Polygon(o).is_valid for o in drawn]
    assert polygon.repaired(rows).any()
