"""Durations, amounts of money and periods as text; rounding happens here and in `labelqa.report.numbers`."""

from __future__ import annotations

from datetime import date

import polars as pl

from labelqa.report.numbers import UNDEFINED

_HOUR = 3600.0
_FORMATS = {"hour": "%Y-%m-%d %H:00", "day": "%Y-%m-%d %a", "week": "%Y-%m-%d", "month": "%Y-%m"}


def duration(seconds: float | None) -> str:
    """Write a duration in the unit that suits it.

    Examples
    --------
    >>> duration(8.25), duration(139.5), duration(40000), duration(None)
    ('8.2 s', '140 s', '11.1 h', '-')
    """
    if seconds is None:
        return UNDEFINED
    if seconds >= _HOUR:
        return f"{seconds / _HOUR:,.1f} h"
    return f"{seconds:.0f} s" if seconds >= 100 else f"{seconds:.1f} s"


def amount(value: float | None, places: int = 1) -> str:
    """Write a number with its thousands apart.

    Examples
    --------
    >>> amount(1234.56), amount(None)
    ('1,234.6', '-')
    """
    return UNDEFINED if value is None else f"{value:,.{places}f}"


def ranged(value: float | None, low: float | None, high: float | None, places: int = 1) -> str:
    """Write a number with its interval.

    Examples
    --------
    >>> ranged(36.15, 33.2, 39.1), ranged(2.8, 0.27, None), ranged(1.0, None, None), ranged(None, None, None)
    ('36.1 [33.2, 39.1]', '2.8 [0.3, -]', '1.0 [-]', '-')
    """
    if value is None:
        return UNDEFINED
    if low is None and high is None:
        return f"{amount(value, places)} [{UNDEFINED}]"
    return f"{amount(value, places)} [{amount(low, places)}, {amount(high, places)}]"


def money(value: float | None) -> str:
    """Write an amount of money: cents, or four places below one.

    Examples
    --------
    >>> money(1234.5), money(0.04321), money(0.0), money(None)
    ('1,234.50', '0.0432', '0.00', '-')
    """
    return amount(value, 2 if value is None or value == 0 or value >= 1 else 4)


def periods(begins: pl.Series, every: str) -> list[str]:
    """Write the beginnings of periods; by polars, since Python knows no year after 9999, which untrusted times may have.

    Examples
    --------
    >>> from datetime import datetime
    >>> periods(pl.Series([datetime(2025, 3, 3, 14), None]), "hour"), periods(pl.Series([datetime(2025, 3, 3)]), "day")
    (['2025-03-03 14:00', 'no time'], ['2025-03-03 Mon'])
    """
    return begins.dt.strftime(_FORMATS[every]).fill_null("no time").to_list()


def day(when: date | None) -> str:
    """Write a day.

    Examples
    --------
    >>> day(date(2025, 3, 3)), day(None)
    ('2025-03-03', '-')
    """
    return UNDEFINED if when is None else when.isoformat()
