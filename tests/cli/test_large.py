"""Exports larger than memory on the command line: nothing to ask for, and the results of any other export."""

import json
import os
import signal
import subprocess
import sys

import polars as pl
import pytest

import labelqa as lib
from labelqa.cli.commands import convert
from labelqa.formats import cache, store
from labelqa.formats.write import writable
from labelqa.project import raw


@pytest.fixture
def exports(tmp_path):
    """Two files with a few hundred labels."""
    folder = tmp_path / "exports"
    folder.mkdir()
    for seed in (1, 2):
        lib.write(lib.demo(assets=40, labelers=4, seed=seed), folder / f"{seed}.csv", "table")
    for path in folder.iterdir():
        os.utime(path, (1_700_000_000, 1_700_000_000))
    return folder


@pytest.fixture
def take_as_large(monkeypatch):
    """Take every export for a large one from now on."""

    def begin():
        monkeypatch.setattr(store, "LARGE_BYTES", 1)
        monkeypatch.setattr(store, "SPILL_BYTES", 20_000)
        monkeypatch.setattr(raw, "_CHUNK", 50)

    return begin


@pytest.fixture
def few(labelqa, exports, tmp_path):
    """Tables of the exports, as they are read into memory."""
    assert labelqa("score", exports, "-o", tmp_path / "few", "--no-cache").exit_code == 0
    return tmp_path / "few"


def same(one, other):
    """Check that two folders of scores are equal."""
    assert sorted(path.name for path in one.iterdir()) == sorted(path.name for path in other.iterdir())
    for path in one.glob("*.parquet"):
        assert pl.read_parquet(path).equals(pl.read_parquet(other / path.name)), path.name
    assert json.loads((one / "scores.json").read_text()) == json.loads((other / "scores.json").read_text())


def test_large_exports_are_scored_from_a_folder(few, take_as_large, labelqa, exports, tmp_path, monkeypatch):
    take_as_large()
    monkeypatch.setattr(lib.formats.read, "_read", None)  # nothing is read into memory
    result = labelqa("score", exports, "-o", tmp_path / "many", "--no-cache")
    assert result.exit_code == 0, result.output
    same(few, tmp_path / "many")


def test_the_cache_serves_exports_of_any_size(few, take_as_large, labelqa, exports, tmp_path, monkeypatch):
    take_as_large()
    monkeypatch.setattr(cache, "LEAST_BYTES", 1)
    for name in ("first", "second"):
        result = labelqa("score", exports, "-o", tmp_path / name, "--cache", tmp_path / "cache")
        assert result.exit_code == 0, result.output
        same(few, tmp_path / name)
        (kept,) = (tmp_path / "cache").iterdir()
        monkeypatch.setattr(store, "store", None)
    assert lib.read(kept).equals(lib.read(exports))
    monkeypatch.setattr(lib.formats.read, "_read", None)
    assert labelqa("inspect", exports, "--cache", tmp_path / "cache").exit_code == 0


def test_a_benchmark_may_be_named(take_as_large, labelqa, exports, tmp_path, monkeypatch):
    take_as_large()
    name = lib.read(exports).labelers["labeler"][0]
    many = labelqa("score", exports, "--benchmark", name, "-o", tmp_path / "many", "--no-cache")
    monkeypatch.setattr(store, "LARGE_BYTES", 1 << 30)
    few = labelqa("score", exports, "--benchmark", name, "-o", tmp_path / "few", "--no-cache")
    assert many.exit_code == few.exit_code == 0, many.output
    same(tmp_path / "few", tmp_path / "many")


def test_names_are_hidden_in_memory(take_as_large, labelqa, exports, tmp_path):
    take_as_large()
    result = labelqa("score", exports, "-o", tmp_path / "many", "--no-cache", "--pseudonyms")
    assert result.exit_code == 0, result.output
    names = pl.read_parquet(tmp_path / "many" / "labelers.parquet")["labeler"]
    assert names.str.starts_with("labeler-").all()


def test_a_summary_of_a_large_export_leaves_nothing_behind(take_as_large, labelqa, exports, tmp_path, monkeypatch):
    take_as_large()
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    result = labelqa("score", exports, "--no-cache")
    assert result.exit_code == 0, result.output
    assert "Agreement" in result.stdout or "agreement" in result.stdout
    assert not list((tmp_path / "tmp").iterdir())


def test_an_export_that_cannot_be_read_leaves_no_folder(take_as_large, labelqa, exports, tmp_path):
    take_as_large()
    (exports / "1.csv").write_text('{"neither": 1}')
    result = labelqa("score", exports / "1.csv", "-o", tmp_path / "many", "--no-cache")
    assert result.exit_code == 3
    assert not (tmp_path / "many").exists()


ENDED = """
import os, signal, sys
from labelqa.cli.main import main
from labelqa.formats import store
from labelqa.project import merge
signal.signal(signal.SIGINT, signal.default_int_handler)
store.LARGE_BYTES = 1
write_parts = merge._Merge.write_parts
def end(*given):
    write_parts(*given)
    os.kill(os.getpid(), int(os.environ['SENT']))
merge._Merge.write_parts = end
main()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals of POSIX")
@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_leaves_nothing_behind(sent, code, exports, tmp_path):
    script = tmp_path / "ended.py"
    script.write_text(ENDED)
    command = [sys.executable, script, "score", exports, "--no-cache", "-o", tmp_path / "scores"]
    before = set(tmp_path.iterdir())
    environment = {**os.environ, "SENT": str(int(sent))}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert set(tmp_path.iterdir()) == before


def test_large_exports_are_converted_to_a_project_part_by_part(take_as_large, labelqa, exports, tmp_path, monkeypatch):
    take_as_large()
    expected = lib.read(exports)
    monkeypatch.setattr(lib.formats.read, "_read", None)
    result = labelqa("convert", exports, tmp_path / "project", "--to", "parquet")
    assert result.exit_code == 0, result.output
    n_labels = expected.tables["labels"].height
    assert result.stderr.startswith(f"{n_labels:,} labels with ")
    monkeypatch.undo()
    assert lib.read(tmp_path / "project").equals(expected)
    assert convert.PROJECT in writable()
