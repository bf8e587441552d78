"""How the numbers were made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from labelqa.measures.score import Scores
from labelqa.report.names import fitted
from labelqa.report.numbers import percent
from labelqa.report.page import Page

_METHODS = {
    "cluster": "linearised variance, assets as clusters",
    "bootstrap": "bootstrap over assets, seed {seed}",
    "exact": "finite-sample bounds over assets, seed {seed}",
}


def rules(scheme: Mapping[str, Any]) -> list[str]:
    """Say what a scheme does, rule by rule."""
    told = [f"similarity >= {scheme['threshold']:g}", f"{scheme['matching']} matching", f"{scheme['average']} average"]
    if scheme["clip"]:
        told.append("clipped to the frame")
    if scheme["regions"] == "together":
        told.append("boxes, polygons and masks compared with one another")
    if scheme["family"] != "labelqa":
        told.append(f"similarities as {scheme['family']} defines them")
    return told


def method(interval: Mapping[str, Any]) -> str:
    """Say how intervals were made."""
    return _METHODS[interval["method"]].format(seed=interval["seed"])


def draw(scores: Scores, page: Page) -> Iterator[RenderableType]:
    """Give the parts of this section."""
    scheme, interval = scores.how["scheme"], scores.how["interval"]
    yield Text()
    yield Text(f"scheme {fitted(scheme['name'], page.width // 4)}: {', '.join(rules(scheme))}", style="dim")
    yield Text(f"{percent(interval['confidence'])} intervals: {method(interval)}", style="dim")
    if scheme["note"]:
        yield Text(scheme["note"], style="dim")
