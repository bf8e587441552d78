"""The labels of a project as arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from labelqa.kinds.kind import Ints
from labelqa.project import Project
from labelqa.project.schema import ROLES, STATUSES


@dataclass(frozen=True)
class Labels:
    """All L labels of a project, sorted by asset.

    Attributes
    ----------
    asset, labeler : int64 [L]
        Rows of the asset and of the labeler; -1 for nobody known.
    role, status : integers [L]
        Numbers in `labelqa.project.schema.ROLES` and `STATUSES`.
    """

    asset: Ints
    labeler: Ints
    role: NDArray[np.integer]
    status: NDArray[np.integer]

    @classmethod
    def of(cls, project: Project) -> Labels:
        """Look at the labels of a project."""
        stored = project.tables["labels"]
        return cls(
            stored["asset"].to_numpy().astype(np.int64),
            row_numbers(stored["labeler_row"]),
            stored["role"].to_physical().to_numpy(),
            stored["status"].to_physical().to_numpy(),
        )

    def submitted(self, role: str) -> NDArray[np.bool_]:
        """Mark the labels of a role that were not skipped: bool [L]."""
        found: NDArray[np.bool_] = (self.status == STATUSES.index("submitted")) & (self.role == ROLES.index(role))
        return found


def row_numbers(column: pl.Series) -> Ints:
    """Give a column of row numbers as int64, -1 for null."""
    return (column.cast(pl.Int64).fill_null(-1) if column.null_count() else column).to_numpy().astype(np.int64)
