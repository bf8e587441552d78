"""Values of single assets: what a measure of a row is made of, by the names of the row and of the asset."""

from __future__ import annotations

import polars as pl

from labelqa.gates.catalogue import METADATA, level_of
from labelqa.gates.figures import SLICES, Figures, Sources, slice_names
from labelqa.measures.estimate import Evidence
from labelqa.project import Project

ASSET = ("project_id", "asset_id")

IN_ROW = "asset_project"
"""What the project of an asset is called in a table of cells: the names of its row may have a `project_id`, too."""


def cells_of(sources: Sources, level: str, measure: str) -> pl.DataFrame:
    """Give the cells of a measure: the names of the row, asset_project, asset_id, above, below.

    The measure of a row is the sum of `above` over the sum of `below`; the value of an asset is above / below.
    """
    figures = sources.figures(level, measure)
    evidence = figures.evidence[measure] if figures.evidence else _NONE
    assets = sources.scores.comparison.project.assets.select(ASSET).rename({"project_id": IN_ROW})
    row_of = _rows_by_group(figures)
    names = figures.frame.select(names_of(level, figures.frame))
    found = row_of.gather(evidence.group)
    cells = pl.concat([names[found], assets[pl.Series(evidence.asset, dtype=pl.UInt32)]], how="horizontal")
    return cells.with_columns(above=pl.Series(evidence.numerator), below=pl.Series(evidence.denominator))


def slices_of(project: Project, level: str) -> pl.DataFrame:
    """Say which slice each asset is in: asset_project, asset_id and the names of the slice; of other levels, nothing."""
    if level not in SLICES and not level.startswith(METADATA):
        return pl.DataFrame()
    asset = project.assets.select(pl.col("project_id").alias(IN_ROW), "asset_id")
    return pl.concat([asset, slice_names(project, level)], how="horizontal")


def names_of(level: str, frame: pl.DataFrame) -> list[str]:
    """Name the columns that name a row."""
    return [name for name in level_of(level).names if name in frame.columns]


def _rows_by_group(figures: Figures) -> pl.Series:
    """Give the row of each group; groups without a row have no evidence."""
    rows = pl.DataFrame({"group": figures.group}).with_row_index("row")
    every = pl.DataFrame({"group": pl.int_range(figures.n_groups, eager=True, dtype=pl.Int64)})
    return every.join(rows, on="group", how="left", maintain_order="left")["row"]


_EMPTY: pl.Series = pl.Series([], dtype=pl.Int64)
_NONE = Evidence(
    _EMPTY.to_numpy(), _EMPTY.to_numpy(), _EMPTY.cast(pl.Float64).to_numpy(), _EMPTY.cast(pl.Float64).to_numpy()
)
