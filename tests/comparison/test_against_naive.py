"""The comparer against the definitions in plain Python, on projects full of ties."""

import numpy as np
import pytest

import labelqa
from labelqa.comparison import comparer
from labelqa.kinds import window
from labelqa.measures.score import TABLES
from labelqa.project import parts
from tests import naive
from tests.conftest import random_project

SCHEMES = {
    "default": {},
    "macro": {"average": "macro"},
    "weighted": {"weights": {"cat": 2.0, "hazards": 0.5, "weather": 0.0}},
    "weighted macro": {"average": "macro", "weights": {"dog": 3.0, "weather": 2.5}},
    "strict": {"threshold": 0.75, "near_threshold": 0.3},
    "loose": {"threshold": 0.2, "near_threshold": 0.2},
}


@pytest.mark.parametrize("scheme", SCHEMES, ids=str)
@pytest.mark.parametrize("seed", range(8))
def test_matches_and_agreements(seed, scheme):
    options = SCHEMES[scheme]
    project = random_project(seed)
    marks = naive.annotations_of(project)
    for against, relations in (("labelers", ("consensus", "self")), ("benchmark", ("benchmark",))):
        comparison = labelqa.compare(project, against=against, scheme=options)
        expected = [(relation, *pair) for relation in relations for pair in naive.pairs(project, relation)]
        assert comparison.pairs.select("relation", "label_a", "label_b").rows() == expected

        matches = comparison.matches.partition_by("relation", "label_a", "label_b", as_dict=True)
        for row in comparison.pairs.iter_rows(named=True):
            key = (row["relation"], row["label_a"], row["label_b"])
            rows = naive.match(
                marks[row["label_a"]],
                marks[row["label_b"]],
                options.get("threshold", 0.5),
                options.get("near_threshold", 0.1),
            )
            told = {(x and x["annotation_id"], y and y["annotation_id"], s, o) for x, y, s, o in rows}
            found = matches[key].select("annotation_a", "annotation_b", "similarity", "outcome").rows() if rows else []
            assert set(found) == told
            assert len(found) == len(rows)
            assert row["both_empty"] == (not rows)
            agreement = naive.agreement(rows, options.get("weights"), options.get("average", "micro"))
            assert row["agreement"] == (agreement if agreement is None else pytest.approx(agreement, abs=1e-12))


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_records_and_annotations_changes_no_bit(seed):
    plain = labelqa.score(random_project(seed))
    shuffled = labelqa.score(random_project(seed, shuffled=seed + 100))
    for name in ("project", "labelers", "assets", "labels", "classes", "agreement", "confusion", "pairs", "matches"):
        assert getattr(plain, name).equals(getattr(shuffled, name)), name


@pytest.mark.parametrize("interval", ["cluster", "bootstrap", "exact"])
def test_the_size_of_parts_and_blocks_changes_no_bit(monkeypatch, interval):
    project = random_project(3, n_assets=30)
    whole = labelqa.score(project, interval=interval)
    monkeypatch.setattr(comparer, "_BLOCK", 7)
    monkeypatch.setattr(parts, "ANNOTATIONS_AT_ONCE", 11)
    monkeypatch.setattr(window, "_LISTED", 3)
    cut = labelqa.score(project, interval=interval)
    for name in TABLES:
        assert getattr(whole, name).equals(getattr(cut, name)), name


@pytest.mark.parametrize("scheme", [{}, {"matching": "greedy"}, {"threshold": 0.9, "near_threshold": 0.01}], ids=str)
def test_matches_are_the_same_however_they_are_looked_for(monkeypatch, scheme):
    project = random_project(5, n_assets=30)
    one_by_one = labelqa.compare(project, scheme=scheme).matches
    monkeypatch.setattr(window, "_FEW", 0)
    assert labelqa.compare(project, scheme=scheme).matches.equals(one_by_one)
    assert {"wrong_class", "near_miss"} <= set(one_by_one["outcome"])


def test_rows_stay_narrow():
    rows = labelqa.compare(random_project(0)).rows
    per_row = sum(getattr(rows, column).itemsize for column in ("pair", "a", "b", "similarity", "outcome"))
    assert per_row < 32


def test_progress_ends_at_all_assets(monkeypatch):
    monkeypatch.setattr(parts, "ANNOTATIONS_AT_ONCE", 11)
    seen = []
    project = random_project(0)
    labelqa.compare(project, progress=lambda done, of: seen.append((done, of)))
    assert seen[-1] == (project.assets.height, project.assets.height)
    assert len(seen) > 1
    assert np.all(np.diff([done for done, _ in seen]) > 0)
