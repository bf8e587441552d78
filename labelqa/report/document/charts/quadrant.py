"""Speed and quality: a circle a labeler, as large as their work, with the team's lines."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from labelqa.report.document.charts.axes import Axis, chart, label
from labelqa.report.markup import Markup, element
from labelqa.report.names import fitted

_WIDTH, _HEIGHT = 1020.0, 400.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 56.0, 20.0, 26.0, 44.0
_GREATEST, _LEAST = 15.0, 4.0
_NAMED = 30


@dataclass(frozen=True)
class Point:
    """A labeler: pace, quality with its interval, and how many labels."""

    name: str
    speed: float
    quality: float
    low: float | None
    high: float | None
    n: int
    told: str


def quadrant(points: Sequence[Point], speed: float | None, quality: float | None, x_title: str, y_title: str) -> Markup:
    """Draw labelers by speed and quality; `speed` and `quality` are the team's."""
    x = Axis.over([*(p.speed for p in points), *([speed] if speed else [])], _LEFT, _WIDTH - _RIGHT, least=0.0)
    ends = [end for p in points for end in (p.quality, p.low, p.high) if end is not None]
    y = Axis.over([*ends, *([quality] if quality else [])], _HEIGHT - _BOTTOM, _TOP, least=0.0, most=1.0)
    most = max((p.n for p in points), default=1)
    circles = [
        element(
            "g",
            element("title", p.told),
            _whisker(x.place(p.speed), p, y),
            element(
                "circle",
                class_="mark",
                fill_opacity=0.55,
                cx=x.place(p.speed),
                cy=y.place(p.quality),
                r=_radius(p.n, most),
            ),
        )
        for p in sorted(points, key=lambda p: (-p.n, p.name))
    ]
    return chart(
        _WIDTH,
        _HEIGHT,
        f"{y_title} over {x_title.lower()} of {len(points)} labelers",
        _grid(x, y),
        _team(x, y, speed, quality),
        circles,
        _names(points, x, y, most),
        label(_WIDTH - _RIGHT, _HEIGHT - 8, f"{x_title} →", "end", "faint"),
        label(0, 14, f"↑ {y_title}", kind="faint"),
    )


def _radius(n: int, most: int) -> float:
    return max(_LEAST, _GREATEST * math.sqrt(n / most))


def _whisker(x: float, point: Point, y: Axis) -> Markup | None:
    if point.low is None or point.high is None:
        return None
    return element(
        "path", class_="line", d=f"M{x:.1f} {y.place(point.low):.1f}V{y.place(point.high):.1f}", stroke_opacity=0.6
    )


def _grid(x: Axis, y: Axis) -> list[Markup]:
    parts = []
    for value, told in x.ticks(8):
        at = x.place(value)
        parts.append(element("path", class_="rule", d=f"M{at:.1f} {_TOP:g}V{_HEIGHT - _BOTTOM:g}"))
        parts.append(label(at, _HEIGHT - _BOTTOM + 16, told, "middle", "faint"))
    for value, told in y.ticks(5):
        at = y.place(value)
        parts.append(element("path", class_="rule", d=f"M{_LEFT:g} {at:.1f}H{_WIDTH - _RIGHT:g}"))
        parts.append(label(_LEFT - 8, at + 4, told, "end", "faint"))
    return parts


def _team(x: Axis, y: Axis, speed: float | None, quality: float | None) -> list[Markup]:
    parts = []
    if speed is not None:
        at = x.place(speed)
        parts.append(
            element("path", class_="line", d=f"M{at:.1f} {_TOP:g}V{_HEIGHT - _BOTTOM:g}", stroke_dasharray="5 4")
        )
        parts.append(label(at + 5, _TOP + 10, "team", kind="faint"))
    if quality is not None:
        at = y.place(quality)
        parts.append(
            element("path", class_="line", d=f"M{_LEFT:g} {at:.1f}H{_WIDTH - _RIGHT:g}", stroke_dasharray="5 4")
        )
        parts.append(label(_WIDTH - _RIGHT - 2, at - 5, "team", "end", "faint"))
    return parts


def _names(points: Sequence[Point], x: Axis, y: Axis, most: int) -> list[Markup]:
    """Write names beside circles, those of the most work first, where they run into nothing."""
    order = sorted(points, key=lambda p: (-p.n, p.name))
    circles = [(x.place(p.speed), y.place(p.quality), _radius(p.n, most)) for p in order]
    taken = [(at - r, base - r, at + r, base + r) for at, base, r in circles]
    parts = []
    for k, p in enumerate(order[:_NAMED]):
        name, (at, base, r) = fitted(p.name, 24), circles[k]
        wide = 6.8 * len(name)
        others = taken[:k] + taken[k + 1 :]
        for anchor, left, bottom in (
            ("start", at + r + 4, base + 4),
            ("end", at - r - 4 - wide, base + 4),
            ("middle", at - wide / 2, base - r - 4),
            ("middle", at - wide / 2, base + r + 13),
        ):
            box = (left, bottom - 10, left + wide, bottom + 2)
            if box[0] >= 0 and box[2] <= _WIDTH and not any(_meet(box, other) for other in others):
                place = {"start": left, "end": left + wide, "middle": at}[anchor]
                parts.append(label(place, bottom, name, anchor, "name"))
                taken.append(box)
                break
    return parts


def _meet(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    """Tell whether two boxes overlap."""
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
