"""Pascal VOC XML: what is read of an image, whose file it is, and what is said of the rest."""

import shutil

import pytest

from labelqa import read
from labelqa.errors import FormatError, InputError
from tests.formats.miniatures import HERE, problems

FOLDER = HERE / "pascal_voc"


def rows(project, *kinds):
    names = ["kind", "class", "geometry", "answer", "parent_id"]
    return [row for row in project.annotations.select(names).rows() if row[0] in kinds]


def test_boxes_parts_and_what_is_said_of_them():
    project = read(FOLDER / "street.xml")
    assert project.assets.select("asset_id", "name", "width", "height", "dataset").rows() == [
        ("street & park.jpg", "C:\\images\\street & park.jpg", 640, 480, "Streets")
    ]
    assert rows(project, "bbox", "rotated_bbox", "polygon") == [
        ("bbox", "car", [10.5, 20.0, 110.0, 220.0], None, None),
        ("bbox", "head", [220.0, 110.0, 260.0, 150.0], None, "2"),
        ("bbox", "person", [200.0, 100.0, 300.0, 400.0], None, None),
        ("polygon", "lawn", [1.0, 2.0, 30.0, 2.0, 30.0, 40.0], None, None),
        ("rotated_bbox", "boat", [100.0, 50.0, 40.0, 20.0, 90.0], None, None),
    ]
    assert sorted((cls, answer[0], parent) for _, cls, _, answer, parent in rows(project, "choice")) == [
        ("age", "adult", "2"),
        ("difficult", "no", "1"),
        ("hat", "yes", "2"),
        ("occluded", "no", "1"),
        ("pose", "Left", "1"),
        ("truncated", "yes", "1"),
    ]
    ids = project.annotations.filter(kind="bbox")["annotation_id"].to_list()
    assert {"1", "2"} <= set(ids)
    assert [problem[:4] for problem in problems(project)] == [
        ("note", 2, None, "'object.actions'"),
        ("note", None, "parent_id", None),
    ]
    assert project.sources.select("n_records", "n_skipped", "n_labels").row(0) == (4, 0, 1)


def test_the_old_xml_of_labelme_without_what_was_deleted():
    project = read(FOLDER / "old_labelme.xml")
    assert project.assets.select("asset_id", "width", "height").rows() == [("yard.jpg", 400, 300)]
    assert rows(project, "polygon") == [("polygon", "tree", [1.0, 1.0, 9.0, 1.0, 9.0, 9.0], None, None)]
    assert {(cls, answer[0]) for _, cls, _, answer, _ in rows(project, "choice")} == {
        ("occluded", "no"),
        ("attributes", "bare"),
    }
    assert project.problems.is_empty()


def test_what_is_wrong_is_listed_and_costs_its_object():
    project = read(FOLDER / "faults.xml")
    assert rows(project, "bbox", "polygon", "rotated_bbox") == [("bbox", "b", [1.0, 1.0, 2.0, 2.0], None, None)]
    listed = [(severity, record, field, found) for severity, record, field, found, _, _ in problems(project)]
    errors = [problem[1:] for problem in listed if problem[0] == "error" and problem[2] != "geometry"]
    assert sorted(errors, key=lambda problem: problem[0]) == [
        (1, "object.name", None),
        (2, "object", "'name'"),
        (3, "object.bndbox.xmin", "'one'"),
        (4, "object.bndbox.xmin", "'nan'"),
        (5, "object.bndbox.xmax", None),
        (7, "object.polygon", "'1 corners'"),
        (8, "object.polygon", "'0 corners'"),
        (9, "object.robndbox.cy", None),
        (10, "object.part", None),
    ]
    assert sum(severity == "error" and field == "geometry" for severity, _, field, _ in listed) == 1  # 1e300
    assert ("warning", 1, "size.height", "'tall'") in listed
    assert project.labels["n_unread"].to_list() == [10]
    assert project.sources.select("n_records", "n_skipped").row(0) == (10, 9)


def labeled(folder, name, image=None, text=None):
    folder.mkdir(parents=True, exist_ok=True)
    stated = f"<filename>{image}</filename>" if image else ""
    (folder / name).write_text(
        text
        or f"<annotation>{stated}<size><width>9</width><height>9</height></size><object><name>a</name><bndbox><xmin>1</xmin>"
        "<ymin>1</ymin><xmax>2</xmax><ymax>2</ymax></bndbox></object></annotation>"
    )


def whose(project):
    return sorted(project.labels.select("asset_id", "labeler").rows())


def test_the_folder_is_the_labeler(tmp_path):
    for name in ("ann", "bob"):
        labeled(tmp_path / name / "train", "1.xml", "1.jpg")
        labeled(tmp_path / name, "2.xml", "2.jpg")
    expected = [("1.jpg", "ann"), ("1.jpg", "bob"), ("2.jpg", "ann"), ("2.jpg", "bob")]
    assert whose(read([tmp_path / "ann", tmp_path / "bob"])) == expected
    assert whose(read(tmp_path)) == expected
    assert whose(read(tmp_path / "ann")) == [("1.jpg", "ann"), ("2.jpg", "ann")]
    assert whose(read(tmp_path / "ann" / "2.xml")) == [("2.jpg", "ann")]


def test_folders_that_sort_the_files_of_one_labeler_are_none(tmp_path):
    labeled(tmp_path / "set" / "city", "1.xml")
    labeled(tmp_path / "set" / "park", "2.xml")
    assert whose(read(tmp_path / "set")) == [("1", "set"), ("2", "set")]


def test_archives_are_labelers(tmp_path):
    for name in ("ann", "bob"):
        labeled(tmp_path / name / "Annotations", "1.xml")
        shutil.make_archive(tmp_path / "zips" / name, "zip", tmp_path / name)
    assert whose(read(tmp_path / "zips")) == [("1", "ann"), ("1", "bob")]


def test_names_that_are_stated_twice_tell_no_images_apart(tmp_path):
    labeled(tmp_path / "ann" / "train", "1.xml", "image.jpg")
    labeled(tmp_path / "ann" / "train", "2.xml", "image.jpg")
    labeled(tmp_path / "ann" / "val", "2.xml", "image.jpg")
    assert whose(read(tmp_path / "ann")) == [("1", "ann"), ("train/2", "ann"), ("val/2", "ann")]


def test_a_damaged_file_costs_itself_alone(tmp_path):
    labeled(tmp_path / "ann", "1.xml")
    labeled(tmp_path / "ann", "2.xml", text="<annotation><filename>2.jpg</filename><object><name>a</na")
    project = read(tmp_path / "ann")
    assert whose(project) == [("1", "ann")]
    ((severity, record, field, _, expected, _),) = problems(project)
    assert (severity, record, field, expected) == ("error", 1, None, "a whole XML file; the file is left out")
    assert project.sources["n_skipped"].to_list() == [0, 1]
    with pytest.raises(InputError, match="ends too early"):
        read(tmp_path / "ann" / "2.xml")


def test_an_image_without_objects_is_an_empty_label(tmp_path):
    labeled(tmp_path / "ann", "1.xml", text="<annotation><filename>1.jpg</filename></annotation>")
    project = read(tmp_path / "ann")
    assert (project.labels.height, project.annotations.height, project.labels["n_unread"].item()) == (1, 0, 0)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("<annotations/>", "its root is not 'annotation'"),
        ("<annotation><a/></annotation>", "no 'filename', 'size' or 'object'"),
        ('{"annotation": 1}', "no XML"),
    ],
)
def test_refusals(text, reason, tmp_path):
    (tmp_path / "x").write_text(text)
    with pytest.raises(FormatError) as error:
        read(tmp_path / "x")
    assert reason in error.value.refusals["pascal_voc"]


def test_many_objects_are_read_in_no_time(tmp_path):
    one = "<object><name>a</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>2</xmax><ymax>2</ymax></bndbox></object>"
    labeled(tmp_path / "ann", "1.xml", text=f"<annotation><size/>{one * 20_000}</annotation>")
    assert read(tmp_path / "ann").annotations.height == 20_000


def test_each_of_several_folders_given_is_a_labeler_s(tmp_path):
    """Even where they have no image in common."""
    box = "<object><name>cat</name><bndbox><xmin>1</xmin><ymin>2</ymin><xmax>3</xmax><ymax>4</ymax></bndbox></object>"
    for labeler, image in (("ann", "1"), ("bob", "2")):
        (tmp_path / labeler).mkdir()
        text = f"<annotation><filename>{image}.jpg</filename>{box}</annotation>"
        (tmp_path / labeler / f"{image}.xml").write_text(text)
    both = read([tmp_path / "ann", tmp_path / "bob"])
    assert both.labelers["labeler"].to_list() == ["ann", "bob"]
    (tmp_path / "ann").rename(tmp_path / "train")
    (tmp_path / "bob").rename(tmp_path / "val")
    split = read([tmp_path / "train", tmp_path / "val"])
    assert split.labelers.height == 1
