"""Projects behind a URL are read as those in a folder."""

import json

import polars as pl
import pytest

import labelqa
from labelqa.measures.score import LARGE, TABLES
from labelqa.measures.score_stored import score_stored
from labelqa.project import parts, schema
from labelqa.project.remote import Remote
from labelqa.project.stored_project import Stored
from labelqa.project.tables import Folder
from tests.conftest import random_project

fsspec = pytest.importorskip("fsspec")
pytest.importorskip("pyarrow")


@pytest.fixture
def project():
    return random_project(3, n_assets=30)


@pytest.fixture(params=["file", "memory"])
def url(request, project, tmp_path):
    """The project's folder, copied to another file system."""
    project.write(tmp_path / "project")
    if request.param == "file":
        yield f"file://{tmp_path / 'project'}"
        return
    memory = fsspec.filesystem("memory")
    memory.put(str(tmp_path / "project"), "/bucket/project", recursive=True)
    yield "memory://bucket/project"
    memory.rm("/bucket", recursive=True)


def test_any_rows_are_those_of_the_file(tmp_path, url, project, monkeypatch):
    monkeypatch.setattr("labelqa.project.parquet.ROW_GROUP", 7)
    project.write(tmp_path / "small groups")
    near, far = Folder(tmp_path / "small groups"), Remote(f"file://{tmp_path / 'small groups'}")
    assert near.height("annotations") > 30
    for first, n in ((0, 1), (0, 1000), (5, 20), (6, 1), (7, 7), (10_000, 5)):
        columns = ("geometry", "label", "annotation_id", "place")
        assert far.rows("annotations", columns, first, n).equals(near.rows("annotations", columns, first, n))
    for name in schema.TABLES:
        assert dict(Remote(url).schema(name)) == dict(near.schema(name))
        assert Remote(url).height(name) == near.height(name)


def test_scores_are_those_in_memory(tmp_path, url, project, monkeypatch):
    monkeypatch.setattr(parts, "ANNOTATIONS_AT_ONCE", 23)
    found, expected = score_stored(url, tmp_path / "scores", tables=LARGE), labelqa.score(project)
    for name in TABLES:
        assert getattr(found, name).equals(getattr(expected, name)), name
    assert Stored.at(url).project().equals(project)


def test_what_is_not_there_is_told(tmp_path, url):
    with pytest.raises(labelqa.InputError, match=r"nothing/project\.json"):
        Stored.at(f"{url}/nothing")
    with pytest.raises(labelqa.UsageError, match=r"pip install 'labelqa\[ray\]'"):
        Stored.at("martian://olympus/project")
    files, root = fsspec.core.url_to_fs(url)
    with files.open(f"{root}/labels.parquet", "wb") as file:
        file.write(b"PAR1 nonsense")
    with pytest.raises(labelqa.InputError, match=r"labels\.parquet: .*a Parquet table"):
        Stored.at(url)
    with files.open(f"{root}/project.json", "wb") as file:
        file.write(json.dumps({"schema": 99}).encode())
    with pytest.raises(labelqa.InputError, match="schema"):
        Stored.at(url)
    assert pl.read_parquet(tmp_path / "project" / "assets.parquet").height > 0
