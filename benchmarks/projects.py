"""The labels as a labelqa project: through a `Builder`, or as a folder of Parquet files made in bounded memory."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks.generate import CLASSES, EXPERT, FRAME, N_LABELERS, Block, Recipe, blocks
from labelqa.project import Builder, Project, parquet, schema

PROJECT_ID = "cgeneratedproject00000001"
BLOCKS_AT_ONCE = 20
"""Blocks that go through one builder when a folder is written."""

_START = np.datetime64("2026-01-05T08:00", "m")
_LABELERS = (*(f"labeler-{k:02d}@example.com" for k in range(N_LABELERS)), "expert@example.com")


def asset_ids(numbers: Iterable[int]) -> list[str]:
    """Name assets so that their names sort as their numbers do."""
    return [f"image-{number:08d}.jpg" for number in numbers]


def labeler_names(numbers: np.ndarray) -> list[str]:
    return [_LABELERS[number] for number in numbers.tolist()]


def times(block: Block) -> list[str]:
    """Say when the labels were submitted, in ISO 8601."""
    return np.datetime_as_string(_START + block.minute, unit="s", timezone="UTC").tolist()


def build(recipe: Recipe) -> Project:
    """Make the project in memory."""
    return _built(blocks(recipe))


def write(recipe: Recipe, folder: Path) -> None:
    """Write the project to a folder, `BLOCKS_AT_ONCE` blocks at a time; labelqa reads it as one of its own."""
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        parts = _Parts(Path(scratch))
        for project in _projects(recipe):
            if not parts.n:
                project.write(folder)
            parts.add(project)
        parts.join(folder)


def _projects(recipe: Recipe) -> Iterator[Project]:
    every = blocks(recipe)
    while some := list(islice(every, BLOCKS_AT_ONCE)):
        yield _built(some)


def _built(some: Iterable[Block]) -> Project:
    builder = Builder()
    builder.source("generated", "generated")
    for name in CLASSES:
        builder.concept(PROJECT_ID, "bbox", name)
    for block in some:
        _add(builder, block)
    return builder.project()


def _add(builder: Builder, block: Block) -> None:
    """Hand a block to a builder."""
    number = np.arange(block.first_asset, block.first_asset + block.n_assets)
    builder.records(block.n_assets)
    in_project = pl.lit(PROJECT_ID).alias("project_id")
    builder.assets_frame(
        pl.DataFrame({"asset_id": asset_ids(number.tolist()), "record": number + 1}).with_columns(
            in_project, metadata=pl.lit([], schema.METADATA), width=float(FRAME[0]), height=float(FRAME[1])
        )
    )
    first = builder.labels_frame(
        pl.DataFrame(
            {
                "asset_id": asset_ids(block.asset.tolist()),
                "label_id": block.label_id.astype(str),
                "labeler": labeler_names(block.labeler),
                "role": np.where(block.labeler == EXPERT, "benchmark", "submitted"),
                "created_at": times(block),
                "seconds": block.seconds,
                "record": block.asset + 1,
            }
        ).with_columns(in_project, status=pl.lit("submitted"))
    )
    corners = np.concatenate([block.box[:, :2], block.box[:, :2] + block.box[:, 2:]], axis=1)
    builder.annotations_frame(
        pl.DataFrame(
            {
                "label": block.label + first,
                "annotation_id": block.annotation_id.astype(str),
                "class": pl.Series(CLASSES).gather(block.cls),
                "geometry": corners,
            },
            schema_overrides={"geometry": pl.Array(pl.Float64, 4)},
        ).with_columns(kind=pl.lit("bbox"))
    )


class _Parts:
    """Projects of consecutive assets, put aside as files whose row numbers count on."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._n_assets = self._n_labels = self._n_annotations = 0
        self.n = 0

    def add(self, project: Project) -> None:
        names = pl.DataFrame({"labeler": sorted(_LABELERS)}).with_row_index("row")
        row = project.labelers.join(names, on="labeler", how="left", maintain_order="left")["row"]
        labels, annotations = project.tables["labels"], project.tables["annotations"]
        parts = {
            "assets": project.assets,
            "labels": labels.with_columns(
                pl.col("asset") + self._n_assets, labeler_row=row.gather(labels["labeler_row"]).cast(schema.ROW)
            ),
            "annotations": annotations.with_columns(pl.col("label") + self._n_labels),
        }
        for name, table in parts.items():
            table.cast(schema.dtypes(schema.TABLES[name])).write_parquet(self._path(name, self.n))
        self._n_assets += project.assets.height
        self._n_labels += labels.height
        self._n_annotations += annotations.height
        self.n += 1

    def join(self, folder: Path) -> None:
        """Lay the parts end to end, in place of the tables of the first."""
        for name in ("assets", "labels", "annotations"):
            parts = [self._path(name, k) for k in range(self.n)]
            whole = folder / f"{name}.parquet"
            rows = parquet.ROW_GROUPS.get(name, parquet.ROW_GROUP)
            pl.scan_parquet(parts).sink_parquet(
                whole, compression="zstd", compression_level=parquet.LEVEL, row_group_size=rows
            )
        people = pl.DataFrame({"labeler": sorted(_LABELERS)})
        people = people.with_columns(name=pl.lit(None, pl.String), is_model=pl.lit(False))
        people.write_parquet(folder / "labelers.parquet", compression="zstd")
        counts = {"n_records": self._n_assets, "n_labels": self._n_labels, "n_annotations": self._n_annotations}
        sources = pl.read_parquet(folder / "sources.parquet", memory_map=False)
        sources = sources.with_columns(**{name: pl.lit(n, pl.Int64) for name, n in counts.items()})
        sources.write_parquet(folder / "sources.parquet", compression="zstd")
        parquet.seal(folder)

    def _path(self, name: str, part: int) -> Path:
        return self._folder / f"{name}-{part:05d}.parquet"
