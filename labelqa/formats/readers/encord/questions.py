"""Answers of Encord as annotations: of classifications, and about objects, for good or frame by frame."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Any

from labelqa.formats.readers.encord.ontology import Ontology
from labelqa.formats.readers.encord.schema import Answered
from labelqa.formats.unread import Unread
from labelqa.project import Builder

MAX_FRAMES = 200_000
"""Most frames of a file that answers may be about, each counted once for each answer."""


class Questions:
    """Adds answers to labels."""

    def __init__(self, builder: Builder, ontology: Ontology, unread: Unread) -> None:
        self._builder, self._ontology, self._unread = builder, ontology, unread
        self._n_frames = 0

    def add(
        self,
        label: int,
        one: Answered,
        record: int,
        *,
        parent: str | None,
        place: str | None,
        own_id: str | None = None,
    ) -> None:
        """Add one question with its answers."""
        question = one.name or one.value
        kind = self._ontology.kinds.get(str(one.feature_hash)) or _kind(one.answers)
        answers = _names(one.answers)
        if not question or kind is None or answers is None:
            self._builder.unread([label], [1])
            self._builder.problem(
                "error", "a name and answers; the answer is left out", record=record, field="answers", found=one.answers
            )
            return
        geometry: tuple[float, ...] = ()
        if kind == "number":
            number = _number(answers)
            if number is None:
                self._unread.add("number without value", record)
                return
            geometry, answers = (number,), None
        elif kind in ("choice", "text") and not answers:
            self._unread.add("question without answer", record)
            return
        elif kind == "text":
            answers = ["\n".join(answers)]
        elif kind == "choice" and len(answers) > 1:
            kind = "checklist"
        self._builder.annotation(
            label,
            kind,
            question,
            geometry,
            answer=sorted(set(answers)) if answers is not None and kind != "text" else answers,
            parent_id=parent,
            place=place,
            annotation_id=own_id,
        )

    def classification(
        self, label: int, answered: Sequence[Answered], record: int, *, name: str | None, own_id: str, place: str | None
    ) -> None:
        """Add a classification: the question that it begins with, and under it those that follow from its answers."""
        root = self._root(answered, name)
        root_id = own_id if place is None else f"{own_id}@{place}"
        for one in answered:
            is_root = one is root
            self.add(
                label,
                one,
                record,
                parent=None if is_root else root_id,
                place=place,
                own_id=root_id if is_root else None,
            )

    def dynamic(self, label: int, actions: Sequence[Answered], record: int, *, frame_ids: dict[int, str]) -> None:
        """Add answers that hold in some frames of an object: one for each frame, options of one question together."""
        found: dict[tuple[int, str], Answered] = {}
        known_frames = sorted(frame_ids)
        for one in actions:
            key = str(one.feature_hash or one.name or one.value)
            frames = self.frames(one.range or (), known_frames)
            if not frames:
                self._unread.add("answer about no frame of its object", record, label=label)
            for frame in frames:
                known = found.get((frame, key))
                if known is not None and isinstance(known.answers, list) and isinstance(one.answers, list):
                    one_more = [answer for answer in one.answers if answer not in known.answers]
                    answers = [*known.answers, *one_more]
                    found[frame, key] = Answered(known.name, known.value, answers, known.feature_hash)
                else:
                    found[frame, key] = one
        for (frame, _), one in sorted(found.items(), key=lambda item: item[0]):
            self.add(label, one, record, parent=frame_ids[frame], place=str(frame))

    def frames(self, ranges: Sequence[Sequence[int]], known: Sequence[int] | None = None) -> list[int]:
        """Give the frames of ranges, ends included; of those known, if they are.

        Raises
        ------
        ValueError
            If a range is none, or the answers of the file are about more than `MAX_FRAMES` frames.
        """
        if not all(len(pair) == 2 and 0 <= pair[0] <= pair[1] for pair in ranges):
            raise ValueError("ranges with a start and an end")
        if known is None:
            parts: list[Sequence[int]] = [range(start, end + 1) for start, end in ranges]
        else:
            parts = [known[bisect_left(known, start) : bisect_right(known, end)] for start, end in ranges]
        n_frames = sum(part.stop - part.start if isinstance(part, range) else len(part) for part in parts)
        if self._n_frames + n_frames > MAX_FRAMES:
            raise ValueError(f"answers about at most {MAX_FRAMES} frames")
        self._n_frames += n_frames
        return sorted({frame for part in parts for frame in part})

    def _root(self, answered: Sequence[Answered], name: str | None) -> Answered | None:
        roots = [one for one in answered if str(one.feature_hash) in self._ontology.roots]
        named = [one for one in answered if name is not None and one.name == name]
        return next(iter([*roots, *named, *answered]), None)


def _kind(answers: Any) -> str | None:
    """Tell the kind of a question by its answers, where no ontology tells it."""
    if isinstance(answers, list):
        return "choice" if len(answers) == 1 else "checklist"
    if isinstance(answers, str):
        return "text"
    return "number" if isinstance(answers, (int, float)) and not isinstance(answers, bool) else None


def _names(answers: Any) -> list[str] | None:
    """Give the answers as texts; None if one of them has none."""
    if isinstance(answers, (str, int, float)):
        return [str(answers)]
    if answers is None:
        return []
    if not isinstance(answers, list):
        return None
    names = [one.get("name") or one.get("value") if isinstance(one, dict) else one for one in answers]
    texts = [name for name in names if isinstance(name, str)]
    return texts if len(texts) == len(names) else None


def _number(answers: list[str]) -> float | None:
    try:
        return float(answers[0]) if answers else None
    except (ValueError, OverflowError):
        return None
