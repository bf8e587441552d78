"""Whether the rings of an outline lie apart: then their union and the even-odd rule make the same of them."""

from __future__ import annotations

import numpy as np

from labelqa.kinds.rings import Bools, Rings, regions

_TOUCH = 1e-9
"""Share of the area that may lie in two rings without being noticed; rounding where rings touch."""


def lie_apart(rings: Rings) -> Bools:
    """Tell of each row whether none of its rings covers what another one does.

    Examples
    --------
    >>> square = np.array([[0, 0], [4, 0], [4, 4], [0, 4.0]])
    >>> xy = np.concatenate([square, square + 4, square, square / 2 + 1])
    >>> lie_apart(Rings(xy, np.full(4, 4), np.array([2, 2]))).tolist()
    [True, False]
    """
    import shapely

    apart = np.full(len(rings.count), True)
    several = np.flatnonzero(rings.count > 1)
    if len(several):
        some = rings.taken(several)
        owner = np.repeat(np.arange(len(several)), rings.count[several])
        alone = Rings(some.xy, some.size, np.ones(len(some.size), np.int64))
        total = np.bincount(owner, shapely.area(regions(alone)[0]), len(several))
        whole = shapely.area(regions(some)[0])
        apart[several] = np.abs(total - whole) <= _TOUCH * total
    return apart
