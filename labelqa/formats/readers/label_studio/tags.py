"""The control tags: which function reads the values of each. To add a tag, write its function and a line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from labelqa.formats.readers.label_studio import answers, shapes, stretches, vector, video
from labelqa.formats.readers.label_studio.answers import Answer
from labelqa.formats.readers.label_studio.region import Mark, Region

REGIONS: Mapping[str, Callable[[Region], list[Mark]]] = {
    "rectangle": shapes.rectangle,
    "ellipse": shapes.ellipse,
    "polygon": shapes.polygon,
    "keypoint": shapes.keypoint,
    "vector": vector.vector,
    "brush": shapes.brush,
    "magicwand": shapes.brush,
    "bitmask": shapes.bitmask,
    "videorectangle": video.rectangle,
    "timeline": video.timeline,
    "hypertext": stretches.hypertext,
    "paragraph": stretches.paragraphs,
    "paragraphs": stretches.paragraphs,
    "timeseries": stretches.timeseries,
    "": stretches.labels,
}
"""Tags that mark a region, without the ending "labels" that they have where they label it, too."""

ANSWERS: Mapping[str, Callable[[Mapping[str, Any]], list[Answer]]] = {
    "choices": answers.choices,
    "taxonomy": answers.paths,
    "rating": answers.rating,
    "number": answers.amount,
    "datetime": answers.date,
    "textarea": answers.lines,
    "pairwise": answers.preference,
    "ranker": answers.rankings,
}
"""Tags that ask a question about the task or a region."""

RELATION = "relation"

ON_IMAGES = frozenset(["rectangle", "ellipse", "polygon", "keypoint", "vector", "brush", "magicwand", "bitmask"])
"""Region tags whose percent refer to an image."""

TURNED = ON_IMAGES - {"brush", "magicwand", "bitmask"}
"""Those that are turned with the image; masks are kept in the pixels of the file."""

PLAIN = "labels"
"""The tag that only labels: a region of another tag, or characters or seconds by itself."""

_NAMED_BY = {"text": "textarea", "selected": "pairwise", "sequence": "videorectangle"}
"""Fields of a value that tell the tag, beside those that are called like it."""

_SHAPED_BY = (
    ("sequence", "videorectangle"),
    ("ranges", "timeline"),
    ("rle", "brush"),
    ("imageDataURL", "bitmask"),
    ("vertices", "vector"),
    ("points", "polygon"),
    ("radiusX", "ellipse"),
    ("height", "rectangle"),
    ("x", "keypoint"),
    ("globalOffsets", "hypertext"),
    ("startOffset", "hypertext"),
    ("start", ""),
)
"""Fields of a value that tell its shape, the surest first."""


def base(tag: str) -> str:
    """Give the tag without the ending that says that it labels.

    Examples
    --------
    >>> base("rectanglelabels"), base("rectangle"), base("labels")
    ('rectangle', 'rectangle', '')
    """
    return tag.removesuffix(PLAIN)


def is_region(tag: str) -> bool:
    """Tell whether a tag marks a region."""
    return base(tag) in REGIONS and tag != ""


def told(value: Mapping[str, Any]) -> str:
    """Tell the tag of a value that comes without it, by its fields; nothing if they do not tell.

    Examples
    --------
    >>> told({"x": 1, "rectanglelabels": ["car"]}), told({"choices": ["yes"]}), told({"text": ["a"]}), told({"a": 1})
    ('rectanglelabels', 'choices', 'textarea', '')
    """
    for name in value:
        if name in ANSWERS or (name.endswith(PLAIN) and is_region(name)):
            return name if name != PLAIN or shape(value) is None else shape(value) or PLAIN
    if (drawn := shape(value)) is not None:
        return drawn or PLAIN
    return next((tag for name, tag in _NAMED_BY.items() if name in value), "")


def shape(value: Mapping[str, Any]) -> str | None:
    """Tell by its fields what shape a value holds, as a key of `REGIONS`; None if it holds none."""
    return next((tag for name, tag in _SHAPED_BY if value.get(name) is not None), None)
