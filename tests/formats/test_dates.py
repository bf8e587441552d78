"""Times as vendors write them."""

import pytest

from labelqa.formats.dates import iso8601


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, None),
        ("", ""),
        ("Mon, 02 Mar 2026 09:00:00 GMT", "2026-03-02T09:00:00+00:00"),
        ("Mon, 02 Mar 2026 09:00:00 UTC", "2026-03-02T09:00:00+00:00"),
        ("Mon, 02 Mar 2026 09:00:00 +0200", "2026-03-02T07:00:00+00:00"),
        ("Mon, 02 Mar 2026 09:00:00", "2026-03-02T09:00:00+00:00"),
        ("2026-03-02 09:00:00 UTC", "2026-03-02T09:00:00Z"),
        ("2026-03-02 09:00:00.25", "2026-03-02T09:00:00.25Z"),
        ("2026-03-02T09:00:00+02:00", "2026-03-02T09:00:00+02:00"),
        ("2026-03-02", "2026-03-02"),
        ("Mon, 02 Mar 99999999999 09:00:00 GMT", "Mon, 02 Mar 99999999999 09:00:00 GMT"),
        ("Mon, 99 Mar 2026 09:00:00 GMT", "Mon, 99 Mar 2026 09:00:00 GMT"),
        ("tomorrow", "tomorrow"),
        ("x" * 10_000, "x" * 10_000),
    ],
)
def test_times(text, expected):
    assert iso8601(text) == expected
