"""Label specifications: names of labels, their attributes, and the points of skeletons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from labelqa.project import Builder

_QUESTIONS = {"select": "choice", "radio": "choice", "checkbox": "choice", "number": "number", "text": "text"}
"""CVAT's input types, and the kinds of their answers."""

TAG = "tag"
"""The question that the tags of a frame answer."""


@dataclass(frozen=True)
class Attribute:
    """An attribute of a label: its name, CVAT's input type, and its values where they are listed."""

    name: str
    input_type: str
    values: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """The kind of its answers; of an unknown input type a text."""
        return _QUESTIONS.get(self.input_type, "text")

    @property
    def answers(self) -> tuple[str, ...]:
        """The answers that are allowed, if they are listed."""
        if self.input_type == "checkbox":
            return ("false", "true")
        return self.values if self.kind == "choice" else ()


@dataclass(frozen=True)
class Spec:
    """A label as its project declares it.

    Parameters
    ----------
    name : str
        Its name.
    shape : str
        The shape it is meant for, as CVAT names it; "any" if it may be any.
    attributes : mapping of str to Attribute
        By name.
    points : tuple of str
        Names of the points, of a skeleton.
    """

    name: str
    shape: str = "any"
    attributes: dict[str, Attribute] = field(default_factory=dict)
    points: tuple[str, ...] = ()


_DECLARED = {
    "rectangle": ("bbox",),
    "polygon": ("polygon",),
    "ellipse": ("polygon",),
    "polyline": ("polyline",),
    "points": ("point",),
    "mask": ("mask",),
    "cuboid": ("keypoints",),
    "skeleton": ("keypoints",),
    "tag": (),
}
"""Kinds that a label for one shape declares; one for any shape declares a box, the commonest."""


def declare(builder: Builder, project: str, specs: Sequence[Spec]) -> None:
    """Add labels and their attributes to the ontology of a project, used or not."""
    for spec in specs:
        for kind in _DECLARED.get(spec.shape, ("bbox",)):
            builder.concept(project, kind, spec.name)
        if spec.shape == "tag":
            builder.concept(project, "checklist", TAG, [spec.name])
        for attribute in spec.attributes.values():
            builder.concept(project, attribute.kind, attribute.name, attribute.answers)
