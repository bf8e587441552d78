"""Answers: choices, taxonomies, ratings, numbers, dates, texts, preferences and rankings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from labelqa.formats.readers.label_studio.region import Mark
from labelqa.formats.readers.label_studio.values import UnreadableError, number, odd_text, text, texts
from labelqa.kinds import taxonomy

_NO_BUCKET = "_"
"""Where a ranker keeps the items that were put into no bucket."""


class Answer(NamedTuple):
    """The value of an answer, what its question is called after the name of the control, and what is to be known."""

    mark: Mark
    part: str = ""
    note: str | None = None


def choices(value: Mapping[str, Any]) -> list[Answer]:
    """Read choices; paths down a tree of them are a taxonomy."""
    chosen = value.get("choices")
    if chosen is None:
        raise UnreadableError("choices")
    if isinstance(chosen, list) and any(isinstance(one, list) for one in chosen):
        return [Answer(_paths(chosen))]
    if isinstance(chosen, dict) or (isinstance(chosen, list) and any(isinstance(one, dict) for one in chosen)):
        raise UnreadableError("choices as texts", "value.choices")
    answers = sorted(set(texts(chosen)))
    return [Answer(Mark("choice" if len(answers) == 1 else "checklist", answer=answers))]


def paths(value: Mapping[str, Any]) -> list[Answer]:
    """Read paths down a taxonomy; texts without levels are paths of one level."""
    found = value.get("taxonomy")
    if not isinstance(found, list):
        raise UnreadableError("taxonomy, a list of paths", "value.taxonomy")
    return [Answer(_paths(found))]


def rating(value: Mapping[str, Any]) -> list[Answer]:
    """Read a rating; the export does not tell the greatest."""
    return [Answer(Mark("rating", (_number(value, "rating"),)))]


def amount(value: Mapping[str, Any]) -> list[Answer]:
    """Read a number."""
    return [Answer(Mark("number", (_number(value, "number"),)))]


def date(value: Mapping[str, Any]) -> list[Answer]:
    """Read a date or time as the text that it is."""
    found = text(value.get("datetime"))
    if found is None:
        raise UnreadableError("datetime", "value.datetime")
    return [Answer(Mark("text", answer=[found]))]


def lines(value: Mapping[str, Any]) -> list[Answer]:
    """Read a text; several become its lines."""
    found = value.get("text")
    if found is None or odd_text(found) is not None:
        raise UnreadableError("text", "value.text", odd_text(found))
    return [Answer(Mark("text", answer=["\n".join(texts(found))]))]


def preference(value: Mapping[str, Any]) -> list[Answer]:
    """Read which of two things was preferred."""
    found = texts(value.get("selected", value.get("pairwise")))
    if len(found) != 1:
        raise UnreadableError("selected, left or right", "value.selected")
    return [Answer(Mark("choice", answer=found))]


def rankings(value: Mapping[str, Any]) -> list[Answer]:
    """Read items in order, best first; each bucket that items are sorted into is a ranking of its own."""
    found = value.get("ranker", value.get("items"))
    if isinstance(found, dict) and set(found) == {_NO_BUCKET}:
        found = found[_NO_BUCKET]
    if isinstance(found, list):
        return [Answer(_ranking(found))]
    if not isinstance(found, dict):
        raise UnreadableError("ranker, a list of items or one for each bucket", "value.ranker")
    note = "items in buckets; those that a ranker leaves in none are no answer" if found.get(_NO_BUCKET) else None
    buckets = [bucket for bucket in found if bucket != _NO_BUCKET]
    return [Answer(_ranking(found[bucket]), f"/{bucket}", None if nth else note) for nth, bucket in enumerate(buckets)]


def _paths(found: list[Any]) -> Mark:
    answers = []
    for one in found:
        levels = texts(one)
        if not levels or (isinstance(one, list) and len(levels) < len(one)) or isinstance(one, dict):
            raise UnreadableError("paths, each a list of texts from the root on")
        answers.append(taxonomy.path(levels))
    return Mark("taxonomy", answer=sorted(set(answers)))


def _ranking(items: Any) -> Mark:
    found = texts(items) if isinstance(items, list) else []
    if not isinstance(items, list) or len(found) < len(items):
        raise UnreadableError("the ids of the items", "value.ranker")
    return Mark("ranking", answer=found)


def _number(value: Mapping[str, Any], name: str) -> float:
    found = number(value.get(name))
    if found is None:
        raise UnreadableError(f"a finite number as {name}", f"value.{name}")
    return found
