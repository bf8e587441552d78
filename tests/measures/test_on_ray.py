"""Parts scored on a local Ray of two workers give the scores of one machine, to the bit."""

import warnings

import polars as pl
import pytest

import labelqa
from labelqa.measures.score import LARGE, TABLES
from labelqa.measures.score_stored import score_stored
from labelqa.project import parquet, parts
from tests.conftest import random_project

ray = pytest.importorskip("ray")
pytest.importorskip("fsspec")
pytest.importorskip("pyarrow")

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]


@pytest.fixture(scope="module", autouse=True)
def cluster():
    """Two workers for all tests."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ray.init(num_cpus=2, log_to_driver=False, logging_level=40, include_dashboard=False)
        yield
        ray.shutdown()


@pytest.fixture(autouse=True)
def small_parts(monkeypatch):
    monkeypatch.setattr(parts, "ANNOTATIONS_AT_ONCE", 61)


@pytest.mark.parametrize("options", [{}, {"interval": "bootstrap", "seed": 7}], ids=str)
@pytest.mark.parametrize("scheme", ["file://", ""])
def test_scores_are_those_in_memory(tmp_path, scheme, options):
    project = random_project(3, n_assets=40)
    project.write(tmp_path / "project")
    found = score_stored(f"{scheme}{tmp_path / 'project'}", tmp_path / "scores", tables=LARGE, engine="ray", **options)
    expected = labelqa.score(project, **options)
    for name in TABLES:
        assert getattr(found, name).equals(getattr(expected, name)), name


def test_faults_are_told_as_on_one_machine(tmp_path):
    random_project(3, n_assets=40).write(tmp_path / "project")
    file = tmp_path / "project" / "annotations.parquet"
    pl.read_parquet(file).with_columns(score=pl.lit(7.0)).write_parquet(file)
    parquet.seal(tmp_path / "project")
    told = []
    for engine in ("threads", "ray"):
        with pytest.raises(labelqa.InputError, match="a confidence from 0 to 1") as error:
            score_stored(tmp_path / "project", tmp_path / "scores", engine=engine)
        told.append(str(error.value))
    assert told[0] == told[1]


def test_an_unknown_engine_is_told(tmp_path):
    with pytest.raises(labelqa.UsageError, match="did you mean 'ray'"):
        score_stored(tmp_path, tmp_path, engine="rey")
