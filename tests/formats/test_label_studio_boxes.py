"""Boxes cut out of results of Label Studio: nothing may tell from the project that they were."""

import json
import random

import pytest

from tests.formats.cutting import assert_unnoticed


def box(number, **other):
    value = {"x": number / 7, "y": 3 * number % 90, "width": 10.5, "height": number % 5, "rotation": 0}
    return {
        "original_width": 640,
        "original_height": 480,
        "image_rotation": 0,
        "value": value | {"rectanglelabels": [f"class {number % 3}"]} | other.pop("value", {}),
        "id": f"f{number}",
        "from_name": "label",
        "to_name": "image",
        "type": "rectanglelabels",
        "origin": "manual",
        **other,
    }


def choice(about=None):
    return {
        "value": {"choices": ["day"]},
        "id": about or "c",
        "from_name": "light",
        "to_name": "image",
        "type": "choices",
    }


ELLIPSE = {"x": 50, "y": 50, "radiusX": 9, "radiusY": 5.5, "rotation": 0, "ellipselabels": ["lake"]}
ODD = [
    [box(1, value={"rotation": 30})],
    [box(2, value={"rotation": None})],
    [box(3, image_rotation=90)],
    [box(4, image_rotation=None)],
    [box(5, value={"rectanglelabels": []})],
    [box(6, value={"rectanglelabels": ["a", "b"]})],
    [box(7, value={"rectanglelabels": [""]})],
    [box(8, value={"rectanglelabels": ['a "quoted" \\ name'], "labels": ["x"]})],
    [box(9, value={"rectanglelabels": "straße 山"})],
    [box(10, value={"width": -3})],
    [box(11, value={"x": 1e300})],
    [box(12, value={"x": 1.2e-05})],
    [box(13, value={"x": "12.5"})],
    [box(14, value={"x": None})],
    [box(15, value={"x": 0.1234567890123456, "y": -0.0, "width": 0})],
    [box(16, original_width=None)],
    [box(17, original_width=0)],
    [box(18, original_width=640.5)],
    [box(19, original_width="640")],
    [box(20, original_width=320, original_height=960)],
    [box(21, original_width=10**12)],
    [box(22, id=None)],
    [box(23, id="")],
    [box(24, id=17)],
    [box(25), box(25)],
    [box(26), choice("f26")],
    [choice("f27"), box(27)],
    [box(28), box(29), {"type": "relation", "from_id": "f28", "to_id": "f29", "direction": "right", "labels": ["on"]}],
    [box(30, to_name="other")],
    [box(31, to_name="")],
    [box(32, item_index=1)],
    [box(33, parentID="f1")],
    [box(34, meta={"text": ["note"]})],
    [box(35, meta={})],
    [box(36, score=0.5)],
    [box(37, score=None)],
    [box(38, type="RectangleLabels")],
    [box(39, type="labels", value={"labels": ["car"]})],
    [box(40, from_name=None)],
    [box(41, value=ELLIPSE, type="ellipselabels")],
    [[box(42), box(43)]],
    [{"id": 5, "type": 7}],
    ["#0"],
]


def task(number, *results, predictions=(), **other):
    made = [
        {
            "id": 100 * number + k,
            "completed_by": k,
            "result": result,
            "lead_time": 3.5,
            "created_at": "2026-01-02T03:04:05Z",
        }
        for k, result in enumerate(results)
    ]
    predicted = [
        {"id": 900 * number + k, "model_version": "m", "result": result, "score": score}
        for k, (result, score) in enumerate(predictions)
    ]
    return {"id": number, "annotations": made, "predictions": predicted, "data": {"image": f"{number}.jpg"}, **other}


def tasks():
    """Give tasks of plain boxes, with something odd in some."""
    choose = random.Random(4)
    number = 0
    for at in range(120):
        results = []
        for _ in range(choose.randrange(4)):
            items = [box(number := number + 1) for _ in range(choose.randrange(6))]
            if choose.random() < 0.4:
                place = choose.randrange(len(items) + 1)
                items[place:place] = choose.choice(ODD)
            if choose.random() < 0.2:
                items.append(choice())
            results.append(items)
        predictions = [(result, choose.choice([None, 0.25])) for result in results[:1]]
        yield task(at, *results, predictions=predictions)


@pytest.fixture
def read_both_ways(tmp_path, monkeypatch):
    return lambda text: assert_unnoticed(tmp_path / "export.json", text, monkeypatch)


@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": ")])
@pytest.mark.parametrize("odd", [False, True])
def test_a_mixed_export(separators, odd, read_both_ways, monkeypatch):
    """One fault costs a block of the file its speed; so blocks are small."""
    monkeypatch.setattr("labelqa.formats.readers.label_studio._CHUNK_BYTES", 4000)
    kept = [one for one in tasks() if odd or '"#0"' not in json.dumps(one)]
    text = json.dumps(kept, separators=separators, ensure_ascii=False)
    project, found = read_both_ways(text.encode())
    assert sum(one.objects.height for one in found) > 150
    assert project.annotations.height > 300


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: json.dumps(odd)[:300])
def test_each_oddity(odd, read_both_ways):
    plain = [box(101), box(102)]
    both = [task(1, plain, [*plain, *odd, box(103)], predictions=[(odd, 0.5), ([box(101)], 0.75)]), task(2, odd, plain)]
    for several in (both, both[:1], both[1:]):
        read_both_ways(json.dumps(several).encode())


def test_boxes_on_several_things(read_both_ways):
    sides = [box(1), box(2, to_name="left"), box(3, to_name="left", original_width=100), choice()]
    several = [task(1, sides, [box(4)]), task(2, [box(5)], [box(6, to_name="left")]), task(3, [box(7), box(8)])]
    project, (found,) = read_both_ways(json.dumps(several).encode())
    assert found.objects.height == 8
    assert set(project.annotations["place"].to_list()) == {None, "image", "left"}


def test_annotations_by_themselves_in_lines(read_both_ways):
    lines = [{"id": k, "task": k // 2, "result": [box(2 * k), box(2 * k + 1)], "completed_by": k % 2} for k in range(6)]
    lines += [
        {"task": {"id": 9}, "result": [box(50)], "model_version": "m", "score": 0.5},
        task(10, [box(60)], result=[box(61)]),
    ]
    text = "".join(json.dumps(one) + "\n" for one in lines)
    project, found = read_both_ways(text.encode())
    assert sum(one.objects.height for one in found) == 15
    assert project.annotations.height == 14


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[:-40],
        lambda text: text.replace(b'"width"', b'"width', 1),
        lambda text: text.replace(b'"f9"', b'"f\xff9"'),
        lambda text: text.replace(b'"f9"', b'"f\\u00e99"'),
        lambda text: text.replace(b'"width": 10.5', b'"width": 010.5', 3),
        lambda text: text.replace(b'"width": 10.5', b'"width": NaN', 3),
        lambda text: text.replace(b'"result": [', b'"result": [7, ', 3),
        lambda text: text.replace(b'"result": [', b'"result": {"a": [', 1),
        lambda text: text.replace(b'"lead_time"', b'"result": [], "lead_time"', 3),
        lambda text: text.replace(b'"data"', b'"predictions": null, "data"', 3),
        lambda text: text + b"]",
    ],
)
def test_damage_is_told_as_ever(damage, read_both_ways, monkeypatch):
    monkeypatch.setattr("labelqa.formats.readers.label_studio._CHUNK_BYTES", 4000)
    text = json.dumps(list(tasks())).encode()
    middle = text.index(b"{", 9000)
    read_both_ways(text[:middle] + damage(text[middle:]))
