"""Compressed masks at once: the same values as one by one, and the same ones refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycocotools import mask as coco

from labelqa.formats import rle
from labelqa.formats.compressed import decoded
from labelqa.formats.readers.coco import segments


def one_by_one(texts, height, width):
    """Give the value of each mask, or None where it is refused."""
    found = []
    for text, tall, wide in zip(texts, height, width, strict=True):
        try:
            found.append(rle.from_coco(text, int(tall), int(wide)))
        except ValueError:
            found.append(None)
    return found


def at_once(texts, height, width):
    values, good = decoded(texts, np.array(height, np.int64), np.array(width, np.int64))
    parts = np.split(values.parts, np.cumsum(values.size))
    masks = iter(
        [rle.MaskValue(tuple(box), p.tolist()) for box, p in zip(values.geometry.tolist(), parts, strict=False)]
    )
    assert len(values.geometry) == good.sum() == len(values.size)
    return [next(masks) if well else None for well in good]


@st.composite
def texts(draw):
    """Draw a mask's text with the size of its image, or one that is damaged, or the wrong size."""
    height, width = draw(st.integers(1, 6)), draw(st.integers(1, 6))
    pixels = draw(st.lists(st.booleans(), min_size=height * width, max_size=height * width))
    if draw(st.booleans()):
        pixels = [draw(st.booleans())] * (height * width)
    text = coco.encode(np.asfortranarray(np.reshape(pixels, (height, width)), dtype=np.uint8))["counts"].decode()
    damage = draw(st.sampled_from(["none", "none", "none", "cut", "size", "other", "more"]))
    if damage == "cut":
        text = text[: draw(st.integers(0, len(text)))]
    elif damage == "size":
        height += 1
    elif damage == "other":
        text = draw(st.text("0123456789@ABCNOPQ_`abcno~é/", max_size=12))
    elif damage == "more":
        text += draw(st.sampled_from(["00", "0", "P", "oooooooo", "nnnnnnnnn0", " "]))
    return text, height, width


@given(st.lists(texts(), max_size=8))
def test_many_are_decoded_as_each_is(given_texts):
    columns = list(zip(*given_texts, strict=True)) or [(), (), ()]
    assert at_once(*columns) == one_by_one(*columns)


def test_masks_of_images_are_those_of_pycocotools():
    rng = np.random.default_rng(0)
    images = [np.asfortranarray(rng.random((40, 30)) < share, dtype=np.uint8) for share in (0, 0.01, 0.5, 0.99, 1)]
    images.append(
        np.asfortranarray(np.pad(np.ones((20, 10), np.uint8), ((0, 20), (5, 15))))
    )  # from the top, full columns
    strings = [coco.encode(image)["counts"].decode() for image in images]
    found = at_once(strings, [40] * len(images), [30] * len(images))
    for image, value in zip(images, found, strict=True):
        left, top, right, bottom = map(int, value.geometry)
        inside = np.repeat(np.arange(len(value.parts)) % 2, value.parts).reshape(right - left, bottom - top).T
        again = np.zeros_like(image)
        again[top:bottom, left:right] = inside
        assert np.array_equal(image, again)
        assert rle.to_coco(*value, 40, 30)["counts"] == coco.encode(image)["counts"].decode()


@pytest.mark.parametrize("text", ["", "0", "6", "\xff", "oooooooooo", "00000000", "P" * 9 + "0"])
def test_one_bad_text_spoils_no_other(text):
    good = coco.encode(np.asfortranarray(np.eye(5, dtype=np.uint8)))["counts"].decode()
    found = at_once([good, text, good], [5] * 3, [5] * 3)
    assert found == [rle.from_coco(good, 5, 5), None, rle.from_coco(good, 5, 5)]


def test_none_at_all():
    assert at_once([], [], []) == []


def test_a_reader_takes_texts_and_numbers_in_order_and_names_what_is_wrong():
    raws = [
        b'{"size": [5, 3], "counts": [6, 2, 3, 1, 3]}',
        b'{"size": [5, 3], "counts": "623O0"}',
        b'{"size": [5, 3], "counts": "62"}',
        b'{"size": [5], "counts": "623O0"}',
        b'{"size": [0, 3], "counts": "0"}',
        b'{"size": [5, 3], "counts": "623O0"}',
    ]
    (found,) = segments.decode(raws, as_they_are=False)
    assert found.masks["place"].to_list() == [0, 1, 5]
    assert found.masks["parts"].to_list() == [[0, 3, 1]] * 3
    assert found.masks["geometry"].to_list() == [[1.0, 1.0, 3.0, 3.0]] * 3
    assert found.masks.select("height", "width").rows() == [(5, 3)] * 3
    assert [(place, text.split(";")[0]) for place, text in sorted(found.faults)] == [
        (2, "run lengths that add up to the 15 pixels of the raster"),
        (3, "a size of height and width"),
        (4, "height and width of a mask as whole numbers above 0"),
    ]
