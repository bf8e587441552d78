"""Questions with their answers, and the questions that answers bring up, to any depth.

A nested question is an attribute of the question, object or interval above it. Two answers of one checklist may bring
up questions of one name; these are told apart by the answer: "rust: how much".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from labelqa.formats.ids import id_text
from labelqa.formats.readers.labelbox.scene import Reading
from labelqa.formats.readers.labelbox.schema import Answer, Classification

_SEPARATOR = "\x1f"
"""Stands between the levels of a path in a taxonomy."""


class Given(NamedTuple):
    """What was answered: the kind of question, the answers, and the questions that they brought up."""

    kind: str
    answers: list[str]
    nested: list[Classification]


class _Asked(NamedTuple):
    question: Classification
    parent_id: str | None
    place: str | None


class Questions:
    """Adds answered questions to labels."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    def add(
        self,
        label: int,
        asked: Iterable[Classification],
        record: int,
        *,
        parent_id: str | None = None,
        place: str | None = None,
        suffix: str = "",
    ) -> None:
        """Add questions and all that is nested in them.

        Parameters
        ----------
        label, record : int
            The label, and the record it was read from.
        asked : iterable of Classification
            The questions.
        parent_id : str, optional
            The annotation that they are attributes of.
        place : str, optional
            The frame that they are about; a question about a message tells so itself.
        suffix : str
            Put behind ids, where one question is asked in many places.
        """
        # A stack instead of recursion: a hostile file may nest deeply.
        stack = [_Asked(question, parent_id, place) for question in asked]
        stack.reverse()
        while stack:
            one = stack.pop()
            nested = self._add(label, one, record, suffix)
            stack += reversed(nested)

    def _add(self, label: int, one: _Asked, record: int, suffix: str) -> list[_Asked]:
        question = one.question
        given = self.given(question, label, record)
        if given is None:
            return []
        name = question.name or question.value or ""
        feature = id_text(question.feature_id)
        own_id = feature + suffix if feature else None
        if given.nested and own_id is None:
            own_id = f"{one.parent_id or ''}/{name}{suffix}"
        place = id_text(question.message_id) or one.place
        self._reading.builder.annotation(
            label,
            given.kind,
            name,
            answer=given.answers,
            place=place,
            parent_id=one.parent_id,
            annotation_id=own_id,
        )
        return [_Asked(inner, own_id, place) for inner in given.nested]

    def given(self, question: Classification, label: int, record: int) -> Given | None:
        """Read what was answered; None if it cannot be read, which is then counted with all that is nested in it."""
        try:
            if not (question.name or question.value):
                raise ValueError("a name")
            found = _given(question)
        except ValueError as fault:
            self.left_out(str(fault), "classifications", label, record, count([question]))
            return None
        if found is None:
            self._reading.unread.add("classification without an answer", record, label=label)
            nested = count(question.classifications or ())
            self._reading.unread.add(
                "classification of a classification without an answer", record, n=nested, label=label
            )
        return found

    def left_out(
        self, expected: str, field: str, label: int, record: int, n: int = 1, found: str | None = None
    ) -> None:
        """Count a mark that cannot be read for a fault of its own, and the `n - 1` that are nested in it."""
        builder = self._reading.builder
        builder.unread([label], [1])
        builder.problem("error", f"{expected}; the annotation is left out", record=record, field=field, found=found)
        self._reading.unread.add("mark inside one that is left out", record, n=n - 1, label=label)


def count(asked: Iterable[Classification]) -> int:
    """Count questions and all that are nested in them."""
    n = 0
    stack = list(asked)
    while stack:
        question = stack.pop()
        n += 1
        stack += question.classifications or ()
        for answer in _all_answers(question):
            stack += answer.classifications or ()
    return n


def answers_of(given: Given, question: str) -> list[str]:
    """Name what was answered, as the class of a stretch of time: "weather: rain"; a text is not part of the name.

    Examples
    --------
    >>> answers_of(Given("choice", ["rain"], []), "weather"), answers_of(Given("text", ["well ..."], []), "said")
    (['weather: rain'], ['said'])
    """
    if given.kind == "text" or not given.answers:
        return [question]
    return [f"{question}: {answer.replace(_SEPARATOR, ' / ')}" for answer in given.answers]


def _given(question: Classification) -> Given | None:
    radio = question.radio_answer or question.conversational_radio_answer
    if radio is not None:
        return Given("choice", _names([radio]), _nested([radio], question))
    several = question.checklist_answers
    if several is None:
        several = question.conversational_checklist_answers
    if several is not None:
        return Given("checklist", sorted(set(_names(several))), _nested(several, question))
    if question.dropdown_answers is not None:
        path = question.dropdown_answers
        return Given("taxonomy", [_SEPARATOR.join(_names(path))] if path else [], _nested(path, question))
    text = question.text_answer
    if text is None:
        text = question.conversational_text_answer
    if text is not None:
        return Given("text", [_text(text)], list(question.classifications or ()))
    return None


def _all_answers(question: Classification) -> Iterable[Answer]:
    for answer in (question.radio_answer, question.conversational_radio_answer):
        if answer is not None:
            yield answer
    yield from question.checklist_answers or ()
    yield from question.conversational_checklist_answers or ()
    yield from question.dropdown_answers or ()


def _names(answers: Sequence[Answer]) -> list[str]:
    names = [answer.name or answer.value for answer in answers]
    if not all(names):
        raise ValueError("a name of each answer")
    return [name for name in names if name]


def _nested(answers: Sequence[Answer], question: Classification) -> list[Classification]:
    """Gather the questions that answers bring up; those of one name under two answers get the answer's name too."""
    own = list(question.classifications or ())
    if not any(answer.classifications for answer in answers):
        return own
    seen = Counter(
        name for answer in answers for name in {inner.name or inner.value for inner in answer.classifications or ()}
    )
    for answer in answers:
        for inner in answer.classifications or ():
            name = inner.name or inner.value
            if name and seen[name] > 1:
                inner = msgspec.structs.replace(inner, name=f"{answer.name or answer.value}: {name}")
            own.append(inner)
    return own


def _text(answer: object) -> str:
    match answer:
        case str():
            return answer
        case {"content": str() as content}:
            return content
        case _:
            raise ValueError("a text_answer with content as text")
