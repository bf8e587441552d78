"""Boxes in the layouts of other formats as labelqa's: left, top, right, bottom."""

from __future__ import annotations

import polars as pl


def from_corners(x1: pl.Expr, y1: pl.Expr, x2: pl.Expr, y2: pl.Expr) -> pl.Expr:
    """Take opposite corners, in either order.

    Examples
    --------
    >>> frame = pl.DataFrame({"x1": [5.0], "y1": [2.0], "x2": [1.0], "y2": [8.0]})
    >>> frame.select(from_corners(*map(pl.col, frame.columns))).item().to_list()
    [1.0, 2.0, 5.0, 8.0]
    """
    return pl.concat_list(
        pl.min_horizontal(x1, x2), pl.min_horizontal(y1, y2), pl.max_horizontal(x1, x2), pl.max_horizontal(y1, y2)
    )


def from_sizes(x: pl.Expr, y: pl.Expr, w: pl.Expr, h: pl.Expr) -> pl.Expr:
    """Take a corner and the way to the opposite one; a negative size leads to the left or up.

    Examples
    --------
    >>> frame = pl.DataFrame({"x": [5.0], "y": [2.0], "w": [-4.0], "h": [6.0]})
    >>> frame.select(from_sizes(*map(pl.col, frame.columns))).item().to_list()
    [1.0, 2.0, 5.0, 8.0]
    """
    return from_corners(x, y, x + w, y + h)
