"""Entries: what was kept comes back; what is damaged, strange or old does not."""

import json
import os
import shutil

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from labelqa.project import entries as module
from labelqa.project.entries import Entries

TABLES = {"a": pl.DataFrame({"x": [1, 2], "s": [["u"], None]}), "b": pl.DataFrame({"y": [0.5]})}
SCHEMAS = {name: dict(table.schema) for name, table in TABLES.items()}


@pytest.fixture
def folder(tmp_path):
    found = tmp_path / "some" / "cache"
    Entries(found).keep("one", TABLES)
    return found


def test_what_was_kept_comes_back(folder):
    found = Entries(folder).find("one", SCHEMAS)
    for name, table in TABLES.items():
        assert_frame_equal(found[name], table)
    assert Entries(folder).find("two", SCHEMAS) is None
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
    assert Entries(folder).find("one", SCHEMAS) is None
    Entries(folder).keep("one", TABLES)
    assert Entries(folder).find("one", SCHEMAS) is not None


def test_made_up_rows_are_not_read(folder, monkeypatch):
    monkeypatch.setattr(module, "_FREE_ROWS", 0)
    monkeypatch.setattr(module, "_ROWS_A_BYTE", 0)
    assert Entries(folder).find("one", SCHEMAS) is None


def test_where_nothing_can_be_kept_nothing_happens(tmp_path):
    (tmp_path / "file").write_text("")
    Entries(tmp_path / "file").keep("one", TABLES)
    assert Entries(tmp_path / "file").find("one", SCHEMAS) is None


def test_what_was_used_longest_ago_goes_first(folder, monkeypatch):
    kept = Entries(folder)
    size = sum(file.stat().st_size for file in next(folder.iterdir()).iterdir())
    monkeypatch.setattr(module, "MOST_BYTES", int(2.5 * size))
    kept.keep("two", TABLES)
    for name, used in (("one", 2000), ("two", 1000)):
        os.utime(folder / f".entry-{name}", (used, used))
    kept.keep("three", TABLES)
    assert sorted(entry.name for entry in folder.iterdir()) == [".entry-one", ".entry-three"]


def test_forgotten_drafts_go(folder):
    old = folder / ".draft-old"
    shutil.copytree(folder / ".entry-one", old)
    os.utime(old, (1000, 1000))
    Entries(folder).keep("two", TABLES)
    assert not old.exists()
