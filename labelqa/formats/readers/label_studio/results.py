"""From the items of one annotation or prediction to annotations of labelqa.

Items with one id are about one region: its shape, its class, and answers about it. The shape and its label may be one
item (`rectanglelabels`) or two (`rectangle` and `labels`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import polars as pl

from labelqa.formats.ids import id_text
from labelqa.formats.readers.label_studio import tags, video
from labelqa.formats.readers.label_studio.region import Mark, Region
from labelqa.formats.readers.label_studio.scene import Scene, stated_size, tag_of, value_of
from labelqa.formats.readers.label_studio.schema import Item
from labelqa.formats.readers.label_studio.values import UnreadableError, number, odd_text, text, texts
from labelqa.formats.unread import Unread
from labelqa.project import Builder

_LONG = 10_000
"""From so many numbers on, an annotation is handed over as a table of its own, in which they take less room."""

_LEFT = frozenset(["left", "backward"])
_TWO_WAY = frozenset(["bi", "both"])


@dataclass(slots=True)
class _Group:
    """The items about one region; `tag` is that of its shape, `names` are their controls."""

    tag: str
    items: list[Item] = field(default_factory=list)
    names: set[str | None] = field(default_factory=set)


class _Groups:
    """Puts items to the others about their region; a second shape or a repeated control is another region."""

    def __init__(self) -> None:
        self.all: list[_Group] = []
        self._latest: dict[tuple[str, str | None], _Group] = {}

    def __contains__(self, item: Item) -> bool:
        return (id_text(item.id) or "", None) in self._latest

    def add(self, tag: str, item: Item) -> None:
        """Add an item; one that only labels belongs to the latest shape with its id."""
        base, region_id = tags.base(tag), id_text(item.id)
        group = None
        if region_id is not None:
            only_label = self._latest.get((region_id, "")) if base else self._latest.get((region_id, None))
            group = self._latest.get((region_id, base), only_label) if base else only_label
        if group is None or item.from_name in group.names:
            group = _Group(base)
            self.all.append(group)
        elif not group.tag and base:
            del self._latest[region_id or "", ""]
        group.tag = group.tag or base
        group.items.append(item)
        group.names.add(item.from_name)
        if region_id is not None:
            self._latest[region_id, group.tag] = self._latest[region_id, None] = group


class Results:
    """Reads results into a builder, and keeps count for the file of what is worth a note.

    Parameters
    ----------
    builder : Builder
        Gets the annotations.
    unread : Unread
        Counts what is not read.
    """

    def __init__(self, builder: Builder, unread: Unread) -> None:
        self._builder = builder
        self._unread = unread
        self._notes: dict[tuple[str, str, str | None], list[int]] = {}
        self._room = video.MAX_FRAMES_OF_FILE
        self._label = self._record = 0
        self._score: float | None = None

    def add(self, label: int, items: Sequence[Item], scene: Scene, record: int, score: object = None) -> None:
        """Read the items of one label; `score` is that of a prediction, about its only item if there is one."""
        self._label, self._record = label, record
        self._score = number(score) if len(items) == 1 else None
        groups = _Groups()
        answers: list[tuple[str, Item]] = []
        relations: list[Item] = []
        for item in items:
            tag = tag_of(item)
            if tag == tags.RELATION:
                relations.append(item)
            elif tag in tags.ANSWERS:
                answers.append((tag, item))
            elif tags.is_region(tag):
                groups.add(tag, item)
            else:
                self._unread.add(tag or "an item without type", record, label=label)
            if item.meta:
                self._unread.add("meta (a note on a region)", record)
            if item.parentID:
                self._tell("note", "regions without order; that one is inside another is not kept", "parentID", None)
        for tag, item in answers:
            shape = tags.shape(value_of(item, tag))
            if shape is None or item in groups:
                continue
            if id_text(item.id) is None:
                self._tell(
                    "warning", "an id of the region that an answer is about; read as one on the task", "id", None
                )
            else:
                groups.add(shape or tags.PLAIN, item)
        seen: dict[str, bool] = {}
        for group in groups.all:
            self._region(group, scene, seen)
        for tag, item in answers:
            self._answer(tag, item, seen if item in groups else None)
        for item in relations:
            self._relation(item)

    def note(self) -> None:
        """Note once, with its count, what many marks of the file have in common."""
        for (severity, expected, name), (record, n) in self._notes.items():
            self._builder.problem(severity, expected, record=record, field=name, n=n)

    def _tell(self, severity: str, expected: str, name: str | None, found: object) -> None:
        """Note something: what is found by itself, what is only to be known once for the file."""
        if found is not None:
            self._builder.problem(severity, expected, record=self._record, field=name, found=found)
            return
        self._notes.setdefault((severity, expected, name), [self._record, 0])[1] += 1

    # --- regions -------------------------------------------------------------------------------------------------

    def _region(self, group: _Group, scene: Scene, seen: dict[str, bool]) -> None:
        """Read a region; `seen` learns whether it could be read."""
        drawn = next((item for item in group.items if tags.base(tag_of(item)) == group.tag), group.items[0])
        group.tag = group.tag or tags.shape(value_of(drawn, "")) or ""  # a label that comes with the shape
        region_id = id_text(drawn.id)
        try:
            marks = self._marks(group.tag, drawn, scene)
            labelled = self._labelled(group, drawn)
        except UnreadableError as error:
            self._left_out(error.expected, error.field, error.found)
            if region_id is not None:
                seen.setdefault(region_id, False)
            return
        if region_id is not None and seen.get(region_id):
            expected = "an id that one region has; the further ones get ids derived from the label's"
            self._builder.problem("warning", expected, record=self._record, field="id", found=region_id)
            region_id = None
        cls = labelled[0][1][0]
        score = next((found for item in group.items if (found := number(item.score)) is not None), None)
        for nth, mark in enumerate(marks):
            part = region_id if not nth or region_id is None else f"{region_id}/{nth}"
            place = "/".join(name for name in (scene.place(drawn, group.tag), mark.place) if name is not None)
            self._emit(mark, cls, score, place=place or None, annotation_id=part)
        if region_id is not None:
            seen[region_id] = True
        self._further(labelled, region_id)

    def _further(self, labelled: list[tuple[str, list[str]]], region_id: str | None) -> None:
        """Read what a region is labelled with beside its class, as answers about it."""
        (name, own), others = labelled[0], labelled[1:]
        if len(own) > 1:
            expected = "one label a region; the first is its class, all are answers about it"
            self._builder.problem("warning", expected, record=self._record, field=name, found=own)
            others = labelled
        if others and region_id is None:
            self._left_out("an id of a region with several labels", "id", what="all but the first are")
            return
        for question, several in others:
            self._emit(Mark("checklist", answer=sorted(set(several))), question, None, parent=region_id)

    def _marks(self, base: str, item: Item, scene: Scene) -> list[Mark]:
        """Read the shape of a region."""
        size = scene.size(item)
        on_frame = base in tags.ON_IMAGES or base == "videorectangle"
        if on_frame and stated_size(item) is None and (item.original_width, item.original_height) != (None, None):
            found = f"{item.original_width} x {item.original_height}"
            self._tell("warning", "original_width and original_height from 1", "original_width", found)
        turned = (number(item.image_rotation) or 0.0) % 360
        if base in tags.TURNED and turned:
            self._tell("note", "a shape on a turned image is turned back with it", "image_rotation", None)
            if turned % 90:
                raise UnreadableError("an image turned by right angles", "image_rotation")
        width, height = size or (100.0, 100.0)
        value = value_of(item, tag_of(item))
        region = Region(value, width, height, turned, size is not None, scene.is_sound(item), self._room, self._tell)
        marks = tags.REGIONS[base](region)
        if on_frame and size is None:
            expected = (
                "original_width and original_height; without them coordinates stay percent, "
                "and what is turned is turned as if the image were square"
            )
            self._tell("warning", expected, "original_width", None)
        self._room -= sum(len(mark.parts or ()) for mark in marks if mark.kind == "track")
        return marks

    def _labelled(self, group: _Group, drawn: Item) -> list[tuple[str, list[str]]]:
        """Give the labels of a region by control, that of its class first; without any it is called like its control."""
        labelled = []
        for item in sorted(group.items, key=lambda item: item is not drawn):
            tag = tag_of(item)
            value = value_of(item, tag)
            own = [tag] if tag.endswith("labels") else []
            names = [*own, "labels", f"{group.tag}labels"]
            found = next((several for name in names if (several := texts(value.get(name)))), [])
            if odd := next((odd for name in names if (odd := odd_text(value.get(name)))), None):
                self._tell("warning", "labels as texts; what is none is passed over", tag, odd)
            if found:
                labelled.append((item.from_name or tag, found))
            elif own:
                self._tell("warning", "a label; a region without one is called like its control", tag, None)
        if labelled:
            return labelled
        if not drawn.from_name:
            raise UnreadableError("a label, or from_name", "from_name")
        return [(drawn.from_name, [drawn.from_name])]

    # --- answers and relations -----------------------------------------------------------------------------------

    def _answer(self, tag: str, item: Item, seen: dict[str, bool] | None) -> None:
        """Read an answer; with `seen` it is about a region."""
        parent = id_text(item.id) if seen is not None else None
        if not item.from_name:
            self._left_out("from_name, which names the question", "from_name")
            return
        if seen is not None and parent is not None and not seen.get(parent):
            self._left_out("a region that can be read for the answers about it", "id")
            return
        try:
            found = tags.ANSWERS[tag](value_of(item, tag))
        except UnreadableError as error:
            self._left_out(error.expected, error.field, error.found)
            return
        own = None if parent is not None or len(found) > 1 else id_text(item.id)
        page = text(item.item_index) if parent is None else None
        for answer in found:
            question = item.from_name + answer.part
            self._emit(answer.mark, question, number(item.score), place=page, annotation_id=own, parent=parent)
            if answer.note is not None:
                self._tell("note", answer.note, None, None)

    def _relation(self, item: Item) -> None:
        """Read a relation; without a label it is called by its tag."""
        ends = [id_text(end) for end in (item.from_id, item.to_id)]
        if None in ends:
            self._left_out("from_id and to_id", "from_id")
            return
        direction = (item.direction or "right").lower()
        if direction in _LEFT:
            ends.reverse()
        if odd := odd_text(item.labels):
            self._tell("warning", "labels as texts; what is none is passed over", "labels", odd)
        for cls in texts(item.labels) or [tags.RELATION]:
            self._builder.annotation(
                self._label,
                "relation",
                cls,
                parts=[1] if direction in _TWO_WAY else None,
                answer=[end or "" for end in ends],
            )

    def _emit(
        self,
        mark: Mark,
        cls: str,
        score: float | None,
        *,
        place: str | None = None,
        annotation_id: str | None = None,
        parent: str | None = None,
    ) -> None:
        """Hand one annotation to the builder."""
        score = self._score if score is None else score
        if len(mark.geometry) >= _LONG:
            row = {
                "label": self._label,
                "annotation_id": annotation_id,
                "kind": mark.kind,
                "class": cls,
                "geometry": pl.Series(mark.geometry, dtype=pl.Float64()),
                "parts": None if mark.parts is None else pl.Series(mark.parts, dtype=pl.UInt32()),
                "place": place,
                "parent_id": parent,
                "score": score,
            }
            self._builder.annotations_frame(pl.DataFrame({name: [value] for name, value in row.items()}))
            return
        self._builder.annotation(
            self._label,
            mark.kind,
            cls,
            mark.geometry,
            parts=mark.parts,
            answer=mark.answer,
            place=place,
            parent_id=parent,
            annotation_id=annotation_id,
            score=score,
        )

    def _left_out(
        self, expected: str, name: str | None, found: str | None = None, what: str = "the annotation is"
    ) -> None:
        self._builder.unread([self._label], [1])
        expected = f"{expected}; {what} left out"
        self._builder.problem("error", expected, record=self._record, field=name, found=found)
