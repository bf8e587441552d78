"""Pseudonyms: no name is left anywhere, nothing else changes, and the key decides."""

import hashlib
import hmac

import polars as pl
import pytest

import labelqa
from labelqa.project import Builder, schema
from labelqa.project.pseudonyms import pseudonym
from tests.conftest import random_project

KEY = "a secret of sixteen bytes or more"
NAMES = ("ann.smith@example.com", "bob", "7", "Zoë")


def named_project():
    """Names in every place that a project has for them."""
    builder = Builder()
    for labeler in NAMES:
        builder.source(f"exports/{labeler}.json", "table")
        builder.problem("warning", f"a label of {labeler}", found=f"x by {labeler}", remedy=f"Ask {labeler}.")
        builder.labeler(labeler, name=f"{labeler} the labeler")
        for asset in ("1", "2"):
            metadata = (
                [(f"checked by {labeler}", labeler.upper()), ("category", "bobsleigh")] if len(labeler) > 1 else []
            )
            builder.asset(
                "Bob's project", asset, name=f"{asset}-bob.jpg", batch="bob/1", dataset="Zoë", metadata=metadata
            )
            label = builder.label("Bob's project", asset, f"{asset}/{labeler}", labeler)
            for k, corner in enumerate((0, 20)):
                builder.bbox(label, "car", corner, 0, corner + 10, 10, annotation_id=f"{labeler}-{k}")
            builder.annotation(label, "relation", "tows", answer=[f"{labeler}-0", f"{labeler}-1"])
            builder.annotation(label, "choice", "colour", answer=["red"], parent_id=f"{labeler}-0")
            builder.review("Bob's project", asset, "accepted", label=label, reviewer="rita@example.com")
            builder.issue(
                "Bob's project", asset, "open", label=label, category="bob again", raised_by="rita@example.com"
            )
    return builder.project()


def everything(project):
    return {name: table.write_json() for name, table in project.tables.items()}


def test_no_name_is_left_in_any_table():
    project = named_project()
    before, after = everything(project), everything(project.with_pseudonyms(KEY))
    for name in ("ann.smith", "rita", "Zoë"):
        assert any(name.lower() in text.lower() for text in before.values())
        assert not [table for table, text in after.items() if name.lower() in text.lower()], name
    left = {table: text.lower().replace("bobsleigh", "") for table, text in after.items()}
    assert not [table for table, text in left.items() if "bob" in text]


def test_a_short_name_is_replaced_where_it_is_the_labeler_s_own():
    project = named_project().with_pseudonyms(KEY)
    own = project.labels.filter(labeler=pseudonym("7", KEY.encode()))
    assert own.height == 2
    assert not own["label_id"].str.contains("7$").any()
    assert own["source"].unique().to_list() == [f"exports/{pseudonym('7', KEY.encode())}.json"]
    assert "exports/7.json" not in project.sources["file"]
    annotations = project.annotations.filter(labeler=pseudonym("7", KEY.encode()), kind="bbox")
    assert annotations["annotation_id"].str.starts_with("annotation-").all()


def test_words_that_only_begin_like_a_name_stay():
    metadata = named_project().with_pseudonyms(KEY).assets["metadata"][0]
    assert {"key": "category", "value": "bobsleigh"} in metadata.to_list()


def test_pseudonyms_are_hashes_under_the_key():
    digest = hmac.new(KEY.encode(), b"bob", hashlib.sha256).hexdigest()
    assert pseudonym("bob", KEY.encode()) == f"labeler-{digest[:8]}"
    one, other = (named_project().with_pseudonyms(key).labelers["labeler"].to_list() for key in (KEY, KEY[::-1]))
    assert one == sorted(pseudonym(name, KEY.encode()) for name in NAMES)
    assert not set(one) & set(other)


def test_the_same_key_gives_the_same_project_and_none_another_each_time():
    project = named_project()
    assert project.with_pseudonyms(KEY).equals(project.with_pseudonyms(KEY.encode()))
    assert not project.with_pseudonyms().equals(project.with_pseudonyms())


def test_links_and_parents_find_their_ends_again():
    before, after = named_project(), named_project().with_pseudonyms(KEY)
    for project in (before, after):
        matches = project.annotations.filter(kind="relation")
        ids = project.annotations.filter(kind="bbox").select("label_id", "annotation_id")
        ends = matches.select("label_id", pl.col("answer")).explode("answer")
        assert ends.join(
            ids, left_on=["label_id", "answer"], right_on=["label_id", "annotation_id"], how="anti"
        ).is_empty()
    assert _counts(labelqa.score(before)) == _counts(labelqa.score(after))
    assert labelqa.score(before).attributes.equals(labelqa.score(after).attributes)


def _counts(scores):
    return scores.matches.group_by("kind", "outcome").len().sort("kind", "outcome").rows()


@pytest.mark.parametrize("seed", range(3))
def test_only_names_change(seed):
    project = random_project(seed)
    after = project.with_pseudonyms(KEY)
    assert dict(after.assets.schema) == schema.dtypes(schema.ASSETS)
    for name in ("assets", "labels", "annotations"):
        assert after.tables[name].height == project.tables[name].height
        assert dict(after.tables[name].schema) == schema.dtypes(schema.TABLES[name])
    one, other = labelqa.score(project), labelqa.score(after)
    for measure in ("consensus", "benchmark", "precision", "recall", "mean_iou"):
        assert other.project[measure][0] == pytest.approx(one.project[measure][0])
    renamed = one.labelers.with_columns(
        labeler=pl.Series([pseudonym(name, KEY.encode()) for name in one.labelers["labeler"]])
    )
    columns = ["labeler", "n_labels", "n_matched", "n_drawn"]
    assert other.labelers.sort("labeler").select(columns).equals(renamed.sort("labeler").select(columns))


def test_rows_stay_in_canonical_order():
    project = named_project().with_pseudonyms(KEY)
    assert project.select(projects=project.assets["project_id"][0]).equals(project)


def test_an_empty_project_has_nobody():
    empty = Builder().project()
    assert empty.with_pseudonyms(KEY).equals(empty)


@pytest.mark.parametrize("key", ["", "short", b"fifteen bytes.."])
def test_a_key_that_is_no_secret_is_refused(key):
    with pytest.raises(labelqa.UsageError, match="at least 16 bytes"):
        named_project().with_pseudonyms(key)
