"""Times as Mechanical Turk writes them."""

from __future__ import annotations

import re

_TIME = re.compile(r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) +(\d{1,2}) (\d{2}:\d{2}:\d{2}) ([A-Z]{2,4}) (\d{4})")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_ZONES = {
    "UTC": "+00:00",
    "GMT": "+00:00",
    "EDT": "-04:00",
    "EST": "-05:00",
    "CDT": "-05:00",
    "CST": "-06:00",
    "MDT": "-06:00",
    "MST": "-07:00",
    "PDT": "-07:00",
    "PST": "-08:00",
}


def iso(text: str | None) -> str | None:
    """Give a time as ISO 8601; a text in another style as it stands, for it is checked later.

    Examples
    --------
    >>> iso("Wed Oct 07 11:33:53 PDT 2020"), iso("2020-10-07"), iso(None)
    ('2020-10-07T11:33:53-07:00', '2020-10-07', None)
    """
    match = _TIME.fullmatch(text.strip()) if text else None
    if match is None:
        return text
    month, day, time, zone, year = match.groups()
    if month not in _MONTHS or zone not in _ZONES:
        return text
    return f"{year}-{_MONTHS.index(month) + 1:02d}-{int(day):02d}T{time}{_ZONES[zone]}"
