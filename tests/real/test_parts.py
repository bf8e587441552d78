"""Parts of real exports: nothing is lost, nothing doubled, and what is kept meets the rules when it is read again."""

import json
from collections import Counter

import pytest

import labelqa
from labelqa.formats.read import read_export
from labelqa.gates.gate import gate
from labelqa.gates.keep import write_parts

RULES = {
    "agree": {"measure": "agreement_rate", "level": "asset", "at_least": 0.8},
    "right": {"measure": "benchmark", "level": "asset", "at_least": 0.6, "inconclusive": "pass"},
}


def records(path):
    """The records of a file, each as it stands; of COCO, images and annotations."""
    if path.suffix in (".ndjson", ".csv"):
        return Counter(path.read_bytes().splitlines()[path.suffix == ".csv" :])
    found = json.loads(path.read_text())
    found = found if isinstance(found, list) else [*found["images"], *found["annotations"]]
    return Counter(map(json.dumps, found))


@pytest.mark.parametrize("name", ["labelbox.ndjson", "table.csv", "label_studio.json", "coco_by_labeler"])
def test_pedestrians(data, tmp_path, name):
    source = data / "pedestrians" / name
    export = read_export([source])
    verdicts = gate(export.project, {"rules": RULES})
    keep, rest = tmp_path / name, tmp_path / f"rest{source.suffix}"
    write_parts(export, verdicts, keep, rest)
    kept = labelqa.read(keep)
    assert gate(kept, {"rules": RULES}).exit_code == 0
    assert kept.assets.select("project_id", "asset_id").equals(verdicts.kept)
    if name != "coco_by_labeler":
        assert kept.assets.height == 1115
        assert records(keep) + records(rest) == records(source)
        return
    assert kept.assets.height == 1199  # experts are labelers like others here
    for file in source.iterdir():
        parts = [part / name / file.name for part in (keep, rest)]
        assert sum((records(part) for part in parts if part.exists()), Counter()) == records(file)


@pytest.mark.parametrize(
    "name", ["cvat_format", "pascalvoc_format", "labelme_format", "openimages_format", "yolo_format"]
)
def test_the_same_boxes_in_other_formats(data, tmp_path, name):
    export = read_export([data / "same_boxes_nine_formats" / name])
    boxes = export.project.annotations.filter(kind="bbox").group_by("asset_id").len()
    named = boxes.filter(boxes["len"] > 2)["asset_id"].to_list()
    rules = {"few": {"measure": "n_labels", "level": "asset", "at_least": 2, "of": named}}
    write_parts(export, gate(export.project, {"rules": rules}), tmp_path / "kept", tmp_path / "rest")
    parts = [labelqa.read(tmp_path / part) for part in ("kept", "rest")]
    assert [part.assets.height for part in parts] == [100 - len(named), len(named)]
    assert sum(part.annotations.filter(kind="bbox").height for part in parts) == 273
