"""Parts and sums of projects: back to rows with names, filter or join, and number again."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import polars as pl

from labelqa.project import schema
from labelqa.project.normalise import normalise
from labelqa.project.problems import ProblemLog
from labelqa.project.project import Project
from labelqa.project.raw import Raw


@dataclass(frozen=True)
class Selection:
    """What to keep; None keeps all. Names are known to occur."""

    projects: list[str] | None = None
    assets: list[str] | None = None
    classes: list[str] | None = None
    labelers: list[str] | None = None
    roles: list[str] | None = None
    batches: list[str] | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    since: datetime | None = None
    until: datetime | None = None
    keys: pl.DataFrame | None = None
    """Assets by project_id and asset_id."""

    @property
    def of_labels(self) -> bool:
        """Whether it takes some labels of an asset and leaves others."""
        return any(given is not None for given in (self.labelers, self.roles, self.since, self.until))


def subset(project: Project, selection: Selection) -> Project:
    """Keep the assets, labels and annotations that fit."""
    raw = raw_tables(project)
    assets = raw.assets.filter(_asset_fits(selection))
    if selection.keys is not None:
        assets = assets.join(selection.keys, on=["project_id", "asset_id"], how="semi", maintain_order="left")
    labels = raw.labels.with_row_index("label").with_columns(pl.col("label").cast(schema.ROW))
    labels = labels.join(assets.select("project_id", "asset_id"), on=["project_id", "asset_id"], how="semi").filter(
        _label_fits(selection)
    )
    renumbered = labels.select("label").with_row_index("new").with_columns(pl.col("new").cast(schema.ROW))
    annotations = raw.annotations.join(renumbered, on="label", how="inner").filter(_any(selection.classes, "class"))

    def kept(remarks: pl.DataFrame) -> pl.DataFrame:
        """Keep what is said of the labels that stay, or of their assets."""
        here = remarks.join(assets.select("project_id", "asset_id"), on=["project_id", "asset_id"], how="semi")
        here = here.join(renumbered, on="label", how="left")
        here = here.filter(pl.col("label").is_null() | pl.col("new").is_not_null())
        return here.drop("label").rename({"new": "label"})

    part = normalise(
        Raw(
            assets=assets,
            labels=labels.drop("label"),
            annotations=annotations.drop("label").rename({"new": "label"}),
            labelers=raw.labelers,
            concepts=raw.concepts.filter(
                _any(selection.classes, "class") & pl.col("project_id").is_in(assets["project_id"].unique().implode())
            ),
            reviews=kept(raw.reviews),
            issues=kept(raw.issues),
            sources=raw.sources,
        ),
        ProblemLog(),
    )
    return part.with_problems(project.problems)


def fitting(project: Project, selection: Selection) -> tuple[pl.Series, pl.Series]:
    """Mark the assets, and the labels of these assets, that fit: boolean, one value a row of either table."""
    asset = project.assets.select(_asset_fits(selection)).to_series().rename("asset")
    if len(asset) != project.assets.height:  # no condition: one value stands for all
        asset = pl.repeat(True, project.assets.height, dtype=pl.Boolean, eager=True)
    label = project.labels.select(pl.lit(True) & _label_fits(selection)).to_series()
    if len(label) != project.labels.height:
        label = pl.repeat(True, project.labels.height, dtype=pl.Boolean, eager=True)
    asset, label = asset.fill_null(False), label.fill_null(False)
    return asset, label & asset.gather(project.tables["labels"]["asset"])


def with_assets(project: Project, keys: pl.DataFrame) -> Project:
    """Keep these assets, by project_id and asset_id, with their labels."""
    return subset(project, Selection(keys=keys))


def with_labels(project: Project, rows: pl.Series) -> Project:
    """Keep these labels (rows of `labels`), their assets and annotations."""
    raw = raw_tables(project)
    numbers = rows.cast(schema.ROW).sort()
    renumbered = pl.DataFrame({"label": numbers}).with_row_index("new").with_columns(pl.col("new").cast(schema.ROW))
    labels = raw.labels[numbers]
    key = ["project_id", "asset_id"]

    def kept(frame: pl.DataFrame) -> pl.DataFrame:
        """Keep what belongs to the labels that stay."""
        return frame.join(renumbered, on="label", how="inner").drop("label").rename({"new": "label"})

    part = normalise(
        Raw(
            assets=raw.assets.join(labels.select(key).unique(), on=key, how="semi"),
            labels=labels,
            annotations=kept(raw.annotations),
            labelers=raw.labelers,
            concepts=raw.concepts,
            reviews=kept(raw.reviews),
            issues=kept(raw.issues),
            sources=raw.sources,
        ),
        ProblemLog(),
    )
    return part.with_problems(project.problems)


def concat(projects: list[Project]) -> Project:
    """Join projects; labels with one id are merged as `normalise` says."""
    raws = [raw_tables(project) for project in projects]
    first_label = [0]
    for raw in raws:
        first_label.append(first_label[-1] + raw.labels.height)

    def shifted(frame: pl.DataFrame, by: int) -> pl.DataFrame:
        return frame.with_columns((pl.col("label") + by).cast(schema.ROW))

    log = ProblemLog()
    joined = normalise(
        Raw(
            assets=pl.concat([raw.assets for raw in raws]),
            labels=pl.concat([raw.labels for raw in raws]),
            annotations=pl.concat(
                [shifted(raw.annotations, first) for raw, first in zip(raws, first_label, strict=False)]
            ),
            labelers=pl.concat([raw.labelers for raw in raws]),
            concepts=pl.concat([raw.concepts for raw in raws]),
            reviews=pl.concat([shifted(raw.reviews, first) for raw, first in zip(raws, first_label, strict=False)]),
            issues=pl.concat([shifted(raw.issues, first) for raw, first in zip(raws, first_label, strict=False)]),
            sources=pl.concat([raw.sources for raw in raws]),
        ),
        log,
    )
    problems = pl.concat([*(project.problems for project in projects), joined.problems])
    return joined.with_problems(problems.unique(maintain_order=True))


def raw_tables(project: Project) -> Raw:
    """Undo the numbering: the tables as rows with names."""
    labels, annotations = project.labels, project.annotations

    def numbered(remarks: pl.DataFrame, table: str) -> pl.DataFrame:
        return remarks.with_columns(project.tables[table]["label"]).drop("label_id", "labeler")

    return Raw(
        assets=project.assets,
        labels=labels,
        annotations=annotations.with_columns(project.tables["annotations"]["label"]).drop(
            "asset_id", "label_id", "labeler", "role", "project_id"
        ),
        labelers=project.labelers,
        concepts=project.ontology.filter("declared").drop("declared"),
        reviews=numbered(project.reviews, "reviews"),
        issues=numbered(project.issues, "issues"),
        sources=project.sources,
    )


def _any(names: list[str] | None, column: str) -> pl.Expr:
    return pl.lit(True) if names is None else pl.col(column).cast(pl.String).is_in(names)


def _asset_fits(selection: Selection) -> pl.Expr:
    fits = (
        _any(selection.projects, "project_id") & _any(selection.assets, "asset_id") & _any(selection.batches, "batch")
    )
    for key, value in selection.metadata.items():
        same = (pl.element().struct["key"] == key) & (pl.element().struct["value"] == value)
        fits &= pl.col("metadata").list.eval(same).list.any()
    return fits


def _label_fits(selection: Selection) -> pl.Expr:
    fits = _any(selection.labelers, "labeler") & _any(selection.roles, "role")
    if selection.since is not None:
        fits &= pl.col("created_at") >= selection.since
    if selection.until is not None:
        fits &= pl.col("created_at") < selection.until
    return fits
