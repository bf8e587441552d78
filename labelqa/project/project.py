"""The project: immutable tables of assets, labels and annotations, and where they came from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack

import polars as pl

from labelqa.errors import UsageError, near_match
from labelqa.project import schema

if TYPE_CHECKING:
    from labelqa.project.problems import ProblemLog
    from labelqa.project.subset import Selection

Names = str | Iterable[str]


class LabelConditions(TypedDict, total=False):
    """Conditions that choose whole labels; see `Project.select`."""

    projects: Names | None
    assets: Names | None
    labelers: Names | None
    batches: Names | None
    metadata: Mapping[str, str] | None
    since: datetime | None
    until: datetime | None


@dataclass(frozen=True, eq=False)
class Project:
    """One or more labeling projects: assets, labels, annotations, labelers, reviews, ontology, problems, sources.

    Made by `labelqa.read`, `labelqa.demo` or a `Builder`; never changed afterwards. The documented columns of each
    table are in `labelqa.project.schema`.

    Parameters
    ----------
    tables : mapping of str to polars.DataFrame
        The stored tables in canonical order, as `schema.TABLES` describes them.
    """

    tables: Mapping[str, pl.DataFrame]

    # --- what is in it ---------------------------------------------------------------------------------------------

    @property
    def assets(self) -> pl.DataFrame:
        """Assets, sorted by (asset_id, project_id); see `schema.ASSETS`."""
        return self.tables["assets"]

    @cached_property
    def labels(self) -> pl.DataFrame:
        """Labels with the names of asset and labeler, sorted by (asset, label_id)."""
        stored = self.tables["labels"]
        asset = self.assets.select("project_id", "asset_id")[stored["asset"]]
        labeler = self.labelers["labeler"].gather(stored["labeler_row"])
        rest = stored.drop("asset", "labeler_row", "label_id")
        return asset.with_columns(stored["label_id"], labeler, *rest)

    @cached_property
    def annotations(self) -> pl.DataFrame:
        """Annotations with the names of asset, label, labeler, role, kind and class, in canonical order."""
        stored = self.tables["annotations"]
        label = self.labels.select("project_id", "asset_id", "label_id", "labeler", "role")[stored["label"]]
        concept = self.ontology.select("kind", "class")[stored["concept"]]
        rest = stored.drop("label", "concept", "annotation_id")
        return label.with_columns(stored["annotation_id"], *concept, *rest)

    @property
    def labelers(self) -> pl.DataFrame:
        """Labelers, people and models, sorted; see `schema.LABELERS`."""
        return self.tables["labelers"]

    @property
    def ontology(self) -> pl.DataFrame:
        """Classes and questions, declared or seen; see `schema.ONTOLOGY`."""
        return self.tables["ontology"]

    @cached_property
    def reviews(self) -> pl.DataFrame:
        """Reviewers' verdicts with the names of asset, label and labeler."""
        return self._remarks("reviews")

    def _remarks(self, table: str) -> pl.DataFrame:
        stored = self.tables[table]
        asset = self.assets.select("project_id", "asset_id")[stored["asset"]]
        label_id = self.labels["label_id"].gather(stored["label"])
        labeler = self.labels["labeler"].gather(stored["label"])
        return asset.with_columns(label_id, labeler, *stored.drop("asset", "label"))

    @cached_property
    def issues(self) -> pl.DataFrame:
        """Issues raised on labels and assets with the names of asset, label and labeler."""
        return self._remarks("issues")

    @property
    def problems(self) -> pl.DataFrame:
        """What was wrong or not read, most severe first; see `schema.PROBLEMS`."""
        return self.tables["problems"]

    @property
    def sources(self) -> pl.DataFrame:
        """Provenance: the files, with counts of what was read and skipped; see `schema.SOURCES`."""
        return self.tables["sources"]

    @cached_property
    def digest(self) -> str:
        """Name the content of all tables: the same for equal projects, wherever they were read from.

        It tells one state of a project from another within one version of polars; it is made of 64 bits a row, and no proof
        against somebody who makes up rows to have the same.
        """
        from labelqa.project.digest import digest

        return digest(self)

    def __repr__(self) -> str:
        counts = ", ".join(f"{self.tables[name].height:,} {name}" for name in ("assets", "labels", "annotations"))
        return f"<Project: {counts}, {self.labelers.height:,} labelers>"

    def equals(self, other: Project) -> bool:
        """Tell whether all tables are equal, cell by cell."""
        return all(self.tables[name].equals(other.tables[name]) for name in schema.TABLES)

    # --- parts and sums --------------------------------------------------------------------------------------------

    def select(
        self, *, classes: Names | None = None, roles: Names | None = None, **conditions: Unpack[LabelConditions]
    ) -> Project:
        """Take a part of the project; every condition given must hold.

        Parameters
        ----------
        projects, assets, batches, metadata : optional
            Keep these assets and their labels; `metadata` gives values that an asset must have for its keys.
        labelers, roles, since, until : optional
            Keep these labels; `since` and `until` bound `created_at` as since <= created_at < until, and labels
            without a time go. Assets stay.
        classes : optional
            Keep annotations of these classes or questions. Labels stay, even when nothing is left in them: a label
            without the class says that the labeler saw none.

        Raises
        ------
        UsageError
            If a name does not occur in the project.

        Examples
        --------
        >>> import labelqa
        >>> project = labelqa.demo(assets=20, labelers=3, seed=1)
        >>> project.select(roles="submitted", labelers=project.labelers["labeler"][0]).labels["role"].unique().to_list()
        ['submitted']
        """
        from labelqa.project.subset import subset

        return subset(self, self.selection(classes=classes, roles=roles, **conditions))

    def selection(
        self,
        *,
        classes: Names | None = None,
        roles: Names | None = None,
        projects: Names | None = None,
        assets: Names | None = None,
        labelers: Names | None = None,
        batches: Names | None = None,
        metadata: Mapping[str, str] | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Selection:
        """Check the conditions of `select`; errors as there."""
        from labelqa.project.subset import Selection

        return Selection(
            classes=known_names("class", classes, self.ontology["class"]),
            roles=known_names("role", roles, pl.Series(schema.ROLES)),
            projects=known_names("project", projects, self.assets["project_id"]),
            assets=known_names("asset", assets, self.assets["asset_id"]),
            labelers=known_names("labeler", labelers, self.labelers["labeler"]),
            batches=known_names("batch", batches, self.assets["batch"]),
            metadata=dict(metadata or {}),
            since=since,
            until=until,
        )

    @staticmethod
    def concat(projects: Iterable[Project]) -> Project:
        """Join projects into one; assets and labels that occur in several are merged as in reading several files."""
        from labelqa.project.subset import concat

        return concat(list(projects))

    def with_benchmark(self, labelers: Names) -> Project:
        """Take the labels of these labelers as ground truth (role `benchmark`).

        Raises
        ------
        UsageError
            If there is no such labeler.
        """
        from labelqa.project.problems import ProblemLog

        known = known_names("labeler", labelers, self.labelers["labeler"]) or []
        is_benchmark = self.labels["labeler"].is_in(known).fill_null(False)
        role = pl.when(is_benchmark).then(pl.lit("benchmark", schema.ROLE)).otherwise(pl.col("role"))
        project = Project({**self.tables, "labels": self.tables["labels"].with_columns(role=role)})
        log = ProblemLog()
        project.note_benchmarks(log)
        return project.with_problems(pl.concat([self.problems, log.frame()]).unique(maintain_order=True))

    def with_pseudonyms(self, key: str | bytes | None = None) -> Project:
        """Replace labelers and reviewers by keyed hashes, wherever the project names them.

        A name becomes `labeler-` and 8 hexadecimal digits of its HMAC-SHA256. It is replaced as labeler, reviewer and raiser
        of issues; and where it, the part of it before @, or the name shown for it stands as a word in file names, batches,
        metadata, problems or ids (an id with a name in it is replaced as a whole). Names of one or two characters and
        numbers are looked for only in the labels, annotations and files that are that labeler's alone.

        Not touched are classes, questions and answers, whatever people wrote there, and images. Times stay, too: who knows
        when somebody worked can recognise them.

        Parameters
        ----------
        key : str or bytes, optional
            A secret of at least 16 bytes; the same key gives the same pseudonyms. By default one that is used once.

        Raises
        ------
        UsageError
            If the key is too short, or two names get the same pseudonym (1 in 10,000 for a thousand labelers).

        Examples
        --------
        >>> import labelqa
        >>> project = labelqa.demo(assets=5, labelers=2).with_pseudonyms("a secret of 16 bytes or more")
        >>> all(name.startswith("labeler-") for name in project.labelers["labeler"])
        True
        """
        import secrets

        from labelqa.project.pseudonyms import checked_key, with_pseudonyms

        return with_pseudonyms(self, secrets.token_bytes(32) if key is None else checked_key(key))

    # --- files -----------------------------------------------------------------------------------------------------

    def write(self, folder: str | Path) -> None:
        """Write every table to Parquet in `folder` (made if need be); `labelqa.read(folder)` gives an equal project.

        Raises
        ------
        UsageError
            If the folder holds anything but an earlier project.
        """
        from labelqa.project.parquet import write

        write(self, Path(folder))

    # --- for readers -----------------------------------------------------------------------------------------------

    def with_problems(self, problems: pl.DataFrame) -> Project:
        """Give the same project with another table of problems."""
        from labelqa.project.problems import ordered

        return Project({**self.tables, "problems": ordered(problems)})

    def benchmark_labels(self) -> pl.Series:
        """Mark the benchmark label that counts on each asset: boolean, one value a label.

        Where an asset has several, the one changed last counts; missing times last, then the smallest id.
        """
        stored = self.tables["labels"]
        is_usable = (stored["role"] == "benchmark") & (stored["status"] == "submitted")
        if stored["asset"].filter(is_usable).is_unique().all():
            return is_usable
        labels = stored.select("asset", row=pl.int_range(pl.len()), time=pl.coalesce("updated_at", "created_at"))
        usable = labels.filter(is_usable)
        chosen = usable.sort("asset", "time", "row", descending=[False, True, False], nulls_last=True).unique(
            "asset", keep="first"
        )
        return labels["row"].is_in(chosen["row"].implode())

    def unread_labels(self) -> pl.Series:
        """Mark the labels that have marks in the export of which none was read: boolean, one value a label."""
        if not (self.tables["labels"]["n_unread"] > 0).any():
            return pl.repeat(False, self.tables["labels"].height, eager=True)
        has_annotation = pl.int_range(pl.len()).is_in(self.tables["annotations"]["label"].unique().implode())
        return self.tables["labels"].select((pl.col("n_unread") > 0) & ~has_annotation).to_series()

    def note_benchmarks(self, problems: ProblemLog) -> None:
        """Note the benchmark labels that do not count because their asset has a newer one."""
        labels = self.tables["labels"]
        extra = (labels["role"] == "benchmark") & (labels["status"] == "submitted") & ~self.benchmark_labels()
        problems.add_rows(
            "warning",
            labels.filter(extra).select("source", "record", found="label_id"),
            "one benchmark label for each asset; the newest counts",
            field="role",
        )


def known_names(noun: str, names: Names | None, known: pl.Series) -> list[str] | None:
    """Check names against those that occur."""
    if names is None:
        return None
    wanted = [names] if isinstance(names, str) else list(names)
    there = set(known.drop_nulls().unique().to_list())
    for name in wanted:
        if name not in there:
            raise UsageError(f"There is no {noun} {name!r} in this project{near_match(str(name), there)}")
    return wanted
