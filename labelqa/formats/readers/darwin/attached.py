"""What hangs on a mark of Darwin: attributes, text, direction and properties, as questions nested under it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from labelqa.formats.ids import id_text
from labelqa.formats.readers.darwin.schema import Annotation, Marks, Property
from labelqa.project import Builder

_GROUP = 5
"""Slot of the group number in `schema.STATED`."""


def has_attached(marks: Marks) -> bool:
    """Tell whether anything hangs on a mark, so that it needs an id."""
    own = bool(marks.attributes or marks.text or marks.directional_vector)
    return own or (isinstance(marks, Annotation) and bool(marks.properties))


def stated_with_instance(stated: Sequence[float] | None, marks: Marks) -> list[float] | None:
    """Add the instance id to what is stated beside a value, as its group; ids that are no number are left."""
    try:
        group = float(id_text(marks.instance_id.value) or "nan") if marks.instance_id else math.nan
    except ValueError:
        group = math.nan
    if not math.isfinite(group):
        return list(stated) if stated else None
    known = list(stated or ())[:_GROUP]
    return known + [math.nan] * (_GROUP - len(known)) + [group]


def add_attached(
    builder: Builder, label: int, marks: Marks, parent: str, place: str | None = None, about: str = ""
) -> None:
    """Add attributes, text and direction of a mark; `about` begins the names of the questions."""
    if marks.attributes:
        answers = sorted(set(marks.attributes))
        builder.annotation(label, "checklist", f"{about}attributes", answer=answers, place=place, parent_id=parent)
    if marks.text is not None and marks.text.text is not None:
        builder.annotation(label, "text", f"{about}text", answer=[marks.text.text], place=place, parent_id=parent)
    if (vector := marks.directional_vector) is not None:
        for name, number in (("angle", vector.angle), ("length", vector.length)):
            if number is not None:
                builder.annotation(
                    label, "number", f"{about}direction {name}", (number,), place=place, parent_id=parent
                )


def answers_of(properties: Sequence[Property] | None) -> dict[tuple[str, int | None], list[str]]:
    """Gather the values of each property, by its name and frame; a property without value was not answered."""
    gathered: dict[tuple[str, int | None], list[str]] = {}
    for one in properties or ():
        name = id_text(one.name)
        if name is not None and one.value is not None:
            values = one.value if isinstance(one.value, list) else [one.value]
            frame = one.frame_index if type(one.frame_index) is int else None
            gathered.setdefault((name, frame), []).extend(map(_text, values))
    return gathered


def add_answers(
    builder: Builder, label: int, question: str, answers: list[str], parent: str | None, place: str | None
) -> None:
    """Add the values of a property: one as a choice, several as a checklist."""
    answers = sorted(set(answers))
    kind = "choice" if len(answers) == 1 else "checklist"
    builder.annotation(label, kind, question, answer=answers, place=place, parent_id=parent)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else repr(value)
