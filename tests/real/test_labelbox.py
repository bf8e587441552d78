"""Labelbox exports that nobody here wrote."""

import json

import polars as pl
import pytest
from PIL import Image

from labelqa.errors import FormatError
from labelqa.formats.read import read

V2 = [
    ("v2_fixture_panlabel.ndjson", 2, 2, 3, {}),
    ("v2_image_boxes_minimal.ndjson", 40, 40, 212, {}),
    ("v2_image_masks_full_details.ndjson", 53, 53, 0, {"ImageSegmentationMask": 200}),
    ("v2_image_radio_only.ndjson", 102, 102, 192, {}),
]
V1 = [
    # records, annotations by kind, masks that are given by URL only
    ("labelbox_v1_highly_nested_image.json",
     {"checklist": 2, "choice": 5, "point": 1, "polygon": 1, "taxonomy": 2, "text": 2}, 1),
    ("labelbox_v1_image_export.json",
     {"bbox": 4, "choice": 7, "point": 1, "polygon": 2, "polyline": 2, "text": 1}, 1),
    ("labelbox_v1_text_export.json", {"choice": 2, "span": 4}, 0),
]  # fmt: skip


def n_marks(value):
    """Count marks in an export: whatever has a kind, an answer, or is a v1 object; at any depth."""
    if isinstance(value, list):
        return sum(map(n_marks, value))
    if not isinstance(value, dict):
        return 0
    is_mark = "annotation_kind" in value or "instanceURI" in value
    is_question = any(key.endswith(("_answer", "_answers")) or key in ("answer", "answers") for key in value)
    return is_mark + is_question + sum(map(n_marks, value.values()))


def n_listed(project):
    """Count the marks that are listed as not read."""
    return project.problems.filter(pl.col("expected").str.ends_with("is not read yet"))["n"].sum()


@pytest.fixture(scope="module")
def pedestrians(data):
    return read(data / "pedestrians" / "labelbox.ndjson")


def test_pedestrians_are_read_whole(pedestrians):
    assert pedestrians.sources.drop("file").rows() == [("labelbox", 1448, 0, 11_074, 12_983)]
    assert pedestrians.assets.height == 1448
    assert pedestrians.labels.height == 11_074
    assert pedestrians.annotations.height == 12_983
    assert pedestrians.assets.select("width", "height").null_count().row(0) == (0, 0)


def test_pedestrians_benchmark_and_times(pedestrians):
    assert pedestrians.labels["role"].cast(pl.String).value_counts(sort=True).rows() == [
        ("submitted", 10_136),
        ("benchmark", 938),
    ]
    assert pedestrians.labels.filter(role="benchmark")["labeler"].unique().len() == 1
    assert pedestrians.labelers.height == 44
    assert pedestrians.labels["created_at"].null_count() == 142
    assert set(pedestrians.problems["field"]) == {"geometry"}  # people drew past the edge
    assert pedestrians.problems["n"].sum() == 1439


@pytest.mark.parametrize(("name", "n_assets", "n_labels", "n_annotations", "unread"), V2, ids=[row[0] for row in V2])
def test_every_v2_export_is_read(data, name, n_assets, n_labels, n_annotations, unread):
    project = read(data / "formats" / "labelbox" / name)
    assert project.assets.height == n_assets
    assert project.labels.height == n_labels
    assert project.annotations.height == n_annotations
    assert project.sources["n_skipped"].to_list() == [0]
    notes = project.problems.filter(pl.col("expected").str.ends_with("is not read yet"))
    assert n_listed(project) == sum(unread.values())
    assert dict(notes.select(pl.col("found").str.strip_chars("'"), "n").rows()) == unread


def test_the_full_export_tells_reviews_times_and_batches(data):
    project = read(data / "formats" / "labelbox" / "v2_image_masks_full_details.ndjson")
    assert project.reviews["verdict"].cast(pl.String).value_counts(sort=True).rows() == [
        ("accepted", 51),
        ("rejected", 4),
    ]
    assert project.reviews["label_id"].null_count() == 0
    assert project.labels.select("seconds", "review_seconds", "created_at", "labeler").null_count().row(0) == (
        0,
        0,
        0,
        0,
    )
    assert project.labels["seconds"].median() == 3171
    assert project.assets.select("batch", "dataset", "created_at").null_count().row(0) == (0, 0, 0)


@pytest.mark.parametrize(("name", "kinds", "n_masks"), V1, ids=[row[0] for row in V1])
def test_every_v1_export_is_read(data, name, kinds, n_masks):
    path = data / "formats" / "labelbox" / name
    record = json.loads(path.read_text())
    project = read(path)
    assert dict(project.annotations["kind"].cast(pl.String).value_counts().rows()) == kinds
    assert sum(kinds.values()) + n_masks == n_marks(record) == project.annotations.height + n_listed(project)
    (label,) = project.labels.rows(named=True)
    assert (label["label_id"], label["labeler"], label["seconds"]) == (
        record["ID"],
        record["Created By"],
        pytest.approx(record["Seconds to Label"]),
    )
    (asset,) = project.assets.rows(named=True)
    assert (asset["asset_id"], asset["name"], asset["dataset"]) == (
        record["DataRow ID"],
        record["External ID"],
        record["Dataset Name"],
    )
    ids = {mark["featureId"]: mark for mark in record["Label"]["objects"]}
    assert set(project.annotations["parent_id"].drop_nulls()) <= set(ids)
    for mark in project.annotations.filter(kind="bbox").iter_rows(named=True):
        box = ids[mark["annotation_id"]]["bbox"]
        left, top, right, bottom = mark["geometry"]
        assert [left, top, right - left, bottom - top] == [box["left"], box["top"], box["width"], box["height"]]
    for mark in project.annotations.filter(kind="span").iter_rows(named=True):
        place = ids[mark["annotation_id"]]["data"]["location"]
        assert mark["geometry"] == [place["start"], place["end"] + 1]
    for mark in project.annotations.filter(pl.col("kind").is_in(["polygon", "polyline", "point"])).iter_rows(
        named=True
    ):
        drawn = ids[mark["annotation_id"]]
        points = drawn.get("polygon") or drawn.get("line") or [drawn["point"]]
        assert mark["geometry"] == [number for point in points for number in (point["x"], point["y"])]


def test_the_marks_of_every_v2_export_are_accounted_for(data):
    for name, *_ in V2:
        path = data / "formats" / "labelbox" / name
        lines = [json.loads(line) for line in path.read_text().splitlines() if line.strip()]
        project = read(path)
        assert project.annotations.height + n_listed(project) == n_marks(lines) > 0, name


def media(data):
    return json.loads((data / "formats" / "labelbox" / "v2_expected_annotations_by_media.json").read_text())


def as_export(tmp_path, label, mime):
    """Put a label into a data row, as the platform exports it."""
    row = {"data_row": {"id": "row"}, "media_attributes": {"mime_type": mime}, "projects": {"p": {"labels": [label]}}}
    (tmp_path / "export.ndjson").write_text(json.dumps(row))
    return read(tmp_path / "export.ndjson")


@pytest.mark.parametrize(
    ("name", "kinds", "listed"),
    [
        ("image", {"bbox": 1, "checklist": 1, "polygon": 1, "polyline": 1, "text": 1}, 0),
        ("audio", {"checklist": 1, "text": 1}, 0),
        ("html", {"checklist": 1, "text": 1}, 0),
        ("text", {"checklist": 1, "span": 1, "text": 1}, 0),
        ("video", {"checklist": 1}, 2),  # two segments of a mark whose frames were not asked for
        ("conversation", {"checklist": 1, "span": 1, "text": 1}, 0),
        ("dicom", {"polyline": 1}, 0),
        ("document", {"bbox": 1, "checklist": 1, "span": 1, "text": 1}, 0),
        ("llm_prompt_response_creation", {"checklist": 1, "choice": 1, "text": 2}, 0),
        ("llm_prompt_creation", {"text": 1}, 0),
        ("llm_response_creation", {"checklist": 1, "choice": 1, "text": 1}, 0),
    ],
)
def test_what_every_media_exports_is_read(data, tmp_path, name, kinds, listed):
    annotations = media(data)[name]
    label = {"id": "label", "label_details": {"created_by": "ann"}, "annotations": annotations}
    project = as_export(tmp_path, label, {"audio": "audio/mpeg", "video": "video/mp4"}.get(name, ""))
    assert dict(project.annotations["kind"].cast(pl.String).value_counts().rows()) == kinds
    assert project.annotations.height == n_marks(annotations)
    assert n_listed(project) == listed
    assert project.problems.filter(severity="error").is_empty()


def test_places_of_every_media(data, tmp_path):
    def places(name):
        label = {"id": "label", "annotations": media(data)[name]}
        project = as_export(tmp_path, label, "")
        return project.annotations.select(pl.col("kind").cast(pl.String), "geometry", "place").sort("kind").rows()

    assert ("span", [112, 129], None) in places("text")  # 17 characters, the last one included
    assert places("conversation") == [("checklist", None, "0"), ("span", [0, 9], "0"), ("text", None, "0")]
    assert places("dicom") == [("polyline", [147.692, 118.154, 150.692, 160.154], "Axial 1")]
    assert ("bbox", [58, 48, 70, 113], "1") in places("document")
    assert ("span", [0, 8], "1") in places("document")  # eight words


def test_a_video_becomes_tracks(data, tmp_path):
    label = media(data)["video_full_label"]
    project = as_export(tmp_path, label, "video/mp4")
    (track,) = project.annotations.filter(kind="track").rows(named=True)
    assert track["parts"] == [13, 18, 19]
    assert track["geometry"] == [146, 98, 382, 341] * 3
    assert track["annotation_id"] == "clgjnpyse000ui3zx6fr1d880"
    # The answer is written twice and does not change.
    (answer,) = project.annotations.filter(kind="choice").rows(named=True)
    assert (answer["parent_id"], answer["answer"], answer["place"]) == (
        "clgjnpyse000ui3zx6fr1d880",
        ["radio_option_1"],
        None,
    )
    assert project.labels["labeler"].to_list() == ["user7@example.org"]
    assert n_listed(project) == 0


def test_masks_are_read_once_their_pictures_are_given(data, tmp_path):
    path = data / "formats" / "labelbox" / "v2_image_masks_full_details.ndjson"
    first = json.loads(path.read_text().splitlines()[0])
    size = (first["media_attributes"]["width"], first["media_attributes"]["height"])
    (project,) = first["projects"].values()
    features = [mark["feature_id"] for mark in project["labels"][0]["annotations"]["objects"]]
    for number, feature in enumerate(features):
        picture = Image.new("1", size)
        picture.paste(1, (number, 0, number + 2, 3))
        picture.save(tmp_path / f"{feature}.png")
    found = read([path, tmp_path])
    masks = found.annotations.filter(kind="mask")
    assert sorted(masks["annotation_id"]) == sorted(features)
    assert sorted(masks["geometry"].to_list()) == [[n, 0, n + 2, 3] for n in range(len(features))]
    assert masks["parts"].to_list() == [[0, 6]] * len(features)
    assert n_listed(found) == 200 - len(features)


def test_a_file_for_importing_is_read_as_pre_labels(data):
    path = data / "formats" / "labelbox" / "ndjson_relationship_import.json"
    project = read(path)
    records = json.loads(path.read_text())
    assert project.annotations["annotation_id"].len() == len(records)
    assert set(project.annotations["annotation_id"]) == {record["uuid"] for record in records}
    assert project.labels["role"].unique().to_list() == ["prediction"]
    ends = [
        [record["relationship"][end] for end in ("source", "target")] for record in records if "relationship" in record
    ]
    assert project.annotations.filter(kind="relation")["answer"].to_list() == ends
    assert project.problems.is_empty()


def test_what_is_no_export_is_refused_with_a_reason(data):
    with pytest.raises(FormatError) as error:
        read(data / "formats" / "labelbox" / "v2_expected_annotations_by_media.json")
    assert error.value.refusals["labelbox"].endswith("no 'data_row' in the first record")


def test_the_folder_as_a_whole(data):
    project = read(data / "formats" / "labelbox")
    assert project.assets.height == sum(n_assets for _, n_assets, *_ in V2) + len(V1) + 2
    assert project.problems.filter(pl.col("expected").str.contains("the file is left out")).height == 1
