"""From rows on disk to the folder of a project, range by range of asset ids, in memory that goes by the size of a range.

What is told by all rows together is found first: labelers, labels with one id, and the ontology. A range is then a small
export of its own, checked and sorted by the same steps as any other; its rows are counted on from those before it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from labelqa.project import normalise, parquet, schema
from labelqa.project.concepts import CODES, Concepts, concepts_in
from labelqa.project.problems import ProblemLog, ordered
from labelqa.project.project import Project
from labelqa.project.raw import RAW_ANNOTATIONS, RAW_ASSETS, RAW_ISSUES, RAW_LABELS, RAW_REVIEWS, Raw, completed
from labelqa.project.spill import SAMPLES, Chunk, Spilled, writing_to
from labelqa.project.stream import Stream, write_whole
from labelqa.project.threads import in_order
from labelqa.project.validate import times, usable, validated

SAMPLES_A_RANGE = SAMPLES // 2
"""So that a range has about half as many rows as a full chunk; several are in work at once."""

TWINS_AT_ONCE = 1 << 20
"""Labels that share their id with others and are looked at together, about."""

_RAW = {
    "assets": RAW_ASSETS,
    "labels": {**RAW_LABELS, "raw_label": schema.ROW},
    "annotations": {**RAW_ANNOTATIONS, "project_id": pl.Categorical()},
    "reviews": RAW_REVIEWS,
    "issues": RAW_ISSUES,
}

_REMARKS = (
    ("reviews", normalise.reviews, ["created_at"]),
    ("issues", normalise.issues, ["created_at", "resolved_at"]),
)
"""What is told of labels: how its table is made, and its times."""

Look = Callable[[Project, ProblemLog], None]
Progress = Callable[[int, int], None]


def write(
    spilled: Spilled,
    problems: ProblemLog,
    folder: Path,
    look: Look | None = None,
    progress: Progress | None = None,
) -> None:
    """Write the project, as `Project.write` would if it had all of it in memory.

    Parameters
    ----------
    spilled : Spilled
        What was read.
    problems : ProblemLog
        What was wrong with it.
    folder : Path
        An empty folder.
    look : callable, optional
        Shown every part of the project, with a log for what it finds.
    progress : callable, optional
        Called with the number of ranges done, and in all.

    Raises
    ------
    UsageError
        If the folder cannot be written to.
    """
    merge = _Merge(spilled, problems, look)
    with writing_to(folder):
        n_assets = merge.write_parts(folder, progress)
        merge.write_remarks(folder, n_assets)
        merge.write_rest(folder)
        parquet.seal(folder)


@dataclass(frozen=True, eq=False)
class _Part:
    """A range: its tables, whose rows count from 0, the numbers its labels had, its problems, and what `look` found."""

    tables: Mapping[str, pl.DataFrame]
    raw_labels: NDArray[np.uint32]
    problems: ProblemLog
    found: ProblemLog


class _Merge:
    """Merges the chunks of a spill."""

    def __init__(self, spilled: Spilled, problems: ProblemLog, look: Look | None) -> None:
        self._spilled, self._problems, self._look = spilled, problems, look
        self._found = ProblemLog()
        n_labels = len(spilled.n_unread)
        self._labelers = self._all_labelers()
        self._gone = self._given_up()
        self._stays = np.ones(n_labels, np.bool_)
        self._stays[self._gone["raw_label"].to_numpy()] = False
        self._concepts = self._all_concepts()
        self._row_of = np.zeros(n_labels, np.uint32)
        """What has become of each label that was read, if anything is told of labels."""
        self._ends = self._all_ends()
        files = [(chunk, table) for chunk in spilled.chunks for table, n in chunk.heights.items() if n]
        cuts = in_order(self._cut, files)
        self._cuts = {(chunk.number, table): cut for (chunk, table), cut in zip(files, cuts, strict=True)}
        """Where ranges begin, and the last one ends, in each table of each chunk: (n ranges + 1,) rows."""

    # --- what all rows tell together -------------------------------------------------------------------------------

    def _all_labelers(self) -> pl.DataFrame:
        seen = [pl.Series("labeler", dtype=pl.String)]
        for chunk in self._with("labels"):
            labels = chunk.scan("labels")
            if "labeler" in labels.collect_schema():
                seen.append(labels.select(pl.col("labeler").unique().cast(pl.String)).collect().to_series())
        return normalise.labelers_of(pl.concat(seen), self._spilled.labelers)

    def _given_up(self) -> pl.DataFrame:
        """List labels that make way for others with their id; only what is needed of those with one id is held."""
        hashes = np.empty(len(self._spilled.n_unread), np.uint64)
        end = 0
        for some in in_order(_hashes, self._with("labels")):
            hashes[end : (end := end + len(some))] = some
        hashes.sort()
        twins, n = np.unique(hashes[1:][hashes[1:] == hashes[:-1]], return_counts=True)
        batch = np.cumsum(n) // TWINS_AT_ONCE
        gone = [
            normalise.given_up(self._labels_with(twins[batch == number]), self._problems) for number in np.unique(batch)
        ]
        return pl.concat([pl.DataFrame(schema={"raw_label": schema.ROW, "stays": schema.ROW}), *gone])

    def _all_concepts(self) -> Concepts:
        nothing = concepts_in(completed([], RAW_ANNOTATIONS), pl.Series(dtype=CODES))[1]
        seen = pl.concat([nothing, *in_order(self._seen, self._with("annotations"))])
        return Concepts.of(seen, self._spilled.concepts)

    def _all_ends(self) -> pl.Series:
        """Choose the asset ids before which ranges end; the last one ends with the last asset."""
        samples = [chunk.sample for chunk in self._spilled.chunks]
        ids = pl.concat([pl.Series("asset_id", dtype=pl.String), *samples]).sort()
        return ids.gather_every(SAMPLES_A_RANGE, offset=SAMPLES_A_RANGE - 1).unique(maintain_order=True)

    def _labels_with(self, hashes: NDArray[np.uint64]) -> pl.DataFrame:
        """Read the labels whose ids have these hashes; what is wrong with their times is noted elsewhere."""
        parts = []
        for chunk in self._with("labels"):
            is_one = pl.Series(np.isin(_hashes(chunk), hashes))
            parts.append(chunk.scan("labels").collect().filter(is_one))
        return times(completed(parts, _RAW["labels"]), ["created_at", "updated_at"], ProblemLog())

    def _seen(self, chunk: Chunk) -> pl.DataFrame:
        """Tell the classes and kinds of annotations that are kept, as `concepts_in` does."""
        wanted = ["label", "kind", "class", "project_id", *schema.VALUE]
        annotations = chunk.scan("annotations")
        there = [name for name in wanted if name in annotations.collect_schema()]
        frame = completed([annotations.select(there).collect()], {name: _RAW["annotations"][name] for name in wanted})
        kind = frame["kind"].cast(pl.String).replace("choice", "checklist")
        is_kept = usable(kind, frame.select(schema.VALUE)) & self._stays[frame["label"].to_numpy()]
        frame = frame.filter(pl.Series(is_kept))
        return concepts_in(frame, frame["project_id"])[1]

    # --- ranges ----------------------------------------------------------------------------------------------------

    def _cut(self, file: tuple[Chunk, str]) -> NDArray[np.int64]:
        chunk, table = file
        asset_id = chunk.scan(table).select("asset_id").collect().to_series()
        ends = asset_id.search_sorted(self._ends, side="left").to_numpy()
        return np.concatenate([[0], ends, [len(asset_id)]]).astype(np.int64)

    def _rows(self, number: int, table: str) -> pl.DataFrame:
        """Gather the rows of a table in a range."""
        parts = []
        for chunk in self._with(table):
            first, end = self._cuts[chunk.number, table][number : number + 2].tolist()
            if first < end:
                parts.append(chunk.scan(table).slice(first, end - first).collect())
        return completed(parts, _RAW[table])

    def _part(self, number: int) -> _Part:
        """Check and sort a range."""
        labels = self._rows(number, "labels").sort("raw_label")
        raw_labels = labels["raw_label"].to_numpy()
        annotations = self._rows(number, "annotations").drop("project_id")
        label = np.searchsorted(raw_labels, annotations["label"].to_numpy()).astype(np.uint32)
        log, found = ProblemLog(), ProblemLog()
        raw = Raw(
            assets=self._rows(number, "assets"),
            labels=labels.drop("raw_label").with_columns(n_unread=pl.Series(self._spilled.n_unread[raw_labels])),
            annotations=annotations.with_columns(label=label),
            labelers=self._spilled.labelers,
            concepts=self._spilled.concepts,
            reviews=self._rows(number, "reviews"),
            issues=self._rows(number, "issues"),
            sources=self._spilled.sources,
        )
        rows = normalise.Rows.of(validated(raw, log), self._stays[raw_labels], self._labelers, log)
        tables = rows.tables(self._concepts, log)
        if self._look is not None:
            self._look(Project({**tables, "labelers": self._labelers, "ontology": self._concepts.ontology}), found)
        return _Part(tables, raw_labels[rows.labels["raw_label"].to_numpy()], log, found)

    def write_parts(self, folder: Path, progress: Progress | None) -> NDArray[np.int64]:
        """Write assets, labels and annotations; gives where ranges begin and the last one ends in the table of assets."""
        n_ranges = len(self._ends) + 1
        n_assets = np.zeros(n_ranges + 1, np.int64)
        n_labels = 0
        has_remarks = any(self._with(name) for name, *_ in _REMARKS)
        with ExitStack() as stack:
            streams = {name: _stream(folder, name, stack) for name in ("assets", "labels", "annotations")}
            for number, part in enumerate(in_order(self._part, range(n_ranges))):
                tables = dict(part.tables)
                tables["labels"] = _counted_on(tables["labels"], "asset", int(n_assets[number]))
                tables["annotations"] = _counted_on(tables["annotations"], "label", n_labels)
                for name, stream in streams.items():
                    stream.add(tables[name])
                if has_remarks:
                    self._row_of[part.raw_labels] = n_labels + np.arange(len(part.raw_labels), dtype=np.uint32)
                n_assets[number + 1] = n_assets[number] + tables["assets"].height
                n_labels += tables["labels"].height
                self._problems.take(part.problems)
                self._found.take(part.found)
                if progress is not None:
                    progress(number + 1, n_ranges)
            for stream in streams.values():
                stream.close()
        self._row_of[self._gone["raw_label"].to_numpy()] = self._row_of[self._gone["stays"].to_numpy()]
        return n_assets

    def write_remarks(self, folder: Path, n_assets: NDArray[np.int64]) -> None:
        """Write reviews and issues, which may be about labels of any range."""
        assets = pl.scan_parquet(folder / "assets.parquet").select("project_id", "asset_id")
        label = pl.Series(self._row_of)
        for name, made, columns in _REMARKS:
            with ExitStack() as stack:
                stream = _stream(folder, name, stack)
                for number, (first, end) in enumerate(zip(n_assets[:-1].tolist(), n_assets[1:].tolist(), strict=True)):
                    remarks = self._rows(number, name)
                    if remarks.is_empty():
                        continue
                    keys = assets.slice(first, end - first).collect().with_row_index("asset", offset=first)
                    stream.add(made(times(remarks, columns, ProblemLog()), keys, label))
                stream.close()

    def write_rest(self, folder: Path) -> None:
        """Write the small tables."""
        found = pl.concat([self._problems.frame(), self._found.frame()])
        tables = {
            "labelers": self._labelers,
            "ontology": self._concepts.ontology,
            "sources": normalise.sorted_sources(self._spilled.sources),
            "problems": ordered(found),
        }
        for name, table in tables.items():
            write_whole(table, folder / f"{name}.parquet")

    def _with(self, table: str) -> list[Chunk]:
        """The chunks that have rows of a table."""
        return [chunk for chunk in self._spilled.chunks if chunk.heights[table]]


def _hashes(chunk: Chunk) -> NDArray[np.uint64]:
    """Hash project and id of each label of a chunk, (n,)."""
    keys = chunk.scan("labels").select(pl.col("project_id").cast(pl.String), "label_id").collect()
    return keys.hash_rows().to_numpy()


def _counted_on(table: pl.DataFrame, column: str, first: int) -> pl.DataFrame:
    """Count a column of row numbers on from those before."""
    return table.with_columns((pl.col(column) + first).cast(schema.ROW))


def _stream(folder: Path, table: str, stack: ExitStack) -> Stream:
    """Begin the file of a table."""
    row_group = parquet.ROW_GROUPS.get(table, parquet.ROW_GROUP)
    stream = Stream(folder / f"{table}.parquet", schema.dtypes(schema.TABLES[table]), row_group)
    stack.callback(stream.abandon)
    return stream
