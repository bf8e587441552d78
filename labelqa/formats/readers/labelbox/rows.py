"""From decoded data rows to assets, labels, annotations and reviews."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress

import msgspec

from labelqa.formats.files import File
from labelqa.formats.ids import derived_label_id, id_text
from labelqa.formats.pictures import Pictures
from labelqa.formats.readers.labelbox import pages
from labelqa.formats.readers.labelbox.marks import Marks
from labelqa.formats.readers.labelbox.reviews import add_review
from labelqa.formats.readers.labelbox.scene import Reading, Scene
from labelqa.formats.readers.labelbox.schema import (
    Experiment,
    Field,
    Label,
    LabelDetails,
    Media,
    Object,
    Performance,
    Project,
    ProjectDetails,
    Row,
    RowDetails,
    Step,
)
from labelqa.project import Builder

_VERDICTS = {"approve": "accepted", "reject": "rejected"}
_WITHOUT_TEXT = ("image", "video", "audio")
_NO_ROW_DETAILS = RowDetails()
_NO_MEDIA = Media()
_NO_DETAILS = LabelDetails()
_NO_PERFORMANCE = Performance()
_NO_PROJECT = Project()
_NO_PROJECT_DETAILS = ProjectDetails()
_experiment = msgspec.json.Decoder(Experiment)


class Rows:
    """Takes data rows apart into the builder."""

    def __init__(self, builder: Builder, beside: Mapping[str, File]) -> None:
        self._builder = builder
        self._models: set[str] = set()
        self.reading = Reading(builder, Pictures(beside))
        self._marks = Marks(self.reading)

    def add(self, row: Row, record: int) -> None:
        """Add the asset to each project that it is in, with its labels and reviews there."""
        builder, data = self._builder, row.data_row
        asset_id = id_text(data.global_key) or id_text(data.id)
        if asset_id is None:
            builder.records(0, 1)
            builder.problem("error", "a global_key or an id; the record is left out", record=record, field="data_row")
            return
        if not row.projects and not row.experiments:
            builder.problem("note", "a project that the data row is in; the row is left out", record=record)
            return
        details = data.details or _NO_ROW_DETAILS
        media = row.media_attributes or _NO_MEDIA
        metadata = _metadata(row.metadata_fields or ())
        experiments = self._experiments(row.experiments or {}, record)
        scene = self._scene(row, experiments, media, record)
        # A prediction is compared in each project of its data row; one of a row without any, in that of its model.
        projects = row.projects or dict.fromkeys(experiments, _NO_PROJECT)
        for project_id, project in projects.items():
            about = project.project_details or _NO_PROJECT_DETAILS
            builder.asset(
                project_id,
                asset_id,
                name=id_text(data.external_id),
                width=media.width,
                height=media.height,
                batch=about.batch_name,
                dataset=details.dataset_name,
                labels_asked=about.consensus_expected_label_count,
                created_at=details.created_at,
                metadata=metadata,
                record=record,
            )
            self._labels(project_id, asset_id, project, scene)
            for model_id, experiment in experiments.items():
                if row.projects or model_id == project_id:
                    self._predictions(project_id, asset_id, model_id, experiment, scene)
        for experiment in experiments.values():
            n_copies = sum(len(run.labels or ()) for run in (experiment.runs or {}).values())
            self.reading.unread.add("label as a model run has copied it", record, n=n_copies)

    def _experiments(self, texts: Mapping[str, msgspec.Raw], record: int) -> dict[str, Experiment]:
        """Read the block of the models; what is no experiment is listed."""
        found: dict[str, Experiment] = {}
        for model_id, text in texts.items():
            try:
                found[model_id] = _experiment.decode(text)
            except (ValueError, RecursionError) as error:
                expected = "runs of a model with labels and predictions; they are left out"
                self._builder.problem("error", expected, record=record, field="experiments", found=str(error))
        return found

    def _scene(self, row: Row, experiments: Mapping[str, Experiment], media: Media, record: int) -> Scene:
        """Say what the marks of a data row have in common."""
        mime = media.mime_type or ""
        scene = Scene(self.reading, record, (media.width, media.height), is_sound=mime.startswith("audio"))
        if not mime.startswith(_WITHOUT_TEXT):
            documents = [
                mark for mark in _objects(row, experiments) if (mark.annotation_kind or "").endswith("EntityToken")
            ]
            with suppress(ValueError):  # each mark says so
                scene.tokens = pages.positions(documents)
        return scene

    def _labels(self, project_id: str, asset_id: str, project: Project, scene: Scene) -> None:
        record = scene.record
        labels = project.labels or []
        benchmarks = _benchmarks(labels)
        numbers = []
        for position, label in enumerate(labels):
            details = label.label_details or _NO_DETAILS
            performance = label.performance_details or _NO_PERFORMANCE
            label_id = id_text(label.id)
            if label_id is None:
                self._builder.problem("note", "an id of the label; one is derived", record=record, field="labels")
            number = self._builder.label(
                project_id,
                asset_id,
                label_id or derived_label_id(asset_id, details.created_by, position),
                details.created_by or None,
                role="benchmark" if label_id in benchmarks else "submitted",
                status="skipped" if performance.skipped else "submitted",
                created_at=details.created_at,
                updated_at=details.updated_at,
                seconds=_seconds(performance.seconds_to_create),
                review_seconds=_seconds(performance.seconds_to_review),
                record=record,
            )
            numbers.append(number)
            if label.annotations is not None:
                self._marks.add(number, label.annotations, scene)
            for review in details.reviews or ():
                add_review(self.reading, project_id, asset_id, number, review, record)
        there = {id_text(label.id) for label in labels} if benchmarks else set()
        for missing in sorted(benchmarks - there):
            self._builder.problem(
                "warning",
                "the id of a label in the same row; the benchmark is not in the export",
                record=record,
                field="benchmark_reference_label",
                found=missing,
            )
        if project.project_details and project.project_details.workflow_history:
            reviewed = numbers[0] if len(numbers) == 1 else None
            self._history(project_id, asset_id, reviewed, project.project_details.workflow_history, record)

    def _predictions(self, project_id: str, asset_id: str, model_id: str, experiment: Experiment, scene: Scene) -> None:
        """Add what the runs of a model predicted, each run as a labeler."""
        for run_id, run in (experiment.runs or {}).items():
            labeler = f"{experiment.name or model_id} {run.name or run_id}"
            if run.predictions and labeler not in self._models:
                self._models.add(labeler)
                self._builder.labeler(labeler, is_model=True)
            for position, prediction in enumerate(run.predictions or ()):
                details = prediction.label_details or _NO_DETAILS
                derived = derived_label_id(asset_id, labeler, position)
                number = self._builder.label(
                    project_id,
                    asset_id,
                    f"prediction/{id_text(prediction.id) or derived}",
                    labeler,
                    role="prediction",
                    created_at=details.created_at,
                    updated_at=details.updated_at,
                    record=scene.record,
                )
                if prediction.annotations is not None:
                    self._marks.add(number, prediction.annotations, scene)

    def _history(self, project_id: str, asset_id: str, label: int | None, history: Sequence[Step], record: int) -> None:
        for step in history:
            verdict = _VERDICTS.get((step.action or "").lower())
            if verdict:
                self._builder.review(
                    project_id,
                    asset_id,
                    verdict,
                    label=label,
                    reviewer=step.created_by or None,
                    created_at=step.created_at,
                    record=record,
                )
            elif (step.action or "").lower() != "move":
                self.reading.unread.add(f"workflow action {step.action!r}", record)


def _benchmarks(labels: Sequence[Label]) -> set[str]:
    """Give the ids that labels name as their benchmark; which of two blocks names it depends on the export."""
    named: set[str] = set()
    for label in labels:
        for block in (label.label_details, label.performance_details):
            if block is not None and (named_id := id_text(block.benchmark_reference_label)):
                named.add(named_id)
    return named


def _objects(row: Row, experiments: Mapping[str, Experiment]) -> Iterator[Object]:
    """Give the objects of all labels and predictions of a row, but for those in frames."""
    labels = [label for project in (row.projects or {}).values() for label in project.labels or ()]
    for experiment in experiments.values():
        for run in (experiment.runs or {}).values():
            labels += run.predictions or ()
    for label in labels:
        if label.annotations is not None:
            yield from (mark for mark in label.annotations.objects or () if isinstance(mark, Object))


def _seconds(value: float | None) -> float | None:
    """Read -1 as the missing value it stands for."""
    return None if value == -1 else value


def _metadata(fields: Sequence[Field]) -> list[tuple[str, str]]:
    """Give names and values as text: texts as they are, anything else as it is written in the export."""
    pairs = []
    for field in fields:
        try:
            value = msgspec.json.decode(field.value, type=str | None)
        except ValueError:
            value = bytes(field.value).decode(errors="replace")
        if field.schema_name and value is not None:
            pairs.append((field.schema_name, value))
    return pairs
