"""How a mark looks: its colour says who drew it, its line and filling what became of it, a sign repeats it."""

from __future__ import annotations

from dataclasses import dataclass

from labelqa.report.drawing.scene import Drawn, Scene
from labelqa.report.markup import Markup, element

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', sans-serif"
INK, FAINT, RULE, GROUND, PAPER = "#1c1c22", "#6a6a73", "#d9d9de", "#f4f4f6", "#ffffff"
"""Text, lesser text, lines, the frame without image, and the paper behind everything."""

DOTTED = "0.1 5"
"""Dashes of the label that the others are held against."""


@dataclass(frozen=True)
class Look:
    """How an outcome is shown: its name, sign, dashes (None: an unbroken line), and how it is filled."""

    name: str
    sign: str
    dashes: str | None
    width: float
    opacity: float
    hatched: bool = False


LOOKS = {
    "matched": Look("matched", "", None, 2, 0.06),
    "wrong_class": Look("wrong class", "≠", "9 4", 2.5, 0.12),
    "near_miss": Look("near miss", "≈", "8 3 1.5 3", 2.5, 0.06),
    "missed": Look("missed by most", "−", None, 3, 0.22, hatched=True),
    "extra": Look("extra: most have nothing there", "+", None, 3, 0.22, hatched=True),
    "": Look("not compared", "", None, 2, 0.06),
}


def look_of(outcome: str | None) -> Look:
    """Look an outcome up; None: the mark's label was compared with no other."""
    return LOOKS[outcome or ""]


def stroke(label: Drawn, look: Look) -> dict[str, str | float | None]:
    """Give the attributes of a line."""
    return {
        "stroke": label.colour,
        "stroke_width": look.width,
        "stroke_dasharray": DOTTED if label.is_reference else look.dashes,
        "stroke_linecap": "round" if label.is_reference else None,
        "stroke_linejoin": "round",
    }


def on(label: Drawn) -> dict[str, str]:
    """Give the attributes of text on a label's colour."""
    return {"fill": PAPER, "class_": "on"} if label.is_reference else {"fill": "#ffffff"}


@dataclass(frozen=True)
class Paint:
    """Fillings of one drawing; `prefix` tells its hatchings from those of other drawings on a page."""

    prefix: str

    def fill(self, label: Drawn, look: Look) -> dict[str, str | float]:
        """Give the attributes of an area."""
        if look.hatched:
            return {"fill": f"url(#{self._id(label.colour)})"}
        return {"fill": label.colour, "fill_opacity": look.opacity}

    def hatchings(self, scene: Scene) -> Markup:
        """Define the hatchings that a scene uses."""
        used = {
            label.colour: None for label in scene.labels if any(look_of(mark.outcome).hatched for mark in label.marks)
        }
        return element("defs", [self.hatching(colour) for colour in used]) if used else Markup()

    def hatching(self, colour: str) -> Markup:
        """Define the hatching of one colour."""
        return element(
            "pattern",
            element("rect", width=7, height=7, fill=colour, fill_opacity=0.1),
            element("path", d="M0 0V7", stroke=colour, stroke_width=3, stroke_opacity=0.55),
            id=self._id(colour),
            width=7,
            height=7,
            patternUnits="userSpaceOnUse",
            patternTransform="rotate(45)",
        )

    def _id(self, colour: str) -> str:
        return f"{self.prefix}-{colour.strip('#')}"


def write(x: float, y: float, content: str, size: float = 12, **attributes: str | float | None) -> Markup:
    """Write a line of text with its baseline at y."""
    return element("text", content, **{"x": x, "y": y, "font_size": size, "fill": INK, "class_": "ink", **attributes})


def width_of(content: str, size: float = 12) -> float:
    """Estimate the width of a text in pixels, on the safe side; wide characters count twice."""
    from rich.cells import cell_len

    return 0.6 * size * cell_len(content)
