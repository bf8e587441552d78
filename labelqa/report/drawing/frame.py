"""The frame of an asset with everything that has a place in it: one panel a place, and one for the ground plan."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from labelqa.kinds.kind import Floats
from labelqa.report.drawing.images import Picture
from labelqa.report.drawing.panel import Panel
from labelqa.report.drawing.scene import Drawn, Mark, Scene
from labelqa.report.drawing.shapes import ON_THE_GROUND, SHAPES, Shape, shape_of
from labelqa.report.drawing.styles import FAINT, GROUND, RULE, Look, Paint, look_of, stroke, width_of, write
from labelqa.report.markup import Markup, element, joined
from labelqa.report.names import fitted

MOST_PLACES = 4
"""Places of an asset that are drawn: those with most disagreement."""

_MOST_POINTS = 1_000
"""Points of one line; of more, every second, third ... is drawn."""

_BEYOND = 0.15
"""How much of the frame's size is shown past its edges, where marks go there."""

_NAMED = 24
"""Marks of a panel whose class is written beside them."""

_TOLD_FIRST = ("wrong_class", "extra", "missed", "near_miss", "matched", "")
_TAG = 16.0

_DOT = 4.0

_TALL, _FLAT = 0.9, 0.5
"""Height of a panel in widths of the drawing, at most: alone, and beside others."""


@dataclass(frozen=True)
class _Shown:
    """A mark with its shape and the label it is of."""

    label: Drawn
    mark: Mark
    shape: Shape


def panels(scene: Scene, paint: Paint, size: int, picture: Picture | None) -> Iterator[Panel]:
    """Draw the places of an asset, then what lies on the ground."""
    shown = [
        _Shown(label, mark, shape_of(mark))
        for label in scene.labels
        for mark in label.marks
        if mark.kind in SHAPES and mark.geometry
    ]
    flat = [one for one in shown if one.mark.kind not in ON_THE_GROUND]
    links = [(label, mark) for label in scene.labels for mark in label.marks if mark.kind == "relation"]
    by_place: dict[str | None, list[_Shown]] = {}
    for one in flat:
        by_place.setdefault(one.mark.place, []).append(one)
    if not by_place and picture is not None:
        by_place[None] = []
    places = _most_disputed(by_place)
    if len(by_place) > len(places):
        yield _note(f"{len(places)} of {len(by_place):,} frames or pages, those with most disagreement")
    for place in places:
        if place is not None:
            yield _note(f"frame or page {fitted(place, 60)}")
        frame = (scene.width, scene.height) if scene.width and scene.height else None
        if frame is None and picture is not None:
            frame = picture.width, picture.height
        behind = picture if len(by_place) == 1 else None
        yield _panel(by_place[place], links, paint, size, frame, behind, tall=_TALL if len(places) == 1 else _FLAT)
    ground = [one for one in shown if one.mark.kind in ON_THE_GROUND]
    if ground:
        yield _note("seen from above")
        yield _panel(ground, [], paint, size, None, None, tall=_FLAT)


def _most_disputed(by_place: dict[str | None, list[_Shown]]) -> list[str | None]:
    """Choose the places with most marks that are not matched; give them in natural order."""
    worst = sorted(
        by_place,
        key=lambda place: (-sum(one.mark.outcome != "matched" for one in by_place[place]), _natural(place)),
    )
    return sorted(worst[:MOST_PLACES], key=_natural)


def _natural(place: str | None) -> list[tuple[bool, int, str]]:
    parts = re.findall(r"[0-9]{1,18}|[^0-9]+", place or "")
    return [(not part.isdecimal(), int(part) if part.isdecimal() else 0, part) for part in parts]


def _note(content: str) -> Panel:
    return Panel(20, write(0, 13, content, 12, fill=FAINT, class_="faint"))


@dataclass(frozen=True)
class _View:
    """The part of the plane that is seen, and its scale: pixels of the drawing for a unit."""

    left: float
    top: float
    scale: float
    width: float
    height: float

    @classmethod
    def of(cls, points: Floats, frame: tuple[float, float] | None, size: int, tall: float) -> _View:
        """See the whole frame and a little beyond where marks go there; without a frame, all marks.

        It becomes at most `size` pixels wide and `tall` times as high.
        """
        if frame is not None:
            low, high = np.zeros(2), np.array(frame, dtype=np.float64)
            if len(points):
                beyond = _BEYOND * high
                low = np.maximum(np.minimum(low, points.min(axis=0)), -beyond)
                high = np.minimum(np.maximum(high, points.max(axis=0)), high + beyond)
        elif len(points):
            low, high = points.min(axis=0), points.max(axis=0)
            margin = np.maximum(0.06 * (high - low).max(), 1.0)
            low, high = low - margin, high + margin
        else:
            low, high = np.zeros(2), np.ones(2)
        wide, deep = np.maximum(high - low, 1e-9)
        scale = min(size / wide, size * tall / deep)
        return cls(float(low[0]), float(low[1]), scale, wide * scale, deep * scale)

    def place(self, points: Floats) -> Floats:
        """Bring points into the drawing, not farther out than ten times its size."""
        moved = (points - [self.left, self.top]) * self.scale
        most = 10 * max(self.width, self.height)
        return np.clip(moved, -most, most)


def _panel(
    shown: list[_Shown],
    links: list[tuple[Drawn, Mark]],
    paint: Paint,
    size: int,
    frame: tuple[float, float] | None,
    picture: Picture | None,
    tall: float,
) -> Panel:
    points = np.concatenate([*(one.shape.points() for one in shown), np.empty((0, 2))])
    view = _View.of(points, frame, size, tall)
    parts = [element("rect", width=view.width, height=view.height, fill=GROUND, class_="ground")]
    if frame is not None:
        (x, y), (right, bottom) = view.place(np.array([[0.0, 0.0], frame]))
        box = {"x": x, "y": y, "width": right - x, "height": bottom - y}
        if picture is not None:
            parts.append(element("image", href=picture.uri, preserveAspectRatio="none", **box))
        parts.append(element("rect", fill="none", stroke=RULE, **box))
    # Nothing hides what is disputed, and only that hides the label that the others are held against.
    order = sorted(shown, key=lambda one: (bool(look_of(one.mark.outcome).sign), one.label.is_reference))
    parts += [_drawn(one, view, paint, on_picture=picture is not None) for one in order]
    parts += _linked(shown, links, view)
    parts += _named(order, view)
    inside = element(
        "svg", parts, width=view.width, height=view.height, x=(size - view.width) / 2, y=0, overflow="hidden"
    )
    return Panel(view.height + 10, inside)


def _drawn(one: _Shown, view: _View, paint: Paint, on_picture: bool) -> Markup:
    """Draw a mark, with a title that is shown when it is pointed at."""
    look, line = look_of(one.mark.outcome), stroke(one.label, look_of(one.mark.outcome))
    parts = []
    area = _path([view.place(ring) for ring in one.shape.outlines], closed=True)
    open_lines = _path([view.place(points) for points in one.shape.lines], closed=False)
    if on_picture and area + open_lines:
        parts.append(
            element(
                "path",
                d=area + open_lines,
                fill="none",
                stroke="#ffffff",
                stroke_width=look.width + 2.5,
                stroke_opacity=0.7,
            )
        )
    if area:
        parts.append(element("path", d=area, fill_rule="evenodd", **paint.fill(one.label, look), **line))
    if open_lines:
        parts.append(element("path", d=open_lines, fill="none", **line))
    faint = _path([view.place(points) for points in one.shape.faint], closed=False)
    if faint:
        parts.append(element("path", d=faint, fill="none", stroke=one.label.colour, stroke_opacity=0.5))
    parts += [_dot(point, one.label, look, is_hollow=False) for point in view.place(one.shape.dots)]
    parts += [_dot(point, one.label, look, is_hollow=True) for point in view.place(one.shape.hollow)]
    return element("g", element("title", title_of(one.label, one.mark)), parts)


def _dot(point: Floats, label: Drawn, look: Look, is_hollow: bool) -> Markup:
    """Draw a dot; what is disputed has a ring round it."""
    x, y = point
    fill = "#ffffff" if is_hollow or label.is_reference else label.colour
    dot = element("circle", cx=x, cy=y, r=_DOT, fill=fill, stroke=label.colour, stroke_width=1.5)
    if not look.sign:
        return dot
    ring = element("circle", cx=x, cy=y, r=2 * _DOT, fill="none", **stroke(label, look))
    return joined([ring, dot])


def _path(lines: list[Floats], closed: bool) -> str:
    """Write lines as the data of a path, to a tenth of a pixel."""
    parts = []
    for line in lines:
        some = line[:: len(line) // _MOST_POINTS + 1]
        numbers = np.round(some, 1) + 0.0  # no -0
        parts.append("M" + "L".join(f"{x:g} {y:g}" for x, y in numbers) + ("Z" if closed else ""))
    return "".join(parts)


def title_of(label: Drawn, mark: Mark) -> str:
    """Say what a mark is, whose, and what became of it."""
    similarity = "" if mark.similarity is None else f", similarity {mark.similarity:.3f}"
    return f"{fitted(mark.cls, 80)} by {fitted(label.name, 80)}: {mark.told}{similarity}"


def _linked(shown: list[_Shown], links: list[tuple[Drawn, Mark]], view: _View) -> Iterator[Markup]:
    """Draw relations from the middle of one mark to that of the other, where both are seen."""
    middles = {(one.label.name, one.mark.id): one.shape.points() for one in shown}
    for label, mark in links:
        ends = [middles.get((label.name, end)) for end in (mark.answer or [])[:2]]
        if len(ends) == 2 and all(end is not None and len(end) for end in ends):
            line = view.place(np.array([(end.min(axis=0) + end.max(axis=0)) / 2 for end in ends if end is not None]))
            path = element("path", d=_path([line], closed=False), fill="none", **stroke(label, look_of(mark.outcome)))
            yield element("g", element("title", title_of(label, mark)), path)


def _named(shown: list[_Shown], view: _View) -> Iterator[Markup]:
    """Write the class beside marks: with a sign over what is disputed, plainly under the other marks of one label."""
    plain = max((one.label for one in shown), key=lambda label: (label.is_reference, len(label.marks)), default=None)
    told = [one for one in shown if look_of(one.mark.outcome).sign or one.label is plain]
    told.sort(key=lambda one: _TOLD_FIRST.index(one.mark.outcome or ""))
    taken: list[tuple[float, float, float]] = []
    for one in told[:_NAMED]:
        look, points = look_of(one.mark.outcome), view.place(one.shape.points())
        if not len(points):
            continue
        content = f"{look.sign} {fitted(one.mark.cls, 18)}".strip()
        wide = width_of(content, 11) + 6
        x = float(np.clip(points[:, 0].min(), 0, max(0.0, view.width - wide)))
        y = float(points[:, 1].min() - 16 if look.sign else points[:, 1].max() + 2)
        y = float(np.clip(y, 0, max(0.0, view.height - 16)))
        while any(abs(y - other) < _TAG and x < right and left < x + wide for left, right, other in taken):
            y += _TAG  # below what is written there already
        taken.append((x, x + wide, y))
        if look.sign:
            yield element("rect", x=x, y=y, width=wide, height=_TAG - 1, rx=3, fill=one.label.colour)
            yield element("text", content, x=x + 4, y=y + 11.5, font_size=11, fill="#ffffff", font_weight=600)
        else:
            halo: dict[str, str | float] = {
                "stroke": "#ffffff",
                "stroke_width": 3,
                "stroke_opacity": 0.8,
                "paint_order": "stroke",
            }
            yield element("text", content, x=x, y=y + 11.5, font_size=11, fill=one.label.colour, **halo)
