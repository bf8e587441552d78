"""Values as a caller gives them to an array function: one, or several; one is compared with each of several."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from labelqa.kinds.kind import Floats, Ints


def elementwise(
    a: Any, b: Any, is_one: Callable[[Any], bool], compared: Callable[[Sequence[Any], Ints, Ints], Floats]
) -> Floats:
    """Compare a[k] with b[k]; one value stands for as many as the other side has.

    Parameters
    ----------
    a, b : one value, or sequences of one length
    is_one : callable
        Tells a single value from several.
    compared : callable
        Takes values, and numbers of those to compare on either side.

    Returns
    -------
    float64 array of length n; of shape () if both are single

    Raises
    ------
    ValueError
        If the lengths differ.
    """
    one_a, one_b = is_one(a), is_one(b)
    of_a, of_b = ([a] if one_a else list(a)), ([b] if one_b else list(b))
    n = len(of_b) if one_a else len(of_a)
    if not one_a and not one_b and len(of_a) != len(of_b):
        raise ValueError(f"as many values on either side; found {len(of_a)} and {len(of_b)}")
    row_a = np.zeros(n, np.int64) if one_a else np.arange(n)
    row_b = (np.zeros(n, np.int64) if one_b else np.arange(n)) + len(of_a)
    found = compared([*of_a, *of_b], row_a, row_b)
    return found.reshape(()) if one_a and one_b else found


def are_numbers(value: Any, n: int | None = None) -> bool:
    """Tell whether something is a flat sequence of numbers, of that length if it is given.

    Examples
    --------
    >>> are_numbers([1, 2.5], 2), are_numbers([[1, 2]]), are_numbers("12")
    (True, False, False)
    """
    if isinstance(value, np.ndarray):
        fits = value.ndim == 1 and value.dtype.kind in "iuf"
    else:
        fits = isinstance(value, (list, tuple)) and all(isinstance(one, (int, float, np.number)) for one in value)
    return bool(fits and (n is None or len(value) == n))


def is_table(value: Any, n_columns: int) -> bool:
    """Tell whether something is a table of numbers, such as the corners of one ring (k, 2).

    Examples
    --------
    >>> is_table([[0, 0], [1, 0], [1, 1]], 2), is_table([[[0, 0], [1, 0]]], 2)
    (True, False)
    """
    if isinstance(value, np.ndarray):
        return bool(value.ndim == 2 and value.shape[1] == n_columns)
    return isinstance(value, (list, tuple)) and len(value) > 0 and are_numbers(value[0], n_columns)
