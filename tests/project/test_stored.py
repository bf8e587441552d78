"""Folders that hold no tables of a project, whoever wrote them: one clear error each, before anything is computed."""

import json
import os

import polars as pl
import pytest

import labelqa
from labelqa.errors import InputError
from labelqa.project import schema, tables
from labelqa.project.manifest import MANIFEST, VERSION, Manifest
from tests.conftest import random_project


@pytest.fixture
def folder(tmp_path):
    random_project(5).write(tmp_path / "project")
    return tmp_path / "project"


def seal(folder):
    """Write the manifest anew, as who means harm would."""
    digests = {name: tables.Folder(folder).digest(name) for name in schema.TABLES}
    (folder / MANIFEST).write_bytes(Manifest(VERSION, sha256=digests).text())


def change(folder, table, **columns):
    """Replace columns of a table and keep its dtypes."""
    path = folder / f"{table}.parquet"
    frame = pl.read_parquet(path)
    frame.with_columns(expr.cast(frame.schema[name]).alias(name) for name, expr in columns.items()).write_parquet(path)
    seal(folder)


def first(value):
    """Put a value into the first row."""
    return lambda name: pl.when(pl.int_range(pl.len()) == 0).then(pl.lit(value)).otherwise(pl.col(name))


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("assets", "asset_id", None),
        ("assets", "asset_id", "a1"),
        ("assets", "width", 0),
        ("assets", "height", 2**62),
        ("labels", "asset", 10_000),
        ("labels", "asset", 1),
        ("labels", "labeler_row", 10_000),
        ("labels", "seconds", -1.0),
        ("labels", "seconds", float("nan")),
        ("labels", "n_unread", -5),
        ("annotations", "label", 2**32 - 1),
        ("annotations", "label", 3),
        ("annotations", "concept", 999),
        ("annotations", "score", 1.5),
        ("ontology", "kind", "hologram"),
        ("labelers", "labeler", "p1"),
        ("sources", "n_records", -1),
    ],
)
def test_a_value_that_no_project_holds_is_an_error_with_table_row_and_column(folder, table, column, value):
    change(folder, table, **{column: first(value)(column)})
    with pytest.raises(InputError, match=rf"{table}\.parquet|annotations\.parquet.*laid out"):
        labelqa.read(folder)


@pytest.mark.parametrize(
    "value",
    [
        [1.0, 2.0, 3.0],
        [0.0, 0.0, 1e300, 1.0],
        [0.0, 0.0, float("inf"), 1.0],
        [0.0, 0.0, None, 1.0],
        [4.0, 4.0, 0.0, 0.0],
    ],
)
def test_a_value_that_is_not_laid_out_as_its_kind_says_is_an_error(folder, value):
    drawn = pl.col("geometry").is_not_null()
    change(folder, "annotations", geometry=pl.when(drawn).then(pl.lit(value)).otherwise("geometry"))
    with pytest.raises(InputError, match=r"annotations\.parquet.*geometry, parts, answer.*laid out"):
        labelqa.read(folder)


def test_ids_that_links_look_up_occur_once(folder):
    annotations = pl.read_parquet(folder / "annotations.parquet")
    assert annotations.filter(label=annotations["label"][0]).height > 1
    change(folder, "annotations", annotation_id=pl.lit("same"), parent_id=pl.lit("same"))
    with pytest.raises(InputError, match="annotation_id"):
        labelqa.read(folder)


def test_every_column_that_may_not_be_null_is_checked(folder):
    for table, columns in schema.TABLES.items():
        path = folder / f"{table}.parquet"
        whole = path.read_bytes()
        frame = pl.read_parquet(path)
        for column, meaning in columns.items():
            if not meaning.nullable and frame.height:
                frame.with_columns(pl.lit(None, frame.schema[column]).alias(column)).write_parquet(path)
                seal(folder)
                with pytest.raises(InputError, match=column):
                    labelqa.read(folder)
        path.write_bytes(whole)
    seal(folder)
    assert labelqa.read(folder).equals(random_project(5))


TEXTS = (
    "[" * 100_000,
    "[]",
    "null",
    '{"schema": "1"}',
    "\0",
    '{"schema": 1e999}',
    '{"schema": 3, "empty": {"labels": 1}}',
)


@pytest.mark.parametrize("text", TEXTS)
def test_a_manifest_that_is_none(folder, text):
    (folder / "project.json").write_text(text)
    with pytest.raises(InputError, match=r"project\.json"):
        labelqa.read(folder)


def test_columns_of_another_table(folder):
    pl.read_parquet(folder / "assets.parquet").write_parquet(folder / "labels.parquet")
    seal(folder)
    with pytest.raises(InputError, match=r"labels\.parquet.*expected columns"):
        labelqa.read(folder)


def test_tables_are_cut_off_or_no_files(folder):
    path = folder / "annotations.parquet"
    whole = path.read_bytes()
    for size in range(0, len(whole), len(whole) // 40):
        path.write_bytes(whole[:size])
        with pytest.raises(InputError, match=r"annotations\.parquet"):
            labelqa.read(folder)
    path.write_bytes(whole[: len(whole) // 2])
    seal(folder)
    with pytest.raises(InputError, match=r"annotations\.parquet"):
        labelqa.read(folder)
    path.unlink()
    with pytest.raises(InputError, match=r"annotations\.parquet"):
        labelqa.read(folder)
    os.mkfifo(path)
    with pytest.raises(InputError, match=r"annotations\.parquet"):
        labelqa.read(folder)


def test_a_table_of_a_billion_equal_rows_is_not_unpacked(folder):
    n_rows = 30_000_000
    frame = pl.select(pl.repeat(0, n_rows, dtype=pl.UInt32).alias("label"))
    frame.write_parquet(folder / "annotations.parquet", compression="zstd", row_group_size=n_rows)
    seal(folder)
    assert (folder / "annotations.parquet").stat().st_size < 1_000_000
    with pytest.raises(InputError, match="as many rows as fit the file"):
        labelqa.read(folder)


def test_what_was_written_is_read_whatever_it_holds(tmp_path):
    from tests.formats.miniatures import FORMATS, HERE

    for name in FORMATS:
        try:
            project = labelqa.read(HERE / name, format=name)
        except InputError:
            continue  # its files are read one by one
        project.write(tmp_path / name)
        assert labelqa.read(tmp_path / name).equals(project)


def test_a_changed_byte_is_an_error_wherever_it_is(folder):
    """Parquet itself would read another value, or worse."""
    for name in schema.TABLES:
        path = folder / f"{name}.parquet"
        whole = path.read_bytes()
        for at in range(0, len(whole), max(1, len(whole) // 20)):
            path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :])
            with pytest.raises(InputError, match=rf"{name}\.parquet"):
                labelqa.read(folder)
        path.write_bytes(whole)
    assert labelqa.read(folder).equals(random_project(5))


def test_a_change_of_any_block_is_an_error(folder, monkeypatch):
    monkeypatch.setattr(tables, "BLOCK", 300)
    seal(folder)
    assert labelqa.read(folder).equals(random_project(5))
    path = folder / "annotations.parquet"
    whole = path.read_bytes()
    assert len(whole) > 10 * 300
    for at in range(0, len(whole), 150):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises(InputError, match=r"annotations\.parquet.*the file that the manifest tells of"):
            labelqa.read(folder)
    path.write_bytes(whole[300:600] + whole[:300] + whole[600:])
    with pytest.raises(InputError, match=r"annotations\.parquet.*the file that the manifest tells of"):
        labelqa.read(folder)


def test_the_manifest_tells_which_columns_hold_nothing(folder):
    told = json.loads((folder / "project.json").read_text())["empty"]
    for name, columns in told.items():
        table = pl.read_parquet(folder / f"{name}.parquet")
        assert columns == [
            column
            for column, meaning in schema.TABLES[name].items()
            if meaning.nullable and table[column].null_count() == table.height
        ]
    assert told["annotations"]


@pytest.mark.parametrize("column", ["asset", "nothing of ours"])
def test_a_manifest_that_says_a_needed_column_holds_nothing(folder, tmp_path, column):
    path = folder / "project.json"
    told = json.loads(path.read_text())
    told["empty"]["labels"].append(column)
    path.write_text(json.dumps(told))
    if column == "asset":
        with pytest.raises(InputError, match=r"labels\.parquet.*field asset.*no null"):
            labelqa.score_stored(folder, tmp_path / "scores")
    else:
        assert labelqa.score_stored(folder, tmp_path / "scores").labels.height > 0
