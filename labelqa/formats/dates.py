"""Times as vendors write them, as ISO 8601."""

from __future__ import annotations

import re
from datetime import UTC
from email.utils import parsedate_to_datetime

_PLAIN = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d(?:\.\d+)?) ?(?:UTC|GMT|Z)?")


def iso8601(text: str | None) -> str | None:
    """Turn a time of mail headers (RFC 1123) or one that ends in "UTC" into ISO 8601; other texts are given back.

    A time without zone is taken as UTC.

    Examples
    --------
    >>> iso8601("Thu, 09 Feb 2023 14:12:03 UTC"), iso8601("2025-01-21 16:08:41 UTC")
    ('2023-02-09T14:12:03+00:00', '2025-01-21T16:08:41Z')
    >>> iso8601("Tue, 05 Nov 2024 09:41:37 "), iso8601("2024-03-05T11:03:21+02:00"), iso8601("soon")
    ('2024-11-05T09:41:37+00:00', '2024-03-05T11:03:21+02:00', 'soon')
    """
    if text is None:
        return None
    if plain := _PLAIN.fullmatch(text.strip()):
        return f"{plain[1]}T{plain[2]}Z"
    if not text[:1].isalpha() or len(text) > 100:
        return text
    try:
        time = parsedate_to_datetime(text)
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC).isoformat()
    except (ValueError, TypeError, IndexError, OverflowError):
        return text
