"""The recipes are run: shell by bash, Makefile by make, Python by Python; orchestrators where they are installed."""

import importlib
import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from defusedxml import ElementTree

import labelqa

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "labelqa" / "gates" / "RECIPES.md").read_text(encoding="utf-8")

POLICY = """\
[rules.agreement]
measure = "consensus"
at_least = {limit}
evidence = "estimate"

[rules.each]
measure = "consensus"
level = "asset"
at_least = 0.6
severity = "warn"
"""
PASSES, FAILS = POLICY.format(limit=0.2), POLICY.format(limit=0.99)


def recipe(title):
    """The code under a heading."""
    (code,) = re.findall(rf"^## {re.escape(title)}\n(?:(?!^## ).)*?```\w+\n(.*?)```", TEXT, re.DOTALL | re.MULTILINE)
    return code


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder with the export, a policy that it passes, and the command `labelqa` in the path."""
    labelqa.write(labelqa.demo(assets=30, labelers=4, seed=1), tmp_path / "labels.csv", "table")
    (tmp_path / "quality.toml").write_text(PASSES)
    programs = tmp_path / "programs"
    programs.mkdir()
    command = programs / "labelqa"
    command.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m labelqa "$@"\n')
    command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*words, **environment):
    return subprocess.run(words, capture_output=True, encoding="utf-8", check=False, env={**os.environ, **environment})


def fail(place):
    (place / "quality.toml").write_text(FAILS)


def test_every_recipe_is_run_here():
    titles = re.findall(r"^## (.*)", TEXT, re.MULTILINE)
    assert titles == [
        "GitHub Actions", "pre-commit", "Makefile", "Against the last release", "A function", "Airflow", "Dagster",
        "Prefect", "A notebook",
    ]  # fmt: skip


def test_github_actions(place):
    step = re.search(r"run: \|\n((?: {10}.*\n)+)", recipe("GitHub Actions"))[1]
    summary = place / "summary.md"
    done = run("bash", "-e", "-c", step, GITHUB_STEP_SUMMARY=str(summary))
    assert done.returncode == 0, done.stderr
    assert "::warning title=labelqa%3A each: fail::" in done.stdout
    assert summary.read_text().startswith("## labelqa gate: PASS")
    assert ElementTree.parse(place / "gate.xml").getroot().get("tests") == "2"
    assert (place / "gate.html").read_text().startswith("<!doctype html>")
    fail(place)
    done = run("bash", "-e", "-c", step, GITHUB_STEP_SUMMARY=str(summary))
    assert done.returncode == 1
    assert "::error title=labelqa%3A agreement: fail::" in done.stdout
    assert "## labelqa gate: FAIL" in summary.read_text()


def test_pre_commit(place):
    hook = (ROOT / ".pre-commit-hooks.yaml").read_text()
    entry, id = (re.search(rf"{key}: (.*)", hook)[1] for key in ("entry", "id"))
    config = recipe("pre-commit")
    assert f"- id: {id}" in config
    assert re.search(r"files: (.*)", config)[1] == r"^(labels\.csv|quality\.toml)$"
    arguments = re.search(r"args: \[(.*)\]", config)[1].split(", ")
    assert "pass_filenames: false" in hook
    assert run(*shlex.split(entry), *arguments).returncode == 0
    fail(place)
    assert run(*shlex.split(entry), *arguments).returncode == 1


@pytest.mark.skipif(shutil.which("make") is None, reason="no make")
def test_makefile(place):
    (place / "Makefile").write_text(recipe("Makefile"))
    done = run("make")
    assert done.returncode == 0, done.stderr
    kept, rejected = (labelqa.read(place / name).assets["asset_id"].to_list() for name in ("kept.csv", "rejects.csv"))
    assert kept
    assert rejected
    assert sorted(kept + rejected) == labelqa.read(place / "labels.csv").assets["asset_id"].to_list()
    assert (place / "rejects.csv.reasons.csv").exists()
    assert "up to date" in run("make").stdout
    fail(place)
    assert run("make").returncode == 2
    assert not (place / "kept.csv").exists()


def test_against_the_last_release(place):
    code = recipe("Against the last release")
    gate, rest = code.partition("rm -rf")[::2]
    assert run("bash", "-e", "-c", gate).returncode == 2  # nothing is released yet
    assert run("bash", "-e", "-c", f"rm -rf{rest}").returncode == 0
    assert run("bash", "-e", "-c", code).returncode == 0
    rows = (place / "labels.csv").read_text().splitlines()
    header = rows[0].split(",")
    at, who = header.index("x1"), header.index("labeler")
    moved = [rows[0]]
    for row in rows[1:]:
        cells = row.split(",")
        if cells[at]:
            cells[at] = str(float(cells[at]) - 300 * (ord(cells[who][0]) - ord("a")))
        moved.append(",".join(cells))
    (place / "labels.csv").write_text("\n".join(moved))
    done = run("bash", "-e", "-c", code)
    assert done.returncode == 1
    assert "agreement, baseline" in done.stdout


@pytest.fixture
def gating(place, monkeypatch):
    """The module of the recipe, importable."""
    (place / "gating.py").write_text(recipe("A function"))
    monkeypatch.syspath_prepend(str(place))
    monkeypatch.delitem(sys.modules, "gating", raising=False)
    yield importlib.import_module("gating")
    sys.modules.pop("gating", None)


def test_a_function(place, gating):
    assert gating.hold("labels.csv", "quality.toml") == "labels.csv"
    fail(place)
    with pytest.raises(gating.NotGoodEnough, match=r"labels\.csv: fail: agreement"):
        gating.hold("labels.csv", "quality.toml")


@pytest.mark.parametrize("title", ["Airflow", "Dagster", "Prefect", "A notebook"])
def test_python_compiles(title):
    compile(recipe(title), title, "exec")


def installed(module):
    return pytest.mark.skipif(importlib.util.find_spec(module) is None, reason=f"no {module}")


@pytest.mark.usefixtures("gating")
@installed("airflow")
def test_airflow():
    names = {}
    exec(recipe("Airflow"), names)
    assert names["good_enough"].function("labels.csv", "quality.toml") == "labels.csv"


@pytest.mark.usefixtures("gating")
@installed("dagster")
def test_dagster(place):
    import dagster

    names = {}
    exec(recipe("Dagster"), names)
    for is_good in (True, False):
        found = dagster.materialize([names["labels"], names["good_enough"]], raise_on_error=False)
        (check,) = found.get_asset_check_evaluations()
        assert check.passed == is_good
        fail(place)


@pytest.mark.usefixtures("gating")
@installed("prefect")
def test_prefect():
    names = {}
    exec(recipe("Prefect"), names)
    assert names["good_enough"].fn("labels.csv", "quality.toml") == "labels.csv"


def test_a_notebook(place, capsys):
    exec(recipe("A notebook"), {})
    assert "agreement" in capsys.readouterr().out
    assert place.exists()
