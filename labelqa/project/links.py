"""What annotations say of each other: the one they are an attribute of, and the two that a relation joins.

Nothing is followed further than one step when labels are compared, so that a circle does no harm; but what points to
nothing, or round in a circle, is compared nowhere, and is listed.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from labelqa.project import schema
from labelqa.project.problems import ProblemLog

Rows = NDArray[np.int64]

_NOWHERE = -1


def note_links(annotations: pl.DataFrame, problems: ProblemLog) -> None:
    """List what points to no annotation of its label, and attributes that are attributes of themselves.

    Parameters
    ----------
    annotations : polars.DataFrame
        Columns label, kind, annotation_id (unique in a label), parent_id, answer, source and record.
    problems : ProblemLog
        Gets the problems.
    """
    if annotations["parent_id"].null_count() < annotations.height:
        _note_parents(annotations, problems)
    relations = annotations.filter(pl.col("kind") == "relation")
    if relations.height:
        _note_ends(relations, annotations, problems)


def _note_parents(annotations: pl.DataFrame, problems: ProblemLog) -> None:
    numbered = annotations.with_row_index("row")
    nested = numbered.filter(pl.col("parent_id").is_not_null())
    parent = _found(nested.select("label", id="parent_id"), annotations)
    problems.add_rows(
        "warning",
        nested.filter(parent == _NOWHERE).select("source", "record", found="parent_id"),
        "an annotation of the same label; what names none is compared nowhere",
        field="parent_id",
    )
    above = np.full(annotations.height, _NOWHERE)
    above[nested["row"].to_numpy()] = parent
    problems.add_rows(
        "warning",
        numbered.filter(in_circles(above)).select("source", "record", found="annotation_id"),
        "an attribute of something that is not, in the end, an attribute of it",
        field="parent_id",
    )
    is_part = ~nested["kind"].is_in(schema.QUESTIONS) & pl.Series(parent != _NOWHERE)
    if is_part.any():
        expected = "answers under an annotation; an object under one is a part of it, and not compared"
        problems.add_total("note", expected, field="parent_id", n=int(is_part.sum()))


def _note_ends(relations: pl.DataFrame, annotations: pl.DataFrame, problems: ProblemLog) -> None:
    ends = relations.select("label", "source", "record", id="answer").explode("id")
    row = _found(ends.select("label", "id"), annotations)
    objects = annotations.select(~pl.col("kind").is_in([*schema.QUESTIONS, "relation"])).to_series().to_numpy()
    joined = (row != _NOWHERE) & np.append(objects, False)[row]
    problems.add_rows(
        "warning",
        ends.filter(~joined).select("source", "record", found="id"),
        "an object of the same label at either end of a relation; one without is like no other",
        field="relation",
    )


def _found(wanted: pl.DataFrame, annotations: pl.DataFrame) -> Rows:
    """Look annotations up by label and id: their rows, or `_NOWHERE`."""
    places = annotations.select("label", row=pl.int_range(pl.len()), id="annotation_id")
    found = wanted.join(places, on=["label", "id"], how="left", maintain_order="left")["row"]
    return found.fill_null(_NOWHERE).to_numpy()


def in_circles(above: Rows) -> NDArray[np.bool_]:
    """Tell which rows never come to an end when each leads to the one above it.

    Parameters
    ----------
    above : int64 array of length n
        For each row the row above it, or -1 at the top.

    Examples
    --------
    >>> in_circles(np.array([-1, 0, 3, 2, 4, 3])).tolist()
    [False, False, True, True, True, True]
    """
    # Each round doubles the steps made, so that after log2(n) rounds only what goes in circles is still on its way.
    reached = np.append(above, _NOWHERE)
    for _ in range(len(above).bit_length()):
        if (reached == _NOWHERE).all():
            break
        reached = reached[reached]
    circling: NDArray[np.bool_] = reached[:-1] != _NOWHERE
    return circling
