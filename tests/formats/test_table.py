"""The plain table, cell by cell; CSV, Parquet, pandas and polars alike; whatever the order of the rows."""

import contextlib
import datetime as dt
import gzip
import zipfile
from pathlib import Path

import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelqa.errors import FormatError, InputError, LabelqaError
from labelqa.formats.read import read
from labelqa.formats.readers.table import COLUMNS, FORMAT, read_frame
from labelqa.formats.sample import Sample
from labelqa.project import Builder, Project

HERE = Path(__file__).parent / "table"

LABELS = ["asset_id", "label_id", "labeler", "role", "status", "seconds"]
MARKS = ["label_id", "annotation_id", "kind", "class", "geometry", "answer", "score", "is_crowd"]


def from_frame(frame, name="frame"):
    builder = Builder()
    read_frame(frame, builder, name)
    return builder.project()


def project_of(**columns):
    """Read a frame of texts; columns that are not given are those of two boxes."""
    base = {"asset_id": ["a", "a"], "labeler": ["ann", "ann"], "class": ["car", "bus"]}
    sides = {side: ["1", "2"] for side in "xywh"}
    return from_frame(pl.DataFrame({**base, **sides, **columns}))


def scored(project):
    """What scores depend on."""
    tables = {name: project.tables[name] for name in ("assets", "labels", "annotations", "labelers", "ontology")}
    return {**tables, "labels": tables["labels"].drop("record", "source")}


def assert_same(one, other):
    for name, table in scored(one).items():
        assert table.equals(scored(other)[name]), name


def problems(project):
    return project.problems.select("severity", "record", "field", "found", "expected", "n").rows()


# --- the miniatures, cell by cell ----------------------------------------------------------------------------------


def test_boxes():
    project = read(HERE / "boxes.csv")
    assert project.assets.drop("labels_asked").rows() == [
        ("streets", "a", "a.jpg", 640, 480, "pilot", "north", None, [{"key": "camera", "value": "front"}]),
        ("streets", "b", None, None, None, None, None, None, [{"key": "camera", "value": 'side "left"'}]),
    ]
    assert project.labels.select(LABELS).rows() == [
        ("a", "L1", "ann@example.org", "submitted", "submitted", 12.5),
        ("a", "L2", "bob", "submitted", "submitted", None),
        ("a", "L3", "expert", "benchmark", "submitted", None),
        ("b", "L4", "ann@example.org", "submitted", "skipped", 4.0),
        ("b", "L5", None, "submitted", "submitted", None),
    ]
    times = project.labels.select("created_at", "updated_at").rows()
    assert times[0] == (dt.datetime(2026, 3, 2, 8, tzinfo=dt.UTC), dt.datetime(2026, 3, 2, 8, tzinfo=dt.UTC))
    assert times[1] == (dt.datetime(2026, 3, 2, 8, 30, tzinfo=dt.UTC), None)
    assert project.labels["record"].to_list() == [1, 4, 5, 6, 7]
    assert project.labels["review_seconds"].to_list() == [3.0, None, None, None, None]
    assert project.annotations.select(MARKS).rows() == [
        ("L1", "b1", "bbox", "car", [10.0, 20.0, 40.5, 60.25], None, 0.75, False),
        ("L1", "b2", "bbox", "person, sitting", [80.0, 90.0, 100.0, 100.0], None, None, True),
        ("L2", "L2#0", "bbox", "car", [0.0, 0.0, 0.0, 0.0], None, None, False),
        ("L5", "L5#0", "bbox", "car", [10.0, 2.0, 10.5, 5.0], None, 1.0, False),
    ]
    assert project.sources.select("format", "n_records", "n_skipped", "n_labels", "n_annotations").row(0) == (
        "table",
        6,
        0,
        5,
        4,
    )
    size = "a size of 0 or more; read as drawn from the other corner"
    assert problems(project) == [
        ("warning", 2, "h", "'-10'", size, 1),
        ("warning", 2, "w", "'-20'", size, 1),
        (
            "warning",
            7,
            "labeler",
            "'L5'",
            "a labeler for each label; a label by nobody known is compared with the benchmark only",
            1,
        ),
        ("note", None, "colour", None, "a column of the plain table; it is not read", 1),
    ]


def test_questions():
    project = read(HERE / "questions.csv")
    assert project.annotations.select("label_id", "kind", "class", "answer").rows() == [
        ("a/ann", "checklist", "hazards", ["glare", "ice"]),
        ("a/ann", "checklist", "lights", ["on"]),
        ("a/ann", "choice", "weather", ["rain"]),
        ("a/bob", "checklist", "hazards", []),
        ("a/bob", "checklist", "lights", ["off", "on"]),
        ("a/bob", "choice", "weather", ["a|b"]),
        ("b/ann", "checklist", "hazards", ["glare", "ice"]),
    ]
    assert project.labels["label_id"].to_list() == ["a/ann", "a/bob", "b/ann", "b/bob"]
    assert project.problems.is_empty()


def test_corners():
    project = read(HERE / "corners.tsv")
    assert project.annotations["geometry"].to_list() == [[10.0, 20.0, 30.0, 40.0]] * 2
    assert project.labels["status"].to_list() == ["submitted", "submitted", "skipped"]
    assert project.problems.is_empty()


def test_faults():
    project = read(HERE / "faults.csv")
    assert project.labels.select("label_id", "status", "n_unread").rows() == [
        ("a/ann", "submitted", 4),
        ("a/dan", "submitted", 7),
    ]
    assert project.assets["width"].to_list() == [64]
    assert project.annotations.select("label_id", "kind", "class", "score").rows() == [
        ("a/ann", "bbox", "car", None),
        ("a/dan", "bbox", "car", None),
        ("a/dan", "bbox", "car", None),
        ("a/dan", "choice", "weather", None),
    ]
    number = "a number within 10000000 pixels; the annotation is left out"
    roles = "one of submitted, benchmark, prediction, reviewed, consensus; the row is left out"
    either = "either a box or an answer; the annotation is left out"
    unused = "either a box or an answer; what its kind has no use for is not read"
    first = "one answer to a choice in one label; the first in the order of the alphabet is taken"
    assert problems(project) == [
        ("error", 2, "x", "'abc'", number, 1),
        ("error", 3, "h", "'inf'", number, 1),
        ("error", 3, "w", "'nan'", number, 1),
        ("error", 4, "x", "'1e300'", number, 1),
        ("error", 5, "y", None, number, 1),
        ("error", 6, "asset_id", None, "the id of an asset; the row is left out", 1),
        ("error", 7, "role", "'judge'", roles, 1),
        ("error", 9, "class", None, "a class; the annotation is left out", 1),
        ("error", 10, "class", "'car'", either, 1),
        ("error", 11, "class", "'car'", either, 1),
        ("error", 13, "class", "'weather'", "an answer to a choice; the annotation is left out", 1),
        ("error", 19, "row", "'5 cells'", "15 cells, as in the header; the row is left out", 1),
        ("error", 20, "row", "'18 cells'", "15 cells, as in the header; the row is left out", 1),
        ("warning", 8, "is_crowd", "'perhaps'", "true or false; read as false", 1),
        ("warning", 8, "score", "'high'", "a finite number; read as unknown", 1),
        ("warning", 8, "seconds", "'soon'", "a finite number; read as unknown", 1),
        ("warning", 8, "status", "'done'", "one of submitted, skipped; read as submitted", 1),
        ("warning", 8, "width", "'64.4'", "a whole number of pixels; rounded", 1),
        ("warning", 14, "answer", "'fog|rain'", first, 1),
        ("note", 12, "class", "'car'", unused, 1),
        ("note", 14, "class", "'weather'", unused, 1),
        ("note", 16, None, "'heptagon'", "a kind of labelqa; heptagon is not read yet", 2),
        ("note", 18, None, "'blob'", "a kind of labelqa; blob is not read yet", 1),
    ]
    assert project.sources.select("n_records", "n_skipped").row(0) == (20, 4)


# --- containers ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["boxes.csv", "questions.csv", "corners.tsv"])
def test_csv_parquet_pandas_and_polars_are_equal(tmp_path, name):
    separator = {"boxes.csv": ",", "questions.csv": ";", "corners.tsv": "\t"}[name]
    frame = pl.read_csv(HERE / name, separator=separator).filter(~pl.all_horizontal(pl.all().is_null()))
    frame.write_parquet(tmp_path / "t.parquet")
    from_csv = read(HERE / name)
    assert_same(from_csv, from_frame(frame))
    assert_same(from_csv, from_frame(pd.read_csv(HERE / name, sep=separator)))
    assert_same(from_csv, from_frame(pd.read_csv(HERE / name, sep=separator, dtype=object)))
    assert_same(from_csv, read(tmp_path / "t.parquet"))


def test_packed_files(tmp_path):
    text = (HERE / "boxes.csv").read_bytes()
    (tmp_path / "boxes.csv.gz").write_bytes(gzip.compress(text))
    pl.read_csv(HERE / "corners.tsv", separator="\t").write_parquet(tmp_path / "corners.parquet")
    with zipfile.ZipFile(tmp_path / "both.zip", "w") as archive:
        archive.writestr("boxes.csv", text)
        archive.write(tmp_path / "corners.parquet", "corners.parquet")
    assert_same(read(tmp_path / "boxes.csv.gz"), read(HERE / "boxes.csv"))
    assert_same(read(tmp_path / "both.zip"), read([HERE / "boxes.csv", HERE / "corners.tsv"]))


def test_long_tables_are_worked_on_in_parts(tmp_path, monkeypatch):
    """A label whose rows lie in different runs is one label."""
    frame = pl.DataFrame({"asset_id": ["a", "b"] * 50, "labeler": "ann", "class": "car", "seconds": 1.5}).with_columns(
        **{side: pl.int_range(100) for side in "xywh"}
    )
    whole = from_frame(frame)
    monkeypatch.setattr("labelqa.formats.readers.table._ROWS", 7)
    monkeypatch.setattr("labelqa.formats.csv_stream.read_rows.__kwdefaults__", {"chunk_bytes": 64})
    frame.write_csv(tmp_path / "t.csv")
    frame.write_parquet(tmp_path / "t.parquet")
    for project in (from_frame(frame), read(tmp_path / "t.csv"), read(tmp_path / "t.parquet")):
        assert project.labels.height == 2
        assert_same(project, whole)
        assert project.labels["record"].to_list() == [1, 2]


def test_a_label_in_two_files_is_the_one_changed_last(tmp_path):
    for name, time, x in (("old", "2026-01-01", 1), ("new", "2026-01-02", 2)):
        row = f"asset_id,labeler,updated_at,class,x,y,w,h\na,ann,{time},car,{x},1,1,1\n"
        (tmp_path / f"{name}.csv").write_text(row)
    project = read(tmp_path)
    assert project.annotations["geometry"].to_list() == [[2.0, 1.0, 3.0, 2.0]]
    assert "the one changed last is kept" in project.problems["expected"][0]


@pytest.mark.parametrize("cut", [4, 20, -1])
def test_damaged_parquet_is_an_input_error(tmp_path, cut):
    path = tmp_path / "t.parquet"
    pl.read_csv(HERE / "questions.csv", separator=";").write_parquet(path)
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(InputError, match="a whole Parquet file"):
        read(path, format="table")


# --- columns -------------------------------------------------------------------------------------------------------


def test_every_documented_column_is_read():
    cells = {
        "asset_id": "a", "labeler": "ann", "class": "car", "x": "1", "y": "2", "w": "3", "h": "4", "kind": "bbox",
        "annotation_id": "m", "score": "0.5", "is_crowd": "true", "label_id": "L", "role": "prediction",
        "status": "skipped", "skipped": "false", "created_at": "2026-01-02", "updated_at": "2026-01-03",
        "seconds": "5", "review_seconds": "6", "project_id": "P", "width": "64", "height": "48", "name": "n",
        "batch": "B", "dataset": "D", "answer": "", "x1": "", "y1": "", "x2": "", "y2": "",
        "geometry": "", "parts": "", "place": "7", "parent_id": "", "labels_asked": "3",
    }  # fmt: skip
    assert cells.keys() == COLUMNS.keys()
    sized = {name: [cell] for name, cell in cells.items() if name not in ("x1", "y1", "x2", "y2")}
    project = from_frame(pl.DataFrame(sized))
    assert not project.problems.filter(severity="note").height
    assert project.assets.drop("created_at").row(0) == ("P", "a", "n", 64, 48, "B", "D", 3, [])
    label = project.labels.row(0, named=True)
    assert (label["label_id"], label["role"], label["status"]) == ("L", "prediction", "skipped")
    assert (label["seconds"], label["review_seconds"]) == (5.0, 6.0)
    assert project.annotations["place"].to_list() == ["7"]
    assert project.annotations.select(MARKS).row(0) == ("L", "m", "bbox", "car", [1.0, 2, 4, 6], None, 0.5, True)


def test_case_and_space_in_names_do_not_matter():
    frame = pl.DataFrame({" ASSET_ID": ["a"], "Labeler ": ["ann"], "CLASS": ["q"], "Answer": ["yes"]})
    assert from_frame(frame).annotations["answer"].to_list() == [["yes"]]


@pytest.mark.parametrize(
    ("header", "sentence"),
    [
        ("asset,labeler,class,x,y,w,h", "no column 'asset_id' in the header; did you mean 'asset'"),
        ("asset_id,labeler,x,y,w,h,clas", "no column 'class' in the header; did you mean 'clas'"),
        ("asset_id,labeler,class,x,y,w", "neither x, y, w, h nor x1, y1, x2, y2 for boxes, nor answer, nor geometry"),
        ("asset_id,labeler,class", "neither x, y, w, h nor"),
        ("asset_id,labeler,class,answer,project,project_id", "expected one column 'project_id'"),
        ("asset_id,labeler,class,answer,ANSWER", "found .'answer', 'ANSWER'., expected one column 'answer'"),
    ],
)
def test_headers_that_will_not_do(tmp_path, header, sentence):
    (tmp_path / "t.csv").write_text(header + "\n")
    with pytest.raises(InputError, match=sentence):
        read(tmp_path / "t.csv", format="table")


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        (b"image;annotator;class\n", "no column 'asset_id' and 'labeler' in the header"),
        (b"asset_id,labelr\n", "no column 'labeler' in the header; did you mean 'labelr'?"),
        (b'{"a": 1}', "neither Parquet nor CSV with a header"),
        (b"asset_id\nlabeler\n", "neither Parquet nor CSV with a header"),
        (b"Asset_ID\tLABELER\n", None),
        (b"PAR1....", None),
    ],
)
def test_recognition(head, reason):
    assert FORMAT.refuse(Sample(head, is_whole=True)) == reason


def test_a_table_that_fits_no_format_is_told_what_it_lacks(tmp_path):
    (tmp_path / "t.csv").write_text("asset_id,annotator,class\n")
    with pytest.raises(FormatError, match="table: no column 'labeler' in the header"):
        read(tmp_path / "t.csv")


def test_columns_that_are_not_read_are_noted_with_what_they_may_be():
    project = project_of(second=["1", "2"], x1=["", ""], **{"metadata.Camera": ["left", None]})
    notes = project.problems.filter(severity="note").select("field", "expected", "remedy").rows()
    assert notes == [
        ("second", "a column of the plain table; it is not read", "Did you mean 'seconds'?"),
        ("x1", "boxes in one layout; it is not read", None),
    ]
    assert project.assets["metadata"].to_list() == [[{"key": "Camera", "value": "left"}]]


# --- rows of one label ---------------------------------------------------------------------------------------------


def test_an_id_is_made_of_asset_labeler_and_role():
    project = project_of(labeler=["ann", ""], role=["", "benchmark"])
    assert project.labels["label_id"].to_list() == ["a//benchmark", "a/ann"]


def test_rows_that_give_a_label_to_another_are_left_out_whatever_their_order():
    columns = {
        "label_id": ["L"] * 5,
        "asset_id": ["b", "a", "a", "a", "a"],
        "labeler": ["ann", "bob", "ann", "", "ann"],
        "role": ["", "", "", "", "benchmark"],
        "class": ["one", "two", "three", "four", "five"],
        **{side: ["1"] * 5 for side in "xywh"},
    }
    frame = pl.DataFrame(columns)
    project = from_frame(frame)
    assert project.labels.select("asset_id", "label_id", "labeler", "role").rows() == [("a", "L", "ann", "submitted")]
    assert project.annotations["class"].to_list() == ["four", "three"]
    assert project.problems["n"].sum() == 3
    assert project.sources["n_skipped"].item() == 3
    for order in ([4, 3, 2, 1, 0], [2, 0, 4, 1, 3]):
        assert_same(from_frame(frame[order]), project)


def test_of_differing_values_of_a_label_the_smallest_is_taken():
    project = project_of(seconds=["7", "5"], status=["skipped", "submitted"], created_at=["2026-01-02", "2026-01-01"])
    assert project.labels.select("seconds", "status").row(0) == (5.0, "submitted")
    assert project.labels["created_at"][0] == dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    assert project.problems["field"].to_list() == ["created_at", "seconds", "status"]


def test_values_that_only_some_rows_of_a_label_give_are_no_contradiction():
    project = project_of(seconds=["", "5"], created_at=["2026-01-02", ""])
    assert project.labels["seconds"].item() == 5.0
    assert project.problems.is_empty()


def test_sizes_that_differ_are_noted_and_the_smallest_is_taken():
    project = project_of(width=["64", "65"])
    assert project.assets["width"].item() == 64
    assert project.problems["field"].to_list() == ["width, height"]


# --- any order, any damage -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "separator"), [("boxes.csv", ","), ("faults.csv", ","), ("questions.csv", ";")])
@settings(max_examples=10)
@given(random=st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(name, separator, random):
    frame = pl.read_csv(HERE / name, separator=separator, infer_schema=False, truncate_ragged_lines=True)
    order = list(range(frame.height))
    random.shuffle(order)
    assert_same(from_frame(frame[order]), from_frame(frame))


CELL = st.sampled_from(["", "1", "2.5", "-3", "nan", "inf", "1e300", "abc", "a|b", "bbox", "choice", "benchmark", "0"])
NAMES = [*COLUMNS, "metadata.k", "other"]


@settings(max_examples=20)
@given(data=st.data())
def test_any_cells_give_the_same_project_in_any_order_and_container(tmp_path_factory, data):
    optional = data.draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=8))
    names = list(dict.fromkeys(["asset_id", "labeler", "class", "answer", "x", "y", "w", "h", *optional]))
    rows = data.draw(st.lists(st.tuples(*[CELL] * len(names)), max_size=6))
    frame = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")
    path = tmp_path_factory.mktemp("table") / "t.csv"
    frame.write_csv(path)
    project = from_frame(frame)
    assert_same(read(path, format="table"), project)
    assert_same(from_frame(frame.to_pandas()), project)
    assert_same(from_frame(frame.reverse()), project)


@settings(max_examples=20)
@given(data=st.data())
def test_damaged_text_ends_in_a_project_or_an_error(tmp_path_factory, data):
    text = bytearray((HERE / data.draw(st.sampled_from(["boxes.csv", "faults.csv", "corners.tsv"]))).read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        length = data.draw(st.integers(0, 8))
        text[start : start + length] = data.draw(
            st.sampled_from([b"", b'"', b",", b"\n", b"\0", b"\xff", b"NaN", b"|"])
        )
    path = tmp_path_factory.mktemp("table") / "t.csv"
    path.write_bytes(text)
    with contextlib.suppress(LabelqaError):
        assert isinstance(read(path, format="table"), Project)
