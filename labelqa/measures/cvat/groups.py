"""Groups of marks on two sides, matched by how many of their members are partners."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from labelqa.kinds.kind import Ints
from labelqa.stats.assignment import assign


def grouped_otherwise(pair: Ints, group_a: Ints, group_b: Ints, size: Ints, least: float) -> NDArray[np.bool_]:
    """Tell which matched marks are in groups that do not correspond.

    Groups of the two sides of a pair of labels are assigned to each other by the Jaccard coefficient of their members,
    of which the partners are the same. A mark is grouped otherwise if the group of its partner is not the one assigned to
    its own, or if it alone, or its partner alone, stands in no group.

    Parameters
    ----------
    pair, group_a, group_b : int64 arrays
        Of matched marks: the pair of labels, and the number of the group on either side; a mark outside of groups has one
        of its own.
    size : int64 array
        Members of each group, by number.
    least : float
        Least coefficient of groups that correspond.

    Examples
    --------
    >>> two = np.array([0, 0]), np.array([0, 0]), np.array([1, 2])  # one group here, two single marks there
    >>> grouped_otherwise(*two, size=np.array([2, 1, 1]), least=0.5).tolist()
    [True, True]
    """
    if len(pair) == 0:
        return np.zeros(0, np.bool_)
    keys = np.stack([pair, group_a, group_b])
    met, number, n_both = np.unique(keys, axis=1, return_inverse=True, return_counts=True)
    _, left = np.unique(met[:2], axis=1, return_inverse=True)
    _, right = np.unique(met[[0, 2]], axis=1, return_inverse=True)
    # A mark may have several partners, all of one object: no more members of a group are met than it has.
    n_met = np.minimum(n_both, size[met[2]])
    jaccard = np.minimum(n_met / np.maximum(size[met[1]] + size[met[2]] - n_met, 1), 1.0)
    edges = np.flatnonzero(jaccard >= least)
    edges = edges[np.lexsort((right.ravel()[edges], left.ravel()[edges]))]
    chosen = edges[assign(left.ravel()[edges], right.ravel()[edges], jaccard[edges])]
    same = np.zeros(met.shape[1], np.bool_)
    same[chosen] = True
    one_sided = (size[met[1]] != 1) & (size[met[2]] == 1)
    return np.asarray(~same | one_sided)[number.ravel()]
