"""Marks that can hardly be seen, because higher ones of their frame cover them."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from labelqa.kinds import raster
from labelqa.kinds.families.cvat import pixels
from labelqa.kinds.families.cvat.outlines import drawn
from labelqa.kinds.families.cvat.surroundings import extents
from labelqa.kinds.kind import Ints

KINDS = ("bbox", "mask", "polygon", "rotated_bbox")
"""What can cover and be covered."""


def is_covered(annotations: pl.DataFrame, least_visible: float) -> NDArray[np.bool_]:
    """Tell which marks have less than a share of their pixels left that no higher mark of their frame covers.

    Parameters
    ----------
    annotations : polars.DataFrame
        Of the `KINDS`, with the columns of `columns`. A rotated box covers as if it were not rotated, as in CVAT.
    least_visible : float
        The share.
    """
    frames = [pixels.size_of(*size) for size in annotations.select("raster_width", "raster_height").iter_rows()]
    full = drawn(annotations, frames)
    left, top, right, bottom = extents(annotations)
    for row in np.flatnonzero(annotations["kind"].cast(pl.String).is_in(["bbox", "rotated_bbox"]).to_numpy()).tolist():
        corners = [(left[row], top[row]), (right[row], top[row]), (right[row], bottom[row]), (left[row], bottom[row])]
        full[row] = pixels.drawn([np.array(corners)], *frames[row])
    covered = np.zeros(len(full), dtype=np.bool_)
    item, layer = annotations["item"].to_numpy(), annotations["layer"].to_numpy()
    order = np.lexsort((layer, item))
    for rows in np.split(order, np.flatnonzero(np.diff(item[order])) + 1) if len(order) else ():
        _look_down(rows, full, covered, least_visible)
    return covered


def _look_down(rows: Ints, full: list[Ints], covered: NDArray[np.bool_], least_visible: float) -> None:
    """Go through the marks of a frame from the top."""
    above = np.empty(0, np.int64)
    for row in rows[::-1].tolist():
        hidden = pixels.in_both(full[row], above)
        covered[row] = hidden > 0 and 1 - hidden / raster.area(full[row]) < least_visible
        above = pixels.union([above, full[row]])
