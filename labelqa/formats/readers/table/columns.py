"""The columns of the plain table: what they mean, and which of them a table has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from labelqa.errors import InputError, near_match
from labelqa.project import Builder

COLUMNS: Mapping[str, str] = {
    "asset_id": "the asset; needed",
    "labeler": "who made the label; needed, empty where unknown",
    "class": "class of the box, or the question; needed, empty in the one row of a label without annotations",
    "x": "left edge of a box in pixels",
    "y": "top edge of a box in pixels",
    "w": "width of a box in pixels",
    "h": "height of a box in pixels",
    "x1": "a corner of a box in pixels, in place of x, y, w and h; x1 may be called xmin, and so on",
    "y1": "a corner of a box in pixels",
    "x2": "the opposite corner of a box in pixels",
    "y2": "the opposite corner of a box in pixels",
    "answer": "answer to a question; several answers to a checklist are separated by a bar, as in crossing|glare",
    "kind": "kind of annotation; where empty, bbox, choice or checklist, by which of the columns above are filled",
    "geometry": "numbers of a value of another kind, separated by spaces, as the kind lays them out",
    "parts": "whole numbers of such a value, separated by spaces",
    "place": "frame, page or message of the asset that the annotation is on; empty: all of it",
    "parent_id": "annotation_id of what this answer is about; empty: the asset",
    "annotation_id": "id of the annotation, unique within its label",
    "score": "confidence of a model, from 0 to 1",
    "is_crowd": "true if the box marks a group of objects",
    "label_id": "id of the label; where empty, made of asset, labeler and role",
    "role": "submitted, benchmark, prediction, reviewed or consensus; submitted where empty",
    "status": "submitted or skipped; submitted where empty",
    "skipped": "true or false, in place of status",
    "created_at": "when the label was submitted, ISO 8601",
    "updated_at": "when the label was last changed, ISO 8601",
    "seconds": "labeling time in seconds",
    "review_seconds": "review time in seconds",
    "project_id": "the project, also called project; default where empty",
    "width": "width of the asset in pixels",
    "height": "height of the asset in pixels",
    "name": "name of the asset, for people",
    "batch": "batch of the asset",
    "dataset": "dataset of the asset",
    "labels_asked": "how many labels the asset should get",
}
"""Name and meaning of each column. Besides, `metadata.KEY` is anything else about the asset, as `metadata.camera`."""

SIZED = ("x", "y", "w", "h")
CORNERS = ("x1", "y1", "x2", "y2")

_NEEDED = ("asset_id", "labeler", "class")
_ALIASES = {"project": "project_id", "xmin": "x1", "ymin": "y1", "xmax": "x2", "ymax": "y2"}
_METADATA = "metadata."


@dataclass(frozen=True)
class Columns:
    """Which columns of a table hold what.

    Parameters
    ----------
    names : mapping of str to str
        For each name in `COLUMNS` that the table has, the column's own name.
    metadata : mapping of str to str
        For each metadata key, the column's own name.
    box : tuple of str
        `SIZED`, `CORNERS`, or empty if the table has no boxes.
    """

    names: Mapping[str, str]
    metadata: Mapping[str, str]
    box: tuple[str, ...]

    def __getitem__(self, name: str) -> str | None:
        """Give the column's own name, None if the table does not have it."""
        return self.names.get(name)

    @classmethod
    def of(cls, columns: Sequence[str], builder: Builder) -> Columns:
        """Tell the columns of a table apart; those that labelqa does not know are noted.

        Raises
        ------
        InputError
            If a needed column is missing, or two columns mean the same.
        """
        names: dict[str, str] = {}
        metadata: dict[str, str] = {}
        unknown: list[str] = []
        for column in columns:
            name = _known(column)
            if name in names:
                found = [names[name], column]
                raise InputError(f"one column {name!r}", file=builder.file, found=found, remedy="Remove one of them.")
            if name in COLUMNS:
                names[name] = column
            elif name.startswith(_METADATA):
                metadata[column.strip()[len(_METADATA) :]] = column
            else:
                unknown.append(column)
        box = _box(names)
        unknown += [names.pop(name) for name in (*SIZED, *CORNERS) if name in names and name not in box]
        reason = missing(_NEEDED, columns)
        if reason is None and not box and not {"answer", "geometry"} & names.keys():
            reason = f"neither {', '.join(SIZED)} nor {', '.join(CORNERS)} for boxes, nor answer, nor geometry"
        if reason is not None:
            raise InputError(
                "the columns of a plain table", file=builder.file, found=list(columns), remedy=f"{reason}."
            )
        for column in unknown:
            spare = _known(column) in COLUMNS
            near = "" if spare else near_match(_known(column), COLUMNS.keys() - names.keys()).removeprefix("; did")
            expected = "boxes in one layout; it is not read" if spare else "a column of the plain table; it is not read"
            builder.problem("note", expected, field=column, remedy=f"Did{near}" if near else None)
        return cls(names, metadata, box)


def missing(needed: Iterable[str], columns: Iterable[str]) -> str | None:
    """Say which needed columns a table lacks, and what they may be called in it; None if it has them all.

    Examples
    --------
    >>> missing(["asset_id", "labeler"], ["Asset_ID", "labeller"])
    "no column 'labeler' in the header; did you mean 'labeller'?"
    >>> missing(["asset_id"], ["asset_id "])
    """
    known = {_known(column) for column in columns}
    lacking = [name for name in needed if name not in known]
    if not lacking:
        return None
    names = " and ".join(repr(name) for name in lacking)
    return f"no column {names} in the header{near_match(lacking[0], known - COLUMNS.keys())}"


def _known(column: str) -> str:
    """Give the name that a column goes by in `COLUMNS`."""
    name = column.strip().lower()
    return _ALIASES.get(name, name)


def _box(names: Mapping[str, str]) -> tuple[str, ...]:
    """Tell in which of the two ways boxes are written; if in both, by the first."""
    return next((box for box in (SIZED, CORNERS) if all(name in names for name in box)), ())
