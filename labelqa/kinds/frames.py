"""How far off a point may be: a share of the frame, so that it means the same on a thumbnail and on a scan."""

from __future__ import annotations

import numpy as np
import polars as pl

from labelqa.kinds.kind import Floats

SHARE = 0.01
"""Share of the frame's diagonal that is the default tolerance."""

UNKNOWN = 10.0
"""Tolerance in pixels where the frame is unknown: that of a frame with a diagonal of 1,000 pixels."""


def tolerances(annotations: pl.DataFrame, tolerance: float | None) -> Floats:
    """Give the tolerance of each annotation in pixels: float64 [N].

    Parameters
    ----------
    annotations : polars.DataFrame
        Columns width and height, of the frame in pixels, null if unknown; a missing column counts as null.
    tolerance : float, optional
        One tolerance for all; else 1 % of the frame's diagonal, and 10 pixels where the frame is unknown.

    Examples
    --------
    >>> frames = pl.DataFrame({"width": [800.0, None], "height": [600.0, None]})
    >>> tolerances(frames, None).tolist(), tolerances(frames, 3.0).tolist()
    ([10.0, 10.0], [3.0, 3.0])
    >>> tolerances(pl.DataFrame({"width": [1600.0], "height": [1200.0]}), None).tolist()
    [20.0]
    """
    n = annotations.height
    if tolerance is not None:
        return np.full(n, float(tolerance))
    if not {"width", "height"} <= set(annotations.columns):
        return np.full(n, UNKNOWN)
    width, height = (annotations[side].cast(pl.Float64).fill_null(np.nan).to_numpy() for side in ("width", "height"))
    diagonal = np.hypot(width, height)
    return np.where(np.isfinite(diagonal) & (diagonal > 0), SHARE * diagonal, UNKNOWN)


def check_tolerance(tolerance: float | None) -> None:
    """Refuse a tolerance that is negative or not finite.

    Raises
    ------
    ValueError
    """
    if tolerance is not None and not (np.isfinite(tolerance) and tolerance >= 0):
        raise ValueError(f"a tolerance is a number of pixels, 0 or more; found {tolerance}")
