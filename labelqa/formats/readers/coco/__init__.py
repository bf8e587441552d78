"""COCO object detection: ground truth ("instances"), keypoints, panoptic, lists of results, one file for each labeler.

The labeler is the name of the file. An image that a file lists and does not annotate is an empty label: looked at,
nothing found. All files read together belong together: results refer to the images and categories of the instances
files beside them. Category numbers differ between files; classes are their names. Results without ids are numbered in
the order of their file, as pycocotools does.

An annotation may state a box, an outline (polygons or run lengths) and keypoints at once. It is read as the most detailed
of them that every file read together has, so that the files can meet; outlines that are nothing but the rectangles of the
boxes are boxes. Area and box beside an outline are kept as stated. Parts of an outline that overlap are joined, since COCO
means their union. The segments of a panoptic file are masks if the PNG files are given with it, else they are counted.
https://cocodataset.org/#format-data and https://cocodataset.org/#format-results
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from labelqa.formats.files import File
from labelqa.formats.format import Format
from labelqa.formats.readers.coco.cutting import pieces
from labelqa.formats.readers.coco.reading import Reading
from labelqa.formats.readers.coco.together import read_together
from labelqa.formats.sample import Sample
from labelqa.project import Builder

__all__ = ["FORMAT"]

_SHAPES = ("bbox", "segmentation", "keypoints", "segments_info")
_TRIED = 20
"""How many records are looked at to recognise a file."""


def refuse(sample: Sample) -> str | None:
    """Say why a file is neither COCO instances nor a list of results."""
    if sample.shape == "array":
        return _no_annotation([sample.record], "the first element of the list")
    if sample.shape != "object":
        return "neither a JSON object nor a JSON list"
    members = sample.record if isinstance(sample.record, dict) else {}
    lists = {name: members[name] for name in ("images", "categories", "annotations") if name in members}
    if not lists or not all(isinstance(members[name], list) for name in lists):
        return "no lists 'images' and 'annotations'"
    if lists.get("annotations"):
        reason = _no_annotation(lists["annotations"][:_TRIED], "the first annotations")
        if reason is not None:
            return reason
    # The head of a large file may show no more than its first list.
    if sample.is_whole and not ("images" in lists and len(lists) > 1):
        return "no lists 'images' and 'annotations'"
    images = lists.get("images", [])[:_TRIED]
    if images and not any(isinstance(image, dict) and "id" in image for image in images):
        return "no 'id' in the first images"
    return None


def _no_annotation(found: list[Any], where: str) -> str | None:
    """Say why none of these is an annotation; one damaged record must not hide what a file is."""
    annotations = [one for one in found if isinstance(one, dict) and "image_id" in one]
    if not annotations:
        return f"no 'image_id' in {where}"
    if not any(shape in one for one in annotations for shape in _SHAPES):
        return f"none of {', '.join(_SHAPES)} in {where}"
    return None


def read(files: Sequence[File], builder: Builder) -> None:
    """Read instances first, then the results that refer to them."""
    read_together(files, builder, Reading())


FORMAT = Format(
    name="coco",
    title="COCO (instances, keypoints, panoptic, results, one file per labeler)",
    facts=frozenset({"who", "prediction"}),
    refuse=refuse,
    read=read,
    pieces=pieces,
)
