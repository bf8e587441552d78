"""Which assets are kept: those that meet the rules about single assets; and what is written of them."""

import json

import polars as pl
import pytest
from PIL import Image

import labelqa
from labelqa.errors import InputError, UsageError
from labelqa.formats.read import read_export
from labelqa.gates.gate import gate
from labelqa.gates.keep import write_parts
from labelqa.gates.policy import Policy
from tests.gates.answers import answered

# a0: both right; a1: both wrong; a2: ann right, bob silent; a3: no benchmark, both say yes
PROJECT = answered({"ann": [1, 0, 1], "bob": [1, 0]}, unchecked=1)
RIGHT = {"measure": "benchmark", "level": "asset", "at_least": 0.5}
AGREE = {"measure": "consensus", "level": "asset", "at_least": 0.9}


def decided(project=PROJECT, **rules):
    found = gate(project, {"rules": rules})
    return found.kept["asset_id"].to_list(), found.rejected


@pytest.mark.parametrize(
    ("rules", "kept"),
    [
        ({"r": RIGHT}, ["a0000", "a0002"]),
        ({"r": {**RIGHT, "inconclusive": "pass"}}, ["a0000", "a0002", "a0003"]),
        ({"r": {**RIGHT, "severity": "warn"}}, ["a0000", "a0002"]),
        ({"r": RIGHT, "s": AGREE}, ["a0000"]),
        ({"r": {**RIGHT, "inconclusive": "pass"}, "s": AGREE}, ["a0000", "a0003"]),
        ({"r": {"measure": "n_labels", "level": "asset", "at_most": 1}}, ["a0002"]),
        ({"r": {**RIGHT, "of": ["a0001", "gone"]}}, ["a0000", "a0002", "a0003"]),
        ({"r": {**RIGHT, "min_n": 2}}, ["a0000"]),
        ({"r": RIGHT, "s": {"measure": "n_labels", "at_least": 1000}}, ["a0000", "a0002"]),
    ],
)
def test_assets_are_kept_by_the_rules_about_them(rules, kept):
    assert decided(**rules)[0] == kept


def test_what_is_rejected_is_told_with_its_reasons():
    rows = decided(r=RIGHT, s=AGREE)[1]
    assert rows.select(
        "asset_id", "rule", "measure", "at_least", "at_most", "value", "n", "outcome", "reason"
    ).rows() == [
        ("a0001", "r", "benchmark", 0.5, None, 0.0, 2, "fail", None),
        ("a0002", "s", "consensus", 0.9, None, None, 1, "inconclusive", "no_pair"),
        ("a0003", "r", "benchmark", 0.5, None, None, 2, "inconclusive", "no_benchmark"),
    ]


def test_without_a_rule_about_assets_nothing_says_what_to_keep():
    found = gate(PROJECT, {"rules": {"r": {"measure": "n_labels", "at_least": 1}}})
    for name in ("kept", "rejected"):
        with pytest.raises(UsageError, match='level = "asset"'):
            getattr(found, name)


# --- written -------------------------------------------------------------------------------------------------------


@pytest.fixture
def export(tmp_path):
    """The demo, as a plain table."""
    path = tmp_path / "labels.csv"
    labelqa.write(labelqa.demo(assets=40, labelers=4, seed=5), path, "table")
    return path


def test_what_is_kept_meets_the_rules_when_read_again(export, tmp_path):
    rules = {"agree": {**AGREE, "at_least": 0.75}, "right": {**RIGHT, "at_least": 0.7, "inconclusive": "pass"}}
    whole = read_export([export])
    verdicts = gate(whole.project, {"rules": rules})
    write_parts(whole, verdicts, tmp_path / "kept.csv", tmp_path / "rest.csv")
    kept, rest = labelqa.read(tmp_path / "kept.csv"), labelqa.read(tmp_path / "rest.csv")
    assert 0 < kept.assets.height < 40
    assert gate(kept, {"rules": rules}).exit_code == 0
    assert gate(rest, {"rules": rules}).kept.is_empty()
    both = pl.concat([kept.assets, rest.assets])["asset_id"]
    assert sorted(both) == whole.project.assets["asset_id"].to_list()
    lines = (tmp_path / "kept.csv").read_text().splitlines()[1:] + (tmp_path / "rest.csv").read_text().splitlines()[1:]
    assert sorted(lines) == sorted(export.read_text().splitlines()[1:])


def test_ground_truth_by_name_counts_in_the_kept_part_too(tmp_path):
    path = tmp_path / "x.csv"
    rows = ["asset_id,labeler,class,kind,answer", "a,ann,q,choice,yes", "a,gold,q,choice,yes", "b,ann,q,choice,no"]
    path.write_text("\n".join([*rows, "b,gold,q,choice,yes", "c,ann,q,choice,no"]))
    for rule, kept in ((RIGHT, ["a"]), ({**RIGHT, "at_least": 0.1, "of": "b"}, ["a", "c"])):
        whole = read_export([path], benchmark=["gold"])
        place = tmp_path / f"kept{len(kept)}.csv"
        write_parts(whole, gate(whole.project, {"rules": {"r": rule}}), place, benchmark=["gold"])
        assert labelqa.read(place).assets["asset_id"].to_list() == kept


def test_a_part_that_reads_differently_by_itself_is_refused(tmp_path):
    """The newer of two labels with one id counts; without it, the older one is there again, and disagrees."""

    def row(asset, label, labeler, answer, updated):
        details = {"created_by": labeler, "updated_at": updated}
        question = {"name": "q", "radio_answer": {"name": answer}}
        made = {"id": label, "label_details": details, "annotations": {"classifications": [question]}}
        return asset, made

    made = [
        row("a", "1", "ann", "yes", "2026-01-01T00:00:00Z"), row("a", "2", "bob", "yes", "2026-01-01T00:00:00Z"),
        row("a", "3", "cat", "no", "2026-01-01T00:00:00Z"), row("b", "3", "cat", "no", "2026-01-02T00:00:00Z"),
    ]  # fmt: skip
    lines = [
        {"data_row": {"id": asset}, "projects": {"p": {"labels": [label for of, label in made if of == asset]}}}
        for asset in "ab"
    ]
    path = tmp_path / "x.ndjson"
    path.write_text("\n".join(map(json.dumps, lines)))
    whole = read_export([path])
    verdicts = gate(whole.project, {"rules": {"r": {**AGREE, "at_least": 0.99}}})
    assert verdicts.kept["asset_id"].to_list() == ["a"]
    with pytest.raises(InputError, match=r"consensus 0\.33.* of 'a'.*reads by itself.*labelqa convert"):
        write_parts(whole, verdicts, tmp_path / "kept", tmp_path / "rest")
    assert [one.name for one in tmp_path.iterdir()] == ["x.ndjson"]


def test_nothing_kept_is_an_export_without_records(export, tmp_path):
    whole = read_export([export])
    verdicts = gate(whole.project, {"rules": {"r": {"measure": "n_labels", "level": "asset", "at_least": 1000}}})
    write_parts(whole, verdicts, tmp_path / "kept.csv", tmp_path / "rest.csv")
    assert (tmp_path / "kept.csv").read_text() == export.read_text().splitlines(keepends=True)[0]
    assert (tmp_path / "rest.csv").read_bytes() == export.read_bytes()


def test_pictures_given_beside_the_export_are_read_with_the_kept_part(tmp_path):
    """Without its picture a mask is not read, and labels of which nothing is read agree with nobody."""

    def label(number):
        mask = {"feature_id": f"m{number}", "name": "snow", "mask": {"url": "https://e.org/own.png"}}
        details = {"created_by": f"labeler {number}"}
        mask["annotation_kind"] = "ImageSegmentationMask"
        return {"id": f"l{number}", "label_details": details, "annotations": {"objects": [mask]}}

    media = {"width": 20, "height": 10}
    rows = [
        {
            "data_row": {"id": asset},
            "media_attributes": media,
            "projects": {"p": {"labels": [label(k) for k in numbers]}},
        }
        for asset, numbers in (("a", (1, 2)), ("b", (3,)))
    ]
    path = tmp_path / "x.ndjson"
    path.write_text("\n".join(map(json.dumps, rows)))
    (tmp_path / "masks").mkdir()
    Image.new("L", (20, 10), 255).save(tmp_path / "masks" / "own.png")
    whole = read_export([path, tmp_path / "masks"])
    verdicts = gate(whole.project, {"rules": {"r": AGREE}})
    write_parts(whole, verdicts, tmp_path / "kept.ndjson")
    assert (tmp_path / "kept.ndjson").read_text() == path.read_text().splitlines(keepends=True)[0]


def test_the_policy_object_is_as_good_as_a_mapping():
    policy = Policy.of({"rules": {"r": RIGHT}})
    assert gate(PROJECT, policy).kept.height == 2
