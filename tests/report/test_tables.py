"""Scores as files: complete, lossless in Parquet, harmless in CSV, and never over somebody else's files."""

import csv
import json
import os

import polars as pl
import pytest

import labelqa
from labelqa.measures.score import MANIFEST, TABLES
from labelqa.report.tables import write_tables
from tests.report.hostile import hostile_project

NAMES = {*TABLES, "problems", "sources"}


@pytest.fixture(scope="module")
def scores():
    return labelqa.score(labelqa.demo(assets=25, labelers=4, seed=2), scheme="clip", seed=3)


def table(scores, name):
    project = scores.comparison.project
    return getattr(project if name in ("problems", "sources") else scores, name)


@pytest.mark.parametrize("to", ["parquet", "csv"])
def test_one_file_a_table_and_how_it_was_made(scores, tmp_path, to):
    written = write_tables(scores, tmp_path / "deep" / "out", to)
    files = {path.name for path in (tmp_path / "deep" / "out").iterdir()}
    assert files == {path.name for path in written} == {f"{name}.{to}" for name in NAMES} | {MANIFEST}
    made = json.loads((tmp_path / "deep" / "out" / MANIFEST).read_text())
    assert made["labelqa"] == "scores"
    assert made["version"] == labelqa.__version__
    assert made["scheme"]["clip"] is True
    assert made["interval"]["seed"] == 3
    assert made["sources"][0]["n_records"] == 25
    assert set(made["files"]) == files - {MANIFEST}


def test_parquet_reads_back_equal(scores, tmp_path):
    write_tables(scores, tmp_path)
    for name in NAMES:
        assert pl.read_parquet(tmp_path / f"{name}.parquet").equals(table(scores, name)), name


def test_csv_reads_back_equal_but_for_lists(scores, tmp_path):
    write_tables(scores, tmp_path, "csv")
    for name in NAMES:
        wanted = table(scores, name)
        lists = [column for column, dtype in wanted.schema.items() if dtype == pl.List]
        wanted = wanted.with_columns(pl.col(lists).list.join("|"))
        types = {k: pl.String if isinstance(v, pl.Enum) else v for k, v in wanted.schema.items()}
        found = pl.read_csv(tmp_path / f"{name}.csv", schema=types)
        assert found.equals(wanted.cast(types)), name


@pytest.mark.parametrize("to", ["parquet", "csv"])
def test_the_same_scores_give_the_same_bytes(tmp_path, to):
    for folder in ("one", "two"):
        write_tables(labelqa.score(labelqa.demo(assets=15, labelers=3, seed=4)), tmp_path / folder, to)
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes(), path.name


def test_no_cell_of_a_csv_is_a_formula(tmp_path):
    scores = labelqa.score(hostile_project())
    write_tables(scores, tmp_path, "csv")
    cells = set()
    for name in NAMES:
        with (tmp_path / f"{name}.csv").open(newline="", encoding="utf-8") as file:
            rows = list(csv.reader(file, strict=True))
        assert len({len(row) for row in rows}) == 1, name
        assert len(rows) == 1 + table(scores, name).height
        cells |= {cell for row in rows for cell in row}
    assert not [cell for cell in cells if cell[:1] in {"=", "+", "-", "@", "\t", "\r", "\n"}]
    assert {"'=cmd|'/c calc'!A0", "'+1-555-0100", "'-2+3", "'\tfirst", "'\rsecond", "'=1+1", "'=why"} <= cells
    assert "two\nlines\r\tand a tab" in cells
    assert 'quo"te, comma' in cells


def test_numbers_stay_numbers_even_if_negative(tmp_path):
    scores = labelqa.score(labelqa.demo(assets=5, labelers=2))
    object.__setattr__(scores, "classes", pl.DataFrame({"class": ["-1"], "n": [-1], "share": [-0.5]}))
    write_tables(scores, tmp_path, "csv")
    assert (tmp_path / "classes.csv").read_text() == "class,n,share\n'-1,-1,-0.5\n"


def test_earlier_scores_are_replaced_and_leave_nothing_behind(scores, tmp_path):
    write_tables(scores, tmp_path, "parquet")
    write_tables(scores, tmp_path, "csv")
    assert {path.name for path in tmp_path.iterdir()} == {f"{name}.csv" for name in NAMES} | {MANIFEST}


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"labelqa": "project"}', "[" * 100_000, "\xff"])
def test_somebody_elses_folder_is_left_alone(scores, tmp_path, content):
    other = tmp_path / MANIFEST
    other.write_text(content, encoding="latin-1")
    with pytest.raises(labelqa.UsageError, match="not empty and holds no labelqa scores"):
        write_tables(scores, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [MANIFEST]


def test_a_written_project_is_no_place_for_scores(scores, tmp_path):
    scores.comparison.project.write(tmp_path)
    with pytest.raises(labelqa.UsageError, match="holds no labelqa scores"):
        write_tables(scores, tmp_path)
    assert labelqa.read(tmp_path).equals(scores.comparison.project)


def test_a_file_is_no_folder(scores, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(labelqa.UsageError, match="is a file"):
        write_tables(scores, tmp_path / "file")
    with pytest.raises(labelqa.UsageError, match="cannot be written to"):
        write_tables(scores, tmp_path / "file" / "inner")


def test_an_unknown_format_gets_a_suggestion(scores, tmp_path):
    with pytest.raises(labelqa.UsageError, match="did you mean 'parquet'"):
        write_tables(scores, tmp_path, "parket")


@pytest.mark.parametrize(
    "error",
    [OSError(28, "No space left on device"), pl.exceptions.ComputeError("No space left on device (os error 28)")],
)
@pytest.mark.parametrize("earlier", [True, False])
def test_a_failed_write_leaves_the_folder_as_it_was(scores, tmp_path, monkeypatch, error, earlier):
    if earlier:
        write_tables(scores, tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    write = pl.DataFrame.write_parquet

    def full(frame, file, **options):
        if frame.equals(scores.matches):
            raise error
        write(frame, file, **options)

    monkeypatch.setattr(pl.DataFrame, "write_parquet", full)
    with pytest.raises(labelqa.UsageError, match="cannot be written to: No space left on device"):
        write_tables(scores, tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    monkeypatch.undo()
    write_tables(scores, tmp_path)


def test_drafts_that_a_killed_process_left_do_not_bar_the_way(scores, tmp_path):
    (tmp_path / ".matches.parquet.0123abcd").touch()
    write_tables(scores, tmp_path)


def test_files_get_the_permissions_of_any_new_file(scores, tmp_path):
    (tmp_path / "ordinary").touch()
    write_tables(scores, tmp_path / "out")
    wanted = os.stat(tmp_path / "ordinary").st_mode
    assert {os.stat(path).st_mode for path in (tmp_path / "out").iterdir()} == {wanted}
