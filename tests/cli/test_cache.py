"""Where commands keep what they have read."""

import os

import pytest

from labelqa.cli import progress
from labelqa.formats import cache
from labelqa.formats.read import CACHED
from labelqa.formats.store import SORTING


@pytest.fixture
def old_export(export, monkeypatch, tmp_path):
    """An export that is large enough, and nobody's own folder of caches."""
    monkeypatch.setattr(cache, "LEAST_BYTES", 10)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("LABELQA_CACHE", raising=False)
    os.utime(export, (1_700_000_000, 1_700_000_000))
    return export


def test_the_folder_is_the_one_named_or_that_of_the_user(old_export, labelqa, tmp_path, monkeypatch):
    labelqa("inspect", old_export, "--no-cache")
    assert not (tmp_path / "home").exists()
    first = labelqa("inspect", old_export)
    assert len(list((tmp_path / "home" / "labelqa").iterdir())) == 1
    assert labelqa("inspect", old_export).stdout == first.stdout
    labelqa("inspect", old_export, "--cache", tmp_path / "named")
    assert len(list((tmp_path / "named").iterdir())) == 1
    monkeypatch.setenv("LABELQA_CACHE", str(tmp_path / "set"))
    labelqa("inspect", old_export)
    assert len(list((tmp_path / "set").iterdir())) == 1
    labelqa("inspect", old_export, "--no-cache", "--cache", tmp_path / "never")
    assert not (tmp_path / "never").exists()


@pytest.mark.parametrize("command", ["score", "inspect", "convert", "export", "workforce", "gate", "policy init"])
def test_every_command_that_reads_has_the_options(command, labelqa):
    assert "--no-cache" in labelqa(*command.split(), "--help").stdout


def test_the_cache_is_named_alike():
    assert progress.FROM_CACHE == CACHED
    assert progress.SORTING == SORTING
