"""From decoded tasks to assets, labels, annotations and reviews."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from labelqa.formats.ids import Id, derived_label_id, id_text
from labelqa.formats.readers.label_studio.schema import Annotation, Item, Prediction, Task, User
from labelqa.formats.unread import Unread
from labelqa.project import Builder

_ABOUT_TASK = frozenset(
    ["choices", "textarea", "rating", "number", "datetime", "taxonomy", "pairwise", "ranker", "relation"]
)
"""Types that mark no region by themselves."""

_RECTANGLES = frozenset(["rectanglelabels", "rectangle"])
_NAME_CHARACTERS = 300

_Made = TypeVar("_Made", Annotation, Prediction)


class Tasks:
    """Takes tasks apart into the builder."""

    def __init__(self, builder: Builder) -> None:
        self._builder = builder
        self._named: set[str] = set()
        self.unread = Unread("an upright rectangle or a choice about the whole task")

    def add(self, task: Task, record: int) -> None:
        """Add the asset with its annotations and predictions, each as a label."""
        asset_id = id_text(task.id)
        if asset_id is None:
            self._builder.records(0, 1)
            self._builder.problem("error", "an id of the task; the record is left out", record=record, field="id")
            return
        project_id = id_text(task.project) or "default"
        annotations = self._whole(task.annotations, "annotation", record)
        predictions = self._whole(task.predictions, "prediction", record)
        made: list[Annotation | Prediction] = [*annotations, *predictions]
        images = {
            (item.to_name, item.original_width, item.original_height)
            for one in made
            for item in one.result or ()
            if item.type in _RECTANGLES and not item.item_index
        }
        width, height = min(((w, h) for _, w, h in images if w and h and min(w, h) > 0), default=(None, None))
        self._builder.asset(
            project_id,
            asset_id,
            name=_name(task.data or {}),
            width=width,
            height=height,
            created_at=task.created_at,
            record=record,
        )
        one_image = len({to_name for to_name, _, _ in images if to_name}) < 2
        for position, annotation in enumerate(annotations):
            label = self._annotation(project_id, asset_id, annotation, position, record)
            self._items(label, annotation.result or (), one_image, record)
        for position, prediction in enumerate(predictions):
            label = self._prediction(project_id, asset_id, prediction, position, record)
            self._items(label, prediction.result or (), one_image, record)
        self.unread.add("draft", record, n=len(task.drafts or ()))

    def _whole(self, made: Sequence[_Made | int] | None, noun: str, record: int) -> list[_Made]:
        """Leave out what is given by its id only."""
        whole = [one for one in made or () if not isinstance(one, int)]
        self.unread.add(f"{noun} given by its id only", record, n=len(made or ()) - len(whole))
        return whole

    def _annotation(self, project_id: str, asset_id: str, made: Annotation, position: int, record: int) -> int:
        labeler = self._user(made.completed_by)
        label_id = id_text(made.id)
        if label_id is None:
            self._builder.problem("note", "an id of the annotation; one is derived", record=record, field="annotations")
        label = self._builder.label(
            project_id,
            asset_id,
            label_id or derived_label_id(asset_id, labeler, position),
            labeler,
            role="benchmark" if made.ground_truth else "submitted",
            status="skipped" if made.was_cancelled else "submitted",
            created_at=made.created_at,
            updated_at=made.updated_at,
            seconds=made.lead_time,
            record=record,
        )
        for review in made.reviews or ():
            if review.accepted is None:
                self.unread.add("review without verdict", record)
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
            created_at=made.created_at,
            updated_at=made.updated_at,
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

    def _items(self, label: int, items: Sequence[Item], one_image: bool, record: int) -> None:
        """Add the regions and answers of one annotation or prediction; items with one id are about one region."""
        regions = {item.id for item in items if item.id is not None and item.type not in _ABOUT_TASK}
        labelled = {item.id for item in items if item.type == "rectanglelabels"}
        shapes = {item.id for item in items if item.type == "rectangle"}
        classes = {item.id: item.value.labels for item in items if item.type == "labels" and item.value}
        for item in items:
            match item.type:
                case "rectanglelabels" | "rectangle" if item.item_index or not one_image:
                    self.unread.add("rectangle on one of several images", record, label=label)
                case "rectanglelabels":
                    self._rectangle(label, item, item.value.rectanglelabels if item.value else None, record)
                case "rectangle" if item.id in labelled:
                    pass  # the shape of a region that has its class in an item of its own, which is whole
                case "rectangle":
                    self._rectangle(label, item, classes.get(item.id) or [item.from_name], record)
                case "labels" if item.id in shapes:
                    pass  # the class of that rectangle
                case "choices" if item.id in regions or (item.value and item.value.x is not None):
                    self.unread.add("choice about a region", record, label=label)
                case "choices":
                    self._choice(label, item, record)
                case other:
                    self.unread.add(other or "an item without type", record, label=label)

    def _rectangle(self, label: int, item: Item, classes: Sequence[str | None] | None, record: int) -> None:
        value, width, height = item.value, item.original_width, item.original_height
        if value is None or value.x is None or value.y is None or value.width is None or value.height is None:
            self._left_out("x, y, width and height", "value", label, record)
        elif not width or not height or width < 0 or height < 0:
            self._left_out(
                "original_width and original_height from 1 (percent become pixels by them)", None, label, record
            )
        elif not classes or not classes[0]:
            self._left_out("a label", "rectanglelabels", label, record)
        elif (value.rotation or 0) % 360 or (item.image_rotation or 0) % 360:
            self.unread.add("rotated rectangle", record, label=label)
        else:
            if len(classes) > 1:
                self._warn("one label a rectangle; the first is taken", "rectanglelabels", classes, record)
            if value.width < 0 or value.height < 0:
                found = f"{value.width} x {value.height}"
                self._warn("a width and height from 0; read as drawn from the opposite corner", "value", found, record)
            left, top = value.x * width / 100, value.y * height / 100
            self._builder.bbox(
                label,
                classes[0],
                left,
                top,
                left + value.width * width / 100,
                top + value.height * height / 100,
                annotation_id=id_text(item.id),
                score=item.score,
            )

    def _choice(self, label: int, item: Item, record: int) -> None:
        chosen = item.value.choices if item.value else None
        answers = [chosen] if isinstance(chosen, str) else chosen
        if not item.from_name:
            self._left_out("from_name, which names the question", "from_name", label, record)
        elif answers is None:
            self._left_out("choices", "value", label, record)
        elif not all(isinstance(answer, str) for answer in answers):
            self.unread.add("choice that is a path", record, label=label)
        else:
            kind = "choice" if len(answers) == 1 else "checklist"
            self._builder.answer(label, kind, item.from_name, answers, annotation_id=id_text(item.id))

    def _left_out(self, expected: str, field: str | None, label: int, record: int) -> None:
        self._builder.unread([label], [1])
        self._builder.problem("error", f"{expected}; the annotation is left out", record=record, field=field)

    def _warn(self, expected: str, field: str, found: object, record: int) -> None:
        self._builder.problem("warning", expected, record=record, field=field, found=found)


def _name(data: dict[str, Any]) -> str | None:
    """Give a name for people: the image, else the first text that the task shows, cut short."""
    texts = (value for value in (data.get("image"), *data.values()) if isinstance(value, str) and value)
    name = next(texts, None)
    return name if name is None else name[:_NAME_CHARACTERS]
