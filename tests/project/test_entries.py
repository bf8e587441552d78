"""Entries: what was kept comes back; what is damaged, strange or old does not."""

import json
import os
import shutil
from functools import partial

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from labelqa.project import entries as module
from labelqa.project.entries import Entries, read_tables, write_tables

TABLES = {"a": pl.DataFrame({"x": [1, 2], "s": [["u"], None]}), "b": pl.DataFrame({"y": [0.5]})}
SCHEMAS = {name: dict(table.schema) for name, table in TABLES.items()}


def keep(folder, name):
    Entries(folder).keep(name, partial(write_tables, TABLES))


def find(folder, name):
    return Entries(folder).find(name, partial(read_tables, SCHEMAS))


@pytest.fixture
def folder(tmp_path):
    found = tmp_path / "some" / "cache"
    keep(found, "one")
    return found


def test_what_was_kept_comes_back(folder):
    found = find(folder, "one")
    for name, table in TABLES.items():
        assert_frame_equal(found[name], table)
    assert find(folder, "two") is None
    assert oct(folder.stat().st_mode)[-3:] == "700"


def rewritten(entry):
    """Another table, with its digest in the list."""
    pl.DataFrame({"z": [1]}).write_parquet(entry / "b.parquet")
    listed = json.loads((entry / "entry.json").read_text())
    (entry / "entry.json").write_text(json.dumps({**listed, "b": module._digest(entry / "b.parquet")}))


def flipped(entry):
    content = bytearray((entry / "a.parquet").read_bytes())
    content[10] ^= 1
    (entry / "a.parquet").write_bytes(content)


@pytest.mark.parametrize(
    "damage",
    [
        flipped,
        rewritten,
        lambda entry: (entry / "a.parquet").unlink(),
        lambda entry: (entry / "a.parquet").unlink() or os.mkfifo(entry / "a.parquet"),
        lambda entry: (entry / "entry.json").write_text("["),
        lambda entry: (entry / "entry.json").write_text("[" * 100_000),
        lambda entry: (entry / "entry.json").write_text("7"),
    ],
)
def test_what_is_damaged_is_not_there(folder, damage):
    damage(next(folder.iterdir()))
    assert find(folder, "one") is None
    keep(folder, "one")
    assert find(folder, "one") is not None


def test_made_up_rows_are_not_read(folder, monkeypatch):
    monkeypatch.setattr(module, "_FREE_ROWS", 0)
    monkeypatch.setattr(module, "_ROWS_A_BYTE", 0)
    assert find(folder, "one") is None


def test_where_nothing_can_be_kept_nothing_happens(tmp_path):
    (tmp_path / "file").write_text("")
    keep(tmp_path / "file", "one")
    assert find(tmp_path / "file", "one") is None


def test_what_was_used_longest_ago_goes_first(folder, monkeypatch):
    size = sum(file.stat().st_size for file in next(folder.iterdir()).iterdir())
    monkeypatch.setattr(module, "MOST_BYTES", int(2.5 * size))
    keep(folder, "two")
    for name, used in (("one", 2000), ("two", 1000)):
        os.utime(folder / f".entry-{name}", (used, used))
    keep(folder, "three")
    assert sorted(entry.name for entry in folder.iterdir()) == [".entry-one", ".entry-three"]


def test_forgotten_drafts_go(folder):
    old = folder / ".draft-old"
    shutil.copytree(folder / ".entry-one", old)
    os.utime(old, (1000, 1000))
    keep(folder, "two")
    assert not old.exists()
