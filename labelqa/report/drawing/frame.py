"""The frame of an asset with everything that has a place in it: one panel a place, and one for the ground plan."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from labelqa.kinds.kind import Floats
from labelqa.report.drawing.images import Photo
from labelqa.report.drawing.panel import Panel
from labelqa.report.drawing.scene import Drawn, Mark, Scene
from labelqa.report.drawing.shapes import ON_THE_GROUND, SHAPES, Shape, shape_of
from labelqa.report.drawing.styles import FAINT, GROUND, PAPER, RULE, Look, Paint, look_of, stroke, write
from labelqa.report.drawing.tags import Tagged, tags
from labelqa.report.drawing.view import View
from labelqa.report.markup import Markup, element, joined
from labelqa.report.names import fitted

MOST_PLACES = 4
"""Places of an asset that are drawn: those with most disagreement."""

_MOST_POINTS = 1_000
"""Points of one line; of more, every second, third ... is drawn."""

_DOT = 4.0

_FINEST = 1_280
"""Pixels of an image's longer side at most."""

_TALL, _FLAT = 0.9, 0.5
"""Height of a panel in widths of the drawing, at most: alone, and beside others."""


@dataclass(frozen=True)
class _Shown:
    """A mark with its shape and the label it is of."""

    label: Drawn
    mark: Mark
    shape: Shape


def panels(scene: Scene, paint: Paint, size: int, photo: Photo | None) -> Iterator[Panel]:
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
    if not by_place and photo is not None:
        by_place[None] = []
    places = _most_disputed(by_place)
    if len(by_place) > len(places):
        yield _note(f"{len(places)} of {len(by_place):,} frames or pages, those with most disagreement")
    for place in places:
        if place is not None:
            yield _note(f"frame or page {fitted(place, 60)}")
        frame = (scene.width, scene.height) if scene.width and scene.height else None
        if frame is None and photo is not None:
            frame = float(photo.width), float(photo.height)
        behind = photo if len(by_place) == 1 else None
        here = by_place[place]
        view = View.of(_points(here), frame, size, _TALL if len(places) == 1 else _FLAT)
        if view.share < 1:
            yield _note(f"detail: {100 * view.share:.0f} % of the frame's width")
        yield _panel(here, links, paint, size, frame, behind, view)
    ground = [one for one in shown if one.mark.kind in ON_THE_GROUND]
    if ground:
        yield _note("seen from above")
        yield _panel(ground, [], paint, size, None, None, View.of(_points(ground), None, size, _FLAT))


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


def _panel(
    shown: list[_Shown],
    links: list[tuple[Drawn, Mark]],
    paint: Paint,
    size: int,
    frame: tuple[float, float] | None,
    photo: Photo | None,
    view: View,
) -> Panel:
    parts = [element("rect", width=view.width, height=view.height, fill=GROUND, class_="ground")]
    if frame is not None:
        (x, y), (right, bottom) = view.place(np.array([[0.0, 0.0], frame]))
        box = {"x": x, "y": y, "width": right - x, "height": bottom - y}
        if photo is not None:
            parts.append(_behind(photo, view, frame, size))
        parts.append(element("rect", fill="none", stroke=RULE, **box))
    # Nothing hides what is disputed, and only that hides the label that the others are held against.
    order = sorted(shown, key=lambda one: (bool(look_of(one.mark.outcome).sign), one.label.is_reference))
    parts += [_drawn(one, view, paint, on_photo=photo is not None) for one in order]
    parts += _linked(shown, links, view)
    tagged = [Tagged(one.label, one.mark.cls, one.mark.outcome, view.place(one.shape.points())) for one in order]
    parts += tags(tagged, view.width, view.height)
    inside = element(
        "svg", parts, width=view.width, height=view.height, x=(size - view.width) / 2, y=0, overflow="hidden"
    )
    return Panel(view.height + 10, inside)


def _points(shown: list[_Shown]) -> Floats:
    return np.concatenate([*(one.shape.points() for one in shown), np.empty((0, 2))])


def _behind(photo: Photo, view: View, frame: tuple[float, float], size: int) -> Markup:
    """Draw the part of the image that is seen, twice as fine as the drawing, up to a bound."""
    left, top, right, bottom = view.inside(frame)
    (x, y), (x_last, y_last) = view.place(np.array([[left, top], [right, bottom]]))
    part = (left / frame[0], top / frame[1], right / frame[0], bottom / frame[1])
    return element(
        "image",
        href=photo.uri(part, min(2 * size, _FINEST)),
        preserveAspectRatio="none",
        x=x,
        y=y,
        width=x_last - x,
        height=y_last - y,
    )


def _drawn(one: _Shown, view: View, paint: Paint, on_photo: bool) -> Markup:
    """Draw a mark, with a title that is shown when it is pointed at."""
    look, line = look_of(one.mark.outcome), stroke(one.label, look_of(one.mark.outcome))
    parts = []
    area = _path([view.place(ring) for ring in one.shape.outlines], closed=True)
    open_lines = _path([view.place(points) for points in one.shape.lines], closed=False)
    if on_photo and area + open_lines:
        parts.append(
            element(
                "path",
                d=area + open_lines,
                fill="none",
                stroke=PAPER,
                class_="halo",
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
    fill = PAPER if is_hollow or label.is_reference else label.colour
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


def _linked(shown: list[_Shown], links: list[tuple[Drawn, Mark]], view: View) -> Iterator[Markup]:
    """Draw relations from the middle of one mark to that of the other, where both are seen."""
    middles = {(one.label.name, one.mark.id): one.shape.points() for one in shown}
    for label, mark in links:
        ends = [middles.get((label.name, end)) for end in (mark.answer or [])[:2]]
        if len(ends) == 2 and all(end is not None and len(end) for end in ends):
            line = view.place(np.array([(end.min(axis=0) + end.max(axis=0)) / 2 for end in ends if end is not None]))
            path = element("path", d=_path([line], closed=False), fill="none", **stroke(label, look_of(mark.outcome)))
            yield element("g", element("title", title_of(label, mark)), path)
