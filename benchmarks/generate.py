"""Labels of many labelers, made of random numbers: as many assets as wanted, block by block, the same for the same seed.

What is on an asset is drawn first, then each labeler draws it again with a hand of their own: the sides of a box move,
objects are missed, others are drawn twice or out of nothing, classes are mistaken.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

BLOCK = 1_000
"""Assets made at once. The first assets of a large set are those of a small one (unless `objects` is given)."""

FRAME = (1280, 960)
N_LABELERS = 60
EXPERT = N_LABELERS
"""Number of the labeler whose labels are the benchmark."""

# fmt: off
CLASSES = (
    "person", "car", "bicycle", "dog", "chair", "bottle", "bird", "cup", "boat", "bench",
    "truck", "horse", "kite", "clock", "sheep", "bus", "train", "bear", "zebra", "toaster",
)
# fmt: on
"""From the most frequent to the rarest."""

_MEDIAN_OBJECTS, _SPREAD_OBJECTS = 6.2, 0.8
_CROWDED, _CROWD = 0.003, (100, 300)
_CLUSTERED, _N_CLUSTERS = 0.35, 3
_ID_LENGTH = 25


@dataclass(frozen=True)
class Recipe:
    """What to make.

    Parameters
    ----------
    assets : int
    seed : int
    objects : int, optional
        As many on every asset; by default a lognormal number, and 100 to 300 on every three-hundredth.
    labelers_per_asset : int
    benchmark_share : float
        Share of the assets that have a benchmark label.
    """

    assets: int
    seed: int = 0
    objects: int | None = None
    labelers_per_asset: int = 3
    benchmark_share: float = 0.1

    @property
    def name(self) -> str:
        """A file name of its own."""
        objects = "" if self.objects is None else f"-{self.objects}-objects"
        return f"{self.assets}-assets{objects}-{self.labelers_per_asset}-labelers-seed-{self.seed}"


@dataclass(frozen=True)
class Block:
    """Labels of consecutive assets. L labels sorted by (asset, labeler), N annotations sorted by label.

    asset, labeler : int64 [L]
        Number of the asset in the whole set, and of the labeler (`EXPERT` made the benchmark).
    label_id : bytes [L]
    minute : int64 [L], seconds : float64 [L]
        When it was submitted, in minutes from the start of the project, and how long it took.
    label : int64 [N]
        Number of the label in this block.
    cls : int64 [N]
    box : float64 [N, 4]
        Left, top, width, height in pixels, in hundredths.
    annotation_id : bytes [N]
    """

    first_asset: int
    n_assets: int
    asset: Ints
    labeler: Ints
    label_id: NDArray[np.bytes_]
    minute: Ints
    seconds: Floats
    label: Ints
    cls: Ints
    box: Floats
    annotation_id: NDArray[np.bytes_]

    def head(self, n_assets: int) -> Block:
        """Keep the first assets."""
        labels = int(np.searchsorted(self.asset, self.first_asset + n_assets))
        marks = int(np.searchsorted(self.label, labels))
        return Block(
            self.first_asset,
            min(n_assets, self.n_assets),
            *(column[:labels] for column in (self.asset, self.labeler, self.label_id, self.minute, self.seconds)),
            *(column[:marks] for column in (self.label, self.cls, self.box, self.annotation_id)),
        )


def blocks(recipe: Recipe) -> Iterator[Block]:
    """Make all blocks of a set, one after the other."""
    for first in range(0, recipe.assets, BLOCK):
        yield block(recipe, first // BLOCK).head(recipe.assets - first)


def block(recipe: Recipe, number: int) -> Block:
    """Make one block of `BLOCK` assets; it depends on the recipe's other fields and on its own number alone."""
    rng = np.random.default_rng([recipe.seed, 1 + number])
    people = _People.of(recipe.seed)
    scene = _Scene.drawn(rng, recipe)
    asset, labeler = _who(rng, recipe)

    label, seen = _every_label_sees_its_asset(scene.n_objects, asset)
    sees = rng.random(len(label)) >= people.miss[labeler[label]]
    label, seen = label[sees], seen[sees]
    hand = people.jitter[labeler[label]]
    centre, size = scene.centre[seen], scene.size[seen]
    drawn = (
        centre + size * hand[:, None] * rng.standard_normal((len(label), 2)),
        size * np.exp(hand[:, None] * rng.standard_normal((len(label), 2))),
    )
    mistaken = rng.random(len(label)) < people.confusion[labeler[label]]
    cls = (scene.cls[seen] + mistaken * rng.integers(1, len(CLASSES), len(label))) % len(CLASSES)

    more = rng.binomial(scene.n_objects[asset], people.extra[labeler])
    more_label = np.repeat(np.arange(len(asset)), more)
    more_centre, more_size, more_cls = _extras(rng, scene, asset[more_label])

    label = np.concatenate([label, more_label])
    order = np.argsort(label + rng.random(len(label)))  # every label in an order of its own
    box = _boxes(np.concatenate([drawn[0], more_centre]), np.concatenate([drawn[1], more_size]))
    return Block(
        first_asset=number * BLOCK,
        n_assets=BLOCK,
        asset=asset + number * BLOCK,
        labeler=labeler,
        label_id=_ids(rng, len(asset)),
        minute=rng.integers(0, 90 * 24 * 60, len(asset)),
        seconds=np.round(rng.lognormal(3.6, 0.5, len(asset)), 1),
        label=label[order],
        cls=np.concatenate([cls, more_cls])[order],
        box=box[order],
        annotation_id=_ids(rng, len(label)),
    )


@dataclass(frozen=True)
class _People:
    """How the labelers work, float64 [N_LABELERS + 1] each; the expert comes last."""

    jitter: Floats
    miss: Floats
    extra: Floats
    confusion: Floats

    @classmethod
    def of(cls, seed: int) -> _People:
        rng = np.random.default_rng([seed, 0])
        low_high = ((0.015, 0.07, 0.005), (0.02, 0.12, 0.0), (0.02, 0.10, 0.0), (0.02, 0.10, 0.0))
        return cls(*(np.append(rng.uniform(low, high, N_LABELERS), expert) for low, high, expert in low_high))


@dataclass(frozen=True)
class _Scene:
    """What is on the assets of a block: M objects sorted by asset.

    `n_objects`, `first` int64 [BLOCK]; `centre`, `size` float64 [M, 2]; `cls` int64 [M].
    """

    n_objects: Ints
    first: Ints
    centre: Floats
    size: Floats
    cls: Ints

    @classmethod
    def drawn(cls, rng: np.random.Generator, recipe: Recipe) -> _Scene:
        n_objects, crowded = _how_many(rng, recipe)
        asset = np.repeat(np.arange(BLOCK), n_objects)
        n = len(asset)
        clusters = rng.random((BLOCK, _N_CLUSTERS, 2))[asset, rng.integers(0, _N_CLUSTERS, n)]
        near = (rng.random(n) < _CLUSTERED)[:, None]
        centre = np.where(near, clusters + rng.normal(0, 0.06, (n, 2)), rng.random((n, 2))) * FRAME
        # Where there are many, they are small.
        side = rng.lognormal(np.log(80), 0.6, n) * np.where(crowded[asset], np.sqrt(40 / n_objects[asset]), 1.0)
        stretch = rng.lognormal(0, 0.3, n)
        frequency = 1 / np.arange(1, len(CLASSES) + 1)
        return cls(
            n_objects,
            np.cumsum(n_objects) - n_objects,
            np.clip(centre, 0, FRAME),
            np.stack([side * stretch, side / stretch], axis=1),
            rng.choice(len(CLASSES), n, p=frequency / frequency.sum()),
        )


def _how_many(rng: np.random.Generator, recipe: Recipe) -> tuple[Ints, NDArray[np.bool_]]:
    """Draw the number of objects of each asset of a block, and which assets are crowded."""
    n_objects = rng.lognormal(np.log(_MEDIAN_OBJECTS), _SPREAD_OBJECTS, BLOCK).astype(np.int64)
    crowded = rng.random(BLOCK) < _CROWDED
    n_objects[crowded] = rng.integers(_CROWD[0], _CROWD[1] + 1, int(crowded.sum()))
    if recipe.objects is not None:
        wanted = np.arange(BLOCK) < recipe.assets  # of a block that is needed in part, no more than that
        n_objects, crowded = np.where(wanted, recipe.objects, 0), wanted
    return n_objects, crowded


def _who(rng: np.random.Generator, recipe: Recipe) -> tuple[Ints, Ints]:
    """Draw who labels what: asset and labeler of each label of a block, sorted."""
    turn = rng.random((BLOCK, N_LABELERS)).argsort(axis=1)[:, : recipe.labelers_per_asset]
    labeler = np.column_stack([np.sort(turn, axis=1), np.full(BLOCK, EXPERT)])
    there = np.ones(labeler.shape, bool)
    there[:, -1] = rng.random(BLOCK) < recipe.benchmark_share
    return np.nonzero(there)[0], labeler[there]


def _every_label_sees_its_asset(n_objects: Ints, asset: Ints) -> tuple[Ints, Ints]:
    """List every label with every object of its asset: numbers of label and object."""
    counts = n_objects[asset]
    label = np.repeat(np.arange(len(asset)), counts)
    place = np.arange(len(label)) - (np.cumsum(counts) - counts)[label]
    return label, (np.cumsum(n_objects) - n_objects)[asset][label] + place


def _extras(rng: np.random.Generator, scene: _Scene, asset: Ints) -> tuple[Floats, Floats, Ints]:
    """Draw what is not there: half of it an object a second time, moved, half of it anywhere."""
    n = len(asset)
    copied = scene.first[asset] + (rng.random(n) * scene.n_objects[asset]).astype(np.int64)
    shift = rng.uniform(0.1, 0.6, (n, 2)) * rng.choice([-1, 1], (n, 2))
    again = (rng.random(n) < 0.5)[:, None]
    size = scene.size[copied]
    centre = np.where(again, scene.centre[copied] + size * shift, rng.random((n, 2)) * FRAME)
    cls = np.where(again[:, 0], scene.cls[copied], rng.integers(0, len(CLASSES), n))
    return centre, size, cls


def _boxes(centre: Floats, size: Floats) -> Floats:
    """Cut to the frame and round: left, top, width, height, at least 2 pixels wide and high."""
    low = np.clip(centre - size / 2, 0, np.array(FRAME) - 2)
    high = np.clip(centre + size / 2, low + 2, FRAME)
    low = np.floor(low * 100) / 100
    return np.concatenate([low, np.floor((high - low) * 100) / 100], axis=1)


def _ids(rng: np.random.Generator, n: int) -> NDArray[np.bytes_]:
    """Draw ids as labeling tools make them: a c and 24 letters and digits."""
    letters = np.frombuffer(b"0123456789abcdefghijklmnopqrstuvwxyz", np.uint8)
    text = letters[rng.integers(0, len(letters), (n, _ID_LENGTH))]
    text[:, 0] = ord("c")
    return text.reshape(-1).view(f"S{_ID_LENGTH}")
