"""Issues: counts and ages by category, by hand; the same after a selection, a sum and a stored file."""

from datetime import timedelta

import labelqa
from labelqa.measures.workforce.issues import by_category
from labelqa.project import Builder, Project
from tests.measures.workforce.small import at


def raised():
    builder = Builder()
    builder.source("made", "made")
    for asset in ("x1", "x2"):
        builder.asset("p", asset, width=100, height=100)
    label = builder.label("p", "x1", "l1", "ann", created_at=at(0), updated_at=at(3 * 1440))
    other = builder.label("p", "x2", "l2", "bob", created_at=at(0))
    builder.issue("p", "x1", "open", label=label, category="edge", created_at=at(1440))
    builder.issue("p", "x1", "open", label=label, category="edge", created_at=at(2 * 1440), raised_by="rea")
    builder.issue("p", "x2", "resolved", label=other, category="edge", created_at=at(0), resolved_at=at(720))
    builder.issue("p", "x2", "open", n=4)
    builder.issue("p", "x2", "open", n=3)  # another file of the same asset, that knows of fewer
    return builder.project()


def test_counts_and_days():
    columns = ["category", "state", "n_issues", "n_assets", "n_labels", "n_dated", "median_days", "longest_days"]
    expected = [
        ("edge", "open", 2, 1, 1, 2, 1.5, 2.0),  # up to the last change, on the third day
        ("edge", "resolved", 1, 1, 1, 1, 0.5, 0.5),
        (None, "open", 4, 1, 0, 0, None, None),
    ]
    assert by_category(raised()).select(columns).rows() == expected
    assert labelqa.workforce(raised()).issues.select(columns).rows() == expected


def test_an_issue_from_after_the_last_moment_has_no_negative_age():
    project = raised()
    late = project.tables["issues"].with_columns(created_at=project.tables["issues"]["created_at"] + timedelta(days=9))
    assert by_category(Project({**project.tables, "issues": late}))["median_days"].min() >= 0


def test_selections_sums_and_files_keep_them(tmp_path):
    project = raised()
    assert project.select(labelers="ann").issues.select("asset_id", "label_id", "labeler", "n").rows() == [
        ("x1", "l1", "ann", 1),
        ("x1", "l1", "ann", 1),
        ("x2", None, None, 4),
    ]
    assert Project.concat([project, project.select(assets="x1")]).issues.equals(project.issues)
    project.write(tmp_path / "stored")
    assert labelqa.read(tmp_path / "stored").issues.equals(project.issues)


def test_what_is_wrong_with_a_time_is_listed():
    builder = Builder()
    builder.source("made", "made")
    builder.asset("p", "x")
    builder.issue("p", "x", "open", created_at="yesterday", record=1)
    project = builder.project()
    assert project.issues["created_at"].to_list() == [None]
    assert project.problems.select("field", "found").rows() == [("created_at", "'yesterday'")]
    assert by_category(project)["n_issues"].to_list() == [1]
