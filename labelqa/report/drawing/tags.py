"""Tags: the sign and class of disputed marks, and the class of others, written where they hide little."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from labelqa.kinds.kind import Floats
from labelqa.report.drawing.scene import Drawn
from labelqa.report.drawing.styles import PAPER, look_of, on, width_of
from labelqa.report.markup import Markup, element
from labelqa.report.names import fitted

_MOST = 24
"""Tags of a panel."""

_FIRST = ("wrong_class", "extra", "missed", "near_miss", "matched", "")
_HIGH = 16.0


@dataclass(frozen=True)
class Tagged:
    """A mark in a panel: its label, class, outcome, and points in pixels of the panel, float64 (n, 2)."""

    label: Drawn
    cls: str
    outcome: str | None
    points: Floats


def tags(marks: Sequence[Tagged], width: float, height: float) -> Iterator[Markup]:
    """Write tags at marks: a sign and the class where there are several classes; what finds no room is not written.

    Of the marks that are not disputed those of one label are named, as it is the same for the others.
    """
    plain = max((one.label for one in marks), key=lambda label: (label.is_reference, len(label.marks)), default=None)
    told = [one for one in marks if len(one.points) and (look_of(one.outcome).sign or one.label is plain)]
    told.sort(key=lambda one: _FIRST.index(one.outcome or ""))
    has_classes = len({one.cls for one in marks}) > 1
    taken: list[tuple[float, float, float]] = []
    for one in told[:_MOST]:
        sign = look_of(one.outcome).sign
        content = f"{sign} {fitted(one.cls, 18)}".strip() if has_classes or not sign else sign
        wide = width_of(content, 12) + 8
        x = float(np.clip(one.points[:, 0].min(), 0, max(0.0, width - wide)))
        above, below = float(one.points[:, 1].min()) - _HIGH, float(one.points[:, 1].max()) + 2
        for y in (above, below) if sign else (below, above):
            is_free = not any(abs(y - at) < _HIGH and x < right and left < x + wide for left, right, at in taken)
            if is_free and 0 <= y <= height - _HIGH:
                taken.append((x, x + wide, y))
                yield from _tag(one.label, content, bool(sign), x, y, wide)
                break


def _tag(label: Drawn, content: str, is_disputed: bool, x: float, y: float, wide: float) -> Iterator[Markup]:
    if is_disputed:
        yield element("rect", x=x, y=y, width=wide, height=_HIGH - 1, rx=3, fill=label.colour)
        yield element("text", content, x=x + 4, y=y + 11.5, font_size=11, font_weight=600, **on(label))
        return
    halo: dict[str, str | float] = {"stroke": PAPER, "stroke_width": 3, "stroke_opacity": 0.8, "paint_order": "stroke"}
    yield element("text", content, x=x, y=y + 11.5, font_size=11, fill=label.colour, **halo)
