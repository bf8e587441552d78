"""How the ontology is used, counted by hand."""

import pytest

import labelqa
from dashboard import ontology
from labelqa.project import Builder

BOX = (10.0, 10.0, 50.0, 50.0)


@pytest.fixture(scope="module")
def scores():
    builder = Builder()
    builder.source("x", "example")
    builder.concept("p", "bbox", "unicorn")
    builder.concept("p", "choice", "mood", ["calm", "wild"])
    builder.concept("p", "text", "remark")
    for k in range(12):
        builder.asset("p", f"a{k}", width=200, height=200)
        for who in ("ana", "ben"):
            label = builder.label("p", f"a{k}", f"{k}{who}", who)
            builder.bbox(label, "cat", *BOX, annotation_id="cat")
            if k == 0 and who == "ana":
                builder.bbox(label, "dog", 100, 100, 140, 140)
            if k < 6:
                builder.answer(label, "choice", "mood", ["calm"])
            if k < 3:
                builder.annotation(label, "choice", "fur", answer=["short"], parent_id="cat")
    builder.label("p", "a11", "skip", "cem", status="skipped")
    return labelqa.score(builder.project())


def test_classes_are_usual_rare_or_never_used(scores):
    table = ontology.classes(scores, labelqa.workforce(scores.comparison.project, scores=scores))
    assert table.select("class", "n_annotations", "n_assets", "use").rows() == [
        ("unicorn", 0, 0, "never"),
        ("dog", 1, 1, "rare"),
        ("cat", 24, 12, "usual"),
    ]
    assert table["share"].sum() == pytest.approx(1)


def test_questions_are_asked_of_labels_or_of_objects(scores):
    table = ontology.questions(scores)
    rows = table.select("question", "asked_of", "n_answered", "n_asked").rows()
    assert rows == [("remark", None, 0, 24), ("fur", "cat", 6, 24), ("mood", None, 12, 24)]
    assert table["answered"].to_list() == [0, 0.25, 0.5]
    assert table["never"].to_list() == [[], [], ["wild"]]
    assert table["answered_low"][2] < 0.5 < table["answered_high"][2]


def test_only_what_is_looked_at_is_asked(scores):
    table = ontology.questions(scores.select(labelers="ana", assets=["a0", "a1", "a8"]))
    assert table.select("question", "n_answered", "n_asked").rows() == [("remark", 0, 3), ("fur", 2, 3), ("mood", 2, 3)]
