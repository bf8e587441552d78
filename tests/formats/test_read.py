"""Reading: many files, folders, archives and projects in one call, and what is said of files that do not fit."""

import gzip
import json
import os
import random
import shutil
import zipfile

import pytest

from labelqa.errors import FormatError, InputError, UsageError
from labelqa.formats import read as module
from labelqa.formats.read import read
from labelqa.project import Project
from tests.conftest import random_project
from tests.formats.miniatures import HERE, miniatures

BOXES = HERE / "labelbox" / "boxes.ndjson"
TASKS = HERE / "label_studio" / "boxes.json"


@pytest.fixture
def folder(tmp_path):
    """Make a folder of two formats, packed in three ways."""
    (tmp_path / "sub").mkdir()
    shutil.copy(BOXES, tmp_path / "sub" / "boxes.ndjson")
    (tmp_path / "questions.gz").write_bytes(gzip.compress((HERE / "labelbox" / "questions.ndjson").read_bytes()))
    with zipfile.ZipFile(tmp_path / "tasks.zip", "w") as archive:
        archive.write(TASKS, "export/boxes.json")
        archive.write(HERE / "label_studio" / "questions.json", "export/questions.json")
    return tmp_path


def same(one, other):
    """Compare projects apart from the names of the files."""
    bare = [
        {
            name: table.drop([column for column in ("source", "file") if column in table.columns])
            for name, table in project.tables.items()
            if name not in ("sources", "problems")
        }
        for project in (one, other)
    ]
    return all(bare[0][name].equals(bare[1][name]) for name in bare[0])


def test_a_folder_of_everything_is_one_project(folder):
    project = read(folder)
    assert project.sources.select("file", "format").rows() == [
        (f"{folder}/questions.gz", "labelbox"),
        (f"{folder}/sub/boxes.ndjson", "labelbox"),
        (f"{folder}/tasks.zip: export/boxes.json", "label_studio"),
        (f"{folder}/tasks.zip: export/questions.json", "label_studio"),
    ]
    assert project.assets.height == 4 + 2 + 3 + 1
    apart = [read(path) for path in miniatures() if path.stem in ("boxes", "questions") and "label" in path.parts[-2]]
    assert same(project, Project.concat(apart))


def test_the_order_of_paths_does_not_matter(folder):
    paths = [folder / "tasks.zip", folder / "questions.gz", folder / "sub"]
    first = read(paths)
    for seed in range(3):
        random.Random(seed).shuffle(paths)
        assert read([str(path) for path in paths]).equals(first)


def test_the_order_of_rows_and_labels_does_not_matter(tmp_path):
    rows = [json.loads(line) for line in BOXES.read_text().splitlines()]
    random.Random(1).shuffle(rows)
    for row in rows:
        for project in row["projects"].values():
            random.Random(2).shuffle(project["labels"])
            for label in project["labels"]:
                random.Random(3).shuffle(label["annotations"]["objects"])
    (tmp_path / "shuffled").write_text("\n".join(map(json.dumps, rows)))
    shuffled, plain = read(tmp_path / "shuffled"), read(BOXES)
    for name in ("assets", "annotations", "labelers", "ontology", "reviews"):
        assert shuffled.tables[name].equals(plain.tables[name]), name
    assert shuffled.labels.drop("source", "record").equals(plain.labels.drop("source", "record"))


def test_projects_and_exports_together(folder, tmp_path):
    read(BOXES).write(folder / "written")
    assert same(read([folder / "written", TASKS]), read([BOXES, TASKS]))
    assert read(folder / "written").equals(read(BOXES))
    random_project(3).write(tmp_path / "other")
    assert read([folder / "written", tmp_path / "other"]).assets.height == 4 + 6


def test_files_that_do_not_fit_are_listed_and_the_rest_is_read(folder):
    (folder / "readme.txt").write_text("Dear reader\n")
    (folder / "empty.json").touch()
    (folder / "other.json").write_text('[{"hello": 1}]')
    (folder / "cut.json.gz").write_bytes(gzip.compress(os.urandom(1000))[:500])
    project = read(folder)
    assert project.assets.height == 10
    listed = {
        file.removeprefix(f"{folder}/"): (severity, expected)
        for severity, file, expected in project.problems.select("severity", "file", "expected").rows()
        if file is not None and "left out" in expected
    }
    assert set(listed) == {"readme.txt", "empty.json", "other.json", "cut.json.gz"}
    assert listed["readme.txt"][0] == listed["other.json"][0] == "warning"
    assert "labelbox: no 'data_row' in the first record" in listed["other.json"][1]
    assert listed["empty.json"] == ("error", "an export; the file is left out")
    assert listed["cut.json.gz"] == ("error", "a file that can be read to its end; the file is left out")


def test_a_named_file_must_fit(folder):
    (folder / "other.json").write_text('[{"hello": 1}]')
    with pytest.raises(FormatError, match=r"other\.json: expected an export"):
        read([folder, folder / "other.json"])
    with pytest.raises(FormatError):
        read(folder / "other.json")


def test_of_a_folder_something_must_fit(tmp_path):
    with pytest.raises(InputError, match="found 'no file at all', expected an export"):
        read(tmp_path)
    (tmp_path / "a.txt").write_text("a\n")
    with pytest.raises(FormatError, match=r"a\.txt"):
        read(tmp_path)
    (tmp_path / "b.json").write_text("[]")
    with pytest.raises(
        InputError, match=r"(?s)found '2 files, none of which is one'.*The first of them: .*labelbox: no JSON"
    ) as error:
        read(tmp_path)
    assert error.value.file == str(tmp_path / "a.txt")


def test_a_format_can_be_named(folder):
    assert read(BOXES, format="labelbox").equals(read(BOXES))
    assert read(folder, format="labelbox").sources["format"].unique().to_list() == ["labelbox"]
    assert "labelbox: no 'data_row'" in read(folder, format="labelbox").problems["expected"].str.join("\n").item()
    with pytest.raises(UsageError, match="no format 'labelboks'; did you mean 'labelbox'"):
        read(BOXES, format="labelboks")


def test_a_named_format_reads_what_detection_refuses(tmp_path):
    (tmp_path / "none.json").write_text("[]")
    assert read(tmp_path / "none.json", format="label_studio").assets.height == 0
    (tmp_path / "table.csv").write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match=r"found 'a,b.*', expected JSON"):
        read(tmp_path / "table.csv", format="labelbox")


def test_benchmark_labelers_are_named():
    project = read(BOXES, benchmark="bob@example.org")
    assert project.labels.filter(labeler="bob@example.org")["role"].to_list() == ["benchmark"]
    with pytest.raises(UsageError, match="bod@example"):
        read(BOXES, benchmark=["bod@example.org"])


@pytest.mark.parametrize("source", [[], 3, None, [None], {"a": 1}, b"a.json"])
def test_what_cannot_be_read_at_all(source):
    with pytest.raises(UsageError):
        read(source)


def test_a_file_that_vanishes_between_two_looks_is_an_input_error(folder, monkeypatch):
    def gone(_):
        raise PermissionError(13, "Permission denied", "a.json")

    monkeypatch.setattr(module, "find", gone)
    with pytest.raises(InputError, match=r"a\.json: found 'Permission denied'"):
        read(folder)


def test_progress_goes_from_nothing_to_everything(folder):
    seen = []
    read(folder, progress=lambda done, total, name: seen.append((done, total, name)))
    totals = {total for _, total, _ in seen}
    done = [done for done, _, _ in seen]
    assert totals == {done[-1]}
    assert done == sorted(done)
    assert seen[0][2] == f"{folder}/tasks.zip: export/boxes.json"
    assert {name for _, _, name in seen} == {file for (file,) in read(folder).sources.select("file").rows()}


def test_cut_off_exports_are_read_as_far_as_they_go(tmp_path):
    for path, n_assets in ((BOXES, 3), (TASKS, 2)):
        text = path.read_bytes()
        (tmp_path / path.name).write_bytes(text[:-30])
        project = read(tmp_path / path.name)
        assert project.assets.height == n_assets
        assert project.sources.select("n_records", "n_skipped").rows() == [(3, 1)]
        assert "ends too early, in the middle of record 3" in project.problems["expected"][0]
        (tmp_path / path.name).write_bytes(text[: int(len(text) * 0.2)])
        with pytest.raises(InputError, match="Export or copy the file again"):
            read(tmp_path / path.name)
