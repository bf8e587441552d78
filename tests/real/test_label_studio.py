"""Label Studio exports that nobody here wrote."""

import polars as pl
import pytest

from labelqa.errors import FormatError
from labelqa.formats.read import read

READ = [
    ("bbox_polygon_keypoint_export.json", 1, 1, 1, {"polygonlabels": 1, "keypointlabels": 2}),
    ("choices_with_history_export.json", 1, 1, 1, {}),
    ("hypertext_spans_annotation.json", 1, 1, 0, {"hypertextlabels": 4}),
    ("keypoints_relations_export.json", 1, 1, 1, {"keypointlabels": 3, "relation": 5}),
    ("mixed_controls_annotation.json", 1, 3, 1, {"number": 1, "datetime": 1, "textarea": 1, "taxonomy": 1}),
    ("rotated_boxes_export.json", 3, 3, 0, {"rotated rectangle": 25}),
    ("taxonomy_annotation.json", 1, 1, 1, {"taxonomy": 1}),
    ("two_annotators_bbox_export.json", 5, 20, 121, {}),
]


@pytest.fixture(scope="module")
def pedestrians(data):
    return read(data / "pedestrians" / "label_studio.json")


def test_pedestrians_are_read_whole(pedestrians):
    assert pedestrians.sources.drop("file").rows() == [("label_studio", 1448, 0, 11_074, 12_983)]
    assert pedestrians.assets.height == 1448
    assert pedestrians.labels["role"].cast(pl.String).value_counts(sort=True).rows() == [
        ("submitted", 10_136),
        ("benchmark", 938),
    ]
    assert pedestrians.labelers.height == 44


def test_pedestrians_are_the_same_boxes_as_in_the_labelbox_layout(data, pedestrians):
    other = read(data / "pedestrians" / "labelbox.ndjson")
    images = [
        project.assets.select("asset_id", image=pl.col("name").str.split("/").list.last())
        for project in (pedestrians, other)
    ]
    boxes = [
        project.annotations.join(image, on="asset_id")
        .select("image", "labeler", "class", "geometry")
        .explode("geometry")
        for project, image in zip((pedestrians, other), images, strict=True)
    ]
    key = ["image", "labeler", "class", "geometry"]
    one, two = (table.sort(key) for table in boxes)
    assert one.select(key[:3]).equals(two.select(key[:3]))
    assert (one["geometry"] - two["geometry"]).abs().max() < 1e-9


@pytest.mark.parametrize(
    ("name", "n_assets", "n_labels", "n_annotations", "unread"), READ, ids=[row[0] for row in READ]
)
def test_every_export_is_read(data, name, n_assets, n_labels, n_annotations, unread):
    project = read(data / "formats" / "label_studio" / name)
    assert project.assets.height == n_assets
    assert project.labels.height == n_labels
    assert project.annotations.height == n_annotations
    assert project.sources["n_skipped"].to_list() == [0]
    notes = project.problems.filter(pl.col("expected").str.ends_with("is not read yet"))
    assert dict(notes.select(pl.col("found").str.strip_chars("'"), "n").rows()) == unread


def test_predictions_have_scores_and_models(data):
    project = read(data / "formats" / "label_studio" / "two_annotators_bbox_export.json")
    assert project.labels["role"].cast(pl.String).value_counts(sort=True).rows() == [
        ("submitted", 15),
        ("prediction", 5),
    ]
    assert project.labelers["is_model"].sum() == 1
    assert project.labels["seconds"].max() == 11064.568  # somebody left the window open


@pytest.mark.parametrize("name", ["timeseries_annotation.json", "video_rectangle_annotation.json"])
def test_a_task_without_id_is_a_skipped_record(data, name):
    project = read(data / "formats" / "label_studio" / name)
    assert project.sources.select("n_records", "n_skipped").rows() == [(1, 1)]
    assert project.problems.select("severity", "record", "field").rows() == [("error", 1, "id")]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("old_completions_format.json", "an export of a version before 1.0, which is not read yet"),
        ("brush_rle_predictions.json", "no list 'annotations' in the first record"),
    ],
)
def test_everything_else_is_refused_with_a_reason(data, name, reason):
    with pytest.raises(FormatError) as error:
        read(data / "formats" / "label_studio" / name)
    assert error.value.refusals["label_studio"].endswith(reason)
