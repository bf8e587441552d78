"""From decoded files to assets, labels and annotations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import msgspec

from labelqa.formats.ids import id_text
from labelqa.formats.readers.darwin.attached import (
    add_answers,
    add_attached,
    answers_of,
    has_attached,
    stated_with_instance,
)
from labelqa.formats.readers.darwin.people import People
from labelqa.formats.readers.darwin.rasters import Rasters
from labelqa.formats.readers.darwin.schema import Annotation, Dataset, Export, Image, Item, Marks, Slot
from labelqa.formats.readers.darwin.shapes import Value, shape_of
from labelqa.formats.readers.darwin.video import MAX_FRAMES, carried, frames_of, ranges_of, track
from labelqa.formats.readers.darwin.whereabouts import Origin
from labelqa.formats.unread import Unread
from labelqa.project import Builder

_KNOWN = frozenset(Annotation.__struct_fields__) | {
    "auto_annotate", "global_sub_types", "id", "interpolate_algorithm", "measures", "only_keyframes", "updated_at",
    "created_at", "inserted_at", "z_index",
}  # fmt: skip
"""Fields that are read, or tell nothing about the mark that is not in another field."""

_decode = msgspec.json.Decoder(Annotation).decode
_FAILURES = (ValueError, RecursionError)


@dataclass
class _Target:
    """The label of one slot, and what its marks are gathered in."""

    label: int
    record: int
    rasters: Rasters
    tags: dict[str, list[Annotation]] = field(default_factory=dict)


class Items:
    """Takes the items of one file apart into the builder."""

    def __init__(self, builder: Builder, origin: Origin) -> None:
        self._builder, self._origin = builder, origin
        self._people = People(builder)
        self._n_ellipses = 0
        self._n_to_fill = MAX_FRAMES
        self._raw: Sequence[msgspec.Raw] = ()
        self.unread = Unread("shapes, tags, masks, strings and graphs")
        self.asset_id = ""
        self.dataset: str | None = None

    def add(self, export: Export, record: int) -> None:
        """Add an item as an asset, or as one for each slot, with everything marked on it as a label."""
        item, image = export.item or Item(), export.image or Image()
        name = item.name or image.original_filename or image.filename
        if not name:
            self._builder.records(0, 1)
            self._builder.problem("error", "a name of the item; the record is left out", record=record, field="item")
            return
        source = item.source_info
        self.dataset = _dataset(source.dataset if source else None) or _dataset(export.dataset)
        path = [part for part in (item.path or image.path or "").split("/") if part]
        self.asset_id = "/".join([*path, name.removeprefix(self._origin.prefix)])
        slots = item.slots or [Slot(width=image.width, height=image.height)]
        self._raw = export.annotations or []
        made, n_damaged = self._decoded(record)
        annotations = [one for _, one in made]
        self.unread.add("reviewer without verdict", record, n=sum(len(one.reviewers or ()) for one in annotations))
        labeler, is_model = self._people.labeler(annotations, self._origin.labeler, record)
        item_id = id_text(source.item_id) if source else None
        key = [item_id] if item_id else [self.dataset, *path, name]
        key += [labeler if labeler != self._origin.labeler else self._origin.source]
        targets: dict[str, _Target] = {}
        for slot in slots:
            slot_name = id_text(slot.slot_name) or "0"
            inner = [slot_name] if len(slots) > 1 else []
            asset_id = "/".join([self.asset_id, *inner])
            self._builder.asset(
                "default",
                asset_id,
                name=name.removeprefix(self._origin.prefix),
                width=slot.width,
                height=slot.height,
                dataset=self.dataset,
                record=record,
            )
            label = self._builder.label(
                "default",
                asset_id,
                "/".join(part for part in [*key, *inner] if part),
                labeler,
                role="prediction" if is_model else "submitted",
                record=record,
            )
            targets[slot_name] = _Target(label, record, Rasters(slot.width, slot.height))
        first = next(iter(targets.values()))
        self._builder.unread([first.label], [n_damaged])
        for (question, _), answers in answers_of(export.properties).items():
            add_answers(self._builder, first.label, question, answers, None, None)
        self._marks(made, targets, first)

    def note(self) -> None:
        """Note what was not read, and what was read in another way than it stands."""
        self.unread.note(self._builder)
        if self._n_ellipses:
            self._builder.problem("note", "ellipses; read as polygons of 64 corners", n=self._n_ellipses)

    def _decoded(self, record: int) -> tuple[list[tuple[int, Annotation]], int]:
        """Decode the annotations, each for itself, and number them; count those that cannot be."""
        made, n_damaged = [], 0
        for position, raw in enumerate(self._raw, start=1):
            try:
                made.append((position, _decode(raw)))
            except _FAILURES as error:
                n_damaged += 1
                reason = "brackets nested less deeply" if isinstance(error, RecursionError) else str(error)
                self._builder.problem(
                    "error",
                    "an annotation as Darwin has it; it is left out",
                    record=record,
                    field="annotations",
                    found=f"annotation {position}: {reason}",
                )
        return made, n_damaged

    def _marks(self, made: Sequence[tuple[int, Annotation]], targets: dict[str, _Target], first: _Target) -> None:
        for position, one in made:
            slots = [targets[name] for name in one.slot_names or () if name in targets]
            if len(slots) > 1:
                self.unread.add("mark on a further slot", slots[0].record, n=len(slots) - 1, label=slots[1].label)
            self._mark(slots[0] if slots else first, position, one)
        for target in targets.values():
            self._masks(target)
            self._tags(target)

    def _mark(self, target: _Target, position: int, one: Annotation) -> None:
        """Add one mark, or keep it until all of the slot are known."""
        name = one.name
        try:
            if one.raster_layer is not None:
                target.rasters.add_layer(None, one.raster_layer)
            elif not name:
                self._left_out(target, "a name, which is its class", one)
            elif one.frames or one.sections:
                self._through_frames(target, position, name, one)
            elif one.mask is not None:
                target.rasters.add_mask(one, name, id_text(one.id), None)
            elif one.tag is not None:
                target.tags.setdefault(name, []).append(one)
            elif one.string is not None or one.graph is not None:
                self._links(target, name, one)
            elif (value := shape_of(one)) is not None:
                mark_id = id_text(one.id) or (str(position) if has_attached(one) else None)
                self._shape(target, name, value, one, mark_id, None)
                self._attached(target, one, mark_id or "", None)
            else:
                self.unread.add(_unknown(self._raw[position - 1]), target.record, label=target.label)
        except ValueError as error:
            self._left_out(target, str(error), one)

    def _shape(
        self, target: _Target, name: str, value: Value, marks: Marks, mark_id: str | None, place: str | None
    ) -> None:
        self._n_ellipses += marks.ellipse is not None and value.kind == "polygon"
        self._builder.annotation(
            target.label,
            value.kind,
            name,
            value.geometry,
            parts=value.parts,
            answer=value.answer,
            place=place,
            annotation_id=mark_id,
            score=marks.inference.confidence if marks.inference else None,
            stated=stated_with_instance(value.stated, marks),
        )

    def _attached(self, target: _Target, one: Annotation, mark_id: str, frame_ids: dict[int, str] | None) -> None:
        """Add what hangs on a mark; `frame_ids` names its parts by frame where it runs through a video."""
        if frame_ids is None:
            add_attached(self._builder, target.label, one, mark_id)
        for (question, frame), answers in answers_of(one.properties).items():
            parent = mark_id if frame_ids is None or frame is None else frame_ids.get(frame, mark_id)
            place = None if frame_ids is None or frame is None else str(frame)
            add_answers(self._builder, target.label, question, answers, parent, place)

    def _through_frames(self, target: _Target, position: int, name: str, one: Annotation) -> None:
        """Add a mark that runs through the frames of a video."""
        frames = frames_of(one)
        mark_id = id_text(one.id) or str(position)
        if any(marks.raster_layer for _, marks in frames):
            for number, marks in frames:
                if marks.raster_layer is not None:
                    target.rasters.add_layer(number, marks.raster_layer)
            return
        kept = carried(frames)
        frame_ids: dict[int, str] = {}
        if any(marks.tag is not None for _, marks in frames):
            for number, (start, end) in enumerate(ranges_of(one, frames)):
                range_id = f"{mark_id}@{start}" if number else mark_id
                self._builder.annotation(target.label, "interval", name, (start, end), annotation_id=range_id)
        elif kept and all(shape.bounding_box and not _is_outlined(shape) for _, shape, _ in kept):
            value = track(one, frames, self._n_to_fill)
            self._n_to_fill -= max(0, len(value.parts or ()) - len(frames))
            self._shape(target, name, value, kept[0][1], mark_id, None)
            frame_ids = dict.fromkeys([number for number, _, _ in kept], mark_id)
        elif not kept:
            self.unread.add("a shape through frames", target.record, label=target.label)
            return
        else:
            frame_ids = {number: f"{mark_id}@{number}" for number, _, _ in kept}
            for number, shape, _ in kept:
                self._framed(target, name, shape, one, number, frame_ids[number])
        for number, marks in frames:
            parent = frame_ids.get(number, mark_id)
            add_attached(self._builder, target.label, marks, parent, str(number))
        self._attached(target, one, next(iter(frame_ids.values()), mark_id), frame_ids)

    def _framed(self, target: _Target, name: str, shape: Marks, one: Annotation, number: int, frame_id: str) -> None:
        """Add the shape that a mark has in one frame."""
        if shape.mask is not None:
            target.rasters.add_mask(shape, name, id_text(one.id), number, frame_id)
            return
        try:
            value = shape_of(shape)
        except ValueError as error:
            self._left_out(target, str(error), shape)
        else:
            if value is not None:
                self._shape(target, name, value, shape, frame_id, str(number))

    def _masks(self, target: _Target) -> None:
        """Add the masks of a slot, each with its pixels from a raster layer."""
        for mask, value, reason in target.rasters.masks():
            if mask is None or value is None:
                self._left_out(target, reason, mask.marks if mask else None)
                continue
            shape = Value("mask", value.geometry, value.parts)
            place = None if mask.frame is None else str(mask.frame)
            self._shape(target, mask.name, shape, mask.marks, mask.mark_id, place)
            if isinstance(mask.marks, Annotation):
                self._attached(target, mask.marks, mask.mark_id or "", None)

    def _tags(self, target: _Target) -> None:
        """Add all tags of a slot as one checklist, with what hangs on each of them."""
        if not target.tags:
            return
        checklist = "tag"
        self._builder.answer(target.label, "checklist", "tag", list(target.tags), annotation_id=checklist)
        for name, tags in target.tags.items():
            for one in tags[:1]:
                add_attached(self._builder, target.label, one, checklist, None, f"{name}: ")
                for (question, _), answers in answers_of(one.properties).items():
                    add_answers(self._builder, target.label, f"{name}: {question}", answers, checklist, None)
            self.unread.add("the same tag once more", target.record, n=len(tags) - 1)

    def _links(self, target: _Target, name: str, one: Annotation) -> None:
        """Add a string or a graph as relations between the marks that it joins."""
        pairs: list[tuple[str | None, str | None]] = []
        if one.string is not None:
            ids = [source if isinstance(source, str) else id_text(source.id) for source in one.string.sources]
            pairs = list(pairwise(ids))
        elif one.graph is not None:
            node_ids = {id_text(node.name): id_text(node.id) for node in one.graph.nodes or ()}
            edges = [(id_text(edge.start), id_text(edge.end)) for edge in one.graph.edges or ()]
            pairs = [(node_ids.get(start, start), node_ids.get(end, end)) for start, end in edges]
        ends = [[start, end] for start, end in pairs if start and end]
        if len(ends) < len(pairs) or not ends:
            raise ValueError("ids of the marks that are joined, of two at least")
        for number, both in enumerate(ends):
            link_id = f"{id_text(one.id)}/{number}" if one.id is not None else None
            self._builder.annotation(target.label, "relation", name, answer=both, annotation_id=link_id)

    def _left_out(self, target: _Target, expected: str, marks: Marks | None) -> None:
        found = None
        if isinstance(marks, Annotation):
            found = id_text(marks.id) or marks.name
        self._builder.unread([target.label], [1])
        self._builder.problem(
            "error", f"{expected}; the annotation is left out", record=target.record, field="annotations", found=found
        )


def _dataset(given: Dataset | str | None) -> str | None:
    return given.name or given.slug if isinstance(given, Dataset) else given or None


def _is_outlined(marks: Marks) -> bool:
    return marks.polygon is not None or marks.complex_polygon is not None


def _unknown(raw: msgspec.Raw) -> str:
    """Name a mark whose shape is not known by the fields that are not known."""
    fields = msgspec.json.decode(raw, type=dict[str, msgspec.Raw]).keys() - _KNOWN
    return " and ".join(sorted(fields)[:3]) or "a mark without shape"
