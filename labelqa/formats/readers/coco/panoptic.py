"""Panoptic annotations: the segments of an image, whose pixels are in a PNG beside the file, each in a colour of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
import numpy as np

from labelqa.errors import InputError
from labelqa.formats import rle
from labelqa.formats.files import File
from labelqa.formats.pictures import MAX_BYTES, colors
from labelqa.formats.readers.coco.schema import Annotation, Segment
from labelqa.kinds import raster

_DECODER = msgspec.json.Decoder(list[Segment])


def segments(annotation: Annotation) -> list[Annotation] | None:
    """Make an annotation of each segment, with the name of the picture; None if they cannot be read."""
    try:
        found = _DECODER.decode(annotation.segments_info)
    except (ValueError, RecursionError):
        return None
    picture = annotation.file_name if isinstance(annotation.file_name, str) else None
    return [
        Annotation(
            image_id=annotation.image_id,
            category_id=segment.category_id,
            id=segment.id,
            bbox=segment.bbox,
            area=segment.area,
            iscrowd=segment.iscrowd,
            file_name=picture or "",
        )
        for segment in found
    ]


def masks(picture: File, wanted: Sequence[int]) -> Iterator[rle.MaskValue]:
    """Read the masks of some colours from a picture, which is decoded once.

    Raises
    ------
    ValueError
        If it is no PNG that can be read.
    """
    try:
        content = picture.head(MAX_BYTES + 1)
    except InputError as error:
        raise ValueError(error.expected) from None
    if len(content) > MAX_BYTES:
        raise ValueError(f"a PNG of at most {MAX_BYTES >> 20} MiB")
    packed = colors(content)
    height, width = packed.shape
    pixels = packed.T.ravel()
    starts = np.append(0, np.flatnonzero(pixels[1:] != pixels[:-1]) + 1)
    ends = np.append(starts[1:], pixels.size)
    found = pixels[starts]
    order = np.argsort(found, kind="stable")
    found = found[order]
    for color in wanted:
        first, last = np.searchsorted(found, [color, color + 1])
        runs = order[first:last]
        edges = np.stack([starts[runs], ends[runs]], axis=1).ravel()
        yield rle.from_coco(raster.counts(edges, pixels.size).tolist(), height, width)
