"""Encord's ontology: what may be drawn and asked. Read where it lies beside the label rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from labelqa.project import Builder

_SHAPES = {
    "bounding_box": "bbox",
    "rotatable_bounding_box": "rotated_bbox",
    "polygon": "polygon",
    "polyline": "polyline",
    "point": "point",
    "skeleton": "keypoints",
    "bitmask": "mask",
    "cuboid": "cuboid",
    "audio": "interval",
    "text": "span",
}
_QUESTIONS = {"radio": "choice", "checklist": "checklist", "text": "text", "numeric": "number"}
_DEPTH = 50
"""How deeply questions may be nested."""


class Ontology:
    """What ontology files declare."""

    def __init__(self) -> None:
        self.kinds: dict[str, str] = {}
        """Kind of each question, by its feature hash."""
        self.roots: set[str] = set()
        """Feature hashes of the questions that classifications begin with."""
        self._objects: set[tuple[str, str]] = set()
        self._questions: set[tuple[str, str, tuple[str, ...]]] = set()

    def add(self, structure: dict[str, Any], builder: Builder, record: int) -> None:
        """Add what an ontology holds; what is not known is a problem."""
        for one in _dicts(structure.get("objects")):
            kind, name = _SHAPES.get(str(one.get("shape"))), one.get("name")
            if kind is None or not isinstance(name, str):
                builder.problem(
                    "note", "an object with a name and a shape that is read", record=record, found=one.get("shape")
                )
            else:
                self._objects.add((kind, name))
            self._attributes(one.get("attributes"), 0)
        for one in _dicts(structure.get("classifications")):
            roots = list(_dicts(one.get("attributes")))
            self.roots |= {str(root.get("featureNodeHash")) for root in roots}
            self._attributes(roots, 0)

    def declare(self, builder: Builder, projects: Iterable[str], has_tracks: bool, has_boxes: bool) -> None:
        """Declare the ontology in projects; boxes are tracks in videos."""
        for project in sorted(projects) or ["default"]:
            for kind, name in sorted(self._objects):
                if kind != "bbox" or has_boxes or not has_tracks:
                    builder.concept(project, kind, name)
                if kind == "bbox" and has_tracks:
                    builder.concept(project, "track", name)
            for kind, name, answers in sorted(self._questions):
                builder.concept(project, kind, name, answers)

    def _attributes(self, attributes: Any, depth: int) -> None:
        for one in _dicts(attributes):
            kind, name = _QUESTIONS.get(str(one.get("type"))), one.get("name")
            options = list(_dicts(one.get("options")))
            if kind is not None and isinstance(name, str):
                self.kinds[str(one.get("featureNodeHash"))] = kind
                labels = (option.get("label") or option.get("value") for option in options)
                self._questions.add((kind, name, tuple(label for label in labels if isinstance(label, str))))
            if depth < _DEPTH:
                for option in options:
                    self._attributes(option.get("options"), depth + 1)
                    self._attributes(option.get("attributes"), depth + 1)


def _dicts(given: Any) -> Iterator[dict[str, Any]]:
    yield from (one for one in given if isinstance(one, dict)) if isinstance(given, list) else ()
