"""What is written reads back as it was, but for what is listed as not carried."""

import json

import polars as pl
import pytest

import labelqa
from labelqa.formats.detect import formats
from labelqa.formats.write import writable, write
from labelqa.project import Builder

KEYS = ["project_id", "asset_id", "label_id", "annotation_id"]


def every_kind():
    """A project with a value of every kind, names that hurt, and things that only some formats have a place for."""
    builder = Builder()
    builder.source("by-hand", "by-hand")
    builder.asset("p", "a/1.jpg", name="one", width=640, height=480, batch="b", metadata=[("camera", "left")])
    builder.asset("p", "a/2.jpg", width=640, height=480)
    ann = builder.label(
        "p", "a/1.jpg", "L1", "ann", created_at="2026-01-02T03:04:05.678901Z", updated_at="2026-01-03", seconds=1 / 3
    )
    builder.label("p", "a/2.jpg", "L2", "ann")
    builder.label("p", "a/1.jpg", "L3", "bob", status="skipped")
    gold = builder.label("p", "a/1.jpg", "L4", "gold", role="benchmark")
    builder.bbox(gold, "car", 1, 2, 3, 4, annotation_id="g")
    builder.bbox(ann, "car", 0.1, 0.2, 1 / 3, 100.0, annotation_id="m1", score=0.25, is_crowd=True)
    builder.answer(ann, "choice", "colour", ["red|blue"])
    builder.annotation(ann, "choice", "moving", answer=["yes"], parent_id="m1", annotation_id="m1/moving")
    builder.answer(ann, "checklist", "weather", ["fog", "rain"])
    for kind, geometry, parts, answer in (
        ("rotated_bbox", [10, 20, 30, 40, 12.5], None, None),
        ("polygon", [0, 0, 9, 0, 9, 9, 50, 50, 60, 50, 60, 60], [3, 3], None),
        ("polygon", [0, 0, 99.5, 0, 9, 9], None, None),
        ("mask", [10, 20, 12, 22], [0, 3, 1], None),
        ("polyline", [0, 0, 5, 5, 9, 1], None, None),
        ("point", [5, 1e-7], None, None),
        ("keypoints", [1, 2, 0, 0, 5, 6], [2, 0, 1], ["nose", "ear", "tail"]),
        ("cuboid", [1, 2, 3, 4, 5, 6, 0.5], None, None),
        ("span", [0, 5], None, None),
        ("interval", [0.25, 1.5], None, None),
        ("track", [0, 0, 1, 1, 2, 2, 3, 3], [4, 9], None),
        ("taxonomy", [], None, ["animal\x1fcat", "plant"]),
        ("rating", [4], None, None),
        ("number", [-2.5e9], None, None),
        ("ranking", [], None, ["b", "a"]),
        ("text", [], None, ["two\nlines, and a | bar"]),
    ):
        builder.annotation(ann, kind, f"a {kind}", geometry, parts=parts, answer=answer, annotation_id=f"{kind}{parts}")
    builder.annotation(ann, "point", "on a page", [1, 1], place="7", annotation_id="paged")
    builder.annotation(ann, "relation", "near", answer=["m1", "pointNone"], parts=[1], annotation_id="r")
    return builder.project()


def comparable(project, kinds=None):
    """Assets, labels and annotations without what no format carries."""
    assets = project.assets.drop("created_at")
    labels = project.labels.drop("source", "record", "n_unread")
    marks = project.annotations.drop("stated")
    return assets, labels, marks if kinds is None else marks.filter(pl.col("kind").is_in(kinds))


def test_every_writer_has_a_reader():
    assert set(writable()) - {"parquet"} <= set(formats())


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_a_table_holds_every_kind(tmp_path, suffix):
    project = every_kind()
    lost = write(project, tmp_path / f"t{suffix}", "table")
    assert lost["what"].to_list() == []
    back = labelqa.read(tmp_path / f"t{suffix}")
    assert back.problems.filter(pl.col("field") != "geometry").rows() == []
    for one, other in zip(comparable(project), comparable(back), strict=True):
        assert one.to_dicts() == other.to_dicts()


def test_what_a_table_cannot_hold_is_counted(tmp_path):
    builder = Builder()
    builder.source("by-hand", "by-hand")
    builder.asset("p", "alone")
    builder.asset("p", "a", created_at="2026-01-01")
    builder.labeler("ann", name="Ann", is_model=True)
    label = builder.label("p", "a", "L", "ann")
    builder.answer(label, "checklist", "q", ["a|b", "c"])
    builder.answer(label, "choice", "formula", ["=1+1"])
    builder.review("p", "a", "accepted", label=label)
    builder.concept("p", "bbox", "never used")
    lost = write(builder.project(), tmp_path / "t.csv", "table")
    assert set(lost.select("what", "n").rows()) == {
        ("asset without labels", 1),
        ("time an asset was added", 1),
        ("name of a labeler", 1),
        ("labeler that is a model", 1),
        ("annotation with an answer that no cell can hold", 1),
        ("cell that looks like a formula", 1),
        ("review", 1),
        ("ontology entry", 1),
    }
    assert "\n" + "p,a" in (tmp_path / "t.csv").read_text()
    assert "'=1+1" in (tmp_path / "t.csv").read_text()


def test_a_project_folder_loses_nothing(tmp_path):
    project = every_kind()
    assert write(project, tmp_path / "folder", "parquet").is_empty()
    assert labelqa.read(tmp_path / "folder").equals(project)


def test_label_studio_holds_almost_every_kind(tmp_path):
    project = every_kind()
    lost = dict(write(project, tmp_path / "t.json", "label_studio").select("what", "n").rows())
    not_carried = {"cuboid": 1, "keypoints": 1, "polygon": 1, "point": 1}  # two rings; on a page
    assert {kind: lost.pop(kind) for kind in not_carried} == not_carried
    assert lost == {
        "batch of an asset": 1,
        "asset with metadata": 1,
        "size of an asset without shapes": 1,
        "mark of a crowd": 1,
    }
    back = labelqa.read(tmp_path / "t.json")
    columns = ["project_id", "asset_id", "label_id", "labeler", "role", "status", "created_at", "updated_at", "seconds"]
    assert back.labels.select(columns).rows() == project.labels.select(columns).rows()
    columns = ["label_id", "kind", "class", "parts", "answer", "score"]
    kept = project.annotations.filter(
        ~pl.col("kind").is_in(["cuboid", "keypoints"])
        & pl.col("place").is_null()
        & ~((pl.col("kind") == "polygon") & pl.col("parts").is_not_null())
    )
    one, other = (frame.sort("label_id", "kind", "class") for frame in (kept, back.annotations))
    assert other.select(columns).rows() == one.select(columns).rows()
    for given, found in zip(one["geometry"], other["geometry"], strict=True):
        assert (given is None) == (found is None)
        assert given is None or found.to_list() == pytest.approx(given.to_list(), abs=1e-9)
    assert other["parent_id"].drop_nulls().to_list() == ["m1"]


def test_label_studio_holds_reviews_and_predictions(tmp_path):
    project = labelqa.demo(assets=40, labelers=3)
    write(project, tmp_path / "t.json", "label_studio")
    back = labelqa.read(tmp_path / "t.json")
    columns = ["asset_id", "label_id", "labeler", "reviewer", "verdict", "created_at"]
    assert back.reviews.select(columns).rows() == project.reviews.select(columns).rows()
    assert back.labels["role"].to_list() == project.labels["role"].to_list()


def test_labelbox_holds_what_its_tools_draw(tmp_path):
    project = every_kind()
    lost = dict(write(project, tmp_path / "t.ndjson", "labelbox").select("what", "n").rows())
    no_tool = ["cuboid", "interval", "keypoints", "mask", "number", "ranking", "rating", "rotated_bbox"]
    others = ["polygon", "point", "taxonomy", "confidence of an annotation", "mark of a crowd"]
    assert lost == dict.fromkeys([*no_tool, *others], 1)
    back = labelqa.read(tmp_path / "t.ndjson")
    assert back.problems.is_empty()
    columns = ["project_id", "asset_id", "label_id", "labeler", "role", "status", "created_at", "updated_at", "seconds"]
    assert back.labels.select(columns).rows() == project.labels.select(columns).rows()
    kept = project.annotations.filter(
        ~pl.col("kind").is_in([*no_tool, "taxonomy"])
        & pl.col("place").is_null()
        & ~((pl.col("kind") == "polygon") & pl.col("parts").is_not_null())
    )
    columns = ["label_id", "annotation_id", "kind", "class", "geometry", "parts", "answer", "parent_id"]
    assert back.annotations.select(columns).rows() == kept.select(columns).rows()
    assert back.assets.drop("created_at").rows() == project.assets.drop("created_at").rows()


@pytest.mark.parametrize(("to", "suffix"), [("label_studio", ".json"), ("labelbox", ".ndjson"), ("table", ".parquet")])
def test_the_demo_scores_alike_after_the_way_through_a_format(tmp_path, to, suffix):
    project = labelqa.demo(assets=30, labelers=4)
    write(project, tmp_path / f"t{suffix}", to)
    one, other = (labelqa.score(p).project for p in (project, labelqa.read(tmp_path / f"t{suffix}")))
    for name in ("consensus", "benchmark", "precision", "recall", "f1", "mean_iou"):
        assert other[name].to_list() == pytest.approx(one[name].to_list(), abs=1e-9)


def test_coco_holds_the_shapes_of_images(tmp_path):
    project = every_kind()
    lost = dict(write(project, tmp_path / "coco", "coco").select("what", "n").rows())
    assert sorted(path.name for path in (tmp_path / "coco").iterdir()) == ["ann.json", "gold.benchmark.json"]
    kinds = ["bbox", "polygon", "mask", "keypoints"]
    back = labelqa.read(tmp_path / "coco" / "ann.json")
    columns = ["asset_id", "kind", "class", "geometry", "parts", "answer", "score", "is_crowd"]
    theirs = project.annotations.filter((pl.col("labeler") == "ann") & pl.col("kind").is_in(kinds))
    wanted, found = (
        frame.select(columns).sort("kind", pl.col("parts").list.len()).rows() for frame in (theirs, back.annotations)
    )
    for one, other in zip(wanted, found, strict=True):
        assert one[:3] == other[:3]
        assert one[3] == pytest.approx(other[3], abs=1e-9)
        assert one[4:] == other[4:]
    assert set(back.assets["asset_id"]) == {"a/1.jpg", "a/2.jpg"}
    for what in ("cuboid", "relation", "text", "answer about an annotation", "skipped label", "role of a label"):
        assert lost[what] == 1, what


def test_coco_takes_no_polygon_whose_holes_it_would_fill(tmp_path):
    builder = Builder()
    builder.source("by-hand", "by-hand")
    builder.asset("p", "a", width=100, height=100)
    label = builder.label("p", "a", "L", "ann")
    ring, hole = [0, 0, 90, 0, 90, 90, 0, 90], [10, 10, 20, 10, 20, 20, 10, 20]
    builder.annotation(label, "polygon", "pond", [*ring, *hole], parts=[4, 4])
    lost = write(builder.project(), tmp_path / "one.json", "coco")
    assert ("polygon with rings that overlap", 1) in lost.select("what", "n").rows()
    assert json.loads((tmp_path / "one.json").read_text())["annotations"] == []


def test_one_coco_file_holds_one_label_an_asset(tmp_path):
    with pytest.raises(labelqa.UsageError, match="labelqa export"):
        write(every_kind(), tmp_path / "one.json", "coco")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("path", "to", "says"),
    [
        ("new.csv", "tabel", "no format 'tabel' to write.*table"),
        ("there.csv", "table", "exists"),
        ("new.xml", "table", "ends in .csv or .parquet"),
        ("no/where.csv", "table", "is no folder"),
    ],
)
def test_where_it_cannot_be_written_is_said_at_once(tmp_path, path, to, says):
    (tmp_path / "there.csv").write_text("mine")
    with pytest.raises(labelqa.UsageError, match=says):
        write(every_kind(), tmp_path / path, to)
    assert (tmp_path / "there.csv").read_text() == "mine"
