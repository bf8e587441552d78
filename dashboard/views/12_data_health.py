"""Data health: what was found wrong in reading, and what this export cannot tell, and why."""

from __future__ import annotations

import polars as pl
import streamlit as st

from dashboard.components import numbers, page, tables

ICON = ":material/health_and_safety:"

SEVERITIES = {
    "error": ("Errors", "Something was lost: a mark, a label or a record is left out."),
    "warning": ("Warnings", "Read, but look at it."),
    "note": ("Notes", "In the file, and not read by labelqa."),
}


def tiles(project) -> None:
    """Count records, labels and problems."""
    sources, n_problems = (
        project.sources,
        dict(project.problems.group_by("severity").agg(pl.col("n").sum()).iter_rows()),
    )
    unread = project.labels.filter(pl.col("n_unread") > 0)
    shown = [
        ("Files", sources.height, "Files that were read."),
        ("Records", sources["n_records"].sum(), "Records in them: lines, list entries, images."),
        ("Records left out", sources["n_skipped"].sum(), "Records that could not be read; each is a problem below."),
        (
            "Labels in part",
            unread.height,
            "Labels that hold marks which could not be read; they are not taken for empty.",
        ),
        *((title, n_problems.get(name, 0), about) for name, (title, about) in SEVERITIES.items()),
    ]  # fmt: skip
    for column, (title, n, about) in zip(st.columns(len(shown)), shown, strict=True):
        with column.container(border=True):
            st.metric(title, numbers.count(n), help=about)


def cannot_tell(project) -> pl.DataFrame:
    """List what can be asked of an export: whether this one answers, and why not."""
    assets, labels = project.assets, project.labels
    submitted = labels.filter(pl.col("role") == "submitted")
    several = submitted.group_by("project_id", "asset_id").len().filter(pl.col("len") > 1).height
    roles = dict(labels.group_by(pl.col("role").cast(pl.String)).len().iter_rows())
    n = submitted.height

    def share(column: pl.Series) -> str:
        return f"{column.count():,} of {len(column):,} labels"

    rows = [
        ("Who labeled", submitted["labeler"].count(), share(submitted["labeler"]), "The export names no labelers."),
        ("Do labelers agree", several, f"{several:,} assets with two labels or more", "No asset has two labels."),
        (
            "Are they right",
            roles.get("benchmark", 0),
            f"{roles.get('benchmark', 0):,} benchmark labels",
            "No label is marked as ground truth; name its author with --benchmark.",
        ),
        ("When", submitted["created_at"].count(), share(submitted["created_at"]), "The export has no times of submission."),
        (
            "How long it took",
            submitted["seconds"].count() or submitted["created_at"].count(),
            share(submitted["seconds"]) if submitted["seconds"].count() else "inferred from gaps between submissions",
            "Neither seconds nor times of submission are in the export.",
        ),
        ("What reviewers said", project.reviews.height, f"{project.reviews.height:,} reviews", "No reviews in the export."),
        ("Open issues", project.issues.height, f"{project.issues['n'].sum():,} issues", "No issues in the export."),
        (
            "What became of pre-labels",
            roles.get("prediction", 0),
            f"{roles.get('prediction', 0):,} pre-labels",
            "No predictions in the export.",
        ),
        (
            "In which batches",
            assets["batch"].n_unique() > 1,
            f"{assets['batch'].n_unique():,} batches",
            "There are no batches in the export, or there is one.",
        ),
        (
            "How large the frames are",
            assets["width"].count(),
            f"{assets['width'].count():,} of {assets.height:,} assets",
            "The export has no sizes: pictures are fitted to the marks.",
        ),
        (
            "How many labels are asked for",
            assets["labels_asked"].count(),
            f"{assets['labels_asked'].count():,} of {assets.height:,} assets",
            "Not in the export: as many as most assets have are taken to be asked for.",
        ),
    ]  # fmt: skip
    return pl.DataFrame(
        [(what, "✓" if there else "–", found if there and n else why) for what, there, found, why in rows],
        schema=["question", "answered", "detail"],
        orient="row",
    )


def by_kind(problems) -> None:
    """List the kinds of problems, the most frequent first."""
    kinds = problems.group_by("severity", "expected").agg(
        pl.col("n").sum(), pl.col("file").n_unique().alias("files"), pl.col("remedy").drop_nulls().first()
    )
    tables.table(
        kinds.sort("severity", "n", "expected", descending=[False, True, False]),
        ["severity", "n", "files", "expected", "remedy"],
        titles={"n": "Times", "files": "Files", "expected": "Expected, or what became of it"},
        key="kinds",
        name="problem-kinds",
    )


def listed(problems) -> None:
    """List the problems of the severities chosen."""
    there = [name for name in SEVERITIES if (problems["severity"] == name).any()]
    chosen = st.pills(
        "Severity",
        there,
        selection_mode="multi",
        default=there,
        key="severity",
        format_func=lambda name: SEVERITIES[name][0],
        label_visibility="collapsed",
        bind="query-params",
    )
    tables.table(
        problems.filter(pl.col("severity").cast(pl.String).is_in(chosen)),
        ["severity", "n", "file", "record", "field", "found", "expected", "remedy"],
        titles={
            "n": "Times",
            "file": "File",
            "record": "Record",
            "field": "Field",
            "found": "Found",
            "expected": "Expected",
        },
        key="problems",
        name="problems",
        height=420,
    )


view = page.begin(
    "Data health",
    "What was wrong in reading, and what this export cannot tell",
    without=("batch", "class", "labeler", "role", "dates", "project"),
)
project = view.source.project
tiles(project)
left, right = st.columns([1, 1.15])
with left, st.container(border=True, height="stretch"):
    st.subheader("What this export tells", anchor=False)
    tables.table(
        cannot_tell(project),
        ["question", "answered", "detail"],
        titles={"question": "Question", "answered": "Answered", "detail": "From what, or why not"},
        key="tells",
    )
with right, st.container(border=True, height="stretch"):
    st.subheader("Problems by kind", anchor=False)
    if project.problems.is_empty():
        st.markdown(":material/check_circle: Read without a problem.")
    else:
        by_kind(project.problems)
if not project.problems.is_empty():
    st.subheader("All problems", anchor=False)
    listed(project.problems)
st.subheader("Files", anchor=False)
tables.table(
    project.sources.sort("n_records", "file", descending=[True, False]),
    ["file", "format", "n_records", "n_skipped", "n_labels", "n_annotations"],
    titles={"file": "File", "format": "Read as", "n_records": "Records", "n_skipped": "Left out"},
    key="files",
    name="files",
)
