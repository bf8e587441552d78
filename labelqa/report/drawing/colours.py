"""One colour a labeler, told apart by people with any colour vision."""

from __future__ import annotations

from collections.abc import Sequence

REFERENCE = "currentColor"
"""Of the label that the others are held against: that of the text around it."""

PALETTE = (
    "#4477aa",
    "#ee6677",
    "#228833",
    "#aa3377",
    "#c9a800",
    "#44b5d6",
    "#332288",
    "#999933",
    "#882255",
    "#44aa99",
    "#bb5511",
    "#777777",
)
"""The schemes "bright" and "muted" of Paul Tol (Colour Schemes, SRON/EPS/TN/09-002, 2021), the palest a little darker."""


def colours(preferred: Sequence[int]) -> list[str]:
    """Give a colour to each of some labels.

    A labeler keeps the colour of their row among the project's labelers; where two on one asset would have the same, the
    later one takes the next that is free.

    Parameters
    ----------
    preferred : sequence of int
        For each label the row of its labeler; labels of nobody known have -1.

    Examples
    --------
    >>> colours([0, 1, 12]) == [PALETTE[0], PALETTE[1], PALETTE[2]]
    True
    """
    taken: list[int] = []
    for row in preferred:
        first = row % len(PALETTE)
        free = [k % len(PALETTE) for k in range(first, first + len(PALETTE)) if k % len(PALETTE) not in taken]
        taken.append(free[0] if free else first)
    return [PALETTE[k] for k in taken]
