"""`labelqa workforce`."""

import json

import polars as pl
import pytest

import labelqa as lib
from labelqa.cli.commands import workforce as command
from labelqa.measures.workforce.periods import EVERY
from labelqa.measures.workforce.workforce import workforce
from labelqa.report.workforce.text import summary

HEAD = "asset_id,labeler,created_at,seconds,class,x,y,w,h\n"


@pytest.fixture
def timed(tmp_path):
    path = tmp_path / "timed.csv"
    rows = [
        f"a{k},{who},2026-03-0{1 + k % 3}T0{9 - n}:{10 + k}:00Z,{10 + k + n},cat,0,0,10,{10 - n}"
        for k in range(12)
        for n, who in enumerate(("ann", "bob"))
    ]
    path.write_text(HEAD + "\n".join(rows) + "\n")
    return path


@pytest.fixture
def rates(tmp_path):
    path = tmp_path / "rates.toml"
    path.write_text('currency = "EUR"\n[default]\nper_hour = 18\n')
    return path


def test_periods_on_the_command_line_are_those_of_the_library():
    assert tuple(EVERY) == command.EVERY


def test_it_prints_the_summary(labelqa, timed):
    result = labelqa("workforce", timed)
    assert result.exit_code == 0, result.stderr
    assert result.stdout == summary(workforce(lib.read(timed)))
    assert result.stderr == ""


def test_it_takes_what_the_library_takes(labelqa, timed, rates):
    result = labelqa(
        "workforce", timed, "--every", "week", "--tz", "Europe/Berlin", "--rates", rates, "--cap", "15",
        "--labels-per-asset", "3", "--more-labelers", "5", "--confidence", "0.9", "--interval", "bootstrap", "--seed", "2",
        "--benchmark", "bob", "--scheme", "clip", "--json",
    )  # fmt: skip
    assert result.exit_code == 0, result.stderr
    found = json.loads(result.stdout)
    project = lib.read(timed, benchmark=["bob"])
    wanted = workforce(
        project, "clip", every="week", tz="Europe/Berlin", rates=rates, cap=15, labels_per_asset=3, more_labelers=5,
        confidence=0.9, interval="bootstrap", seed=2,
    )  # fmt: skip
    assert found["labelers"] == wanted.labelers.to_dicts()
    assert [row["labeler"] for row in found["labelers"]] == ["ann"]
    assert found["forecast"][1]["scenario"] == "5 labelers more"
    assert found["how"]["time"] == wanted.how["time"]


def test_files(labelqa, timed, tmp_path):
    for _ in range(2):
        result = labelqa("workforce", timed, "-o", tmp_path / "out")
        assert (result.exit_code, result.stdout) == (0, "")
        assert "files written to" in result.stderr
    assert pl.read_parquet(tmp_path / "out" / "labelers.parquet").equals(workforce(lib.read(timed)).labelers)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--every", "dya"], "dya"),
        (["--tz", "Europe/Berln"], "did you mean 'Europe/Berlin'"),
        (["--rates", "none.toml"], "none.toml: cannot be read"),
        (["--to", "csv"], "give -o DIR"),
        (["--cap", "0"], "--cap"),
        (["--labels-per-asset", "0"], "--labels-per-asset"),
    ],
)
def test_mistakes_end_in_one_line(labelqa, timed, arguments, said):
    result = labelqa("workforce", timed, *arguments)
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_mistake_in_the_rate_card_is_named(labelqa, timed, rates):
    rates.write_text('currency = "EUR"\n[defualt]\nper_hour = 18\n')
    result = labelqa("workforce", timed, "--rates", rates)
    assert result.exit_code == 2
    assert "did you mean 'default'?" in result.stderr


def test_names_of_the_rate_card_that_are_not_there_are_told(labelqa, timed, rates):
    rates.write_text(rates.read_text() + "[labelers.an]\nper_hour = 3\n")
    assert "did you mean 'ann'?" in labelqa("workforce", timed, "--rates", rates).stdout


def test_nothing_is_written_over(labelqa, timed, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").touch()
    result = labelqa("workforce", timed, "-o", tmp_path / "mine")
    assert result.exit_code == 2
    assert "not empty" in result.stderr
