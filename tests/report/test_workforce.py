"""The drawn summary, the files and the document of a workforce."""

import csv
import json

import polars as pl
import pytest

import labelqa
from labelqa.errors import UsageError
from labelqa.measures.workforce.workforce import TABLES, workforce
from labelqa.report.page import Page
from labelqa.report.workforce.files import document, result_folder, write_tables
from labelqa.report.workforce.text import summary
from tests.measures.workforce.small import at, made
from tests.report.hostile import hostile_project

RATES = {"currency": "EUR", "default": {"per_hour": 18}}


@pytest.fixture(scope="module")
def work():
    return workforce(labelqa.demo(assets=60, labelers=5, seed=3), rates=RATES, every="week", tz="Europe/Berlin")


def test_the_summary_tells_what_matters(work):
    text = summary(work)
    (project,) = work.project.to_dicts()
    assert text.startswith("demo\n")
    for told in (
        "Labelers", "Timeline  every week with work, Europe/Berlin", "2025-03-03", "Reviewers", "Forecast",
        f"{project['seconds_per_label']:.1f} [", f"{project['cost']:.2f} EUR", "95th percentile of the project's labels",
        "2 labelers more", "rita@example.com", "intervals: linearised variance",
    ):  # fmt: skip
        assert told in " ".join(text.split()) or told in text, told
    for labeler in work.labelers["labeler"]:
        assert labeler in text


@pytest.mark.parametrize("width", [40, 60, 80, 130, 250])
def test_it_fits_the_page(work, width):
    assert max(map(len, summary(work, Page(width)).splitlines())) <= max(width, 60)


def test_what_is_undefined_is_said():
    text = summary(workforce(made([{"asset": "a", "labeler": None, "id": "x", "boxes": 1}], assets=[("p", "b")])))
    assert "(nobody named)" in text
    assert "not in this export" in text
    assert "no rate card" in text


def test_nothing_to_tell_is_told():
    assert summary(workforce(made([], assets=[("p", "a")]))).startswith("p\n0 labels")
    assert isinstance(summary(workforce(made([]))), str)


def test_hostile_names_steer_nothing():
    text = summary(workforce(hostile_project(), rates={"currency": "\x1b[31m", "default": {"per_label": 1}}))
    assert "\x1b" not in text
    assert not {c for c in text if not c.isprintable() and c != "\n"}


def test_findings_and_prelabels_are_shown():
    rows = []
    for k in range(40):
        rows.append({"asset": f"a{k}", "labeler": "model", "role": "prediction", "boxes": 2})
        rows += [
            {"asset": f"a{k}", "labeler": who, "boxes": 2, "seconds": 10 + k % 3, "at": at(k)}
            for who in ("ann", "bob", "cat")
        ]
    text = summary(workforce(made(rows)))
    assert "Pre-labels" in text
    assert "Findings" in text


@pytest.mark.parametrize("to", ["parquet", "csv"])
def test_one_file_a_table_and_how_it_was_made(work, tmp_path, to):
    written = write_tables(work, tmp_path / "out", to)
    names = {*TABLES, "problems", "sources"}
    assert {path.name for path in written} == {f"{name}.{to}" for name in names} | {"workforce.json"}
    assert {path.name for path in (tmp_path / "out").iterdir()} == {path.name for path in written}
    how = json.loads((tmp_path / "out" / "workforce.json").read_text())
    assert (how["labelqa"], how["time"]["zone"], how["rates"]["currency"]) == ("workforce", "Europe/Berlin", "EUR")
    if to == "parquet":
        for name in TABLES:
            assert pl.read_parquet(tmp_path / "out" / f"{name}.parquet").equals(getattr(work, name)), name
    else:
        with (tmp_path / "out" / "timeline.csv").open(newline="") as file:
            rows = list(csv.DictReader(file))
        assert rows[0]["period"] == "2025-03-03T00:00:00+01:00"
        assert [int(row["n_labels"]) for row in rows] == work.timeline["n_labels"].to_list()


def test_earlier_tables_are_replaced_and_other_files_respected(work, tmp_path):
    write_tables(work, tmp_path, "csv")
    write_tables(work, tmp_path, "parquet")
    assert not list(tmp_path.glob("*.csv"))
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "notes.txt").touch()
    with pytest.raises(UsageError, match="not empty"):
        result_folder(tmp_path / "other").check()
    with pytest.raises(UsageError, match="is a file"):
        write_tables(work, tmp_path / "other" / "notes.txt")
    with pytest.raises(UsageError, match="did you mean 'csv'"):
        write_tables(work, tmp_path / "new", "csvs")


def test_the_document(work):
    found = json.loads("".join(document(work)))
    assert list(found)[:4] == ["schema_version", "labelqa_version", "how", "left_out"]
    assert found["labelers"] == work.labelers.to_dicts()
    assert found["timeline"][0]["period"] == "2025-03-03T00:00:00+01:00"
    assert set(found["left_out"]["rows"]) == {"labels", "sittings", "labeler_timeline", "evidence"}
    assert set(TABLES) - set(found["left_out"]["rows"]) <= set(found)
    assert found["forecast"][0]["finished_on"] == work.forecast["finished_on"][0].isoformat()
