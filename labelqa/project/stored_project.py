"""A project that stays in its folder: its parts are read when they are looked at, so that it may be larger than memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import polars as pl

from labelqa.errors import InputError
from labelqa.project import parquet, schema
from labelqa.project.manifest import Manifest
from labelqa.project.parts import Bounds, Numbers, Part, cut
from labelqa.project.problems import ProblemLog
from labelqa.project.project import Names, Project, known_names
from labelqa.project.remote import Remote, is_url
from labelqa.project.stored import check
from labelqa.project.tables import Folder, Tables
from labelqa.project.threads import in_order

_LARGE = ("assets", "labels", "annotations")
_UNUSED = ("reviews",)
"""Not looked at by what runs part by part."""

_NEEDED = {
    "assets": ("project_id", "asset_id", "width", "height"),
    "labels": ("asset", "label_id", "labeler_row", "role", "status", "created_at", "updated_at", "n_unread"),
    "annotations": tuple(name for name in schema.ANNOTATIONS if name != "annotation_id"),
}
"""The columns of a part. Ids of annotations are most of a project; they are read where somebody asks for them."""

_AT_ONCE = 1 << 20
"""Rows of a single column that are read at once."""


@dataclass(frozen=True, eq=False)
class Stored:
    """A project in a folder written by `Project.write`, unread but for its small tables.

    Parameters
    ----------
    tables : Tables
        Where its Parquet files are.
    head : Project
        Labelers, ontology, problems and sources; the other tables have no rows.
    n_assets : int
    empty : mapping of str to list of str
        Columns that hold nothing, by table; they are not read.
    benchmark : tuple of int
        Rows of the labelers whose labels are taken for ground truth.
    """

    tables: Tables
    head: Project
    n_assets: int
    empty: Mapping[str, Sequence[str]]
    benchmark: tuple[int, ...] = ()

    @classmethod
    def of(cls, tables: Tables) -> Stored:
        """Look at a folder.

        Raises
        ------
        InputError
            If it holds no project, or not all of it.
        """
        manifest = Manifest.of(tables)
        parquet.check_files(tables, manifest, [name for name in schema.TABLES if name not in _UNUSED])
        head = {
            name: schema.empty(table) if name in (*_LARGE, *_UNUSED) else parquet.whole_table(tables, name)
            for name, table in schema.TABLES.items()
        }
        with parquet.faults_of(tables):
            check(head)
        return cls(tables, Project(head), tables.height("assets"), manifest.empty)

    @classmethod
    def at(cls, place: str | Path) -> Stored:
        """Look at a folder of this machine, or behind a URL. Raises as `of`."""
        return cls.of(Remote(str(place)) if is_url(str(place)) else Folder(Path(place)))

    def with_benchmark(self, labelers: Names) -> Stored:
        """Take the labels of these labelers as ground truth; see `Project.with_benchmark`."""
        names = self.head.labelers["labeler"]
        known = known_names("labeler", labelers, names) or []
        rows = np.flatnonzero(names.is_in(known).to_numpy())
        with_role = replace(self, benchmark=tuple(rows.tolist()))
        log = ProblemLog()
        for number in range(len(self.bounds)):
            with_role.part(number, labels=("source", "record"), annotations=None).project.note_benchmarks(log)
        problems = pl.concat([self.head.problems, log.frame()]).unique(maintain_order=True)
        return replace(with_role, head=self.head.with_problems(problems))

    def project(self) -> Project:
        """Read all of it into memory."""
        project = parquet.read_tables(self.tables)
        names = self.head.labelers["labeler"]
        return project.with_benchmark([names[row] for row in self.benchmark]) if self.benchmark else project

    @property
    def assets(self) -> pl.DataFrame:
        """Project and id of every asset."""
        return self.tables.rows("assets", ("project_id", "asset_id"), 0, self.n_assets)

    @cached_property
    def project_ids(self) -> pl.Series:
        """The projects that the assets are of, sorted.

        Raises
        ------
        InputError
            If assets are not sorted by asset_id and project_id, or one is there twice.
        """
        seen = [pl.Series("project_id", dtype=pl.String)]
        last = pl.DataFrame(schema={"asset_id": pl.String, "project_id": pl.String})
        for start in range(0, self.n_assets, _AT_ONCE):
            keys = self.tables.rows("assets", ("asset_id", "project_id"), start, _AT_ONCE)
            before = pl.concat([last, keys[:-1]])
            later = (keys["asset_id"][-before.height :] > before["asset_id"]) | (
                (keys["asset_id"][-before.height :] == before["asset_id"])
                & (keys["project_id"][-before.height :] > before["project_id"])
            )
            if not later.all():
                raise self._unsorted("assets", "asset_id", "assets by asset_id and project_id, each once", start, keys)
            seen.append(keys["project_id"].unique())
            last = keys[-1:]
        return pl.concat(seen).unique().sort()

    @cached_property
    def roles(self) -> frozenset[str]:
        """The roles that labels have."""
        starts = range(0, self.tables.height("labels"), _AT_ONCE)
        seen = [self.tables.rows("labels", ("role",), start, _AT_ONCE).to_series().unique() for start in starts]
        found = {str(role) for part in seen for role in part}
        return frozenset(found | {"benchmark"} if self.benchmark else found)

    @cached_property
    def bounds(self) -> Bounds:
        """Where its parts begin."""
        n_labels = self.tables.height("labels")
        return cut(
            self.n_assets,
            lambda: self._pieces("labels", "asset", self.n_assets),
            lambda: self._pieces("annotations", "label", n_labels),
        )

    def part(self, number: int, labels: Iterable[str] = (), annotations: Iterable[str] | None = ()) -> Part:
        """Read a part, with further columns of labels and annotations; None: without any annotation."""
        assets, marks, work = (
            slice(int(rows[number]), int(rows[number + 1]))
            for rows in (self.bounds.asset, self.bounds.annotation, self.bounds.label)
        )
        tables = {
            "assets": self._rows("assets", (), assets),
            "labels": self._with_roles(self._rows("labels", labels, work)),
            "annotations": schema.empty(schema.ANNOTATIONS),
        }
        if annotations is not None:
            tables["annotations"] = self._annotations(annotations, marks)
        part = Part.laid_out(self.head, tables, assets, work, marks)
        first_rows = {"assets": assets.start, "labels": work.start, "annotations": marks.start}
        with parquet.faults_of(self.tables, first_rows):
            check(part.project.tables)
        return part

    def _annotations(self, further: Iterable[str], rows: slice) -> pl.DataFrame:
        """Read annotations, and their ids where others refer to them."""
        links = ("annotation_id",) if "relation" in self.head.ontology["kind"] else ()
        table = self._rows("annotations", (*further, *links), rows)
        if "annotation_id" in table.columns or table["parent_id"].null_count() == table.height:
            return table
        return table.with_columns(self.tables.rows("annotations", ("annotation_id",), rows.start, table.height))

    def _rows(self, name: str, further: Iterable[str], rows: slice) -> pl.DataFrame:
        wanted = {column: schema.TABLES[name][column] for column in (*_NEEDED[name], *further)}
        empty = {column: wanted[column] for column in self.empty.get(name, ()) if column in wanted}
        there = self.tables.rows(name, [c for c in wanted if c not in empty], rows.start, rows.stop - rows.start)
        there = there.rechunk()  # once, and not whenever somebody looks at numbers from several row groups
        return there.hstack(schema.empty(empty).clear(there.height)) if empty else there

    def _with_roles(self, labels: pl.DataFrame) -> pl.DataFrame:
        if not self.benchmark:
            return labels
        theirs = pl.col("labeler_row").is_in(list(self.benchmark)).fill_null(False)
        return labels.with_columns(role=pl.when(theirs).then(pl.lit("benchmark", schema.ROLE)).otherwise("role"))

    def _pieces(self, name: str, column: str, n_targets: int) -> Iterator[Numbers]:
        """Read a column of ascending row numbers in pieces."""
        last = 0
        starts = range(0, self.tables.height(name), _AT_ONCE)
        read = in_order(lambda start: self.tables.rows(name, (column,), start, _AT_ONCE).to_series().to_numpy(), starts)
        for start, piece in zip(starts, read, strict=True):
            if piece[0] < last or (piece[1:] < piece[:-1]).any() or piece[-1] >= n_targets:
                raise self._unsorted(name, column, f"row numbers below {n_targets:,}, ascending", start, piece)
            last = piece[-1]
            yield piece

    def _unsorted(self, name: str, field: str, expected: str, start: int, piece: Sized) -> InputError:
        return InputError(
            expected,
            file=self.tables.shown(f"{name}.parquet"),
            field=field,
            found=f"others in rows {start + 1:,} to {start + len(piece):,}",
            remedy="Read the export again.",
        )
