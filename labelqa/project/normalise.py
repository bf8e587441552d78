"""From rows as they were read to the tables of a project, in one canonical order.

The order does not depend on the order of files, records or rows: assets by (asset_id, project_id), labels by
(asset, label_id), annotations by (label, kind, class, value, id). Everything downstream runs in that order, which is
why results have the same bits whatever the order of the input.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from labelqa.project import schema
from labelqa.project.canonical import Numbers, distinct, order, repeated_ids
from labelqa.project.links import note_links
from labelqa.project.problems import ProblemLog
from labelqa.project.project import Project
from labelqa.project.raw import Raw

_CODES = pl.Categorical()


def normalise(raw: Raw, problems: ProblemLog) -> Project:
    """Merge repeated assets and labels, number everything, sort canonically."""
    assets = _assets(raw.assets, problems)
    labelers = _labelers(raw)
    labels = _labels(raw.labels, assets, labelers, problems)
    kept = _kept(raw.annotations, labels, raw.labels.height, problems)
    annotations, ontology = _annotations(raw, kept, labels, problems)
    tables = {
        "assets": assets,
        "labels": labels.select(*schema.LABELS),
        "annotations": annotations,
        "labelers": labelers,
        "ontology": ontology,
        "reviews": _remarks(raw.reviews, raw.labels, assets, labels, schema.REVIEWS)
        .unique()
        .sort("asset", "label", "created_at", "reviewer", "verdict", nulls_last=True),
        "issues": _issues(_remarks(raw.issues, raw.labels, assets, labels, schema.ISSUES)),
        "sources": raw.sources.sort(raw.sources.columns, nulls_last=True),
    }
    _note_unknown_labelers(tables["labels"], problems)
    project = Project({**tables, "problems": schema.empty(schema.PROBLEMS)})
    project.note_benchmarks(problems)
    problems.add_rows(
        "warning",
        tables["labels"].filter(project.unread_labels()).select("source", "record", found="label_id"),
        "a label of which something can be read; it is not empty and takes part in no comparison",
        field="label",
    )
    return project.with_problems(problems.frame())


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


def _labelers(raw: Raw) -> pl.DataFrame:
    """One row a labeler that made a label, sorted by name."""
    seen = raw.labels.select(pl.col("labeler").cast(pl.String)).drop_nulls().unique()
    told = raw.labelers.group_by("labeler").agg(pl.col("name").min(), pl.col("is_model").any())
    return (
        seen.join(told, on="labeler", how="left")
        .sort("labeler")
        .select("labeler", "name", pl.col("is_model").fill_null(False))
    )


def _labels(raw: pl.DataFrame, assets: pl.DataFrame, labelers: pl.DataFrame, problems: ProblemLog) -> pl.DataFrame:
    """One row a label id; of labels with one id the one changed last stays. `raw_label` keeps the number it had."""
    named = raw.with_row_index("raw_label").with_columns(
        pl.col(name).cast(pl.String) for name in ("project_id", "labeler", "source")
    )
    if named["label_id"].n_unique() < named.height:
        named = _newest(named, problems)
    asset_rows = assets.select("project_id", "asset_id").with_row_index("asset")
    labeler_rows = labelers.select("labeler").with_row_index("labeler_row")
    return (
        named.join(asset_rows, on=["project_id", "asset_id"], how="left")
        .join(labeler_rows, on="labeler", how="left")
        .sort("asset", "label_id")
        .with_row_index("label")
        .with_columns(pl.col(name).cast(schema.ROW) for name in ("asset", "labeler_row", "label", "raw_label"))
    )


def _newest(labels: pl.DataFrame, problems: ProblemLog) -> pl.DataFrame:
    """Keep the label changed last of those with one id in a project."""
    key = ["project_id", "label_id"]
    newest_first = ["updated_at", "created_at", "source", "record", "asset_id", "labeler"]
    ranked = labels.sort(
        *key, *newest_first, descending=[False, False, True, True, False, False, False, False], nulls_last=True
    )
    first = ranked.select(pl.struct(key).is_first_distinct()).to_series()
    problems.add_rows(
        "warning",
        ranked.filter(~first).select("source", "record", found="label_id"),
        "a label id that occurs once in the project; of labels with one id the one changed last is kept",
        field="label_id",
    )
    return ranked.filter(first)


def _kept(raw: pl.DataFrame, labels: pl.DataFrame, n_raw: int, problems: ProblemLog) -> pl.DataFrame:
    """Let annotations refer to the sorted labels; those of labels that were not kept go."""
    row_of = np.full(n_raw, labels.height, np.uint32)
    row_of[labels["raw_label"].to_numpy()] = np.arange(labels.height, dtype=np.uint32)
    row = row_of[raw["label"].to_numpy()]
    kept = raw.with_columns(label=row, kind=pl.col("kind").cast(_CODES), **{"class": pl.col("class").cast(_CODES)})
    if labels.height < n_raw:
        kept = kept.filter(row < labels.height)
    is_skipped = (labels["status"] == "skipped").to_numpy()
    skipped = int(np.count_nonzero(is_skipped[kept["label"].to_numpy()])) if is_skipped.any() else 0
    if skipped:
        problems.add(
            "warning",
            None,
            "no annotations in a skipped label; they are kept and not compared",
            field="status",
            n=skipped,
        )
    return kept


def _concepts(annotations: pl.DataFrame, labels: pl.DataFrame) -> tuple[Numbers, pl.DataFrame]:
    """Number the classes and kinds in use; gives that of each annotation, and `project_id`, `kind`, `class` of each.

    A question answered with more or less than one answer anywhere is a checklist everywhere in its project: some
    exports do not say whether several answers are allowed, so that single answers look like a choice.
    """
    label = annotations["label"].to_numpy()
    project = labels["project_id"].cast(_CODES)
    codes = (annotations[name].to_physical().to_numpy() for name in ("kind", "class"))
    number, first = distinct(project.to_physical().to_numpy()[label], *codes)
    used = annotations[first].select(
        project.gather(label[first]).cast(pl.String), pl.col("kind", "class").cast(pl.String)
    )
    is_choice = (used["kind"] == "choice").to_numpy()
    if not is_choice.any():
        return number, used
    n_answers = annotations["answer"].list.len().fill_null(1).to_numpy()
    several = is_choice & (np.bincount(number, n_answers != 1, len(first)) > 0)
    lists = used.filter((pl.col("kind") == "checklist") | pl.Series(several)).select(
        "project_id", "class", several=True
    )
    used = used.join(lists.unique(), on=["project_id", "class"], how="left", maintain_order="left")
    kind = pl.when(pl.Series(is_choice) & pl.col("several").fill_null(False)).then(pl.lit("checklist"))
    return number, used.select("project_id", kind.otherwise(pl.col("kind")).alias("kind"), "class")


def _ontology(raw: Raw, annotations: pl.DataFrame, number: Numbers, used: pl.DataFrame) -> pl.DataFrame:
    """One row a class and kind, declared or seen."""
    key = ["project_id", "kind", "class"]
    is_answered = used["kind"].is_in(schema.ANSWERED).to_numpy()
    rows = np.flatnonzero(is_answered[number]) if is_answered.any() else np.zeros(0, np.intp)
    given = annotations["answer"][rows].to_frame("answers").with_columns(number=number[rows])
    answers = given.group_by("number").agg(pl.col("answers").explode(empty_as_null=False, keep_nulls=False).unique())
    seen = used.with_columns(number=np.arange(used.height), declared=False).join(answers, on="number", how="left")
    declared = raw.concepts.with_columns(declared=pl.lit(True))
    both = pl.concat([seen.drop("number"), declared], how="diagonal")
    merged = both.group_by(key).agg(
        answers=pl.col("answers").explode(empty_as_null=False, keep_nulls=False).unique().sort(),
        scale_min=pl.col("scale_min").min(),
        scale_max=pl.col("scale_max").max(),
        declared=pl.col("declared").any(),
    )
    return merged.sort(key).select(*schema.ONTOLOGY)


def _annotations(
    raw: Raw, annotations: pl.DataFrame, labels: pl.DataFrame, problems: ProblemLog
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Number the classes, sort canonically, and give an id to annotations without one, from label and rank.

    Gives the annotations and the ontology.
    """
    number, used = _concepts(annotations, labels)
    ontology = _ontology(raw, annotations, number, used)
    rows = ontology.select("project_id", "kind", "class").with_row_index("concept")
    concept = used.join(rows, on=["project_id", "kind", "class"], how="left", maintain_order="left")["concept"]
    table = annotations.drop("kind", "class").with_columns(
        concept=concept.cast(schema.ROW).to_numpy()[number], is_crowd=pl.col("is_crowd").fill_null(False)
    )
    table = _taken(table, order(table))
    table = _answered_once(table, labels, ontology, problems)
    table = _with_ids(table, labels, problems)
    kind = ontology["kind"].gather(table["concept"])
    if table["parent_id"].null_count() < table.height or "relation" in ontology["kind"]:
        note_links(_with_source(table.with_columns(kind), labels), problems)
    return table.select(*schema.ANNOTATIONS), ontology


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


def _remarks(
    remarks: pl.DataFrame, raw: pl.DataFrame, assets: pl.DataFrame, labels: pl.DataFrame, columns: schema.Schema
) -> pl.DataFrame:
    """Let reviews or issues refer to the sorted tables; those of a label that was merged go to the one that stayed."""
    asset_rows = assets.select("project_id", "asset_id").with_row_index("asset")
    label_id = raw["label_id"].gather(remarks["label"])
    return (
        remarks.drop("label")
        .with_columns(pl.col("project_id").cast(pl.String), label_id=label_id)
        .join(asset_rows, on=["project_id", "asset_id"], how="left")
        .join(labels.select("project_id", "label_id", "label"), on=["project_id", "label_id"], how="left")
        .select(pl.col(name).cast(column.dtype) for name, column in columns.items())
    )


def _issues(issues: pl.DataFrame) -> pl.DataFrame:
    """Sort the issues. Where an asset's are only counted, the greatest count stands: files of one asset repeat it."""
    key = [name for name in schema.ISSUES if name != "n"]
    return issues.group_by(key).agg(pl.col("n").max()).select(*schema.ISSUES).sort(key, nulls_last=True)


def _note_unknown_labelers(labels: pl.DataFrame, problems: ProblemLog) -> None:
    unknown = labels.filter(pl.col("labeler_row").is_null() & (pl.col("role") == "submitted"))
    problems.add_rows(
        "warning",
        unknown.select("source", "record", found="label_id"),
        "a labeler for each label; a label by nobody known is compared with the benchmark only",
        field="labeler",
    )
