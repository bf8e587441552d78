"""Marks on a text, a sound or a time series: a start and an end."""

from __future__ import annotations

from datetime import UTC, datetime

from labelqa.formats.readers.label_studio.region import Mark, Region
from labelqa.formats.readers.label_studio.values import UnreadableError, number, numbers, text

_MILLISECONDS = 1e11
"""From here on a time is taken for milliseconds since 1970; as seconds it would be after the year 5000."""

_FORMATS = ("%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y")


def labels(region: Region) -> list[Mark]:
    """Read a mark of the plain labels: characters of a text, or seconds of a sound."""
    return sound(region) if region.is_sound else characters(region)


def characters(region: Region) -> list[Mark]:
    """Read characters of a text; the end is not included, but old exports include it, as the marked text shows."""
    start, end = numbers(region.value, "start", "end")
    marked = region.value.get("text")
    if isinstance(marked, str) and _lengths(marked) == {end - start + 1}:
        region.tell("note", "an end that is not included; one that is, by the marked text, is moved by one", None, None)
        end += 1
    return [_span(start, end)]


def sound(region: Region) -> list[Mark]:
    """Read seconds of a sound."""
    start, end = numbers(region.value, "start", "end")
    return [_interval(start, end)]


def hypertext(region: Region) -> list[Mark]:
    """Read characters of the text that a page shows.

    Without `globalOffsets` there are only paths to the elements and offsets inside them: the place is then the element
    in which the mark starts, and its length that of the marked text.
    """
    return _in_parts(region)


def paragraphs(region: Region) -> list[Mark]:
    """Read characters of a paragraph of a dialogue; its number is the place."""
    return _in_parts(region)


def timeseries(region: Region) -> list[Mark]:
    """Read a stretch of a time series in its own unit; dates and milliseconds since 1970 become seconds since 1970."""
    start, end = (_moment(region.value.get(name), name) for name in ("start", "end"))
    return [_interval(start, end)]


def _in_parts(region: Region) -> list[Mark]:
    value = region.value
    whole = value.get("globalOffsets")
    if isinstance(whole, dict):
        return [_span(*numbers(whole, "start", "end"))]
    if "startOffset" not in value:
        return characters(region)
    first, last = text(value.get("start")), text(value.get("end"))
    (start,) = numbers(value, "startOffset")
    if first == last:
        (end,) = numbers(value, "endOffset")
    elif isinstance(marked := value.get("text"), str):
        region.tell("note", "a mark across elements is placed where it starts, with the length of its text", None, None)
        end = start + min(_lengths(marked))
    else:
        raise UnreadableError("globalOffsets, or the marked text, for a mark across elements")
    return [_span(start, end)._replace(place=first)]


def _span(start: float, end: float) -> Mark:
    if start != int(start) or end != int(end) or start < 0:
        raise UnreadableError("a start and end in whole characters from 0")
    return _forward("span", start, end)


def _interval(start: float, end: float) -> Mark:
    return _forward("interval", start, end)


def _forward(kind: str, start: float, end: float) -> Mark:
    if end < start:
        raise UnreadableError("an end from the start on")
    return Mark(kind, (start, end))


def _lengths(marked: str) -> set[int]:
    """Give the lengths that a text may be meant to have: line breaks may be written as two characters, and browsers
    count some characters twice.

    Examples
    --------
    >>> sorted(_lengths("ab")), sorted(_lengths("a" + chr(92) + "n")), sorted(_lengths(chr(0x1F600)))
    ([2], [2, 3], [1, 2])
    """
    plain = marked.replace("\\n", "\n")
    astral = sum(character > "\uffff" for character in marked)
    return {len(marked), len(plain), len(marked) + astral, len(plain) + astral}


def _moment(value: object, name: str) -> float:
    """Give a moment as a number."""
    found = number(value)
    if found is not None:
        return found / 1000 if abs(found) >= _MILLISECONDS else found
    if isinstance(value, str) and len(value) <= 40:
        moment = _date(value.strip())
        if moment is not None:
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    raise UnreadableError("a number or a date such as 2026-01-31 12:00:00", f"value.{name}")


def _date(value: str) -> datetime | None:
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        pass
    for format in _FORMATS:
        try:
            return datetime.strptime(value, format)
        except ValueError:
            continue
    return None
