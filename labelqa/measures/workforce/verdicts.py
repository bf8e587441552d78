"""What reviewers said of each label, and what was done again after a rejection.

Verdicts of a label count in order of time, those without time first; of verdicts at one moment a rejection comes last.
A verdict on an asset as a whole belongs to no label.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from labelqa.kinds.kind import Floats, Ints
from labelqa.measures.workforce.effort import NO_TIME, SECOND, Effort, Flags, moments
from labelqa.stats.grouped import count_by

_NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True, eq=False)
class Verdicts:
    """Arrays over the W labels of an `Effort`.

    Attributes
    ----------
    n, n_rejected : int64 [W]
        Verdicts, rejections among them.
    accepted, accepted_first : bool [W]
        Whether the last verdict accepts, and the first.
    hours : float64 [W]
        From submission to the first acceptance; nan if there is none, a time is unknown, or it came before.
    carried : bool [W]
        Whether the label's project has verdicts on labels at all.
    again : bool [W]
        Made by a labeler on an asset after an earlier label of theirs there was rejected.
    separate : float64 [W]
        1 where such labels tell the time of rework apart, or where nothing was rejected; nan where they do not.
    """

    n: Ints
    n_rejected: Ints
    accepted: Flags
    accepted_first: Flags
    hours: Floats
    carried: Flags
    again: Flags
    separate: Floats

    @classmethod
    def of(cls, effort: Effort) -> Verdicts:
        """Gather the verdicts of each label."""
        place, is_accepted, time, _ = verdict_rows(effort)
        n = len(effort)
        count, n_rejected = count_by(place, n), count_by(place[~is_accepted], n)
        accepted, first = np.zeros(n, np.bool_), np.zeros(n, np.bool_)
        accepted[place] = is_accepted  # the last one stands
        first[place[::-1]] = is_accepted[::-1]

        approved = np.full(n, _NEVER)
        timed = is_accepted & (time != NO_TIME)
        np.minimum.at(approved, place[timed], time[timed])
        usable = (approved != _NEVER) & (effort.created != NO_TIME) & (approved >= effort.created)
        hours = np.full(n, np.nan)
        hours[usable] = (approved[usable] - effort.created[usable]) / (3600 * SECOND)

        again = _again(effort, place, ~is_accepted, time)
        n_projects = len(effort.projects)
        carried = np.bincount(effort.project[count > 0], minlength=n_projects) > 0
        rejects = np.bincount(effort.project[n_rejected > 0], minlength=n_projects) > 0
        redoes = np.bincount(effort.project[again], minlength=n_projects) > 0
        separate = np.where(carried & (redoes | ~rejects), 1.0, np.nan)
        return cls(count, n_rejected, accepted, first, hours, carried[effort.project], again, separate[effort.project])


def verdict_rows(effort: Effort) -> tuple[Ints, Flags, Ints, Ints]:
    """Give the verdicts on labels of the effort by label and time: place of the label, accepted, when, row of the review."""
    reviews = effort.source.tables["reviews"]
    place_of = np.full(effort.source.tables["labels"].height + 1, -1)
    place_of[effort.row] = np.arange(len(effort))
    place = place_of[reviews["label"].cast(pl.Int64).fill_null(-1).to_numpy()]
    time, is_accepted = moments(reviews["created_at"]), (reviews["verdict"] == "accepted").to_numpy()
    order = np.lexsort((~is_accepted, time, place))
    order = order[place[order] >= 0]
    return place[order], is_accepted[order], time[order], order


def _again(effort: Effort, place: Ints, is_rejected: Flags, time: Ints) -> Flags:
    """Find the labels made after a rejection of the same labeler's label of the same asset."""
    key = effort.labeler * (int(effort.asset.max(initial=0)) + 1) + effort.asset
    wanted = is_rejected & (time != NO_TIME) & (effort.labeler[place] < effort.n_labelers - 1)
    if not wanted.any():
        return np.zeros(len(effort), np.bool_)
    cells, cell = np.unique(key[place[wanted]], return_inverse=True)
    since = np.full(len(cells), _NEVER)
    np.minimum.at(since, cell, time[wanted])
    found = np.minimum(np.searchsorted(cells, key), len(cells) - 1)
    again: Flags = (cells[found] == key) & (effort.created != NO_TIME) & (effort.created > since[found])
    return again
