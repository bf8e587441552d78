"""Builders that put their rows on disk: whatever is added to them in whatever order, the project is the same."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labelqa.project import Builder, merge, parquet, raw, schema
from labelqa.project.spill import Spill

TIMES = [None, "2026-01-01T00:00:00Z", "2026-02-01", "never"]


@pytest.fixture(autouse=True)
def tiny(monkeypatch):
    monkeypatch.setattr(raw, "_CHUNK", 3)
    monkeypatch.setattr(merge, "SAMPLES_A_RANGE", 1)
    monkeypatch.setattr(merge, "TWINS_AT_ONCE", 2)


def fill(builder, seed, n_steps):
    """Add this and that; annotations may come long after their label, and many ids are the same."""
    rng = np.random.default_rng(seed)
    labels = []

    def some(*choices):
        return choices[rng.integers(len(choices))]

    for file in ("b.json", "a.json"):
        builder.source(file, "example")
        for record in range(n_steps):
            project, asset = some("p1", "p2"), some("", "a", "a\0", "b", "é", *(f"image {k}" for k in range(9)))
            builder.asset(
                project,
                asset,
                width=some(None, 10, 20, -1),
                name=some(None, "x"),
                created_at=some(*TIMES),
                record=record,
            )
            for _ in range(rng.integers(3)):
                name = some(f"label {rng.integers(20)}", f"label {rng.integers(1 << 30)}")
                role, status = some("submitted", "benchmark", "prediction"), some("submitted", "submitted", "skipped")
                when = {"created_at": some(*TIMES), "updated_at": some(*TIMES), "seconds": some(1.0, -1.0)}
                label = builder.label(
                    project, asset, name, some(None, "ann", "bob"), role=role, status=status, record=record, **when
                )
                labels.append((project, asset, label))
                if rng.random() < 0.2:
                    builder.unread([label], [2])
            for _ in range(rng.integers(5) if labels else 0):
                _, _, label = labels[rng.integers(len(labels))] if rng.random() < 0.5 else labels[-1]
                id = some(None, "1", "2", f"label {rng.integers(20)}#0")
                left = float(rng.integers(30))
                sort = rng.integers(6)
                if sort == 0:
                    builder.bbox(
                        label,
                        some("cat", "dog"),
                        left,
                        0,
                        left + 9,
                        some(5.0, np.nan, 1e9),
                        annotation_id=id,
                        score=some(None, 0.5, 7.0),
                    )
                elif sort == 1:
                    builder.answer(
                        label,
                        some("choice", "checklist"),
                        some("q1", "q2"),
                        some(["yes"], ["no"], ["no", "yes"]),
                        annotation_id=id,
                    )
                elif sort == 2:
                    builder.annotation(
                        label,
                        "polygon",
                        "zone",
                        (0, 0, left, 9, 9, left),
                        annotation_id=id,
                        parent_id=some(None, "1", "2"),
                    )
                elif sort == 3:
                    builder.annotation(label, "relation", "holds", answer=["1", some("2", "3")], annotation_id=id)
                elif sort == 4:
                    builder.annotation(
                        label, some("hologram", "text"), "what", answer=[some("x", "y" * 3000)], annotation_id=id
                    )
                else:
                    row = {"label": [label], "kind": ["bbox"], "class": ["cat"], "geometry": [[0.0, 0.0, left, 5.0]]}
                    builder.annotations_frame(pl.DataFrame(row).with_columns(pl.col("label").cast(pl.UInt32)))
            if labels and rng.random() < 0.5:
                about, there, label = labels[rng.integers(len(labels))]
                label = some(label, None)
                builder.review(
                    about,
                    there,
                    some("accepted", "rejected"),
                    label=label,
                    reviewer=some(None, "kim"),
                    created_at=some(*TIMES),
                    record=record,
                )
                builder.issue(
                    about,
                    there,
                    some("open", "resolved"),
                    label=label,
                    n=some(1, 2),
                    created_at=some(*TIMES),
                    record=record,
                )
            builder.labeler(some("ann", "model"), name=some(None, "Ann", "Anna"), is_model=some(True, False))
            builder.concept(project, "choice", some("q1", "q3"), some(["yes"], ["maybe"]))
            builder.records(1)
            if rng.random() < 0.1:
                builder.problem("warning", "something else", record=record)


def stored(folder, seed, n_steps, at_once):
    """Fill a builder with a spill and read what it writes; gives the number of chunks as well."""
    (folder / "chunks").mkdir()
    (folder / "project").mkdir()
    with Spill(folder / "chunks", at_once) as spill:
        builder = Builder(spill=spill)
        fill(builder, seed, n_steps)
        spilled = builder.spilled()
        merge.write(spilled, builder.problems, folder / "project")
    return parquet.read(folder / "project"), len(spilled.chunks)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 1 << 32), st.integers(0, 25), st.sampled_from([2_000, 5_000, 1 << 30]))
def test_what_is_on_disk_in_parts_is_what_is_in_memory(seed, n_steps, at_once):
    builder = Builder()
    fill(builder, seed, n_steps)
    expected = builder.project()
    with TemporaryDirectory() as folder:
        found, n_chunks = stored(Path(folder), seed, n_steps, at_once)
    assert n_chunks > (1 if n_steps > 20 and at_once == 2_000 else 0)
    for name in schema.TABLES:
        assert found.tables[name].equals(expected.tables[name]), name


def test_annotations_may_come_long_after_their_labels(tmp_path):
    with Spill(tmp_path, 500) as spill:
        builder = Builder(spill=spill)
        builder.source("a.json", "example")
        for number in range(40):
            builder.asset("p", f"asset {-number}")
            builder.label("p", f"asset {-number}", f"label {number}", "ann")
        for number in reversed(range(40)):
            builder.bbox(number, "cat", 0, 0, number + 1, 9)
        chunks = builder.spilled().chunks
        assert len(chunks) > 5
        late = chunks[-1].scan("annotations").collect()
        assert late.select("asset_id", "label").rows() == sorted((f"asset {-n}", n) for n in late["label"].to_list())


def test_progress_is_told(tmp_path):
    (tmp_path / "chunks").mkdir()
    told = []
    with Spill(tmp_path / "chunks", 2_000) as spill:
        builder = Builder(spill=spill)
        fill(builder, 1, 30)
        merge.write(builder.spilled(), builder.problems, tmp_path, progress=lambda *done: told.append(done))
    n = told[0][1]
    assert n > 3
    assert told == [(done, n) for done in range(1, n + 1)]
