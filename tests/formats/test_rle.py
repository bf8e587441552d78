"""Vendors' run lengths against pixels decoded one by one, and against pycocotools; what does not fit is refused."""

import io
import time
import zlib

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image
from pycocotools import mask as coco

from labelqa.formats import rle

images = st.tuples(
    st.integers(1, 9), st.integers(1, 9), st.integers(0, 2**32 - 1), st.sampled_from([0, 0.1, 0.5, 0.9, 1])
)
images = images.map(lambda d: np.random.default_rng(d[2]).random(d[:2]) < d[3])


def pixels_of(value, height, width):
    """Decode a value as the contract describes it."""
    image = np.zeros((height, width), dtype=bool)
    left, top, right, bottom = (int(side) for side in value.geometry)
    if value.parts:
        assert sum(value.parts) == (right - left) * (bottom - top) > 0
        assert all(part > 0 for part in value.parts[1:])
        inside = np.repeat(np.arange(len(value.parts)) % 2 == 1, value.parts).reshape(right - left, bottom - top).T
        assert inside.any(axis=0)[[0, -1]].all(), "the box is tight"
        assert inside.any(axis=1)[[0, -1]].all(), "the box is tight"
        image[top:bottom, left:right] = inside
    else:
        assert value.geometry == (0, 0, 0, 0)
    return image


def lengths(flat):
    """Count run lengths, background first, one pixel after the other."""
    counts, before = [0], False
    for here in flat.tolist():
        if here != before:
            counts.append(0)
        counts[-1] += 1
        before = here
    return counts


def sentence(call, *given):
    """Give what a call complains of; nothing if it gives a sound value."""
    try:
        value = call(*given)
    except ValueError as error:
        return str(error)
    pixels_of(value, 300, 300)
    return None


@given(images)
def test_coco_and_rows_give_the_pixels(image):
    height, width = image.shape
    encoded = coco.encode(np.asfortranarray(image.astype(np.uint8)))
    value = rle.from_coco(lengths(image.T.ravel()), height, width)
    assert np.array_equal(pixels_of(value, height, width), image)
    assert rle.from_coco(encoded["counts"], height, width) == value
    assert rle.from_coco(encoded["counts"].decode(), height, width) == value
    assert rle.from_rows(lengths(image.ravel()), width, height) == value
    rows = coco.encode(np.asfortranarray(image.T.astype(np.uint8)))[
        "counts"
    ].decode()  # Encord: columns of the transpose
    assert rle.from_compressed_rows(rows, width, height) == value
    assert rle.to_coco(*value, height, width) == {"size": [height, width], "counts": encoded["counts"].decode()}


@given(images, st.integers(-5, 1000), st.integers(-5, 1000))
def test_a_raster_has_its_place(image, left, top):
    height, width = image.shape
    here = rle.from_rows(lengths(image.ravel()), width, height)
    there = rle.from_rows(lengths(image.ravel()), width, height, left, float(top))
    assert there.parts == here.parts
    moved = [side + move for side, move in zip(here.geometry, (left, top, left, top), strict=True)]
    assert list(there.geometry) == (moved if image.any() else [0] * 4)


@given(st.lists(st.integers(1, 40_000_000), min_size=1, max_size=24))
def test_long_runs_are_compressed_like_coco(some):
    height = sum(some)
    (encoded,) = coco.frPyObjects([{"size": [height, 1], "counts": some}], height, 1)
    value = rle.from_coco(some, height, 1)
    assert rle.from_coco(encoded["counts"], height, 1) == value
    assert rle.to_coco(*value, height, 1)["counts"] == encoded["counts"].decode()


def test_whole_numbers_may_be_floats_and_arrays():
    expected = rle.from_coco([6, 2, 3, 1, 3], 5, 3)
    assert rle.from_coco([6.0, 2, 3, 1.0, 3], 5.0, np.int64(3)) == expected
    assert rle.from_coco(np.array([6, 2, 3, 1, 3], dtype=np.uint32), 5, 3) == expected
    assert rle.from_coco([6, 1, 0, 1, 3, 0, 0, 1, 3, 0], 5, 3) == expected  # empty runs


@pytest.mark.parametrize(
    "counts",
    [
        [4, -1, 6],
        [5, 5],
        [4, 4],
        [],
        [9.5, -0.5],
        [float("nan"), 9],
        [float("inf")],
        [1e300],
        [10**400],
        [2**64, 9 - 2**64],
        [True, 8],
        ["9"],
        [None],
        [[9]],
        [[1, 2], [3]],
        {"counts": [9]},
        None,
        9,
        np.array([[9]]),
        np.array(["9"]),
        "",
        "9 ",
        "\x00",
        "é",
        "p",
        "Y",
        "ooooooooo0",
        "oooooo0",
        "/",
        "IO3",
        b"\xff\xfe",
    ],
)
def test_wrong_run_lengths_are_refused(counts):
    with pytest.raises(ValueError, match="run lengths"):
        rle.from_coco(counts, 3, 3)
    with pytest.raises(ValueError, match="run lengths"):
        rle.from_rows(counts, 3, 3)
    with pytest.raises(ValueError, match="run lengths"):
        rle.from_compressed_rows(counts, 3, 3)


def test_text_and_numbers_are_not_taken_for_one_another():
    with pytest.raises(ValueError, match="list of whole numbers"):
        rle.from_rows("9", 3, 3)
    with pytest.raises(ValueError, match="as text"):
        rle.from_compressed_rows([9], 3, 3)


@pytest.mark.parametrize("side", [0, -3, 2.5, float("nan"), None, "3", True, [3], 10**9, 10**400])
def test_wrong_sizes_are_refused(side):
    for call in (rle.from_coco, rle.from_rows):
        with pytest.raises(ValueError, match=r"whole numbers above 0|at most 1000000000 pixels"):
            call([9], side, 3)
        with pytest.raises(ValueError, match=r"whole numbers above 0|at most 1000000000 pixels"):
            call([9], 3, side)
    with pytest.raises(ValueError, match=r"whole numbers above 0|at most 1000000000 pixels"):
        rle.from_brush(packed([0] * 36), side, 3)


@pytest.mark.parametrize("place", [0.5, float("nan"), None, "3", 10**30])
def test_wrong_places_are_refused(place):
    with pytest.raises(ValueError, match="left and top"):
        rle.from_rows([9], 3, 3, place, 0)
    with pytest.raises(ValueError, match="left and top"):
        rle.from_compressed_rows("9", 3, 3, 0, place)


@given(st.text(st.characters(min_codepoint=46, max_codepoint=113), max_size=12))
def test_any_text_is_read_or_refused(text):
    found = sentence(rle.from_coco, text, 3, 3)
    assert found is None or "run lengths" in found


def test_a_billion_pixels_take_milliseconds_and_too_many_runs_are_refused():
    start = time.perf_counter()
    value = rle.from_coco([100_000, 10**9 - 200_000, 100_000], 31_250, 32_000)
    assert value == ((3, 0, 31_997, 31_250), [6_250, 999_800_000, 6_250])
    rows = rle.from_rows([100_000, 10**9 - 200_000, 100_000], 31_250, 32_000)
    assert rows.geometry == (0, 3, 31_250, 31_997)
    assert len(rows.parts) == 24_999
    with pytest.raises(ValueError, match="at most 16777216 runs"):
        rle.from_rows([0, 7 * 10**8, 3 * 10**8], 5 * 10**8, 2)
    assert time.perf_counter() - start < 1


# ---- brush


def packed(values, sizes=(3, 4, 8, 16), word=8, longest=1 << 16):
    """Pack values as rle-pack does: what repeats as one value, the rest value by value."""
    bits = f"{len(values):032b}{word - 1:05b}" + "".join(f"{size - 1:04b}" for size in sizes)
    at = 0
    while at < len(values):
        end = at + 1
        while end < len(values) and values[end] == values[at] and end - at < longest:
            end += 1
        repeat = end - at > 1
        while not repeat and end < len(values) and values[end] != values[end - 1] and end - at < longest:
            end += 1
        size = next(place for place, size in enumerate(sizes) if end - at <= 1 << size)
        bits += f"{int(repeat)}{size:02b}{end - at - 1:0{sizes[size]}b}"
        bits += "".join(f"{value:0{word}b}" for value in (values[at : at + 1] if repeat else values[at:end]))
        at = end
    bits += "0" * (-len(bits) % 8)
    return [int(bits[place : place + 8], 2) for place in range(0, len(bits), 8)]


def rgba(image, seed=0):
    """Colour every pixel, also clear ones, at random from few colours; only alpha says what is set."""
    rng = np.random.default_rng(seed)
    values = rng.integers(0, 2, (*image.shape, 4)) * 255
    values[..., 3] = np.where(image, rng.integers(1, 256, image.shape), 0)
    return values.ravel().tolist()


@given(images, st.integers(0, 99))
def test_brush_gives_the_pixels_of_alpha_above_0(image, seed):
    height, width = image.shape
    plain = np.repeat(image.astype(int) * 255, 4).tolist()
    expected = rle.from_rows(lengths(image.ravel()), width, height)
    assert rle.from_brush(packed(plain), width, height) == expected
    assert rle.from_brush(bytes(packed(rgba(image, seed))), width, height) == expected
    one_bit = [int(value > 0) for value in rgba(image, seed)]
    assert rle.from_brush(packed(one_bit, (1, 2, 4, 5), word=1, longest=5), width, height) == expected


def test_brush_of_many_single_values_is_unpacked_in_pieces(monkeypatch):
    image = np.random.default_rng(3).random((40, 50)) < 0.5
    expected = rle.from_rows(lengths(image.ravel()), 50, 40)
    content = packed(rgba(image))
    assert rle.from_brush(content, 50, 40) == expected
    monkeypatch.setattr(rle.brush, "_AT_ONCE", 7)
    assert rle.from_brush(content, 50, 40) == expected


def test_damaged_brushes_are_refused():
    content = packed(rgba(np.random.default_rng(3).random((4, 5)) < 0.5))
    for end in range(len(content)):
        with pytest.raises(ValueError, match="packed brush"):
            rle.from_brush(content[:end], 5, 4)
    with pytest.raises(ValueError, match="80 values, 4 for each pixel; found 96"):
        rle.from_brush(packed([0] * 96), 5, 4)
    with pytest.raises(ValueError, match="at most 8 bits; found 16"):
        rle.from_brush(packed([0] * 80, word=16), 5, 4)
    longer = packed([0] * 80)
    longer[:4] = [0, 0, 0, 76]  # the run then holds more than the head says
    with pytest.raises(ValueError, match="of 76 values; its runs hold 80"):
        rle.from_brush(longer, 19, 1)


@pytest.mark.parametrize(
    "content", [None, 10**12, "AAAA", [256] * 9, [-1] * 9, [10**400], [1.0], [True], [None], {}, []]
)
def test_what_is_no_brush_is_refused(content):
    with pytest.raises(ValueError, match="brush"):
        rle.from_brush(content, 3, 3)


@given(st.binary(max_size=24), st.sampled_from([b"", bytes(packed([0] * 36)[:7])]))
def test_any_bytes_are_a_brush_or_refused(content, head):
    found = sentence(rle.from_brush, head + content, 3, 3)
    assert found is None or "brush" in found


# ---- PNG


def png(image, **options):
    stream = io.BytesIO()
    image.save(stream, "PNG", **options)
    return stream.getvalue()


@given(images)
@example(np.ones((1, 1), dtype=bool))
def test_png_of_every_mode_gives_the_pixels(image):
    height, width = image.shape
    expected = rle.from_rows(lengths(image.ravel()), width, height)
    grey = Image.fromarray((image * 200).astype(np.uint8))
    alpha = Image.merge("LA", (Image.new("L", grey.size, 9), grey))
    palette = Image.fromarray(image.astype(np.uint8)).convert("P")
    palette.putpalette([0, 0, 0, 7, 0, 0])
    clear = Image.fromarray(image.astype(np.uint8)).convert("P")
    clear.putpalette([90, 90, 90, 7, 0, 0])
    coloured = Image.merge("RGB", (grey.point(lambda v: v or 3),) * 3)
    contents = [
        png(Image.fromarray(image)),
        png(grey),
        png(Image.fromarray(image.astype(np.uint16) * 256)),
        png(Image.merge("RGB", (Image.new("L", grey.size), grey, Image.new("L", grey.size)))),
        png(Image.merge("RGBA", (Image.new("L", grey.size), grey, grey, Image.new("L", grey.size, 1)))),
        png(alpha),
        png(palette),
        png(clear, transparency=0),
        png(coloured, transparency=(3, 3, 3)),
    ]
    for content in contents:
        assert rle.from_png(content) == expected
    black = Image.merge("RGBA", (Image.new("L", grey.size),) * 3 + (grey,))
    assert rle.from_png(png(black)).parts == []


def test_png_is_looked_at_in_pieces_and_has_its_place(monkeypatch):
    image = np.random.default_rng(3).random((40, 50)) < 0.5
    content = png(Image.fromarray(image))
    expected = rle.from_rows(lengths(image.ravel()), 50, 40, 7, 9)
    assert rle.from_png(content, 7, 9) == expected
    monkeypatch.setattr(rle, "_PIXELS_AT_ONCE", 130)
    assert rle.from_png(content, 7, 9) == expected


def chunk(kind, content):
    return len(content).to_bytes(4, "big") + kind + content + zlib.crc32(kind + content).to_bytes(4, "big")


@pytest.mark.filterwarnings("error")
def test_png_bombs_and_damage_are_refused():
    head = b"\x89PNG\r\n\x1a\n"
    for side in (10_001, 30_000, 2**31 - 1):
        bomb = chunk(b"IHDR", side.to_bytes(4, "big") * 2 + b"\x01\0\0\0\0") + chunk(b"IDAT", b"") + chunk(b"IEND", b"")
        with pytest.raises(ValueError, match="PNG"):
            rle.from_png(head + bomb)
    content = png(Image.fromarray(np.random.default_rng(3).integers(0, 256, (9, 9)).astype(np.uint8)))
    for end in range(0, len(content) - 30, 3):
        with pytest.raises(ValueError, match="PNG"):
            rle.from_png(content[:end])
    for wrong in (None, "PNG", b"", b"GIF89a", head, bytes(50)):
        with pytest.raises(ValueError, match="PNG"):
            rle.from_png(wrong)


@given(st.integers(8, 80), st.integers(1, 255))
def test_png_with_a_changed_byte_is_read_or_refused(place, change):
    content = bytearray(png(Image.fromarray(np.eye(9, dtype=np.uint8) * 255)))
    content[place % len(content)] ^= change
    found = sentence(rle.from_png, bytes(content))
    assert found is None or "PNG" in found


# ---- writing


@pytest.mark.parametrize(
    ("geometry", "parts"),
    [
        ((0, 0, 6, 1), [0, 6]),
        ((0, 0, 1, 5), [0, 5]),
        ((-1, 0, 1, 1), [0, 2]),
        ((0, -1, 1, 1), [0, 2]),
        ((0.5, 0, 1, 1), [1]),
        ((2, 0, 1, 1), [0, 1]),
        ((0, 0, float("nan"), 1), [0, 1]),
        ((0, 0, 1), [1]),
        ((0, 0, 2, 2), [0, 3]),
        ((0, 0, 2, 2), [5, -1]),
    ],
)
def test_what_lies_outside_or_is_no_mask_is_not_written(geometry, parts):
    with pytest.raises(ValueError, match=r"mask|run lengths"):
        rle.to_coco(geometry, parts, 4, 5)


def test_an_empty_mask_is_written_as_background():
    assert coco.area({**rle.to_coco((0, 0, 0, 0), [], 4, 5)}) == 0
    assert rle.from_coco(rle.to_coco((0, 0, 0, 0), [], 4, 5)["counts"], 4, 5).parts == []
