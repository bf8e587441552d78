"""From decoded label rows to assets, labels, annotations and reviews."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import msgspec

from labelqa.formats.dates import iso8601
from labelqa.formats.ids import id_text
from labelqa.formats.readers.encord.marks import Content, Marks, Media, Target
from labelqa.formats.readers.encord.ontology import Ontology
from labelqa.formats.readers.encord.questions import Questions
from labelqa.formats.readers.encord.schema import Answers, Classification, Frame, Made, Object, Row, Unit
from labelqa.formats.unread import Unread
from labelqa.project import Builder

_T = TypeVar("_T")
_M = TypeVar("_M", bound=Made)
_FAILURES = (ValueError, RecursionError)


class Rows:
    """Takes label rows apart into the builder."""

    def __init__(self, builder: Builder, ontology: Ontology, branched: frozenset[str]) -> None:
        self._builder, self._branched = builder, branched
        self.unread = Unread("shapes, classifications and answers")
        self.projects: set[str] = set()
        self.has_tracks = self.has_boxes = False
        self._questions = Questions(builder, ontology, self.unread)
        self._n_deleted = self._n_unlabelled = 0

    def add(self, row: Row, record: int) -> None:
        """Add the data units of a row as assets, and what is made on each as a label."""
        parts = row.spaces or {}
        units = {key: unit for key, unit in (row.data_units or {}).items() if not (parts and _is_group(unit, row))}
        units |= parts
        if not units:
            self._builder.records(0, 1)
            self._builder.problem(
                "error", "a data unit; the record is left out", record=record, field="data_units", found=row.label_hash
            )
            return
        answers = self._each(row.object_answers, Answers, record, "object_answers")
        classes = self._each(row.classification_answers, Answers, record, "classification_answers")
        actions = self._each(row.object_actions, Answers, record, "object_actions")
        contents = {key: self._content(unit, record) for key, unit in units.items()}
        frames = [frame for content in contents.values() for frame in content.frames]
        made: list[Made] = [one for _, objects, classified in frames for one in (*objects, *classified)]
        made += [one for one in (*answers.values(), *classes.values()) if not one.is_deleted]
        labeler = self._labeler(made, record)
        project_id = id_text(row.project_hash) or "default"
        self.projects.add(project_id)
        marks = Marks(self._builder, self._questions, self.unread, answers, classes, actions, record)
        is_first = True
        for key, given in units.items():
            unit = _sized(given, contents[key])
            target = self._target(row, project_id, key, unit, labeler, record)
            if target is not None:
                self._builder.unread([target.label], [contents[key].n_damaged])
                marks.add(replace(target, is_first=is_first), contents[key])
                is_first = False
                is_boxed = any(
                    one.bounding_box is not None for _, objects, _ in contents[key].frames for one in objects
                )
                self.has_tracks |= is_boxed and target.media == "video"
                self.has_boxes |= is_boxed and target.media != "video"
        marks.finish()

    def note(self) -> None:
        """Note what was not read."""
        self.unread.note(self._builder)
        if self._n_deleted:
            self._builder.problem("note", "marks that are not deleted; deleted ones are left out", n=self._n_deleted)
        if self._n_unlabelled:
            self._builder.problem(
                "note", "rows that are labelled; of others only the asset is read", n=self._n_unlabelled
            )

    def _target(
        self, row: Row, project_id: str, key: str, unit: Unit, labeler: str | None, record: int
    ) -> Target | None:
        """Add a data unit as an asset and its label; None if nobody has worked on it."""
        asset_id = id_text(unit.data_hash) or key
        shown = unit.data_title or unit.title or (unit.child_info and unit.child_info.file_name) or row.data_title
        self._builder.asset(
            project_id,
            asset_id,
            name=shown,
            width=unit.width,
            height=unit.height,
            dataset=row.dataset_title,
            record=record,
        )
        if row.label_status == "NOT_LABELLED" and labeler is None:
            self._n_unlabelled += 1
            return None
        branch = row.branch_name or "main"
        units = {**(row.data_units or {}), **(row.spaces or {})}
        whole = id_text(row.label_hash) or f"{id_text(row.data_hash) or asset_id}/{labeler or ''}"
        parts = [whole, "" if branch == "main" else branch, asset_id if len(units) > 1 else ""]
        label = self._builder.label(
            project_id,
            asset_id,
            "/".join(part for part in parts if part),
            labeler,
            role="consensus" if branch == "main" and asset_id in self._branched else "submitted",
            created_at=iso8601(row.created_at),
            updated_at=iso8601(row.last_edited_at),
            record=record,
        )
        return Target(label, project_id, asset_id, key, unit, _media(unit, row), False)

    def _content(self, unit: Unit, record: int) -> Content:
        """Decode what is in each frame of a unit."""
        labels, content = unit.labels or {}, Content()
        named = [name for name in labels if name not in ("objects", "classifications")]
        texts: list[tuple[str | None, Any]] = [(name, labels[name]) for name in named]
        if len(named) < len(labels):
            whole = {name: labels[name] for name in ("objects", "classifications") if name in labels}
            texts.append((None, msgspec.json.encode(whole)))
        for name, text in texts:
            frame = self._decoded(text, Frame, record, "labels")
            if frame is None:
                content.n_damaged += 1
                continue
            if frame.metadata is not None and frame.metadata.width and frame.metadata.height:
                content.sizes.add((frame.metadata.width, frame.metadata.height))
            objects, n_objects = self._all(frame.objects, Object, record, "objects")
            classes, n_classes = self._all(frame.classifications, Classification, record, "classifications")
            content.n_damaged += n_objects + n_classes
            content.frames.append((name, objects, classes))
        return content

    def _all(
        self, raws: Sequence[msgspec.Raw] | None, type_: type[_M], record: int, field: str
    ) -> tuple[list[_M], int]:
        """Decode marks; give those that are not deleted, and how many cannot be decoded."""
        decoded = [self._decoded(raw, type_, record, field) for raw in raws or ()]
        kept = [one for one in decoded if one is not None and not one.is_deleted]
        n_damaged = sum(one is None for one in decoded)
        self._n_deleted += len(decoded) - n_damaged - len(kept)
        return kept, n_damaged

    def _each(self, raws: Mapping[str, msgspec.Raw] | None, type_: type[_T], record: int, field: str) -> dict[str, _T]:
        decoded = {key: self._decoded(raw, type_, record, field) for key, raw in (raws or {}).items()}
        return {key: one for key, one in decoded.items() if one is not None}

    def _decoded(self, raw: Any, type_: type[_T], record: int, field: str) -> _T | None:
        """Decode a part of the row for itself, so that a wrong value costs no more than it."""
        try:
            return msgspec.json.decode(raw, type=type_)
        except _FAILURES as error:
            reason = "brackets nested less deeply" if isinstance(error, RecursionError) else str(error)
            self._builder.problem(
                "error", "what Encord has there; it is left out", record=record, field=field, found=reason
            )
            return None

    def _labeler(self, made: Sequence[Made], record: int) -> str | None:
        """Tell who the row is credited to: whoever made most of it."""
        people = Counter(who for one in made if (who := id_text(one.created_by) or id_text(one.last_edited_by)))
        if len(people) > 1:
            self._builder.problem(
                "warning",
                "one labeler for each label row; the row is credited to who made most of its marks",
                record=record,
                field="createdBy",
                found=", ".join(sorted(people)),
            )
        return min(people, key=lambda who: (-people[who], who)) if people else None


def _sized(unit: Unit, content: Content) -> Unit:
    """Give a unit the size that its slices have, if they have one and it does not tell."""
    if unit.width or len(content.sizes) != 1:
        return unit
    ((width, height),) = content.sizes
    return msgspec.structs.replace(unit, width=width, height=height)


def _is_group(unit: Unit, row: Row) -> bool:
    """Tell a unit that only stands for the parts of a data group."""
    return "group" in (unit.data_type or row.data_type or "").lower() and not unit.labels


def _media(unit: Unit, row: Row) -> Media:
    type_ = (unit.data_type or unit.space_type or row.data_type or "").lower()
    if type_.startswith(("image", "img")):
        return "image"
    if type_.startswith("audio"):
        return "sound"
    if "pdf" in type_:
        return "pages"
    if type_.startswith(("text", "plain", "html")):
        return "text"
    is_whole = not (unit.labels or {}).keys() - {"objects", "classifications"}
    return "image" if not type_ and is_whole else "video"
