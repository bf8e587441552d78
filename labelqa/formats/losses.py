"""What a format cannot carry: counted while a project is written, so that nothing is left behind in silence."""

from __future__ import annotations

import polars as pl


class Losses:
    """Counts, for one project, what was not written or was written otherwise than it is.

    Examples
    --------
    >>> losses = Losses()
    >>> losses.add("review", 3, "the format has no place for it")
    >>> losses.add("mask", 0, "the format has no place for it")
    >>> losses.frame().rows()
    [('review', 3, 'the format has no place for it')]
    """

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str], int] = {}

    def add(self, what: str, n: int, why: str) -> None:
        """Count `n` things of a sort, and say why they are not carried or what became of them."""
        if n:
            self._counts[what, why] = self._counts.get((what, why), 0) + n

    def frame(self) -> pl.DataFrame:
        """Give one row a sort: what, n, why; the commonest first."""
        rows = [(what, n, why) for (what, why), n in self._counts.items()]
        schema = {"what": pl.String(), "n": pl.Int64(), "why": pl.String()}
        frame = pl.DataFrame(rows, schema=schema, orient="row")
        return frame.sort("n", "what", "why", descending=[True, False, False])
