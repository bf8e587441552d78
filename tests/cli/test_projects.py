"""`labelqa inspect`, `convert` and `export`."""

import json

import polars as pl
import pytest

import labelqa as lib
from labelqa.cli.commands import export as export_command
from labelqa.measures.chosen import CHOICES


def test_choices_on_the_command_line_are_those_of_the_library():
    assert export_command.CHOICES == CHOICES


def test_inspect_shows_counts_and_problems(labelqa, export):
    result = labelqa("inspect", export)
    assert result.exit_code == 0
    assert "Files  1 file" in result.stdout
    assert "2 assets" in result.stdout
    assert "benchmark" not in result.stdout


def test_inspect_as_json_holds_all_of_it(labelqa, export):
    found = json.loads(labelqa("inspect", export, "--json").stdout)
    project = lib.read(export)
    assert found["totals"]["assets"] == project.assets.height
    assert found["totals"]["annotations"] == project.annotations.height
    assert sum(row["n_annotations"] for row in found["classes"]) == project.annotations.height
    assert {row["labeler"] for row in found["labelers"]} == set(project.labelers["labeler"])
    assert sum(row["n_labels"] for row in found["roles"]) == project.labels.height
    assert found["problems"] == project.problems.to_dicts()
    assert set(found) == {"totals", "sources", "roles", "classes", "labelers", "problems"}


def test_inspect_names_are_safe_to_print(labelqa, tmp_path):
    evil = tmp_path / "evil.csv"
    evil.write_text("asset_id,labeler,class,answer\na,\x1b[31mann,q\u202e,yes\n")
    shown = labelqa("inspect", evil).stdout
    assert "\x1b" not in shown
    assert "\u202e" not in shown


def test_convert_reads_back_the_same(labelqa, export, tmp_path):
    out = tmp_path / "out.parquet"
    result = labelqa("convert", export, out, "--to", "table")
    assert result.exit_code == 0
    assert result.stdout == ""
    assert "labels" in result.stderr
    one, other = lib.read(export), lib.read(out)
    columns = ["asset_id", "label_id", "labeler", "kind", "class", "geometry", "answer"]
    assert one.annotations.select(columns).rows() == other.annotations.select(columns).rows()


def test_convert_tells_what_is_not_carried(labelqa, export, tmp_path):
    result = labelqa("convert", export, tmp_path / "coco", "--to", "coco")
    assert result.exit_code == 0
    assert "not carried: " in result.stderr
    assert "id of a label" in result.stderr


def test_convert_does_not_overwrite(labelqa, export):
    result = labelqa("convert", export, export, "--to", "table")
    assert result.exit_code == 2
    assert "exists" in result.stderr


def test_export_winning_takes_one_label_an_asset(labelqa, export, tmp_path):
    out = tmp_path / "train.csv"
    result = labelqa("export", export, "--labels", "winning", "-o", out)
    assert result.exit_code == 0, result.stderr
    project, scores = lib.read(out), lib.score(lib.read(export))
    assert project.labels["asset_id"].is_unique().all()
    winners = scores.assets.filter(pl.col("winning_label").is_not_null())["winning_label"]
    assert set(winners) <= set(project.labels["label_id"])


@pytest.mark.parametrize("which", ["benchmark", "reviewed"])
def test_export_says_when_there_is_none(labelqa, tmp_path, which):
    table = tmp_path / "t.csv"
    table.write_text("asset_id,labeler,class,answer\na,ann,q,yes\n")
    result = labelqa("export", table, "--labels", which, "-o", tmp_path / "x.csv")
    assert result.exit_code == 2
    assert f"No asset has a {which} label" in result.stderr
