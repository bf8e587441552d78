"""The commands when all is well."""

import json

import polars as pl
import pytest

import labelqa as lib
from labelqa.cli import options
from labelqa.cli.commands import score
from labelqa.cli.main import program
from labelqa.formats.detect import formats
from labelqa.formats.write import writable
from labelqa.measures.estimate import METHODS
from labelqa.measures.score_stored import ENGINES
from labelqa.report.catalogue import FACTS, as_data
from labelqa.report.folder import SUFFIXES
from labelqa.report.text import summary

COMMANDS = ("convert", "demo", "export", "formats", "gate", "inspect", "policy", "score", "workforce")


def done(result):
    assert result.exit_code == 0, result.stderr
    return result.stdout


def test_choices_on_the_command_line_are_those_of_the_library():
    assert options.INTERVALS == METHODS
    assert options.SUFFIXES == SUFFIXES
    assert set(score.ENGINES) == set(ENGINES)
    assert set().union(*(one.facts for one in formats().values())) <= set(FACTS)


def test_score_prints_the_summary(labelqa, export):
    result = labelqa("score", export)
    assert done(result) == summary(lib.score(lib.read(export)))
    assert result.stderr == ""


def test_score_takes_what_the_library_takes(labelqa, export, tmp_path):
    scheme = tmp_path / "strict.toml"
    scheme.write_text("threshold = 0.85")
    result = labelqa(
        "score", export, "--format", "table", "--benchmark", "gold", "--scheme", scheme, "--interval", "bootstrap",
        "--confidence", "0.9", "--seed", "4", "--json",
    )  # fmt: skip
    found = json.loads(done(result))
    project = lib.read(export, benchmark=["gold"])
    wanted = lib.score(project, scheme, interval="bootstrap", confidence=0.9, seed=4)
    assert found["labelers"] == wanted.labelers.to_dicts()
    assert found["how"]["scheme"]["name"] == "strict"
    assert found["how"]["interval"] == {"method": "bootstrap", "confidence": 0.9, "seed": 4, "cluster": "asset"}


def test_several_files_and_several_benchmark_labelers(labelqa, export, tmp_path):
    more = tmp_path / "more.csv"
    more.write_text(export.read_text().replace("a1", "a3").replace("a2", "a4").replace("gold", "golden"))
    found = json.loads(done(labelqa("score", export, more, "--benchmark", "gold", "--benchmark", "golden", "--json")))
    assert {row["labeler"] for row in found["labelers"]} == {"ann", "bob"}
    assert found["project"][0]["n_assets_benchmark"] == 4


def test_files_are_written_instead_of_a_summary(labelqa, export, tmp_path):
    result = labelqa("score", export, "-o", tmp_path / "out")
    assert done(result) == ""
    assert result.stderr == f"13 files written to {tmp_path / 'out'}\n"
    assert pl.read_parquet(tmp_path / "out" / "labelers.parquet").equals(lib.score(lib.read(export)).labelers)


def test_problems_are_told_when_files_are_written(labelqa, export, tmp_path):
    export.write_text(export.read_text() + "a3,ann,cat,0,0,-1,1e999\n")
    assert "problem" in labelqa("score", export, "-o", tmp_path / "out").stderr


def test_files_and_json_together(labelqa, export, tmp_path):
    found = json.loads(done(labelqa("score", export, "-o", tmp_path / "out", "--to", "csv", "--json")))
    assert found["project"][0]["n_assets"] == 2
    assert (tmp_path / "out" / "pairs.csv").is_file()


def test_scores_may_be_written_again(labelqa, export, tmp_path):
    for to in ("parquet", "csv", "csv"):
        done(labelqa("score", export, "-o", tmp_path / "out", "--to", to))
    assert not list((tmp_path / "out").glob("*.parquet"))


def test_a_written_project_can_be_scored(labelqa, export, tmp_path):
    lib.read(export).write(tmp_path / "project")
    assert done(labelqa("score", tmp_path / "project")) == done(labelqa("score", export))


def test_formats_lists_every_format(labelqa):
    lines = done(labelqa("formats")).splitlines()
    assert lines[0].split() == ["name", "title", *FACTS, "written"]
    assert [line.split()[0] for line in lines[1:] if line[2] != " "] == [row["name"] for row in as_data()]


def test_formats_as_json(labelqa):
    found = json.loads(done(labelqa("formats", "--json")))
    assert {row["name"]: set(row["facts"]) for row in found if row["name"] in formats()} == {
        name: one.facts for name, one in formats().items()
    }
    assert {row["name"] for row in found if row["is_written"]} == set(writable())


def test_demo_shows_planted_beside_measured(labelqa):
    text = done(labelqa("demo", "--assets", "40", "--labelers", "4", "--seed", "1"))
    assert text.startswith(summary(lib.score(lib.demo(assets=40, labelers=4, seed=1))))
    assert "\nPlanted and measured  " in text


def test_demo_as_json_and_files(labelqa, tmp_path):
    found = json.loads(done(labelqa("demo", "--assets", "20", "--labelers", "3", "--json", "-o", tmp_path / "out")))
    assert found["project"][0]["n_assets"] == 20
    assert pl.read_parquet(tmp_path / "out" / "labels.parquet").height == found["left_out"]["rows"]["labels"]


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_lists_the_commands(labelqa, option):
    text = done(labelqa(option))
    assert all(f"\n  {name} " in text for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example_and_takes_debug(labelqa, name):
    text = done(labelqa(name, "--help"))
    assert f"Example:  labelqa {name}" in text
    assert "--debug" in text
    assert max(map(len, text.splitlines())) <= 80
    command = program.get_command(None, name)
    assert [parameter.name for parameter in command.params].count("debug") == 1


def test_version(labelqa):
    assert done(labelqa("--version")) == f"labelqa {lib.__version__}\n"


def test_no_arguments_show_the_help(labelqa):
    result = labelqa()
    assert result.exit_code == 2
    assert result.stderr.startswith("Usage: labelqa ")


def test_a_stored_project_is_scored_as_its_export(labelqa, export, tmp_path):
    done(labelqa("convert", export, tmp_path / "project", "--to", "parquet"))
    for how in ((), ("--json",), ("--benchmark", "gold", "--json"), ("--interval", "exact")):
        expected = done(labelqa("score", export, *how))
        assert done(labelqa("score", tmp_path / "project", *how)) == expected
    for to in ("parquet", "csv"):
        done(labelqa("score", export, "--benchmark", "gold", "-o", tmp_path / "a", "--to", to))
        done(labelqa("score", tmp_path / "project", "--benchmark", "gold", "-o", tmp_path / "b", "--to", to))
        files = sorted(path.name for path in (tmp_path / "a").iterdir())
        assert files == sorted(path.name for path in (tmp_path / "b").iterdir())
        for name in files:
            one, other = (tmp_path / folder / name for folder in "ab")
            if to == "parquet" and name.endswith(to):
                assert pl.read_parquet(one).equals(pl.read_parquet(other)), name
            else:
                assert one.read_bytes() == other.read_bytes(), name


def test_the_match_table_may_be_left_out(labelqa, export, tmp_path):
    done(labelqa("convert", export, tmp_path / "project", "--to", "parquet"))
    for number, source in enumerate((export, tmp_path / "project")):
        done(labelqa("score", source, "-o", tmp_path / str(number)))
        assert (tmp_path / str(number) / "matches.parquet").exists()
        done(labelqa("score", source, "-o", tmp_path / str(number), "--no-matches"))
        assert not (tmp_path / str(number) / "matches.parquet").exists()
        assert (tmp_path / str(number) / "pairs.parquet").exists()
    refused = labelqa("score", export, "--no-matches")
    assert (refused.exit_code, "-o DIR" in refused.stderr) == (2, True)


def test_an_engine_for_parts_takes_a_project_that_has_parts(labelqa, export, tmp_path):
    refused = labelqa("score", export, "--engine", "ray")
    assert (refused.exit_code, "takes one project written by labelqa" in refused.stderr) == (2, True)
    assert labelqa("score", tmp_path, "--engine", "spark").exit_code == 2
