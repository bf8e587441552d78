"""OpenImages CSV: boxes in fractions, sizes and names from tables beside, and what is wrong with a row."""

import pytest
from PIL import Image

from labelqa import read
from labelqa.errors import FormatError
from tests.formats.miniatures import HERE, problems

FOLDER = HERE / "openimages"


def boxes(project):
    names = ["asset_id", "labeler", "class", "geometry", "score", "is_crowd"]
    return project.annotations.filter(kind="bbox").select(names).rows()


def said(project, severity):
    return [problem[1:5] for problem in problems(project) if problem[0] == severity]


def test_truth_and_model_in_pixels_where_sizes_are_known():
    project = read([FOLDER / name for name in ("truth.csv", "model.csv", "sizes.csv", "names.csv")])
    assert boxes(project) == [
        ("a1", "model", "Tortoise", [100.0, 20.0, 200.0, 40.0], 0.75, False),
        ("a1", "truth", "/m/02", [100.0, 20.0, 200.0, 40.0], None, True),
        ("a1", "truth", "Tortoise", [100.0, 20.0, 200.0, 40.0], None, False),
        ("b2", "truth", "Tortoise", [0.0, 0.0, 1.0, 1.0], None, False),
    ]
    assert project.assets.select("asset_id", "width", "height").rows() == [("a1", 400, 200), ("b2", None, None)]
    assert dict(project.labelers.select("labeler", "is_model").rows()) == {"model": True, "truth": False}
    choices = project.annotations.filter(kind="choice").select("class", "answer", "parent_id").rows()
    assert sorted((cls, answer[0], parent) for cls, answer, parent in choices) == [
        ("IsDepiction", "no", "2"),
        ("IsInside", "no", "2"),
        ("IsOccluded", "no", "2"),
        ("IsOccluded", "yes", "1"),
        ("IsTruncated", "no", "1"),
        ("IsTruncated", "no", "2"),
    ]
    assert [field for _, field, _, _ in said(project, "warning")] == ["ImageID"]
    assert [field for _, field, _, _ in said(project, "note")] == ["Extra"]


def test_an_image_beside_tells_its_size(tmp_path):
    (tmp_path / "boxes.csv").write_text((FOLDER / "model.csv").read_text())
    Image.new("L", (40, 20)).save(tmp_path / "a1.png")
    assert boxes(read(tmp_path / "boxes.csv"))[0][3] == [10.0, 2.0, 20.0, 4.0]


def test_what_is_wrong_with_a_row_costs_it_alone():
    project = read(FOLDER / "faults.csv")
    assert boxes(project) == [("a1", "faults", "/m/01", [0.0, 0.0, 1.0, 1.0], None, False)]
    assert sorted((record, field) for record, field, _, _ in said(project, "error")) == [
        (1, "ImageID"),
        (2, "LabelName"),
        (3, "XMin, XMax, YMin, YMax"),
        (4, "XMin, XMax, YMin, YMax"),
        (5, "XMin, XMax, YMin, YMax"),
        (6, "XMin, XMax, YMin, YMax"),
        (7, "row"),
    ]
    assert project.labels["n_unread"].to_list() == [5]
    assert project.sources.select("n_records", "n_skipped").row(0) == (8, 7)


def test_files_of_one_name_are_told_apart_by_their_folders(tmp_path):
    for name in ("ann", "bob"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "boxes.csv").write_text((FOLDER / "model.csv").read_text())
    assert read(tmp_path).labelers["labeler"].to_list() == ["ann/boxes", "bob/boxes"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [("ImageID,LabelName\n", "no column 'XMin'"), ("a,b\n", "no column 'ImageID'"), ("<a/>", "no CSV with a header")],
)
def test_refusals(text, reason, tmp_path):
    (tmp_path / "x").write_text(text)
    with pytest.raises(FormatError) as error:
        read(tmp_path / "x")
    assert error.value.refusals["openimages"] == reason


def test_class_descriptions_without_a_header_and_a_flag_that_is_none(tmp_path):
    (tmp_path / "names.csv").write_text("/m/01,Tortoise\n/m/02,Cat\n")
    (tmp_path / "boxes.csv").write_text(
        "ImageID,LabelName,XMin,XMax,YMin,YMax,IsOccluded\na,/m/01,0,1,0,1,maybe\na,/m/02,0,1,0,1,-1\n"
    )
    project = read(tmp_path)
    assert sorted(project.annotations["class"].to_list()) == ["Cat", "Tortoise"]
    assert project.annotations.filter(kind="choice").height == 0
    assert [found for _, field, found, _ in said(project, "warning") if field == "IsOccluded"] == ["'maybe'"]
