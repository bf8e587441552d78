"""A Darwin export that nobody here wrote: eight dermatologists on 630 photos, 61 of them twice."""

import json
import re
import tarfile
from collections import Counter

import polars as pl
import pytest

from labelqa.comparison.labels import Labels
from labelqa.comparison.pairs import pair_labels
from labelqa.formats.read import read


@pytest.fixture(scope="module")
def archive(data):
    return data / "dermxdb" / "annotations.tar.gz"


@pytest.fixture(scope="module")
def project(archive):
    return read(archive)


@pytest.fixture(scope="module")
def counted(archive):
    """Count what is in the files, one by one."""
    counts = Counter()
    with tarfile.open(archive) as opened:
        for member in opened:
            if not member.isfile():
                continue
            document = json.load(opened.extractfile(member))
            who, again, photo = re.fullmatch(r".*/labeller(\d)(2?)_(.*)\.json", member.name).groups()
            counts["file"] += 1
            counts["labeler", who] += 1
            counts["photo", photo] += 1
            counts["again"] += bool(again)
            for one in document["annotations"]:
                rings = one["complex_polygon"]["path"] if "complex_polygon" in one else None
                rings = [one["polygon"]["path"]] if "polygon" in one else rings
                counts["tag" if "tag" in one else "outline"] += 1
                counts["attribute"] += len(one.get("attributes", ()))
                counts["class", one["name"]] += 1
                for ring in rings or ():
                    counts["ring"] += 1
                    counts["corner"] += len(ring) - (ring[0] == ring[-1])
    return counts


def test_every_file_is_a_label(project, counted):
    assert counted["file"] == 5528
    assert project.sources.select(pl.len(), pl.sum("n_records", "n_skipped", "n_labels")).rows() == [
        (5528, 5528, 0, 5528)
    ]
    assert project.labels.height == 5528
    assert project.labels["n_unread"].sum() == 0
    assert project.problems.filter(severity="error").is_empty()


def test_every_outline_tag_and_attribute_is_read(project, counted):
    outlines = project.annotations.filter(kind="polygon")
    assert outlines.height == counted["outline"] == 10_060
    corners = outlines["geometry"].list.len().sum() // 2
    assert corners == counted["corner"]
    assert outlines["parts"].list.len().fill_null(1).sum() == counted["ring"]
    answers = project.annotations.filter(kind="checklist").group_by("class").agg(pl.col("answer").list.len().sum())
    assert dict(answers.rows()) == {"tag": counted["tag"], "attributes": counted["attribute"]}
    assert counted["tag"] == 12_973
    classes = Counter(dict(outlines.group_by("class").len().rows()))
    tags = project.annotations.filter(pl.col("class") == "tag")["answer"].to_list()
    classes.update(tag for answers in tags for tag in answers)
    assert classes == {key[1]: n for key, n in counted.items() if key[0] == "class"}


def test_labelers_photos_and_repeats_are_told_by_the_names_of_files(project, counted):
    labelers = dict(project.labels.group_by("labeler").len().rows())
    assert labelers == {f"labeller{key[1]}": n for key, n in counted.items() if key[0] == "labeler"}
    assert len(labelers) == 8
    photos = dict(
        project.labels.select(pl.col("asset_id").str.replace(r"\.\w+$", "")).group_by("asset_id").len().rows()
    )
    assert photos == {key[1]: n for key, n in counted.items() if key[0] == "photo"}
    assert len(photos) == 630
    twice = pair_labels(project, Labels.of(project), ("self",))
    assert len(twice) == counted["again"] == 8 * 61
    pairs = project.labels["labeler"].gather(twice.label_a).to_list()
    assert Counter(pairs) == dict.fromkeys(labelers, 61)


def test_the_photo_is_one_asset_though_it_is_in_two_datasets(project):
    found = project.problems.filter(pl.col("expected").str.starts_with("an item in one dataset"))
    assert found["n"].to_list() == [61]
