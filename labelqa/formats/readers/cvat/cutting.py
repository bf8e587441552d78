"""Pieces of CVAT's XML: its images. A video is one asset, and the JSON of a job has all frames in one record."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from labelqa.formats.files import File
from labelqa.formats.parts.pieces import Decided, Piece, Pieces, Whole
from labelqa.formats.parts.xml_pieces import element_spans
from labelqa.formats.sample import sample

_RECORDS = frozenset(["image", "track"])
_PASSED_OVER = frozenset(["meta"])


def pieces(files: Sequence[File], decided: Decided) -> Iterator[Piece]:
    """Cut files of images; others fall to one part as a whole."""
    for file in files:
        is_cut = sample(file).shape == "xml" and decided.assets(file)["asset_id"].n_unique() > 1
        if not is_cut:
            yield Whole(file, decided.part_of(file))
            continue
        start, end = element_spans(file, _RECORDS, _PASSED_OVER)
        yield Pieces(file, start, end, decided.parts_of(file, len(start)), np.arange(1, len(start) + 1))
