"""Panels: parts of a drawing, one below the other."""

from __future__ import annotations

from dataclasses import dataclass

from labelqa.report.markup import Markup


@dataclass(frozen=True)
class Panel:
    """A part of a drawing: as wide as the drawing and `height` pixels high."""

    height: float
    content: Markup
