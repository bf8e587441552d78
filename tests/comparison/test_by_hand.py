"""One asset worked out on paper: every outcome, the agreement, consensus, winning label, confusion, and ties."""

import polars as pl
import pytest

import labelqa
from labelqa.project import Builder

BOX = {  # left, top, right, bottom
    "car": (0, 0, 10, 10),
    "car, half": (0, 0, 10, 5),  # IoU with car: 50 / 100 = 0.5, exactly the threshold
    "car, 4/5": (0, 0, 10, 8),  # 80 / 100 = 0.8
    "car, near": (0, 7, 10, 17),  # 30 / 170 = 0.176: a near miss
    "bus": (20, 0, 30, 10),
    "bus, 9/10": (20, 0, 30, 9),  # 0.9
    "far": (50, 50, 60, 60),
}


def project_of(labels, *, benchmark=None, created=None):
    """Make a project of one asset; labels: labeler -> [(class, box name)] or [(question, answers)]."""
    builder = Builder()
    builder.source("by-hand", "by-hand")
    builder.asset("p", "street", width=100, height=100)
    for labeler, marks in labels.items():
        role = "benchmark" if labeler == benchmark else "submitted"
        label = builder.label(
            "p", "street", f"L-{labeler}", labeler, role=role, created_at=(created or {}).get(labeler)
        )
        for k, (cls, value) in enumerate(marks):
            if isinstance(value, str):
                builder.bbox(label, cls, *BOX[value], annotation_id=f"{labeler}{k}")
            else:
                builder.answer(label, "choice", cls, value, annotation_id=f"{labeler}{k}")
    return builder.project()


def outcomes(comparison):
    return comparison.matches.select("annotation_a", "annotation_b", "similarity", "outcome").rows()


def test_every_outcome_in_one_pair():
    project = project_of(
        {
            "ana": [("car", "car"), ("van", "bus"), ("tree", "car"), ("sign", "far")],
            "bob": [("car", "car, 4/5"), ("bus", "bus, 9/10"), ("tree", "car, near")],
        }
    )
    comparison = labelqa.compare(project)
    assert outcomes(comparison) == [
        ("ana0", "bob0", 0.8, "matched"),
        ("ana1", "bob1", 0.9, "wrong_class"),
        ("ana2", "bob2", pytest.approx(30 / 170), "near_miss"),
        ("ana3", None, 0.0, "extra"),
    ]
    # 0.8 / (4 + 3 - 1): the wrong class and the near miss explain, they do not count.
    assert comparison.pairs["agreement"].to_list() == [pytest.approx(0.8 / 6)]
    assert comparison.pairs.select("n_matched", "n_wrong_class", "n_near_miss", "n_missed", "n_extra").rows() == [
        (1, 1, 1, 0, 1)
    ]
    # Macro: car 0.8 / 1, van 0, bus 0, tree 0, sign 0.
    assert labelqa.compare(project, scheme="macro").pairs["agreement"].to_list() == [pytest.approx(0.8 / 5)]
    # The larger count, and Dice.
    assert labelqa.compare(project, scheme={"denominator": "larger"}).pairs["agreement"][0] == pytest.approx(0.8 / 4)
    assert labelqa.compare(project, scheme={"denominator": "dice"}).pairs["agreement"][0] == pytest.approx(0.8 / 3.5)


def test_the_threshold_itself_matches():
    project = project_of({"ana": [("car", "car")], "bob": [("car", "car, half")]})
    assert outcomes(labelqa.compare(project)) == [("ana0", "bob0", 0.5, "matched")]
    assert outcomes(labelqa.compare(project, scheme={"threshold": 0.51})) == [("ana0", "bob0", 0.5, "near_miss")]


def test_total_similarity_is_maximised_not_best_pair_first():
    builder = Builder()
    builder.source("by-hand", "by-hand")
    builder.asset("p", "x")
    a, b = (builder.label("p", "x", f"L{who}", who) for who in ("ana", "bob"))
    builder.bbox(a, "car", 0, 0, 10, 10, annotation_id="a0")
    builder.bbox(a, "car", 0, 0, 10, 6, annotation_id="a1")
    builder.bbox(b, "car", 0, 0, 10, 8, annotation_id="b0")
    builder.bbox(b, "car", 0, 3, 10, 10, annotation_id="b1")
    project = builder.project()
    # a0: 0.8 with b0, 0.7 with b1; a1: 0.75 with b0, 0.3 with b1. Best first takes a0-b0 and stops at 0.8;
    # the best total is a0-b1 + a1-b0 = 1.45.
    found = {(x, y) for x, y, _, outcome in outcomes(labelqa.compare(project)) if outcome == "matched"}
    assert found == {("a0", "b1"), ("a1", "b0")}
    greedy = labelqa.compare(project, scheme={"matching": "greedy"})
    assert {(x, y) for x, y, _, o in outcomes(greedy) if o == "matched"} == {("a0", "b0")}


def test_a_same_class_partner_is_not_lost_to_a_better_one_of_another_class():
    project = project_of({"ana": [("car", "car")], "bob": [("bus", "car"), ("car", "car, 4/5")]})
    assert outcomes(labelqa.compare(project)) == [("ana0", "bob1", 0.8, "matched"), (None, "bob0", 0.0, "missed")]


def test_ties_go_to_the_first_in_canonical_order_whatever_order_they_came_in():
    for order in (1, -1):
        builder = Builder()
        builder.source("by-hand", "by-hand")
        builder.asset("p", "x")
        a, b = (builder.label("p", "x", f"L{who}", who) for who in ("ana", "bob"))
        builder.bbox(a, "car", 0, 0, 10, 10, annotation_id="a")
        for name in ["b1", "b2", "b3"][::order]:  # three equal boxes: the smallest id is matched
            builder.bbox(b, "car", 0, 0, 10, 8, annotation_id=name)
        assert outcomes(labelqa.compare(builder.project())) == [
            ("a", "b1", 0.8, "matched"),
            (None, "b2", 0.0, "missed"),
            (None, "b3", 0.0, "missed"),
        ]


def test_questions_are_components_beside_the_objects():
    project = project_of(
        {
            "ana": [("car", "car"), ("weather", ["sun"]), ("road", ["dry"])],
            "bob": [("car", "car, 4/5"), ("weather", ["rain"]), ("light", ["dim"])],
        }
    )
    comparison = labelqa.compare(project)
    rows = comparison.matches.select("class_a", "class_b", "similarity", "outcome", "answer_a", "answer_b").rows()
    assert sorted(rows, key=str) == [
        ("car", "car", 0.8, "matched", None, None),
        ("road", None, 0.0, "extra", ["dry"], None),
        ("weather", "weather", 0.0, "wrong_class", ["sun"], ["rain"]),
        (None, "light", 0.0, "missed", None, ["dim"]),
    ]
    # Components: objects 0.8, weather 0, road 0, light 0.
    assert comparison.pairs["agreement"].to_list() == [pytest.approx(0.8 / 4)]
    weighted = labelqa.compare(project, scheme={"weights": {"weather": 0, "road": 0, "light": 0}})
    assert weighted.pairs["agreement"].to_list() == [pytest.approx(0.8)]


def test_consensus_winner_and_rates_of_one_asset():
    labels = {
        "ana": [("car", "car")],
        "bob": [("car", "car, 4/5")],
        "cem": [("car", "car, half")],
        "gold": [("car", "car")],
    }
    scores = labelqa.score(project_of(labels, benchmark="gold"))
    pair = {("ana", "bob"): 0.8, ("ana", "cem"): 0.5, ("bob", "cem"): 50 / 80}
    assert dict(zip(scores.pairs["labeler_a"] + scores.pairs["labeler_b"], scores.pairs["agreement"], strict=True)) == {
        "anagold": 1.0,
        "bobgold": 0.8,
        "cemgold": 0.5,
        **{a + b: pytest.approx(value) for (a, b), value in pair.items()},
    }
    consensus = {"ana": (0.8 + 0.5) / 2, "bob": (0.8 + 0.625) / 2, "cem": (0.5 + 0.625) / 2}
    assert dict(scores.labels.select("labeler", "consensus").rows()) == {
        **{who: pytest.approx(value) for who, value in consensus.items()},
        "gold": None,
    }
    asset = scores.assets.row(0, named=True)
    assert asset["n_labels"] == 3
    assert asset["consensus"] == pytest.approx(
        (0.8 + 0.5 + 0.625) / 3
    )  # with three labels, the mean of the three pairs
    assert asset["winning_label"] == "L-bob"
    assert asset["agreement_rate"] == 1.0  # 0.8 and 0.625 reach 0.5
    strict = labelqa.score(project_of(labels, benchmark="gold"), {"agree_at": 0.7}).assets.row(0, named=True)
    assert strict["agreement_rate"] == pytest.approx(2 / 3)
    # One asset gives no interval, and the table says why.
    row = scores.project.row(0, named=True)
    assert (row["consensus_low"], row["undefined"].split("; ")[0]) == (None, "consensus interval: one_asset")
    assert row["benchmark"] == pytest.approx((1 + 0.8 + 0.5) / 3)
    assert (row["precision"], row["recall"], row["f1"]) == (1.0, 1.0, 1.0)
    assert row["mean_iou"] == pytest.approx((1 + 0.8 + 0.5) / 3)


def test_two_labels_tie_and_the_one_submitted_first_wins():
    labels = {"ana": [("car", "car")], "bob": [("car", "far")]}
    created = {"ana": "2026-01-02", "bob": "2026-01-01"}
    asset = labelqa.score(project_of(labels, created=created)).assets.row(0, named=True)
    assert (asset["winning_label"], asset["agreement_rate"], asset["consensus"]) == ("L-bob", 0.5, 0.0)
    no_times = labelqa.score(project_of(labels)).assets.row(0, named=True)
    assert no_times["winning_label"] == "L-ana"
    one_time = labelqa.score(project_of(labels, created={"bob": "2026-01-01"})).assets.row(0, named=True)
    assert one_time["winning_label"] == "L-bob"


def test_confusion_has_an_unmatched_row_and_column_and_is_symmetric_between_labelers():
    labels = {
        "ana": [("car", "car"), ("van", "bus"), ("sign", "far"), ("weather", ["sun"])],
        "bob": [("car", "car, 4/5"), ("bus", "bus, 9/10"), ("weather", ["rain"])],
        "gold": [("car", "car, near"), ("weather", ["rain"])],
    }
    confusion = labelqa.score(project_of(labels, benchmark="gold")).confusion
    cells = {
        (relation, a, b): n
        for relation, a, b, n in confusion.filter(pl.col("question").is_null())
        .select("relation", "class_a", "class_b", "n")
        .iter_rows()
    }
    assert {key[1:]: n for key, n in cells.items() if key[0] == "consensus"} == {
        ("car", "car"): 1,
        ("van", "bus"): 1,
        ("bus", "van"): 1,
        ("sign", None): 1,
        (None, "sign"): 1,
    }
    assert {key[1:]: n for key, n in cells.items() if key[0] == "benchmark"} == {
        ("car", None): 2,  # ana's and bob's cars are near misses of the benchmark's
        (None, "car"): 2,
        ("van", None): 1,
        ("bus", None): 1,
        ("sign", None): 1,
    }
    answers = confusion.filter(pl.col("question") == "weather").select("relation", "class_a", "class_b", "n").rows()
    assert answers == [
        ("benchmark", "rain", "rain", 1),
        ("benchmark", "sun", "rain", 1),
        ("consensus", "rain", "sun", 1),
        ("consensus", "sun", "rain", 1),
    ]


def test_skipped_labels_and_unknown_labelers_take_no_part():
    builder = Builder()
    builder.source("by-hand", "by-hand")
    builder.asset("p", "x")
    for name, who, status in (("1", "ana", "submitted"), ("2", "bob", "skipped"), ("3", None, "submitted")):
        builder.label("p", "x", name, who, status=status)
    builder.label("p", "x", "gold", "expert", role="benchmark")
    project = builder.project()
    assert labelqa.compare(project).pairs.height == 0
    against_gold = labelqa.compare(project, against="benchmark").pairs
    assert against_gold.select("label_a", "agreement", "both_empty").rows() == [("1", 1.0, True), ("3", 1.0, True)]
    assert project.problems.filter(pl.col("field") == "labeler")["found"].to_list() == ["'3'"]


def test_of_several_benchmark_labels_the_newest_counts():
    builder = Builder()
    builder.source("by-hand", "by-hand")
    builder.asset("p", "x")
    builder.label("p", "x", "work", "ana")
    for name, when in (("old", "2026-01-01"), ("new", "2026-02-01"), ("undated", None)):
        builder.label("p", "x", name, "expert", role="benchmark", created_at=when)
    project = builder.project()
    assert labelqa.compare(project, against="benchmark").pairs["label_b"].to_list() == ["new"]
    assert project.problems.filter(pl.col("field") == "role")["found"].to_list() == ["'old'", "'undated'"]


def test_projects_are_never_paired_with_one_another():
    builder = Builder()
    builder.source("by-hand", "by-hand")
    for project_id in ("p", "q"):
        builder.asset(project_id, "x")
        builder.label(project_id, "x", f"{project_id}-1", "ana" if project_id == "p" else "bob")
    assert labelqa.compare(builder.project()).pairs.height == 0


def test_only_marks_of_one_place_meet_and_attributes_stay_with_their_object():
    builder = Builder()
    builder.source("by-hand", "by-hand")
    builder.asset("p", "film")
    for who, frame in (("ana", "1"), ("bob", "2")):
        label = builder.label("p", "film", f"L-{who}", who)
        builder.annotation(label, "bbox", "car", BOX["car"], place=frame, annotation_id=who)
        builder.annotation(label, "bbox", "bus", BOX["bus"], place="3", annotation_id=f"{who}-bus")
        builder.annotation(label, "choice", "colour", answer=["red"], parent_id=who)
        builder.annotation(label, "choice", "light", answer=["day"], place=frame)
        builder.annotation(label, "choice", "light", answer=["day"], place="3")
    rows = labelqa.compare(builder.project()).matches.select("class_a", "class_b", "outcome").rows()
    assert sorted(rows, key=str) == [
        ("bus", "bus", "matched"),
        ("car", None, "extra"),
        ("light", "light", "matched"),
        ("light", None, "extra"),
        (None, "car", "missed"),
        (None, "light", "missed"),
    ]


def test_labels_whose_marks_were_not_read_are_not_taken_for_empty():
    builder = Builder()
    builder.source("by-hand", "by-hand")
    builder.asset("p", "x")
    labels = [builder.label("p", "x", f"L-{who}", who) for who in ("ana", "bob", "cem")]
    builder.unread(labels[:1], [3])
    project = builder.project()
    assert project.labels["n_unread"].to_list() == [3, 0, 0]
    pairs = labelqa.compare(project).pairs.select("label_a", "label_b", "agreement", "both_empty").rows()
    assert pairs == [("L-bob", "L-cem", 1.0, True)]
    assert labelqa.score(project).labels["consensus"].to_list() == [None, 1.0, 1.0]
    assert project.problems.select("field", "found").rows() == [("label", "'L-ana'")]
