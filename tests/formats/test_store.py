"""Exports that are read into a folder in bounded memory: the same tables, bit by bit, as of what is read into memory."""

import json
import shutil
import subprocess
import sys

import numpy as np
import polars as pl
import pytest

import labelqa
from labelqa.errors import InputError, UsageError
from labelqa.formats import store as storing
from labelqa.formats.store import is_large, store
from labelqa.project import merge, raw, schema, spill
from tests.formats.miniatures import FORMATS, miniatures


@pytest.fixture(autouse=True)
def tiny(monkeypatch):
    """Put a few rows on disk at once, and merge a few assets at once."""
    monkeypatch.setattr(storing, "SPILL_BYTES", 8_000)
    monkeypatch.setattr(raw, "_CHUNK", 7)
    monkeypatch.setattr(merge, "SAMPLES_A_RANGE", 2)
    monkeypatch.setattr(merge, "TWINS_AT_ONCE", 3)


@pytest.fixture
def chunks(monkeypatch):
    """Count the chunks that are put on disk."""
    put = []
    monkeypatch.setattr(spill.Spill, "put", lambda *given, put_one=spill.Spill.put: (put.append(1), put_one(*given)))
    return put


def same(source, folder, **given):
    """Check that what is stored is what is read."""
    store(source, folder, **given)
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        [*(f"{t}.parquet" for t in schema.TABLES), "project.json"]
    )
    expected, found = labelqa.read(source, **given), labelqa.read(folder)
    for name in schema.TABLES:
        assert found.tables[name].equals(expected.tables[name]), name
    return found


def marks(rng, n, classes):
    """Make some marks of a row, good, repeated and bad."""
    objects, asked = [], []
    for k in range(n):
        left, top, width, height = (float(number) for number in rng.integers(0, 700, 4))
        mark = {
            "feature_id": f"f{rng.integers(40)}" if k % 4 else f"o{rng.integers(1 << 40)}",
            "name": str(rng.choice(classes)),
        }
        sort = rng.integers(7)
        if sort < 4:
            box = {
                "left": left,
                "top": top,
                "width": width,
                "height": [height, 1e300, None][int(rng.choice(3, p=[0.9, 0.05, 0.05]))],
            }
            objects.append({**mark, "annotation_kind": "ImageBoundingBox", "bounding_box": box, "classifications": []})
        elif sort == 4:
            outline = [{"x": float(x), "y": float(y)} for x, y in rng.integers(0, 300, (int(rng.integers(3, 7)), 2))]
            objects.append(
                {**mark, "name": "zone", "annotation_kind": "ImagePolygon", "polygon": outline, "classifications": []}
            )
        elif sort == 5:
            answers = [
                {"name": str(name)}
                for name in rng.choice(["yes", "no", "maybe"], int(rng.integers(1, 3)), replace=False)
            ]
            given = {"radio_answer": answers[0]} if len(answers) == 1 else {"checklist_answers": answers}
            asked.append({"feature_id": mark["feature_id"], "name": f"question {rng.integers(3)}", **given})
        else:
            objects.append({**mark, "annotation_kind": "ImageHologram"})
    relations = []
    if len(objects) > 1 and rng.random() < 0.3:
        ends = {"source": objects[0]["feature_id"], "target": objects[-1]["feature_id"]}
        relations.append({"feature_id": "r", "name": "holds", "unidirectional_relationship": ends})
    return {"objects": objects, "classifications": asked, "relationships": relations}


def row(rng, number, projects=("p1", "p2"), n_ids=1 << 40):
    """Make a line of a Labelbox export with whatever may be in one."""
    name = f"image {rng.integers(number + 1) if rng.random() < 0.1 else number:04d}"
    when = ["2026-01-01T10:00:00Z", "2026-03-01T10:00:00Z", "soon", None]
    blocks = {}
    for project in rng.choice(projects, int(rng.integers(1, 3)), replace=False):
        labels = [
            {
                "id": f"label {rng.integers(n_ids)}",
                "label_details": {
                    "created_at": str(rng.choice(when[:3])),
                    "updated_at": str(rng.choice(when[:3])),
                    "created_by": [None, "ann", "bob", "eve"][rng.integers(4)],
                    "reviews": [{"review_type": "approve", "reviewed_by": "kim", "reviewed_at": when[0]}]
                    * int(rng.integers(2)),
                },
                "performance_details": {
                    "seconds_to_create": float(rng.choice([3.0, -7.0])),
                    "skipped": bool(rng.random() < 0.1),
                },
                "annotations": marks(rng, int(rng.integers(6)), ["cat", "dog", "\x1b[31m", "=1+1"]),
            }
            for _ in range(int(rng.integers(4)))
        ]
        if len(labels) > 1 and rng.random() < 0.3:
            labels[0]["performance_details"]["benchmark_reference_label"] = labels[1]["id"]
        history = [{"action": str(rng.choice(["Approve", "Reject"])), "created_at": when[0], "created_by": "lee"}]
        details = {"workflow_history": history[: int(rng.integers(2))], "batch_name": f"batch {rng.integers(3)}"}
        blocks[str(project)] = {"labels": labels, "project_details": details}
    size = {
        "width": int(rng.choice([640, 0, 10**18], p=[0.9, 0.05, 0.05])),
        "height": int(rng.choice([480, 300], p=[0.9, 0.1])),
    }
    metadata = [{"schema_name": f"k{rng.integers(3)}", "value": "v"}]
    return {
        "data_row": {"id": name, "global_key": name, "details": {"created_at": str(rng.choice(when[:3]))}},
        "media_attributes": size,
        "metadata_fields": metadata,
        "projects": blocks,
    }


def export(folder, seed, n_files, n_rows, **how):
    """Write files of a Labelbox export, rows in no order."""
    rng = np.random.default_rng(seed)
    folder.mkdir()
    rows = [json.dumps(row(rng, number, **how)) for number in rng.permutation(n_rows)]
    for number in range(n_files):
        (folder / f"{number}.ndjson").write_text("\n".join(rows[number::n_files]) + "\nnull\n")
    return folder


@pytest.mark.parametrize("format", FORMATS)
def test_every_miniature_is_stored_as_it_is_read(format, tmp_path):
    for number, path in enumerate(miniatures(format)):
        if labelqa_reads(path):
            same(path, tmp_path / str(number))


def labelqa_reads(path):
    try:
        labelqa.read(path)
    except InputError:
        return False
    return True


def test_miniatures_of_many_formats_are_stored_together(tmp_path, chunks):
    together = [
        path for path in miniatures(*(format for format in FORMATS if format != "mturk")) if labelqa_reads(path)
    ]
    project = same(together, tmp_path / "project")
    assert len(project.sources["format"].unique()) > 8
    assert len(chunks) > 5


@pytest.mark.parametrize(("n_files", "n_ids"), [(1, 1 << 40), (1, 60), (7, 60), (40, 400)])
def test_files_with_everything_in_them_are_stored_as_they_are_read(n_files, n_ids, tmp_path, chunks):
    folder = export(tmp_path / "export", seed=n_files + n_ids, n_files=n_files, n_rows=100, n_ids=n_ids)
    project = same(folder, tmp_path / "project")
    assert len(chunks) > 5
    twice = "a label id that occurs once in the project; of labels with one id the one changed last is kept"
    assert (twice in project.problems["expected"]) == (n_ids < 1 << 40)
    assert {"relation", "polygon", "checklist"} <= set(project.ontology["kind"])
    assert project.reviews["label_id"].drop_nulls().len()


def test_the_number_of_chunks_and_ranges_does_not_show(tmp_path, monkeypatch):
    folder = export(tmp_path / "export", seed=3, n_files=2, n_rows=80, n_ids=90)
    store(folder, tmp_path / "one")
    monkeypatch.setattr(storing, "SPILL_BYTES", 1 << 30)
    store(folder, tmp_path / "two")
    assert labelqa.read(tmp_path / "one").equals(labelqa.read(tmp_path / "two"))


@pytest.mark.parametrize("kind", ["sorted", "reversed"])
def test_rows_of_any_order_are_stored_as_they_are_read(kind, tmp_path):
    frame = pl.select(k=pl.int_range(400)).select(
        asset_id=pl.format("image {}", pl.col("k") // 9),
        labeler=pl.format("labeler {}", pl.col("k") % 3),
        kind=pl.lit("choice"),
        answer=pl.format("answer {}", pl.col("k") % 2),
        **{"class": pl.format("question {}", pl.col("k") // 3 % 5)},
    )
    (frame if kind == "sorted" else frame.reverse()).write_csv(tmp_path / "table.csv")
    project = same(tmp_path / "table.csv", tmp_path / "project")
    assert project.ontology["kind"].unique().to_list() == ["checklist"] or project.annotations.height


def test_frames_are_stored_as_they_are_read(tmp_path):
    frame = pl.DataFrame(
        {"asset_id": ["a", "a"], "labeler": ["ann", "bob"], "class": ["q"] * 2, "answer": ["yes", "no"]}
    )
    same([frame, frame.with_columns(asset_id=pl.lit("b"))], tmp_path / "project")


def test_a_project_among_the_sources_is_joined(tmp_path):
    folder = export(tmp_path / "export", seed=5, n_files=2, n_rows=10)
    labelqa.demo(assets=5, labelers=2, seed=1).write(folder / "demo")
    same(folder, tmp_path / "project")


def test_an_earlier_project_is_replaced_and_anything_else_left_alone(tmp_path):
    folder = export(tmp_path / "export", seed=5, n_files=1, n_rows=10)
    labelqa.demo(assets=5, labelers=2, seed=1).write(tmp_path / "project")
    same(folder, tmp_path / "project")
    with pytest.raises(UsageError, match="holds no labelqa project"):
        store(folder, folder)
    assert [path.name for path in folder.iterdir()] == ["0.ndjson"]


@pytest.mark.parametrize("error", [InputError("a file"), KeyboardInterrupt(), OSError(28, "No space left on device")])
@pytest.mark.parametrize("where", ["put", "write_parts", "write_remarks", "write_rest"])
def test_nothing_is_left_behind_by_an_error(where, error, tmp_path, monkeypatch):
    folder = export(tmp_path / "export", seed=5, n_files=2, n_rows=40)

    def fail(*_):
        raise error

    monkeypatch.setattr(spill.Spill if where == "put" else merge._Merge, "_written" if where == "put" else where, fail)
    expected = UsageError if isinstance(error, OSError) else type(error)
    with pytest.raises(expected, match="No space left" if isinstance(error, OSError) else None):
        store(folder, tmp_path / "project")
    assert not (tmp_path / "project").exists()
    (tmp_path / "project").mkdir()
    with pytest.raises(expected):
        store(folder, tmp_path / "project")
    assert not list((tmp_path / "project").iterdir())


FULL_DISK = """
import resource, signal, sys
import labelqa
from labelqa.formats import store
from labelqa.project import raw
raw._CHUNK, store.SPILL_BYTES = 7, 8_000
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]),) * 2)
store.store(sys.argv[1], sys.argv[2])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs limits of POSIX")
@pytest.mark.parametrize("most", [1_000, 15_000])
def test_a_full_disk_is_one_clear_error(most, tmp_path):
    folder = export(tmp_path / "export", seed=5, n_files=1, n_rows=300)
    told = subprocess.run(
        [sys.executable, "-c", FULL_DISK, folder, tmp_path / "project", str(most)],
        capture_output=True,
        text=True,
        check=False,
    ).stderr
    last = told.strip().splitlines()[-1]
    assert last.startswith("labelqa.errors.UsageError: ")
    assert ("merge.py" in told) == (most == 15_000), "some files are longer than all that are put aside"
    assert "cannot be written to: File too large" in last
    assert not (tmp_path / "project").exists()


def most_at_once(n_rows, folder, monkeypatch):
    """Give the most annotations of a chunk and of a range, and how many there are."""
    held, merged = [], []
    put, part = spill.Spill.put, merge._Merge._part

    def watched_put(self, tables, first_label):
        held.append(tables["annotations"].height)
        put(self, tables, first_label)

    def watched_part(self, number):
        done = part(self, number)
        merged.append(done.tables["annotations"].height)
        return done

    with monkeypatch.context() as patch:
        patch.setattr(spill.Spill, "put", watched_put)
        patch.setattr(merge._Merge, "_part", watched_part)
        store(export(folder / f"{n_rows}", seed=5, n_files=3, n_rows=n_rows), folder / f"{n_rows} project")
    return np.array([max(held), max(merged)]), sum(held)


def test_rows_at_hand_do_not_grow_with_the_export(tmp_path, monkeypatch):
    monkeypatch.setattr(storing, "SPILL_BYTES", 60_000)
    few, _ = most_at_once(100, tmp_path, monkeypatch)
    many, n = most_at_once(800, tmp_path, monkeypatch)
    assert (many < n / 8).all()
    assert (many <= 2 * few).all()


def test_progress_tells_of_reading_and_then_of_sorting(tmp_path):
    told = []
    store(
        export(tmp_path / "export", seed=1, n_files=2, n_rows=60),
        tmp_path / "project",
        progress=lambda *at: told.append(at),
    )
    names = [name for _, _, name in told]
    n_read = names.index(storing.SORTING)
    assert set(names[n_read:]) == {storing.SORTING}
    assert (
        told[n_read - 1][0]
        == told[n_read - 1][1]
        == sum(path.stat().st_size for path in (tmp_path / "export").iterdir())
    )
    assert told[-1][0] == told[-1][1] == len(told) - n_read


def test_exports_are_large_by_what_is_in_them(tmp_path, monkeypatch):
    monkeypatch.setattr(storing, "LARGE_BYTES", 1_000)
    (tmp_path / "a.ndjson").write_bytes(b"x" * 600)
    assert not is_large([tmp_path])
    (tmp_path / "b.ndjson").write_bytes(b"x" * 600)
    assert is_large([tmp_path])
    (tmp_path / "c.gz").write_bytes(b"\x1f\x8b" + b"x" * 300)
    assert is_large([tmp_path / "c.gz"])
    labelqa.demo(assets=5, labelers=2).write(tmp_path / "project")
    assert not is_large([tmp_path])
    shutil.rmtree(tmp_path / "project")
    assert is_large([tmp_path])
