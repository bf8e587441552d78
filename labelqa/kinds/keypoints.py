"""Skeletons: `geometry` is x, y of every point in pixels, `parts` its visibility, `answer` the names of the points.

Visibility is 0 (not labelled, whatever x and y say), 1 (labelled, hidden) or 2 (visible); null: all are visible. Points
meet by name where both skeletons name theirs, else by number. Similarity is the mean Object Keypoint Similarity over the
points labelled in either,

    OKS of a point = exp(-d^2 / (2 area (2 sigma)^2)), 0 for a point labelled on one side only,

as COCO defines it (https://cocodataset.org/#keypoints-eval), made symmetric: COCO leaves out what the ground truth does
not label and takes the ground truth's area; here the area is the mean of both. It is that of the column `area` (square
pixels), else of the box round the labelled points. `sigma` says how far people scatter: that which COCO measured for
each of its 17 points where both skeletons have 17 (by name where points meet by name, and the name is COCO's), else an
option, 0.09 by default as in CVAT's quality reports. Where neither side has an area, only points in one place are
alike; two skeletons without labelled points are alike if they have the same points.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import polars as pl

from labelqa.kinds.kind import Candidates, Floats, Ints, ObjectKind, Runs, numbered, spread
from labelqa.kinds.point import greatest_exponent
from labelqa.kinds.shapes import boxes_round
from labelqa.kinds.window import blocks, search
from labelqa.stats.grouped import count_by, total_by

COCO_SIGMAS = {
    "nose": 0.026,
    "left_eye": 0.025,
    "right_eye": 0.025,
    "left_ear": 0.035,
    "right_ear": 0.035,
    "left_shoulder": 0.079,
    "right_shoulder": 0.079,
    "left_elbow": 0.072,
    "right_elbow": 0.072,
    "left_wrist": 0.062,
    "right_wrist": 0.062,
    "left_hip": 0.107,
    "right_hip": 0.107,
    "left_knee": 0.087,
    "right_knee": 0.087,
    "left_ankle": 0.089,
    "right_ankle": 0.089,
}
"""The 17 points of COCO's people in order, and how far 5,000 repeated labels scattered, as a share of the object's size."""

_AT_ONCE = 1_000_000
"""Points looked up at once."""

_SLACK = 1 + 1e-9
"""Factor by which windows are widened, so that rounding loses no pair."""

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Skeletons:
    """N skeletons.

    `n_labelled` int64 [N] counts labelled points, `area` float64 [N] is in square pixels, `bounds` float64 [4, N] are boxes
    round the labelled points, `named` bool [N] tells where points have names, `points` int64 [N] is equal where number
    and names of all points are. `by_number` and `by_name` hold the labelled points.
    """

    n_labelled: Ints
    area: Floats
    bounds: Floats
    named: Bools
    points: Ints
    by_number: Labelled
    by_name: Labelled


@dataclass(frozen=True, eq=False)
class Labelled:
    """Labelled points, sorted by `keys`, which are row << 32 | number or name of the point.

    `xy` float64 [K, 2]; `sigma` float64 [K], COCO's for that point, nan if it has none; `first` int64 [N + 1].
    """

    keys: Ints
    xy: Floats
    sigma: Floats
    first: Ints

    @classmethod
    def of(cls, row: Ints, code: Ints, xy: Floats, sigma: Floats, n_rows: int) -> Labelled:
        """Sort points by row and code."""
        keys = row << 32 | code
        order = np.argsort(keys, kind="stable")
        first = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=n_rows))])
        return cls(keys[order], xy[order], sigma[order], first)

    def common(self, a: Ints, b: Ints) -> tuple[Ints, Ints, Ints]:
        """List the points labelled in both a[k] and b[k]: k, place of either; by k and code."""
        pair, place = spread(self.first[a + 1] - self.first[a])
        one = self.first[a][pair] + place
        wanted = self.keys[one] & 0xFFFFFFFF | b[pair] << 32
        other = np.searchsorted(self.keys, wanted)
        both = np.append(self.keys, -1)[other] == wanted
        return pair[both], one[both], other[both]


@dataclass(frozen=True)
class Keypoints(ObjectKind):
    """Skeletons; values are `Skeletons`.

    Parameters
    ----------
    sigma : float
        How far labels of one point scatter, as a share of the root of the area, where COCO has not measured it.
    """

    name: ClassVar[str] = "keypoints"
    sigma: float = 0.09

    def __post_init__(self) -> None:
        if not (np.isfinite(self.sigma) and self.sigma > 0):
            raise ValueError(f"sigma is a number above 0; found {self.sigma}")

    def values(self, annotations: pl.DataFrame) -> Skeletons:
        """Lay the labelled points out, by number and by name."""
        n = annotations.height
        size = annotations["geometry"].list.len().fill_null(0).to_numpy().astype(np.int64)
        flat = annotations["geometry"].explode(empty_as_null=False, keep_nulls=False).cast(pl.Float64).to_numpy()
        if (size % 2).any():
            raise ValueError("keypoints: geometry holds x and y of every point, an even number of numbers")
        size //= 2
        xy = flat.reshape(-1, 2)
        row, number = spread(size)
        labelled = _visibility(annotations, size) > 0
        if not np.isfinite(xy[labelled]).all():
            raise ValueError("keypoints: coordinates are finite numbers")
        named, points, name = _names(annotations, size)
        row, number, xy, name = row[labelled], number[labelled], xy[labelled], name.filter(pl.Series(labelled))
        is_coco = size[row] == len(COCO_SIGMAS)
        sigma = np.append(list(COCO_SIGMAS.values()), np.nan)[np.where(is_coco, number, len(COCO_SIGMAS))]
        by_number = Labelled.of(row, number, xy, sigma, n)
        some = named[row]
        sigma = np.where(is_coco, _sigmas(name), np.nan)
        by_name = Labelled.of(row[some], _codes(row, name)[some], xy[some], sigma[some], n)
        n_labelled = count_by(row, n)
        bounds = boxes_round(xy, by_number.first)
        return Skeletons(n_labelled, _areas(annotations, bounds), bounds, named, points, by_number, by_name)

    def similarity(self, values: Skeletons, a: Ints, b: Ints) -> Floats:
        """Mean OKS over the points labelled in either."""
        found = np.empty(len(a))
        for rows in blocks(values.n_labelled[a], _AT_ONCE):
            found[rows] = self._oks(values, a[rows], b[rows])
        return found

    def _oks(self, values: Skeletons, a: Ints, b: Ints) -> Floats:
        total, n_common = np.zeros(len(a)), np.zeros(len(a), np.int64)
        area = values.area[a] / 2 + values.area[b] / 2
        by_name = values.named[a] & values.named[b]
        for points, chosen in ((values.by_name, by_name), (values.by_number, ~by_name)):
            pairs = np.flatnonzero(chosen)
            pair, one, other = points.common(a[pairs], b[pairs])
            unknown = np.isnan(points.sigma[one] + points.sigma[other])
            sigma = np.where(unknown, self.sigma, points.sigma[one])
            apart = np.abs(points.xy[one] - points.xy[other])
            alike = _closeness(np.hypot(apart[:, 0], apart[:, 1]), area[pairs][pair], sigma)
            total[pairs] = total_by(pair, alike, len(pairs))
            n_common[pairs] = count_by(pair, len(pairs))
        either = values.n_labelled[a] + values.n_labelled[b] - n_common
        same = np.where(values.points[a] == values.points[b], 1.0, 0.0)
        return np.where(either == 0, same, total / np.maximum(either, 1))

    def candidates(self, values: Skeletons, runs: Runs, least: float) -> Candidates:
        """Find pairs of which at least one point may reach `least`, among those with enough points on either side.

        A mean of at least t has a point of at least t, whose distance is at most the root of -ln(t) (2 sigma)^2 times
        the sum of the areas, and that is at most the sum of what either area alone allows.
        """
        widest = 2 * max(self.sigma, *COCO_SIGMAS.values())
        reach = np.sqrt(greatest_exponent(least) * values.area) * widest * _SLACK
        reach += np.abs(values.bounds).max(axis=0, initial=0.0) * (_SLACK - 1)
        bounds = values.bounds + np.stack([-reach, -reach, reach, reach])
        n = values.n_labelled

        def greatest(a: Ints, b: Ints) -> Floats:
            fewer, more = np.minimum(n[a], n[b]), np.maximum(n[a], n[b])
            return np.where(more == 0, 1.0, fewer / np.maximum(more, 1))

        return search(bounds, runs, least, lambda a, b: self.similarity(values, a, b), greatest, 2 * n)


def _closeness(distance: Floats, area: Floats, sigma: Floats) -> Floats:
    """OKS of points at some distance; without area, only what is in one place is alike."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        oks = np.exp(-((distance / (np.sqrt(2 * area) * (2 * sigma))) ** 2))
    return np.where(distance == 0, 1.0, np.where(area > 0, oks, 0.0))


def _visibility(annotations: pl.DataFrame, size: Ints) -> Ints:
    """Give the visibility of every point, 2 where a row says nothing."""
    told = annotations["parts"].is_not_null().to_numpy()
    if (annotations["parts"].list.len().fill_null(0).to_numpy()[told] != size[told]).any():
        raise ValueError("keypoints: parts holds the visibility of every point")
    visibility = np.full(int(size.sum()), 2)
    given = annotations["parts"].explode(empty_as_null=False, keep_nulls=False).to_numpy().astype(np.int64)
    visibility[np.repeat(told, size)] = given
    if not np.isin(given, [0, 1, 2]).all():
        raise ValueError("keypoints: a visibility is 0 (not labelled), 1 (hidden) or 2 (visible)")
    return visibility


def _names(annotations: pl.DataFrame, size: Ints) -> tuple[Bools, Ints, pl.Series]:
    """Tell which rows name their points, give equal numbers for equal points, and the name of every point."""
    answer = annotations["answer"]
    n_names = answer.list.len().fill_null(0).to_numpy().astype(np.int64)
    named = n_names > 0
    if (n_names[named] != size[named]).any():
        raise ValueError("keypoints: answer holds the name of every point, or is null")
    _, points = numbered(pl.Series(size).cast(pl.String) + ":" + answer.list.join("\x1f").fill_null(""))
    place = np.full(int(size.sum()), -1)
    place[np.repeat(named, size)] = np.arange(int(n_names.sum()))
    flat = answer.explode(empty_as_null=False, keep_nulls=False).cast(pl.String).fill_null("")
    name = pl.concat([flat, pl.Series([""], dtype=pl.String)]).gather(np.where(place < 0, len(flat), place))
    return named, points, name


def _codes(row: Ints, name: pl.Series) -> Ints:
    """Number names in their order as text; should a row bear one twice, the first meets the first, and so on."""
    frame = pl.DataFrame({"row": row, "name": name})
    nth = frame.select(pl.int_range(pl.len()).over("row", "name").alias("nth")).to_series()
    pairs = pl.DataFrame({"name": name, "nth": nth})
    order = pairs.unique().sort("name", "nth").with_row_index("code")
    return pairs.join(order, on=["name", "nth"], how="left", maintain_order="left")["code"].to_numpy().astype(np.int64)


def _sigmas(name: pl.Series) -> Floats:
    """Look up what COCO measured for points of these names, nan for others."""
    plain = name.str.to_lowercase().str.replace_all(r"[\s-]", "_")
    known = plain.replace_strict(COCO_SIGMAS, default=None, return_dtype=pl.Float64)
    return known.fill_null(np.nan).to_numpy()


def _areas(annotations: pl.DataFrame, bounds: Floats) -> Floats:
    """Give the areas that are told, else those of the boxes round the labelled points."""
    left, top, right, bottom = bounds
    boxes = (right - left) * (bottom - top)
    if "area" not in annotations.columns:
        return np.asarray(boxes)
    told = annotations["area"].cast(pl.Float64).fill_null(np.nan).to_numpy()
    return np.where(np.isfinite(told) & (told >= 0), told, boxes)


KIND = Keypoints()
