"""CVAT's report on small labels, worked out by hand."""

import numpy as np
import polars as pl
import pytest

import labelqa
from labelqa.measures.cvat import conflicts, counts, summary
from labelqa.measures.cvat.groups import grouped_otherwise
from labelqa.project import Builder
from tests.naive_cvat import compared

FAR = 50


class Labels:
    """A label by ann and the benchmark, of one frame."""

    def __init__(self):
        self.builder = Builder()
        self.builder.source("x", "x")
        self.builder.asset("p", "a", width=200, height=100)
        self.labels = [self.builder.label("p", "a", role, role, role=role) for role in ("submitted", "benchmark")]

    def box(self, side, name, left, *, width=10, cls="cat", group=0, z_order=0, answers=()):
        where = (left, 0, left + width, 10)
        self.mark(side, name, "bbox", where, cls=cls, group=group, z_order=z_order, answers=answers)

    def mark(self, side, name, kind, geometry, *, cls="cat", group=0, z_order=0, answers=()):
        stated = [np.nan] * 5 + [float(group), float(z_order)]
        label = self.labels[side]
        self.builder.annotation(label, kind, cls, geometry, annotation_id=name, stated=stated)
        for question, answer in answers:
            self.builder.annotation(label, "choice", question, answer=[answer], parent_id=name)

    def both(self, name, left, **options):
        for side in (0, 1):
            self.box(side, f"{name}{side}", left, **options)

    def tags(self, side, *tags):
        self.builder.answer(self.labels[side], "checklist", "tag", tags, annotation_id="tags")

    def comparison(self, *, same_class_first=False):
        """Compare as the scheme does; the rows are those of a plain version of it."""
        project = self.builder.project()
        found = labelqa.compare(project, "benchmark", "cvat_2026" if same_class_first else "cvat")
        expected = compared(project, same_class_first=same_class_first)
        assert found.matches.rows() == expected.matches.rows()
        return found

    def found(self):
        table = conflicts(self.comparison())
        assert table.select("asset_id", "place", "project_id").unique().rows() in ([("a", None, "p")], [])
        severity = dict(table.select("type", "severity").rows())
        assert all((severity[kind] == "error") == (kind in ERRORS) for kind in severity)
        return table.select("type", "annotation_a", "annotation_b").rows()


ERRORS = ("missing_annotation", "extra_annotation", "mismatching_label")


def test_equal_labels_have_no_conflicts():
    labels = Labels()
    labels.both("a", 0, group=1, answers=[("colour", "red")])
    labels.both("b", FAR, group=1)
    for side in (0, 1):
        labels.tags(side, "night", "rain")
    assert labels.found() == []
    head = summary(labels.comparison())
    assert head == {"valid": 4, "missing": 0, "extra": 0, "total": 4, "ds": 4, "gt": 4,
                    "accuracy": 1, "precision": 1, "recall": 1}  # fmt: skip


def test_nothing_to_count_is_undefined():
    head = summary(Labels().comparison())
    assert (head["total"], head["accuracy"], head["precision"], head["recall"]) == (0, None, None, None)
    assert counts(Labels().comparison()).height == conflicts(Labels().comparison()).height == 0


def test_errors_and_little_overlap():
    labels = Labels()
    labels.box(0, "near", 0)
    labels.box(1, "true", 4, width=10)  # 6 of 14 in both
    labels.box(0, "dog", FAR, cls="dog")
    labels.box(1, "cat", FAR)
    labels.box(0, "alone", 2 * FAR)
    labels.box(1, "lost", 3 * FAR)
    assert labels.found() == [
        ("extra_annotation", "alone", None),
        ("low_overlap", "near", "true"),
        ("mismatching_label", "dog", "cat"),
        ("missing_annotation", None, "lost"),
    ]
    head = summary(labels.comparison())
    assert (head["accuracy"], head["precision"], head["recall"]) == (1 / 4, 1 / 3, 1 / 3)
    assert counts(labels.comparison()).select("class_a", "class_b", "n").rows() == [
        ("cat", "cat", 1),
        ("cat", None, 1),
        ("dog", "cat", 1),
        (None, "cat", 1),
    ]


def test_one_assignment_blind_to_labels_lets_the_better_overlap_win():
    labels = Labels()
    labels.box(0, "cat", 0)
    labels.box(1, "far cat", 4)
    labels.box(1, "near dog", 1, cls="dog")
    assert ("mismatching_label", "cat", "near dog") in labels.found()
    assert summary(labels.comparison(same_class_first=True))["valid"] == 1


def test_tags_are_taken_apart():
    labels = Labels()
    labels.tags(0, "night", "rain", "snow")
    labels.tags(1, "rain", "fog")
    assert labels.found() == [("extra_annotation", "tags", None), ("mismatching_label", "tags", "tags")]
    cells = counts(labels.comparison()).select("class_a", "class_b", "n").rows()
    assert cells == [("night", "fog", 1), ("rain", "rain", 1), ("snow", None, 1)]
    alone = Labels()
    alone.tags(1, "fog", "rain")
    assert alone.found() == [("missing_annotation", None, "tags")] * 2


def test_attributes():
    labels = Labels()
    for k, (given, true) in enumerate(
        [
            ([("c", "x")], [("c", "x")]),
            ([("c", "x")], [("c", "y")]),
            ([], [("c", "x")]),
            ([("c", "x"), ("d", "x")], [("c", "x")]),
        ]
    ):
        labels.box(0, f"a{k}", 40 * k, answers=given)
        labels.box(1, f"b{k}", 40 * k, answers=true)
    assert labels.found() == [("mismatching_attributes", f"a{k}", f"b{k}") for k in (1, 2, 3)]


def test_a_wrong_label_spares_the_attributes():
    labels = Labels()
    labels.box(0, "a", 0, cls="dog", answers=[("c", "x")])
    labels.box(1, "b", 0)
    assert labels.found() == [("mismatching_label", "a", "b")]


def test_directions():
    labels = Labels()
    labels.mark(0, "a", "polyline", [0, 0, 50, 0, 50, 50])
    labels.mark(1, "b", "polyline", [50, 50, 50, 0, 0, 0])
    labels.mark(0, "c", "polyline", [150, 0, 150, 50])
    labels.mark(1, "d", "polyline", [150, 0, 150, 50])
    assert labels.found() == [("mismatching_direction", "a", "b")]


def test_covered_marks():
    labels = Labels()
    labels.both("low", 0)
    labels.both("high", 0, width=40, z_order=1)
    labels.both("edge", 35, width=20)  # a quarter hidden
    assert labels.found() == [("covered_annotation", "low0", None)]


def test_equal_layers_go_by_their_ids():
    labels = Labels()
    labels.both("2", 0, width=40)
    labels.both("10", 0)  # drawn later: "10" is longer than "2"
    assert labels.found() == []
    turned = Labels()
    turned.both("20", 0, width=40)
    turned.both("1", 0)
    assert turned.found() == [("covered_annotation", "10", None)]


def test_groups():
    labels = Labels()
    for k, (given, true) in enumerate([(1, 5), (1, 5), (1, 0), (0, 6), (2, 6), (2, 6)]):
        labels.box(0, f"a{k}", 30 * k, group=given)
        labels.box(1, f"b{k}", 30 * k, group=true)
    # {a0, a1, a2} is {b0, b1} with 2 of 3; {a4, a5} is {b3, b4, b5}; a3 is alone, and b2.
    assert labels.found() == [("mismatching_groups", "a2", "b2"), ("mismatching_groups", "a3", "b3")]


def test_groups_of_outlines_are_one_object():
    labels = Labels()
    labels.mark(0, "a", "polygon", [0, 0, 20, 0, 20, 10, 0, 10])
    labels.mark(1, "b", "polygon", [0, 0, 10, 0, 10, 10, 0, 10], group=1)
    labels.mark(1, "c", "polygon", [10, 0, 20, 0, 20, 10, 10, 10], group=1)
    assert labels.found() == []
    assert summary(labels.comparison())["valid"] == 2  # each part counts


def test_places_are_compared_apart():
    builder = Builder()
    builder.source("x", "x")
    builder.asset("p", "v")
    for role, frame in (("submitted", "1"), ("benchmark", "2")):
        label = builder.label("p", "v", role, role, role=role)
        builder.annotation(label, "bbox", "cat", (0, 0, 9, 9), place=frame)
    found = conflicts(compared(builder.project())).select("type", "place").rows()
    assert found == [("extra_annotation", "1"), ("missing_annotation", "2")]


@pytest.mark.parametrize("seed", range(20))
def test_groups_against_all_assignments(seed):
    from itertools import permutations

    rng = np.random.default_rng(seed)
    n = 7
    group_a, group_b = rng.integers(0, 3, n), 3 + rng.integers(0, 3, n)
    size = np.bincount(np.concatenate([group_a, group_b]), minlength=6) + rng.integers(0, 2, 6)
    found = grouped_otherwise(np.zeros(n, np.int64), group_a, group_b, size, 0.5)
    both = {(a, b): int(((group_a == a) & (group_b == b)).sum()) for a in range(3) for b in range(3, 6)}
    near = {k: v / (size[k[0]] + size[k[1]] - v) for k, v in both.items() if v}
    near = {k: v for k, v in near.items() if v >= 0.5}
    totals = {}
    for order in permutations(range(3, 6)):
        chosen = frozenset((a, b) for a, b in enumerate(order) if (a, b) in near)
        totals[chosen] = sum(near[k] for k in chosen)
    best = {chosen for chosen, total in totals.items() if total > max(totals.values()) - 1e-9}
    expected = [
        [(a, b) not in chosen or (size[a] != 1 and size[b] == 1) for a, b in zip(group_a, group_b, strict=True)]
        for chosen in best
    ]
    assert found.tolist() in expected


def test_tables_are_typed():
    labels = Labels()
    labels.box(0, "a", 0)
    table = conflicts(labels.comparison())
    assert table.schema["place"] == pl.String()
    assert table.columns == [
        "asset_id", "place", "type", "severity", "annotation_a", "annotation_b", "label_a", "label_b", "project_id"
    ]  # fmt: skip
