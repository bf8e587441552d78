"""The cache: what is kept is what was read, and nothing that has changed is taken from it."""

import os
import shutil
import time

import polars as pl
import pytest

from labelqa.formats import cache as cache_module
from labelqa.formats import read as read_module
from labelqa.formats.read import CACHED, read
from labelqa.project import entries as entries_module
from labelqa.project.entries import Entries
from tests.formats.miniatures import HERE

OLD = time.time() - 1000


@pytest.fixture(autouse=True)
def least_bytes(monkeypatch):
    monkeypatch.setattr(cache_module, "LEAST_BYTES", 100)


@pytest.fixture
def export(tmp_path):
    """An export that nobody has touched for a while."""
    path = tmp_path / "boxes.ndjson"
    shutil.copy(HERE / "labelbox" / "boxes.ndjson", path)
    os.utime(path, (OLD, OLD))
    return path


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "some" / "cache"


def again(source, folder, **options):
    """Read with the cache; give the project, and whether it came from there."""
    told = []
    project = read(source, cache=folder, progress=lambda *now: told.append(now[2]), **options)
    return project, CACHED in told


def entries(folder):
    return sorted(entry.name for entry in folder.iterdir())


def test_the_second_time_comes_from_the_cache(export, folder):
    first, was_kept = again(export, folder)
    assert not was_kept
    second, was_kept = again(export, folder)
    assert was_kept
    assert first.equals(second)
    assert first.equals(read(export))


def test_a_benchmark_is_named_anew_each_time(export, folder):
    again(export, folder)
    project, was_kept = again(export, folder, benchmark="ann@example.org")
    assert was_kept
    assert project.equals(read(export, benchmark="ann@example.org"))


def changed_inside(export):
    text = bytearray(export.read_bytes())
    at = text.index(b'"car"')
    text[at + 1 : at + 4] = b"bus"
    export.write_bytes(text)
    os.utime(export, (OLD, OLD))


@pytest.mark.parametrize(
    "change",
    [
        changed_inside,
        lambda export: os.utime(export, (OLD + 1, OLD + 1)),
        lambda export: (export.write_bytes(export.read_bytes() + b"\n"), os.utime(export, (OLD, OLD))),
    ],
    ids=["content", "time", "size"],
)
def test_a_changed_export_is_read_anew(change, export, folder):
    again(export, folder)
    change(export)
    project, was_kept = again(export, folder)
    assert not was_kept
    assert project.equals(read(export))
    assert again(export, folder)[1]


def test_samples_find_a_change_at_both_ends_of_a_large_file(tmp_path):
    path = tmp_path / "large"
    size = cache_module._SAMPLED_WHOLE * 3
    path.write_bytes(bytes(size))
    before = cache_module._content(path, size)
    for at in (0, size // 64, size - 1):
        content = bytearray(size)
        content[at] = 1
        path.write_bytes(content)
        assert cache_module._content(path, size) != before, at


def test_other_options_and_other_code_have_entries_of_their_own(export, folder, monkeypatch):
    again(export, folder)
    assert not again(export, folder, format="labelbox")[1]
    monkeypatch.setattr(cache_module, "code", lambda *_: "other")
    assert not again(export, folder)[1]
    assert len(entries(folder)) == 3


def test_a_file_more_in_a_folder_is_noticed(export, folder, tmp_path):
    exports = tmp_path / "exports"
    exports.mkdir()
    shutil.copy2(export, exports / "a.ndjson")
    again(exports, folder)
    assert again(exports, folder)[1]
    shutil.copy2(export, exports / "b.ndjson")
    project, was_kept = again(exports, folder)
    assert not was_kept
    assert project.sources.height == 2


def test_an_export_changed_just_now_is_not_kept(export, folder):
    os.utime(export)
    again(export, folder)
    assert not folder.exists()


def test_an_export_that_changes_while_it_is_read_is_not_kept(export, folder, monkeypatch):
    original = read_module._read

    def slow(*given):
        project = original(*given)
        os.utime(export, (OLD + 5, OLD + 5))
        return project

    monkeypatch.setattr(read_module, "_read", slow)
    again(export, folder)
    assert not folder.exists()


def test_small_exports_frames_and_projects_are_not_kept(export, folder, tmp_path, monkeypatch):
    read(export).write(tmp_path / "project")
    again(tmp_path / "project", folder)
    again([export, tmp_path / "project"], folder)
    read(
        pl.DataFrame({"asset_id": ["a"], "labeler": ["l"], "class": ["c"], "kind": ["choice"], "answer": ["x"]}),
        cache=folder,
    )
    monkeypatch.setattr(cache_module, "LEAST_BYTES", 10**6)
    again(export, folder)
    assert not folder.exists()


def test_a_cache_among_the_exports_is_no_export(export):
    again(export.parent, export.parent / "cache")
    project, was_kept = again(export.parent, export.parent / "cache")
    assert was_kept
    assert project.sources.height == 1


def shortened(entry):
    table = entry / "annotations.parquet"
    table.write_bytes(table.read_bytes()[:-10])


def flipped(entry):
    table = entry / "annotations.parquet"
    content = bytearray(table.read_bytes())
    content[len(content) // 2] ^= 1
    table.write_bytes(content)


@pytest.mark.parametrize(
    "damage",
    [
        shortened,
        flipped,
        lambda entry: (entry / "labels.parquet").unlink(),
        lambda entry: (entry / "project.json").write_text("{}"),
        lambda entry: (entry / "project.json").unlink(),
        shutil.rmtree,
    ],
)
def test_a_damaged_cache_is_read_anew_and_made_whole(damage, export, folder):
    again(export, folder)
    damage(folder / entries(folder)[0])
    project, was_kept = again(export, folder)
    assert not was_kept
    assert project.equals(read(export))
    assert again(export, folder)[1]
    assert len(entries(folder)) == 1


def test_a_cache_that_cannot_be_written_changes_nothing(export, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("no folder")
    assert not again(export, tmp_path / "file" / "cache")[1]

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pl.DataFrame, "write_parquet", full)
    folder = tmp_path / "cache"
    assert not again(export, folder)[1]
    assert entries(folder) == []


def test_another_process_may_be_quicker(export, folder, monkeypatch):
    """The entry appears after this process has looked for it and before it is written."""
    monkeypatch.setattr(Entries, "find", lambda *_: None)
    again(export, folder)
    again(export, folder)
    monkeypatch.undo()
    monkeypatch.setattr(cache_module, "LEAST_BYTES", 100)
    assert len(entries(folder)) == 1
    assert again(export, folder)[1]


def test_the_oldest_goes_when_there_is_too_much(export, folder, tmp_path, monkeypatch):
    for number in range(3):
        copy = tmp_path / f"copy-{number}.ndjson"
        shutil.copy2(export, copy)
        again(copy, folder)
        (newest,) = [entry for entry in folder.iterdir() if entry.stat().st_mtime > OLD + 100]
        os.utime(newest, (OLD + number, OLD + number))
    size = 1.1 * sum(file.stat().st_size for file in folder.rglob("*.*"))
    again(tmp_path / "copy-0.ndjson", folder)  # used again, and so the newest
    monkeypatch.setattr(entries_module, "MOST_BYTES", size)
    again(export, folder)
    assert len(entries(folder)) == 3
    assert again(tmp_path / "copy-0.ndjson", folder)[1]
    assert not again(tmp_path / "copy-1.ndjson", folder)[1]


def test_what_is_not_of_the_cache_stays(export, folder, monkeypatch):
    folder.mkdir(parents=True)
    read(export).write(folder / "a project")
    (folder / "notes.txt").write_text("mine")
    monkeypatch.setattr(entries_module, "MOST_BYTES", 0)
    again(export, folder)
    assert entries(folder) == ["a project", "notes.txt"]


def test_drafts_of_processes_that_are_no_more_go(export, folder):
    for name, age in ((".draft-old", 2), (".draft-new", 0)):
        (folder / name).mkdir(parents=True)
        os.utime(folder / name, (time.time() - age * 86_400,) * 2)
    again(export, folder)
    assert ".draft-old" not in entries(folder)
    assert ".draft-new" in entries(folder)
