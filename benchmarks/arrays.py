"""The labels as flat arrays, for the rivals: one .npz file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from benchmarks.generate import Floats, Ints, Recipe, blocks

Sides = tuple[slice, slice]
"""The annotations of the two labels of a pair, as rows of `boxes`."""


@dataclass(frozen=True)
class Arrays:
    """Labels and the pairs of them that labelqa compares: each two labelers of an asset, each labeler with the expert.

    boxes : float64 [N, 4]
        Left, top, right, bottom.
    sizes : float64 [N, 2]
        Width and height, as they were drawn.
    cls : int64 [N]
    first : int64 [L + 1]
        First annotation of each label.
    label_a, label_b : int64 [P]
    """

    boxes: Floats
    sizes: Floats
    cls: Ints
    first: Ints
    label_a: Ints
    label_b: Ints

    @classmethod
    def made(cls, recipe: Recipe) -> Arrays:
        parts = list(blocks(recipe))
        n_labels = np.array([len(part.asset) for part in parts])
        box = np.concatenate([part.box for part in parts])
        per_label = [np.bincount(part.label, minlength=len(part.asset)) for part in parts]
        offset = np.cumsum(n_labels) - n_labels
        pairs = [_pairs(part.asset - part.first_asset) + start for part, start in zip(parts, offset, strict=True)]
        return cls(
            boxes=np.concatenate([box[:, :2], box[:, :2] + box[:, 2:]], axis=1),
            sizes=box[:, 2:].copy(),
            cls=np.concatenate([part.cls for part in parts]),
            first=np.append(0, np.cumsum(np.concatenate(per_label))),
            label_a=np.concatenate([a for a, _ in pairs]),
            label_b=np.concatenate([b for _, b in pairs]),
        )

    @classmethod
    def read(cls, path: Path) -> Arrays:
        with np.load(path) as file:
            return cls(**{field.name: file[field.name] for field in fields(cls)})

    def write(self, path: Path) -> None:
        np.savez(path, **{field.name: getattr(self, field.name) for field in fields(self)})

    @property
    def n_pairs(self) -> int:
        return len(self.label_a)

    def head(self, n_pairs: int) -> Arrays:
        """Keep the first pairs, and all labels."""
        return Arrays(self.boxes, self.sizes, self.cls, self.first, self.label_a[:n_pairs], self.label_b[:n_pairs])

    def sides(self) -> Iterator[Sides]:
        """Go through the pairs."""
        a, b = self.label_a, self.label_b
        ends = (self.first[a], self.first[a + 1], self.first[b], self.first[b + 1])
        for first_a, last_a, first_b, last_b in zip(*(end.tolist() for end in ends), strict=True):
            yield slice(first_a, last_a), slice(first_b, last_b)

    def xywh(self) -> Floats:
        """Give the boxes as COCO has them: left, top, width, height."""
        return np.concatenate([self.boxes[:, :2], self.sizes], axis=1)

    def detections(self) -> tuple[tuple[Ints, Ints], tuple[Ints, Ints]]:
        """Take every pair for an image of its own: image (from 1) and row of each annotation, side a then side b."""
        return self._side(self.label_a), self._side(self.label_b)

    def _side(self, label: Ints) -> tuple[Ints, Ints]:
        counts = self.first[label + 1] - self.first[label]
        image = np.repeat(np.arange(len(label)), counts)
        place = np.arange(len(image)) - (np.cumsum(counts) - counts)[image]
        return image + 1, self.first[label][image] + place


def _pairs(asset: Ints) -> Ints:
    """Pair the labels of each asset, rows sorted by (asset, labeler): int64 [2, P], the expert on side b."""
    row = np.arange(len(asset))
    most = int(np.bincount(asset).max(initial=0))
    found = [
        np.stack([row[:-gap], row[gap:]])[:, asset[gap:] == asset[:-gap]] for gap in range(1, most) if gap < len(row)
    ]
    pairs = np.concatenate(found, axis=1) if found else np.empty((2, 0), np.int64)
    return pairs[:, np.lexsort((pairs[1], pairs[0]))]
