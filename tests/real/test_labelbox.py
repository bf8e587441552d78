"""Labelbox exports that nobody here wrote."""

import polars as pl
import pytest

from labelqa.errors import FormatError
from labelqa.formats.read import read

V2 = [
    ("v2_fixture_panlabel.ndjson", 2, 2, 1, {"ImagePoint": 1, "ImagePolygon": 1}),
    ("v2_image_boxes_minimal.ndjson", 40, 40, 212, {}),
    ("v2_image_masks_full_details.ndjson", 53, 53, 0, {"ImageSegmentationMask": 200}),
    ("v2_image_radio_only.ndjson", 102, 102, 192, {}),
]


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


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("labelbox_v1_highly_nested_image.json", "an export v1; export it again as v2"),
        ("labelbox_v1_image_export.json", "an export v1; export it again as v2"),
        ("labelbox_v1_text_export.json", "an export v1; export it again as v2"),
        ("ndjson_relationship_import.json", "a file for importing annotations, not an export"),
        ("v2_expected_annotations_by_media.json", "no 'data_row' in the first record"),
    ],
)
def test_everything_else_is_refused_with_a_reason(data, name, reason):
    with pytest.raises(FormatError) as error:
        read(data / "formats" / "labelbox" / name)
    assert error.value.refusals["labelbox"].endswith(reason)


def test_the_folder_as_a_whole(data):
    project = read(data / "formats" / "labelbox")
    assert project.assets.height == sum(n_assets for _, n_assets, *_ in V2)
    assert project.problems.filter(pl.col("expected").str.contains("the file is left out")).height == 5
