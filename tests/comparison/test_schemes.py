"""Schemes that compare otherwise than by default, each worked out on paper."""

import numpy as np
import polars as pl
import pytest

import labelqa
from labelqa.project import Builder, Project


class Labels:
    """Two labels of one asset, filled by hand."""

    def __init__(self, *, benchmark=False):
        self.builder = Builder()
        self.builder.source("by-hand", "by-hand")
        self.builder.asset("p", "x", width=100, height=100)
        self.a = self.builder.label("p", "x", "A", "ana")
        self.b = self.builder.label("p", "x", "B", "bob", role="benchmark" if benchmark else "submitted")

    def bbox(self, side, cls, *sides, id=None):
        self.builder.bbox(getattr(self, side), cls, *sides, annotation_id=id)

    def mark(self, side, kind, cls, geometry=(), **more):
        self.builder.annotation(getattr(self, side), kind, cls, geometry, **more)

    def agreement(self, scheme, against="labelers"):
        return labelqa.compare(self.builder.project(), against, scheme).pairs["agreement"].item()


# --- every annotation takes its best partner ---------------------------------------------------------------------------


def two_on_one():
    """Ana's two cars both lie on Bob's one car, IoU 0.8 and 0.6; Bob has a second car that meets none."""
    labels = Labels()
    labels.bbox("a", "car", 0, 0, 10, 8, id="a0")
    labels.bbox("a", "car", 0, 0, 10, 6, id="a1")
    labels.bbox("b", "car", 0, 0, 10, 10, id="b0")
    labels.bbox("b", "car", 50, 50, 60, 60, id="b1")
    return labels


def test_best_takes_the_best_partner_of_either_side_however_often():
    labels = two_on_one()
    comparison = labelqa.compare(labels.builder.project(), scheme="label_studio")
    found = comparison.matches.select("annotation_a", "annotation_b", "similarity", "outcome").rows()
    assert sorted(map(str, found)) == [
        "('a0', 'b0', 0.8, 'best_of_a')",
        "('a0', 'b0', 0.8, 'best_of_b')",
        "('a1', 'b0', 0.6, 'best_of_a')",
        "(None, 'b1', 0.0, 'missed')",
    ]
    # (0.8 + 0.6 from Ana's side + 0.8 + 0 from Bob's) / 4
    assert comparison.pairs["agreement"].to_list() == [pytest.approx((0.8 + 0.6 + 0.8 + 0) / 4)]
    assert comparison.pairs.select("n_matched", "n_missed", "n_extra").rows() == [(2, 1, 0)]


def test_precision_and_recall_under_best_go_by_their_own_side():
    labels = Labels(benchmark=True)
    labels.bbox("a", "car", 0, 0, 10, 8)
    labels.bbox("a", "car", 0, 0, 10, 6)
    labels.bbox("b", "car", 0, 0, 10, 10)
    labels.bbox("b", "car", 50, 50, 60, 60)
    row = labelqa.score(labels.builder.project(), "label_studio").project.row(0, named=True)
    assert (row["precision"], row["recall"], row["f1"]) == (1.0, 0.5, 0.75)
    assert (row["n_matched"], row["n_drawn"], row["n_expected"]) == (2, 2, 2)
    assert row["mean_iou"] == pytest.approx((0.8 + 0.6 + 0.8) / 3)


def test_equal_answers_count_as_matched_beside_objects_with_best_partners():
    labels = Labels(benchmark=True)
    for side in "ab":
        labels.bbox(side, "car", 0, 0, 10, 10)
        labels.mark(side, "choice", "weather", answer=["rain"])
    classes = labelqa.score(labels.builder.project(), "label_studio").classes
    found = classes.select("class", "precision", "recall", "n_matched").rows()
    assert found == [("car", 1.0, 1.0, 1), ("weather", 1.0, 1.0, 1)]


def test_best_needs_the_same_class_and_both_empty_agree():
    labels = Labels()
    labels.bbox("a", "car", 0, 0, 10, 10)
    labels.bbox("b", "bus", 0, 0, 10, 10)
    assert labels.agreement("label_studio") == 0.0
    assert Labels().agreement("label_studio") == 1.0


def test_label_studio_compares_numbers_by_their_difference_and_taxonomies_by_whole_paths():
    labels = Labels()
    labels.mark("a", "rating", "stars", [3])
    labels.mark("b", "rating", "stars", [5])
    assert labels.agreement("label_studio") == pytest.approx(1 / 3)
    labels = Labels()
    labels.mark("a", "taxonomy", "animal", answer=["cat\x1fpersian", "dog"])
    labels.mark("b", "taxonomy", "animal", answer=["cat\x1fsiamese", "dog"])
    assert labels.agreement("label_studio") == pytest.approx(1 / 3)
    assert labels.agreement("default") == pytest.approx(2 / 4)


def test_best_needs_a_denominator_of_its_own():
    with pytest.raises(labelqa.UsageError, match="best"):
        labelqa.Scheme(matching="best", denominator="larger")


def test_the_surest_chooses_first():
    labels = Labels(benchmark=True)
    for name, bottom, score in (("good", 9, 0.3), ("sure", 8, 0.9), ("unsure", 10, None)):
        labels.builder.bbox(labels.a, "car", 0, 0, 10, bottom, annotation_id=name, score=score)
    labels.bbox("b", "car", 0, 0, 10, 10, id="truth")
    project = labels.builder.project()
    taken = {
        matching: labelqa.compare(project, "benchmark", {"matching": matching})
        .matches.filter(pl.col("outcome") == "matched")["annotation_a"]
        .to_list()
        for matching in ("optimal", "greedy", "confidence")
    }
    assert taken == {"optimal": ["unsure"], "greedy": ["unsure"], "confidence": ["sure"]}


# --- averages ----------------------------------------------------------------------------------------------------------


def several_kinds():
    """Cars agree to 0.8 and buses not at all; one span of two agrees; one of two choices agrees."""
    labels = Labels()
    labels.bbox("a", "car", 0, 0, 10, 8)
    labels.bbox("b", "car", 0, 0, 10, 10)
    labels.bbox("a", "bus", 50, 50, 60, 60)
    labels.mark("a", "span", "name", [0, 5])
    labels.mark("b", "span", "name", [0, 5])
    labels.mark("b", "span", "name", [20, 25])
    labels.builder.answer(labels.a, "choice", "weather", ["sun"])
    labels.builder.answer(labels.b, "choice", "weather", ["rain"])
    labels.builder.answer(labels.a, "choice", "place", ["town"])
    labels.builder.answer(labels.b, "choice", "place", ["town"])
    return labels


@pytest.mark.parametrize(
    ("average", "expected"),
    [
        ("micro", ((0.8 + 1) / 4 + 0 + 1) / 3),
        ("kinds", (0.8 / 2 + 1 / 2 + 0 + 1) / 4),
        ("macro", (0.8 + 0 + 1 / 2 + 0 + 1) / 5),
        ("types", ((0.8 + 0) / 2 + 1 / 2 + (0 + 1) / 2) / 3),
    ],
)
def test_averages(average, expected):
    assert several_kinds().agreement({"average": average}) == pytest.approx(expected)


def test_weights_work_under_types():
    weighted = several_kinds().agreement({"average": "types", "weights": {"bus": 0, "weather": 3}})
    assert weighted == pytest.approx((0.8 + 1 / 2 + (3 * 0 + 1) / 4) / 3)


# --- Labelbox ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("a", "b", "published"), [((0, 5), (0, 4), 0.80), ((0, 4), (1, 4), 0.75)])
def test_labelbox_publishes_these_examples(a, b, published):
    """house / hous and wiki / iki, half-open here."""
    labels = Labels()
    labels.mark("a", "span", "entity", a)
    labels.mark("b", "span", "entity", b)
    assert labels.agreement("labelbox") == published


def test_labelbox_divides_by_the_larger_count_without_threshold():
    labels = Labels()
    labels.bbox("a", "car", 0, 0, 10, 2)
    labels.bbox("b", "car", 0, 0, 10, 10)
    labels.bbox("b", "car", 50, 50, 60, 60)
    assert labels.agreement("labelbox") == pytest.approx(0.2 / 2)
    assert labels.agreement("default") == 0


# --- relations ---------------------------------------------------------------------------------------------------------


def test_relations_match_where_their_ends_do():
    labels = Labels()
    for side, shift in (("a", 0), ("b", 1)):
        for name, left in (("m", 0), ("n", 40), ("o", 80)):
            labels.bbox(side, "car", left + shift, 0, left + 10 + shift, 10, id=f"{side}-{name}")
    labels.mark("a", "relation", "tows", answer=["a-m", "a-n"], annotation_id="a1")
    labels.mark("b", "relation", "tows", answer=["b-m", "b-n"], annotation_id="b1")
    labels.mark("a", "relation", "follows", answer=["a-n", "a-o"], annotation_id="a2")
    labels.mark("b", "relation", "hides", answer=["b-n", "b-o"], annotation_id="b2")
    labels.mark("a", "relation", "tows", answer=["a-o", "a-m"], annotation_id="a3")
    labels.mark("b", "relation", "tows", answer=["b-m", "b-o"], annotation_id="b3")
    labels.mark("b", "relation", "tows", answer=["b-m", "lost"], annotation_id="b4")
    rows = labelqa.compare(labels.builder.project()).matches.filter(pl.col("kind") == "relation")
    assert set(rows.select("annotation_a", "annotation_b", "similarity", "outcome").rows()) == {
        ("a1", "b1", 1.0, "matched"),
        ("a2", "b2", 1.0, "wrong_class"),
        ("a3", None, 0.0, "extra"),  # the other way round
        (None, "b3", 0.0, "missed"),
        (None, "b4", 0.0, "missed"),
    }


# --- attributes --------------------------------------------------------------------------------------------------------


def with_attributes():
    labels = Labels()
    for side, colour, shift in (("a", "red", 0), ("b", "blue", 1)):
        labels.bbox(side, "car", 0 + shift, 0, 10 + shift, 10, id=f"{side}-car")
        labels.mark(side, "choice", "colour", answer=[colour], parent_id=f"{side}-car", annotation_id=f"{side}-colour")
        labels.mark(side, "choice", "moving", answer=["yes"], parent_id=f"{side}-car", annotation_id=f"{side}-moving")
    labels.mark("a", "choice", "how fast", answer=["10"], parent_id="a-moving", annotation_id="a-speed")
    labels.bbox("b", "car", 50, 50, 60, 60, id="b-alone")
    labels.mark("b", "choice", "colour", answer=["red"], parent_id="b-alone")
    return labels


def test_attributes_are_compared_on_matched_objects_only_and_move_no_agreement():
    project = with_attributes().builder.project()
    comparison = labelqa.compare(project)
    columns = ["parent_class", "class_a", "class_b", "similarity", "outcome", "parent_a", "parent_b"]
    assert sorted(comparison.attributes.select(columns).rows(), key=str) == [
        ("car", "colour", "colour", 0.0, "wrong_class", "a-car", "b-car"),
        ("car", "moving", "moving", 1.0, "matched", "a-car", "b-car"),
        ("moving", "how fast", None, 0.0, "extra", "a-moving", None),
    ]
    assert comparison.matches["kind"].unique().to_list() == ["bbox"]
    assert comparison.pairs["agreement"].to_list() == [pytest.approx((90 / 110) / 2)]


def test_attribute_agreement_is_a_table_of_the_scores():
    table = labelqa.score(with_attributes().builder.project()).attributes
    assert table.select("class", "question", "kind", "consensus", "n_consensus", "n_benchmark").rows() == [
        ("car", "colour", "choice", 0.0, 1, 0),
        ("car", "moving", "choice", 1.0, 1, 0),
        ("moving", "how fast", "choice", 0.0, 1, 0),
    ]
    assert table["undefined"].to_list() == ["consensus interval: one_asset; benchmark: no_benchmark"] * 3


def test_attributes_are_no_annotations_of_their_own():
    scores = labelqa.score(with_attributes().builder.project())
    assert scores.project["n_annotations"].item() == 3
    of_class = dict(scores.classes.select("class", "n_annotations").rows())
    assert of_class["car"] == 3
    assert of_class["colour"] == 0


# --- options -----------------------------------------------------------------------------------------------------------


def test_options_of_a_kind():
    labels = Labels()
    labels.mark("a", "number", "count", [3])
    labels.mark("b", "number", "count", [5])
    assert labels.agreement({"kinds": {"number": {"tolerance": 2}}}) == 1.0
    assert labels.agreement(None) is None


@pytest.mark.parametrize(
    ("scheme", "says"),
    [
        ({"kinds": {"poligon": {}}}, "no kind 'poligon'"),
        ({"kinds": {"number": {"tolerence": 1}}}, "no option 'tolerence'.*tolerance"),
        ({"kinds": {"bbox": {"tolerance": 1}}}, "it has none"),
        ({"kinds": {"number": 3}}, "table of options"),
        ({"family": "labelboxx"}, "no family"),
        ({"regions": "mixed"}, "regions is one of apart, together"),
    ],
)
def test_what_is_not_there_is_named(scheme, says):
    with pytest.raises(labelqa.UsageError, match=says):
        labelqa.compare(labelqa.demo(assets=5, labelers=2), scheme=scheme)


def test_values_laid_out_wrongly_are_one_clear_error():
    labels = Labels()
    labels.mark("a", "bbox", "car", [1, 2, 3, 4])
    labels.mark("b", "bbox", "car", [1, 2, 3, 4])
    tables = labels.builder.project().tables  # the builder would leave them out
    odd = tables["annotations"].with_columns(pl.col("geometry").list.head(3))
    with pytest.raises(labelqa.InputError, match="bbox"):
        labelqa.compare(Project({**tables, "annotations": odd}))


def test_answers_of_any_size_are_kept():
    labels = Labels()
    labels.mark("a", "number", "count", [3e9])
    labels.mark("b", "number", "count", [np.inf])
    project = labels.builder.project()
    assert project.annotations["geometry"].to_list() == [[3e9]]
    assert project.problems.filter(severity="error").height == 1


# --- areas drawn with different tools ----------------------------------------------------------------------------------


def test_areas_meet_whatever_they_were_drawn_with():
    labels = Labels(benchmark=True)
    labels.bbox("a", "car", 0, 0, 10, 10, id="box")
    labels.mark("b", "polygon", "car", [0, 0, 10, 0, 10, 8, 0, 8], annotation_id="outline")
    labels.mark("a", "mask", "bus", [20, 0, 30, 10], parts=[0, 100], annotation_id="mask")
    labels.mark("b", "rotated_bbox", "bus", [25, 5, 10, 10, 90], annotation_id="turned")
    labels.mark("a", "polygon", "van", [50, 50, 60, 50, 60, 60, 50, 60], annotation_id="van")
    labels.bbox("b", "bus", 50, 50, 60, 60, id="also a bus")
    project = labels.builder.project()
    apart = labelqa.compare(project, "benchmark")
    assert set(apart.matches["outcome"]) == {"extra", "missed"}
    together = labelqa.compare(project, "benchmark", "regions")
    found = together.matches.select("annotation_a", "annotation_b", "similarity", "outcome").sort("annotation_a")
    assert found.rows() == [
        ("box", "outline", 0.8, "matched"),
        ("mask", "turned", pytest.approx(1.0), "matched"),
        ("van", "also a bus", pytest.approx(1.0), "wrong_class"),
    ]
    assert together.pairs["agreement"].to_list() == [pytest.approx(1.8 / (3 + 3 - 2))]
    scores = labelqa.score(project, "regions")
    classes = {row["class"]: row for row in scores.classes.iter_rows(named=True)}
    assert {row["kind"] for row in classes.values()} == {"region"}
    assert classes["bus"]["recall"] == 0.5
    assert classes["car"]["n_expected"] == 1
    cells = scores.confusion.select("class_a", "class_b", "n").sort("class_a", "class_b").rows()
    assert cells == [("bus", "bus", 1), ("car", "car", 1), ("van", "bus", 1)]
    assert scores.project["accuracy"].to_list() == [pytest.approx(2 / 3)]
