"""`labelqa report` on the command line."""

import json

import pytest


def test_a_page_is_written(labelqa, export, tmp_path):
    done = labelqa("report", export, "--benchmark", "gold", "-o", tmp_path / "report.html")
    assert done.exit_code == 0, done.stderr
    assert "report written to" in done.stderr
    assert done.stdout == ""
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    assert f"{(9 / 10 + 8 / 9 + 1) / 3:.3f}" in page, "mean IoU of the three that matched"


def test_markdown_and_json_are_told_by_the_suffix(labelqa, export, tmp_path):
    for name, start in (("r.md", "# Labeling quality"), ("r.json", "{")):
        assert labelqa("report", export, "-o", tmp_path / name).exit_code == 0
        assert (tmp_path / name).read_text(encoding="utf-8").startswith(start)
    document = json.loads((tmp_path / "r.json").read_text())
    assert document["scores"]["project"][0]["n_assets"] == 2
    assert document["definitions"]["f1"]["formula"] == "2 TP / (2 TP + FP + FN)"


def test_a_policy_and_pseudonyms_are_heeded(labelqa, export, tmp_path):
    policy = tmp_path / "quality.toml"
    policy.write_text('[rules.size]\nmeasure = "n_assets"\nat_least = 1\n')
    done = labelqa("report", export, "-o", tmp_path / "r.html", "--policy", policy, "--pseudonyms")
    assert "the policy says pass" in done.stderr
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "Passed (exit code 0)" in page
    assert ">ann<" not in page
    assert "labeler-" in page


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-o", "report.pdf"], "a report is written as one of .html, .md, .json"),
        (["-o", "nowhere/report.html"], "its folder does not exist"),
        (["-o", "r.html", "--images", "none"], "there is no such folder of images"),
        ([], "Missing option"),
    ],
)
def test_what_cannot_be_is_refused_before_the_work(labelqa, export, arguments, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = labelqa("report", export, *arguments)
    assert done.exit_code == 2
    assert message in done.stderr
