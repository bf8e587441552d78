"""Pictures beside exports: found by name, decoded whole or by colour, and refused where they are not what they should be."""

import io
import struct
import zipfile
import zlib

import numpy as np
import pytest
from PIL import Image

from labelqa.errors import InputError
from labelqa.formats import pictures, rle
from labelqa.formats.files import find
from labelqa.formats.pictures import Pictures, by_name, colors, of_color
from labelqa.formats.read import read
from tests.formats.miniatures import HERE


def png(pixels):
    stream = io.BytesIO()
    Image.fromarray(np.asarray(pixels, np.uint8)).save(stream, format="PNG")
    return stream.getvalue()


def bomb(width, height):
    """Write the head of a PNG that claims to be of some size."""
    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + head + struct.pack(">I", zlib.crc32(head)) + b"\0" * 20


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    for name in ("a/one.png", "b/one.png", "b/Two.PNG"):
        (tmp_path / name).write_bytes(png([[0, 255], [0, 0]]))
    return tmp_path


def test_names_that_two_pictures_have_lead_to_neither(folder):
    found = by_name(find([folder]).files)
    assert sorted(found) == ["Two", "Two.PNG", "a/one", "a/one.png", "b/Two", "b/Two.PNG", "b/one", "b/one.png"]
    assert found["a/one"].name == f"{folder}/a/one.png"
    assert Pictures(found).find(["one", "b/one", "Two"]) is found["b/one"]
    assert Pictures(found).find(["one"]) is None
    assert Pictures({}).find(["Two"]) is None


def test_pictures_in_an_archive_have_the_same_names(folder):
    with zipfile.ZipFile(folder / "masks.zip", "w") as archive:
        archive.write(folder / "a" / "one.png", "one.png")
        archive.write(folder / "a" / "one.png", "c/three.png")
    found = by_name(find([folder / "masks.zip"]).files)
    assert sorted(found) == ["c/three", "c/three.png", "masks.zip/one", "masks.zip/one.png", "one", "one.png", "three",
                             "three.png"]  # fmt: skip
    assert Pictures(found).mask(found["three"]) == ((1.0, 0.0, 2.0, 1.0), [0, 1])


def test_colours_are_told_apart_and_transparent_pixels_have_none(tmp_path):
    pixels = np.zeros((3, 4, 4), np.uint8)
    pixels[0, 1] = pixels[2, 2] = (1, 2, 3, 255)
    pixels[1, 1] = (1, 2, 3, 0)
    pixels[2, 0] = (1, 2, 4, 9)
    packed = colors(png(pixels))
    assert packed[0, 1] == 1 + 256 * 2 + 65_536 * 3
    assert packed[1, 1] == 1 << 24
    (tmp_path / "x.png").write_bytes(png(pixels))
    (file,) = find([tmp_path / "x.png"]).files
    beside = Pictures({})
    assert beside.mask(file, (4, 3), (1, 2, 3)) == ((1.0, 0.0, 3.0, 3.0), [0, 1, 4, 1])
    assert beside.mask(file, (None, 3), (1, 2, 4, 255)) == ((0.0, 2.0, 1.0, 3.0), [0, 1])
    assert beside.mask(file, color=(9, 9, 9)) == ((0.0, 0.0, 0.0, 0.0), [])
    with pytest.raises(ValueError, match="red, green and blue"):
        beside.mask(file, color=(1, 2))
    with pytest.raises(ValueError, match="red, green and blue"):
        beside.mask(file, color=(1, 2, 256))


def test_masks_by_colour_agree_with_decoded_pixels():
    random = np.random.default_rng(1)
    pixels = random.integers(0, 3, (40, 30, 3)).astype(np.uint8) * 100
    packed = colors(png(pixels))
    for color in ((100, 0, 200), (0, 0, 0), (200, 200, 200)):
        (left, top, right, bottom), runs = of_color(packed, color[0] + 256 * color[1] + 65_536 * color[2])
        expected = (pixels == color).all(axis=-1)
        found = np.zeros_like(expected)
        inside = np.repeat(np.arange(len(runs)) % 2 == 1, runs)
        left, top, right, bottom = map(int, (left, top, right, bottom))
        found[top:bottom, left:right] = inside.reshape(right - left, bottom - top).T
        assert (found == expected).all()


@pytest.mark.parametrize("color", [None, (1, 1, 1)])
@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"\x89PNG\r\n\x1a\n", "a PNG that can be read to its end"),
        (b"not a picture", "PNG"),
        (png([[1, 1]])[:42], "a PNG that can be read to its end"),
        (bomb(60_000, 60_000), "at most 100000000 pixels|read to its end"),
    ],
)
def test_damaged_and_huge_pictures_are_refused(tmp_path, content, expected, color):
    (tmp_path / "x.png").write_bytes(content)
    (file,) = find([tmp_path / "x.png"]).files
    with pytest.raises(ValueError, match=expected):
        Pictures({}).mask(file, color=color)


def test_a_picture_of_another_size_or_weight_is_refused(tmp_path, monkeypatch):
    (tmp_path / "x.png").write_bytes(png([[1, 1, 1], [0, 0, 0]]))
    (file,) = find([tmp_path / "x.png"]).files
    for color in (None, (1, 1, 1)):
        with pytest.raises(ValueError, match=r"the size of its image, 4 x \?; found 3 x 2"):
            Pictures({}).mask(file, (4, None), color)
        assert Pictures({}).mask(file, (3, 2), color) == rle.from_png(png([[1, 1, 1], [0, 0, 0]]))
    monkeypatch.setattr(pictures, "MAX_BYTES", 20)
    with pytest.raises(ValueError, match="at most 0 MiB"):
        Pictures({}).mask(file)


def test_pictures_are_no_exports(folder):
    with pytest.raises(InputError, match="nothing but PNG files"):
        read(folder)
    project = read([HERE / "labelbox" / "rows.json", folder])
    assert project.labels.height == 2
    assert project.problems.is_empty()
    assert project.sources.height == 1
