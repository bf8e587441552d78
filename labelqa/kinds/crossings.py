"""How often edges may cross, before a program is let loose on them that takes time and memory for each crossing."""

from __future__ import annotations

import numpy as np

from labelqa.kinds.kind import Floats

_AT_ONCE = 4_000_000
"""Pairs of edges listed at once."""


def crossings_exceed(a: Floats, b: Floats, most: int) -> bool:
    """Tell whether more than `most` edges of `a` and `b` have boxes that meet, beyond the few that do in any outline.

    Parameters
    ----------
    a, b : float64 arrays (n, 4) and (m, 4)
        Edges: x and y of one end, x and y of the other. The same array twice: of an outline with itself.
    most : int

    Examples
    --------
    >>> upright = np.array([[x, 0.0, x, 9.0] for x in range(9)])
    >>> level = upright[:, [1, 0, 3, 2]]
    >>> crossings_exceed(upright, level, 20), crossings_exceed(upright, level, 30)
    (True, False)
    """
    most += 3 * (len(a) + len(b))
    if len(a) * len(b) <= most:
        return False
    low_a, high_a, low_b, high_b = (
        side(edges[:, :2], edges[:, 2:]) for edges in (a, b) for side in (np.minimum, np.maximum)
    )
    meet = (
        np.searchsorted(np.sort(low_b[:, axis]), high_a[:, axis], side="right").sum()
        - np.searchsorted(np.sort(high_b[:, axis]), low_a[:, axis]).sum()
        for axis in (0, 1)
    )
    if min(meet) <= most:
        return False
    import shapely

    tree = shapely.STRtree(shapely.box(*low_b.T, *high_b.T))
    block, found = max(_AT_ONCE // len(b), 1), 0
    for start in range(0, len(a), block):
        some = slice(start, start + block)
        found += tree.query(shapely.box(*low_a[some].T, *high_a[some].T)).shape[1]
        if found > most:
            return True
    return False
