"""Similarities of CVAT's quality reports (version of spring 2024), kind by kind, as its source computes them.

Source: opencv/cvat, `cvat/apps/quality_control/quality_reports.py`, April 2024, with Datumaro's `max_bbox`, `mean_bbox`,
`bbox_iou` and `find_instances`. Parameters are CVAT's defaults.

A pool of CVAT's knows more than the values of two marks: what else is in the group, in the label, and how large the frame
is. `columns` computes that for the whole table of annotations, once; the pools take it as further columns of `values`.
And an object may be more than one mark, or none: `leaders` of a pool gives for each row the first row of its object.
Tags and questions are compared as everywhere. Tracks of videos are compared as tracks; CVAT cuts them into frames.
"""

from __future__ import annotations

from labelqa.kinds.families.cvat.boxes import Boxes
from labelqa.kinds.families.cvat.lines import Lines
from labelqa.kinds.families.cvat.outlines import Outlines
from labelqa.kinds.families.cvat.points import Points
from labelqa.kinds.families.cvat.surroundings import columns
from labelqa.kinds.pools import Pool

__all__ = ["POOLS", "columns"]

POOLS = [
    Pool("box", Boxes(), ("bbox", "rotated_bbox")),
    Pool("line", Lines(), ("polyline",)),
    Pool("outline", Outlines(), ("mask", "polygon")),
    Pool("points", Points(), ("keypoints", "point")),
]
