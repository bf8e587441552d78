"""What a classification holds: the answers to the tasks of its workflow, in their many shapes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from labelqa.formats.readers.zooniverse.answers import Answers, as_text
from labelqa.formats.readers.zooniverse.paths import Paths
from labelqa.formats.readers.zooniverse.tools import is_round, path_of, shape_of
from labelqa.formats.unread import Unread
from labelqa.project import Builder

_DEPTH = 20
"""How deeply tasks may stand inside tasks."""


class Tasks:
    """Takes the answers of classifications apart into the builder."""

    def __init__(self, builder: Builder) -> None:
        self._builder = builder
        self._answers, self._paths = Answers(), Paths()
        self._n_round = 0
        self.unread = Unread("drawings, questions, dropdowns, surveys, sliders and highlights")

    def add(self, label: int, tasks: Any, record: int, depth: int = 0) -> None:
        """Add the answers to all tasks of one classification."""
        if not isinstance(tasks, list) or depth > _DEPTH:
            self._left_out(label, record, "a list of tasks", tasks)
            return
        for one in tasks:
            if not isinstance(one, dict) or not isinstance(one.get("task"), (str, int)):
                self._left_out(label, record, "a task with its name", one)
            elif "markIndex" in one:
                self._about_mark(label, one, record)
            else:
                self._task(label, one, record, depth)

    def finish(self) -> None:
        """Add what was kept until all is known, and note what was not read."""
        self._paths.write(self._builder)
        self._answers.add(self._builder)
        self.unread.note(self._builder)
        if self._n_round:
            self._builder.problem("note", "circles and ellipses; read as polygons of 64 corners", n=self._n_round)

    def _task(self, label: int, one: dict[str, Any], record: int, depth: int) -> None:
        """Add the answer to one task; which sort of task it is shows in its answer."""
        task, value = str(one["task"]), one.get("value")
        question = _question(one)
        kind = str(one.get("taskType") or one.get("type") or "")
        if value is None:
            return  # not answered
        if isinstance(value, str):
            self._answers.text(label, question, value, is_typed=kind == "text")
        elif isinstance(value, bool) or (isinstance(value, (int, float)) and kind == "single"):
            self._answers.text(label, question, as_text(value))
        elif isinstance(value, (int, float)):
            self._number(label, question, value, record)
        elif isinstance(value, dict) and ("value" in value or "selection" in value):
            self._dropdowns(label, question, [value], record)
        elif not isinstance(value, list):
            self.unread.add(f"answer to a task of type {kind or 'unknown'}", record, label=label)
        elif all(isinstance(inner, dict) and "task" in inner for inner in value) and value:
            self.add(label, value, record, depth + 1)
        elif not any(isinstance(inner, dict) for inner in value):
            self._answers.chosen(label, question, [as_text(inner) for inner in value if inner is not None])
            if kind == "drawing":
                self._answers.drawn(question)
        else:
            self._of_dicts(label, task, question, value, record)

    def _number(self, label: int, question: str, value: float, record: int) -> None:
        try:
            self._builder.annotation(label, "number", question, (float(value),))
        except OverflowError:
            self._left_out(label, record, "a finite number", question)

    def _of_dicts(self, label: int, task: str, question: str, value: Sequence[Any], record: int) -> None:
        first = next(inner for inner in value if isinstance(inner, dict))
        if "choice" in first:
            self._survey(label, question, value, record)
        elif "start" in first and "end" in first:
            self._highlights(label, question, value, record)
        elif {"option", "select_label", "selection"} & first.keys() or first.keys() <= {"value", "label"}:
            self._dropdowns(label, question, value, record)
        else:
            self._answers.drawn(question)
            for number, mark in enumerate(value):
                self._mark(label, task, number, mark, record)

    def _mark(self, label: int, task: str, number: int, mark: Any, record: int) -> None:
        """Add a drawn mark with the answers about it."""
        if not isinstance(mark, dict):
            self._left_out(label, record, "a mark with its coordinates", mark)
            return
        tool = f"{task} tool {mark.get('toolIndex', mark.get('tool', 0))}"
        name = mark.get("tool_label") or tool
        name = name if isinstance(name, str) else tool
        frame = mark.get("frame")
        place = str(frame) if type(frame) is int and frame > 0 else None
        details = [one for one in mark.get("details") or () if isinstance(one, dict)] if _has_list(mark) else []
        mark_id = f"{task}/{number}"
        try:
            path = path_of(mark)
            value = None if path is not None else shape_of(mark)
        except ValueError as error:
            self._left_out(label, record, str(error), mark)
            return
        if path is not None:
            self._paths.add(tool, label, name, path, place, mark_id)
        elif value is None:
            what = mark.get("toolType") if isinstance(mark.get("toolType"), str) else " ".join(sorted(mark)[:8])
            self.unread.add(f"mark with {what}", record, label=label)
            return
        else:
            self._n_round += value.kind == "polygon" and is_round(mark)
            self._builder.annotation(label, value.kind, name, value.geometry, place=place, annotation_id=mark_id)
        for position, one in enumerate(details):
            self._detail(label, f"{name}: {_detail_name(one, position)}", one.get("value"), mark_id, record)

    def _detail(self, label: int, question: str, value: Any, parent: str, record: int, is_typed: bool = False) -> None:
        """Add an answer about a mark; None is none."""
        if isinstance(value, (str, int, float)):
            self._answers.text(label, question, as_text(value), parent=parent, is_typed=is_typed)
        elif isinstance(value, list):
            self._answers.chosen(label, question, [as_text(one) for one in value], parent=parent)
        elif value is not None:
            self.unread.add("answer about a mark", record, label=label)

    def _about_mark(self, label: int, one: dict[str, Any], record: int) -> None:
        """Add an answer about a mark that stands in a task of its own, named after that of the mark."""
        task, number = str(one["task"]), one.get("markIndex")
        parent = f"{task.split('.')[0]}/{number}"
        self._detail(label, _question(one), one.get("value"), parent, record, is_typed=one.get("taskType") == "text")

    def _survey(self, label: int, question: str, value: Sequence[Any], record: int) -> None:
        """Add the chosen names as a checklist, and the answers about each under it."""
        chosen = [one for one in value if isinstance(one, dict) and isinstance(one.get("choice"), str)]
        if len(chosen) < len(value):
            self._left_out(label, record, "a choice", value, n=len(value) - len(chosen))
        self._answers.chosen(label, question, [one["choice"] for one in chosen], own_id=question)
        seen: set[str] = set()
        for one in chosen:
            if one["choice"] in seen:
                self.unread.add("the same choice of a survey once more", record)
                continue
            seen.add(one["choice"])
            answers = one.get("answers")
            for asked, answer in answers.items() if isinstance(answers, dict) else ():
                self._detail(label, f"{one['choice']}: {asked}", answer, question, record)

    def _dropdowns(self, label: int, question: str, value: Sequence[Any], record: int) -> None:
        for position, one in enumerate(value):
            answer = one if not isinstance(one, dict) else one.get("label", one.get("value", one.get("selection")))
            if answer is None:
                continue  # nothing chosen
            if isinstance(answer, (dict, list)):
                self._left_out(label, record, "one answer of a dropdown", answer)
                continue
            named = one.get("select_label") if isinstance(one, dict) else None
            asked = (
                named if isinstance(named, str) and named else f"{question} {position + 1}" if position else question
            )
            self._answers.text(label, asked, as_text(answer))

    def _highlights(self, label: int, question: str, value: Sequence[Any], record: int) -> None:
        """Add stretches of text."""
        for one in value:
            ends = [one.get("start"), one.get("end")] if isinstance(one, dict) else []
            limits = [float(min(max(end, -(1 << 53)), 1 << 53)) for end in ends if isinstance(end, int)]
            if len(limits) != 2:
                self._left_out(label, record, "a start and an end", one)
                continue
            about = one.get("labelInformation")
            name = about.get("label") if isinstance(about, dict) else one.get("label")
            self._builder.annotation(label, "span", name if isinstance(name, str) else question, limits)

    def _left_out(self, label: int, record: int, expected: str, found: Any, n: int = 1) -> None:
        self._builder.unread([label], [n])
        self._builder.problem(
            "error", f"{expected}; it is left out", record=record, field="annotations", found=str(found)[:200], n=n
        )


def _question(one: dict[str, Any]) -> str:
    """Name a question by its words, else by its task."""
    label = one.get("task_label")
    return label.strip() if isinstance(label, str) and label.strip() else str(one["task"])


def _has_list(mark: dict[str, Any]) -> bool:
    return isinstance(mark.get("details"), list)


def _detail_name(one: dict[str, Any], position: int) -> str:
    for field in ("task_label", "question", "task"):
        if isinstance(one.get(field), str) and one[field]:
            return str(one[field])
    return f"detail {position + 1}"
