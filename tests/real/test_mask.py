"""COCO's masks: similarity of every pair that shares an image, and the masks themselves, against pycocotools."""

import json
from collections import defaultdict

import numpy as np
import polars as pl
import pytest
from pycocotools import mask as coco

from labelqa.formats import rle
from labelqa.kinds import mask
from labelqa.kinds.kind import Runs

SCHEMA = {"geometry": pl.List(pl.Float64), "parts": pl.List(pl.UInt32), "answer": pl.List(pl.String)}


@pytest.fixture(scope="module")
def sides(data):
    """Give ground truth and results by image, as pycocotools' run lengths; all of them are well-formed."""
    truth = json.loads((data / "coco" / "instances_val2014_100.json").read_text())
    results = json.loads((data / "coco" / "instances_val2014_fakesegm100_results.json").read_text())
    size = {image["id"]: (image["height"], image["width"]) for image in truth["images"]}
    found = defaultdict(lambda: ([], []))
    for side, annotations in enumerate((truth["annotations"], results)):
        for annotation in annotations:
            shape, frame = annotation["segmentation"], size[annotation["image_id"]]
            if isinstance(shape, list):
                shape = coco.merge(coco.frPyObjects(shape, *frame))
            elif isinstance(shape["counts"], list):
                shape = coco.frPyObjects(shape, *frame)
            found[annotation["image_id"]][side].append(shape)
    return list(found.values())


def test_all_pairs_equal_pycocotools(sides):
    n_pairs = 0
    for truth, results in sides:
        if truth and results:
            expected = coco.iou(results, truth, [0] * len(truth))
            np.testing.assert_allclose(mask.iou_matrix(results, truth), expected, rtol=0, atol=1e-12)
            n_pairs += expected.size
    assert n_pairs == sum(len(truth) * len(results) for truth, results in sides) > 10_000


def text_of(shape):
    counts = shape["counts"]
    return {"size": shape["size"], "counts": counts if isinstance(counts, str) else counts.decode()}


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # within pycocotools
def test_masks_read_are_the_pixels_and_write_back_the_same_text(sides):
    for shape in (shape for image in sides for side in image for shape in side):
        value = rle.from_coco(shape["counts"], *shape["size"])
        left, top, right, bottom = (int(number) for number in value.geometry)
        inside = np.repeat(np.arange(len(value.parts)) % 2, value.parts).reshape(right - left, bottom - top).T
        pixels = coco.decode(shape)
        assert np.array_equal(pixels[top:bottom, left:right], inside)
        assert pixels.sum() == inside.sum()
        assert [left, top, right - left, bottom - top] == coco.toBbox(shape).tolist()
        assert rle.to_coco(*value, *shape["size"]) == text_of(shape)


def test_the_search_finds_every_pair(sides):
    shapes = [shape for image in sides for side in image for shape in side]
    n = np.array([len(side) for image in sides for side in image])
    first = np.cumsum(n) - n
    rows = [rle.from_coco(shape["counts"], *shape["size"]) for shape in shapes]
    frame = pl.DataFrame([{"geometry": g, "parts": p, "answer": None} for g, p in rows], schema=SCHEMA)
    runs = Runs(first[::2], n[::2], first[1::2], n[1::2])
    found = mask.KIND.candidates(mask.KIND.values(frame), runs, 0.1)
    expected = {}
    for pair, (truth, results) in enumerate(sides):
        if truth and results:
            matrix = coco.iou(truth, results, [0] * len(results))
            for i, j in np.argwhere(matrix >= 0.1).tolist():
                expected[pair, first[2 * pair] + i, first[2 * pair + 1] + j] = matrix[i, j]
    keys = zip(found.pair.tolist(), found.a.tolist(), found.b.tolist(), strict=True)
    assert dict(zip(keys, found.similarity.tolist(), strict=True)) == pytest.approx(expected, rel=0, abs=1e-12)
    assert len(expected) > 500
