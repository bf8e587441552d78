"""Explanations: the parts add up to the score, the rows are those of the match table, names stay text."""

import json
import re

import polars as pl
import pytest

import labelqa
from labelqa.comparison.scheme import PRESETS
from labelqa.report.document import as_text
from labelqa.report.explanation import explain, picture
from labelqa.report.explanation.components import components
from labelqa.report.page import Page
from tests.conftest import random_project
from tests.report.every_kind import every_kind_project
from tests.report.hostile import ASSETS, hostile_project

ADDED_UP = [name for name, scheme in PRESETS.items() if scheme.matching != "best"]


def of_asset(project, asset, scheme=None):
    return labelqa.score(project.select(assets=asset), scheme)


def text_of(scores):
    return as_text.drawn(explain.title(scores), explain.lead(scores), explain.sections(scores), Page(120))


@pytest.mark.parametrize("scheme", ADDED_UP)
@pytest.mark.parametrize("seed", range(3))
def test_the_components_of_every_pair_add_up_to_its_agreement(scheme, seed):
    scores = labelqa.score(random_project(seed), scheme)
    n_told = 0
    for pair in scores.pairs.to_dicts():
        same = [pl.col(name) == pair[name] for name in ("relation", "label_a", "label_b")]
        rows = scores.matches.filter(*same)
        parts = components(rows, pair["agreement"], scores.comparison.scheme)
        if rows.height:
            assert parts, pair
            n_told += 1
        if parts and PRESETS[scheme].average != "types":
            assert sum(part.score for part in parts) / len(parts) == pytest.approx(pair["agreement"])
    assert n_told > 20


def test_the_sums_of_objects_are_those_of_the_formula():
    scores = of_asset(every_kind_project(), "shapes")
    pair = scores.pairs.filter(relation="benchmark", labeler_a="ann").row(0, named=True)
    rows = scores.matches.filter(relation="benchmark", labeler_a="ann")
    (part,) = components(rows, pair["agreement"], scores.comparison.scheme)
    total, a, b, matched = map(float, re.fullmatch(r"([\d.]+) / \((\d+) \+ (\d+) - (\d+)\)", part.sums).groups())
    assert total / (a + b - matched) == pytest.approx(pair["agreement"], abs=1e-3)
    assert matched == pair["n_matched"]


def test_nothing_is_taken_apart_that_does_not_add_up():
    project = random_project(1)
    for scheme in ("label_studio", {"weights": {"cat": 3.0}}):
        scores = labelqa.score(project, scheme)
        told = 0
        for pair in scores.pairs.to_dicts():
            rows = scores.matches.filter(relation=pair["relation"], label_a=pair["label_a"], label_b=pair["label_b"])
            parts = components(rows, pair["agreement"], scores.comparison.scheme)
            if parts:
                assert sum(part.score for part in parts) / len(parts) == pytest.approx(pair["agreement"])
            told += bool(parts)
        assert told < scores.pairs.height


def test_it_tells_the_rows_of_the_match_table_and_the_means():
    scores = of_asset(every_kind_project(), "answers")
    text = text_of(scores)
    assert text.startswith("answers\nAsset of p: 1 benchmark label, 3 submitted labels.")
    for row in scores.assets.select("consensus", "benchmark").iter_rows():
        assert f"Benchmark {row[1]:.3f}: the mean of 3 labels" in text
        assert f"Consensus {row[0]:.3f}: the mean of 3 labels" in text
    for pair in scores.pairs.to_dicts():
        assert f"{pair['labeler_a']} with {pair['labeler_b']}: {pair['agreement']:.3f} = (" in text
    assert "weather: rain" in text
    assert "wrong class" in text


def test_an_asset_without_pairs_says_so():
    text = text_of(of_asset(every_kind_project().select(labelers="ann"), "shapes"))
    assert "no two labels of this asset can be compared" in text


def test_assets_are_found_by_id_and_name_with_a_suggestion():
    project = labelqa.demo(assets=20, labelers=2)
    assert explain.found(project, "street-000003")["asset_id"] == "street-000003"
    assert explain.found(project, "street-000003.jpg")["asset_id"] == "street-000003"
    with pytest.raises(labelqa.UsageError, match="did you mean 'street-0000"):
        explain.found(project, "street-00000")


def test_many_pairs_and_rows_are_bounded():
    project = labelqa.demo(assets=2, labelers=30, seed=1)
    scores = of_asset(project, project.assets["asset_id"][0])
    text = text_of(scores)
    assert text.count(" with ") < 60
    document = json.loads("".join(explain.as_json(scores)))
    assert len(document["pairs"]) == scores.pairs.height
    assert len(document["matches"]) == scores.matches.height


def test_json_holds_the_parts():
    scores = of_asset(every_kind_project(), "shapes")
    document = json.loads("".join(explain.as_json(scores)))
    assert list(document) == [
        "schema_version", "labelqa_version", "agreement", "matching", "how", "pairs", "assets", "labels", "matches", "attributes",
    ]  # fmt: skip
    for pair in document["pairs"]:
        assert sum(part["score"] for part in pair["components"]) / len(pair["components"]) == pytest.approx(
            pair["agreement"]
        )


@pytest.mark.parametrize("asset", ASSETS)
def test_hostile_names_stay_text(asset):
    scores = of_asset(hostile_project(), asset)
    text = text_of(scores)
    assert all(c.isprintable() or c == "\n" for c in text)
    page = "".join(picture.page(scores, None))
    assert all(c.isprintable() or c == "\n" for c in page)
    assert "[bold red]markup[/]" in page
    assert "".join(explain.as_json(scores)).isascii()


def test_a_page_has_a_drawing_for_each_relation():
    scores = of_asset(every_kind_project(), "shapes")
    page = "".join(picture.page(scores, None))
    assert page.count('class="drawing"') == 2
    assert "against the benchmark" in page
    assert "between labelers" in page
    assert "".join(picture.svg(scores, None)).startswith("<svg ")
