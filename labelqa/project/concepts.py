"""The classes and kinds of a project: what was seen in its annotations, part by part, and the ontology made of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from labelqa.project import schema
from labelqa.project.canonical import Numbers, distinct

CODES = pl.Categorical()


@dataclass(frozen=True, eq=False)
class Concepts:
    """The ontology, and where in it the classes and kinds are that were seen.

    Parameters
    ----------
    ontology : polars.DataFrame
        The table of the project.
    rows : polars.DataFrame
        project_id, kind and class as they were seen, and their row `concept` of the ontology.
    """

    ontology: pl.DataFrame
    rows: pl.DataFrame

    @classmethod
    def of(cls, seen: pl.DataFrame, declared: pl.DataFrame) -> Concepts:
        """Number what was seen (as `concepts_in` gives it, once or in parts) and declared (`RAW_CONCEPTS`).

        A question answered with more or less than one answer anywhere is a checklist everywhere in its project: some
        exports do not say whether several answers are allowed, so that single answers look like a choice.
        """
        key = ["project_id", "kind", "class"]
        answers = pl.col("answers").explode(empty_as_null=False, keep_nulls=False).unique().sort()
        seen = seen.group_by(key).agg(pl.col("several").any(), answers)
        is_list = (pl.col("kind") == "checklist") | ((pl.col("kind") == "choice") & pl.col("several"))
        lists = seen.filter(is_list).select("project_id", "class", in_list=True).unique()
        seen = seen.join(lists, on=["project_id", "class"], how="left")
        is_list = (pl.col("kind") == "choice") & pl.col("in_list").fill_null(False)
        seen = seen.with_columns(
            seen_kind="kind", kind=pl.when(is_list).then(pl.lit("checklist")).otherwise("kind"), declared=False
        )
        both = pl.concat(
            [seen.drop("several", "in_list", "seen_kind"), declared.with_columns(declared=pl.lit(True))], how="diagonal"
        )
        ontology = both.group_by(key).agg(
            answers=answers,
            scale_min=pl.col("scale_min").min(),
            scale_max=pl.col("scale_max").max(),
            declared=pl.col("declared").any(),
        )
        ontology = ontology.sort(key).select(*schema.ONTOLOGY)
        rows = ontology.select(key).with_row_index("concept")
        found = seen.join(rows, on=key, how="left").select("project_id", "class", "concept", kind="seen_kind")
        return cls(ontology, found)


def concepts_in(annotations: pl.DataFrame, project: pl.Series) -> tuple[Numbers, pl.DataFrame]:
    """Number the classes and kinds of annotations.

    Parameters
    ----------
    annotations : polars.DataFrame
        n rows with kind and class (categories) and answer.
    project : polars.Series of categories
        The project that each is in.

    Returns
    -------
    number : array of int, (n,)
    seen : polars.DataFrame
        What has each number: project_id, kind, class, whether some question has more or less than one answer (`several`),
        and all `answers` to it.
    """
    kind, cls = (annotations[name].cast(CODES) for name in ("kind", "class"))
    number, first = distinct(*(codes.to_physical().to_numpy() for codes in (project, kind, cls)))
    seen = pl.DataFrame(
        {
            "project_id": project.gather(first).cast(pl.String),
            "kind": kind.gather(first).cast(pl.String),
            "class": cls.gather(first).cast(pl.String),
        }
    ).with_columns(several=False, answers=pl.lit(None, pl.List(pl.String())))
    is_answered = seen["kind"].is_in(schema.ANSWERED).to_numpy()
    if not is_answered.any():
        return number, seen
    rows = np.flatnonzero(is_answered[number])
    answers = pl.col("answer").explode(empty_as_null=False, keep_nulls=False).unique()
    given = pl.DataFrame({"number": number[rows], "answer": annotations["answer"].gather(rows)})
    several = (pl.col("answer").list.len().fill_null(1) != 1).any()
    found = given.group_by("number").agg(several=several, answers=answers)
    by_number = pl.DataFrame({"number": np.arange(seen.height)}).join(
        found, on="number", how="left", maintain_order="left"
    )
    return number, seen.with_columns(by_number["several"].fill_null(False), by_number["answers"])
