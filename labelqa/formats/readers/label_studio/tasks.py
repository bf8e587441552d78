"""From decoded tasks to assets, labels and reviews; their results go on to `results`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePath
from typing import Any, TypeVar

import msgspec

from labelqa.formats.ids import Id, derived_label_id, id_text
from labelqa.formats.readers.label_studio.boxes import Boxes
from labelqa.formats.readers.label_studio.results import Results
from labelqa.formats.readers.label_studio.scene import Scene
from labelqa.formats.readers.label_studio.schema import (
    NOTHING,
    Annotation,
    Item,
    Made,
    Prediction,
    Record,
    Task,
    TaskOf,
    Time,
    User,
)
from labelqa.formats.readers.label_studio.values import counted, text
from labelqa.formats.runs import Cut
from labelqa.formats.unread import Unread
from labelqa.project import Builder

_NAME_CHARACTERS = 300
_READ = "the control tags of Label Studio's documentation"

_items = msgspec.json.Decoder(list[Item] | None)
_item = msgspec.json.Decoder(Item)
_rows = msgspec.json.Decoder(list[msgspec.Raw])

_MadeOf = TypeVar("_MadeOf", Annotation, Prediction)


@dataclass(slots=True)
class _Result:
    """What there is in a result: items, how many were lost, and runs of boxes that were cut out."""

    items: list[Item]
    n_lost: int = 0
    runs: Sequence[int] = ()


class Tasks:
    """Takes tasks apart into the builder."""

    def __init__(self, builder: Builder) -> None:
        self._builder = builder
        self._named: set[str] = set()
        self._unread = Unread(_READ)
        self._results = Results(builder, self._unread)
        self._boxes: Boxes | None = None

    def begin(self, cut: Cut | None) -> None:
        """Begin with tasks that something was cut out of."""
        self._boxes = None if cut is None else Boxes(cut)

    def end(self) -> None:
        """Add what was cut out of them."""
        if self._boxes is not None:
            self._builder.annotations_frame(self._boxes.annotations())

    def add(self, found: Record, record: int) -> None:
        """Add the asset with its annotations and predictions, each as a label."""
        task = _whole_task(found)
        data = task.data or {}
        asset_id = id_text(task.id)
        if asset_id is None:
            asset_id = _name(data, None) or f"{PurePath(self._builder.file).name}#{record}"
            self._builder.problem("note", "an id of the task; one is derived", record=record, field="id")
        project_id = text(task.project) or "default"
        annotations = [
            *self._whole(task.annotations, "annotation", record),
            *self._whole(task.completions, "completion", record),
        ]
        predictions = self._whole(task.predictions, "prediction", record)
        results = {id(made): self._decoded(made, record) for made in (*annotations, *predictions)}
        scene = Scene(item for result in results.values() for item in result.items)
        for result in results.values():
            self._note_boxes(result, scene)
        width, height = scene.frame() or (None, None)
        self._builder.asset(
            project_id,
            asset_id,
            name=_name(data, _NAME_CHARACTERS),
            width=width,
            height=height,
            created_at=_time(task.created_at),
            record=record,
        )
        for position, annotation in enumerate(annotations):
            label = self._annotation(project_id, asset_id, annotation, position, record)
            self._read(label, results[id(annotation)], scene, record)
        for position, prediction in enumerate(predictions):
            label = self._prediction(project_id, asset_id, prediction, position, record)
            self._read(label, results[id(prediction)], scene, record, prediction.score)
        self._issues(project_id, asset_id, task, record)
        self._unread.add("draft", record, n=len(task.drafts or ()))

    def _issues(self, project_id: str, asset_id: str, task: Task, record: int) -> None:
        """Add the comments on a task, of which only the numbers are exported."""
        n_open, n_all = counted(task.unresolved_comment_count), counted(task.comment_count)
        for state, n in (("open", n_open), ("resolved", n_all - n_open)):
            if n > 0:
                self._builder.issue(project_id, asset_id, state, category="comment", n=n, record=record)

    def note(self) -> None:
        """Note what the file has in common and what was not read; to be called at its end."""
        self._results.note()
        self._unread.note(self._builder)

    def _note_boxes(self, result: _Result, scene: Scene) -> None:
        if self._boxes is not None:
            for thing, size in self._boxes.frames(result.runs):
                scene.add_box(thing, size)

    def _read(self, label: int, result: _Result, scene: Scene, record: int, score: object = None) -> None:
        if result.n_lost:
            self._builder.unread([label], [result.n_lost])
        if self._boxes is not None and result.runs:
            self._boxes.put(result.runs, label, scene.place_of_box)
            score = None  # it is of all items
        self._results.add(label, result.items, scene, record, score)

    def _decoded(self, made: Made, record: int) -> _Result:
        """Decode a result, and count the items that are lost; lists inside the list are opened."""
        if self._boxes is not None:
            alone, runs = self._boxes.opened(made)
            return _Result(alone, runs=runs)
        try:
            return _Result(_items.decode(made.result) or [])
        except (ValueError, RecursionError):
            pass
        items: list[Item] = []
        n_lost = 0
        try:
            rows = _rows.decode(made.result)
        except (ValueError, RecursionError):
            rows = []
            n_lost = self._lost("a list of regions, answers and relations", made.result, record)
        for row in rows:
            try:
                items += _items.decode(row) or [] if bytes(row)[:1] == b"[" else [_item.decode(row)]
            except (ValueError, RecursionError) as error:
                n_lost += self._lost(f"a region, answer or relation ({error})", row, record)
        return _Result(items, n_lost)

    def _lost(self, expected: str, found: msgspec.Raw, record: int) -> int:
        shown = bytes(found)[:200].decode(errors="replace")
        self._builder.problem("error", f"{expected}; it is left out", record=record, field="result", found=shown)
        return 1

    def _whole(self, made: Sequence[_MadeOf | int] | None, noun: str, record: int) -> list[_MadeOf]:
        """Leave out what is given by its id only."""
        whole = [one for one in made or () if not isinstance(one, int)]
        self._unread.add(f"{noun} given by its id only", record, n=len(made or ()) - len(whole))
        return whole

    def _annotation(self, project_id: str, asset_id: str, made: Annotation, position: int, record: int) -> int:
        # What was aggregated from one person's work is that person's; from several, it is a consensus.
        merged = made.aggregated_completed_by or []
        alone = merged[0] if len(merged) == 1 else None
        labeler = self._user(made.completed_by if made.completed_by is not None else alone)
        label_id = id_text(made.id)
        if label_id is None:
            self._builder.problem("note", "an id of the annotation; one is derived", record=record, field="annotations")
        role = "consensus" if len(merged) > 1 else "submitted"
        label = self._builder.label(
            project_id,
            asset_id,
            label_id or derived_label_id(asset_id, labeler, position),
            labeler,
            role="benchmark" if made.ground_truth or made.honeypot else role,
            status="skipped" if made.was_cancelled or made.skipped else "submitted",
            created_at=_time(made.created_at),
            updated_at=_time(made.updated_at),
            seconds=made.lead_time,
            record=record,
        )
        for review in made.reviews or ():
            if review.accepted is None:
                self._unread.add("review without verdict", record)
                continue
            self._builder.review(
                project_id,
                asset_id,
                "accepted" if review.accepted else "rejected",
                label=label,
                reviewer=self._user(review.created_by),
                created_at=review.created_at,
                record=record,
            )
        self._unread.add("step in the history of an annotation", record, n=len(made.history or ()))
        return label

    def _prediction(self, project_id: str, asset_id: str, made: Prediction, position: int, record: int) -> int:
        model = made.model_version or "model"
        if model not in self._named:
            self._named.add(model)
            self._builder.labeler(model, is_model=True)
        # Predictions and annotations are numbered apart, so that their ids may coincide.
        return self._builder.label(
            project_id,
            asset_id,
            f"prediction/{id_text(made.id) or derived_label_id(asset_id, model, position)}",
            model,
            role="prediction",
            created_at=_time(made.created_at),
            updated_at=_time(made.updated_at),
            record=record,
        )

    def _user(self, user: User | Id) -> str | None:
        """Give a labeler's name: the e-mail, else the id. The name for people is told once."""
        if not isinstance(user, User):
            return id_text(user)
        labeler = id_text(user.email) or id_text(user.id)
        if labeler is not None and labeler not in self._named:
            self._named.add(labeler)
            self._builder.labeler(labeler, name=f"{user.first_name or ''} {user.last_name or ''}".strip() or None)
        return labeler


def _whole_task(record: Record) -> Task:
    """Make a task of a record that is an annotation or prediction by itself; a task stays as it is."""
    is_by_itself = record.result is not None and record.result != NOTHING
    if not is_by_itself or record.annotations or record.completions or record.predictions:
        return record
    about = record.task if isinstance(record.task, TaskOf) else TaskOf(id=record.task)
    task = Task(
        id=about.id,
        project=about.project if about.project is not None else record.project,
        data=about.data if about.data is not None else record.data,
        created_at=about.created_at,
    )
    if record.model_version is not None:
        task.predictions = [_part(record, Prediction)]
    else:
        task.annotations = [_part(record, Annotation)]
    return task


def _part(record: Record, type_: type[_MadeOf]) -> _MadeOf:
    """Take the fields of an annotation or prediction out of a record."""
    return type_(**{name: getattr(record, name) for name in type_.__struct_fields__ if hasattr(record, name)})


def _time(value: Time) -> str | None:
    """Give a time as text; before 1.0 it was seconds since 1970."""
    if value is None or isinstance(value, str):
        return value
    try:
        return datetime.fromtimestamp(value, UTC).isoformat()
    except (ValueError, OverflowError, OSError):
        return str(value)


def _name(data: dict[str, Any], most: int | None) -> str | None:
    """Give a name for people: the image, else the first text that the task shows; cut, or nothing if it is too long."""
    found = (value for value in (data.get("image"), *data.values()) if isinstance(value, str) and value)
    name = next(found, None)
    if name is None or most is not None:
        return name if name is None else name[:most]
    return name if len(name) <= _NAME_CHARACTERS else None
