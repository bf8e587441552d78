"""Hours, days, weeks and months of a time zone."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo, available_timezones

import numpy as np
import polars as pl

from labelqa.errors import UsageError, near_match
from labelqa.kinds.kind import Ints
from labelqa.measures.workforce.effort import Effort

EVERY = {"hour": "1h", "day": "1d", "week": "1w", "month": "1mo"}
"""The periods of a timeline; weeks begin on Monday."""

NO_DAY = -(2**31)
"""Stands for the day of a label without time."""


@dataclass(frozen=True)
class Calendar:
    """A time zone and the periods of a timeline.

    Raises
    ------
    UsageError
        If one of them is unknown.
    """

    every: str = "day"
    tz: str = "UTC"

    def __post_init__(self) -> None:
        if self.every not in EVERY:
            raise UsageError(
                f"A timeline has a row every {', '.join(EVERY)}; not {self.every!r}{near_match(str(self.every), EVERY)}"
            )
        try:
            ZoneInfo(self.tz)
            pl.Series([0]).cast(pl.Datetime("us", self.tz))
        except (KeyError, ValueError, OSError, TypeError, AttributeError, pl.exceptions.PolarsError):
            hint = near_match(str(self.tz), available_timezones())
            raise UsageError(f"A time zone has a name such as Europe/Berlin; found {self.tz!r}{hint}") from None

    def days(self, effort: Effort) -> Ints:
        """Number the local day of each label, in days since 1970; `NO_DAY` where the time is unknown."""
        days = self._local(effort).dt.date().to_physical().fill_null(NO_DAY)
        return days.to_numpy().astype(np.int64)

    def periods(self, effort: Effort) -> tuple[pl.Series, Ints]:
        """Give the periods with work in order, null last if some labels have no time, and the place of each label."""
        begins = self._local(effort).dt.truncate(EVERY[self.every]).rename("period")
        distinct = begins.unique().sort(nulls_last=True)
        place = begins.rank("dense").cast(pl.Int64).fill_null(len(distinct)).to_numpy() - 1
        return distinct, place.astype(np.int64)

    def _local(self, effort: Effort) -> pl.Series:
        times = effort.source.tables["labels"]["created_at"].gather(effort.row)
        return times.dt.convert_time_zone(self.tz)
