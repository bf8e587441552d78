"""What is made on one data unit: objects, ranges of sound and text, classifications, and the reviews of all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import msgspec

from labelqa.formats.dates import iso8601
from labelqa.formats.ids import id_text
from labelqa.formats.readers.encord.questions import Questions
from labelqa.formats.readers.encord.schema import Answers, Classification, Made, Object, Review, Unit
from labelqa.formats.readers.encord.shapes import Value, shape_of
from labelqa.formats.unread import Unread
from labelqa.project import Builder

Media = Literal["image", "pages", "video", "sound", "text"]
_MAX_FRAME = 1 << 31


@dataclass
class Content:
    """What is in the frames of a data unit; an image has one, without a name."""

    frames: list[tuple[str | None, list[Object], list[Classification]]] = field(default_factory=list)
    n_damaged: int = 0
    sizes: set[tuple[float, float]] = field(default_factory=set)
    """Width and height of the slices of a volume."""


@dataclass(frozen=True)
class Target:
    """The label of one data unit."""

    label: int
    project_id: str
    asset_id: str
    key: str
    unit: Unit
    media: Media
    is_first: bool


class Marks:
    """Adds what is made on the data units of one label row."""

    def __init__(
        self,
        builder: Builder,
        questions: Questions,
        unread: Unread,
        answers: Mapping[str, Answers],
        classes: Mapping[str, Answers],
        actions: Mapping[str, Answers],
        record: int,
    ) -> None:
        self._builder, self._questions, self._unread, self._record = builder, questions, unread, record
        self._answers, self._classes, self._actions = answers, classes, actions
        self._used: set[str] = set()
        self._label: int | None = None

    def add(self, target: Target, content: Content) -> None:
        """Add everything of one data unit."""
        self._label = target.label if self._label is None else self._label
        reviews: list[Review] = []
        by_hash: dict[str, list[tuple[int, Object]]] = {}
        for name, objects, classifications in content.frames:
            number = self._frame_number(target, name, len(objects) + len(classifications))
            if number is None:
                continue
            for position, one in enumerate(objects):
                reviews += one.reviews or ()
                by_hash.setdefault(id_text(one.object_hash) or f"{number}/{position}", []).append((number, one))
            for made in classifications:
                reviews += made.reviews or ()
                self._classification(target, made, number)
        for key, seen in by_hash.items():
            self._object(target, key, seen)
        for key, answers in self._answers.items():
            if key not in by_hash and not answers.is_deleted:
                self._ranges(target, key, answers)
        for key, answers in self._classes.items():
            if not answers.is_deleted:
                self._classified_by_range(target, key, answers)
        self._reviews(target, reviews)

    def finish(self) -> None:
        """Count answers about nothing that is there."""
        groups: list[tuple[str, Mapping[str, Answers]]] = [
            ("answers about an object that is not there", self._answers),
            ("dynamic answers about an object that is not there", self._actions),
            ("answers of a classification that is not there", self._classes),
        ]
        for what, answers in groups:
            for key, one in answers.items():
                n = len(one.classifications or ()) + len(one.actions or ())
                if key not in self._used and not one.is_deleted and n:
                    self._unread.add(what, self._record, n=n, label=self._label)

    # --- objects ---------------------------------------------------------------------------------------------------

    def _frame_number(self, target: Target, name: str | None, n_marks: int) -> int | None:
        if name is None or target.media == "image":
            return 0
        if name.isdecimal() and len(name) < 12 and int(name) < _MAX_FRAME:
            return int(name)
        self._left_out(target, "a frame with a number", name, n_marks)
        return None

    def _object(self, target: Target, key: str, seen: Sequence[tuple[int, Object]]) -> None:
        """Add an object: once, frame by frame, or as a track."""
        ids: dict[int, str] = {}
        if target.media == "video" and all(one.bounding_box is not None for _, one in seen):
            ids = self._track(target, key, seen)
        else:
            for number, one in seen:
                place = None if target.media == "image" else str(number)
                mark_id = key if place is None else f"{key}@{place}"
                if self._shape(target, one, mark_id, place):
                    ids.setdefault(number, mark_id)
        if not ids:
            return  # what hangs on it is counted with the answers about nothing
        self._used.add(key)
        answers, actions = self._answers.get(key), self._actions.get(key)
        for question in (answers and answers.classifications) or ():
            self._questions.add(target.label, question, self._record, parent=next(iter(ids.values())), place=None)
        try:
            self._questions.dynamic(target.label, (actions and actions.actions) or (), self._record, frame_ids=ids)
        except ValueError as error:
            self._left_out(target, str(error), key, len((actions and actions.actions) or ()))

    def _track(self, target: Target, key: str, seen: Sequence[tuple[int, Object]]) -> dict[int, str]:
        boxes: dict[int, Sequence[float]] = {}
        for number, one in sorted(seen, key=lambda frame: frame[0]):
            try:
                value = shape_of(one, target.unit)
            except ValueError as error:
                self._left_out(target, str(error), key)
                continue
            if number in boxes:
                self._left_out(target, "one box of an object in each frame", key)
            elif value is not None:
                boxes[number] = value.geometry
        first = seen[0][1]
        name = first.name or first.value
        if not boxes or not name:
            if boxes:
                self._left_out(target, "a name, which is its class", key, len(boxes))
            return {}
        scores = [score_of(one) for _, one in seen]
        known = [score for score in scores if score is not None]
        geometry = [side for box in boxes.values() for side in box]
        self._builder.annotation(
            target.label,
            "track",
            name,
            geometry,
            parts=list(boxes),
            annotation_id=key,
            score=sum(known) / len(known) if len(known) == len(scores) else None,
        )
        return dict.fromkeys(boxes, key)

    def _shape(self, target: Target, one: Object, mark_id: str, place: str | None) -> bool:
        name = one.name or one.value
        try:
            value = shape_of(one, target.unit)
        except ValueError as error:
            self._left_out(target, str(error), mark_id)
            return False
        if value is None:
            self._unread.add(one.shape or "an object without shape", self._record, label=target.label)
            return False
        if not name:
            self._left_out(target, "a name, which is its class", mark_id)
            return False
        self._annotation(target, value, name, mark_id, place, score_of(one))
        return True

    def _annotation(
        self, target: Target, value: Value, name: str, mark_id: str, place: str | None, score: float | None
    ) -> None:
        self._builder.annotation(
            target.label,
            value.kind,
            name,
            value.geometry,
            parts=value.parts,
            answer=value.answer,
            place=place,
            annotation_id=mark_id,
            score=score,
        )

    # --- ranges ----------------------------------------------------------------------------------------------------

    def _ranges(self, target: Target, key: str, one: Answers) -> None:
        """Add an object that is a range of sound (given in milliseconds) or of text (characters, end included)."""
        ranges = self._of_unit(target, one)
        if ranges is None or not (ranges or one.range_html):
            return
        self._used.add(key)
        if one.range_html:
            self._unread.add("text marked by nodes of a page", self._record, n=len(one.range_html), label=target.label)
        name = one.name or one.value
        if not name:
            self._left_out(target, "a name, which is its class", key, len(ranges))
            return
        is_text = (one.shape or target.media) == "text"
        first_id = None
        for number, pair in enumerate(ranges):
            if len(pair) != 2:
                self._left_out(target, "ranges with a start and an end", key)
                continue
            start, end = pair
            values = (float(start), end + 1.0) if is_text else (start / 1000, end / 1000)
            mark_id = f"{key}@{number}" if number else key
            first_id = first_id or mark_id
            kind = "span" if is_text else "interval"
            self._annotation(target, Value(kind, values), name, mark_id, None, score_of(one))
        for question in one.classifications or ():
            self._questions.add(target.label, question, self._record, parent=first_id, place=None)

    def _of_unit(self, target: Target, one: Answers) -> Sequence[Sequence[int]] | None:
        """Give the ranges that something has on this unit; None if it is on another one."""
        if one.spaces:
            space = one.spaces.get(target.key)
            return None if space is None else space.range or ()
        return one.range or () if target.is_first else None

    # --- classifications -------------------------------------------------------------------------------------------

    def _classification(self, target: Target, made: Classification, number: int) -> None:
        key = id_text(made.classification_hash) or ""
        answers = self._classes.get(key)
        if answers is None or not answers.classifications:
            self._unread.add("classification without answers", self._record, label=target.label)
            return
        self._used.add(key)
        place = None if target.media == "image" else str(number)
        name = made.name
        self._questions.classification(
            target.label, answers.classifications, self._record, name=name, own_id=key, place=place
        )

    def _classified_by_range(self, target: Target, key: str, one: Answers) -> None:
        """Add a classification that no frame tells of: of the whole, or of the frames in its ranges."""
        ranges = self._of_unit(target, one)
        if key in self._used or ranges is None or not one.classifications:
            return
        self._used.add(key)
        places: list[str | None] = [None]
        if ranges and target.media in ("video", "pages"):
            try:
                places = [str(frame) for frame in self._questions.frames(ranges)]
            except ValueError as error:
                self._left_out(target, str(error), key)
                return
        for place in places:
            self._questions.classification(
                target.label, one.classifications, self._record, name=one.name, own_id=key, place=place
            )

    # --- reviews ---------------------------------------------------------------------------------------------------

    def _reviews(self, target: Target, reviews: Sequence[Review]) -> None:
        """Add verdicts on objects and classifications as reviews of the label; copies of one count once."""
        seen: set[tuple[object, ...]] = set()
        for one in [*reviews, *(earlier for review in reviews for earlier in _earlier(review))]:
            key = (one.id, one.created or one.created_at, one.comment, one.approved)
            if key in seen:
                continue
            seen.add(key)
            if one.approved is None:
                self._unread.add("review without verdict", self._record)
                continue
            self._builder.review(
                target.project_id,
                target.asset_id,
                "accepted" if one.approved else "rejected",
                label=target.label,
                reviewer=id_text(one.user_email) or id_text(one.created_by),
                created_at=iso8601(one.created or one.created_at),
                record=self._record,
            )

    def _left_out(self, target: Target, expected: str, found: str | None, n: int = 1) -> None:
        self._builder.unread([target.label], [n])
        self._builder.problem(
            "error", f"{expected}; the annotation is left out", record=self._record, field="labels", found=found, n=n
        )


def score_of(made: Made) -> float | None:
    """Give the confidence of a mark that a model made; what people make has 1, which tells nothing."""
    if made.manual_annotation is not False or not isinstance(made.confidence, (int, float, str)):
        return None
    try:
        return float(made.confidence)
    except (ValueError, OverflowError):
        return None


def _earlier(review: Review) -> list[Review]:
    """Give the earlier reviews that a review has copies of."""
    copies = review.metadata.get("reviews") if isinstance(review.metadata, dict) else None
    try:
        return msgspec.convert(copies or [], list[Review])
    except (msgspec.ValidationError, RecursionError):
        return []
