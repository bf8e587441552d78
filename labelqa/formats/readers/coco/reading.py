"""How COCO files are read: which shape of annotations that state several, and how closely to pycocotools."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

SHAPES = ("box", "outline", "keypoints")
"""What an annotation may state, from the least to the most detailed."""


@dataclass(frozen=True)
class Reading:
    """How to read the files that are read together.

    Parameters
    ----------
    shape : "box", "outline" or "keypoints", optional
        The most detailed shape to read; if not given, the most detailed one that every file with annotations has, so
        that the files can meet.
    roles : mapping of str to str
        For files by name, the role of their labels, which is also the name of their labeler; the others' labels are
        submitted by a labeler of the file's name.
    exact : bool
        Keep all that pycocotools goes by: annotations are numbered in the order of the file, their areas are always
        stated, results have the areas that it gives them, and parts of an outline that overlap stay as they are. An
        annotation without the wanted shape is read as whatever it has.
    """

    shape: str | None = None
    roles: Mapping[str, str] = field(default_factory=dict)
    exact: bool = False
