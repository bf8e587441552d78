"""Time spent: as stated or inferred, raw and with idle time capped; outliers; sittings.

A project whose export states seconds keeps them. Where it carries only the times of submission, a label took the time
since the labeler's submission before it, if both belong to one sitting; the first of a sitting stays without. A sitting
ends where a labeler is idle for more than `SITTING_GAP`.

Exports tell a label's total, not when there was activity inside it, so idle time is cut by one cap for all labels of a
project: the 95th percentile of its labels (nearest rank: the smallest value that at least 95 % do not exceed), or the cap
that is given. Outliers are flagged and kept: seconds beyond the median times or divided by exp(3.5 robust standard
deviations) of the logarithm, three at least. So are labels that state more seconds than passed between the
labeler's submission before and their own last change: a tab was left open, or several were.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from labelqa.errors import UsageError
from labelqa.kinds.kind import Floats, Ints
from labelqa.measures.workforce.effort import NO_TIME, SECOND, Effort, Flags

SITTING_GAP = 30 * 60.0
"""Seconds of idleness that end a sitting."""

CAP_SHARE = 0.95

SHORT, USUAL, LONG = -1, 0, 1
"""Codes of outliers."""

_ROBUST = 3.5 * 1.4826
"""3.5 standard deviations, in medians of absolute deviations of a normal distribution."""

_LEAST_FACTOR = float(np.log(3.0))
_LEAST_SECONDS = 1e-3


@dataclass(frozen=True, eq=False)
class Times:
    """What is known of the time of each label of an `Effort`, arrays over its W labels; P projects.

    Attributes
    ----------
    raw, active : float64 [W]
        Seconds, and seconds with idle time capped; nan if unknown.
    review, review_active : float64 [W]
        The same of reviews.
    inferred : bool [W]
        Whether the seconds come from gaps.
    outlier : int64 [W]
        `SHORT`, `USUAL` or `LONG`.
    overlaps : bool [W]
        Whether it states more seconds than there were since the submission before.
    sitting : int64 [W]
        Number of the sitting, in order of labeler and time; -1 where time or labeler are unknown.
    cap, review_cap : float64 [P]
        nan without labels that have a time.
    """

    raw: Floats
    active: Floats
    review: Floats
    review_active: Floats
    inferred: Flags
    outlier: Ints
    overlaps: Flags
    sitting: Ints
    cap: Floats
    review_cap: Floats


def check_cap(cap: float | None) -> None:
    """Check a cap that is given.

    Raises
    ------
    UsageError
        If it is no number of seconds.
    """
    if cap is not None and not 0 < cap < np.inf:
        raise UsageError(f"A cap is a number of seconds above 0, such as 300, not {cap!r}")


def timed(effort: Effort, cap: float | None = None) -> Times:
    """Find the time of every label; `cap` in seconds instead of the 95th percentile."""
    n_projects = len(effort.projects)
    known = ~np.isnan(effort.stated)
    states = np.bincount(effort.project[known], minlength=n_projects) > 0
    capped, stated_cap = _capped(effort.stated, effort.project, n_projects, effort.answered, cap)
    sitting, gap, room = _sittings(effort, np.nan_to_num(capped))
    inferred = ~states[effort.project] & ~np.isnan(gap)
    raw = np.where(inferred, gap, effort.stated)
    active, caps = _capped(raw, effort.project, n_projects, effort.answered, cap)
    reviewed = effort.review_stated > 0
    review_active, review_cap = _capped(effort.review_stated, effort.project, n_projects, reviewed, cap)
    return Times(
        raw=raw,
        active=active,
        review=effort.review_stated,
        review_active=review_active,
        inferred=inferred,
        outlier=_outliers(raw, effort.project, n_projects, effort.answered),
        overlaps=effort.stated > room,
        sitting=sitting,
        cap=np.where(states, stated_cap, caps),
        review_cap=review_cap,
    )


def _capped(
    seconds: Floats, project: Ints, n_projects: int, counted: Flags, cap: float | None
) -> tuple[Floats, Floats]:
    """Cap seconds at their project's 95th percentile over the labels that count, or at the cap given."""
    caps = np.full(n_projects, np.nan)
    for code, values in _by_project(seconds, project, n_projects, counted):
        caps[code] = cap if cap is not None else values[int(np.ceil(CAP_SHARE * len(values))) - 1]
    return np.fmin(seconds, caps[project]) + np.where(np.isnan(seconds), np.nan, 0.0), caps


def _by_project(seconds: Floats, project: Ints, n_projects: int, counted: Flags) -> list[tuple[int, Floats]]:
    """Sort the known seconds of each project that has any."""
    used = np.flatnonzero(counted & ~np.isnan(seconds))
    order = used[np.lexsort((seconds[used], project[used]))]
    bounds = np.searchsorted(project[order], np.arange(n_projects + 1))
    return [(k, seconds[order[a:b]]) for k, (a, b) in enumerate(pairwise(bounds)) if b > a]


def _sittings(effort: Effort, active: Floats) -> tuple[Ints, Floats, Floats]:
    """Number the sittings; and give the seconds since the labeler's submission before.

    These first up to the submission, nan for the first of a sitting, then up to the last change, nan for the first of all.
    """
    sitting, since, room = np.full(len(effort), -1), np.full(len(effort), np.nan), np.full(len(effort), np.nan)
    usable = np.flatnonzero((effort.created != NO_TIME) & (effort.labeler < effort.n_labelers - 1))
    order = usable[np.lexsort((usable, effort.created[usable], effort.labeler[usable]))]
    if not len(order):
        return sitting, since, room
    gap = np.diff(effort.created[order], prepend=effort.created[order[0]]) / SECOND
    idle = gap - np.minimum(active[order], np.maximum(gap, 0.0))
    is_first = np.diff(effort.labeler[order], prepend=-1) != 0
    begins = is_first | (idle > SITTING_GAP)
    sitting[order] = np.cumsum(begins) - 1
    since[order] = np.where(begins, np.nan, gap)
    later = np.maximum(effort.changed[order] - effort.created[order], 0) / SECOND
    room[order] = np.where(is_first, np.nan, gap + np.where(effort.changed[order] == NO_TIME, 0.0, later))
    return sitting, since, room


def _outliers(seconds: Floats, project: Ints, n_projects: int, counted: Flags) -> Ints:
    """Flag what lies far from the project's median on the scale of logarithms."""
    logs = np.log(np.maximum(seconds, _LEAST_SECONDS))
    low, high = np.full(n_projects, -np.inf), np.full(n_projects, np.inf)
    for code, values in _by_project(logs, project, n_projects, counted):
        middle = float(np.median(values))
        reach = max(_ROBUST * float(np.median(np.abs(values - middle))), _LEAST_FACTOR)
        low[code], high[code] = middle - reach, middle + reach
    short = counted & (logs < low[project])
    return np.where(counted & (logs > high[project]), LONG, np.where(short, SHORT, USUAL))
