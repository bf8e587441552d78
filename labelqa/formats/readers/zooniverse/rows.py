"""From rows of the export to assets and labels."""

from __future__ import annotations

import math
from collections import Counter
from datetime import datetime
from typing import Any

import msgspec

from labelqa.formats.csv_stream import Rows
from labelqa.formats.dates import iso8601
from labelqa.formats.readers.zooniverse.tasks import Tasks
from labelqa.project import Builder

_ANONYMOUS = "not-logged-in-"
_NAMES = ("filename", "image_name", "file_name", "image", "file", "name", "title", "id")
"""Fields of a subject that may hold its name, best first; signs such as "#" and "!" before them do not count."""
_TRUE = ("true", "t", "1", "yes")
_decode = msgspec.json.decode


class Classifications:
    """Takes classifications apart into the builder."""

    def __init__(self, builder: Builder) -> None:
        self._builder, self._tasks = builder, Tasks(builder)
        self._versions: Counter[tuple[str, str]] = Counter()
        self._anonymous: set[str] = set()
        self._told: set[tuple[str, str]] = set()

    def add(self, rows: Rows) -> None:
        """Add a run of rows."""
        for record, row in zip(rows.records.to_list(), rows.cells.iter_rows(named=True), strict=True):
            self._row(record, row)

    def finish(self) -> None:
        """Add what was kept until the whole file was read, and note what is worth knowing."""
        self._tasks.finish()
        workflows = Counter(workflow for workflow, _ in self._versions)
        mixed = [key for key in self._versions if workflows[key[0]] > 1]
        if mixed:
            found = ", ".join(
                f"{workflow} v{version}: {self._versions[workflow, version]}" for workflow, version in mixed
            )
            self._builder.problem(
                "note",
                "one version of each workflow; all are read together",
                field="workflow_version",
                found=found,
                remedy="Take out the rows of trial versions, if there are any.",
                n=len(mixed),
            )
        if self._anonymous:
            self._builder.problem(
                "note",
                "volunteers who are logged in; others are told apart by their address, which may be of several people",
                field="user_name",
                n=len(self._anonymous),
            )

    def _row(self, record: int, row: dict[str, str | None]) -> None:
        subject = row.get("subject_ids") or _only_key(row.get("subject_data"))
        tasks = self._json(row, "annotations", record)
        if subject is None or not isinstance(tasks, list):
            self._builder.records(0, 1)
            what, field = ("a subject", "subject_ids") if subject is None else ("a list of tasks", "annotations")
            if subject is None or tasks is not None or row.get(field) is None:
                self._builder.problem("error", f"{what}; the record is left out", record=record, field=field)
            return
        metadata = self._json(row, "metadata", record)
        metadata = metadata if isinstance(metadata, dict) else {}
        project_id = row.get("workflow_id") or "default"
        self._asset(project_id, subject, row, metadata, record)
        labeler = self._labeler(row)
        label = self._builder.label(
            project_id,
            subject,
            row.get("classification_id") or f"{subject}/{labeler or ''}/{row.get('created_at') or record}",
            labeler,
            role="benchmark" if (row.get("gold_standard") or "").lower() in _TRUE else "submitted",
            created_at=iso8601(row.get("created_at")),
            seconds=self._seconds(metadata, record),
            record=record,
        )
        self._versions[project_id, row.get("workflow_version") or ""] += 1
        self._tasks.add(label, tasks, record)

    def _json(self, row: dict[str, str | None], field: str, record: int) -> Any:
        """Decode a cell of JSON; None if it cannot be."""
        text = row.get(field)
        if text is None:
            return None
        try:
            return _decode(text)
        except (ValueError, RecursionError) as error:
            lost = "; the record is left out" if field == "annotations" else "; read as empty"
            self._builder.problem(
                "error" if field == "annotations" else "warning",
                f"valid JSON{lost}",
                record=record,
                field=field,
                found=str(error),
            )
            return None

    def _asset(
        self, project_id: str, subject: str, row: dict[str, str | None], metadata: dict[str, Any], record: int
    ) -> None:
        """Add the subject; what is told of it in every row is told once."""
        width, height = _size(metadata)
        facts: dict[str, Any] = {}
        if (project_id, subject) not in self._told:
            self._told.add((project_id, subject))
            told = self._json(row, "subject_data", record)
            inner = told.get(subject, next(iter(told.values()), None)) if isinstance(told, dict) else None
            facts = {key: value for key, value in inner.items() if key != "retired"} if isinstance(inner, dict) else {}
        self._builder.asset(
            project_id,
            subject,
            name=_name(facts),
            width=width,
            height=height,
            metadata=[(key, text) for key, value in facts.items() if (text := _text(value)) is not None],
            record=record,
        )

    def _labeler(self, row: dict[str, str | None]) -> str | None:
        """Name the volunteer: the user name, which Zooniverse makes up of the address of those not logged in."""
        name = row.get("user_name")
        if name is None:
            name = row.get("user_id") or (f"{_ANONYMOUS}{row['user_ip']}" if row.get("user_ip") else None)
        if name is not None and name.startswith(_ANONYMOUS):
            self._anonymous.add(name)
        return name

    def _seconds(self, metadata: dict[str, Any], record: int) -> float | None:
        started, finished = (_time(metadata.get(name)) for name in ("started_at", "finished_at"))
        if started is None or finished is None:
            return None
        seconds = (finished - started).total_seconds()
        if seconds < 0:
            self._builder.problem(
                "warning",
                "finished_at after started_at; seconds are read as unknown",
                record=record,
                field="metadata",
                found=seconds,
            )
            return None
        return seconds


def _only_key(text: str | None) -> str | None:
    """Give the id of the subject from its data."""
    try:
        told = _decode(text or "{}", type=dict[str, msgspec.Raw])
    except (ValueError, RecursionError):
        return None
    return next(iter(told)) if len(told) == 1 else None


def _size(metadata: dict[str, Any]) -> tuple[float | None, float | None]:
    """Give width and height of the first picture; unknown where it was not loaded."""
    shown = metadata.get("subject_dimensions")
    first = shown[0] if isinstance(shown, list) and shown else None
    sides = [first.get(name) for name in ("naturalWidth", "naturalHeight")] if isinstance(first, dict) else []
    sizes = [float(side) for side in sides if isinstance(side, (int, float)) and 0 < side < 1e9]
    return (sizes[0], sizes[1]) if len(sizes) == 2 else (None, None)


def _time(text: Any) -> datetime | None:
    try:
        time = datetime.fromisoformat(iso8601(text) or "") if isinstance(text, str) else None
    except ValueError:
        return None
    return time if time is None or time.tzinfo else None


def _name(facts: dict[str, Any]) -> str | None:
    plain = {key.strip("#!/ ").lower().replace(" ", "_"): value for key, value in facts.items()}
    found = (plain.get(name) for name in _NAMES)
    return next((value for value in found if isinstance(value, str) and value), None)


def _text(value: Any) -> str | None:
    """Give a fact about a subject as text: texts as they are, anything else as JSON; None if there is nothing."""
    if value is None or value == "" or (isinstance(value, float) and not math.isfinite(value)):
        return None
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
