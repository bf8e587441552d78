"""Axes of charts: round numbers along a line."""

from __future__ import annotations

import math
from dataclasses import dataclass

from labelqa.report.markup import Markup, element


@dataclass(frozen=True)
class Axis:
    """A line from `low` to `high`, drawn from pixel `start` to pixel `stop`."""

    low: float
    high: float
    start: float
    stop: float

    @classmethod
    def over(
        cls, values: list[float], start: float, stop: float, least: float | None = None, most: float | None = None
    ) -> Axis:
        """Make an axis that holds some values with a margin, within `least` and `most`."""
        low, high = (min(values), max(values)) if values else (0.0, 1.0)
        margin = 0.08 * (high - low) or 0.1 * abs(high) or 1.0
        low, high = low - margin, high + margin
        return cls(
            max(low, least) if least is not None else low, min(high, most) if most is not None else high, start, stop
        )

    def place(self, value: float) -> float:
        """Give the pixel of a value, cut to the line."""
        share = (value - self.low) / (self.high - self.low)
        return self.start + min(max(share, 0.0), 1.0) * (self.stop - self.start)

    def ticks(self, n: int = 5) -> list[tuple[float, str]]:
        """Give about `n` round numbers with their texts."""
        rough = (self.high - self.low) / n
        power = 10.0 ** math.floor(math.log10(rough))
        step = next(power * k for k in (1, 2, 5, 10) if power * k >= rough)
        places = max(0, -math.floor(math.log10(step)))
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        return [(k * step, f"{k * step:,.{places}f}") for k in range(first, last + 1)]


def chart(width: float, height: float, title: str, *content: object) -> Markup:
    """Write a chart; `title` says in words what it shows."""
    parts = [part for part in content if part]
    return element(
        "svg",
        element("title", title),
        parts,  # type: ignore[arg-type]
        class_="chart",
        role="img",
        viewBox=f"0 0 {width:g} {height:g}",
        width=width,
        height=height,
        font_size=12,
    )


def label(
    x: float, y: float, content: str, anchor: str = "start", kind: str | None = None, **more: str | float
) -> Markup:
    """Write a text."""
    return element("text", content, x=x, y=y, text_anchor=anchor, class_=kind, **more)
