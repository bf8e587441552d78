"""Verdicts, rework, waiting, reviewers."""

import pytest

from labelqa.measures.workforce.workforce import workforce
from tests.measures.workforce.small import at, made, rows_of


def verdicts(*entries):
    return [{"label": label, "verdict": verdict, "at": when, "reviewer": who} for label, verdict, when, who in entries]


def labels(*names, **more):
    return [{"asset": f"x{name}", "id": name, "labeler": "ann", "at": at(0), "seconds": 10, **more} for name in names]


def test_the_last_verdict_counts_and_the_first_is_beside_it():
    reviews = verdicts(
        ("a", "rejected", at(60), "rita"), ("a", "accepted", at(120), "rita"),
        ("b", "accepted", at(60), "rita"),
        ("c", "accepted", at(60), "rita"), ("c", "rejected", at(61), "tom"),
    )  # fmt: skip
    (ann,) = workforce(made(labels("a", "b", "c", "d"), reviews)).labelers.to_dicts()
    assert (ann["n_labels"], ann["n_reviewed"], ann["n_sent_back"]) == (4, 3, 2)
    assert ann["acceptance_rate"] == pytest.approx(2 / 3)
    assert ann["first_acceptance_rate"] == pytest.approx(2 / 3)
    assert ann["rejection_rate"] == pytest.approx(1 / 3)
    assert ann["rework_rate"] == pytest.approx(2 / 4)
    assert ann["rejections_per_label"] == pytest.approx(2 / 4)
    assert ann["hours_to_approval"] == pytest.approx((2 + 1 + 1) / 3)
    assert ann["n_approval_times"] == 3


def test_of_verdicts_at_one_moment_a_rejection_comes_last():
    reviews = verdicts(("a", "rejected", at(1), "rita"), ("a", "accepted", at(1), "tom"))
    labels_ = workforce(made(labels("a"), reviews)).labels
    assert labels_["verdict"].to_list() == ["rejected"]


def test_without_reviews_rates_are_undefined():
    (ann,) = workforce(made(labels("a"))).labelers.to_dicts()
    for name in ("acceptance_rate", "rejection_rate", "rework_rate", "rework_seconds", "review_seconds"):
        assert ann[name] is None, name
    assert "rework_rate: no_review" in ann["undefined"]


def test_rework_is_told_apart_where_labels_are_made_again():
    rows = [
        *labels("a", "b"),
        {"asset": "xa", "id": "a2", "labeler": "ann", "at": at(100), "seconds": 7},
        {"asset": "xa", "id": "early", "labeler": "bob", "at": at(100), "seconds": 9},
    ]
    reviews = verdicts(("a", "rejected", at(60), "rita"))
    people = rows_of(
        workforce(made(rows, reviews), rates={"currency": "X", "default": {"per_hour": 3600}}).labelers, "labeler"
    )
    assert (people["ann"]["rework_seconds"], people["ann"]["rework_cost"]) == (7, 7)
    assert people["bob"]["rework_seconds"] == 0


def test_rework_that_the_export_adds_to_the_label_is_not_told_apart():
    (ann,) = workforce(made(labels("a", "b"), verdicts(("a", "rejected", at(60), "rita")))).labelers.to_dicts()
    assert ann["rework_seconds"] is None
    assert "rework_seconds: not_in_export" in ann["undefined"]
    (ann,) = workforce(made(labels("a", "b"), verdicts(("a", "accepted", at(60), "rita")))).labelers.to_dicts()
    assert ann["rework_seconds"] == 0


def test_verdicts_on_assets_as_a_whole_belong_to_no_label():
    reviews = [{"asset": "xa", "verdict": "rejected", "reviewer": "rita", "at": at(9)}]
    work = workforce(made(labels("a"), reviews))
    assert work.labelers["n_reviewed"].to_list() == [0]
    (rita,) = work.reviewers.to_dicts()
    assert (rita["n_reviews"], rita["n_elsewhere"], rita["acceptance_rate"]) == (0, 1, None)


def test_reviewers_beside_the_benchmark():
    rows = [
        {"asset": name, "id": name, "labeler": "ann" if name != "d" else "rita", "at": at(0), "boxes": boxes}
        for name, boxes in {"a": 1, "b": 1, "c": 2, "d": 1, "e": 1}.items()
    ]
    # c has one box of two right: agreement 0.5; e has no benchmark; the benchmark of d is empty
    rows += [
        {"asset": n, "id": f"g{n}", "labeler": "gold", "role": "benchmark", "boxes": int(n != "d")} for n in "abcd"
    ]
    reviews = verdicts(
        ("a", "accepted", at(60), "rita"), ("b", "rejected", at(120), "rita"), ("c", "accepted", at(180), "rita"),
        ("d", "rejected", at(240), "rita"), ("e", "accepted", at(30), "tom"), ("e", "accepted", None, None),
    )  # fmt: skip
    work = workforce(made(rows, reviews))
    people = rows_of(work.reviewers, "reviewer")
    rita = people["rita"]
    assert (rita["n_reviews"], rita["n_accepted"], rita["n_rejected"], rita["n_own"]) == (4, 2, 2, 1)
    assert (rita["benchmark_agreement"], rita["n_benchmark"]) == (pytest.approx(3 / 4), 4)
    assert rita["median_hours"] == pytest.approx(2.5)
    assert (people["tom"]["benchmark_agreement"], people["tom"]["acceptance_rate"]) == (None, 1)
    assert "benchmark_agreement: no_benchmark" in people["tom"]["undefined"]
    assert (people[None]["n_reviews"], people[None]["n_hours"], people[None]["median_hours"]) == (1, 0, None)
    pairs = rows_of(work.reviews, "labeler", "reviewer")
    assert pairs["ann", "rita"]["n_reviews"] == 3
    assert pairs["rita", "rita"]["n_rejected"] == 1
    assert work.reviews["n_reviews"].sum() == len(reviews)
