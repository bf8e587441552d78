"""A matrix as a heat map: the stronger the colour, the greater the number; the number in the cell where there is room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from labelqa.report.document.charts.axes import chart, label
from labelqa.report.markup import Markup, element
from labelqa.report.names import fitted

_WIDTH = 1020.0
_NAMES, _HEADS, _FOOT = 170.0, 104.0, 20.0
_LEAST, _GREATEST = 16.0, 58.0
_WITH_TEXT = 30.0


@dataclass(frozen=True)
class Square:
    """A cell: how strong its colour is (0 to 1), its text, and what it says when pointed at."""

    strength: float
    text: str
    told: str


def heat(
    rows: Sequence[str],
    columns: Sequence[str],
    cells: dict[tuple[int, int], Square],
    title: str,
    axes: tuple[str, str] = ("", ""),
) -> Markup:
    """Draw a matrix; a cell that is not in `cells` is empty. `axes` names rows and columns."""
    size = max(_LEAST, min(_GREATEST, (_WIDTH - _NAMES - 40) / max(1, len(columns))))
    tall = min(size, 34.0)
    parts: list[Markup] = []
    for j, name in enumerate(columns):
        x = _NAMES + (j + 0.5) * size
        parts.append(
            label(
                0, 0, fitted(name, 18), transform=f"translate({x + 4:.1f} {_HEADS - 8:.1f}) rotate(-45)", font_size=11.5
            )
        )
    for i, name in enumerate(rows):
        y = _HEADS + i * tall
        parts.append(label(_NAMES - 8, y + tall / 2 + 4, fitted(name, 26), "end", font_size=11.5))
        parts += [_square(cells.get((i, j)), _NAMES + j * size, y, size, tall) for j in range(len(columns))]
    if axes[0]:
        parts.append(label(_NAMES - 8, _HEADS - 10, f"{axes[0]} ↓   {axes[1]} →", "end", "faint", font_size=11))
    width = min(_WIDTH, _NAMES + size * len(columns) + 76)
    return chart(width, _HEADS + tall * len(rows) + _FOOT / 2, title, parts)


def _square(square: Square | None, x: float, y: float, size: float, tall: float) -> Markup:
    box: dict[str, float] = {"x": x + 1, "y": y + 1, "width": size - 2, "height": tall - 2, "rx": 2}
    if square is None:
        return element("rect", class_="panel", fill_opacity=0.5, **box)
    parts = [
        element("rect", class_="panel", **box),
        element("rect", class_="cell", fill_opacity=square.strength, **box),
    ]
    if size >= _WITH_TEXT:
        kind = "on" if square.strength > 0.55 else None
        parts.append(label(x + size / 2, y + tall / 2 + 4, square.text, "middle", kind, font_size=11))
    return element("g", element("title", square.told), parts)
