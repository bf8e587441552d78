"""The same 273 boxes in eight layouts: every reader gives the same, as far as the layout can say it."""

import csv
import xml.etree.ElementTree as ET
from collections import Counter

import numpy as np
import pytest

from labelqa import read

LAYOUTS = ("coco_format_v1", "coco_format_v2", "cvat_format", "imagenet_format", "labelme_format", "pascalvoc_format")
FRACTIONS = {"openimages_format": ("ImageID", "Width", "Height"), "yolo_format": ("image", "width", "height")}


@pytest.fixture(scope="module")
def folder(data):
    return data / "same_boxes_nine_formats"


@pytest.fixture(scope="module")
def expected(folder):
    """Read the boxes of the VOC files in a few plain lines: image, class, sides; and the sizes of the images."""
    boxes, sizes = [], {}
    for path in sorted((folder / "pascalvoc_format").iterdir()):
        root = ET.parse(path).getroot()
        image = root.findtext("filename")
        sizes[image] = (int(root.findtext("size/width")), int(root.findtext("size/height")))
        for one in root.iter("object"):
            sides = [float(one.findtext(f"bndbox/{side}")) for side in ("xmin", "ymin", "xmax", "ymax")]
            boxes.append((image, one.findtext("name"), sides))
    return boxes, sizes


@pytest.fixture(scope="module")
def told(expected, tmp_path_factory):
    """Write the sizes of the images as tables."""
    paths = {}
    for layout, header in FRACTIONS.items():
        paths[layout] = tmp_path_factory.mktemp("sizes") / "sizes.csv"
        with paths[layout].open("w", newline="") as stream:
            csv.writer(stream).writerows([header, *((image, *size) for image, size in expected[1].items())])
    return paths


def boxes_of(project):
    rows = project.annotations.filter(kind="bbox").select("asset_id", "class", "geometry").rows()
    return sorted((asset, cls, box) for asset, cls, box in rows)


def same(found, expected, tolerance):
    """Compare boxes image by image and class by class; gives the greatest difference of a side."""
    assert Counter((image, cls) for image, cls, _ in found) == Counter((image, cls) for image, cls, _ in expected)
    left = {}
    for image, cls, box in expected:
        left.setdefault((image, cls), []).append(box)
    for image, cls, box in found:
        others = left[image, cls]
        differences = [np.abs(np.subtract(box, other)).max() for other in others]
        best = int(np.argmin(differences))
        assert differences[best] <= tolerance, (image, cls, box, others[best])
        others.pop(best)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_layout_in_pixels_gives_the_same_boxes(layout, folder, expected):
    project = read(folder / layout)
    boxes = boxes_of(project)
    assert len(boxes) == 273
    same(boxes, expected[0], 0.02)
    assert project.labelers.height == 1
    assert not project.problems.filter(severity="error").height
    sizes = {image: (width, height) for image, width, height in project.assets["asset_id", "width", "height"].rows()}
    assert sizes.items() <= expected[1].items()


@pytest.mark.parametrize("layout", FRACTIONS)
def test_a_layout_in_fractions_gives_the_same_boxes_once_sizes_are_given(layout, folder, expected, told):
    project = read([folder / layout, told[layout]])
    boxes = boxes_of(project)
    assert len(boxes) == 273
    same(boxes, expected[0], 1.0)
    assert not project.problems.filter(severity="error").height
    assert not project.problems["expected"].str.contains("sizes of all images").any()


@pytest.mark.parametrize("layout", FRACTIONS)
def test_without_sizes_coordinates_are_fractions(layout, folder, expected):
    project = read(folder / layout)
    sizes = expected[1]
    boxes = [
        (image, cls, np.multiply(box, [*sizes[image], *sizes[image]]).tolist()) for image, cls, box in boxes_of(project)
    ]
    assert len(boxes) == 273
    same(boxes, expected[0], 1.0)
    (warning,) = project.problems.filter(project.problems["expected"].str.contains("sizes of all images"))["severity"]
    assert warning == "warning"
    assert project.assets["width"].null_count() == project.assets.height


def test_two_layouts_are_two_labelers_who_agree(folder):
    project = read([folder / "pascalvoc_format", folder / "imagenet_format"])
    assert project.labelers["labeler"].to_list() == ["imagenet_format", "pascalvoc_format"]
    assert (project.assets.height, project.labels.height) == (100, 200)
