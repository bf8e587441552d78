"""Answers to the questions of a workflow, kept until a whole file is read, and decided on then.

An export says neither whether a text was typed or chosen, nor whether an empty list is a drawing without marks or a
question without chosen answers. The other answers to the same question tell.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any, NamedTuple

from labelqa.project import Builder

_TYPED_CHARACTERS = 200
_TYPED_ANSWERS = 20
"""More different answers than this, and most of them different, were typed."""


class _Given(NamedTuple):
    label: int
    answers: tuple[str, ...]
    parent: str | None
    own_id: str | None


class Answers:
    """The answers of one file, by question."""

    def __init__(self) -> None:
        self._texts: defaultdict[str, list[_Given]] = defaultdict(list)
        self._lists: defaultdict[str, list[_Given]] = defaultdict(list)
        self._drawn: set[str] = set()
        self._typed: set[str] = set()

    def text(
        self, label: int, question: str, text: str, *, parent: str | None = None, own_id: str | None = None,
        is_typed: bool = False,
    ) -> None:  # fmt: skip
        """Take a text that was chosen or typed."""
        self._texts[question].append(_Given(label, (text,), parent, own_id))
        if is_typed:
            self._typed.add(question)

    def chosen(
        self, label: int, question: str, answers: list[str], *, parent: str | None = None, own_id: str | None = None
    ) -> None:
        """Take any number of chosen answers."""
        self._lists[question].append(_Given(label, tuple(sorted(set(answers))), parent, own_id))

    def drawn(self, question: str) -> None:
        """Tell that marks are drawn in answer to this question."""
        self._drawn.add(question)

    def add(self, builder: Builder) -> None:
        """Add all answers."""
        for question, given in self._texts.items():
            texts = {one.answers[0] for one in given}
            kind = "text" if question in self._typed or _looks_typed(texts, len(given)) else "choice"
            for one in given:
                _add(builder, kind, question, one)
        for question, given in self._lists.items():
            # Nothing in any list: a drawing where nobody drew anything, as far as the export shows.
            if question in self._drawn or not any(one.answers for one in given):
                given = [one for one in given if one.answers]
            for one in given:
                _add(builder, "checklist", question, one)


def _add(builder: Builder, kind: str, question: str, one: _Given) -> None:
    builder.annotation(
        one.label, kind, question, answer=list(one.answers), parent_id=one.parent, annotation_id=one.own_id
    )


def _looks_typed(texts: set[str], n: int) -> bool:
    if any(len(text) > _TYPED_CHARACTERS or "\n" in text for text in texts):
        return True
    return len(texts) > max(_TYPED_ANSWERS, n / 2)


def as_text(value: Any) -> str:
    """Give an answer as text."""
    return value if isinstance(value, str) else repr(value)
