"""Scores as JSON: strict, complete but for the long tables, the same every time."""

import json

import polars as pl
import pytest

import labelqa
from labelqa.report.as_json import document
from tests.report.hostile import LABELERS, hostile_project

TABLES = ["project", "labelers", "assets", "classes", "attributes", "agreement", "confusion", "problems"]


def refuse(word):
    raise ValueError(word)


def parsed(scores):
    return json.loads("".join(document(scores)), parse_constant=refuse)


@pytest.fixture(scope="module")
def scores():
    return labelqa.score(labelqa.demo(assets=25, labelers=4, seed=2), interval="exact", seed=7)


def test_keys_come_in_one_order(scores):
    assert list(parsed(scores)) == ["schema_version", "labelqa_version", "how", "left_out", *TABLES]


def test_tables_are_lists_of_objects(scores):
    found = parsed(scores)
    for name in TABLES[:-1]:
        assert found[name] == getattr(scores, name).to_dicts(), name
    assert found["problems"] == []
    assert found["how"]["interval"] == {"method": "exact", "confidence": 0.95, "seed": 7, "cluster": "asset"}


def test_it_says_what_is_left_out(scores):
    rows = parsed(scores)["left_out"]["rows"]
    assert rows == {"labels": scores.labels.height, "pairs": scores.pairs.height, "matches": scores.matches.height}


def test_undefined_is_null():
    found = parsed(labelqa.score(labelqa.demo(assets=1, labelers=1)))
    assert found["labelers"][0]["consensus"] is None
    assert "consensus: no_pair" in found["labelers"][0]["undefined"]


def test_a_stray_nan_is_null():
    changed = labelqa.score(labelqa.demo(assets=3, labelers=2))
    object.__setattr__(changed, "classes", pl.DataFrame({"x": [1.0, float("nan")]}))
    assert parsed(changed)["classes"] == [{"x": 1.0}, {"x": None}]


def test_the_same_scores_give_the_same_text():
    made = ["".join(document(labelqa.score(labelqa.demo(assets=15, labelers=3, seed=4)))) for _ in range(2)]
    assert made[0] == made[1]


def test_hostile_names_come_through_unchanged_in_printable_ascii():
    scores = labelqa.score(hostile_project())
    text = "".join(document(scores))
    assert text.isascii()
    assert text.replace("\n", "").isprintable()
    assert {row["labeler"] for row in parsed(scores)["labelers"]} == set(LABELERS)


def test_long_tables_come_in_pieces():
    scores = labelqa.score(labelqa.demo(assets=10, labelers=2))
    many = pl.DataFrame({"asset_id": [f"a{k}" for k in range(25_000)]})
    object.__setattr__(scores.kept, "tables", {**scores.kept.tables, "assets": many})
    assert max(map(len, document(scores))) < 300_000
    assert parsed(scores)["assets"] == many.to_dicts()
