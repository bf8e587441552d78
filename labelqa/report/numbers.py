"""Numbers as text. Rounding happens here and nowhere else."""

from __future__ import annotations

UNDEFINED = "-"
"""Stands for a number that is undefined; why, a note below says."""


def count(n: int) -> str:
    """Write a count with thousands apart.

    Examples
    --------
    >>> count(12983)
    '12,983'
    """
    return f"{n:,}"


def counted(n: int, one: str, many: str | None = None) -> str:
    """Write a count with its noun.

    Examples
    --------
    >>> counted(1, "class", "classes"), counted(1200, "asset")
    ('1 class', '1,200 assets')
    """
    return f"{count(n)} {one if n == 1 else many or one + 's'}"


def value(number: float | None) -> str:
    """Write a measure to three places.

    Examples
    --------
    >>> value(2 / 3), value(None)
    ('0.667', '-')
    """
    return UNDEFINED if number is None else f"{number:.3f}"


def interval(number: float | None, low: float | None, high: float | None) -> str:
    """Write a measure with its interval.

    Examples
    --------
    >>> interval(0.734, 0.7213, 0.7466)
    '0.734 [0.721, 0.747]'
    >>> interval(0.734, None, None), interval(None, None, None)
    ('0.734 [-]', '-')
    """
    if number is None:
        return UNDEFINED
    if low is None or high is None:
        return f"{value(number)} [{UNDEFINED}]"
    return f"{value(number)} [{value(low)}, {value(high)}]"


def share(part: int, whole: int) -> str:
    """Write a share in whole percents; neither nothing nor everything is claimed by rounding.

    Examples
    --------
    >>> share(1, 3), share(1, 1000), share(999, 1000), share(0, 5), share(0, 0)
    ('33 %', '< 1 %', '> 99 %', '0 %', '-')
    """
    if whole == 0:
        return UNDEFINED
    percent = round(100 * part / whole)
    if percent == 0 and part > 0:
        return "< 1 %"
    if percent == 100 and part < whole:
        return "> 99 %"
    return f"{percent} %"


def percent(fraction: float) -> str:
    """Write a confidence.

    Examples
    --------
    >>> percent(0.95), percent(0.999)
    ('95 %', '99.9 %')
    """
    return f"{100 * fraction:.6g} %"
