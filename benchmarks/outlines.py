"""The generated boxes as outlines and as masks: one .npz file each.

Every class has a form of its own. It is drawn into each box with a number of corners of its own, about 35 and up to some
hundreds, none of them quite where it should be. No outline crosses itself: seen from a place inside it, each corner comes
after the one before. A mask is the pixels of an outline.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.arrays import Arrays
from benchmarks.generate import CLASSES, FRAME, Floats, Ints, Recipe

LEAST_IOU = 0.5
_MEDIAN_CORNERS, _SPREAD_CORNERS, _FEWEST, _MOST = 29, 0.6, 4, 400
_WAVES, _DEPTH, _TREMBLE = 5, 0.25, 0.03
_PAIRS_AT_ONCE = 1 << 18


@dataclass(frozen=True)
class Outlines:
    """Outlines of N annotations end to end.

    `xy` float64 [K, 2]: corners, none repeated; `size` int64 [N]: corners of each; `first` int64 [L + 1], `label_a` and
    `label_b` int64 [P]: as in `Arrays`.
    """

    xy: Floats
    size: Ints
    first: Ints
    label_a: Ints
    label_b: Ints

    @classmethod
    def made(cls, recipe: Recipe) -> Outlines:
        data = Arrays.made(recipe)
        rng = np.random.default_rng([recipe.seed, 1 << 32])
        waves = np.arange(1, _WAVES + 1)
        deep = rng.normal(0, _DEPTH, (len(CLASSES), _WAVES)) / waves
        turn = rng.uniform(0, 2 * np.pi, (len(CLASSES), _WAVES))
        n = len(data.cls)
        size = np.clip(rng.lognormal(np.log(_MEDIAN_CORNERS), _SPREAD_CORNERS, n), _FEWEST, _MOST).astype(np.int64)
        row = np.repeat(np.arange(n), size)
        place = np.arange(len(row)) - (np.cumsum(size) - size)[row]
        angle = 2 * np.pi * (place + rng.uniform(0, 0.8, len(row))) / size[row]
        form = data.cls[row]
        far = np.zeros(len(row))
        for wave in range(_WAVES):
            far += deep[form, wave] * np.cos(angle * waves[wave] + turn[form, wave])
        far = np.exp(far) * (1 + _TREMBLE * rng.uniform(-1, 1, len(row)))
        centre, half = (data.boxes[:, :2] + data.boxes[:, 2:]) / 2, data.sizes / 2
        xy = centre[row] + half[row] * far[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
        return cls(xy, size, data.first, data.label_a, data.label_b)

    @classmethod
    def read(cls, path: Path) -> Outlines:
        with np.load(path) as file:
            return cls(*(file[name] for name in ("xy", "size", "first", "label_a", "label_b")))

    def write(self, path: Path) -> None:
        np.savez(path, xy=self.xy, size=self.size, first=self.first, label_a=self.label_a, label_b=self.label_b)

    def head(self, n_pairs: int) -> Outlines:
        """Keep the first pairs of labels, and all labels."""
        return Outlines(self.xy, self.size, self.first, self.label_a[:n_pairs], self.label_b[:n_pairs])


@dataclass(frozen=True)
class MaskTexts:
    """Masks of N annotations, as COCO's compressed run lengths of the whole frame.

    `texts` bytes [N]; the others as in `Arrays`.
    """

    texts: NDArray[np.bytes_]
    first: Ints
    label_a: Ints
    label_b: Ints

    @classmethod
    def made(cls, recipe: Recipe) -> MaskTexts:
        from labelqa.kinds import raster, run_lengths
        from labelqa.kinds.filling import filled
        from labelqa.kinds.mask import EDGE
        from labelqa.kinds.rings import Rings

        outlines = Outlines.made(recipe)
        width, height = FRAME
        xy = np.clip(outlines.xy, 0, FRAME)
        n = len(outlines.size)
        rings = Rings(xy, outlines.size, np.ones(n, np.int64))
        masks, _ = filled(np.repeat(np.arange(n), outlines.size), rings.edges(), n)
        texts = []
        for row in range(n):
            left, top, right, bottom = masks.box[:, row].tolist()
            inside = masks.keys[masks.first[row] :][: masks.size[row]] & EDGE
            framed = raster.framed(inside, (left, top, right, bottom), height)
            texts.append(run_lengths.compressed(raster.counts(framed, width * height)).encode())
        return cls(np.array(texts, dtype=np.bytes_), outlines.first, outlines.label_a, outlines.label_b)

    @classmethod
    def read(cls, path: Path) -> MaskTexts:
        with np.load(path) as file:
            return cls(*(file[name] for name in ("texts", "first", "label_a", "label_b")))

    def write(self, path: Path) -> None:
        np.savez(path, texts=self.texts, first=self.first, label_a=self.label_a, label_b=self.label_b)

    def head(self, n_pairs: int) -> MaskTexts:
        """Keep the first pairs of labels, and all labels."""
        return MaskTexts(self.texts, self.first, self.label_a[:n_pairs], self.label_b[:n_pairs])


def facing(data: Outlines | MaskTexts) -> Iterator[tuple[Ints, Ints]]:
    """List the rows that face each other in the pairs of labels, some hundred thousand at a time."""
    first, n = data.first[:-1], np.diff(data.first)
    n_pairs = n[data.label_a] * n[data.label_b]
    number = np.cumsum(n_pairs) // _PAIRS_AT_ONCE
    for some in np.split(np.arange(len(n_pairs)), np.flatnonzero(np.diff(number)) + 1):
        pair = np.repeat(some, n_pairs[some])
        place = np.arange(len(pair)) - np.repeat(np.cumsum(n_pairs[some]) - n_pairs[some], n_pairs[some])
        a, b = data.label_a[pair], data.label_b[pair]
        yield first[a] + place // n[b], first[b] + place % n[b]
