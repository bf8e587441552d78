"""The legend: who drew in which colour, and what each look means; only what occurs."""

from __future__ import annotations

from labelqa.report.drawing.panel import Panel
from labelqa.report.drawing.scene import Drawn, Scene
from labelqa.report.drawing.styles import FAINT, LOOKS, Look, Paint, stroke, width_of, write
from labelqa.report.markup import Markup, element, joined
from labelqa.report.names import fitted
from labelqa.report.numbers import counted

_MOST_LABELS = 24
_ROW, _SWATCH, _GAP = 22.0, 24.0, 18.0
_GREY = "#7a7a82"


def panel(scene: Scene, paint: Paint, size: int) -> Panel:
    """Draw the legend, entries side by side in as many rows as they need."""
    entries = [(_swatch(label, LOOKS["matched"], paint), _named(label)) for label in scene.labels[:_MOST_LABELS]]
    if len(scene.labels) > _MOST_LABELS:
        entries.append((Markup(), f"and {counted(len(scene.labels) - _MOST_LABELS, 'more label')}"))
    rows = _rows(entries, size, 0.0)
    outcomes = {mark.outcome or "" for label in scene.labels for mark in label.marks}
    anybody = Drawn("", "", _GREY, is_reference=False)
    looks = [
        (_swatch(anybody, look, paint), f"{look.sign} {look.name}".strip())
        for outcome, look in LOOKS.items()
        if outcome in outcomes
    ]
    below = _rows(looks, size, rows.height + 4)
    return Panel(below.height + 6, joined([rows.content, below.content, _hatching_of(anybody, looks, paint)]))


def _hatching_of(anybody: Drawn, looks: list[tuple[Markup, str]], paint: Paint) -> Markup:
    return element("defs", paint.hatching(anybody.colour)) if looks else Markup()


def _named(label: Drawn) -> str:
    name = fitted(label.name, 36)
    return f"{name} ({label.role})" if label.role != "submitted" else name


def _swatch(label: Drawn, look: Look, paint: Paint) -> Markup:
    return element(
        "rect", x=2, y=3, width=_SWATCH - 4, height=12, rx=2, **paint.fill(label, look), **stroke(label, look)
    )


def _rows(entries: list[tuple[Markup, str]], size: int, top: float) -> Panel:
    x, y, parts = 0.0, top, []
    for swatch, content in entries:
        wide = _SWATCH + 4 + width_of(content)
        if x and x + wide > size:
            x, y = 0.0, y + _ROW
        parts.append(
            element(
                "g",
                swatch,
                write(_SWATCH + 4, 13.5, content, fill=FAINT, class_="faint"),
                transform=f"translate({x:.1f} {y:.1f})",
            )
        )
        x += wide + _GAP
    return Panel(y + _ROW if entries else top, joined(parts))
