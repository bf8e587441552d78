"""The builder: readers hand it assets, labels and annotations in any order; it makes the project's tables.

Rows are kept as columns and turned into compact frames every `_CHUNK` rows, so that no Python object per annotation
outlives its chunk. A reader whose data is already a table adds whole frames instead of rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import polars as pl
from numpy.typing import ArrayLike

from labelqa.project import schema
from labelqa.project.collected import Collected
from labelqa.project.normalise import normalise
from labelqa.project.problems import ProblemLog
from labelqa.project.project import Project
from labelqa.project.spill import Spill, Spilled
from labelqa.project.validate import validated


class Builder:
    """Collect what readers find and make a `Project` of it.

    A reader calls `source` for each file, then `asset`, `label` and the annotation methods for each record. Vendor
    ids may be of any type that has a text; times are ISO 8601 texts. The same asset may be given many times. Values
    are checked at the end, all at once: a reader checks only what it must to read on.

    Parameters
    ----------
    with_origins : bool
        Whether to remember which records are about which assets; see `origins`.
    spill : Spill, optional
        Where rows go once there are too many for the memory; `spilled` gives them then, and `project` cannot.

    Examples
    --------
    >>> builder = Builder()
    >>> builder.source("a.json", "example")
    >>> builder.asset("p", "image-1", width=640, height=480)
    >>> label = builder.label("p", "image-1", "label-1", "ann@example.org", record=1)
    >>> builder.bbox(label, "cat", 10, 20, 110, 220)
    >>> builder.answer(label, "choice", "weather", ["sunny"])
    >>> project = builder.project()
    >>> project.annotations.select("annotation_id", "kind", "class").rows()
    [('label-1#0', 'bbox', 'cat'), ('label-1#1', 'choice', 'weather')]
    """

    def __init__(self, *, with_origins: bool = False, spill: Spill | None = None) -> None:
        self.problems = ProblemLog()
        self.wants_mentions = with_origins
        """Whether `mention` is heard."""
        self._found = Collected(spill)
        self._sources: list[dict[str, Any]] = []
        self._made: Project | None = None
        self.file = ""
        """Name of the file being read."""

    # --- files -----------------------------------------------------------------------------------------------------

    def source(self, file: str, format: str) -> None:
        """Begin a file: what follows belongs to it."""
        self._close_source()
        self.file = file
        self._sources.append(
            {
                "file": file,
                "format": format,
                "n_records": 0,
                "n_skipped": 0,
                "n_labels": -len(self._found.labels),
                "n_annotations": -len(self._found.annotations),
                "open": True,
            }
        )

    def records(self, n_records: int, n_skipped: int = 0) -> None:
        """Count records of the current file, and how many of them could not be read (each also a problem)."""
        self._sources[-1]["n_records"] += n_records
        self._sources[-1]["n_skipped"] += n_skipped

    @property
    def n_skipped(self) -> int:
        """Records of the current file that could not be read."""
        return int(self._sources[-1]["n_skipped"])

    def problem(
        self,
        severity: str,
        expected: str,
        *,
        record: int | None = None,
        field: str | None = None,
        found: object = None,
        remedy: str | None = None,
        n: int = 1,
    ) -> None:
        """Note a problem of the current file; see `ProblemLog.add`."""
        self.problems.add(severity, self.file, expected, record=record, field=field, found=found, remedy=remedy, n=n)

    # --- rows ------------------------------------------------------------------------------------------------------

    def asset(
        self,
        project_id: str,
        asset_id: str,
        *,
        name: str | None = None,
        width: float | None = None,
        height: float | None = None,
        batch: str | None = None,
        dataset: str | None = None,
        labels_asked: float | None = None,
        created_at: str | None = None,
        metadata: Iterable[tuple[str, str]] = (),
        record: int | None = None,
    ) -> None:
        """Add what one record says about an asset; records of one asset are merged, contradictions listed."""
        pairs = [{"key": key, "value": value} for key, value in metadata] or None
        self._found.assets.append(
            (
                project_id,
                asset_id,
                name,
                width,
                height,
                batch,
                dataset,
                labels_asked,
                created_at,
                pairs,
                self.file,
                record,
            )
        )
        self._found.assets.flush_if_full()

    def mention(self, project_id: str, asset_id: str, record: int) -> None:
        """Tell that a record is about an asset that another record of the file has added; see `origins`."""
        if self.wants_mentions:
            self._found.mentions.append((project_id, asset_id, self.file, record))
            self._found.mentions.flush_if_full()

    def label(
        self,
        project_id: str,
        asset_id: str,
        label_id: str,
        labeler: str | None,
        *,
        role: str = "submitted",
        status: str = "submitted",
        created_at: str | None = None,
        updated_at: str | None = None,
        seconds: float | None = None,
        review_seconds: float | None = None,
        record: int | None = None,
    ) -> int:
        """Add a label and give its number, by which its annotations refer to it. Its asset must be added too."""
        self._found.labels.append(
            (
                project_id,
                asset_id,
                label_id,
                labeler,
                role,
                status,
                created_at,
                updated_at,
                seconds,
                review_seconds,
                self.file,
                record,
            )
        )
        self._found.labels.flush_if_full()
        return len(self._found.labels) - 1

    def bbox(
        self,
        label: int,
        cls: str,
        left: float,
        top: float,
        right: float,
        bottom: float,
        *,
        annotation_id: str | None = None,
        score: float | None = None,
        is_crowd: bool = False,
        stated: Sequence[float] | None = None,
    ) -> None:
        """Add a box in pixels, opposite corners in either order."""
        if right < left:
            left, right = right, left
        if bottom < top:
            top, bottom = bottom, top
        self.annotation(
            label,
            "bbox",
            cls,
            (left, top, right, bottom),
            annotation_id=annotation_id,
            score=score,
            is_crowd=is_crowd,
            stated=stated,
        )

    def answer(
        self, label: int, kind: str, question: str, answers: Sequence[str], *, annotation_id: str | None = None
    ) -> None:
        """Add the answers to a question: one for a choice, any number for a checklist."""
        self.annotation(label, kind, question, answer=sorted(set(answers)), annotation_id=annotation_id)

    def annotation(
        self,
        label: int,
        kind: str,
        cls: str,
        geometry: Sequence[float] = (),
        *,
        parts: Sequence[int] | None = None,
        answer: Sequence[str] | None = None,
        place: str | None = None,
        parent_id: str | None = None,
        annotation_id: str | None = None,
        score: float | None = None,
        is_crowd: bool = False,
        stated: Sequence[float] | None = None,
    ) -> None:
        """Add an annotation of any kind, its value laid out as the kind says."""
        row = (label, annotation_id, kind, cls, parts, answer, place, parent_id, score, is_crowd, stated)
        self._found.annotations.add(row, geometry)

    def unread(self, labels: ArrayLike, counts: ArrayLike) -> None:
        """Tell that labels have marks in the export that were not read, so that nobody takes them for empty."""
        self._found.unread(labels, counts)

    def labeler(self, labeler: str, *, name: str | None = None, is_model: bool = False) -> None:
        """Tell more about a labeler; labelers that only labels mention need no call."""
        self._found.labelers.append((labeler, name, is_model))

    def concept(
        self,
        project_id: str,
        kind: str,
        cls: str,
        answers: Sequence[str] = (),
        *,
        scale: tuple[float, float] | tuple[None, None] = (None, None),
    ) -> None:
        """Declare a class or question of the ontology, used or not; of a rating or number the least and greatest value."""
        self._found.concepts.append((project_id, kind, cls, list(answers), *scale))

    def review(
        self,
        project_id: str,
        asset_id: str,
        verdict: str,
        *,
        label: int | None = None,
        reviewer: str | None = None,
        created_at: str | None = None,
        record: int | None = None,
    ) -> None:
        """Add a reviewer's verdict on a label, or on the asset as a whole."""
        self._found.reviews.append((project_id, asset_id, label, reviewer, verdict, created_at, self.file, record))
        self._found.reviews.flush_if_full()

    def issue(
        self,
        project_id: str,
        asset_id: str,
        state: str,
        *,
        label: int | None = None,
        category: str | None = None,
        raised_by: str | None = None,
        created_at: str | None = None,
        resolved_at: str | None = None,
        n: int = 1,
        record: int | None = None,
    ) -> None:
        """Add an issue raised on a label, or on the asset as a whole; `n` of them where they are only counted."""
        self._found.issues.append(
            (project_id, asset_id, label, category, state, raised_by, created_at, resolved_at, n, self.file, record)
        )
        self._found.issues.flush_if_full()

    # --- frames ----------------------------------------------------------------------------------------------------

    def assets_frame(self, frame: pl.DataFrame) -> None:
        """Add assets as a frame with any of the columns of `RAW_ASSETS`; `project_id` and `asset_id` are needed."""
        self._found.assets.extend(frame.with_columns(source=pl.lit(self.file)))

    def mentions_frame(self, frame: pl.DataFrame) -> None:
        """Tell as `mention` does of a frame with the columns project_id, asset_id, record."""
        if self.wants_mentions:
            self._found.mentions.extend(frame.with_columns(source=pl.lit(self.file)))

    def labels_frame(self, frame: pl.DataFrame) -> int:
        """Add labels as a frame with columns of `RAW_LABELS`; gives the number of the first."""
        first = len(self._found.labels)
        self._found.labels.extend(frame.with_columns(source=pl.lit(self.file)))
        return first

    def annotations_frame(self, frame: pl.DataFrame) -> None:
        """Add annotations as a frame with columns of `RAW_ANNOTATIONS`; geometry as `schema` lays it out."""
        self._found.annotations.extend(frame)

    def reviews_frame(self, frame: pl.DataFrame) -> None:
        """Add reviews as a frame with columns of `RAW_REVIEWS`; `project_id`, `asset_id` and `verdict` are needed."""
        self._found.reviews.extend(frame.with_columns(source=pl.lit(self.file)))

    # --- where it came from ----------------------------------------------------------------------------------------

    def origins(self) -> pl.DataFrame:
        """Say which records are about which assets, of a builder made `with_origins`.

        Returns
        -------
        polars.DataFrame
            source, record (null: the file as a whole), project_id, asset_id; each once, in no order.
        """
        frames = [self._found.assets.frame(), self._found.mentions.frame()]
        texts = [pl.col(name).cast(pl.String) for name in ("source", "project_id", "asset_id")]
        return pl.concat([frame.select(texts[0], "record", *texts[1:]) for frame in frames]).unique()

    # --- the end ---------------------------------------------------------------------------------------------------

    def project(self) -> Project:
        """Check what was collected and make the project of it; it is made once, and nothing is added to it later."""
        if self._made is None:
            self._made = normalise(validated(self._found.raw(self._read_files()), self.problems), self.problems)
        return self._made

    def spilled(self) -> Spilled:
        """Hand over what was collected by a builder with a spill; see `merge.write`."""
        return self._found.spilled(self._read_files())

    def _read_files(self) -> pl.DataFrame:
        self._close_source()
        return pl.DataFrame(
            [{key: row[key] for key in schema.SOURCES} for row in self._sources],
            schema=schema.dtypes(schema.SOURCES),
        )

    def _close_source(self) -> None:
        if self._sources and self._sources[-1].pop("open", False):
            self._sources[-1]["n_labels"] += len(self._found.labels)
            self._sources[-1]["n_annotations"] += len(self._found.annotations)
