"""Splitting exports: every byte goes where it belongs, and each part is an export again."""

import gzip
import json
import random
import zipfile

import polars as pl
import pytest

import labelqa
from labelqa.errors import InputError, UsageError
from labelqa.formats.files import find
from labelqa.formats.parts.json_pieces import member_spans, record_spans
from labelqa.formats.parts.splitting import split
from labelqa.formats.parts.xml_pieces import element_spans
from labelqa.formats.read import read_export
from tests.formats.miniatures import HERE, miniatures

KEY = ["project_id", "asset_id"]


def parted(paths, wanted, folder, format=None):
    """Split the export at some paths: keep the assets of these ids. Gives the places of both parts, and what came of it."""
    export = read_export(paths, format=format)
    kept = export.project.assets.filter(pl.col("asset_id").is_in(list(wanted))).select(KEY)
    keep, rest = folder / "kept", folder / "rest"
    return keep, rest, split(export, kept, keep, rest)


def files_in(place):
    return {str(path.relative_to(place)): path.read_bytes() for path in sorted(place.rglob("*")) if path.is_file()}


def written(tmp_path, name, text):
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def some(ids, seed):
    chance = random.Random(seed)
    return [one for one in ids if chance.random() < 0.5]


# --- every format --------------------------------------------------------------------------------------------------


def marks(project):
    """What is drawn and answered, without ids that are derived from names of files."""
    told = project.annotations.select("kind", "geometry", "parts", "answer", "place", "score").rows()
    return sorted(map(repr, told))


DIFFERS = {
    "classifications.csv": "what is an answer to choose from, and what is typed, shows in all answers together",
    "7.txt": "its class file lies beside it, and is not given",
}


CUT_BY_NAME = ("coco", "yolo")
"""Formats that name an asset in other places than its record."""


@pytest.mark.parametrize("path", miniatures(), ids=lambda path: str(path.relative_to(HERE)))
def test_kept_and_rejected_are_all(path, tmp_path):
    try:
        whole = labelqa.read(path)
    except InputError:
        pytest.skip("no export by itself")
    ids, origins = whole.assets["asset_id"].to_list(), read_export([path]).origins
    for seed in range(3):
        wanted = some(ids, seed)
        folder = tmp_path / str(seed)
        folder.mkdir()
        of_record = origins.group_by("record").agg(pl.col("asset_id").is_in(wanted))
        is_torn = of_record.select((pl.col("asset_id").list.n_unique() > 1).any()).item()
        if is_torn and path.relative_to(HERE).parts[0] not in CUT_BY_NAME:
            with pytest.raises(InputError, match="labelqa convert"):
                parted([path], wanted, folder)
            continue
        parts = parted([path], wanted, folder)[:2]
        format = path.relative_to(HERE).parts[0]
        sizes = len(wanted), len(ids) - len(wanted)
        found = [labelqa.read(part, format=format) for part, n in zip(parts, sizes, strict=True) if n]
        assert sum(project.assets.height for project in found) == len(ids)
        assert sum(project.labels.height for project in found) == whole.labels.height
        if path.name not in DIFFERS:
            assert sorted(mark for project in found for mark in marks(project)) == marks(whole)


@pytest.mark.parametrize("name", sorted({path.relative_to(HERE).parts[0] for path in miniatures()} - {"mturk"}))
def test_keeping_all_copies_the_bytes_and_twice_gives_the_same(name, tmp_path):
    ids = labelqa.read(HERE / name).assets["asset_id"].to_list()
    keep, rest, done = parted([HERE / name], ids, tmp_path)
    before = {str(path.relative_to(HERE)): path.read_bytes() for path in miniatures(name)}
    unread = {path.removeprefix(f"{HERE}/") for path in done.unread["file"]}
    after = files_in(keep)
    assert {file: after.get(file) for file in before if file not in unread} == {
        file: text for file, text in before.items() if file not in unread
    }
    assert set(before) == set(after) | set(files_in(rest))
    again = tmp_path / "again"
    again.mkdir()
    assert files_in(parted([HERE / name], ids, again)[0]) == after


# --- bytes, by hand ------------------------------------------------------------------------------------------------


def row(asset, *, project="p"):
    return json.dumps({"data_row": {"id": asset}, "projects": {project: {"labels": []}}})


def test_lines_stay_lines(tmp_path):
    a, b, c = row("a"), row("b"), row("c")
    text = f"\ufeff{a}\r\n\n  \n{b}  \n{{broken\n{c}"
    keep, rest, done = parted([written(tmp_path, "x.ndjson", text)], ["a", "c"], tmp_path)
    assert keep.read_bytes().decode() == f"\ufeff{a}\r\n\n  \n{c}"
    assert rest.read_bytes().decode() == f"\ufeff\n  \n{b}  \n{{broken\n"
    assert done.unread.rows() == [(str(tmp_path / "x.ndjson"), 3)]


@pytest.mark.parametrize(
    ("wanted", "left"),
    [
        ("abc", '[\n  {a},\n  {b} ,\n  {c}\n]\n'),
        ("ab", '[\n  {a},\n  {b} \n]\n'),
        ("bc", '[\n  {b} ,\n  {c}\n]\n'),
        ("ac", '[\n  {a},\n  {c}\n]\n'),
        ("c", '[\n  {c}\n]\n'),
        ("", "[\n]\n"),
    ],
)  # fmt: skip
def test_lists_stay_lists(tmp_path, wanted, left):
    rows = {name: row(name) for name in "abc"}

    def filled(text):
        for name, one in rows.items():
            text = text.replace("{" + name + "}", one)
        return text

    path = written(tmp_path, "x.json", filled("[\n  {a},\n  {b} ,\n  {c}\n]\n"))
    keep, rest, _ = parted([path], wanted, tmp_path)
    assert keep.read_text() == filled(left)
    both = json.loads(keep.read_text()) + json.loads(rest.read_text())
    assert sorted(one["data_row"]["id"] for one in both) == ["a", "b", "c"]


def test_rows_of_csv_stay_as_they_are(tmp_path):
    text = (
        "\ufeff\r\n\nasset_id;labeler;class;kind;answer\r\n"
        'a;ann;q;text;"two\nlines; ""and"" more"\r\n'
        ";;;;\n"
        "b;ann;q;text;x\n"
        "b;ann;q\n"
        "a;bob;q;text;y"
    )
    keep, rest, done = parted([written(tmp_path, "x.csv", text)], ["a"], tmp_path)
    head = "\ufeff\r\n\nasset_id;labeler;class;kind;answer\r\n"
    assert keep.read_bytes().decode() == (head + 'a;ann;q;text;"two\nlines; ""and"" more"\r\n;;;;\na;bob;q;text;y')
    assert rest.read_bytes().decode() == f"{head};;;;\nb;ann;q;text;x\nb;ann;q\n"
    assert done.unread["record"].to_list() == [4]


def test_images_of_cvat_s_xml_are_cut_out(tmp_path):
    text = """<?xml version="1.0" encoding="utf-8"?>
<annotations>
  <version>1.1</version>
  <meta><task><image>no image</image></task></meta>
  <image id="0" name="ä.jpg" width="10" height="10"><!-- a > b -->
    <box label="cat" xtl="1" ytl="1" xbr="5" ybr="5"/>
  </image>
  <image id="1" name="b.jpg" width="10" height="10"/>
  <image id="2" name="c.jpg" width="10" height="10"></image>
</annotations>
"""
    path = written(tmp_path, "x.xml", text)
    keep, rest, _ = parted([path], ["ä.jpg", "c.jpg"], tmp_path)
    b = '\n  <image id="1" name="b.jpg" width="10" height="10"/>'
    assert keep.read_text() == text.replace(b, "")
    first, last = text.index("\n  <image id"), text.index("\n</annotations>")
    assert rest.read_text() == text[:first] + b + text[last:]
    (file,) = find([path]).files
    starts, _ = element_spans(file, frozenset(["image"]), frozenset(["meta"]))
    assert len(starts) == 3


def test_coco_keeps_what_belongs_to_its_images(tmp_path):
    def image(number):
        return {"id": number, "file_name": f"{number}.jpg", "width": 9, "height": 9}

    def box(number, image):
        return {"id": number, "image_id": image, "category_id": 1, "bbox": [0, 0, 2, 2], "text": "],[{"}

    document = {
        "info": {"list": [1, 2]},
        "annotations": [box(1, 3), box(2, 1), box(3, 9), box(4, 2)],
        "images": [image(1), image(2), image(3)],
        "categories": [{"id": 1, "name": "cat"}],
    }
    results = [{"image_id": number, "category_id": 1, "bbox": [0, 0, 1, 1], "score": 0.5} for number in (3, 1, 3)]
    folder = tmp_path / "in"
    written(folder, "ann.json", json.dumps(document, indent=2))
    written(folder, "model.json", json.dumps(results))
    keep, rest, done = parted([folder], ["1.jpg", "2.jpg"], tmp_path)
    kept, left = (json.loads((part / "in" / "ann.json").read_text()) for part in (keep, rest))
    for part in (kept, left):
        assert (part["info"], part["categories"]) == (document["info"], document["categories"])
    assert [one["id"] for one in kept["images"]] == [1, 2]
    assert [one["id"] for one in kept["annotations"]] == [2, 4]
    assert [one["id"] for one in left["images"]] == [3]
    assert [one["id"] for one in left["annotations"]] == [1, 3]
    assert json.loads((keep / "in" / "model.json").read_text()) == [results[1]]
    assert json.loads((rest / "in" / "model.json").read_text()) == [results[0], results[2]]
    assert done.unread.rows() == [(str(folder / "ann.json"), 3)]  # of an image that is not listed


def test_results_of_files_that_disagree_are_refused(tmp_path):
    for folder, name in (("x", "1.jpg"), ("y", "other.jpg")):
        written(tmp_path / "in" / folder, "ann.json", json.dumps({
            "images": [{"id": 1, "file_name": name}],
            "categories": [{"id": 1, "name": "cat"}],
            "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [0, 0, 2, 2]}],
        }))  # fmt: skip
    written(tmp_path / "in", "model.json", json.dumps([{"image_id": 1, "category_id": 1, "bbox": [0, 0, 1, 1]}]))
    with pytest.raises(InputError, match="so that the results can be cut"):
        parted([tmp_path / "in"], ["1.jpg"], tmp_path)


def test_parquet_is_written_anew(tmp_path):
    frame = pl.DataFrame({
        "asset_id": ["a", "b", None, "a"], "labeler": ["ann"] * 4, "class": ["q"] * 4, "kind": ["choice"] * 4,
        "answer": ["x", "y", "x", "x"], "more": [1, 2, 3, 4],
    })  # fmt: skip
    frame.write_parquet(tmp_path / "x.parquet")
    keep, rest, done = parted([tmp_path / "x.parquet"], ["a"], tmp_path)
    assert pl.read_parquet(keep).equals(frame[[0, 3]])
    assert pl.read_parquet(rest).equals(frame[[1, 2]])
    assert done.unread["record"].to_list() == [3]


def test_lists_of_images_of_yolo_are_cut_by_line(tmp_path):
    folder = tmp_path / "in"
    for name in "12":
        written(folder / "labels", f"{name}.txt", "0 0.5 0.5 0.1 0.1\n")
        written(folder / "images", f"{name}.jpg", b"no picture")
    written(folder, "train.txt", "images/1.jpg\r\n\nimages/2.jpg\nimages/3.jpg")
    written(folder, "data.yaml", "names: [cat]\n")
    written(folder, "notes.md", "# Notes\n")
    written(folder / "labels", "4.txt", "")
    assert labelqa.read(folder).assets["asset_id"].to_list() == ["1.jpg", "2.jpg", "3.jpg", "4"]
    keep, rest, _ = parted([folder], ["1.jpg", "3.jpg"], tmp_path)
    assert (keep / "in" / "train.txt").read_bytes() == b"images/1.jpg\r\n\nimages/3.jpg"
    assert (rest / "in" / "train.txt").read_bytes() == b"\nimages/2.jpg\n"
    mine = {"train.txt", "data.yaml", "notes.md"}
    assert set(files_in(keep / "in")) == mine | {"labels/1.txt", "images/1.jpg"}
    assert set(files_in(rest / "in")) == mine | {"labels/2.txt", "images/2.jpg", "labels/4.txt"}


@pytest.mark.parametrize("chunk", [1, 7, 64])
def test_spans_do_not_depend_on_chunks(tmp_path, monkeypatch, chunk):
    lists = written(tmp_path, "x.json", '\ufeff [ {"a": ",]["} , {"b": [1, {}]},{}, [] ]')
    members = written(tmp_path, "y.json", '{"x": [ ], "i": {"l": [1, 2]}, "y": [1,[2, 3] , "],"], "x": [ 5 ]}')
    expected = [record_spans(*find([lists]).files)[1], *member_spans(*find([members]).files)]
    monkeypatch.setattr("labelqa.formats.json_stream.opened.__wrapped__.__defaults__", (chunk,))
    found = [record_spans(*find([lists]).files)[1], *member_spans(*find([members]).files)]
    for before, after in zip(expected, found, strict=True):
        assert before.key == after.key
        assert before.start.tolist() == after.start.tolist()
        assert before.end.tolist() == after.end.tolist()
    text = lists.read_bytes()
    cut = [text[start:end] for start, end in zip(expected[0].start, expected[0].end, strict=True)]
    assert cut == [b' {"a": ",]["} ', b', {"b": [1, {}]}', b",{}", b", []"]
    assert [one.key for one in expected[1:]] == ["x", "y", "x"]
    assert [len(one.start) for one in expected[1:]] == [0, 3, 1]


# --- folders, archives ---------------------------------------------------------------------------------------------


def test_archives_become_folders_and_gz_stays_gz(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    with zipfile.ZipFile(folder / "all.zip", "w") as archive:
        archive.writestr("deep/x.ndjson", row("a") + "\n" + row("b") + "\n")
    (folder / "y.ndjson.gz").write_bytes(gzip.compress((row("c") + "\n" + row("d") + "\n").encode()))
    keep, rest, _ = parted([folder], ["a", "d"], tmp_path)
    assert set(files_in(keep)) == {"in/all/deep/x.ndjson", "in/y.ndjson.gz"} == set(files_in(rest))
    assert (keep / "in/all/deep/x.ndjson").read_text() == row("a") + "\n"
    packed = (keep / "in/y.ndjson.gz").read_bytes()
    assert gzip.decompress(packed).decode() == row("d") + "\n"
    again = tmp_path / "again"
    again.mkdir()
    assert (parted([folder], ["a", "d"], again)[0] / "in/y.ndjson.gz").read_bytes() == packed
    assert labelqa.read(keep).assets["asset_id"].to_list() == ["a", "d"]


def test_several_paths_keep_their_names_apart(tmp_path):
    paths = [written(tmp_path, f"{folder}/x.ndjson", row(folder) + "\n" + row(f"{folder}2")) for folder in "ab"]
    keep, rest, _ = parted(paths, ["a", "b2"], tmp_path)
    assert {name: text.decode().strip() for name, text in files_in(keep).items()} == {
        "a/x.ndjson": row("a"), "b/x.ndjson": row("b2"),
    }  # fmt: skip
    assert set(files_in(rest)) == {"a/x.ndjson", "b/x.ndjson"}


def test_a_folder_is_made_where_one_is_asked_for(tmp_path):
    path = written(tmp_path, "x.ndjson", row("a") + "\n" + row("b"))
    export = read_export([path])
    kept = export.project.assets[:1].select(KEY)
    (tmp_path / "rest").mkdir()
    split(export, kept, f"{tmp_path}/kept/", tmp_path / "rest")
    assert files_in(tmp_path / "kept") == {"x.ndjson": (row("a") + "\n").encode()}
    assert files_in(tmp_path / "rest") == {"x.ndjson": row("b").encode()}


def test_what_cannot_be_read_goes_with_what_is_rejected(tmp_path):
    folder = tmp_path / "in"
    good = "<annotation><filename>{}.jpg</filename><object><name>cat</name><bndbox><xmin>1</xmin><ymin>1</ymin>"
    good += "<xmax>2</xmax><ymax>2</ymax></bndbox></object></annotation>"
    for name in "ab":
        written(folder, f"{name}.xml", good.format(name))
    written(folder, "damaged.xml", "<annotation><object>")
    written(folder, "labelmap.txt", "cat:0\n")
    keep, rest, done = parted([folder], ["a.jpg", "b.jpg"], tmp_path)
    assert set(files_in(keep / "in")) == {"a.xml", "b.xml", "labelmap.txt"}
    assert set(files_in(rest / "in")) == {"damaged.xml", "labelmap.txt"}
    assert done.unread.rows() == [(str(folder / "damaged.xml"), None)]


def test_a_written_project_is_split_into_projects(tmp_path):
    project = labelqa.demo(assets=10, labelers=3, seed=2)
    project.write(tmp_path / "in")
    wanted = project.assets["asset_id"][:4].to_list()
    keep, rest, _ = parted([tmp_path / "in"], wanted, tmp_path)
    assert labelqa.read(keep).equals(project.select(assets=wanted))
    assert labelqa.read(rest).equals(project.select(assets=project.assets["asset_id"][4:].to_list()))


# --- refusals ------------------------------------------------------------------------------------------------------


def test_a_record_of_both_parts_is_refused_with_a_way_out(tmp_path):
    line = {"data_row": {"id": "a"}, "projects": {"p": {"labels": []}, "q": {"labels": []}}}
    path = written(tmp_path, "x.ndjson", json.dumps(line) + "\n" + row("b"))
    export = read_export([path])
    kept = export.project.assets.filter(project_id="p").select(KEY)
    with pytest.raises(InputError, match=r"record 1: .*labelqa convert .*x\.ndjson assets\.json"):
        split(export, kept, tmp_path / "kept", tmp_path / "rest")
    assert not (tmp_path / "kept").exists()


@pytest.mark.parametrize("text", [f"[{row('a')}, {row('b')}", f"[{row('a')}"])
def test_a_list_that_breaks_off_is_refused(tmp_path, text):
    export = read_export([written(tmp_path, "x.json", text)])
    with pytest.raises(InputError, match="a whole file to cut"):
        split(export, export.project.assets.select(KEY), tmp_path / "kept", None)


def test_a_line_that_breaks_off_is_one_that_cannot_be_read(tmp_path):
    path = written(tmp_path, "x.ndjson", row("a") + "\n" + row("b")[:-9])
    keep, rest, done = parted([path], ["a"], tmp_path)
    assert keep.read_text() == row("a") + "\n"
    assert rest.read_text() == row("b")[:-9]
    assert done.unread["record"].to_list() == [2]


def test_places_that_exist_are_left_alone(tmp_path):
    path = written(tmp_path, "x.ndjson", row("a"))
    export = read_export([path])
    kept = export.project.assets.select(KEY)
    for keep, rest, said in (
        (path, None, "exists"),
        (tmp_path / "no" / "x", None, "is no folder"),
        (tmp_path / "x", tmp_path / "x", "two parts"),
    ):
        with pytest.raises(UsageError, match=said):
            split(export, kept, keep, rest)


def test_nothing_is_left_behind_by_a_check_that_fails(tmp_path):
    path = written(tmp_path, "x.ndjson", row("a"))
    export = read_export([path])

    def check(paths):
        assert labelqa.read(paths).assets.height == 1
        raise InputError("better")

    with pytest.raises(InputError, match="better"):
        split(export, export.project.assets.select(KEY), tmp_path / "kept", tmp_path / "rest", check)
    assert [one.name for one in tmp_path.iterdir()] == ["x.ndjson"]
