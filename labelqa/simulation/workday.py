"""When the labels of the demo were made, how long they took, and what the reviewer said."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from labelqa.kinds.kind import Floats, Ints
from labelqa.simulation.draws import Draws
from labelqa.simulation.labeling import Labels
from labelqa.simulation.scenes import BATCHES, Scenes

_FIRST_MONDAY = np.datetime64("2025-03-03T00:00:00.000", "ms")
_PILOT_DAYS, _DAYS = 5, 15
"""Three weeks of working days; the first is the pilot's."""

_SPREAD = 0.35
"""Standard deviation of the logarithm of the seconds a label takes."""

_SKIP_SHARE = 0.3
"""A skipped label takes this share of the overhead."""

_IDLE_SHARE = 0.005
_IDLE_SECONDS = (10_000.0, 25_000.0)
"""Now and then a tab stays open over lunch or over night."""

_REVIEWED_SHARE = 0.2
_REVIEW_SECONDS = 12.0

Times = NDArray[np.datetime64]


@dataclass(frozen=True)
class Reviews:
    """Verdicts: the label (row of `Labels`), when, how long it took."""

    label: Ints
    accepted: NDArray[np.bool_]
    created_at: Times
    seconds: Floats


def timed(labels: Labels, scenes: Scenes, skills: pl.DataFrame, draws: Draws) -> tuple[Times, Floats]:
    """Say when each label was submitted and how many seconds it took."""
    trait = {name: skills[name].to_numpy()[labels.labeler] for name in skills.columns}
    key = (labels.asset, labels.labeler)
    is_pilot = scenes.batch[labels.asset] == BATCHES.index("pilot")
    first_day, n_days = np.where(is_pilot, 0, _PILOT_DAYS), np.where(is_pilot, _PILOT_DAYS, _DAYS - _PILOT_DAYS)
    day = first_day + np.floor(n_days * draws.uniform("day", *key)).astype(np.int64)
    hours_in = trait["hours_a_day"] * draws.uniform("hour", *key)
    hours = 24.0 * (day // 5 * 7 + day % 5) + trait["first_hour"] + hours_in
    work = trait["overhead_seconds"] * np.where(labels.is_skipped, _SKIP_SHARE, 1.0)
    work = work + trait["box_seconds"] * labels.n_boxes
    seconds = work * (1.0 + trait["slowdown_per_hour"] * hours_in) * np.exp(_SPREAD * draws.normal("pace", *key))
    idles = draws.uniform("idle", *key) < _IDLE_SHARE
    seconds = np.where(idles, draws.between(*_IDLE_SECONDS, "idle seconds", *key), seconds)
    return _FIRST_MONDAY + _milliseconds(hours), np.round(seconds, 3)


def reviewed(labels: Labels, submitted_at: Times, scenes: Scenes, draws: Draws) -> Reviews:
    """Review a fifth of the labels within a day; the more errors a label has, the sooner it is rejected."""
    key = (labels.asset, labels.labeler)
    chosen = np.flatnonzero((draws.uniform("review", *key) < _REVIEWED_SHARE) & ~labels.is_skipped)
    key = (labels.asset[chosen], labels.labeler[chosen])
    share_wrong = labels.n_errors[chosen] / (1 + scenes.n_objects[labels.asset[chosen]])
    accepted = draws.uniform("verdict", *key) >= np.clip(1.2 * share_wrong, 0.02, 0.95)
    hours_later = draws.between(1.0, 20.0, "review hour", *key)
    pace = np.exp(_SPREAD * draws.normal("review pace", *key))
    return Reviews(
        label=chosen,
        accepted=accepted,
        created_at=submitted_at[chosen] + _milliseconds(hours_later),
        seconds=np.round((_REVIEW_SECONDS + labels.n_boxes[chosen]) * pace, 3),
    )


def _milliseconds(hours: Floats) -> NDArray[np.timedelta64]:
    return (hours * 3_600_000).astype("timedelta64[ms]")
