"""Small projects of labels with times, verdicts and boxes, made by hand."""

from datetime import UTC, datetime, timedelta

from labelqa.project import Builder

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)  # a Monday


def at(minutes, start=NINE):
    return (start + timedelta(minutes=minutes)).isoformat()


def made(labels, reviews=(), *, shuffled=None, assets=()):
    """Make a project of dicts.

    A label has asset and labeler, and may have project, id, role, status, at, changed, seconds, review_seconds, boxes
    (number, or a list of classes). A review has label (its id) or asset, verdict, and may have reviewer, at.
    """
    builder = Builder()
    builder.source("made", "made")
    rows = list(labels)
    if shuffled is not None:
        rows = [rows[k] for k in shuffled.permutation(len(rows))]
    known = {}
    for project, asset in assets:
        builder.asset(project, asset, width=100, height=100)
    for k, row in enumerate(rows):
        project = row.get("project", "p")
        builder.asset(
            project, row["asset"], width=100, height=100, batch=row.get("batch"), labels_asked=row.get("asked")
        )
        label_id = row.get("id", f"{row['asset']}/{row['labeler']}/{row.get('role', 'submitted')}")
        known[label_id] = (project, row["asset"], builder.label(
            project, row["asset"], label_id, row["labeler"],
            role=row.get("role", "submitted"), status=row.get("status", "submitted"),
            created_at=row.get("at"), updated_at=row.get("changed"),
            seconds=row.get("seconds"), review_seconds=row.get("review_seconds"), record=k + 1,
        ))  # fmt: skip
        boxes = row.get("boxes", 0)
        for n, cls in enumerate(["cat"] * boxes if isinstance(boxes, int) else boxes):
            builder.bbox(known[label_id][2], cls, 10 * n, 0, 10 * n + 8, 8)
    for review in reviews:
        if "label" in review:
            project, asset, number = known[review["label"]]
        else:
            project, asset, number = review.get("project", "p"), review["asset"], None
        builder.review(
            project, asset, review["verdict"], label=number,
            reviewer=review.get("reviewer"), created_at=review.get("at"), record=1,
        )  # fmt: skip
    return builder.project()


def rows_of(frame, *key):
    """Give the rows of a table by the values of some columns."""
    return {tuple(row[k] for k in key) if len(key) > 1 else row[key[0]]: row for row in frame.to_dicts()}
