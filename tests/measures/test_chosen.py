"""One label an asset, chosen by hand."""

import pytest

import labelqa
from labelqa.measures.chosen import chosen
from labelqa.project import Builder


@pytest.fixture
def project():
    builder = Builder()
    builder.source("by-hand", "by-hand")
    for asset in ("crowd", "alone", "empty"):
        builder.asset("p", asset)

    def label(asset, label_id, labeler, answer, **more):
        number = builder.label("p", asset, label_id, labeler, **more)
        builder.answer(number, "choice", "q", [answer])
        return number

    for who, answer in (("ann", "yes"), ("bob", "no"), ("cas", "yes")):
        label("crowd", f"crowd-{who}", who, answer, created_at=f"2026-01-0{ord(who[0]) - 96}")
    label("crowd", "crowd-gold", "gold", "no", role="benchmark")
    first = label("alone", "alone-ann", "ann", "yes", created_at="2026-01-01")
    label("alone", "alone-fixed", "ann", "no", role="reviewed")
    builder.review("p", "alone", "accepted", label=first, created_at="2026-01-02")
    return builder


def test_the_winning_label_or_the_only_one(project):
    found = chosen(project.project(), "winning")
    assert found.project.labels["label_id"].to_list() == ["alone-ann", "crowd-ann"]
    assert (found.n_alone, found.n_left_out) == (1, 1)
    assert found.told() == [
        "winning labels that are the only one of their asset: 1",
        "assets without a winning label, left out: 1",
    ]
    assert found.project.annotations["answer"].to_list() == [["yes"], ["yes"]]


def test_the_benchmark(project):
    found = chosen(project.project(), "benchmark")
    assert found.project.labels["label_id"].to_list() == ["crowd-gold"]
    assert found.n_left_out == 2


def test_the_version_after_review_before_the_accepted_one(project):
    assert chosen(project.project(), "reviewed").project.labels["label_id"].to_list() == ["alone-fixed"]


def test_the_newest_label_whose_last_review_accepted_it():
    builder = Builder()
    builder.source("by-hand", "by-hand")
    builder.asset("p", "a")
    for day, verdicts in enumerate((["accepted"], ["rejected", "accepted"], ["accepted", "rejected"]), start=1):
        label = builder.label("p", "a", f"L{day}", f"w{day}", created_at=f"2026-01-0{day}")
        builder.answer(label, "choice", "q", ["yes"])
        for hour, verdict in enumerate(verdicts):
            builder.review("p", "a", verdict, label=label, created_at=f"2026-01-05T0{hour}:00:00Z")
    assert chosen(builder.project(), "reviewed").project.labels["label_id"].to_list() == ["L2"]


def test_unknown_choices_are_named(project):
    with pytest.raises(labelqa.UsageError, match="winning"):
        chosen(project.project(), "wining")
