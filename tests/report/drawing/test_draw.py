"""Drawings: every kind is drawn, what became of a mark is told, nothing unescaped or endless gets in."""

import base64
import io
import re
import xml.etree.ElementTree as ET

import numpy as np
import polars as pl
import pytest
from PIL import Image

import labelqa
from labelqa.kinds import kinds
from labelqa.project import Builder
from labelqa.report.drawing.images import Photo
from labelqa.report.drawing.shapes import SHAPES
from labelqa.report.drawing.stretches import STRETCHES
from labelqa.report.drawing.votes import VOTES
from tests.report.every_kind import every_kind_project
from tests.report.hostile import ASSETS, hostile_project

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def scores():
    return labelqa.score(every_kind_project())


@pytest.fixture(scope="module")
def hostile():
    return labelqa.score(hostile_project())


def parsed(drawing):
    return ET.fromstring(drawing.svg)


def titles(drawing):
    return [title.text for title in parsed(drawing).iter(f"{SVG}title")][1:]


def texts(drawing):
    return [text.text for text in parsed(drawing).iter(f"{SVG}text")]


def test_every_kind_is_drawn_in_one_family_or_two():
    """Tracks have both a place and a time; relations are drawn between the marks they join."""
    assert {*SHAPES, *STRETCHES, *VOTES, "relation"} == set(kinds())
    assert {*SHAPES} & {*STRETCHES} == {"track"}
    assert not {*VOTES} & {*SHAPES, *STRETCHES}


def test_without_a_legend_only_the_marks_are_drawn(scores):
    whole, bare = (labelqa.draw(scores, "shapes", legend=legend) for legend in (True, False))
    assert titles(bare) == titles(whole)
    assert set(texts(bare)) < set(texts(whole))
    assert not any("agreement" in text for text in texts(bare))
    assert float(parsed(bare).get("height")) < float(parsed(whole).get("height"))


@pytest.mark.parametrize("asset", ["shapes", "lines", "answers", "space", "video"])
def test_every_mark_has_a_title_with_its_class_and_labeler(scores, asset):
    project = scores.comparison.project
    told = titles(labelqa.draw(scores, asset))
    marks = project.annotations.filter(asset_id=asset)
    for kind, cls, labeler in marks.select("kind", "class", "labeler").iter_rows():
        about = f"{labeler}: " if kind in VOTES else f"{cls} by {labeler}: "
        assert [title for title in told if title.startswith(about)], (kind, cls, labeler)


def test_titles_tell_what_the_match_table_says(scores):
    told = titles(labelqa.draw(scores, "shapes", relation="benchmark", labelers="bob", classes=["car", "truck"]))
    rows = scores.matches.filter(asset_id="shapes", relation="benchmark", labeler_a="bob", kind="bbox")
    similarity = dict(rows.select("outcome", "similarity").iter_rows())
    assert f"truck by bob: wrong class, similarity {similarity['wrong_class']:.3f}" in told
    assert f"car by bob: near miss, similarity {similarity['near_miss']:.3f}" in told
    assert f"car by expert: near miss, similarity {similarity['near_miss']:.3f}" in told


def test_an_outcome_is_what_most_labels_say(scores):
    told = titles(labelqa.draw(scores, "shapes", relation="consensus"))
    (truck,) = [title for title in told if title.startswith("truck by bob")]
    assert truck.startswith("truck by bob: wrong class 2 of 2, similarity ")
    (car,) = [title for title in told if title.startswith("car by cat")]
    assert car.startswith("car by cat: matched 1, wrong class 1 of 2, similarity ")
    (ghost,) = [title for title in told if title.startswith("ghost by ann")]
    assert ghost == "ghost by ann: extra 2 of 2"


def test_what_the_other_lacks_is_missed_in_the_benchmark_and_extra_in_a_labeler():
    builder = Builder()
    builder.source("f", "table")
    builder.asset("p", "a", width=100, height=100)
    for labeler, role in (("ann", "submitted"), ("bob", "submitted"), ("gold", "benchmark")):
        label = builder.label("p", "a", labeler, labeler, role=role)
        if labeler != "ann":
            builder.bbox(label, "car", 0, 0, 10, 10)
    scores = labelqa.score(builder.project())
    assert titles(labelqa.draw(scores, "a", labelers="ann")) == ["car by gold: missed"]
    assert titles(labelqa.draw(scores, "a", relation="consensus")) == ["car by bob: extra"]


def test_only_what_is_asked_for_is_drawn(scores):
    told = titles(labelqa.draw(scores, "shapes", outcomes="extra"))
    assert told == ["car by ann: extra", "ghost by ann: extra"]
    assert "lake by ann" not in "".join(titles(labelqa.draw(scores, "shapes", classes="car")))
    for relation in (None, "consensus"):
        told = titles(labelqa.draw(scores, "shapes", labelers=["ann", "bob"], relation=relation))
        assert told
        assert not [title for title in told if "by cat" in title]


def test_a_labeler_keeps_the_colour_over_assets(scores):
    def colour(asset):
        root = parsed(labelqa.draw(scores, asset))
        groups = [g for g in root.iter(f"{SVG}g") if "by bob:" in (g.findtext(f"{SVG}title") or "")]
        return {shape.get("stroke") for g in groups for shape in g if shape.get("stroke")}

    assert colour("shapes") == colour("lines") == colour("space")
    assert len(colour("shapes")) == 1


def test_the_same_scores_give_the_same_drawing(scores):
    again = labelqa.score(every_kind_project())
    assert labelqa.draw(scores, "video").svg == labelqa.draw(again, "video").svg


@pytest.mark.parametrize("asset", ASSETS)
def test_hostile_names_stay_text(hostile, asset):
    drawing = labelqa.draw(hostile, asset)
    tags = {element.tag.removeprefix(SVG) for element in parsed(drawing).iter()}
    assert tags <= {"svg", "g", "title", "defs", "pattern", "rect", "path", "text", "circle"}
    assert drawing.svg.isprintable()


def test_markup_in_names_is_escaped():
    name = '"><script>alert(1)</script><image href="http://x"/>'
    builder = Builder()
    builder.source("f", "table")
    builder.asset(name, name)
    for labeler in (name, "</svg>"):
        label = builder.label(name, name, labeler, labeler)
        builder.bbox(
            label,
            name,
            0,
            0,
            9,
            9,
        )
        builder.answer(label, "choice", name, [name + labeler])
    drawing = labelqa.draw(labelqa.score(builder.project()), name)
    assert not {"script", "image"} & {element.tag.removeprefix(SVG) for element in parsed(drawing).iter()}
    assert "<script" not in drawing.svg
    assert not re.search(r"(href|src|style|on\w+)=\"", drawing.svg)


def test_numbers_are_finite_and_short_whatever_the_coordinates():
    builder = Builder()
    builder.source("f", "table")
    builder.asset("p", "a")
    for k in range(2):
        label = builder.label("p", "a", f"l{k}", f"l{k}")
        builder.bbox(label, "far", -1e300, -1e300, 1e300, 1e300 / (k + 1))
        builder.bbox(label, "thin", 5.0, 5.0, 5.0, 5.0)
        builder.annotation(label, "interval", "ever", [-1e300, 1e300])
        builder.annotation(label, "polygon", "nothing", [])
        builder.annotation(label, "track", "gone", [], parts=[])
        builder.annotation(label, "keypoints", "hidden", [1.0, 1.0], parts=[0])
        builder.annotation(label, "mask", "none", [0.0, 0.0, 0.0, 0.0], parts=[])
    drawing = labelqa.draw(labelqa.score(builder.project()), "a")
    attributes = [(name, value) for shape in parsed(drawing).iter() for name, value in shape.items()]
    written = [value for name, value in attributes if name not in ("id", "fill", "stroke", "class")]
    assert len(written) > 100
    assert not [value for value in written if re.search(r"nan|inf|\d{6}|\.\d{3}|\de", value)]


def test_many_marks_are_drawn_in_part_and_it_is_said():
    builder = Builder()
    builder.source("f", "table")
    builder.asset("p", "a", width=1000, height=1000)
    for labeler in ("ann", "bob"):
        label = builder.label("p", "a", labeler, labeler)
        for k in range(3000):
            builder.bbox(label, "dot", k % 100 * 10, k // 100 * 10, k % 100 * 10 + 8, k // 100 * 10 + 8)
    drawing = labelqa.draw(labelqa.score(builder.project()), "a")
    assert "2,000 of 6,000 marks drawn" in "".join(texts(drawing))
    assert len(titles(drawing)) == 2000


def test_an_image_is_carried_within_made_small_and_written_anew(scores):
    paper = io.BytesIO()
    pixels = np.arange(1200 * 900 * 3, dtype=np.uint32).astype(np.uint8).reshape(900, 1200, 3)
    Image.fromarray(pixels).save(paper, "PNG", pnginfo=None)
    drawing = labelqa.draw(scores, "shapes", image=paper.getvalue(), size=400)
    (image,) = parsed(drawing).iter(f"{SVG}image")
    start, data = image.get("href").split(",")
    assert start == "data:image/jpeg;base64"
    assert Image.open(io.BytesIO(base64.b64decode(data))).size == (800, 600)


def test_small_marks_are_enlarged_with_the_part_of_the_image_behind_them():
    builder = Builder()
    builder.source("f", "table")
    builder.asset("p", "a", width=1000, height=500)
    for labeler in ("ann", "bob"):
        builder.bbox(builder.label("p", "a", labeler, labeler), "car", 800, 400, 850, 450)
    paper = io.BytesIO()
    image = Image.new("RGB", (1000, 500), "white")
    image.paste("red", (790, 390, 860, 460))
    image.save(paper, "PNG")
    drawing = labelqa.draw(labelqa.score(builder.project()), "a", image=paper.getvalue(), size=300)
    assert "detail: 16 % of the frame's width" in texts(drawing)
    (shown,) = parsed(drawing).iter(f"{SVG}image")
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(shown.get("href").split(",")[1]))).convert("RGB"))
    is_red = (pixels[..., 0] > 200) & (pixels[..., 1] < 60)
    assert is_red.mean() == pytest.approx(70 * 70 / (160 * 80), abs=0.03)


def test_a_photo_taken_upright_is_shown_upright():
    paper, exif = io.BytesIO(), Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (3000, 2000), "red").save(paper, "JPEG", exif=exif)
    photo = Photo(paper.getvalue())
    assert (photo.width, photo.height) == (2000, 3000)
    shown = Image.open(io.BytesIO(base64.b64decode(photo.uri((0, 0, 1, 1), 300).split(",")[1])))
    assert shown.size == (200, 300)
    assert not shown.getexif()


def test_what_is_no_image_is_refused(scores, tmp_path):
    for image in (b"<svg onload='x'/>", b"", tmp_path / "none.png"):
        with pytest.raises(labelqa.UsageError, match="cannot be read"):
            labelqa.draw(scores, "shapes", image=image)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"asset_id": "shape"}, "There is no asset 'shape'; did you mean 'shapes'?"),
        ({"labelers": "anne"}, "did you mean 'ann'?"),
        ({"classes": "cars"}, "did you mean 'car'?"),
        ({"outcomes": "mised"}, "did you mean 'missed'?"),
        ({"relation": "consensuss"}, "did you mean 'consensus'?"),
        ({"size": 10**9}, "size is a whole number of pixels"),
    ],
)
def test_wrong_calls_say_what_is_wrong(scores, arguments, message):
    with pytest.raises(labelqa.UsageError) as raised:
        labelqa.draw(scores, **{"asset_id": "shapes", **arguments})
    assert message in str(raised.value)


def test_labels_compared_with_none_are_drawn():
    alone = labelqa.score(every_kind_project().select(labelers="ann"))
    drawing = labelqa.draw(alone, "shapes")
    assert "1 label, compared with none" in texts(drawing)
    assert "lake by ann: not compared" in titles(drawing)


def test_an_asset_without_labels_is_an_empty_frame():
    builder = Builder()
    builder.source("f", "table")
    builder.asset("p", "a", width=10, height=10)
    assert "0 labels, compared with none" in texts(labelqa.draw(labelqa.score(builder.project()), "a"))


def test_one_id_in_two_projects_asks_which():
    builder = Builder()
    builder.source("f", "table")
    for project in "pq":
        builder.asset(project, "a")
        builder.label(project, "a", "l", "ann")
    scores = labelqa.score(builder.project())
    with pytest.raises(labelqa.UsageError, match="in 2 projects"):
        labelqa.draw(scores, "a")
    assert "compared with none" in labelqa.draw(scores, "a", project_id="q").svg


def test_predictions_are_drawn_from_a_comparison():
    builder = Builder()
    builder.source("f", "table")
    builder.asset("p", "a")
    for labeler, role in (("ann", "submitted"), ("model", "prediction")):
        builder.bbox(builder.label("p", "a", labeler, labeler, role=role), "car", 0, 0, 10, 10)
    drawing = labelqa.draw(labelqa.compare(builder.project(), against="predictions"), "a")
    assert "agreement against the pre-label 1.000, mean of 1 label" in texts(drawing)


def test_of_some_classes_others_are_drawn_where_they_met_them():
    rows = [
        ("a", "ann", "car", 0), ("a", "ben", "truck", 0), ("a", "ann", "truck", 50), ("a", "ben", "truck", 50),
    ]  # fmt: skip
    table = pl.DataFrame(
        [(asset, who, cls, x, 0, 9, 9) for asset, who, cls, x in rows],
        schema=["asset_id", "labeler", "class", "x", "y", "w", "h"],
        orient="row",
    )
    scores = labelqa.score(labelqa.read(table))
    cars, trucks = (titles(labelqa.draw(scores.select(classes=name), "a")) for name in ("car", "truck"))
    assert len(cars) == 2
    assert all("wrong class" in title for title in cars)
    assert len(trucks) == 4
