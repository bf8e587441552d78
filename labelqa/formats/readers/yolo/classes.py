"""What the class numbers of YOLO mean: `classes.txt`, `*.names`, `data.yaml`, and how many points a pose has."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from labelqa.errors import InputError
from labelqa.formats.files import File
from labelqa.formats.folders import base_name, beside
from labelqa.formats.readers.yolo.lines import KeypointShape

_LISTS = ("classes.txt", "predefined_classes.txt", "_darknet.labels", "classes.names", "obj.names")
_MAX_BYTES = 1 << 20
_MAX_POINTS = 10_000
_KEY = re.compile(r"^(\w+)[ \t]*:(.*)$", re.MULTILINE)
_ENTRY = re.compile(r"^[ \t]*(?:-[ \t]+|(\d{1,6})[ \t]*:[ \t]*)(.*)$")
_FLOW = re.compile(r"""\s*(?:(\d{1,6})\s*:)?\s*("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^,'"\]}]*)\s*(?:,|$)""")


@dataclass(frozen=True)
class Classes:
    """The names of classes by number, where they come from, and the points of a pose."""

    names: dict[int, str] = field(default_factory=dict)
    source: str | None = None
    keypoints: KeypointShape | None = None


def is_description(text: str) -> bool:
    """Tell whether a text is a `data.yaml`, by its keys."""
    keys = {match[1] for match in _KEY.finditer(text)}
    return "names" in keys and bool(keys & {"train", "val", "test", "path", "nc"})


def is_darknet(text: str) -> bool:
    """Tell whether a text is a Darknet `obj.data`."""
    return re.match(r"\s*classes\s*=\s*\d+\s*$", text, re.MULTILINE) is not None and "names" in text


def classes_for(file: File, given: list[File]) -> Classes:
    """Find the class file of a label: the nearest one beside it or above it, else the one that was given.

    Parameters
    ----------
    file : File
        A label.
    given : list of File
        The descriptions among the files that are read.
    """
    found = beside(file, is_class_file, levels=3)
    for one in [*found, *(given if len(given) == 1 else [])]:
        classes = _read(one)
        if classes is not None:
            return classes
    return Classes()


def is_class_file(name: str) -> bool:
    """Tell by its name whether a file lists classes."""
    lower = name.lower()
    return lower in _LISTS or lower.endswith((".names", ".yaml", ".yml"))


def _read(file: File) -> Classes | None:
    """Read a class file; None if it names no class."""
    try:
        text = file.head(_MAX_BYTES).decode("utf-8-sig")
    except (InputError, UnicodeDecodeError):
        return None
    if not base_name(file.name).lower().endswith((".yaml", ".yml")):
        lines = text.splitlines()
        while lines and not lines[-1].strip():
            lines.pop()
        names = {number: line.strip() for number, line in enumerate(lines) if line.strip()}
        return Classes(names, file.name) if names and "\0" not in text else None
    names = names_in(text)
    return Classes(names, file.name, _keypoints(text)) if names else None


def names_in(text: str) -> dict[int, str]:
    r"""Read the names in a `data.yaml`, in any of the ways that they are written.

    Examples
    --------
    >>> names_in("nc: 2\nnames: ['a b', c]")
    {0: 'a b', 1: 'c'}
    >>> names_in("names:\n  0: cat  # small\n  5: 'dog'\nnc: 2")
    {0: 'cat', 5: 'dog'}
    >>> names_in("names:\n- cat\n- dog\n")
    {0: 'cat', 1: 'dog'}
    """
    value = _value(text, "names").strip()
    if value[:1] in ("[", "{"):
        inner = value[1:].split("]" if value[0] == "[" else "}", 1)[0]
        found = [(match[1], match[2]) for match in _FLOW.finditer(re.sub(r"#[^\n]*", "", inner)) if match[2].strip()]
    else:
        entries = [match for line in value.splitlines() if (match := _ENTRY.match(line))]
        found = [(match[1], match[2]) for match in entries]
    names: dict[int, str] = {}
    for place, (number, name) in enumerate(found):
        names[int(number) if number else place] = _unquoted(name)
    return {number: name for number, name in names.items() if name}


def _value(text: str, key: str) -> str:
    """Give what stands under a key, up to the next key."""
    keys = list(_KEY.finditer(text))
    for place, match in enumerate(keys):
        if match[1] == key:
            end = keys[place + 1].start() if place + 1 < len(keys) else len(text)
            return text[match.start(2) : end]
    return ""


def _unquoted(text: str) -> str:
    text = text.strip()
    if text[:1] in ("'", '"'):
        end = text.find(text[0], 1)
        return text[1:end] if end > 0 else text[1:]
    return re.sub(r"(^|\s)#.*", "", text).strip()


def _keypoints(text: str) -> KeypointShape | None:
    match = re.search(r"\[\s*(\d{1,5})\s*,\s*([23])\s*\]", _value(text, "kpt_shape"))
    if match is None or not 0 < int(match[1]) <= _MAX_POINTS:
        return None
    return KeypointShape(int(match[1]), int(match[2]))
