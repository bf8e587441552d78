"""From the marks of an export v1 to those of v2, which then are read as such.

An answer is of a radio question if it is one object, of a dropdown if it is a list under `answer` (the levels of one
path), of a checklist if it is a list under `answers`, and free text if it is text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from labelqa.formats.ids import Id, id_text
from labelqa.formats.readers.labelbox import schema as v2
from labelqa.formats.readers.labelbox_v1.schema import Object, Text

_text = msgspec.json.Decoder(Text)


def translated(mark: Object) -> v2.Object:
    """Give an object as v2 has it; its kind is told by what it holds."""
    try:
        location = _text.decode(mark.data).location if bytes(mark.data) != b"null" else v2.ABSENT
    except (ValueError, RecursionError):
        location = mark.data
    drawn = (mark.polygon, mark.line, mark.point, location)
    is_drawn = mark.bbox is not None or any(bytes(text) != b"null" for text in drawn)
    mask = v2.ABSENT
    kind = None
    if mark.instance_uri and not is_drawn:
        # Every object has a picture; it is all there is of a mask.
        mask = msgspec.Raw(msgspec.json.encode({"url": mark.instance_uri}))
        kind = "SegmentationMask"
    return v2.Object(
        feature_id=mark.feature_id,
        name=mark.title,
        value=mark.value,
        annotation_kind=kind,
        bounding_box=mark.bbox,
        polygon=mark.polygon,
        line=mark.line,
        point=mark.point,
        location=location,
        mask=mask,
        page_number=mark.page,
        classifications=questions(mark.classifications or ()),
    )


def questions(asked: Iterable[Any]) -> list[v2.Classification]:
    """Give questions as v2 has them. Some exports have lists of questions in the list; what is none has no name."""
    return [_question(one) for one in _flat(asked)]


def relationship(found: Any) -> Any:
    """Give a relationship as v2 has it."""
    match found:
        case {"source": _, "target": _}:
            name = found.get("title") or found.get("value") or found.get("name")
            kind = found.get("relationshipType") or found.get("type")
            return {**found, "name": name, "type": kind, "feature_id": found.get("featureId")}
        case {"data": {"source": _, "target": _} as ends}:
            return relationship({**{key: value for key, value in found.items() if key != "data"}, **ends})
        case _:
            return found


def _flat(asked: Iterable[Any]) -> Iterator[Any]:
    for one in asked:
        if isinstance(one, list):
            yield from one
        else:
            yield one


def _question(found: Any) -> v2.Classification:
    if not isinstance(found, dict):
        return v2.Classification()
    made = v2.Classification(
        feature_id=_id(found.get("featureId")), name=_name(found), message_id=_id(found.get("messageId"))
    )
    match found:
        case {"answers": list() as answers}:
            made.checklist_answers = [_answer(answer) for answer in answers]
        case {"answer": dict() as answer}:
            made.radio_answer = _answer(answer)
        case {"answer": list() as levels}:
            made.dropdown_answers = [_answer(level) for level in levels]
        case {"answer": str() as text}:
            made.text_answer = text
        case {"answer": int() | float() as number}:
            made.text_answer = str(number)
    made.classifications = _nested(found)
    return made


def _answer(found: Any) -> v2.Answer:
    if isinstance(found, str):
        return v2.Answer(name=found)
    if not isinstance(found, dict):
        return v2.Answer()
    return v2.Answer(name=_name(found), classifications=_nested(found))


def _nested(found: dict[str, Any]) -> list[v2.Classification] | None:
    """Give the questions under a question or an answer; what is no list of them is one without a name."""
    inner = found.get("classifications")
    return questions(inner if isinstance(inner, list) else [inner]) if inner else None


def _name(found: dict[str, Any]) -> str | None:
    name = found.get("title") or found.get("value")
    return name if isinstance(name, str) else None


def _id(value: Any) -> Id:
    return id_text(value) if isinstance(value, str | int) and not isinstance(value, bool) else None
