"""Boxes cut out of the lines of a Labelbox export: nothing may tell from the project that they were."""

import json
import random

import pytest

from labelqa.formats.read import read
from tests.formats.cutting import assert_unnoticed


def box(number, **other):
    sides = {"top": number / 7, "left": 3 * number, "height": 10.5, "width": number % 5}
    return {
        "feature_id": f"f{number}",
        "feature_schema_id": "c1",
        "name": f"class {number % 3}",
        "value": "class",
        "annotation_kind": "ImageBoundingBox",
        "classifications": [],
        "bounding_box": sides,
        **other,
    }


def question(name):
    return {"feature_id": f"q{name}", "name": name, "radio_answer": {"name": "yes", "value": "yes"}}


POLYGON = {"feature_id": "p", "name": "lake", "annotation_kind": "ImagePolygon", "polygon": [{"x": 1, "y": 2}] * 3}
ODD = [
    box(1, feature_id=None),
    box(2, feature_id=""),
    box(3, feature_id=17),
    box(4, name=""),
    box(5, name='a "quoted" \\ name'),
    box(6, name="straße 山"),
    box(7, bounding_box={"top": 1, "left": 2, "height": -3, "width": 4}),
    box(8, bounding_box={"top": 1e300, "left": 2, "height": 3, "width": 4}),
    box(9, bounding_box={"top": 1, "left": 2, "height": 3, "width": None}),
    box(10, bounding_box=None),
    box(11, confidence=0.5),
    box(12, confidence=7),
    box(13, classifications=[question("wet")]),
    box(14, annotation_kind="VideoBoundingBox"),
    box(15, bounding_box={"top": 0.1234567890123, "left": 12345678901234567, "height": 1, "width": 1}),
    POLYGON,
]


def row(number, *labels, **other):
    shown = [
        {
            "id": f"l{number}-{k}",
            "label_details": {"created_by": f"labeler-{k}@example.org"},
            "annotations": {"objects": objects, "classifications": [question("day")], "relationships": []},
        }
        for k, objects in enumerate(labels)
    ]
    return {"data_row": {"id": f"r{number}"}, "projects": {"p": {"labels": shown}}, **other}


def rows():
    """Give rows of plain boxes, with one odd object in some."""
    choose = random.Random(4)
    number = 0
    for at in range(60):
        labels = []
        for _ in range(choose.randrange(4)):
            objects = [box(number := number + 1) for _ in range(choose.randrange(6))]
            if choose.random() < 0.3:
                objects.insert(choose.randrange(len(objects) + 1), choose.choice(ODD))
            labels.append(objects)
        yield row(at, *labels)


@pytest.fixture
def read_both_ways(tmp_path, monkeypatch):
    return lambda text: assert_unnoticed(tmp_path / "export.ndjson", text, monkeypatch)


@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": ")])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\n\n"])
def test_a_mixed_export(separators, end, read_both_ways):
    lines = [json.dumps(one, separators=separators, ensure_ascii=False) for one in rows()]
    project, found = read_both_ways(end.join(lines).encode())
    assert sum(one.objects.height for one in found) > 150
    assert project.annotations.height > 300


def test_blocks_end_anywhere(tmp_path, monkeypatch):
    monkeypatch.setattr("labelqa.formats.readers.labelbox._CHUNK_BYTES", 3000)
    text = "".join(json.dumps(one) + "\n" for one in rows()).encode()
    path = tmp_path / "export.ndjson"
    path.write_bytes(text)
    small = read(path)
    monkeypatch.undo()
    assert small.equals(read(path))


def test_confidences_have_a_stencil_of_their_own(read_both_ways):
    rows = row(1, [box(1, confidence=0.25), box(2)]), row(2, [box(3), box(4, confidence=1)])
    text = "".join(json.dumps(one) + "\n" for one in rows)
    _, (found,) = read_both_ways(text.encode())
    assert found.objects["score"].to_list() == [0.25, None, None, 1.0]


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[:-40],
        lambda text: text.replace(b'"width"', b'"width', 1),
        lambda text: text.replace(b'"f9"', b'"f\x019"'),
        lambda text: text.replace(b'"f9"', b'"f\xff9"'),
        lambda text: text.replace(b'"f9"', b'"f\\u00e99"'),
        lambda text: text.replace(b'"f9"', b'"f\\x9"'),
        lambda text: text.replace(b'"height":10.5', b'"height":010.5', 3),
        lambda text: text.replace(b'"height":10.5', b'"height":NaN', 3),
        lambda text: text.replace(b'"objects":[{', b'"objects":[7,{', 3),
        lambda text: text.replace(b'"objects":[{', b'"objects":["#0",{', 3),
        lambda text: text.replace(b'"name":"class 1"', b'"name":"a","name":"class 1"', 3),
        lambda text: b"\xef\xbb\xbf" + text,
        lambda text: text.replace(b"}\n", b"}x\n", 1),
    ],
)
def test_damage_is_told_as_ever(damage, read_both_ways):
    text = "".join(json.dumps(one, separators=(",", ":")) + "\n" for one in rows()).encode()
    read_both_ways(damage(text))


def test_objects_that_are_no_marks_stay_where_they_are(read_both_ways):
    boxed = {"objects": [box(1), box(2)]}
    odd = row(1, [box(3)], metadata_fields=[{"schema_name": "m", "value": boxed}])
    twice = json.dumps(row(2, [box(4)])).replace('"relationships"', '"objects": [], "relationships"')
    run = {"predictions": [{"id": "m1", "annotations": boxed}]}
    predicted = row(3, [box(5)], experiments={"e": {"name": "model", "runs": {"r": run}}})
    video = row(4, [box(6)])
    video["projects"]["p"]["labels"][0]["annotations"] |= {"frames": {"1": {"objects": {"f": box(7)}}}}
    lines = [json.dumps(odd), twice, json.dumps(predicted), json.dumps(video)]
    for k in range(len(lines)):
        project, _ = read_both_ways("\n".join(lines[k:] + lines[:k]).encode())
    assert json.loads(project.assets.row(0, named=True)["metadata"][0]["value"]) == boxed


def test_an_export_without_boxes(read_both_ways):
    text = (json.dumps(row(1, [POLYGON], [])) + "\n") * 2
    _, found = read_both_ways(text.encode())
    assert not found
