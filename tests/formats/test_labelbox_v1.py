"""Labelbox export v1: the miniature exports, cell by cell."""

import json
from copy import deepcopy
from datetime import UTC, datetime

import pytest
from PIL import Image

from labelqa.errors import FormatError
from labelqa.formats.detect import detect
from labelqa.formats.files import find
from labelqa.formats.read import read
from labelqa.formats.sample import Sample
from tests.formats.miniatures import HERE, problems

MADE = datetime(2021, 9, 2, 22, 23, 24, tzinfo=UTC)
CHANGED = datetime(2021, 9, 2, 23, 31, 27, 707_000, UTC)
ANNOTATIONS = ["annotation_id", "kind", "class", "geometry", "parts", "answer", "place", "parent_id"]
DETAILS = [
    ("f1", "bbox", "Car", [20, 10, 60, 40], None, None, None, None),
    ("c2", "checklist", "State", None, None, ["Old", "On"], None, "f4"),
    ("c1", "choice", "Colour", None, None, ["Red"], None, "f1"),
    ("c7", "choice", "Heavy", None, None, ["yes"], None, "c6"),
    ("c9", "choice", "Shade", None, None, ["Dark"], None, "c1"),
    ("c6", "choice", "Weather", None, None, ["Rain"], None, None),
    ("f4", "point", "Lamp", [3.5, 4.5], None, None, None, None),
    ("f2", "polygon", "Road", [1, 2, 9, 2, 9, 8], None, None, None, None),
    ("f3", "polyline", "Kerb", [0, 0, 4, 3], None, None, None, None),
    ("l1#9", "relation", "by", None, [1], ["f3", "f4"], None, None),
    ("r1", "relation", "on", None, None, ["f1", "f2"], None, None),
    ("f6", "span", "Term", [25, 45], None, None, None, None),
    ("c3", "taxonomy", "Pole", None, None, ["Metal\x1fSteel"], None, "f4"),
    ("c5", "text", "Count", None, None, ["3"], None, None),
    ("c4", "text", "Note", None, None, ["all clear"], None, None),
]


def miniature(name):
    return read(HERE / "labelbox_v1" / name)


def unread(project):
    """Give what is counted as not read: record, kind and number of each sort."""
    end = " is not read yet"
    rows = problems(project)
    return sorted((record, expected.partition("; ")[2].removesuffix(end), n)
                  for _, record, _, _, expected, n in rows if expected.endswith(end))  # fmt: skip


def incomplete(project):
    return dict(project.labels.filter(project.labels["n_unread"] > 0).select("label_id", "n_unread").rows())


@pytest.mark.parametrize("name", ["one_label.json", "labels.json"])
def test_every_mark_of_a_label(name):
    project = miniature(name)
    assert project.annotations.filter(label_id="l1").select(ANNOTATIONS).rows() == DETAILS
    assert unread(project) == [(1, "SegmentationMask", 1)]
    assert incomplete(project) == {"l1": 1}


def test_labels_benchmarks_reviews_and_times():
    project = miniature("labels.json")
    ann, bob, cho, dan, eve, fay, rea = (
        f"{one}@example.org" for one in ["ann", "bob", "cho", "dan", "eve", "fay", "rea"]
    )
    metadata = [{"key": "camera", "value": "front"}, {"key": "speed", "value": "4"}]
    assert project.assets.drop("labels_asked").rows() == [
        ("p1", "d1", "1.jpg", 640, 480, None, "Autumn", None, metadata),
        ("default", "https://example.org/2.jpg", None, None, None, None, None, None, []),
        ("Streets", "key-1", "1.jpg", None, None, None, "Autumn", None, []),
        ("default", "text 1", "text 1", None, None, None, None, None, []),
    ]
    # Named by others as their benchmark; or naming one without an agreement with it.
    assert project.labels.drop("source", "n_unread").rows() == [
        ("p1", "d1", "gold", rea, "benchmark", "submitted", MADE, CHANGED, 12.5, None, 2),
        ("p1", "d1", "l1", ann, "submitted", "submitted", MADE, CHANGED, 12.5, None, 1),
        ("p1", "d1", "l2", bob, "submitted", "submitted", MADE, CHANGED, None, None, 3),
        ("p1", "d1", "l3", cho, "benchmark", "submitted", MADE, CHANGED, 7, 2, 4),
        ("p1", "d1", "l4", dan, "submitted", "skipped", MADE, CHANGED, 12.5, None, 5),
        ("p1", "d1", "l5", eve, "submitted", "skipped", MADE, CHANGED, 12.5, None, 6),
        ("default", "https://example.org/2.jpg", "l7", None, "submitted", "submitted", None, None, None, None, 8),
        ("Streets", "key-1", "l6", fay, "submitted", "submitted", MADE, CHANGED, 12.5, None, 7),
        ("default", "text 1", "l8", None, "submitted", "submitted", None, None, None, None, 9),
    ]
    assert project.reviews.rows() == [("p1", "d1", "l1", ann, rea, "accepted", datetime(2021, 9, 3, tzinfo=UTC))]
    assert project.sources.drop("file").rows() == [("labelbox_v1", 9, 0, 9, 15)]


def test_a_label_with_open_issues(tmp_path):
    record = json.loads((HERE / "labelbox_v1" / "one_label.json").read_text())
    record = record[0] if isinstance(record, list) else record
    rows = [record | {"ID": f"label-{n}", "Has Open Issues": n} for n in (0, 1)]
    (tmp_path / "export.json").write_text(json.dumps(rows))
    assert read(tmp_path / "export.json").issues.select("label_id", "state", "n").rows() == [("label-1", "open", 1)]


def test_labels_of_the_oldest_exports():
    project = miniature("old_style.json")
    assert project.annotations.select("label_id", "kind", "class", "geometry", "answer").rows() == [
        ("o1", "checklist", "Seen", None, ["cat", "dog"]),
        ("o1", "choice", "Weather", None, ["rain"]),
        ("o1", "point", "Lamp", [3, 4], None),
        ("o1", "polygon", "Car", [0, 0, 4, 0, 4, 4], None),
        ("o1", "polygon", "Car", [1, 2, 9, 2, 9, 8], None),
        ("o1", "polygon", "Road", [1, 1, 2, 2, 3, 1], None),
        ("o3", "choice", "Weather", None, ["sun"]),
    ]
    assert unread(project) == [
        (1, "SegmentationMask", 2),
        (1, "mask without a URL", 1),
        (1, "member of a label that is a URL", 1),
        (2, "attribute of a shape", 1),
        (2, "member of a label that is a number", 1),
        (2, "member of a label that is null", 1),
        (2, "shape as WKT", 1),
        (2, "shape that is a number", 1),
        (2, "shape that is null", 1),
        (4, "masks that are no object", 1),
    ]
    assert incomplete(project) == {"o1": 3, "o2": 6, "o3": 1, "o4": 1}
    note = "shapes of a known tool; those of the oldest exports are read as polygons, y as it is written"
    assert ("note", 1, None, None, note, 3) in problems(project)


def test_frames_of_a_video():
    project = miniature("video.ndjson")
    assert project.annotations.select("label_id", *ANNOTATIONS).rows() == [
        ("v2", "w/1", "choice", "Weather", None, None, ["Rain"], "1", None),
        ("v2", "t2/2", "point", "Lamp", [1, 1], None, None, "2", None),
        ("v2", "t1", "track", "Car", [1, 1, 3, 3, 3, 1, 5, 3], [1, 2], None, None, None),
    ]
    assert unread(project) == [(1, "video frames in a file of their own", 1), (2, "relationship in a frame", 1)]
    assert incomplete(project) == {"v1": 1, "v2": 1}


def test_masks_from_pictures(tmp_path):
    for name in ("f5", "sky-1", "sky-2"):
        picture = Image.new("L", (640, 480))
        picture.putpixel((3, 4), 255)
        picture.save(tmp_path / f"{name}.png")
    for name, cls in (("labels.json", "Sky"), ("old_style.json", "Sky")):
        project = read([HERE / "labelbox_v1" / name, tmp_path])
        masks = project.annotations.filter(kind="mask")
        assert set(masks["class"]) == {cls}
        assert masks["geometry"].to_list() == [[3, 4, 4, 5]] * masks.height
        assert masks["parts"].to_list() == [[0, 1]] * masks.height
        assert masks.height == (1 if name == "labels.json" else 2)
        assert "SegmentationMask" not in [kind for _, kind, _ in unread(project)]


def test_faults_cost_what_they_must_and_are_listed():
    project = miniature("faults.json")
    assert project.annotations.is_empty()
    assert project.labels.select("label_id", "labeler", "created_at", "n_unread").rows() == [
        ("d1//3", None, None, 5 + 5 + 1),
        ("f1", "ann@example.org", MADE, 1),
        ("f2", "ann@example.org", MADE, 1),
        ("f3", "ann@example.org", MADE, 1),
    ]
    assert project.assets.select("asset_id", "width", "height").rows() == [("d1", 640, 480)]
    assert project.sources.select("n_records", "n_skipped").rows() == [(6, 2)]
    out = "; the annotation is left out"
    errors = project.problems.filter(severity="error").select("record", "field", "expected").rows()
    assert [(record, field, expected.removesuffix(out)) for record, field, expected in errors] == [
        (1, "DataRow ID", "a DataRow ID, Global Key or External ID; the record is left out"),
        (2, "Label", "objects and classifications; the label is read without them"),
        (3, "Label", "objects and classifications; the label is read without them"),
        (5, "classifications", "a name of each answer"),
        (5, "classifications", "a name of each answer"),
        (5, "classifications", "a name"),
        (5, "classifications", "a name"),
        (5, "objects", "a bounding_box with left, top, width and height"),
        (5, "objects", "a location with start and end"),
        (5, "objects", "a location with start and end"),
        (5, "objects", "a name"),
        (5, "relationships", "a source and a target"),
        (6, "Seconds to Label", "a number or null; the record is left out"),
    ]
    assert unread(project) == [
        (4, "label as text", 1),
        (5, "an object without annotation_kind", 1),
        (5, "classification without an answer", 1),
        (5, "review of this shape", 1),
    ]


def spots(value, path=()):
    """List the places in a document, as paths."""
    yield path
    if isinstance(value, (dict, list)):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield from spots(value[key], (*path, key))


@pytest.mark.parametrize("name", ["labels.json", "old_style.json", "video.ndjson"])
def test_every_value_replaced_by_every_odd_one_in_turn(name, tmp_path):
    text = (HERE / "labelbox_v1" / name).read_text()
    document = [json.loads(line) for line in text.splitlines()] if name.endswith("ndjson") else json.loads(text)
    record = document[1 if name == "video.ndjson" else 0]
    rows = []
    for spot in list(spots(record))[1:]:
        for odd in ("x", 7, None, [], {}, True, 10**400, [[{}]], "@deep"):
            copy = deepcopy(record)
            inner = copy
            for key in spot[:-1]:
                inner = inner[key]
            inner[spot[-1]] = odd
            rows.append(copy)
    (tmp_path / "x").write_text(json.dumps(rows).replace('"@deep"', "[" * 900 + "]" * 900))
    project = read(tmp_path / "x", format="labelbox_v1")
    source = project.sources.row(0, named=True)
    assert source["n_records"] == len(rows)
    assert project.problems.filter(severity="error")["n"].sum() >= source["n_skipped"] > 0


@pytest.mark.parametrize("name", ["labels.json", "old_style.json", "one_label.json", "video.ndjson", "faults.json"])
def test_detection(name):
    path = HERE / "labelbox_v1" / name
    (file,) = find([path]).files
    assert detect(file).name == "labelbox_v1"
    text = path.read_bytes()
    for share in (0.4, 0.7, 0.9):
        head = Sample(text[: int(len(text) * share)], is_whole=False)
        assert detect(file).refuse(head) is None


def test_what_is_no_export_v1(tmp_path):
    (tmp_path / "x").write_text('[{"ID": "1", "DataRow ID": "2", "Label": {}}]')
    with pytest.raises(FormatError) as error:
        read(tmp_path / "x")
    assert error.value.refusals["labelbox_v1"] == "no 'Labeled Data' in the first record"
    (tmp_path / "y").write_text("a,b\n1,2\n")
    with pytest.raises(FormatError) as error:
        read(tmp_path / "y")
    assert error.value.refusals["labelbox_v1"] == "no JSON"


@pytest.mark.parametrize(
    ("levels", "found"), [(50, ([0, 0], 101, 0)), (300, ([1, 1], 0, 0)), (2_000, ([], 0, 2))], ids=str
)
def test_questions_nested_deeply_cost_their_label_or_record(tmp_path, levels, found):
    def exported(id, content):
        return f'{{"ID": "{id}", "DataRow ID": "{id}", "Labeled Data": "x", "Created By": "a@b.c", "Label": {content}}}'

    nested = '{"title": "q", "answer": {"title": "a", "classifications": [' * levels + "]}}" * levels
    contents = [
        f'{{"classifications": [{nested}]}}',
        f'{{"objects": [{{"title": "car", "point": {{"x": 1, "y": 2}}, "classifications": [{nested}]}}]}}',
    ]
    (tmp_path / "a.json").write_text(f"[{', '.join(exported(n, content) for n, content in enumerate(contents))}]")
    project = read(tmp_path / "a.json", format="labelbox_v1")
    assert (project.labels["n_unread"].to_list(), project.annotations.height, project.sources["n_skipped"][0]) == found
