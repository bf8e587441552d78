"""Marks along a line - spans of text, intervals, tracks - as bars below one another, a lane a label.

To add a kind, write how its stretches are found and name it in `STRETCHES`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np

from labelqa.kinds.kind import Floats
from labelqa.report.drawing.frame import title_of
from labelqa.report.drawing.panel import Panel
from labelqa.report.drawing.scene import Drawn, Mark, Scene
from labelqa.report.drawing.styles import FAINT, GROUND, RULE, Paint, look_of, stroke, width_of, write
from labelqa.report.markup import Markup, element, joined
from labelqa.report.names import fitted

_MOST_LANES = 6
"""Lanes of one label: stretches that overlap lie in different ones, as far as there are."""

_MOST_PIECES = 200
"""Pieces of one track that are drawn."""

_LANE, _GAP, _NAMES, _AXIS = 22.0, 6.0, 150.0, 22.0
_FARTHEST = 1e12


def _whole(mark: Mark) -> Floats:
    return np.array([mark.geometry[:2]])


def _runs_of_frames(mark: Mark) -> Floats:
    """Find the runs of frames in which a track is seen."""
    frames = np.array(mark.parts or [], dtype=np.float64)
    if not len(frames):
        return np.empty((0, 2))
    breaks = np.flatnonzero(np.diff(frames) > 1)
    starts, stops = np.append(frames[0], frames[breaks + 1]), np.append(frames[breaks], frames[-1]) + 1
    return np.stack([starts, stops], axis=1)[:_MOST_PIECES]


STRETCHES: dict[str, tuple[str, Callable[[Mark], Floats]]] = {
    "interval": ("time", _whole),
    "span": ("characters", _whole),
    "track": ("frames", _runs_of_frames),
}
"""For each kind what its line is measured in, and the stretches of a mark: starts and stops, float64 (k, 2)."""


def panels(scene: Scene, paint: Paint, size: int) -> Iterator[Panel]:
    """Draw a panel for each kind and place."""
    groups: dict[tuple[str, str | None], None] = {}
    for label in scene.labels:
        for mark in label.marks:
            if mark.kind in STRETCHES:
                groups[mark.kind, mark.place] = None
    for kind, place in list(groups)[:_MOST_LANES]:
        lanes = [(label, [m for m in label.marks if (m.kind, m.place) == (kind, place)]) for label in scene.labels]
        yield _panel(kind, place, lanes, paint, size)


def _panel(kind: str, place: str | None, of_labels: list[tuple[Drawn, list[Mark]]], paint: Paint, size: int) -> Panel:
    unit, stretches = STRETCHES[kind]
    pieces = {
        mark.row: np.clip(np.sort(stretches(mark), axis=1), -_FARTHEST, _FARTHEST) for _, ms in of_labels for mark in ms
    }
    every = np.concatenate([*pieces.values(), np.empty((0, 2))])
    low, high = (float(every.min()), float(every.max())) if len(every) else (0.0, 1.0)
    if low >= high:
        high = low + 1.0
    axis = _Axis(low, high, _NAMES, size - _NAMES - 8)
    parts: list[Markup] = []
    y = 0.0
    if place is not None:
        parts.append(write(0, 13, f"frame or page {fitted(place, 60)}", fill=FAINT, class_="faint"))
        y = 20.0
    top = y
    bars: list[Markup] = []
    for label, marks in of_labels:
        lanes = _lanes([(mark, pieces[mark.row]) for mark in marks if len(pieces[mark.row])])
        parts.append(write(0, y + 15, fitted(label.name, 22), 11.5))
        height = _LANE * max(1, len(lanes))
        parts.append(element("rect", x=_NAMES, y=y, width=axis.width, height=height, fill=GROUND, class_="ground"))
        for k, lane in enumerate(lanes):
            bars += [_bar(label, mark, pieces[mark.row], axis, y + k * _LANE, paint) for mark in lane]
        y += height + _GAP
    return Panel(y + _AXIS + _GAP, joined([parts, axis.ticks(top, y - _GAP, unit), bars]))


class _Axis:
    """The line that stretches lie on."""

    def __init__(self, low: float, high: float, left: float, width: float) -> None:
        self.low, self.high, self.left, self.width = low, high, left, width

    def place(self, value: float) -> float:
        return self.left + (value - self.low) / (self.high - self.low) * self.width

    def ticks(self, top: float, bottom: float, unit: str) -> Iterator[Markup]:
        """Draw about five marks at round numbers."""
        rough = (self.high - self.low) / 5
        power = 10.0 ** math.floor(math.log10(rough))
        step = next(power * k for k in (1, 2, 5, 10) if power * k >= rough)
        for k in range(math.ceil(self.low / step), math.floor(self.high / step) + 1):
            x = self.place(k * step)
            yield element("path", d=f"M{x:.1f} {top:g}V{bottom:g}", stroke=RULE)
            label = f"{k * step:.6g}"
            yield write(x, bottom + 14, label, 10.5, fill=FAINT, class_="faint", text_anchor="middle")
        yield write(0, bottom + 14, unit, 10.5, fill=FAINT, class_="faint")


def _lanes(stretches: list[tuple[Mark, Floats]]) -> list[list[Mark]]:
    """Put stretches that overlap into different lanes, as far as there are."""
    lanes: list[list[Mark]] = []
    ends: list[float] = []
    for mark, pieces in sorted(stretches, key=lambda one: (one[1].min(), one[0].row)):
        free = next((k for k, end in enumerate(ends) if end <= pieces.min()), None)
        if free is None and len(lanes) < _MOST_LANES:
            lanes.append([])
            ends.append(-math.inf)
            free = len(lanes) - 1
        lane = len(lanes) - 1 if free is None else free
        lanes[lane].append(mark)
        ends[lane] = max(ends[lane], float(pieces.max()))
    return lanes


def _bar(label: Drawn, mark: Mark, pieces: Floats, axis: _Axis, y: float, paint: Paint) -> Markup:
    look = look_of(mark.outcome)
    bars = []
    for start, stop in pieces.tolist():
        x = axis.place(start)
        wide = max(axis.place(stop) - x, 1.5)
        area = {"x": x, "y": y + 3, "width": wide, "height": _LANE - 6, "rx": 3}
        filling = paint.fill(label, look)
        if "fill_opacity" in filling:
            filling["fill_opacity"] = 0.25
        bars.append(element("rect", **area, **filling, **stroke(label, look)))
    x, last = axis.place(float(pieces[0, 0])), axis.place(float(pieces[0, 1]))
    content = f"{look.sign} {fitted(mark.cls, 24)}".strip()
    if width_of(content, 11) + 8 <= last - x:
        bars.append(write(x + 5, y + 15, content, 11))
    return element("g", element("title", title_of(label, mark)), bars)
