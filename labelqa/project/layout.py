"""How each kind lays out its value in `geometry`, `parts` and `answer`; what is laid out otherwise is never compared.

One entry a kind: a rule over whole columns, and the words that tell it. The kinds themselves are two floors up; the laws
check that each of them has its entry here and takes whatever passes it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from labelqa.project import schema

MAX_PIXELS = 1_000_000_000
"""Most pixels of the box round a mask; kinds number them in 32 bits."""

_AT_ONCE = 1 << 18
"""Annotations looked at at once, so that what is computed of long lists stays small."""


@dataclass(frozen=True)
class Layout:
    """What the value of a kind holds, in words, and the rule: a boolean expression over the columns of `schema.VALUE`.

    `whole` tells of a whole column in far less time that the rule holds everywhere, as it nearly always does, or that one
    cannot know without it.
    """

    words: str
    rule: pl.Expr
    whole: Callable[[pl.DataFrame], bool] = lambda _: False


def laid_out(kind: pl.Series, value: pl.DataFrame) -> NDArray[np.bool_]:
    """Tell which values are laid out as their kind says; the numbers in `geometry` are looked at in `validate.py`.

    Parameters
    ----------
    kind : polars.Series of str or categories
        A name of `LAYOUTS` for each row; nothing is known of other names, so that they never fit.
    value : polars.DataFrame
        The columns of `schema.VALUE`.

    Returns
    -------
    bool array, a value for each row

    Examples
    --------
    >>> value = pl.DataFrame({"geometry": [[0.0, 0, 4, 4], [4.0, 4, 0, 0]], "parts": [None, None], "answer": [None, None]},
    ...                      schema={"geometry": pl.List(pl.Float64), "parts": pl.List(pl.UInt32), "answer": pl.List(pl.String)})
    >>> laid_out(pl.Series(["bbox", "bbox"]), value).tolist()
    [True, False]
    """
    fits = np.zeros(len(kind), np.bool_)
    names = kind.unique().cast(pl.String)
    for name in names:
        layout = LAYOUTS.get(name)
        if layout is None:
            continue
        seen = value.select(set(layout.rule.meta.root_names()))
        if len(names) == 1:
            fits = _holds(layout, seen)
            break
        row = (kind == name).arg_true()
        fits[row.to_numpy()] = _holds(layout, seen[row])
    for column in ("parts", "answer"):
        lists = value[column]
        if lists.null_count() < len(lists) and lists.explode(empty_as_null=False, keep_nulls=False).null_count():
            has_null = pl.col(column).list.eval(pl.element().is_null()).list.any().fill_null(False)
            fits &= ~value.select(has_null).to_series().to_numpy()
    return fits


def _holds(layout: Layout, value: pl.DataFrame) -> NDArray[np.bool_]:
    """Hold the rule of a kind against values."""
    if layout.whole(value):
        return np.ones(value.height, np.bool_)
    held = [part.select(layout.rule.fill_null(False)).to_series() for part in value.iter_slices(_AT_ONCE)]
    return pl.concat(held).to_numpy(writable=True)


_GEOMETRY, _PARTS, _ANSWER = (pl.col(name).list for name in schema.VALUE)
_N_NUMBERS, _N_PARTS, _N_ANSWERS = (column.len().fill_null(0).cast(pl.Int64) for column in (_GEOMETRY, _PARTS, _ANSWER))


def _number(place: int) -> pl.Expr:
    return _GEOMETRY.get(place, null_on_oob=True)


def _none_or(column: str, rule: pl.Expr) -> pl.Expr:
    return pl.col(column).is_null() | rule


def _all_parts(rule: pl.Expr) -> pl.Expr:
    """Hold a rule about `pl.element()` against every part."""
    return _PARTS.eval(rule).list.all()


_TOTAL = _PARTS.eval(pl.element().cast(pl.Int64)).list.sum().fill_null(0)
"""Sum of the parts; in their own 32 bits it would run over."""

_BOX = (_N_NUMBERS == 4) & (_number(0) <= _number(2)) & (_number(1) <= _number(3))
_WHOLE = _GEOMETRY.eval(pl.element() == pl.element().floor()).list.all()
_PIXELS = (_number(2) - _number(0)) * (_number(3) - _number(1))
_OUTLINE = (_N_NUMBERS % 2 == 0) & _none_or("parts", _TOTAL * 2 == _N_NUMBERS)
_SIDE = pl.int_range(pl.len()) % 4
_BOXES = _GEOMETRY.eval((_SIDE < 2) | (pl.element() >= pl.element().shift(2))).list.all()
_ASCENDING = _PARTS.eval(pl.element().diff().drop_nulls() > 0).list.all()


def _are_boxes(value: pl.DataFrame) -> bool:
    lists = value["geometry"]
    if lists.null_count() or not (lists.list.len() == 4).all():
        return False
    side = lists.explode(empty_as_null=False, keep_nulls=False).to_numpy().reshape(-1, 4)  # nan for null
    return bool(((side[:, 0] <= side[:, 2]) & (side[:, 1] <= side[:, 3])).all())


_STRETCH = Layout(
    "2 numbers, start and end, the end not before the start", (_N_NUMBERS == 2) & (_number(0) <= _number(1))
)
_ONE_NUMBER = Layout("one number", _N_NUMBERS == 1)
_OUTLINED = "x and y of every point, and parts, if any, that add up to the points"

LAYOUTS = {
    "bbox": Layout("left, top, right, bottom, none beyond its opposite", _BOX, _are_boxes),
    "checklist": Layout("a list of answers", pl.col("answer").is_not_null()),
    "choice": Layout("one answer", _N_ANSWERS == 1),
    "cuboid": Layout("7 numbers, x y z of the centre, length width height, yaw", _N_NUMBERS == 7),
    "interval": _STRETCH,
    "keypoints": Layout(
        "x and y of every point, as many visibilities of 0, 1 or 2, if any, and as many names, if any",
        (_N_NUMBERS % 2 == 0)
        & _none_or("parts", (_N_PARTS * 2 == _N_NUMBERS) & _all_parts(pl.element() <= 2))
        & ((_N_ANSWERS == 0) | (_N_ANSWERS * 2 == _N_NUMBERS)),
    ),
    "mask": Layout(
        f"a box in whole pixels, at most {MAX_PIXELS} of them, and run lengths that add up to it",
        _BOX & _WHOLE & (_PIXELS <= MAX_PIXELS) & (_PIXELS == _TOTAL),
    ),
    "number": _ONE_NUMBER,
    "point": Layout("2 numbers, x and y", _N_NUMBERS == 2),
    "polygon": Layout(_OUTLINED, _OUTLINE),
    "polyline": Layout(_OUTLINED, _OUTLINE),
    "ranking": Layout("a list of items", pl.col("answer").is_not_null()),
    "rating": _ONE_NUMBER,
    "relation": Layout(
        "the ids of both ends, and parts of 0 or 1, if any",
        (_N_ANSWERS == 2) & _none_or("parts", (_N_PARTS == 1) & _all_parts(pl.element() <= 1)),
    ),
    "rotated_bbox": Layout("5 numbers, x y of the centre, width, height, angle", _N_NUMBERS == 5),
    "span": _STRETCH,
    "taxonomy": Layout("a list of paths", pl.col("answer").is_not_null()),
    "text": Layout("one text", _N_ANSWERS == 1),
    "track": Layout(
        "ascending frame numbers, and left, top, right, bottom for each",
        (_N_PARTS * 4 == _N_NUMBERS) & _none_or("parts", _ASCENDING & _BOXES),
    ),
}
"""By kind."""
