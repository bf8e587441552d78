"""`labelqa explain` on the command line."""

import json

import pytest


def test_text_tells_who_agrees_and_why(labelqa, export):
    done = labelqa("explain", export, "a2", "--benchmark", "gold")
    assert done.exit_code == 0, done.stderr
    assert "ann with gold: 1.000" in done.stdout
    assert "bob with gold: 0.000" in done.stdout
    assert "wrong class" in done.stdout
    assert "objects 0.000: 0.000 / (1 + 1 - 0)" in done.stdout


def test_json_is_one_document(labelqa, export):
    document = json.loads(labelqa("explain", export, "a1", "--json").stdout)
    assert {row["asset_id"] for row in document["pairs"]} == {"a1"}


@pytest.mark.parametrize(("name", "start"), [("why.svg", "<svg "), ("why.html", "<!doctype html>")])
def test_pictures_are_written(labelqa, export, tmp_path, name, start):
    done = labelqa("explain", export, "a1", "-o", tmp_path / name)
    assert done.exit_code == 0, done.stderr
    assert done.stdout == ""
    assert (tmp_path / name).read_text(encoding="utf-8").startswith(start)


def test_an_unknown_asset_is_a_usage_error_with_a_suggestion(labelqa, export):
    done = labelqa("explain", export, "a22")
    assert done.exit_code == 2
    assert "There is no asset 'a22'; did you mean 'a2'?" in done.stderr


def test_an_odd_suffix_is_refused(labelqa, export):
    done = labelqa("explain", export, "a1", "-o", "why.png")
    assert done.exit_code == 2
    assert "one of .svg, .html" in done.stderr
