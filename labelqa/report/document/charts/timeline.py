"""Work over time: a bar a period, and a line for quality."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from labelqa.report.document.charts.axes import Axis, chart, label
from labelqa.report.markup import Markup, element

_WIDTH, _HEIGHT = 1020.0, 190.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 56.0, 46.0, 24.0, 26.0


@dataclass(frozen=True)
class Period:
    """A period: its name, labels submitted in it, and their quality."""

    name: str
    n: int
    quality: float | None


def timeline(periods: Sequence[Period], measure: str) -> Markup:
    """Draw labels submitted in each period, and the quality of these."""
    x_step = (_WIDTH - _LEFT - _RIGHT) / max(1, len(periods))
    count_axis = Axis(0.0, 1.08 * max((p.n for p in periods), default=1) or 1.0, _HEIGHT - _BOTTOM, _TOP)
    quality_axis = Axis(0.0, 1.0, _HEIGHT - _BOTTOM, _TOP)
    parts: list[Markup] = []
    for value, told in count_axis.ticks(3):
        at = count_axis.place(value)
        parts.append(element("path", class_="rule", d=f"M{_LEFT:g} {at:.1f}H{_WIDTH - _RIGHT:g}"))
        parts.append(label(_LEFT - 8, at + 4, told, "end", "faint"))
    places = [_LEFT + (k + 0.5) * x_step for k in range(len(periods))]
    for period, x in zip(periods, places, strict=True):
        top = count_axis.place(period.n)
        told = f"{period.name}: {period.n:,} labels" + (
            "" if period.quality is None else f", {measure} {period.quality:.3f}"
        )
        wide = min(46.0, max(1.0, 0.7 * x_step))
        bar = {"x": x - wide / 2, "y": top, "width": wide, "height": _HEIGHT - _BOTTOM - top}
        parts.append(
            element("g", element("title", told), element("rect", class_="mark", fill_opacity=0.35, rx=1, **bar))
        )
    known = [(x, quality_axis.place(p.quality)) for p, x in zip(periods, places, strict=True) if p.quality is not None]
    if known:
        line = "L".join(f"{x:.1f} {y:.1f}" for x, y in known)
        parts.append(element("path", class_="line", fill="none", stroke_width=1.5, d=f"M{line}"))
        parts += [element("circle", cx=x, cy=y, r=2.5, fill="currentColor") for x, y in known]
        for value in (0.0, 0.5, 1.0):
            parts.append(label(_WIDTH - _RIGHT + 8, quality_axis.place(value) + 4, f"{value:.1f}", kind="faint"))
        parts.append(label(_WIDTH, 14, f"● {measure}", "end", "faint"))
    every = -(-len(periods) // 12)
    parts += [
        label(x, _HEIGHT - 8, p.name, "middle", "faint", font_size=11)
        for k, (p, x) in enumerate(zip(periods, places, strict=True))
        if k % every == 0
    ]
    parts.append(label(0, 14, "▮ labels submitted", kind="faint"))
    return chart(_WIDTH, _HEIGHT, f"Labels submitted and {measure} in {len(periods)} periods", parts)
