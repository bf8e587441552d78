"""Reviews of a label, as both exports have them: a score of 1 or -1 and who gave it when."""

from __future__ import annotations

from typing import Any

from labelqa.formats.readers.labelbox.scene import Reading


def add_review(reading: Reading, project_id: str, asset_id: str, label: int, review: Any, record: int) -> None:
    """Add a review. Export v1 documents its shape; v2 does not, and is taken to have the same one."""
    match review:
        case {"score": 1 | -1 as score, **rest}:
            reviewer = rest.get("created_by", rest.get("createdBy"))
            created_at = rest.get("created_at", rest.get("createdAt"))
            reading.builder.review(
                project_id,
                asset_id,
                "accepted" if score == 1 else "rejected",
                label=label,
                reviewer=reviewer if isinstance(reviewer, str) else None,
                created_at=created_at if isinstance(created_at, str) else None,
                record=record,
            )
        case _:
            reading.unread.add("review of this shape", record)
