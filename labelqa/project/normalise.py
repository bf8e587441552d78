"""From rows as they were read to the tables of a project, in one canonical order.

The order does not depend on the order of files, records or rows: assets by (asset_id, project_id), labels by
(asset, label_id), annotations by (label, kind, class, value, id). Everything downstream runs in that order, which is
why results have the same bits whatever the order of the input.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from labelqa.project import schema
from labelqa.project.canonical import Numbers, order, repeated_ids
from labelqa.project.concepts import CODES, Concepts, concepts_in
from labelqa.project.links import note_links
from labelqa.project.problems import ProblemLog
from labelqa.project.project import Project
from labelqa.project.raw import Raw


def normalise(raw: Raw, problems: ProblemLog) -> Project:
    """Merge repeated assets and labels, number everything, sort canonically."""
    gone = given_up(raw.labels.with_row_index("raw_label"), problems)
    stays = np.ones(raw.labels.height, np.bool_)
    stays[gone["raw_label"].to_numpy()] = False
    labelers = labelers_of(raw.labels["labeler"], raw.labelers)
    rows = Rows.of(raw, stays, labelers, problems)
    concepts = Concepts.of(rows.seen, raw.concepts)
    tables = rows.tables(concepts, problems)
    assets = rows.assets.select("project_id", "asset_id").with_row_index("asset")
    label = rows.of_raw_labels(gone)
    return Project(
        {
            **tables,
            "labelers": labelers,
            "ontology": concepts.ontology,
            "reviews": reviews(raw.reviews, assets, label),
            "issues": issues(raw.issues, assets, label),
            "sources": sorted_sources(raw.sources),
            "problems": problems.frame(),
        }
    )


@dataclass(frozen=True, eq=False)
class Rows:
    """Assets, labels and annotations in one order, but for what takes all annotations of a project to tell.

    Parameters
    ----------
    assets, labels : polars.DataFrame
        As in the project; labels have `label`, `raw_label` and `project_id` besides.
    annotations : polars.DataFrame
        Of labels that stay, as they were read.
    number : array of int, (n,)
        Which row of `seen` each annotation's class and kind is.
    seen : polars.DataFrame
        project_id, kind, class, whether some question has more or less than one answer (`several`), `answers`.
    n_raw : int
        The number of labels that were read.
    """

    assets: pl.DataFrame
    labels: pl.DataFrame
    labelers: pl.DataFrame
    annotations: pl.DataFrame
    number: Numbers
    seen: pl.DataFrame
    n_raw: int

    @classmethod
    def of(cls, raw: Raw, stays: NDArray[np.bool_], labelers: pl.DataFrame, problems: ProblemLog) -> Rows:
        """Sort assets and labels; annotations of labels that do not stay go."""
        assets = _assets(raw.assets, problems)
        labels = _labels(raw.labels, stays, assets, labelers)
        annotations = _kept(raw.annotations, labels, raw.labels.height, problems)
        project = labels["project_id"].cast(CODES).gather(annotations["label"])
        number, seen = concepts_in(annotations, project)
        return cls(assets, labels, labelers, annotations, number, seen, raw.labels.height)

    def tables(self, concepts: Concepts, problems: ProblemLog) -> dict[str, pl.DataFrame]:
        """Make the tables assets, labels and annotations, and list what is wrong in them."""
        annotations = _annotations(self, concepts, problems)
        tables = {"assets": self.assets, "labels": self.labels.select(*schema.LABELS), "annotations": annotations}
        _note_unknown_labelers(tables["labels"], problems)
        project = Project({**tables, "labelers": self.labelers, "ontology": concepts.ontology})
        project.note_benchmarks(problems)
        problems.add_rows(
            "warning",
            tables["labels"].filter(project.unread_labels()).select("source", "record", found="label_id"),
            "a label of which something can be read; it is not empty and takes part in no comparison",
            field="label",
        )
        return tables

    def of_raw_labels(self, gone: pl.DataFrame) -> pl.Series:
        """Say which row of `labels` has become of each label that was read, or of the one that stays in its place."""
        row_of = np.zeros(self.n_raw, np.uint32)
        row_of[self.labels["raw_label"].to_numpy()] = np.arange(self.labels.height, dtype=np.uint32)
        row_of[gone["raw_label"].to_numpy()] = row_of[gone["stays"].to_numpy()]
        return pl.Series(row_of)


def _assets(raw: pl.DataFrame, problems: ProblemLog) -> pl.DataFrame:
    """One row an asset. Where records contradict each other the smallest value is taken and the asset noted."""
    raw = raw.with_columns(pl.col(name).cast(pl.String) for name in ("project_id", "batch", "dataset"))
    values = ["name", "width", "height", "batch", "dataset", "labels_asked", "created_at"]
    key = ["asset_id", "project_id"]
    one = raw.group_by(key).agg(
        *(pl.col(name).min() for name in values),
        *(pl.col(name).drop_nulls().n_unique().alias(f"n_{name}") for name in ("width", "height")),
        pl.col("metadata").explode(empty_as_null=False, keep_nulls=False).unique().sort(),
    )
    one = one.sort(key)
    torn = one.filter((pl.col("n_width") > 1) | (pl.col("n_height") > 1))
    problems.add_rows(
        "warning",
        torn.select(source=pl.lit(None, pl.String), record=pl.lit(None, pl.Int64), found="asset_id"),
        "one frame size for each asset; the smallest width and height are taken",
        field="width, height",
    )
    return one.select(pl.col(name).cast(column.dtype) for name, column in schema.ASSETS.items())


def labelers_of(seen: pl.Series, told: pl.DataFrame) -> pl.DataFrame:
    """One row a labeler that made a label, sorted by name.

    Parameters
    ----------
    seen : polars.Series
        The labelers of labels, once or more often.
    told : polars.DataFrame
        What is told of labelers; as `RAW_LABELERS`.
    """
    told = told.group_by("labeler").agg(pl.col("name").min(), pl.col("is_model").any())
    return (
        pl.DataFrame({"labeler": seen.unique().drop_nulls().cast(pl.String)})
        .join(told, on="labeler", how="left")
        .sort("labeler")
        .select("labeler", "name", pl.col("is_model").fill_null(False))
    )


def _labels(raw: pl.DataFrame, stays: NDArray[np.bool_], assets: pl.DataFrame, labelers: pl.DataFrame) -> pl.DataFrame:
    """One row a label that stays, sorted. `raw_label` keeps the number it had."""
    named = raw.with_row_index("raw_label").with_columns(
        pl.col(name).cast(pl.String) for name in ("project_id", "labeler", "source")
    )
    if not stays.all():
        named = named.filter(pl.Series(stays))
    asset_rows = assets.select("project_id", "asset_id").with_row_index("asset")
    labeler_rows = labelers.select("labeler").with_row_index("labeler_row")
    return (
        named.join(asset_rows, on=["project_id", "asset_id"], how="left")
        .join(labeler_rows, on="labeler", how="left")
        .sort("asset", "label_id")
        .with_row_index("label")
        .with_columns(pl.col(name).cast(schema.ROW) for name in ("asset", "labeler_row", "label", "raw_label"))
    )


def given_up(labels: pl.DataFrame, problems: ProblemLog) -> pl.DataFrame:
    """List the labels that go: of those with one id in a project, the one changed last stays.

    Parameters
    ----------
    labels : polars.DataFrame
        As `Raw.labels`, and the number `raw_label` of each.
    problems : ProblemLog
        Gets the problems.

    Returns
    -------
    polars.DataFrame
        `raw_label`, and the number of the label that `stays` in its place.
    """
    if labels["label_id"].n_unique() == labels.height:
        return pl.DataFrame(schema={"raw_label": schema.ROW, "stays": schema.ROW})
    texts = ("project_id", "labeler", "source")
    named = labels.with_columns(pl.col(name).cast(pl.String) for name in texts)
    key = ["project_id", "label_id"]
    newest_first = ["updated_at", "created_at", "source", "record", "asset_id", "labeler", "raw_label"]
    descending = [False, False, True, True, False, False, False, False, False]
    ranked = named.sort(*key, *newest_first, descending=descending, nulls_last=True)
    is_first = ranked.select(pl.struct(key).is_first_distinct()).to_series()
    gone = ranked.filter(~is_first)
    problems.add_rows(
        "warning",
        gone.select("source", "record", found="label_id"),
        "a label id that occurs once in the project; of labels with one id the one changed last is kept",
        field="label_id",
    )
    row_of_first = (is_first.cum_sum() - 1).filter(~is_first)
    stays = ranked["raw_label"].filter(is_first).gather(row_of_first)
    return gone.select("raw_label").with_columns(stays=stays).cast(schema.ROW)


def _kept(raw: pl.DataFrame, labels: pl.DataFrame, n_raw: int, problems: ProblemLog) -> pl.DataFrame:
    """Let annotations refer to the sorted labels; those of labels that were not kept go."""
    row_of = np.full(n_raw, labels.height, np.uint32)
    row_of[labels["raw_label"].to_numpy()] = np.arange(labels.height, dtype=np.uint32)
    row = row_of[raw["label"].to_numpy()]
    kept = raw.with_columns(label=row, kind=pl.col("kind").cast(CODES), **{"class": pl.col("class").cast(CODES)})
    if labels.height < n_raw:
        kept = kept.filter(row < labels.height)
    is_skipped = (labels["status"] == "skipped").to_numpy()
    skipped = int(np.count_nonzero(is_skipped[kept["label"].to_numpy()])) if is_skipped.any() else 0
    if skipped:
        expected = "no annotations in a skipped label; they are kept and not compared"
        problems.add_total("warning", expected, field="status", n=skipped)
    return kept


def _annotations(rows: Rows, concepts: Concepts, problems: ProblemLog) -> pl.DataFrame:
    """Number the classes, sort canonically, and give an id to annotations without one, from label and rank."""
    key = ["project_id", "kind", "class"]
    concept = rows.seen.join(concepts.rows, on=key, how="left", maintain_order="left")["concept"].cast(schema.ROW)
    table = rows.annotations.drop("kind", "class").with_columns(
        concept=concept.to_numpy()[rows.number], is_crowd=pl.col("is_crowd").fill_null(False)
    )
    table = _taken(table, order(table))
    table = _answered_once(table, rows.labels, concepts.ontology, problems)
    table = _with_ids(table, rows.labels, problems)
    kind = concepts.ontology["kind"].gather(table["concept"])
    if table["parent_id"].null_count() < table.height or (kind == "relation").any():
        note_links(_with_source(table.with_columns(kind), rows.labels), problems)
    return table.select(*schema.ANNOTATIONS)


def _taken(table: pl.DataFrame, rows: Numbers) -> pl.DataFrame:
    """Take rows of a table; columns without any value, of which most tables have several, are not gone through."""
    empty = [name for name in table.columns if table[name].null_count() == table.height]
    nulls = [pl.lit(None, table.schema[name]).alias(name) for name in empty]
    return table.drop(empty)[rows].with_columns(nulls)


def _with_ids(table: pl.DataFrame, labels: pl.DataFrame, problems: ProblemLog) -> pl.DataFrame:
    """Give an id to sorted annotations that have none, or that of another one in their label."""
    repeated = repeated_ids(table)
    if repeated is not None:
        torn = table.filter(repeated)
        problems.add_rows(
            "warning",
            _with_source(torn, labels).select("source", "record", found="annotation_id"),
            "an annotation id that occurs once in its label; all are kept, with ids derived from the label's",
            field="annotation_id",
        )
        table = table.with_columns(annotation_id=pl.when(~pl.Series(repeated)).then(pl.col("annotation_id")))
    return table if not table["annotation_id"].null_count() else table.with_columns(_identified(table, labels))


def _identified(table: pl.DataFrame, labels: pl.DataFrame) -> pl.Series:
    """Give each annotation its own id, else one derived from label and rank, so that all differ within a label."""
    label_id = labels["label_id"].gather(table["label"])
    derived = pl.format("{}#{}", label_id, pl.int_range(pl.len()).over("label"))
    given = table.select("label", "annotation_id")
    ids = given.select("label", annotation_id=pl.coalesce("annotation_id", derived))
    # A given id may be just that which is derived for another annotation; in such a label none of that form counts.
    looks = pl.col("annotation_id").str.starts_with(pl.col("form")).fill_null(False)
    lookalike = given.with_columns(form=label_id + "#").select(looks).to_series()
    if lookalike.any():
        torn = ids.filter(ids.is_duplicated())["label"].unique()
        own = pl.when(~(lookalike & given["label"].is_in(torn.implode()))).then(pl.col("annotation_id"))
        ids = given.select(annotation_id=pl.coalesce(own, derived))
    return ids["annotation_id"]


def _answered_once(
    table: pl.DataFrame, labels: pl.DataFrame, ontology: pl.DataFrame, problems: ProblemLog
) -> pl.DataFrame:
    """Keep one answer to each question of a label, the first in canonical order."""
    is_question = ontology["kind"].is_in(schema.QUESTIONS).to_numpy()
    asked = np.flatnonzero(is_question[table["concept"].to_numpy()]) if is_question.any() else np.zeros(0, np.intp)
    once = table[asked].select(pl.struct("label", "concept", "place", "parent_id").is_first_distinct()).to_series()
    if once.all():
        return table
    again = np.zeros(table.height, np.bool_)
    again[asked[~once.to_numpy()]] = True
    found = table.filter(again).with_columns(found=ontology["class"].gather(table["concept"].filter(again)))
    problems.add_rows(
        "error",
        _with_source(found, labels).select("source", "record", "found"),
        "one answer to each question in a label; the first in canonical order is kept",
        field="answer",
    )
    return table.filter(~again)


def _with_source(annotations: pl.DataFrame, labels: pl.DataFrame) -> pl.DataFrame:
    return annotations.join(labels.select("label", "source", "record"), on="label", how="left", maintain_order="left")


def reviews(raw: pl.DataFrame, assets: pl.DataFrame, label: pl.Series) -> pl.DataFrame:
    """Let reviews refer to the sorted tables.

    Parameters
    ----------
    raw : polars.DataFrame
        As `Raw.reviews`.
    assets : polars.DataFrame
        project_id, asset_id and the row `asset` of their assets.
    label : polars.Series
        The row of each label that was read.
    """
    found = _remarks(raw, assets, label, schema.REVIEWS)
    return found.unique().sort("asset", "label", "created_at", "reviewer", "verdict", nulls_last=True)


def issues(raw: pl.DataFrame, assets: pl.DataFrame, label: pl.Series) -> pl.DataFrame:
    """Let issues refer to the sorted tables; parameters as of `reviews`.

    Where an asset's are only counted, the greatest count stands: files of one asset repeat it.
    """
    found = _remarks(raw, assets, label, schema.ISSUES)
    key = [name for name in schema.ISSUES if name != "n"]
    return found.group_by(key).agg(pl.col("n").max()).select(*schema.ISSUES).sort(key, nulls_last=True)


def sorted_sources(sources: pl.DataFrame) -> pl.DataFrame:
    """Sort the files that were read."""
    return sources.sort(sources.columns, nulls_last=True)


def _remarks(remarks: pl.DataFrame, assets: pl.DataFrame, label: pl.Series, columns: schema.Schema) -> pl.DataFrame:
    """Let reviews or issues refer to the sorted tables; those of a label that was merged go to the one that stayed."""
    return (
        remarks.with_columns(pl.col("project_id").cast(pl.String), label=label.gather(remarks["label"]))
        .join(assets, on=["project_id", "asset_id"], how="left")
        .select(pl.col(name).cast(column.dtype) for name, column in columns.items())
    )


def _note_unknown_labelers(labels: pl.DataFrame, problems: ProblemLog) -> None:
    unknown = labels.filter(pl.col("labeler_row").is_null() & (pl.col("role") == "submitted"))
    problems.add_rows(
        "warning",
        unknown.select("source", "record", found="label_id"),
        "a labeler for each label; a label by nobody known is compared with the benchmark only",
        field="labeler",
    )
