"""Lines drawn by hand, kept until a whole file is read: whether a tool draws outlines or lines shows in all of them."""

from __future__ import annotations

from array import array
from collections import defaultdict
from typing import NamedTuple

from labelqa.project import Builder


class _Path(NamedTuple):
    label: int
    name: str
    points: array[float]
    place: str | None
    own_id: str | None


class Paths:
    """The lines of one file, by tool.

    A tool whose lines mostly end where they begin draws outlines: all of them are polygons, the open ones too, which
    are told of. Else they are polylines.
    """

    def __init__(self) -> None:
        self._of_tool: defaultdict[str, list[_Path]] = defaultdict(list)

    def add(self, tool: str, label: int, name: str, points: list[float], place: str | None, own_id: str | None) -> None:
        """Take a line: x and y, point after point."""
        self._of_tool[tool].append(_Path(label, name, array("d", points), place, own_id))

    def write(self, builder: Builder) -> None:
        """Add all lines."""
        n_open = 0
        for paths in self._of_tool.values():
            closed = [len(path.points) > 2 and path.points[:2] == path.points[-2:] for path in paths]
            is_outline = 2 * sum(closed) >= len(closed)
            n_open += len(closed) - sum(closed) if is_outline else 0
            for path, is_closed in zip(paths, closed, strict=True):
                builder.annotation(
                    path.label,
                    "polygon" if is_outline else "polyline",
                    path.name,
                    path.points[:-2] if is_outline and is_closed else path.points,
                    place=path.place,
                    annotation_id=path.own_id,
                )
        if n_open:
            builder.problem(
                "note", "lines by hand that end where they begin, as most of their tool do; read as outlines", n=n_open
            )
