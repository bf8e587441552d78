"""Shapes as elements of CVAT's XML."""

from __future__ import annotations

from labelqa.formats.readers.cvat import shapes
from labelqa.formats.readers.cvat.ontology import Spec
from labelqa.formats.readers.cvat.shapes import CUBOID_CORNERS, Joint, Value
from labelqa.formats.xml_stream import Element

SHAPES = frozenset(["box", "polygon", "polyline", "points", "ellipse", "mask", "cuboid", "skeleton"])
"""Elements that are shapes."""


def value_of(element: Element, spec: Spec) -> Value:
    """Read the value of a shape.

    Raises
    ------
    ValueError
        If a number is missing or none; says what was expected.
    """
    tag = element.tag
    if tag == "box":
        return shapes.rectangle(numbers(element, "xtl", "ytl", "xbr", "ybr"), rotation_of(element))
    if tag == "ellipse":
        x, y, radius_x, radius_y = numbers(element, "cx", "cy", "rx", "ry")
        return shapes.ellipse(x, y, radius_x, radius_y, rotation_of(element))
    if tag == "mask":
        left, top, width, height = whole_numbers(element, "left", "top", "width", "height")
        return shapes.mask(_runs(element.get("rle", "")), left, top, width, height)
    if tag == "cuboid":
        return shapes.cuboid(numbers(element, *(f"{axis}{corner}" for corner in CUBOID_CORNERS for axis in "xy")))
    if tag == "skeleton":
        return shapes.skeleton([joint_of(part) for part in element.findall("points")], spec.points)
    return shapes.of_points(tag, pairs(element), 0.0)


def joint_of(element: Element) -> Joint:
    """Read a point of a skeleton."""
    point = pairs(element)
    if len(point) != 2:
        raise ValueError("x and y of each point of a skeleton")
    visibility = 0 if is_set(element, "outside") else 1 if is_set(element, "occluded") else 2
    x, y = point
    return Joint(element.get("label", ""), x, y, visibility)


def rotation_of(element: Element) -> float:
    """Give the rotation in degrees, 0 where none is written."""
    return numbers(element, "rotation")[0] if element.get("rotation") else 0.0


def is_set(element: Element, name: str) -> bool:
    """Tell whether a mark such as `outside` is set."""
    return element.get(name, "0").strip().lower() in ("1", "true")


def answers_of(element: Element) -> dict[str, str]:
    """Give the attributes of a shape or tag by name."""
    return {one.get("name", ""): (one.text or "").strip() for one in element.findall("attribute") if one.get("name")}


def numbers(element: Element, *names: str) -> list[float]:
    """Give attributes of an element as numbers."""
    found = []
    for name in names:
        try:
            found.append(float(element.get(name, "")))
        except ValueError:
            raise ValueError(f"a number in {name!r}") from None
    return found


def whole_numbers(element: Element, *names: str) -> list[int]:
    """Give attributes of an element as whole numbers."""
    found = numbers(element, *names)
    if not all(number.is_integer() for number in found):
        raise ValueError(f"whole numbers in {', '.join(names)}")
    return [int(number) for number in found]


def pairs(element: Element) -> list[float]:
    """Read "x,y;x,y", end to end."""
    text = element.get("points", "")
    try:
        found = [[float(number) for number in pair.split(",")] for pair in text.split(";") if pair.strip()]
    except ValueError:
        raise ValueError("numbers in 'points'") from None
    if not all(len(pair) == 2 for pair in found):
        raise ValueError("x and y in 'points', with a semicolon between the points")
    return [number for pair in found for number in pair]


def _runs(text: str) -> list[int]:
    try:
        return [int(run) for run in text.split(",")]
    except ValueError:
        raise ValueError("whole numbers in 'rle', with a comma between them") from None
