"""Label Studio exports that nobody here wrote."""

import cmath
import json
import math

import numpy as np
import polars as pl
import pytest

from labelqa.formats.read import read

# Of each file: assets, labels, annotations by kind, and items that are no annotation by the reason that is listed.
READ = {
    "bbox_polygon_keypoint_export.json": (1, 1, {"bbox": 1, "polygon": 1, "point": 2}),
    "brush_rle_predictions.json": (1, 1, {"mask": 3}),
    "choices_with_history_export.json": (1, 1, {"choice": 1}),
    "hypertext_spans_annotation.json": (1, 1, {"span": 4}),
    "keypoints_relations_export.json": (1, 1, {"bbox": 1, "point": 3, "relation": 5}),
    "mixed_controls_annotation.json": (1, 3, {"bbox": 2, "choice": 1, "number": 1, "taxonomy": 1, "text": 2}),
    "old_completions_format.json": (2, 3, {"checklist": 3}),
    "rotated_boxes_export.json": (3, 3, {"rotated_bbox": 25}),
    "taxonomy_annotation.json": (1, 1, {"choice": 1, "taxonomy": 1}),
    "timeseries_annotation.json": (1, 1, {"interval": 2}),
    "two_annotators_bbox_export.json": (5, 20, {"bbox": 121}),
    "video_rectangle_annotation.json": (1, 1, {"track": 3}),
}


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


def items(value):
    """Find the items of a file by what every item has and nothing else: a tag beside a value or the ends of a relation.

    What the history keeps of earlier states does not count.
    """
    if isinstance(value, list):
        return [item for one in value for item in items(one)]
    if not isinstance(value, dict):
        return []
    if "type" in value and ("value" in value or "from_id" in value):
        return [value]
    return [item for key, one in value.items() if key != "history" for item in items(one)]


def test_no_file_is_forgotten(data):
    assert {path.name for path in (data / "formats" / "label_studio").iterdir()} == set(READ)


@pytest.mark.parametrize("name", READ)
def test_every_item_of_every_export_is_an_annotation(data, name):
    path = data / "formats" / "label_studio" / name
    n_assets, n_labels, kinds = READ[name]
    project = read(path)
    assert (project.assets.height, project.labels.height) == (n_assets, n_labels)
    assert dict(project.annotations["kind"].cast(pl.String).value_counts().rows()) == kinds
    assert project.annotations.height == len(items(json.loads(path.read_text())))
    assert project.sources["n_skipped"].to_list() == [0]
    assert project.labels["n_unread"].sum() == 0
    assert project.problems.filter(severity="error").is_empty()


def test_rotated_boxes_are_where_their_corners_are(data):
    path = data / "formats" / "label_studio" / "rotated_boxes_export.json"
    found = {row[0]: row[1] for row in read(path).annotations.select("annotation_id", "geometry").rows()}
    for item in items(json.loads(path.read_text())):
        value, width, height = item["value"], item["original_width"], item["original_height"]
        # Independent: walk with complex numbers from the top left corner along both turned sides.
        corner = complex(value["x"] * width / 100, value["y"] * height / 100)
        turn = cmath.rect(1, math.radians(value["rotation"]))
        across, down = turn * value["width"] * width / 100, turn * 1j * value["height"] * height / 100
        middle = corner + (across + down) / 2
        expected = [middle.real, middle.imag, abs(across), abs(down), value["rotation"]]
        assert found[item["id"]] == pytest.approx(expected, abs=1e-9)


def test_brush_masks_are_the_pixels_that_label_studio_packed(data):
    path = data / "formats" / "label_studio" / "brush_rle_predictions.json"
    found = {row[0]: row[1:] for row in read(path).annotations.select("annotation_id", "geometry", "parts").rows()}
    for item in items(json.loads(path.read_text())):
        width, height = item["original_width"], item["original_height"]
        alpha = unpacked(item["value"]["rle"])[3::4]
        assert len(alpha) == width * height
        rows, columns = np.nonzero(np.array(alpha).reshape(height, width))
        (left, top, right, bottom), parts = found[item["id"]]
        assert [left, top, right, bottom] == [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
        inside = np.repeat(np.arange(len(parts)) % 2, parts).reshape(int(right - left), int(bottom - top)).T
        assert {*zip(*np.nonzero(inside), strict=True)} == {*zip(rows - int(top), columns - int(left), strict=True)}


def unpacked(packed):
    """Unpack bit-packed run lengths by reading the bits one after the other."""
    bits = "".join(f"{byte:08b}" for byte in packed)
    place = 0

    def take(n):
        nonlocal place
        place += n
        return int(bits[place - n : place], 2)

    n_values, word, sizes = take(32), take(5) + 1, [take(4) + 1 for _ in range(4)]
    values = []
    while len(values) < n_values:
        is_run, size = take(1), sizes[take(2)]
        n = take(size) + 1
        values += [take(word)] * n if is_run else [take(word) for _ in range(n)]
    return values


def test_video_frames_lie_between_key_frames(data):
    path = data / "formats" / "label_studio" / "video_rectangle_annotation.json"
    tracks = {row[0]: row[1:] for row in read(path).annotations.select("annotation_id", "parts", "geometry").rows()}
    car, plane = tracks["tJhYZLMC9G"], tracks["FstfiS1SLJ"]
    assert car[0] == [1, 2, 3, 4, 5]  # disabled at 5
    assert plane[0] == [*range(33, 58), *range(76, 1010)]  # away from 58 to 75, kept until the last frame, 1009
    x, y = 38.266666666666666, 38.898756660746
    assert car[1][:4] == pytest.approx([x, y, x + 41.333333333333336, y + 22.202486678507995])
    assert car[1][8:10] == pytest.approx([x + 1, y + 5.5])  # frame 3, half way to 40.27, 49.90
    # Frame 90 lies half way between the key frames 76 and 104; heights are negative.
    start = 4 * plane[0].index(90)
    left, bottom = (47.1875 + 85) / 2, (95.13888888888889 + 97.91666666666666) / 2
    assert plane[1][start : start + 4] == pytest.approx([left, bottom - 15.972222222222221, left + 12.890625, bottom])


def test_times_and_offsets_are_those_of_the_file(data):
    folder = data / "formats" / "label_studio"
    series = read(folder / "timeseries_annotation.json").annotations
    assert sorted(series["geometry"].to_list()) == [
        [1602708145.233, 1602708375.312],
        [1602708695.229, 1602708975.281],
    ]
    spans = read(folder / "hypertext_spans_annotation.json").annotations
    assert sorted(spans.select("class", "geometry").rows()) == [
        ("Date", [69, 104]),
        ("Date", [81, 105]),
        ("Person", [0, 5]),
        ("Person", [180, 188]),
    ]


def test_relations_join_regions_that_are_there(data):
    project = read(data / "formats" / "label_studio" / "keypoints_relations_export.json")
    links = project.annotations.filter(pl.col("kind") == "relation")
    assert set(links["answer"].explode()) <= set(project.annotations["annotation_id"])
    assert ["hplPm0Szvc", "qwGtX1L1Nm"] in links["answer"].to_list()


def test_answers_of_all_sorts(data):
    project = read(data / "formats" / "label_studio" / "mixed_controls_annotation.json")
    answers = project.annotations.filter(pl.col("kind") != "bbox").select("class", "geometry", "answer").rows()
    assert sorted(answers) == [
        ("choices", None, ["Choice 1"]),
        ("dt", None, ["1991-05-22T09:17"]),
        ("num", [2], None),
        ("taxonomy", None, ["Choice 2\x1fChoice 2.1"]),
        ("txt", None, ["Hello\nWorld"]),
    ]
    # The predicted boxes come without the size of their image: percent stay percent, and it is said.
    (box, _) = sorted(project.annotations.filter(pl.col("kind") == "bbox")["geometry"].to_list())
    assert box == pytest.approx([13.2, 34.702495201535505, 52.8, 46.314779270633394])
    (told,) = project.problems.filter(field="original_width").select("severity", "n").rows()
    assert told == ("warning", 2)


def test_predictions_have_scores_and_models(data):
    project = read(data / "formats" / "label_studio" / "two_annotators_bbox_export.json")
    assert project.labels["role"].cast(pl.String).value_counts(sort=True).rows() == [
        ("submitted", 15),
        ("prediction", 5),
    ]
    assert project.labelers["is_model"].sum() == 1
    assert project.labels["seconds"].max() == 11064.568  # somebody left the window open
