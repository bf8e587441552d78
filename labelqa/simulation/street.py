"""The demo: a realistic project of street scenes, made by labelers whose skill is known."""

from __future__ import annotations

import numpy as np
import polars as pl

from labelqa.kinds.kind import Floats, Ints, spread
from labelqa.project import Builder, Project, schema
from labelqa.simulation.draws import Draws
from labelqa.simulation.labeling import Labels, labels
from labelqa.simulation.people import EXPERT, REVIEWER, display_name, truth, whole
from labelqa.simulation.scenes import (
    BATCHES,
    CAMERAS,
    CLASSES,
    HAZARDS,
    HEIGHT,
    LIGHTING,
    WEATHER,
    WIDTH,
    Scenes,
    scenes,
)
from labelqa.simulation.workday import Reviews, Times, reviewed, timed

_PROJECT = "demo"


def demo(assets: int = 200, labelers: int = 6, seed: int = 0) -> Project:
    """Make up a project of street scenes with labelers of known skill; `truth` tells how skilled.

    Each asset is labeled by three labelers (by all, where there are fewer), who miss objects, draw around nothing,
    draw a little beside, take cars for trucks, answer questions wrongly, pass an asset over or leave a tab open. The
    benchmark labels, on 15 % of the assets, are the truth itself; a reviewer has seen a fifth of the labels.

    Parameters
    ----------
    assets : int
        How many, at least 0. Assets 1 to n are the same however many more are asked for.
    labelers : int
        How many, at least 1.
    seed : int
        The same arguments give the same project, to the bit.

    Returns
    -------
    Project
        In it: boxes of five classes, a choice (`weather`) and a checklist (`hazards`; no answer where there is none).

    Raises
    ------
    UsageError
        If an argument is not a whole number or too small.

    Examples
    --------
    >>> demo(assets=20, labelers=3, seed=1)
    <Project: 20 assets, 63 labels, 356 annotations, 4 labelers>
    """
    n_assets = whole("assets", assets, least=0)
    skills = truth(labelers, seed)
    draws = Draws(seed)
    street = scenes(n_assets, draws)
    work = labels(street, skills, draws)
    submitted_at, seconds = timed(work, street, skills, draws)
    reviews = reviewed(work, submitted_at, street, draws)

    builder = Builder()
    builder.source("demo", "demo")
    builder.records(n_assets)
    _add_names(builder, skills)
    _add_assets(builder, street)
    first = _add_labels(builder, work, skills, submitted_at, seconds, reviews)
    _add_boxes(builder, first + work.drawn.owner, work.drawn.cls, work.drawn.boxes)
    answered = np.flatnonzero(~work.is_skipped)
    _add_answers(builder, first + answered, work.weather[answered], work.hazards[answered])
    _add_reviews(builder, first, work, reviews)
    _add_benchmark(builder, street)
    return builder.project()


def _add_names(builder: Builder, skills: pl.DataFrame) -> None:
    """Declare classes, questions and labelers."""
    for cls in CLASSES:
        builder.concept(_PROJECT, "bbox", cls)
    builder.concept(_PROJECT, "choice", "weather", WEATHER)
    builder.concept(_PROJECT, "checklist", "hazards", HAZARDS)
    for labeler in (*skills["labeler"], EXPERT):
        builder.labeler(labeler, name=display_name(labeler))


def _asset_ids(asset: Ints) -> pl.Series:
    return pl.select(pl.format("street-{}", pl.Series(asset + 1).cast(pl.String).str.zfill(6))).to_series()


def _label_ids(asset: Ints, labeler: pl.Series) -> pl.Series:
    return pl.select(pl.format("{}/{}", _asset_ids(asset), labeler)).to_series()


def _named(names: tuple[str, ...], numbers: Ints) -> pl.Series:
    return pl.Series(names).gather(numbers)


def _iso(times: Times) -> pl.Series:
    return pl.Series(times).dt.strftime("%Y-%m-%dT%H:%M:%S%.3fZ")


def _add_assets(builder: Builder, street: Scenes) -> None:
    asset = np.arange(len(street))
    metadata = {"camera": _named(CAMERAS, street.camera), "lighting": _named(LIGHTING, street.lighting)}
    pairs = [pl.struct(key=pl.lit(key), value=values) for key, values in metadata.items()]
    builder.assets_frame(
        pl.DataFrame({"asset_id": _asset_ids(asset)}).with_columns(
            project_id=pl.lit(_PROJECT),
            name=pl.format("{}.jpg", "asset_id"),
            width=WIDTH,
            height=HEIGHT,
            batch=_named(BATCHES, street.batch),
            dataset=pl.lit("streets"),
            created_at=pl.lit("2025-02-28T12:00:00Z"),
            metadata=pl.concat_list(pairs),
            record=pl.Series(asset + 1),
        )
    )


def _add_labels(
    builder: Builder, work: Labels, skills: pl.DataFrame, submitted_at: Times, seconds: Floats, reviews: Reviews
) -> int:
    """Add the labels; gives the number of the first."""
    labeler = skills["labeler"].gather(work.labeler)
    review_seconds = np.full(len(work), np.nan)
    review_seconds[reviews.label] = reviews.seconds
    time = _iso(submitted_at)
    return builder.labels_frame(
        pl.DataFrame(
            {
                "asset_id": _asset_ids(work.asset),
                "label_id": _label_ids(work.asset, labeler),
                "labeler": labeler,
                "created_at": time,
                "updated_at": time,
                "seconds": seconds,
                "review_seconds": pl.Series(review_seconds).fill_nan(None),
                "record": work.asset + 1,
            }
        ).with_columns(
            project_id=pl.lit(_PROJECT),
            role=pl.lit("submitted", schema.ROLE),
            status=_named(schema.STATUSES, work.is_skipped.astype(np.int64)),
        )
    )


def _add_benchmark(builder: Builder, street: Scenes) -> None:
    """Add the truth itself as benchmark labels of some assets."""
    asset = np.flatnonzero(street.has_benchmark)
    expert = pl.repeat(EXPERT, len(asset), eager=True)
    first = builder.labels_frame(
        pl.DataFrame(
            {
                "asset_id": _asset_ids(asset),
                "label_id": _label_ids(asset, expert),
                "labeler": expert,
                "record": asset + 1,
            }
        ).with_columns(
            project_id=pl.lit(_PROJECT),
            role=pl.lit("benchmark", schema.ROLE),
            status=pl.lit("submitted", schema.STATUS),
            created_at=pl.lit("2025-02-28T12:00:00Z"),
        )
    )
    owner, place = spread(street.n_objects[asset])
    thing = street.first[asset[owner]] + place
    _add_boxes(builder, first + owner, street.cls[thing], street.boxes[thing])
    _add_answers(builder, first + np.arange(len(asset)), street.weather[asset], street.hazards[asset])


def _add_boxes(builder: Builder, label: Ints, cls: Ints, boxes: Floats) -> None:
    geometry = pl.Series(boxes, dtype=pl.Array(pl.Float64, 4)).arr.to_list()
    builder.annotations_frame(
        pl.DataFrame({"label": label, "class": _named(CLASSES, cls), "geometry": geometry}).with_columns(
            kind=pl.lit("bbox"), is_crowd=False
        )
    )


def _add_answers(builder: Builder, label: Ints, weather: Ints, hazards: np.ndarray) -> None:
    """Add the answers of labels; where no hazard is ticked there is no answer."""
    questions = pl.DataFrame({"label": label, "answer": _named(WEATHER, weather)}).with_columns(
        pl.concat_list("answer"), kind=pl.lit("choice"), **{"class": pl.lit("weather")}
    )
    row, which = np.nonzero(hazards)
    ticked = pl.DataFrame({"label": label[row], "answer": _named(HAZARDS, which)})
    lists = ticked.group_by("label", maintain_order=True).agg(pl.col("answer").sort())
    lists = lists.with_columns(kind=pl.lit("checklist"), **{"class": pl.lit("hazards")})
    builder.annotations_frame(questions.with_columns(is_crowd=False))
    builder.annotations_frame(lists.with_columns(is_crowd=False))


def _add_reviews(builder: Builder, first: int, work: Labels, reviews: Reviews) -> None:
    asset = work.asset[reviews.label]
    builder.reviews_frame(
        pl.DataFrame(
            {
                "asset_id": _asset_ids(asset),
                "label": first + reviews.label,
                "verdict": _named(("rejected", "accepted"), reviews.accepted.astype(np.int64)),
                "created_at": _iso(reviews.created_at),
                "record": asset + 1,
            }
        ).with_columns(project_id=pl.lit(_PROJECT), reviewer=pl.lit(REVIEWER))
    )
