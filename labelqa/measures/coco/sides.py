"""Which labels of a project are ground truth and which detections, and how the two projects meet.

They meet by the ids of assets and the names of classes. Ground truth are the benchmark labels, else the submitted ones;
detections are predictions, else submitted labels, in either case with confidences.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from labelqa.errors import UsageError
from labelqa.measures.coco.layout import MOST_DETECTIONS, Marks
from labelqa.measures.coco.shapes import AREAS, Measured, measured
from labelqa.project import Project, schema

Bools = NDArray[np.bool_]

_DIGITS = re.compile(r"([0-9]+)")


@dataclass(frozen=True, eq=False)
class Meeting:
    """Both sides as arrays, and what was left out of them."""

    truth: Marks
    detections: Marks
    n_images: int
    n_classes: int
    left_out: dict[str, int]


def meeting(
    truth: Project, detections: Project, kind: str, images: Sequence[str] | None = None, exact: bool = False
) -> Meeting:
    """Lay out two projects, which may be one and the same.

    Parameters
    ----------
    truth, detections : Project
    kind : "bbox" or "mask"
    images : sequence of str, optional
        Ids of assets in the order in which images are gone through, which settles ties between equal confidences; by
        number if all ids are whole numbers, else by text.
    exact : bool
        See `evaluate`.

    Raises
    ------
    UsageError
        If an asset has several labels of one side, or a side has nothing that can be compared.
    """
    left_out: Counter[str] = Counter()
    true_labels, found_labels = _truth(truth), _detected(detections)
    shown = _assets(truth, true_labels, "ground truth", left_out)
    order = _in_order(shown["asset_id"]) if images is None else pl.Series(images, dtype=pl.String)
    numbers = pl.DataFrame({"asset_id": order}).unique(maintain_order=True)
    numbers = numbers.filter(pl.col("asset_id").is_in(shown["asset_id"].implode()))
    sizes = truth.assets.select("asset_id", "width", "height").unique("asset_id")
    numbers = numbers.join(sizes, on="asset_id", how="left", maintain_order="left").with_row_index("image")
    classes = {name: number for number, name in enumerate(sorted(set(truth.ontology["class"].to_list())))}
    found = _assets(detections, found_labels, "detections", left_out)
    nowhere = found.join(shown, on="asset_id", how="anti").height
    left_out["asset with detections and without ground truth"] += nowhere
    true_rows = _rows(truth, true_labels, numbers, classes, left_out)
    found_rows = _rows(detections, found_labels, numbers, classes, left_out)
    unsure = found_rows["score"].is_null()
    left_out["detection without confidence"] += int(unsure.sum())
    found_rows = _foremost(found_rows.filter(~unsure))
    if kind == "mask":
        _check_outlines(true_rows, "ground truth")
        _check_outlines(found_rows, "detections", or_boxes=True)
    return Meeting(
        _marks(true_rows, measured(kind, True, exact), "ground truth", left_out),
        _marks(found_rows, measured(kind, False, exact), "detection", left_out),
        numbers.height,
        len(classes),
        {what: n for what, n in left_out.items() if n},
    )


def _truth(project: Project) -> Bools:
    """Mark the labels that are ground truth."""
    benchmark = project.benchmark_labels().to_numpy()
    if benchmark.any():
        return benchmark
    submitted = _submitted(project, "submitted")
    certain = submitted & ~_with_confidence(project)[_labeler(project)]
    return certain if certain.any() else submitted


def _detected(project: Project) -> Bools:
    """Mark the labels that are detections."""
    with_confidence = _with_confidence(project)[_labeler(project)]
    drawn_on = np.zeros(len(with_confidence), bool)
    drawn_on[project.tables["annotations"]["label"].to_numpy()] = True
    by_role = [_submitted(project, role) for role in ("prediction", "submitted")]
    for labels in by_role:
        if (labels & with_confidence).any():
            return labels & with_confidence
    for labels in by_role:
        if labels.any() and not (labels & drawn_on).any():
            return labels  # nothing was found in any of them
    if not drawn_on.any():
        return by_role[0]
    raise UsageError("The detections have no confidences, by which COCO's evaluation takes them in order")


def _submitted(project: Project, role: str) -> Bools:
    labels = project.tables["labels"]
    return ((labels["role"] == role) & (labels["status"] == "submitted")).to_numpy()


def _labeler(project: Project) -> NDArray[np.int64]:
    """Number the labeler of every label; one that is not known comes last."""
    row = project.tables["labels"]["labeler_row"].cast(pl.Int64)
    return row.fill_null(project.labelers.height).to_numpy()


def _with_confidence(project: Project) -> Bools:
    """Tell of every labeler, and at the end of those not known, whether any of their annotations has a confidence."""
    annotations = project.tables["annotations"]
    label = annotations.filter(pl.col("score").is_not_null())["label"].to_numpy()
    found = np.zeros(project.labelers.height + 1, bool)
    found[_labeler(project)[label]] = True
    return found


def _assets(project: Project, chosen: Bools, side: str, left_out: Counter[str]) -> pl.DataFrame:
    """List the assets of chosen labels, each of which has one; labels of which nothing was read go."""
    unread = project.unread_labels().to_numpy() & chosen
    left_out[f"label of the {side} of which nothing could be read"] += int(unread.sum())
    chosen &= ~unread
    labels = project.labels.filter(pl.Series(chosen)).select("asset_id", "labeler")
    again = labels.filter(pl.col("asset_id").is_duplicated())
    if again.height:
        asset = again["asset_id"].item(0)
        who = ", ".join(str(name) for name in again.filter(pl.col("asset_id") == asset)["labeler"].unique().sort())
        raise UsageError(
            f"The {side} has more than one label of asset {asset!r} (by {who}); choose whose to evaluate, "
            "as in project.select(labelers=...)"
        )
    return labels.select("asset_id")


def _in_order(ids: pl.Series) -> pl.Series:
    """Sort ids as people do, "9.jpg" before "10.jpg"."""
    if ids.str.len_bytes().n_unique() == 1:
        return ids.sort()
    return pl.Series(sorted(ids.to_list(), key=_natural), dtype=pl.String)


def _natural(name: str) -> list[tuple[int, str]]:
    """Make a key of texts and numbers by turns; a number is told by its length without zeros and its digits."""
    parts = _DIGITS.split(name)
    return [(len(part.lstrip("0")), part.lstrip("0")) if k % 2 else (0, part) for k, part in enumerate(parts)]


def _rows(
    project: Project, chosen: Bools, numbers: pl.DataFrame, classes: dict[str, int], left_out: Counter[str]
) -> pl.DataFrame:
    """Give the annotations of chosen labels on the images: `image`, `class`, `kind`, sizes, and what they hold.

    Those of an image come in the order of their ids where these are whole numbers, else in canonical order.
    """
    stored = project.tables
    assets = project.assets.select("asset_id").join(numbers, on="asset_id", how="left", maintain_order="left")
    label = stored["labels"].select("asset").with_columns(chosen=pl.Series(chosen))
    asset = label["asset"].gather(stored["annotations"]["label"])
    image = assets["image"].gather(asset)
    wanted = label["chosen"].gather(stored["annotations"]["label"]) & image.is_not_null()
    wanted &= stored["annotations"]["parent_id"].is_null()
    rows = stored["annotations"].filter(wanted)
    asset = asset.filter(wanted)
    concepts = project.ontology.select(
        kind="kind", cls=pl.col("class").replace_strict(classes, default=-1, return_dtype=pl.Int64)
    )
    rows = rows.select(
        "annotation_id", *schema.VALUE, "place", "score", "is_crowd", "stated",
        *assets.select("image", "width", "height")[asset],
        *concepts[rows["concept"]],
    )  # fmt: skip
    questions = pl.col("kind").is_in([*schema.QUESTIONS, "relation"])
    shapes = rows.filter(~questions)
    for what, where in (
        ("annotation on a frame or page", pl.col("place").is_not_null()),
        ("detection of a class that is not in the ground truth", pl.col("cls") < 0),
    ):
        left_out[what] += shapes.filter(where).height
        shapes = shapes.filter(~where)
    number = shapes["annotation_id"].cast(pl.Int64, strict=False)
    if number.null_count() < len(number):
        shapes = shapes[np.lexsort((number.fill_null(np.iinfo(np.int64).max).to_numpy(), shapes["image"].to_numpy()))]
    return shapes


def _foremost(rows: pl.DataFrame) -> pl.DataFrame:
    """Keep the detections of greatest confidence, as many of a class in an image as take part."""
    size = rows.group_by("image", "cls").len()["len"].max()
    if not isinstance(size, int) or size <= MOST_DETECTIONS:
        return rows
    rank = pl.col("score").rank("ordinal", descending=True).over("image", "cls")
    return rows.filter(rank <= MOST_DETECTIONS)


def _check_outlines(rows: pl.DataFrame, side: str, or_boxes: bool = False) -> None:
    """Refuse to take boxes alone for masks."""
    if rows.height and not or_boxes and not (rows["kind"] != "bbox").any():
        raise UsageError(f"The {side} has boxes only, no outline or mask to evaluate; use kind='bbox'")


def _marks(rows: pl.DataFrame, measure: Callable[[pl.DataFrame], Measured], side: str, left_out: Counter[str]) -> Marks:
    """Lay rows out as arrays; those that mark no area go."""
    usable = rows["kind"].is_in(AREAS) | (rows["stated"].list.len().fill_null(0) > 1)
    for (kind,), some in rows.filter(~usable).group_by("kind", maintain_order=True):
        left_out[f"{kind} of the {side}"] += some.height
    rows = rows.filter(usable)
    shape, area, missing = measure(rows)
    if missing.any():
        left_out[f"{side} that cannot be laid out"] += int(missing.sum())
    marks = Marks(
        rows["image"].to_numpy().astype(np.int64),
        rows["cls"].to_numpy(),
        area,
        shape,
        np.arange(rows.height),
        rows["is_crowd"].to_numpy(),
        rows["score"].fill_null(0.0).to_numpy(),
    )
    return marks.take(np.flatnonzero(~missing)) if missing.any() else marks
