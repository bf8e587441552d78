"""COCO's evaluation from end to end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from labelqa.errors import UsageError, near_match
from labelqa.measures.coco.curves import precision, recall
from labelqa.measures.coco.figures import NAMES, CocoFigures
from labelqa.measures.coco.greedy import alike, matched
from labelqa.measures.coco.layout import Marks, Sides
from labelqa.measures.coco.overlaps import overlaps
from labelqa.measures.coco.sides import meeting
from labelqa.project import Project

KINDS = ("bbox", "mask")
"""What can be compared."""

_SIZES = ("", "s", "m", "l")


def check_kind(kind: str) -> None:
    """Raise `UsageError` if there is no such kind of evaluation."""
    if kind not in KINDS:
        raise UsageError(f"There is no evaluation of {kind!r}{near_match(str(kind), KINDS)} (it is bbox or mask)")


def evaluate(
    truth: Project,
    detections: Project,
    kind: str = "bbox",
    *,
    images: Sequence[str] | None = None,
    exact: bool = False,
) -> CocoFigures:
    """Evaluate the detections of a project by the ground truth of a project, which may be the same one.

    Parameters
    ----------
    truth : Project
        Its benchmark labels, else its submitted labels by labelers without confidences.
    detections : Project
        Its predictions with confidences, else its submitted labels with confidences. The projects meet by the ids of
        assets and the names of classes.
    kind : "bbox" or "mask"
        What is compared: the stated boxes, else the boxes, else those round outlines; or masks, outlines filled as
        pycocotools fills them, of which a box is one.
    images : sequence of str, optional
        Ids of assets in the order that settles ties between equal confidences.
    exact : bool
        Whether the projects were read for this alone, as COCO's files state them: all rings of a polygon are parts (else
        those that lie in one another are holes), and the stated areas of detections are those of their boxes.

    Raises
    ------
    UsageError
        If there is no such kind, an asset has several labels of one side, or a side has nothing that can be compared.
    """
    check_kind(kind)
    met = meeting(truth, detections, kind, images, exact)
    return figures(met.truth, met.detections, met.n_images, met.n_classes, kind, met.left_out)


def figures(
    truth: Marks, detections: Marks, n_images: int, n_classes: int, kind: str, left_out: Mapping[str, int]
) -> CocoFigures:
    """Compute the twelve figures.

    Parameters
    ----------
    truth, detections : Marks
        In the order of their files within every image.
    n_images, n_classes : int
        How many there are.
    kind : str
        What is compared.
    left_out : mapping of str to int
        What takes no part; passed on.
    """
    sides = Sides.of(truth, detections, n_images, n_classes)
    found = matched(sides, overlaps(sides, alike(sides.truth)))
    curve = precision(sides, found)
    values = dict.fromkeys(NAMES, float("nan"))
    values |= {"AP": curve[0].mean(), "AP50": curve[0, 0], "AP75": curve[0, 5]}
    values |= {f"AR{most}": recall(sides, found, most, 0) for most in (1, 10, 100)}
    for k, size in enumerate(_SIZES):
        if size:
            values |= {f"AP{size}": curve[k].mean(), f"AR{size}": recall(sides, found, 100, k)}
    undefined = {
        name: "nothing_of_this_size" if name[-1] in "sml" and found.n_truth[0].any() else "nothing_in_benchmark"
        for name, value in values.items()
        if np.isnan(value)
    }
    counts = {
        "images": n_images,
        "classes": int(np.count_nonzero(found.n_truth[0])),
        "truth": len(truth),
        "crowds": int(truth.is_crowd.sum()),
        "detections": len(sides.detections),
    }
    return CocoFigures(
        **{name: None if name in undefined else float(value) for name, value in values.items()},
        kind=kind,
        undefined=undefined,
        counts=counts,
        left_out=dict(left_out),
    )
