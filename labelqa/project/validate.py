"""Checks on values that hold whatever format they came from: finite, in range, inside the frame, readable times.

All of it is column arithmetic; rows are looked at one by one only where something is wrong.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from labelqa.project import schema
from labelqa.project.layout import LAYOUTS, laid_out
from labelqa.project.problems import ProblemLog
from labelqa.project.raw import Raw

MAX_COORDINATE = 1e7
"""Largest coordinate taken for real, in pixels; the largest scanned slides have about 4e5."""

MAX_SECONDS = 10 * 366 * 86_400.0
"""Largest duration taken for real: ten years."""

MAX_LABELS = 1_000_000
"""Most labels taken for real that an asset should get."""

_FRAME_TOLERANCE = 1e-6
"""Share of the frame a coordinate may lie outside by rounding (percent to pixels and back)."""

_SHOWN_CHARACTERS = 60

_PLANAR = ("bbox", "keypoints", "point", "polygon", "polyline", "track")
"""Kinds whose geometry alternates x and y in pixels of the frame."""

_BOUNDLESS = ("interval", "number", "rating")
"""Kinds whose numbers are no coordinates but answers or seconds (since 1970, it may be): any, as long as they are finite."""


def validated(raw: Raw, problems: ProblemLog) -> Raw:
    """Check all values; what cannot be used is taken out or set to null and noted in `problems`."""
    raw = replace(
        raw,
        assets=times(_sizes(raw.assets, problems), ["created_at"], problems),
        labels=times(_durations(raw.labels, problems), ["created_at", "updated_at"], problems),
        reviews=times(raw.reviews, ["created_at"], problems),
        issues=times(raw.issues, ["created_at", "resolved_at"], problems),
    )
    raw = _usable(raw, problems)
    _note_outside(raw, problems)
    return raw


def times(frame: pl.DataFrame, columns: list[str], problems: ProblemLog) -> pl.DataFrame:
    """Parse ISO 8601 texts to UTC; a time without zone is taken as UTC."""
    for column in columns:
        time = frame[column].str.strip_chars().str.to_datetime("%+", time_unit="us", time_zone="UTC", strict=False)
        if time.null_count() > frame[column].null_count():
            time = frame.select(pl.coalesce(time, *_other_times(pl.col(column).str.strip_chars()))).to_series()
        bad = time.is_null() & frame[column].is_not_null() & (frame[column] != "")
        problems.add_rows(
            "warning",
            frame.filter(bad).select("source", "record", found=column),
            "a time as ISO 8601, such as 2026-01-31T12:00:00Z; read as unknown",
            field=column,
        )
        frame = frame.with_columns(time.alias(column))
    return frame


def _other_times(text: pl.Expr) -> tuple[pl.Expr, ...]:
    """Parse times without zone, and dates."""
    spaced = text.str.replace(" ", "T", literal=True)
    return (
        spaced.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f", time_unit="us", time_zone="UTC", strict=False),
        text.str.to_date("%Y-%m-%d", strict=False).cast(pl.Datetime("us")).dt.replace_time_zone("UTC"),
    )


def _sizes(assets: pl.DataFrame, problems: ProblemLog) -> pl.DataFrame:
    """Take out frame sizes and numbers of labels asked for that are not whole or out of range."""
    for column in ("width", "height"):
        size = pl.col(column)
        good = size.is_between(1, MAX_COORDINATE) & (size == size.floor())
        assets = _only(assets, column, good, f"a whole number of pixels from 1 to {MAX_COORDINATE:.0f}", problems)
    asked = pl.col("labels_asked")
    good = asked.is_between(1, MAX_LABELS) & (asked == asked.floor())
    return _only(assets, "labels_asked", good, f"a number of labels from 1 to {MAX_LABELS}", problems)


def _durations(labels: pl.DataFrame, problems: ProblemLog) -> pl.DataFrame:
    """Take out durations that are not finite, negative or beyond `MAX_SECONDS`."""
    for column in ("seconds", "review_seconds"):
        good = pl.col(column).is_between(0.0, MAX_SECONDS)
        labels = _only(labels, column, good, "a duration in seconds from 0 to ten years", problems)
    return labels


def _only(frame: pl.DataFrame, column: str, good: pl.Expr, expected: str, problems: ProblemLog) -> pl.DataFrame:
    """Set what is not good to null and note it."""
    bad = frame.filter(~good).select("source", "record", found=column)
    problems.add_rows("warning", bad, f"{expected}; read as unknown", field=column)
    return frame.with_columns(pl.when(good).then(pl.col(column)).alias(column))


def _usable(raw: Raw, problems: ProblemLog) -> Raw:
    """Drop annotations that cannot be compared, and wrong scores."""
    raw = _drawn(raw, problems)
    raw = _laid_out(raw, problems)
    good = raw.annotations.select(pl.col("score").is_between(0.0, 1.0).fill_null(True)).to_series()
    problems.add_rows(
        "warning",
        _located(raw.annotations.filter(~good), raw).select("source", "record", found="score"),
        "a confidence from 0 to 1; read as unknown",
        field="score",
    )
    scored = pl.when(good).then(pl.col("score")).alias("score")
    return replace(raw, annotations=raw.annotations.with_columns(scored))


def usable(kind: pl.Series, value: pl.DataFrame) -> NDArray[np.bool_]:
    """Tell which values can be compared: bool array [N], of kinds (str [N]) and the columns of `schema.VALUE`."""
    fits: NDArray[np.bool_] = laid_out(kind, value) & _is_drawn(kind, value).to_numpy()
    return fits


def _is_drawn(kind: pl.Series, value: pl.DataFrame) -> pl.Series:
    """Tell where all numbers are there and finite, and within `MAX_COORDINATE` in a shape."""
    numbers = value["geometry"].explode(empty_as_null=False, keep_nulls=False).to_numpy()  # nan for null
    if not len(numbers) or (-numbers.min() <= MAX_COORDINATE and numbers.max() <= MAX_COORDINATE):  # as nearly always
        return pl.repeat(True, value.height, eager=True)
    number = pl.element()
    drawn = pl.col("geometry").list.eval((number.abs() <= MAX_COORDINATE).fill_null(False)).list.all()
    good = value.select(drawn.fill_null(True)).to_series()
    if good.all():
        return good
    finite = value.select(pl.col("geometry").list.eval(number.is_finite().fill_null(False)).list.all()).to_series()
    return good | (kind.cast(pl.String).is_in(_BOUNDLESS) & finite)


def _drawn(raw: Raw, problems: ProblemLog) -> Raw:
    """Drop annotations whose numbers are not finite, or too great for a shape."""
    good = _is_drawn(raw.annotations["kind"], raw.annotations.select(schema.VALUE))
    problems.add_rows(
        "error",
        _located(raw.annotations.filter(~good), raw).select("source", "record", found=_shown()),
        f"finite numbers, coordinates within {MAX_COORDINATE:.0f} pixels; the annotation is left out",
        field="geometry",
    )
    return _without(raw, ~good)


def _laid_out(raw: Raw, problems: ProblemLog) -> Raw:
    """Drop annotations that are not laid out as their kind says."""
    # Where a question is answered with several answers, a choice is a checklist; that shows when all labels are there.
    kind = raw.annotations["kind"]
    if (kind == "choice").any():
        kind = kind.cast(pl.String).replace("choice", "checklist")
    bad = pl.Series(~laid_out(kind, raw.annotations.select(schema.VALUE)))
    if not bad.any():
        return raw
    wrong = _located(raw.annotations.filter(bad), raw)
    for (name,), rows in wrong.group_by(pl.col("kind").cast(pl.String), maintain_order=True):
        layout = LAYOUTS.get(str(name))
        expected = f"{name}: {layout.words}" if layout else "a kind of annotation that labelqa knows"
        problems.add_rows(
            "error",
            rows.select("source", "record", found=_shown() if layout else pl.col("kind").cast(pl.String)),
            f"{expected}; the annotation is left out",
            field="geometry, parts, answer" if layout else "kind",
        )
    return _without(raw, bad)


def _without(raw: Raw, bad: pl.Series) -> Raw:
    """Leave annotations out, and count them where their label is."""
    if not bad.any():
        return raw
    dropped = raw.annotations.filter(bad)["label"].to_numpy()
    n_unread = raw.labels["n_unread"] + pl.Series(np.bincount(dropped, minlength=raw.labels.height))
    return replace(raw, labels=raw.labels.with_columns(n_unread=n_unread), annotations=raw.annotations.filter(~bad))


def _note_outside(raw: Raw, problems: ProblemLog) -> None:
    """List geometry that leaves its asset's frame. It is compared as it stands; a scheme may clip it."""
    n_numbers = pl.col("geometry").list.len()
    is_planar = pl.col("kind").is_in(pl.Series(_PLANAR, dtype=pl.Categorical()).implode())
    planar = raw.annotations.filter(is_planar & (n_numbers > 0) & (n_numbers % 2 == 0))
    frames = raw.assets.group_by("project_id", "asset_id").agg(pl.col("width", "height").max())
    of_labels = raw.labels.select("project_id", "asset_id").join(
        frames, on=["project_id", "asset_id"], how="left", maintain_order="left"
    )
    if planar.is_empty():
        return
    coordinates = planar["geometry"].explode().to_numpy()
    begin = np.cumsum(np.append(0, planar["geometry"].list.len().to_numpy()[:-1] // 2), dtype=np.intp)
    label = planar["label"].to_numpy()
    outside = np.zeros(planar.height, np.bool_)
    for values, size in ((coordinates[0::2], "width"), (coordinates[1::2], "height")):
        limit = of_labels[size].cast(pl.Float64).to_numpy()[label]  # NaN where it is not known: nothing is outside
        slack = limit * _FRAME_TOLERANCE
        outside |= (np.minimum.reduceat(values, begin) < -slack) | (np.maximum.reduceat(values, begin) > limit + slack)
    problems.add_rows(
        "warning",
        _located(planar.filter(outside), raw).select("source", "record", found=_shown()),
        "geometry inside the frame; compared as stored (a scheme with clip cuts it to the frame)",
        field="geometry",
    )


def _shown() -> pl.Expr:
    """Show an annotation by its id or class and the beginning of its value."""
    name = pl.coalesce(pl.col("annotation_id"), pl.col("class").cast(pl.String)).str.head(_SHOWN_CHARACTERS)
    lists = [pl.col(column).list.head(8).cast(pl.List(pl.String)).list.join(", ") for column in schema.VALUE]
    parts, answer = (text.str.head(_SHOWN_CHARACTERS) for text in lists[1:])
    told = [name + ":", lists[0], pl.format("parts {}", parts), pl.format("answer {}", answer)]
    return pl.concat_str(told, separator=" ", ignore_nulls=True)


def _located(annotations: pl.DataFrame, raw: Raw) -> pl.DataFrame:
    """Add to annotations where their label comes from: project_id, asset_id, source, record."""
    labels = raw.labels.select("project_id", "asset_id", "source", "record").with_row_index("label")
    return annotations.join(
        labels.with_columns(pl.col("label").cast(schema.ROW)), on="label", how="left", maintain_order="left"
    )
