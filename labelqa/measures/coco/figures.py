"""The twelve figures of COCO's evaluation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

NAMES = ("AP", "AP50", "AP75", "APs", "APm", "APl", "AR1", "AR10", "AR100", "ARs", "ARm", "ARl")
"""COCO's names, in the order in which pycocotools prints the figures."""


@dataclass(frozen=True)
class CocoFigures(Mapping[str, float | None]):
    """Average precision and recall; by name, as in `figures["AP"]`, or as `figures.AP`.

    A figure without ground truth to measure it by is None, where pycocotools says -1; `undefined` says why.

    Attributes
    ----------
    AP, AP50, AP75 : float or None
        Mean over classes and 101 levels of recall of the precision: at ten overlaps from 0.50 to 0.95, at 0.50, at 0.75.
    APs, APm, APl : float or None
        AP of objects of an area up to 32^2 pixels, from 32^2 to 96^2, and from 96^2.
    AR1, AR10, AR100 : float or None
        Mean over classes and overlaps of the recall, with at most so many detections of a class in an image.
    ARs, ARm, ARl : float or None
        AR100 of small, medium and large objects.
    kind : str
        What was compared, bbox or mask.
    undefined : mapping of str to str
        For each figure that is None, why.
    counts : mapping of str to int
        What went into it: images, classes, truth (crowds included), crowds, detections (at most 100 of a class in an
        image).
    left_out : mapping of str to int
        What took no part, and how many of each.
    """

    AP: float | None
    AP50: float | None
    AP75: float | None
    APs: float | None
    APm: float | None
    APl: float | None
    AR1: float | None
    AR10: float | None
    AR100: float | None
    ARs: float | None
    ARm: float | None
    ARl: float | None
    kind: str = "bbox"
    undefined: Mapping[str, str] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    left_out: Mapping[str, int] = field(default_factory=dict)

    def __getitem__(self, name: str) -> float | None:
        if name not in NAMES:
            raise KeyError(name)
        value: float | None = getattr(self, name)
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(NAMES)

    def __len__(self) -> int:
        return len(NAMES)

    def as_dict(self) -> dict[str, float | None]:
        """Give the twelve figures as plain data."""
        return {name: self[name] for name in NAMES}
