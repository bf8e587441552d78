"""Amazon Mechanical Turk: the result CSV of a batch; each row is one worker's assignment.

**Which asset.** The only `Input` column; of several, the first of `asset_id`, `image_url`, `image`, `img_url`, `img`,
`video_url`, `video`, `audio_url`, `audio`, `url`, `text_id`, `item_id`, `id`, `text`; without any of them, the HIT. The
other `Input` columns are kept with the asset.

**Where the answer is.** Every `Answer` column with something in it is a question, named as the column is. What the
crowd elements give is understood, in `Answer.taskAnswers` or cut into columns: boxes, polygons, polylines and points
drawn (the class is their label), entities (spans), classifier (choice), multi-select classifier, radio buttons and
check boxes. Plain answers are a choice; a checklist if some are joined by `|`; a text if some are longer than 60
characters or almost all differ (a number if they are all numbers).

**To say otherwise,** read a file with these lines together with the CSV, for instance as `mturk.toml` in its folder::

    asset = "image_url"        # the Input column that names the asset

    [answers]                  # question = choice, checklist, text, number, rating or skip
    quality = "rating"
    "comment.general" = "skip"

A rejected assignment is reviewed as rejected, an approved one as accepted, unless it was approved by lapse of time.
https://docs.aws.amazon.com/AWSMechTurk/latest/RequesterUI/DownloadingResults.html
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from labelqa.formats.csv_stream import read_rows
from labelqa.formats.files import File
from labelqa.formats.folders import PROJECT, base_name
from labelqa.formats.format import Format
from labelqa.formats.parts.csv_pieces import csv_rows
from labelqa.formats.readers.mturk.answers import Answer, answers_in, nested, shape, size, span
from labelqa.formats.readers.mturk.plan import Plan, Survey, asset_column, parsed, plan_of
from labelqa.formats.readers.mturk.times import iso
from labelqa.formats.sample import Sample, sample
from labelqa.formats.unread import Unread
from labelqa.project import Builder

__all__ = ["FORMAT"]

_NEEDED = ("HITId", "WorkerId", "AssignmentId")
_BATCH = re.compile(r"BatchId:(\w+)")
_READ = "crowd elements that draw boxes, polygons, polylines and points, mark text or ask"
_VERDICTS = {"approved": ("accepted", "ApprovalTime"), "rejected": ("rejected", "RejectionTime")}

_Row = tuple[int, dict[str, str]]


def refuse(sample: Sample) -> str | None:
    """Say why a file is no result CSV, and no `mturk.toml` either."""
    if _is_plan(sample):
        return None
    if sample.shape != "csv" or sample.header is None:
        return "no CSV with a header"
    lacking = [name for name in _NEEDED if name not in sample.header]
    return f"no column {lacking[0]!r}" if lacking else None


def _is_plan(sample: Sample) -> bool:
    return sample.is_whole and sample.shape in ("csv", "unknown", "array") and parsed(
        sample.text.decode(errors="replace")
    ) is not None  # fmt: skip


def read(files: Sequence[File], builder: Builder) -> None:
    """Read batches as the plans among the files say."""
    plans = [file for file in files if _is_plan(sample(file))]
    for file in plans:
        builder.source(file.name, FORMAT.name)
    plan = plan_of(plans)
    batches = [file for file in files if file not in plans]
    if plans and not batches:
        builder.problem("error", "the result CSV beside mturk.toml; nothing is read")
    # Which kind a question is shows in all its answers, in whichever file they are.
    survey, unheard = Survey(plan), Builder()
    for file in batches:
        unheard.source(file.name, FORMAT.name)
        for _, row in _rows(file, unheard):
            for answer in _answers(row):
                if answer.sort == "plain":
                    survey.plain(answer.question, answer.value)
                elif answer.sort == "truths":
                    survey.truths(answer.question, answer.value)
    for file in batches:
        builder.source(file.name, FORMAT.name)
        _Batch(file, plan, survey, builder).read()


def _rows(file: File, builder: Builder) -> Iterator[_Row]:
    """Give the rows of a batch, each without its empty cells."""
    for rows in read_rows(file, builder):
        names = rows.cells.columns
        for record, cells in zip(rows.records, rows.cells.iter_rows(), strict=True):
            yield record, {name: cell for name, cell in zip(names, cells, strict=True) if cell is not None}


def _answers(row: Mapping[str, str]) -> Iterator[Answer]:
    cells = {name.removeprefix("Answer."): cell for name, cell in row.items() if name.startswith("Answer.")}
    return answers_in(nested(cells))


class _Batch:
    """The assignments of one file."""

    def __init__(self, file: File, plan: Plan, survey: Survey, builder: Builder) -> None:
        self._file, self._plan, self._survey, self._builder = file, plan, survey, builder
        self._unread = Unread(_READ)
        header = sample(file).header or ()
        inputs = [name.removeprefix("Input.") for name in header if name.startswith("Input.")]
        self._column = asset_column(inputs, plan, file.name)
        self._n_open = 0

    def read(self) -> None:
        """Add all assignments."""
        for record, row in _rows(self._file, self._builder):
            self._assignment(record, row)
        if self._n_open:
            expected = "a worker; HITs that nobody did are no labels"
            self._builder.problem("note", expected, field="WorkerId", n=self._n_open)
        self._unread.note(self._builder)

    def _assignment(self, record: int, row: Mapping[str, str]) -> None:
        """Add the assignment of a row, with its asset and what the requester thought of it."""
        builder = self._builder
        asset_id = row.get(f"Input.{self._column}" if self._column else "HITId", "").strip()
        if not asset_id:
            builder.problem("error", "what names the asset; the row is left out", record=record, field=self._named())
            builder.records(0, 1)
            return
        answers = list(_answers(row))
        width, height = self._size(answers)
        batch = _BATCH.search(row.get("RequesterAnnotation", ""))
        others = [
            (name.removeprefix("Input."), cell)
            for name, cell in row.items()
            if name.startswith("Input.") and name != f"Input.{self._column}"
        ]
        builder.asset(
            PROJECT, asset_id, name=base_name(asset_id) if self._column else None, width=width, height=height,
            batch=batch[1] if batch else None, metadata=others, record=record,
        )  # fmt: skip
        worker, id = row.get("WorkerId", "").strip(), row.get("AssignmentId", "").strip()
        if not worker:
            self._n_open += 1
            return
        label = builder.label(
            PROJECT, asset_id, id or f"{asset_id}/{worker}/{row.get('SubmitTime', record)}", worker,
            created_at=iso(row.get("SubmitTime")), seconds=self._seconds(row, record), record=record,
        )  # fmt: skip
        for answer in answers:
            self._answer(label, answer, record)
        self._review(label, asset_id, row, record)

    def _named(self) -> str:
        return f"Input.{self._column}" if self._column else "HITId"

    def _size(self, answers: Sequence[Answer]) -> Sequence[float | None]:
        return next((size(answer.value) for answer in answers if answer.sort == "size"), (None, None))

    def _seconds(self, row: Mapping[str, str], record: int) -> float | None:
        text = row.get("WorkTimeInSeconds")
        try:
            return None if text is None else float(text)
        except ValueError:
            expected = "a number of seconds; read as unknown"
            self._builder.problem("warning", expected, record=record, field="WorkTimeInSeconds", found=text)
            return None

    def _review(self, label: int, asset_id: str, row: Mapping[str, str], record: int) -> None:
        """Add the verdict, if somebody gave one."""
        said = _VERDICTS.get(row.get("AssignmentStatus", "").strip().lower())
        if said is None:
            return
        verdict, column = said
        time = iso(row.get(column))
        by_lapse = verdict == "accepted" and time is not None and time == iso(row.get("AutoApprovalTime"))
        if not by_lapse:
            self._builder.review(PROJECT, asset_id, verdict, label=label, created_at=time, record=record)

    def _answer(self, label: int, answer: Answer, record: int) -> None:
        """Add what stands in a field."""
        question, sort, value = answer
        if self._plan.kinds.get(question) == "skip" or sort == "size":
            return
        if sort == "plain":
            self._plain(label, question, value, record)
        elif sort == "truths":
            self._truths(label, question, value)
        elif sort in ("choice", "checklist"):
            self._builder.answer(label, sort, question, value)
        elif sort in ("shapes", "spans"):
            kind, values = value if sort == "shapes" else ("span", value)
            for one in values:
                self._mark(label, kind, one, question, record)
        else:
            self._unread.add(question, record, label=label)

    def _plain(self, label: int, question: str, value: str, record: int) -> None:
        kind = self._survey.kind(question)
        if kind == "checklist":
            self._builder.answer(label, kind, question, [one.strip() for one in value.split("|") if one.strip()])
        elif kind in ("number", "rating"):
            try:
                number = float(value)
            except ValueError:
                number = math.nan
            if math.isfinite(number):
                self._builder.annotation(label, kind, question, [number])
            else:
                self._lost(label, "a number", f"Answer.{question}", value, record)
        else:
            self._builder.annotation(label, kind, question, answer=[value])

    def _truths(self, label: int, question: str, ticked: Mapping[str, bool]) -> None:
        chosen = sorted(name for name, is_so in ticked.items() if is_so)
        if ticked.keys() == {"on"}:  # a check box without a value
            self._builder.annotation(label, "choice", question, answer=["yes" if chosen else "no"])
        elif self._survey.kind_of_truths(question) == "checklist":
            self._builder.answer(label, "checklist", question, chosen)
        elif chosen:
            self._builder.answer(label, "choice", question, chosen[:1])

    def _mark(self, label: int, kind: str, value: object, question: str, record: int) -> None:
        try:
            found = span(value) if kind == "span" else shape(kind, value)
        except (msgspec.ValidationError, OverflowError) as error:
            self._lost(label, f"what a {kind} is made of", f"Answer.{question}", str(error), record)
            return
        self._builder.annotation(label, found.kind, found.cls or question, found.geometry)

    def _lost(self, label: int, expected: str, field: str, found: str, record: int) -> None:
        self._builder.problem("error", f"{expected}; the answer is left out", record=record, field=field, found=found)
        self._builder.unread([label], [1])


FORMAT = Format(
    name="mturk",
    title="Amazon Mechanical Turk results (CSV)",
    facts=frozenset({"who", "when", "seconds", "review"}),
    refuse=refuse,
    read=read,
    pieces=csv_rows,
)
